"""The whole flow on the sample taxonomy: walks, finds nothing to do, takes up an edit, forgets a deleted leaf node.

One story in order, since each run starts from what the one before has left.
"""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.settings.files import load_settings
from flows.workspace import Workspace
from schemas.records import ExamAnswer, ExamQuestion, LeafNode, Sample, SeedExample
from schemas.settings import Settings
from schemas.student_contracts import RunSummary
from tasks.dataset_files.jsonl import is_intact, read_dataset
from tasks.dataset_files.references import checkpoints_of, files_of
from tasks.promote.ledger import current_release, read_ledger
from taxonomy_sample.materialise import materialise

pytestmark = pytest.mark.usefixtures("prefect_server")
KNOWLEDGE = "knowledge/vehicles/delorean_dmc12"


class Story:
    """A sample taxonomy and a workspace."""

    def __init__(self, folder: Path) -> None:
        self.taxonomy = materialise(folder / "sample")
        self.settings = load_settings("offline", None, [f"workspace={folder / 'workspace'}", f"taxonomy.path={self.taxonomy}"])
        self.workspace = Workspace(folder / "workspace")

    def retrain(self, settings: Settings | None = None) -> RunSummary:
        from flows.retrain import retrain

        return retrain(settings or self.settings)

    def commit(self, message: str) -> None:
        author = ["-c", "user.name=A", "-c", "user.email=a@example.invalid"]
        subprocess.run(["git", "-C", str(self.taxonomy), "add", "-A"], check=True)
        subprocess.run(["git", "-C", str(self.taxonomy), *author, "commit", "-qm", message], check=True)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    return Story(tmp_path_factory.mktemp("story"))


@pytest.fixture(scope="module")
def first(story: Story) -> RunSummary:
    return story.retrain()


def test_the_first_run_releases_a_student_that_learned(first: RunSummary) -> None:
    assert first.outcome == "released", first.message
    assert first.report is not None
    scores = {(s.suite, s.group, s.metric): s for s in first.report.scores}
    assert scores["reserved_phrasing", "claimed", "exact_match"].student >= 0.8
    assert scores["human", "claimed", "match"].student >= 0.6
    assert scores["reserved_phrasing", "claimed", "exact_match"].base <= 0.05


def test_every_stage_accounts_for_every_row(first: RunSummary) -> None:
    change, sources, generated, filtered = first.change, first.sources, first.generated, first.filtered
    scanned, trained, report = first.scanned, first.trained, first.report
    assert sources and generated and filtered and scanned and trained and report
    asked = change.leaf_nodes.rows + change.seed_examples.rows + change.chunks.rows
    assert asked == sources.allowed + sources.redacted + sources.quarantined + sources.dropped
    assert generated.drafts == generated.samples.rows + generated.reserved.rows + generated.rejected.rows
    assert generated.samples.rows == filtered.kept.rows + filtered.rejected.rows
    assert filtered.kept.rows == scanned.allowed + scanned.redacted + scanned.quarantined + scanned.dropped
    assert scanned.clean[0].rows == trained.samples + trained.over_long.rows
    assert change.exam.rows + generated.reserved.rows == report.answers.rows + report.not_asked.rows


def test_no_exam_question_reaches_teacher_or_student(first: RunSummary) -> None:
    assert first.generated
    assert first.scanned
    exam = {q.question for q in read_dataset(first.change.exam, ExamQuestion)}
    reserved = {q.question for q in read_dataset(first.generated.reserved, ExamQuestion)}
    assert len(exam) >= 12
    assert not exam & {s.question for s in read_dataset(first.change.seed_examples, SeedExample)}
    assert not (exam | reserved) & {s.question for s in read_dataset(first.scanned.clean[0], Sample)}


def test_every_extracted_answer_stands_in_its_source(first: RunSummary) -> None:
    assert first.scanned
    extracted = [s for s in read_dataset(first.scanned.clean[0], Sample) if s.origin == "extracted"]
    assert len(extracted) > 50
    for sample in extracted:
        origin = sample.provenance
        assert origin.document
        assert origin.answer_start is not None
        assert origin.answer_end is not None
        text = Path(first.folder).parent.parent / "cache" / "documents" / f"{origin.document.sha256}.md"
        passage = text.read_text(encoding="utf-8")[origin.answer_start : origin.answer_end]
        assert sample.answer in " ".join(passage.split())


def test_skills_taught_by_their_seeds_alone_claim_no_gain(first: RunSummary) -> None:
    assert first.report
    kinds = {leaf.path: leaf.kind for leaf in read_dataset(first.change.leaf_nodes, LeafNode)}
    assert {path for path, kind in kinds.items() if kind != "knowledge"} == set(first.report.gain_not_claimed)


def test_the_run_leaves_files_that_a_person_can_open(first: RunSummary) -> None:
    folder = Path(first.folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["change"]["head"] == first.change.head
    assert manifest["settings"]["teacher"]["kind"] == "extractive"
    assert set(manifest["versions"]) >= {"labflow", "torch", "prefect"}
    assert (folder / "report.html").stat().st_size > 10_000
    assert (folder / "train" / "student" / "model.safetensors").exists()
    assert all(is_intact(file) for file in files_of(first))
    assert len(checkpoints_of(first)) >= 2
    assert not list(folder.rglob("*.part"))


def test_a_second_run_finds_nothing_to_do(story: Story, first: RunSummary) -> None:
    second = story.retrain()
    assert second.outcome == "nothing_changed"
    assert second.message == "nothing changed since release 1"
    assert second.generated is None
    assert second.folder == first.folder


def test_the_same_content_and_settings_have_the_same_answer_elsewhere(story: Story, first: RunSummary, tmp_path: Path) -> None:
    from flows.run import begin_run
    from schemas.contracts import StageFolders, TaxonomyRequest, ignore_progress
    from tasks.taxonomy_diff.change import find_change

    clone = tmp_path / "clone" / "taxonomy"
    subprocess.run(["git", "clone", "-q", str(story.taxonomy), str(clone)], check=True)
    subprocess.run(
        ["git", "clone", "-q", str(story.taxonomy.parent / "delorean_manual"), str(clone.parent / "delorean_manual")], check=True
    )
    settings = story.settings.model_copy(
        update={"taxonomy": story.settings.taxonomy.model_copy(update={"path": str(clone)}), "workspace": str(tmp_path / "ws")}
    )
    (tmp_path / "ws").mkdir()
    run = begin_run(settings, Workspace(tmp_path / "ws"))
    request = TaxonomyRequest(taxonomy=run.taxonomy, release=None, settings_digest=run.settings_digest)
    change = find_change(request, StageFolders(folder=str(tmp_path / "f"), cache=str(tmp_path / "c")), ignore_progress)
    assert change.run_key == first.change.run_key
    assert change.exam.sha256 == first.change.exam.sha256


def test_only_an_edited_leaf_node_is_generated_again(story: Story, first: RunSummary) -> None:
    qna = next(story.taxonomy.rglob("compositional_skills/**/qna.yaml"))
    leaf = qna.parent.relative_to(story.taxonomy).as_posix()
    text = qna.read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if line.startswith("task_description"))
    lines[at] = 'task_description: "Another description of the same skill, changed by hand."\n'
    while lines[at + 1].startswith(" "):
        del lines[at + 1]
    qna.write_text("".join(lines), encoding="utf-8")
    story.commit("describe the skill in other words")
    run = story.retrain()
    assert run.generated
    assert run.change.modified == (leaf,)
    assert run.generated.generated_leaf_nodes == (leaf,)
    assert KNOWLEDGE in run.generated.reused_leaf_nodes
    assert first.scanned
    assert run.scanned
    assert {s.leaf_node for s in read_dataset(run.scanned.clean[0], Sample)} == {
        s.leaf_node for s in read_dataset(first.scanned.clean[0], Sample)
    }


@pytest.fixture(scope="module")
def second(story: Story, first: RunSummary) -> RunSummary:
    """One price of the document is edited, and a skill is removed."""
    manual = story.taxonomy.parent / "delorean_manual"
    (document,) = manual.glob("*.md")
    text = document.read_text(encoding="utf-8")
    assert text.count("$1,400") == 1
    document.write_text(text.replace("$1,400", "$1,500"), encoding="utf-8")
    author = ["-c", "user.name=A", "-c", "user.email=a@example.invalid"]
    subprocess.run(["git", "-C", str(manual), *author, "commit", "-qam", "another price"], check=True)
    head = subprocess.run(["git", "-C", str(manual), "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout
    qna = story.taxonomy / KNOWLEDGE / "qna.yaml"
    qna.write_text(re.sub(r"commit: \S+", f"commit: {head.strip()}", qna.read_text(encoding="utf-8")), encoding="utf-8")
    skill = next(story.taxonomy.rglob("compositional_skills/**/qna.yaml")).parent
    subprocess.run(["git", "-C", str(story.taxonomy), "rm", "-qr", str(skill)], check=True)
    story.commit("pin the document's new price, remove a skill")
    return story.retrain()


def test_a_deleted_leaf_nodes_samples_leave_the_curriculum(first: RunSummary, second: RunSummary) -> None:
    assert first.scanned
    assert second.scanned
    (leaf,) = second.change.deleted
    assert leaf in {s.leaf_node for s in read_dataset(first.scanned.clean[0], Sample)}
    assert leaf not in {s.leaf_node for s in read_dataset(second.scanned.clean[0], Sample)}


def test_one_edited_price_is_released_against_the_release_before(story: Story, second: RunSummary) -> None:
    """Release 1 says the old price, which it was taught; the student says the new one in both reserved wordings."""
    assert second.outcome == "released", second.message
    assert second.verdict
    assert second.verdict.release
    before = second.verdict.release.number - 1
    assert second.verdict.parent == before
    assert {reason.rule: reason.passed for reason in second.verdict.reasons}["small_change"]
    edited = [a for a in read_answers(second) if a.changed and a.question.reference == "$1,500"]
    assert len(edited) == 2
    assert {a.base_scores["match"] for a in edited} == {0.0}
    assert all("1,400" in a.base_answer for a in edited), "the base is the release before"
    assert current_number(story) == before + 1


def read_answers(run: RunSummary) -> list[ExamAnswer]:
    assert run.report
    return list(read_dataset(run.report.answers, ExamAnswer))


def current_number(story: Story) -> int | None:
    release = current_release(read_ledger(story.workspace.ledger))
    return release.number if release else None


def test_a_refusal_is_remembered_and_nothing_is_trained_again(story: Story, first: RunSummary) -> None:
    gate = story.settings.gate.model_copy(update={"minimum_questions": 5000})
    (story.taxonomy / KNOWLEDGE / "attribution.txt").write_text("changed\n")
    qna = story.taxonomy / KNOWLEDGE / "qna.yaml"
    qna.write_text(qna.read_text(encoding="utf-8").replace("domain: vehicles", "domain: classic cars"), encoding="utf-8")
    story.commit("another domain")
    settings = story.settings.model_copy(update={"gate": gate})
    before = len(read_ledger(story.workspace.ledger))
    refused = story.retrain(settings)
    assert refused.outcome == "refused"
    assert "too few questions to tell" in refused.message
    again = story.retrain(settings)
    assert again.outcome == "already_refused"
    assert "too few questions to tell" in again.message
    assert again.trained is None
    assert len(read_ledger(story.workspace.ledger)) == before + 1
