"""The gate as a whole: what is released, what is refused, and what the ledger keeps of both."""

import subprocess
import sys
from pathlib import Path

import pytest
from promote_rows import LEAF, OTHER, answer, answers, change, checkpoint, question, report, request

from schemas.contracts import Checkpoint, Release, Usage
from schemas.errors import DamagedFileError, WorkspaceError
from schemas.records import ExamQuestion
from schemas.student_contracts import Approval, PromoteRequest, Score, Verdict
from schemas.student_settings import GateSettings
from tasks.dataset_files.jsonl import write_dataset
from tasks.promote.gate import judge_report, promote_student
from tasks.promote.ledger import current_release, read_ledger
from tasks.promote.rollback import roll_back
from tasks.promote.verdict_text import describe_verdict

GAINED = answers("g" * 8, facts=True)


def released(folder: Path, run_key: str = "a", **changes: object) -> Verdict:
    return promote_student(request(folder, report(folder, GAINED), change=change(run_key * 16), run=f"run-{run_key}", **changes))


def test_a_clear_gain_without_loss_passes_every_rule(tmp_path: Path) -> None:
    rows = GAINED + answers("ggg") + answers("r" * 30, OTHER, changed=False)
    found = judge_report(report(tmp_path, rows), change(), GateSettings())
    assert {reason.rule: reason.passed for reason in found} == {
        "gain": True,
        "human_gain": True,
        "no_loss": True,
        "no_regression": True,
    }


def test_a_deletion_has_no_gain_to_show(tmp_path: Path) -> None:
    evaluation = report(tmp_path, answers("r" * 30, OTHER, changed=False))
    assert all(r.passed for r in judge_report(evaluation, change(added=(), deleted=(LEAF,)), GateSettings()))


def test_leaf_nodes_that_claim_no_gain_need_not_show_one_but_may_not_lose(tmp_path: Path) -> None:
    for outcomes, kept in (("wwwww", True), ("llllll", False)):
        evaluation = report(tmp_path, answers(outcomes), not_claimed=(LEAF,))
        rules = {reason.rule: reason.passed for reason in judge_report(evaluation, change(), GateSettings())}
        assert rules == {"gain": True, "no_loss": kept, "no_regression": True}


def test_an_edited_fact_is_known_by_what_the_release_was_examined_on(tmp_path: Path) -> None:
    rows = answers("g", facts=True)
    before = [row.question.model_copy(update={"reference": "no"}) for row in rows]
    exam = (write_dataset(str(tmp_path / "earlier.jsonl"), ExamQuestion, before),)
    first = released(tmp_path, exam=exam)
    second = promote_student(request(tmp_path, report(tmp_path, rows), change=change("b" * 16), parent=first.release, run="b"))
    assert second.release
    assert {reason.rule: reason.passed for reason in second.reasons}["small_change"]
    assert (second.release.number, second.parent) == (2, 1)


def test_answers_that_were_changed_afterwards_decide_nothing(tmp_path: Path) -> None:
    evaluation = report(tmp_path, GAINED)
    file = Path(evaluation.answers.path)
    file.write_text(file.read_text().replace('"match":0', '"match":1', 1))
    with pytest.raises(DamagedFileError, match="not the file that was recorded"):
        promote_student(request(tmp_path, evaluation))
    assert not (tmp_path / "ledger.jsonl").exists()


def test_a_release_is_written_to_the_ledger_and_current_points_at_it(tmp_path: Path) -> None:
    verdict = released(tmp_path)
    assert verdict.released
    assert current_release(read_ledger(tmp_path / "ledger.jsonl")) == verdict.release
    assert (tmp_path / "current").resolve() == tmp_path / "releases" / "release-1"


def test_a_refusal_is_remembered_and_changes_no_release(tmp_path: Path) -> None:
    first = released(tmp_path)
    lost = report(tmp_path, answers("l" * 8))
    refused = promote_student(request(tmp_path, lost, change=change("b" * 16), parent=first.release, run="run-2"))
    ledger = read_ledger(tmp_path / "ledger.jsonl")
    assert not refused.released
    assert [line.run for line in ledger if isinstance(line, Verdict)] == ["run-a", "run-2"]
    assert current_release(ledger) == first.release


def test_the_same_run_key_is_decided_once(tmp_path: Path) -> None:
    first = released(tmp_path)
    again = promote_student(request(tmp_path, report(tmp_path, answers("llllll")), change=change(), parent=first.release))
    assert again == first
    assert len(read_ledger(tmp_path / "ledger.jsonl")) == 1


def test_a_kill_between_ledger_and_link_is_mended_when_the_run_is_repeated(tmp_path: Path) -> None:
    first = released(tmp_path)
    (tmp_path / "current").unlink()
    assert released(tmp_path) == first
    assert (tmp_path / "current").resolve() == tmp_path / "releases" / "release-1"


def test_what_the_ledger_keeps_of_a_decision(tmp_path: Path) -> None:
    numbers = {"questions": 8, "base": 0, "student": 1, "delta": 1, "low": 1, "high": 1}
    groups = [("claimed", "match"), ("claimed", "exact_match"), (LEAF, "match")]
    scores = [Score.model_validate({"suite": "human", "group": g, "metric": m, **numbers}) for g, m in groups]
    agreed = Approval(step="samples", decision="approved", by="ada", comment="read ten", date="2026-01-05T06:00:00Z")
    exam = (write_dataset(str(tmp_path / "exam.jsonl"), ExamQuestion, [question("a")]),)
    usage = Usage(requests=3, prompt_tokens=10, completion_tokens=5)
    evaluation = report(tmp_path, GAINED, scores=tuple(scores))
    verdict = promote_student(request(tmp_path, evaluation, approvals=(agreed,), usage=usage, exam=exam))
    (kept,) = read_ledger(tmp_path / "ledger.jsonl")
    assert isinstance(kept, Verdict)
    assert kept == verdict
    assert [(s.group, s.metric) for s in kept.scores] == [("claimed", "match")]
    assert (kept.approvals, kept.usage, kept.parent) == ((agreed,), usage, None)
    assert kept.exam_sha256 == (exam[0].sha256,)
    text = describe_verdict(kept)
    assert text.startswith("## Released as number 1")
    assert "ada approved samples on 2026-01-05T06:00:00Z: read ten" in text
    assert str(tmp_path) not in text


def test_a_verdict_shows_markup_as_it_is(tmp_path: Path) -> None:
    leaf = "knowledge/<img src=x>|[a](http://x)"
    evaluation = report(tmp_path, GAINED + answers("l" * 9, leaf, changed=False))
    text = describe_verdict(promote_student(request(tmp_path, evaluation)))
    assert text.startswith("## Refused")
    assert "<img" not in text
    assert "[a]" not in text
    assert "&lt;img src=x>\\|\\[a\\](http://x)" in text


# -- two at once, and going back -------------------------------------------------------------------------------------


def test_of_two_runs_that_began_at_the_same_release_the_second_is_told(tmp_path: Path) -> None:
    released(tmp_path)
    with pytest.raises(WorkspaceError, match="release 1 became current"):
        released(tmp_path, "b")


def test_of_two_processes_that_promote_at_once_one_wins_and_the_other_is_told(tmp_path: Path) -> None:
    """Both wait for a go, so that they meet at the ledger's lock."""
    code = (
        "import sys\n"
        "from schemas.student_contracts import PromoteRequest\n"
        "from schemas.errors import WorkspaceError\n"
        "from tasks.promote.gate import promote_student\n"
        "request = PromoteRequest.model_validate_json(open(sys.argv[1]).read())\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "try:\n    print('released', promote_student(request).released)\n"
        "except WorkspaceError as error:\n    print('told', error)\n"
    )
    processes = []
    for key in ("a", "b"):
        asked = request(tmp_path, report(tmp_path, GAINED), change=change(key * 16), run=key)
        (tmp_path / f"{key}.json").write_text(asked.model_dump_json())
        command = [sys.executable, "-c", code, str(tmp_path / f"{key}.json")]
        processes.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    said = sorted(process.communicate(timeout=60)[0].strip() for process in processes)
    assert said[0] == "released True"
    assert said[1].startswith("told release 1 became current while this run was under way")
    ledger = read_ledger(tmp_path / "ledger.jsonl")
    assert len(ledger) == 1
    assert current_release(ledger) is not None


def two_releases(folder: Path) -> tuple[Release, Release]:
    first = released(folder).release
    second = released(folder, "b", parent=first, checkpoint=checkpoint(folder / "second")).release
    assert first
    assert second
    return first, second


def test_after_a_rollback_the_earlier_release_is_current_and_the_next_number_is_new(tmp_path: Path) -> None:
    first, _ = two_releases(tmp_path)
    line = roll_back(tmp_path / "ledger.jsonl", 1, by="ada", reason="invents\n prices")
    assert (line.rollback_to, line.rollback_from, line.by, line.reason) == (1, 2, "ada", "invents prices")
    assert current_release(read_ledger(tmp_path / "ledger.jsonl")) == first
    assert (tmp_path / "current").resolve() == tmp_path / "releases" / "release-1"
    third = released(tmp_path, "c", parent=first)
    assert third.release
    assert (third.release.number, third.release.parent) == (3, 1)


def test_a_run_that_was_under_way_during_a_rollback_is_told(tmp_path: Path) -> None:
    _, second = two_releases(tmp_path)
    roll_back(tmp_path / "ledger.jsonl", 1, by="ada", reason="invents prices")
    with pytest.raises(WorkspaceError, match="release 1 became current"):
        released(tmp_path, "c", parent=second)


def test_a_rolled_back_release_keeps_its_link_out_of_use_when_its_run_is_repeated(tmp_path: Path) -> None:
    first, second = two_releases(tmp_path)
    roll_back(tmp_path / "ledger.jsonl", 1, by="ada", reason="invents prices")
    assert released(tmp_path, "b", parent=first).release == second
    assert (tmp_path / "current").resolve() == tmp_path / "releases" / "release-1"


def test_a_request_of_an_earlier_version_is_still_understood(tmp_path: Path) -> None:
    asked = request(tmp_path, report(tmp_path, [answer(question("a"), 0, 1)]))
    old = asked.model_dump(mode="json", exclude={"approvals", "usage"})
    for name in ("significance", "guess_rate", "safety_margin"):
        del old["gate"][name]
    assert PromoteRequest.model_validate(old) == asked
    assert isinstance(asked.checkpoint, Checkpoint)
