"""The documents that a knowledge leaf node pins: found, fetched, converted to text, kept under their digest.

Files are read from Git objects, never checked out: no symlink is followed, no filter runs, nothing outside the repository can
match. A text is kept as ``CACHE/documents/SHA256.md``: a sample's offsets can be looked up there long after the run.

Place in the DAG: after the leaf nodes were found valid, before chunks.

    Document(repo="../dmc12-manual", commit="8d0c...", path="manual.md", sha256="51f2...")

What only trying again can mend (a server that does not answer) is a ``DocumentError``; what the contributor must mend is a
fault of the leaf node. Not covered: the meaning of documents (``safety_scan``).
"""

import fnmatch
import hashlib
import re
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import fsspec

from schemas.contracts import Progress, ReportProgress
from schemas.errors import DamagedFileError
from schemas.records import Document
from schemas.settings import DocumentSettings
from tasks.dataset_files.jsonl import write_text_atomically
from tasks.taxonomy_diff.document_address import RefusedError, check_commit_name, check_pattern, parse_address
from tasks.taxonomy_diff.document_text import CONVERTER_VERSION, PLAIN_SUFFIXES, convert_document, document_format
from tasks.taxonomy_diff.git_fetching import fetch_commit
from tasks.taxonomy_diff.git_repository import SYMLINK, GitRepository, TreeFile, open_repository
from tasks.taxonomy_diff.leaf_node import DocumentPin, ParsedLeaf
from tasks.taxonomy_diff.rules import FaultList, printable_path
from tasks.taxonomy_diff.schema_faults import shown

FetchCommit = Callable[[str, str, Path, DocumentSettings], tuple[GitRepository, str]]


@dataclass(frozen=True)
class DocumentText:
    """A document with its text."""

    document: Document
    text: str


class DocumentReader:
    """Reads the documents of one run's leaf nodes; asks for each repository and commit once.

    Args:
        settings: Limits, and what may be read.
        taxonomy_top: Top directory of the taxonomy's repository: siblings are beside it.
        cache: Local path or fsspec URL; repositories are kept there if it is local.
        fetch: How a commit comes from a server.
    """

    def __init__(
        self,
        settings: DocumentSettings,
        taxonomy_top: Path,
        cache: str,
        progress: ReportProgress,
        fetch: FetchCommit = fetch_commit,
    ) -> None:
        self._settings, self._top, self._cache, self._progress, self._fetch = settings, taxonomy_top, cache, progress, fetch
        self._opened: dict[tuple[str, str], tuple[GitRepository, str] | RefusedError] = {}
        self._trees: dict[tuple[str, str], list[TreeFile]] = {}
        self._fs, self._place = fsspec.core.url_to_fs(cache)
        self._temporary: tempfile.TemporaryDirectory[str] | None = None

    def read(self, leaf: ParsedLeaf, faults: FaultList) -> list[DocumentText]:
        """The leaf node's documents in order of their paths; what is wrong with them goes to ``faults``.

        Raises:
            DocumentError: a server does not answer, or a fetch met a limit.
        """
        pin = leaf.pin
        if pin is None:
            return []
        try:
            address = parse_address(pin.repo, self._settings, self._top)
            check_commit_name(pin.commit)
            repository, commit = self._open(address.url, address.folder, pin)
        except RefusedError as error:
            faults.add(error.rule, *(pin.repo_place if error.about_repo else pin.commit_place), str(error))
            return []
        files = self._matching_files(repository, commit, pin, faults)
        return self._read_files(repository, commit, files, pin, faults)

    def _open(self, url: str | None, folder: Path | None, pin: DocumentPin) -> tuple[GitRepository, str]:
        asked = (url or str(folder), pin.commit)
        if asked not in self._opened:
            try:
                self._opened[asked] = self._fetch_anew(url, pin.commit) if url else self._open_folder(folder, pin.commit)
            except RefusedError as error:
                self._opened[asked] = error
        found = self._opened[asked]
        if isinstance(found, RefusedError):
            raise found
        return found

    def _fetch_anew(self, url: str, commit: str) -> tuple[GitRepository, str]:
        self._progress(Progress(done=len(self._opened), unit="document repositories", note=url))
        return self._fetch(url, commit, self._repositories(), self._settings)

    def _repositories(self) -> Path:
        if self._is_local():
            return Path(self._place) / "repositories"
        if self._temporary is None:  # Git needs a local directory; only texts are kept in object storage
            self._temporary = tempfile.TemporaryDirectory(prefix="labflow-repositories-")
        return Path(self._temporary.name)

    def _open_folder(self, folder: Path | None, commit: str) -> tuple[GitRepository, str]:
        repository = open_repository(folder) if folder is not None and folder.is_dir() else None
        if repository is None:
            message = f"{folder} is not a Git repository; clone or create it there."
            raise RefusedError("document-missing", message, about_repo=True)
        found = repository.resolve_commit(commit)
        if found is None:
            raise RefusedError(
                "document-missing", f"found no commit {shown(commit)} in {folder}; write the id of one that is there."
            )
        return repository, found

    def _matching_files(self, repository: GitRepository, commit: str, pin: DocumentPin, faults: FaultList) -> list[TreeFile]:
        """The files that any pattern matches, each once, in order of their paths."""
        if self._are_too_many(len(pin.patterns), "patterns", pin, faults):
            return []
        key = (str(repository.git_dir), commit)
        if key not in self._trees:
            self._trees[key] = repository.list_files(commit)
        tree, found = self._trees[key], {}
        for pattern, place in zip(pin.patterns, pin.pattern_places, strict=True):
            try:
                check_pattern(pattern)
                found.update({file.path: file for file in _match(tree, pattern)})
            except RefusedError as error:
                faults.add(error.rule, *place, str(error))
        if self._are_too_many(len(found), "documents", pin, faults):
            return []
        return [found[path] for path in sorted(found)]

    def _are_too_many(self, number: int, what: str, pin: DocumentPin, faults: FaultList) -> bool:
        limit = self._settings.max_files
        if number > limit:
            message = f"found {number:,} {what}; at most {limit:,} are read (taxonomy.documents.max_files)."
            faults.add("document-unreadable", *pin.pattern_places[0], message)
        return number > limit

    def _read_files(
        self, repository: GitRepository, commit: str, files: Iterable[TreeFile], pin: DocumentPin, faults: FaultList
    ) -> list[DocumentText]:
        texts = []
        for file in files:
            try:
                text = self._read_file(repository, file)
            except RefusedError as error:
                faults.add(error.rule, *pin.pattern_places[0], str(error))
                continue
            sha256 = hashlib.sha256(text.encode("utf-8")).hexdigest()
            self._keep(f"documents/{sha256}.md", text)
            texts.append(DocumentText(Document(repo=pin.repo, commit=commit, path=file.path, sha256=sha256), text))
        return texts

    def _read_file(self, repository: GitRepository, file: TreeFile) -> str:
        if printable_path(file.path) != file.path:
            message = (
                f"the path of the document {printable_path(file.path)} is not UTF-8, or holds control characters: rename it."
            )
            raise RefusedError("document-unreadable", message)
        blob = repository.read_blobs([file.object_id], self._settings.max_bytes)[file.object_id]
        if blob.content is None:
            limit = f"at most {self._settings.max_bytes:,} are read (taxonomy.documents.max_bytes)"
            raise RefusedError("document-unreadable", f"the document {shown(file.path)} has {blob.size:,} bytes; {limit}.")
        return self._convert(file.path, blob.content)

    def _convert(self, path: str, content: bytes) -> str:
        """The document's text; conversions are kept, because they cost seconds."""
        kind = document_format(path)
        if kind in PLAIN_SUFFIXES.values():
            return convert_document(path, content, self._settings.timeout_seconds)
        name = f"conversions/{kind}-{CONVERTER_VERSION}-{hashlib.sha256(content).hexdigest()}.md"
        kept = f"{self._place}/{name}"
        if self._fs.exists(kept):
            return str(self._fs.cat_file(kept).decode("utf-8"))
        text = convert_document(path, content, self._settings.timeout_seconds)
        self._keep(name, text)
        return text

    def _keep(self, name: str, text: str) -> None:
        """Writes a text under its content's name, whole or not at all."""
        place = f"{self._place}/{name}"
        if self._fs.exists(place):
            return
        if self._is_local():
            write_text_atomically(place, text)
        else:
            self._fs.pipe_file(place, text.encode("utf-8"))  # an object appears whole

    def read_text(self, sha256: str) -> str:
        """The text that ``read`` has kept.

        Raises:
            DamagedFileError: it is gone, or another: offsets would point anywhere.
        """
        place = f"{self._place}/documents/{sha256}.md"
        content = self._fs.cat_file(place) if self._fs.exists(place) else b""
        if hashlib.sha256(content).hexdigest() != sha256:
            raise DamagedFileError(f"{place} is gone or damaged. Delete it and run again: it is fetched anew.")
        return str(content.decode("utf-8"))

    def _is_local(self) -> bool:
        return "file" in ((self._fs.protocol,) if isinstance(self._fs.protocol, str) else self._fs.protocol)


def _match(tree: list[TreeFile], pattern: str) -> list[TreeFile]:
    """The tree's documents that the pattern matches. Symlinks and files that are no documents are passed over, but not if named.

    Raises:
        RefusedError: it matches no document.
    """
    matched = [file for file in tree if matches_pattern(file.path, pattern)]
    usable = [file for file in matched if file.is_regular and document_format(file.path)]
    named_one = len(matched) == 1 and not any(c in pattern for c in "*?[")
    if usable:
        return usable
    if any(file.mode == SYMLINK for file in matched):
        raise RefusedError("pattern-refused", f"{shown(pattern)} matches a symbolic link only; name the file that it points to.")
    if named_one and matched[0].is_regular:
        return matched  # convert_document tells what is wrong with its format
    raise RefusedError(
        "document-missing",
        f"found no document for {shown(pattern)} in that commit; expected .md, .txt, .html, .pdf or .docx.",
    )


def matches_pattern(path: str, pattern: str) -> bool:
    """Whether a glob pattern matches a POSIX path: ``*`` stays in one directory, ``**`` is any number of directories."""
    return _matches(tuple(path.split("/")), tuple(part for part in pattern.split("/") if part not in ("", ".")))


def _matches(path: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    reachable = {0}
    for part in pattern:
        if part == "**":
            reachable = set(range(min(reachable), len(path) + 1))
        else:
            wanted = _segment(part)
            reachable = {i + 1 for i in reachable if i < len(path) and wanted.match(path[i])}
        if not reachable:
            return False
    return len(path) in reachable


@lru_cache(maxsize=512)
def _segment(part: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(part))
