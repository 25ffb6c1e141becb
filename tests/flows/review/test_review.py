"""A person is asked, answers or does not, and what was said is remembered: with a real server."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.errors import UsageError
from schemas.settings import ReviewSettings
from schemas.student_contracts import Approval, RunSummary
from tasks.promote.ledger import read_ledger
from tests.flows.report.example_run import ExampleRun

DEADLINE_SECONDS = 60
HOW = {"before_training": "pause"}


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory) -> RunSummary:
    return ExampleRun(tmp_path_factory.mktemp("example")).summary


def asked(review: ReviewSettings, answer: Callable[[], None] | None = None) -> tuple[Approval, ...]:
    """What a flow run hears that asks before training, while somebody else answers."""
    from prefect import flow

    from flows.review.asking import ask

    @flow(flow_run_name="retrain 3f2a91c: 2 added")
    def run() -> tuple[Approval, ...]:
        return ask("before_training", review, lambda: "three samples")

    thread = threading.Thread(target=answer or (lambda: None))
    thread.start()
    said = run()
    thread.join()
    return said


def answer_when_asked(decision: str, comment: str) -> None:
    from flows.review.answering import ReviewAnswer, answer

    end = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < end:
        try:
            answer("retrain 3f2a91c", ReviewAnswer(decision=decision, by="ada", comment=comment))  # type: ignore[arg-type]
            return
        except UsageError:  # it does not wait yet
            time.sleep(0.1)


def test_nobody_is_asked_where_the_settings_do_not_say_so() -> None:
    from flows.review.asking import ask

    assert ask("before_training", ReviewSettings(), lambda: "") == ()


@pytest.mark.usefixtures("prefect_server")
def test_an_approval_carries_name_and_reason() -> None:
    review = ReviewSettings(before_training="pause")
    (said,) = asked(review, lambda: answer_when_asked("approve", "looked at twenty"))
    assert (said.step, said.decision, said.by, said.comment) == ("before_training", "approved", "ada", "looked at twenty")


@pytest.mark.usefixtures("prefect_server")
@pytest.mark.parametrize(("on_timeout", "decision"), [("approve", "approved"), ("reject", "rejected")])
def test_no_answer_in_time_is_answered_by_the_settings(on_timeout: str, decision: str) -> None:
    review = ReviewSettings.model_validate({"before_training": "pause", "timeout_hours": 1 / 3600, "on_timeout": on_timeout})
    (said,) = asked(review)
    assert (said.decision, said.by) == (decision, "nobody")
    assert "no answer within" in said.comment


@pytest.mark.usefixtures("prefect_server")
def test_a_run_that_nobody_could_take_up_again_is_not_suspended() -> None:
    with pytest.raises(UsageError, match="belongs to no deployment"):
        asked(ReviewSettings(before_training="suspend"))


@pytest.mark.usefixtures("prefect_server")
def test_a_run_that_does_not_wait_cannot_be_answered() -> None:
    from flows.review.answering import ReviewAnswer, answer

    with pytest.raises(UsageError, match="no run 'retrain 0000000' waits for an answer"):
        answer("retrain 0000000", ReviewAnswer(decision="approve"))


def test_a_rejection_is_remembered_once_with_who_and_why(summary: RunSummary, tmp_path: Path) -> None:
    from flows.review.asking import record_rejection

    ledger = str(tmp_path / "ledger.jsonl")
    said = Approval(step="before_training", decision="rejected", by="ada", comment="half are wrong", date="2026-01-05T06:00:00Z")
    first = record_rejection(ledger, summary, "20260105T060000Z-3f2a91c0", (said,), None)
    again = record_rejection(ledger, summary, "another run", (said,), None)
    assert first == again
    assert read_ledger(ledger) == [first]
    assert not first.released
    assert first.reasons[0].message == "rejected by ada before training: half are wrong"
    assert first.approvals == (said,)


def test_off_may_be_written_without_quotes() -> None:
    assert ReviewSettings.model_validate({"before_training": False}).before_training == "off"


def test_the_preview_says_what_will_be_done(summary: RunSummary) -> None:
    from flows.review.preview import write_preview
    from schemas.settings import Settings

    early = summary.model_copy(update={"trained": None, "report": None, "verdict": None})
    before = write_preview("before_training", early, Settings())
    assert "samples, about" in before
    assert "epochs" in before
    assert "| questions | of | base | student | gain |" in write_preview("before_promotion", summary, Settings())


def test_other_samples_or_another_student_are_another_question(summary: RunSummary) -> None:
    from flows.review.preview import write_preview
    from schemas.settings import Settings

    assert summary.trained is not None
    retrained = summary.trained.checkpoint.model_copy(update={"sha256": "0" * 64})
    other = summary.model_copy(update={"trained": summary.trained.model_copy(update={"checkpoint": retrained})})
    shown = [write_preview("before_promotion", each, Settings()) for each in (summary, summary, other)]
    assert shown[0] == shown[1]  # nothing of the moment or the run is in it: a run that is taken up again finds its answer
    assert shown[0] != shown[2]
