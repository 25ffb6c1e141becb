"""Any document -> Markdown text: what chunks are cut from, and what every offset and digest refers to.

Markdown and plain text stay as they are, but for line ends. HTML, DOCX and PDF are converted in a process of their own
(``convert_worker.py``) with limits on memory and time, because converters read bytes that a stranger chose.

Place in the DAG: between a document's bytes and its chunks. Libraries: markdownify and Beautiful Soup (HTML), mammoth (DOCX),
pdfplumber (PDF; ruled tables become Markdown tables).

    convert_document("manual.html", b"<h1>Oil</h1><p>Every 7,500 miles.</p>", 60) == "# Oil\\n\\nEvery 7,500 miles.\\n"

Not covered: scanned pages (no text recognition), pictures, other encodings than UTF-8 for plain text.
"""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

from tasks.taxonomy_diff.document_address import RefusedError

PLAIN_SUFFIXES = {".md": "markdown", ".markdown": "markdown", ".txt": "text", ".text": "text"}
CONVERTED_SUFFIXES = {".html": "html", ".htm": "html", ".pdf": "pdf", ".docx": "docx"}
CONVERTER_VERSION = 1
"""Part of a conversion's cache key: raise it when ``convert_worker.py`` makes other text."""
LFS_POINTER = b"version https://git-lfs.github.com/spec/"


def document_format(path: str) -> str | None:
    """markdown, text, html, pdf or docx, by the name's suffix; None for others."""
    suffix = PurePosixPath(path).suffix.lower()
    return PLAIN_SUFFIXES.get(suffix) or CONVERTED_SUFFIXES.get(suffix)


def convert_document(path: str, content: bytes, timeout_seconds: float, max_characters: int = 50_000_000) -> str:
    """The document as text with ``\\n`` line ends.

    Raises:
        RefusedError: it is of an unknown format, not what its suffix says, not UTF-8, or cannot be converted within the limits.
    """
    kind = document_format(path)
    if kind is None:
        raise _unreadable(path, "is none of .md, .txt, .html, .pdf, .docx")
    if content.startswith(LFS_POINTER):
        raise _unreadable(path, "is a Git LFS pointer, not the document: add the document itself")
    is_plain = kind in PLAIN_SUFFIXES.values()
    text = _decode(path, content) if is_plain else _convert_apart(path, kind, content, timeout_seconds)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    if not text.strip():
        raise _unreadable(path, "holds no text (pictures of pages are not read)")
    if len(text) > max_characters:
        raise _unreadable(path, f"makes more than {max_characters:,} characters of text")
    return text


def _decode(path: str, content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _unreadable(path, "is not UTF-8: save it as UTF-8") from None
    if "\0" in text:
        raise _unreadable(path, "holds NUL characters: it is not a text")
    return text


def _convert_apart(path: str, kind: str, content: bytes, timeout_seconds: float) -> str:
    """Runs the converter in another process. ``-P`` keeps the working directory, which may be a contributor's, off its path."""
    package = find_spec("tasks")
    root = Path(next(iter(package.submodule_search_locations or ()))).parent if package else Path.cwd()
    environment = {name: os.environ[name] for name in ("PATH", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH") if name in os.environ}
    environment |= {"PYTHONPATH": str(root), "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"}
    command = (sys.executable, "-P", "-m", "tasks.taxonomy_diff.convert_worker", kind, str(int(timeout_seconds) + 1))
    try:
        done = subprocess.run(command, input=content, capture_output=True, env=environment, timeout=timeout_seconds)
    except subprocess.TimeoutExpired:
        raise _unreadable(path, f"was not converted within {timeout_seconds:.0f} seconds") from None
    if done.returncode != 0:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        reason = "".join(c for c in "".join(last) if c.isprintable())[:160]
        raise _unreadable(path, f"cannot be converted ({reason or f'the converter ended with {done.returncode}'})")
    return done.stdout.decode("utf-8")


def _unreadable(path: str, reason: str) -> RefusedError:
    shown = "".join(c if c.isprintable() else "?" for c in path)[:100]
    return RefusedError("document-unreadable", f"the document '{shown}' {reason}.")
