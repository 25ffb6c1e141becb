"""What ``labflow model export`` does: finds a model's digests, licence and questions, writes it, and asks it before it counts.

    release 3  ->  out/release-3-f16.gguf        written, read back, asked, and only then renamed into its place
                   out/release-3-f16.json        what it is, from what it was made, and how the check ended
                   out/README.md, out/LICENSE*   the model card and the licence

Not covered: the formats themselves (``tasks/student_model/export``).
"""

import json
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.commands.release.history import StoredRelease, find_release
from flows.models.names import FoundModel, find_adapter, read_origin
from flows.models.serving import find_program, serve_models
from schemas.contracts import Progress
from schemas.errors import UsageError
from schemas.records import ExamAnswer
from tasks.dataset_files.jsonl import write_text_atomically
from tasks.student_model.export.exporting import (
    Exported,
    GgufFile,
    copy_directory,
    copy_papers,
    digest_file,
    require_recorded,
    write_gguf_file,
)
from tasks.student_model.export.gguf_file import Facts
from tasks.student_model.export.parity import (
    DEFAULT_QUESTIONS,
    READ_BY_TRANSFORMERS,
    ParityResult,
    ParityRun,
    check_parity,
    require_same,
)
from tasks.student_model.messages import Message, exam_messages
from tasks.student_model.model_card import read_license

Say = Callable[[str], None]
CONTEXT_OF_CHECK = 4096
"""Tokens that llama-server keeps room for during the check: a question and its answer."""


@dataclass(frozen=True)
class Wish:
    """What to export, beside the model.

    Args:
        out: Directory; made if need be.
        gguf: ``f32``, ``f16``, ``bf16``, ``q8_0`` or ``q4_k_m``; None: no GGUF file.
        prompts: How many questions the check asks; 0: no check.
        threads: CPU threads of the check.
    """

    out: Path
    gguf: str | None = None
    prompts: int = 12
    threads: int = 1


def export_gguf(root: Path, model: FoundModel, wish: Wish, say: Say) -> dict[str, Any]:
    """Writes the GGUF file and returns what lies beside it as JSON.

    Args:
        root: The workspace.
        say: Is told what goes on, a line at a time.

    Raises:
        UsageError: the model cannot be written as GGUF, or the file is there already.
        LabflowError: the model is damaged, there is no room, or the file does not answer as the checkpoint does.
    """
    exported, facts = describe(root, model)
    kind = str(wish.gguf)
    place = wish.out / f"{_file_name(model)}-{kind}.gguf"
    if place.exists():
        raise UsageError(f"{place} is there already: choose another --out, or remove it.")
    unchecked = wish.out / f".{place.name}.unchecked.gguf"
    try:
        written = write_gguf_file(
            exported, unchecked, kind, facts, find_program("llama-quantize"), _every(say, "tensors written", 50)
        )
        parity = _check(root, model, exported, written, wish, say)
        if parity is not None:
            require_same(parity, kind)
        papers = copy_papers(exported, wish.out)
        unchecked.replace(place)
    finally:
        unchecked.unlink(missing_ok=True)
    result = {
        "file": str(place),
        "bytes": place.stat().st_size,
        "sha256": digest_file(place),
        "format": kind,
        "tensors": written.formats,
        "architecture": written.architecture,
        "context": written.context,
        "model": facts.name,
        "checkpoint_sha256": facts.sha256,
        "license": facts.licence,
        "base": facts.base,
        "from_scratch": model.from_scratch,
        "relative_error": round(written.error, 6),
        "parity": parity.model_dump() if parity else None,
        "papers": papers,
        "notes": [*written.notes, *_missing_papers(papers)],
    }
    write_text_atomically(place.with_suffix(".json"), json.dumps(result | {"file": place.name}, indent=2) + "\n")
    return result


def export_safetensors(root: Path, model: FoundModel, wish: Wish, say: Say) -> dict[str, Any]:
    """Copies the merged model with all that belongs to it, and returns what was written.

    Raises:
        UsageError: it is a GGUF file, or the place is taken.
        LabflowError: the model is damaged, or there is no room.
    """
    exported, facts = describe(root, model)
    place = wish.out / _file_name(model) if wish.gguf else wish.out
    digest = copy_directory(exported, place, _every(say, "files copied", 10))
    names = sorted(path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file())
    return {
        "directory": str(place),
        "bytes": sum(path.stat().st_size for path in place.rglob("*") if path.is_file()),
        "sha256": digest,
        "model": facts.name,
        "checkpoint_sha256": facts.sha256,
        "license": facts.licence,
        "base": facts.base,
        "adapter": exported.adapter is not None,
        "files": names,
        "notes": _missing_papers(names),
    }


def describe(root: Path, model: FoundModel) -> tuple[Exported, Facts]:
    """Where the model's parts lie, and what an exported file says of itself; digests are checked against what was recorded.

    Raises:
        UsageError: it is a GGUF file already.
        DamagedFileError: the model is not what was recorded.
    """
    if model.path.suffix == ".gguf":
        raise UsageError(f"{model.path.name} is a GGUF file already: export the model that it was made from.")
    if model.kind != "student":
        origin = read_origin(model.path) if model.kind == "downloaded" else {}
        exported = Exported(model.path, sha256=str(origin.get("sha256", "")))
        sha256 = require_recorded(exported.folder, exported.sha256)
        lineage = {"origin": str(origin["from"])} if origin.get("from") else {}
        return exported, Facts(model.name, sha256, read_license(model.path), lineage=lineage)
    release = find_release(root, str(model.release))
    exported = _parts(root, release, model)
    sha256 = require_recorded(exported.folder, exported.sha256)
    if exported.adapter is not None:
        require_recorded(exported.adapter, exported.adapter_sha256)
    lineage = {"taxonomy.commit": release.release.taxonomy_commit, "release": str(release.number)}
    base = "" if model.from_scratch else _base_name(release)
    return exported, Facts(model.name, sha256, read_license(model.path), base, lineage)


def _parts(root: Path, release: StoredRelease, model: FoundModel) -> Exported:
    base = Path(str(((release.manifest.get("trained") or {}).get("base") or {}).get("path", "")))
    papers = tuple(path for path in (release.run_folder / "train" / base.name, base) if base.name and path.is_dir())
    adapter, sha256 = find_adapter(root, model)
    return Exported(model.path, papers, release.release.checkpoint.sha256, adapter, sha256)


def _base_name(release: StoredRelease) -> str:
    named = str(((release.manifest.get("settings") or {}).get("train") or {}).get("base", ""))
    return Path(named).name


def _file_name(model: FoundModel) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", model.name).strip("-.") or "model"


def _check(root: Path, model: FoundModel, exported: Exported, written: GgufFile, wish: Wish, say: Say) -> ParityResult | None:
    """File against checkpoint, in llama.cpp where it is installed, else as transformers reads the file; None: not asked."""
    server = find_program("llama-server")
    if wish.prompts < 1 or (server is None and written.architecture not in READ_BY_TRANSFORMERS):
        return None
    run = ParityRun(
        checkpoint=str(exported.folder),
        gguf=str(written.path.resolve()),
        conversations=tuple(tuple(each) for each in _conversations(root, model, wish.prompts)),
        chat_template=written.vocabulary.chat_template,
    )
    report = _progress(say)
    with tempfile.TemporaryDirectory(prefix="labflow-parity-") as folder:
        if server is None:
            return check_parity(run, Path(folder), wish.threads, report)
        extra = ("--ctx-size", str(min(CONTEXT_OF_CHECK, written.context)), "--parallel", "1", "--threads", str(wish.threads))
        found = FoundModel(written.path.name, written.path.resolve(), "path")
        with serve_models((found,), Path(folder) / "server.log", "llama", extra=extra) as serving:
            return check_parity(run.model_copy(update={"server": serving.url}), Path(folder), wish.threads, report)


def _conversations(root: Path, model: FoundModel, most: int) -> list[list[Message]]:
    """Questions of the release's exam, spread over it; for any other model a few of anybody's."""
    asked: list[list[Message]] = []
    if model.kind == "student":
        release = find_release(root, str(model.release))
        recorded = ((release.manifest.get("report") or {}).get("answers") or {}).get("path", "")
        file = release.run_folder / "evaluate" / Path(str(recorded)).name
        if recorded and file.is_file():
            with file.open("rb") as stream:
                asked = [exam_messages(ExamAnswer.model_validate_json(line).question) for line in stream]
    if not asked:
        asked = [[Message(role="user", content=question)] for question in DEFAULT_QUESTIONS]
    step = max(1, len(asked) // most)
    return asked[::step][:most]


def _missing_papers(names: list[str]) -> list[str]:
    missing = [] if "README.md" in names else ["the checkpoint has no model card"]
    if not any(name.upper().startswith(("LICENSE", "LICENCE", "COPYING")) for name in names):
        missing.append("there is no licence file, neither with the checkpoint nor with its base")
    return missing


def _every(say: Say, what: str, step: int) -> Callable[[int, int], None]:
    def report(done: int, total: int) -> None:
        if done % step == 0 and done < total:
            say(f"{done:,} of {total:,} {what}")

    return report


def _progress(say: Say) -> Callable[[Progress], None]:
    said = [False]

    def report(progress: Progress) -> None:
        if not said[0]:
            say(f"asking file and checkpoint {progress.total or 0:,} questions ...")
            said[0] = True

    return report
