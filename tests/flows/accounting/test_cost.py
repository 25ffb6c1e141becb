"""Every served model of a run that has a price is in its cost: guardian and judge like teacher and critic."""

from pathlib import Path

from flows.accounting.cost import cost_of
from schemas.contracts import GuardianCounts, Usage
from schemas.settings import Settings
from tests.flows.report.example_run import ExampleRun, Options

USAGE = Usage(requests=12, prompt_tokens=1_000_000, completion_tokens=500_000)


def test_guardian_and_judge_are_paid_like_teacher_and_critic(tmp_path: Path) -> None:
    made = ExampleRun(tmp_path, Options(hostile=False)).summary
    assert made.sources
    assert made.scanned
    guarded = GuardianCounts(judged=3, passed_over=0, blocked=0, usage=USAGE)
    summary = made.model_copy(
        update={
            "sources": made.sources.model_copy(update={"guardian": guarded}),
            "scanned": made.scanned.model_copy(update={"guardian": guarded}),
        }
    )
    priced = {"model": {"prompt_price": 1.0, "completion_price": 2.0}}
    settings = Settings.model_validate({"scan": {"guardian": {"kind": "granite_guardian", **priced}}})
    cost = cost_of(summary, settings)
    assert cost
    assert (cost.guardian, cost.teacher, cost.total) == (4.0, None, 4.0)
    assert cost_of(made, settings) is None
