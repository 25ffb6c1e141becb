"""The table at the end of a run: it fits, and what served models cost is told at the prices of the settings."""

import io
from pathlib import Path

import pytest
from example_run import ExampleRun, Options
from rich.console import Console

from flows.accounting.cost import cost_of
from flows.terminal.summary_table import print_summary
from schemas.contracts import Usage
from schemas.settings import Settings
from schemas.student_contracts import RunSummary

USAGE = Usage(requests=120, cached=20, prompt_tokens=2_000_000, completion_tokens=500_000)


def settings(teacher: str = "model", **prices: float) -> Settings:
    return Settings.model_validate({"teacher": {"kind": teacher, "model": prices}, "critic": {"kind": "model", "model": prices}})


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory) -> RunSummary:
    """A run whose teacher and critic asked a model."""
    made = ExampleRun(tmp_path_factory.mktemp("run"), Options(hostile=False)).summary
    assert made.generated
    assert made.filtered
    used = {"generated": made.generated.model_copy(update={"usage": USAGE})}
    used |= {"filtered": made.filtered.model_copy(update={"usage": USAGE})}
    return made.model_copy(update=used)


def test_tokens_cost_what_the_settings_say(summary: RunSummary) -> None:
    cost = cost_of(summary, settings(prompt_price=0.5, completion_price=2.0))
    assert cost
    assert (cost.teacher, cost.critic, cost.total) == (2.0, 2.0, 4.0)


def test_a_role_without_a_model_costs_nothing(summary: RunSummary) -> None:
    cost = cost_of(summary, settings("extractive", prompt_price=1.0))
    assert cost
    assert (cost.teacher, cost.critic, cost.total) == (None, 2.0, 2.0)


def test_without_a_price_nothing_is_said(summary: RunSummary) -> None:
    assert cost_of(summary, settings()) is None
    assert cost_of(summary, Settings()) is None


def test_terminal_tells_the_cost_and_what_the_exam_kept_out(summary: RunSummary, tmp_path: Path) -> None:
    console = Console(file=io.StringIO(), width=120)
    print_summary(console, summary.model_copy(update={"cost": cost_of(summary, settings(prompt_price=0.011))}))
    told = console.file.getvalue()  # type: ignore[attr-defined]
    assert "0.044 (teacher 0.022, critic 0.022), at the prices of the settings" in told
    assert "same as an exam question 3" in told


@pytest.mark.parametrize("width", [60, 80, 140])
def test_summary_fits_and_leaves_no_blanks_in_a_log(width: int, summary: RunSummary) -> None:
    log = Console(file=io.StringIO(), width=width)
    print_summary(log, summary)
    lines = log.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert lines == [line.rstrip() for line in lines]
    assert max(len(line) for line in lines if not line.startswith("files:")) <= width
    assert not any("…" in line for line in lines)
    assert any(line.startswith("human, all") for line in lines)
    assert any("95 %" in line and "exact" in line for line in lines) == (width >= 72)
