"""What a person sees in a terminal while a run goes on, and what a log file gets."""

import io

import pytest
from rich.console import Console

from flows.terminal.progress import StageLines
from schemas.contracts import Progress

LEAF = "knowledge/vehicles/delorean_dmc12/and/a/very/long/path"


class Clock:
    """Time that passes where a test says so."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def console(width: int, terminal: bool = False) -> Console:
    return Console(file=io.StringIO(), width=width, force_terminal=terminal, color_system=None, legacy_windows=False)


def told(by: Console) -> list[str]:
    return by.file.getvalue().splitlines()  # type: ignore[attr-defined]


def train(lines: StageLines, clock: Clock, note: str = "loss 0.1") -> None:
    for done in (0, 10, 30, 50):
        lines.show("train", Progress(done=done, total=100, unit="steps", note=note))
        clock.seconds += 20
    lines.end_stage()


def test_long_stage_says_in_a_log_how_long_it_takes_yet() -> None:
    log, clock = console(80), Clock()
    train(StageLines(log, clock), clock)
    assert told(log) == [
        "train             10 of 100 steps  loss 0.1",
        "train             30 of 100 steps  loss 0.1  about 1 min 10 s left",
        "train             50 of 100 steps  loss 0.1  about 50 s left",
        "train             50 of 100 steps  loss 0.1  1 min 20 s",
    ]


def test_stage_that_tells_its_own_time_is_not_contradicted() -> None:
    log, clock = console(80), Clock()
    train(StageLines(log, clock), clock, note="5 answered, ETA 0:01:02")
    assert not any("left" in line for line in told(log))


@pytest.mark.parametrize("width", [60, 100])
def test_terminal_shows_stage_and_amount_whole_and_cuts_the_note(width: int) -> None:
    screen, clock = console(width, terminal=True), Clock()
    lines = StageLines(screen, clock)
    lines.show("teacher_generate", Progress(done=1, total=3, unit="leaf nodes", note=LEAF))
    lines.end_stage()
    lines.close_bars()
    shown = told(screen)
    last = next(line for line in reversed(shown) if "teacher_generate" in line)
    assert "3 of 3" in last or "1 of 3 leaf nodes" in last
    assert "knowledge/" in last
    assert "…" in last
    assert ("━" in last) == (width == 100)


def test_note_cannot_steer_the_terminal() -> None:
    log, clock = console(80), Clock()
    lines = StageLines(log, clock)
    lines.show("train", Progress(done=1, unit="steps", note="\x1b[2J [bold]x[/bold] \x07"))
    lines.end_stage()
    (line,) = told(log)
    assert not set(line) & set("\x1b\x07")
    assert "[bold]x[/bold]" in line
