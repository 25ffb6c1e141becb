"""The stage: what is written, reused, and accounted for."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from schemas.contracts import Generated, GenerateRequest, Progress, ReportProgress, StageFolders, ignore_progress
from schemas.errors import DamagedFileError
from schemas.records import Chunk, Document, ExamQuestion, LeafNode, Rejected, Sample, SeedExample
from schemas.settings import TeacherSettings
from tasks.dataset_files.jsonl import read_dataset, write_dataset
from tasks.teacher_generate.extractive.drafts import write_drafts
from tasks.teacher_generate.generate import generate_samples
from tasks.teacher_generate.material import LeafDrafts, LeafMaterial

TOWER = "# Old Tower\n\nThe Old Tower was built in 1390. It is 41 metres high. Tickets cost $7.\n"
BRIDGE = "# New Bridge\n\nThe New Bridge was opened in 1961. It has four lanes.\n"


def leaf(path: str, kind: str = "knowledge", key: str = "k1") -> LeafNode:
    return LeafNode(path=path, kind=kind, version=3, description="d", key=key, change="added", taught=1, held_out=0)


def chunk(path: str, text: str) -> Chunk:
    document = Document(repo="r", commit="0" * 40, path=f"{path}.md", sha256="0")
    return Chunk(id=f"chunk of {path}", leaf_node=path, document=document, text=text, start=0, end=len(text))


def seed(path: str, question: str, answer: str, kind: str = "knowledge", context: str | None = "c") -> SeedExample:
    return SeedExample(id=question[:8], leaf_node=path, kind=kind, question=question, context=context, answer=answer)


class Bench:
    """A curriculum on disk, and the stage run over it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.runs = folder, 0
        self.leaves = [leaf("knowledge/tower"), leaf("knowledge/bridge"), leaf("compositional_skills/rhyme", "freeform_skill")]
        self.seeds = [
            seed("knowledge/tower", "How old is the Old Tower?", "Over 600 years"),
            seed("compositional_skills/rhyme", "Rhyme on cat.", "A cat sat on a mat.", "freeform_skill", None),
        ]
        self.chunks = [chunk("knowledge/tower", TOWER), chunk("knowledge/bridge", BRIDGE)]
        self.asked: list[str] = []

    def teach(
        self, leaves: Iterable[LeafMaterial], teacher: TeacherSettings, commit: str, cache: str, progress: ReportProgress
    ) -> Iterator[LeafDrafts]:
        for drafts in write_drafts(leaves, teacher, commit, cache, progress):
            self.asked.append(drafts.leaf.path)
            yield drafts

    def run(
        self, commit: str = "a" * 40, teacher: TeacherSettings | None = None, progress: ReportProgress = ignore_progress
    ) -> Generated:
        self.runs += 1
        self.asked.clear()
        place = f"{self.folder}/in{self.runs}"
        request = GenerateRequest(
            leaf_nodes=write_dataset(f"{place}/leaves.jsonl", LeafNode, self.leaves),
            seed_examples=write_dataset(f"{place}/seeds.jsonl", SeedExample, self.seeds),
            chunks=write_dataset(f"{place}/chunks.jsonl", Chunk, self.chunks),
            teacher=teacher or TeacherSettings(),
            taxonomy_commit=commit,
        )
        folders = StageFolders(folder=f"{self.folder}/out{self.runs}", cache=f"{self.folder}/cache")
        return generate_samples(request, folders, progress, self.teach)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_drafts_are_samples_reserved_and_rejected(bench: Bench) -> None:
    done = bench.run()
    assert done.drafts == done.samples.rows + done.reserved.rows + done.rejected.rows
    assert done.generated_leaf_nodes == tuple(leaf.path for leaf in bench.leaves)
    assert {sample.leaf_node for sample in read_dataset(done.samples, Sample)} == {leaf.path for leaf in bench.leaves}
    assert {row.suite for row in read_dataset(done.reserved, ExamQuestion)} == {"reserved_phrasing"}
    list(read_dataset(done.rejected, Rejected))


def test_a_second_run_writes_nothing_new_and_keeps_the_commit_of_the_first(bench: Bench) -> None:
    first = bench.run(commit="a" * 40)
    second = bench.run(commit="b" * 40)
    assert bench.asked == []
    assert second.generated_leaf_nodes == ()
    assert second.reused_leaf_nodes == first.generated_leaf_nodes
    assert second.samples.sha256 == first.samples.sha256
    assert {sample.provenance.taxonomy_commit for sample in read_dataset(second.samples, Sample)} == {"a" * 40}


def test_only_the_changed_leaf_is_written_again(bench: Bench) -> None:
    bench.run()
    bench.chunks[1] = chunk("knowledge/bridge", BRIDGE.replace("four", "six"))
    done = bench.run(commit="b" * 40)
    assert bench.asked == ["knowledge/bridge"]
    assert done.generated_leaf_nodes == ("knowledge/bridge",)
    assert "six" in {sample.answer for sample in read_dataset(done.samples, Sample)}


def test_a_redacted_chunk_or_a_dropped_seed_counts_as_a_change(bench: Bench) -> None:
    bench.run()
    del bench.seeds[0]
    bench.run()
    assert bench.asked == ["knowledge/tower"]


def test_settings_that_the_teacher_does_not_use_change_nothing(bench: Bench) -> None:
    bench.run()
    bench.run(teacher=TeacherSettings(temperature=0.1))
    assert bench.asked == []
    bench.run(teacher=TeacherSettings(phrasings=3))
    assert len(bench.asked) == 3


def test_a_deleted_leafs_samples_leave_the_curriculum(bench: Bench) -> None:
    bench.run()
    bench.leaves, bench.chunks, bench.seeds = bench.leaves[1:], bench.chunks[1:], bench.seeds[1:]
    done = bench.run()
    assert "knowledge/tower" not in {sample.leaf_node for sample in read_dataset(done.samples, Sample)}


def test_a_damaged_cache_entry_is_written_again(bench: Bench) -> None:
    first = bench.run()
    for file in (bench.folder / "cache" / "generations").glob("*/samples.jsonl"):
        file.write_bytes(file.read_bytes()[:-10])
    second = bench.run()
    assert len(bench.asked) == 3
    assert second.samples.sha256 == first.samples.sha256


def test_leaves_that_were_done_before_a_failure_are_not_asked_again(bench: Bench) -> None:
    def fail_late(*given: object) -> Iterator[LeafDrafts]:
        for number, drafts in enumerate(write_drafts(*given)):
            if number == 2:
                raise RuntimeError("the server went away")
            yield drafts

    teach, bench.teach = bench.teach, fail_late
    with pytest.raises(RuntimeError):
        bench.run()
    bench.teach = teach
    bench.run()
    assert bench.asked == ["compositional_skills/rhyme"]


def test_a_sample_that_a_teacher_wrote_twice_is_kept_once(bench: Bench) -> None:
    bench.seeds.append(bench.seeds[-1].model_copy(update={"id": "again"}))
    done = bench.run()
    assert done.drafts == done.samples.rows + done.reserved.rows + done.rejected.rows
    assert "duplicate" in {row.reason for row in read_dataset(done.rejected, Rejected)}


def test_chunks_of_different_leaves_may_be_mixed_in_the_file(bench: Bench) -> None:
    first = bench.run()
    bench.chunks.reverse()
    assert bench.run().samples.sha256 == first.samples.sha256


def test_progress_names_the_leaves(bench: Bench) -> None:
    seen: list[Progress] = []
    bench.run(progress=seen.append)
    assert any("knowledge/bridge" in progress.note for progress in seen)


def test_a_leaf_may_come_in_parts_and_a_repeat_in_a_later_part_is_rejected(bench: Bench) -> None:
    whole = bench.run()

    def in_parts(*given: object) -> Iterator[LeafDrafts]:
        for drafts in write_drafts(*given):
            middle = len(drafts.samples) // 2
            yield LeafDrafts(drafts.leaf, drafts.samples[:middle], drafts.reserved, is_last=False)
            yield LeafDrafts(drafts.leaf, drafts.samples[:1] + drafts.samples[middle:], [], drafts.rejected)

    bench.folder = bench.folder / "parts"
    bench.teach = in_parts
    parts = bench.run()
    assert parts.samples.sha256 == whole.samples.sha256
    assert parts.rejected.rows == whole.rejected.rows + len(bench.leaves)
    assert parts.drafts == parts.samples.rows + parts.reserved.rows + parts.rejected.rows


def test_a_teacher_that_ends_in_the_middle_of_a_leaf_leaves_nothing_of_it(bench: Bench) -> None:
    def break_off(*given: object) -> Iterator[LeafDrafts]:
        first = next(write_drafts(*given))
        yield LeafDrafts(first.leaf, first.samples, is_last=False)

    teach, bench.teach = bench.teach, break_off
    with pytest.raises(DamagedFileError, match="in the middle of a leaf node"):
        bench.run()
    bench.teach = teach
    bench.run()
    assert bench.asked == [leaf.path for leaf in bench.leaves]
