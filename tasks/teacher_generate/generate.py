"""The whole stage: leaf nodes in; samples, wordings reserved for the exam, and what the teacher refused out.

In the DAG between the safety scan of the sources and ``critic_filter``. Which teacher writes is a setting: ``extractive``
needs no model, ``model_teacher`` asks one over the OpenAI API. Both see a leaf node with its taught seed examples and chunks,
never its exam.

What a leaf's drafts depend on is hashed into a key, and the drafts lie under that key in the cache: equal content is never paid
twice, whatever changed elsewhere, and a run that stops half way keeps what is done::

    <cache>/generations/<key>/samples.jsonl, reserved.jsonl, rejected.jsonl, drafts.jsonl (one row: the three files; written last)

Not covered: how questions are written (``extractive``, ``model_teacher``), whether they are any good (``critic_filter``).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib.abc import Traversable
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import fsspec

from schemas.contracts import (
    DatasetFile,
    Generated,
    GenerateRequest,
    Progress,
    ReportProgress,
    StageFolders,
    Usage,
    ignore_progress,
)
from schemas.errors import DamagedFileError
from schemas.records import Chunk, ExamQuestion, LeafNode, Record, Rejected, Sample, SeedExample, digest_of
from schemas.settings import TeacherSettings
from tasks.chat_model.asking import Support
from tasks.chat_model.chat import add_usage
from tasks.chat_model.managed_server import name_of_model
from tasks.dataset_files.jsonl import DatasetWriter, is_intact, open_dataset, read_dataset, write_dataset
from tasks.dataset_files.shards import Sharding
from tasks.teacher_generate.material import LeafDrafts, LeafMaterial

WriteDrafts = Callable[[Iterable[LeafMaterial], TeacherSettings, str, str, ReportProgress], Iterator[LeafDrafts]]
"""A teacher: (leaves, settings, taxonomy commit, cache, progress) -> drafts, leaf by leaf, in any order."""


class StoredDrafts(Record):
    """What the cache holds of one leaf node's drafts."""

    samples: DatasetFile
    reserved: DatasetFile
    rejected: DatasetFile


def generate_samples(
    request: GenerateRequest,
    folders: StageFolders,
    progress: ReportProgress,
    teacher: WriteDrafts | None = None,
    read_secret: Callable[[str], str] | None = None,
    sharding: Sharding | None = None,
) -> Generated:
    """Writes ``samples.jsonl``, ``reserved.jsonl`` and ``rejected.jsonl`` and returns them, leaf nodes in the request's order.

    Args:
        teacher: Who writes; None: the one that the settings name.
        read_secret: Reads a Secret block by its name; None where there are none.
        sharding: How leaf nodes are written elsewhere, where rules write them; None: they are written here.

    Raises:
        DamagedFileError: an input file is not what was recorded.
        ModelServerError: the served teacher failed too often.
    """
    leaves = list(read_dataset(request.leaf_nodes, LeafNode))
    keys, reused, requests = _look_ahead(leaves, request, folders.cache)
    known = frozenset(reused)
    missing = (each for each in _gather_materials(leaves, request) if each.leaf.path not in known)
    progress(Progress(done=len(reused), total=len(leaves), unit="leaf nodes", note=f"{len(reused)} unchanged and reused"))
    # A model's own progress is in requests, which say more about time and money than leaf nodes do.
    tell = ignore_progress if request.teacher.kind == "model" else progress

    usage, generated = Usage(), []
    elsewhere = _share_out(request, folders, sharding)
    write_drafts = teacher or elsewhere or _choose_teacher(request.teacher, requests, folders, read_secret)
    parts = write_drafts(missing, request.teacher, request.taxonomy_commit, folders.cache, progress)
    for first in parts:
        path = first.leaf.path
        samples_written, of_usage = _store(_place(folders.cache, keys[path]), _until_last(first, parts))
        generated.append(path)
        usage = add_usage(usage, of_usage)
        note = f"{path}: {samples_written} samples"
        tell(Progress(done=len(generated) + len(reused), total=len(leaves), unit="leaf nodes", note=note))
    samples, reserved, rejected, count = _collect(leaves, keys, folders)
    if count != samples.rows + reserved.rows + rejected.rows:
        raise DamagedFileError(f"{folders.folder}: {count} drafts became {samples.rows}+{reserved.rows}+{rejected.rows} rows.")
    return Generated(
        samples=samples,
        reserved=reserved,
        rejected=rejected,
        drafts=count,
        generated_leaf_nodes=tuple(leaf.path for leaf in leaves if leaf.path in set(generated)),
        reused_leaf_nodes=tuple(reused),
        usage=usage,
    )


def _choose_teacher(
    settings: TeacherSettings, requests: int, folders: StageFolders, read_secret: Callable[[str], str] | None
) -> WriteDrafts:
    if settings.kind == "model":
        from tasks.teacher_generate.model_teacher import Plan
        from tasks.teacher_generate.model_teacher import write_drafts as ask_model

        return partial(ask_model, plan=Plan(requests, Support(folders.folder, read_secret)))
    from tasks.teacher_generate.extractive.drafts import write_drafts

    return write_drafts


def _share_out(request: GenerateRequest, folders: StageFolders, sharding: Sharding | None) -> WriteDrafts | None:
    """A teacher that has shards written elsewhere; None where it does not pay, or a served model writes."""
    size = sharding.shard_rows(request.chunks.rows) if sharding and request.teacher.kind == "extractive" else None
    if sharding is None or size is None:
        return None
    from tasks.teacher_generate.shards import write_in_shards

    return partial(write_in_shards, sharding=sharding, folders=folders, size=size)


def _look_ahead(leaves: list[LeafNode], request: GenerateRequest, cache: str) -> tuple[dict[str, str], list[str], int]:
    """Each leaf's key, which leaves are stored under theirs, and how often a model will be asked about the others."""
    keys: dict[str, str] = {}
    reused: list[str] = []
    requests, recipe = 0, _digest_recipe(request.teacher)
    for material in _gather_materials(leaves, request):
        path = material.leaf.path
        keys[path] = _key_generation(material, request.teacher, recipe)
        if _find_stored(cache, keys[path]) is not None:
            reused.append(path)
        elif request.teacher.kind == "model":
            from tasks.teacher_generate.model_teacher import count_requests

            requests += count_requests(material, request.teacher)
    return keys, reused, requests


def _gather_materials(leaves: list[LeafNode], request: GenerateRequest) -> Iterator[LeafMaterial]:
    """Each leaf node with its rows, in order; holds only the chunks of leaves that are not complete yet."""
    seeds: dict[str, list[SeedExample]] = defaultdict(list)
    for seed in read_dataset(request.seed_examples, SeedExample):
        seeds[seed.leaf_node].append(seed)
    awaited = Counter(chunk.leaf_node for chunk in read_dataset(request.chunks, Chunk))
    chunks: dict[str, list[Chunk]] = defaultdict(list)
    stream = read_dataset(request.chunks, Chunk)
    for leaf in leaves:
        while len(chunks[leaf.path]) < awaited[leaf.path]:
            chunk = next(stream)
            chunks[chunk.leaf_node].append(chunk)
        yield LeafMaterial(leaf, tuple(seeds.pop(leaf.path, ())), tuple(chunks.pop(leaf.path)))


def _key_generation(material: LeafMaterial, teacher: TeacherSettings, recipe: str) -> str:
    """Hashes what the drafts depend on. Seeds and chunks count as they came in: the scan may have changed or dropped some."""
    relevant = {
        "extractive": {"kind", "phrasings", "reserved_phrasings"},
        "model": {"kind", "pipeline", "views", "scale_factor", "temperature", "max_tokens", "seed"},
    }[teacher.kind]
    return digest_of(
        {
            "leaf": [material.leaf.path, material.leaf.key],
            "seed_examples": [digest_of(seed) for seed in material.seed_examples],
            "chunks": [digest_of(chunk) for chunk in material.chunks],
            "teacher": teacher.model_dump(mode="json", include=relevant),
            "model": name_of_model(teacher.model) if teacher.kind == "model" else None,
            "recipe": recipe,
        }
    )[:32]


def _digest_recipe(teacher: TeacherSettings) -> str:
    """Digest of the teacher's own source, prompts and grammar libraries: another recipe never reuses samples of this one."""
    room = files("tasks.teacher_generate")
    if teacher.kind == "extractive":
        parts = _read_files(room / "extractive", (".py",))
        parts |= {name: version(name) for name in ("markdown-it-py", "lemminflect")}
    else:
        parts = {name: text for name, text in _read_files(room, (".py",)).items() if name.startswith(("model_", "pipeline_"))}
        parts |= _read_files(room / "prompts", (".jinja",))
        if teacher.prompts:
            parts |= {f"own {name}": text for name, text in _read_files(Path(teacher.prompts), (".jinja",)).items()}
    return digest_of(parts)


def _read_files(folder: Traversable, suffixes: tuple[str, ...]) -> dict[str, str]:
    if not folder.is_dir():
        return {}
    return {entry.name: entry.read_text(encoding="utf-8") for entry in folder.iterdir() if entry.name.endswith(suffixes)}


def _place(cache: str, key: str) -> str:
    return f"{cache}/generations/{key}"


def _store(place: str, parts: Iterable[LeafDrafts]) -> tuple[int, Usage]:
    """Writes a leaf's drafts part by part; they count when the list of the files is written, after the last part.

    Each sample is written once: a repeat is rejected, because a sample's id is all that later stages know it by.

    Returns:
        How many samples there are, and what they cost.

    Raises:
        DamagedFileError: the teacher ended in the middle of the leaf.
    """
    usage, seen, is_whole = Usage(), set[int](), False
    with (
        open_dataset(f"{place}/samples.jsonl", Sample) as samples,
        open_dataset(f"{place}/reserved.jsonl", ExamQuestion) as reserved,
        open_dataset(f"{place}/rejected.jsonl", Rejected) as rejected,
    ):
        for part in parts:
            for sample in part.samples:
                identity = int(sample.id, 16)  # a million of them take a fifth of the memory that their texts would
                if identity in seen:
                    rejected.write(_repeat(sample))
                else:
                    seen.add(identity)
                    samples.write(sample)
            for question in part.reserved:
                reserved.write(question)
            for row in part.rejected:
                rejected.write(row)
            usage, is_whole = add_usage(usage, part.usage), part.is_last
        if not is_whole:
            raise DamagedFileError(f"the teacher ended in the middle of a leaf node ({place}). Run again.")
    stored = StoredDrafts(samples=samples.file, reserved=reserved.file, rejected=rejected.file)
    write_dataset(f"{place}/drafts.jsonl", StoredDrafts, [stored])
    return samples.rows, usage


def _until_last(first: LeafDrafts, rest: Iterator[LeafDrafts]) -> Iterator[LeafDrafts]:
    """The parts of the leaf that ``first`` begins; nothing of the next leaf is waited for."""
    part: LeafDrafts | None = first
    while part is not None:
        yield part
        part = None if part.is_last else next(rest, None)


def _repeat(sample: Sample) -> Rejected:
    row = sample.model_dump(mode="json", exclude_none=True)
    return Rejected(id=sample.id, leaf_node=sample.leaf_node, stage="teacher_generate", reason="duplicate", row=row)


def _find_stored(cache: str, key: str) -> StoredDrafts | None:
    """The drafts under this key, or None where there are none or a file is damaged (then they are written again)."""
    place = _place(cache, key)
    try:
        with fsspec.open(f"{place}/drafts.jsonl", "rb") as stream:
            stored = StoredDrafts.model_validate_json(stream.read())
    except (OSError, ValueError):
        return None
    # The workspace may have been moved since: the files lie beside their list, wherever that is now.
    here = {
        name: getattr(stored, name).model_copy(update={"path": f"{place}/{name}.jsonl"}) for name in StoredDrafts.model_fields
    }
    return StoredDrafts(**here) if all(is_intact(file) for file in here.values()) else None


def _collect(
    leaves: list[LeafNode], keys: dict[str, str], folders: StageFolders
) -> tuple[DatasetFile, DatasetFile, DatasetFile, int]:
    """One file of each kind for the whole curriculum, and how many drafts there were."""
    count = 0
    with (
        open_dataset(f"{folders.folder}/samples.jsonl", Sample) as samples,
        open_dataset(f"{folders.folder}/reserved.jsonl", ExamQuestion) as reserved,
        open_dataset(f"{folders.folder}/rejected.jsonl", Rejected) as rejected,
    ):
        for leaf in leaves:
            stored = _find_stored(folders.cache, keys[leaf.path])
            if stored is None:
                raise DamagedFileError(f"the teacher returned nothing for {leaf.path}, not even a refusal. Run again.")
            count += stored.samples.rows + stored.reserved.rows + stored.rejected.rows
            _copy(stored.samples, Sample, samples)
            _copy(stored.reserved, ExamQuestion, reserved)
            _copy(stored.rejected, Rejected, rejected)
    return samples.file, reserved.file, rejected.file, count


def _copy(file: DatasetFile, record: type[Record], writer: DatasetWriter) -> None:
    for row in read_dataset(file, record):
        writer.write(row)
