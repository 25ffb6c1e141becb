"""The ledger survives kills, says when it is damaged, and knows what is current."""

from pathlib import Path

import pytest
from promote_rows import NOTHING, checkpoint

from schemas.contracts import Release
from schemas.errors import DamagedFileError, UsageError
from schemas.student_contracts import Reason, Rollback, Verdict
from tasks.promote.ledger import (
    append_line,
    current_release,
    decision_on,
    explain_decision,
    next_number,
    read_ledger,
    rolled_back,
    utc_now,
)
from tasks.promote.rollback import roll_back

DATE = "2026-01-05T06:00:00Z"
OLD_LINE = (
    '{"released":true,"release":{"number":1,"run_key":"k","date":"2025-12-01T06:00:00Z","taxonomy_commit":"c","leaf_nodes":{"a":"b"},'
    '"checkpoint":{"path":"/w/student","sha256":"d","parameters":1},"samples":{"path":"/w/s.jsonl","sha256":"e","rows":2,'
    '"record":"Sample"},"exam":[],"parent":null},"reasons":[{"rule":"gain","passed":true,"message":"better"}],'
    '"date":"2025-12-01T06:00:00Z","run_key":"k","run":"r","taxonomy_commit":"c"}'
)


def verdict(run_key: str, number: int | None = None, folder: Path = Path("/nowhere")) -> Verdict:
    release = number and Release(
        number=number,
        run_key=run_key,
        date=DATE,
        taxonomy_commit="c" * 40,
        leaf_nodes={},
        checkpoint=checkpoint(folder / f"student-{number}") if folder.exists() else {"path": "/", "sha256": "", "parameters": 1},
        samples=NOTHING,
        exam=(),
    )
    reasons = () if number else (Reason(rule="gain", passed=False, message="not proven better"),)
    return Verdict(
        released=bool(number),
        release=release or None,
        reasons=reasons,
        date=utc_now(),
        run_key=run_key,
        run=f"run-{run_key}",
        taxonomy_commit="c" * 40,
    )


def back(to: int, origin: int) -> Rollback:
    return Rollback(rollback_to=to, rollback_from=origin, date=DATE, by="ada", reason="invents prices")


def keys(path: Path) -> list[str]:
    return [line.run_key for line in read_ledger(path) if isinstance(line, Verdict)]


def test_decisions_come_back_in_order(tmp_path: Path) -> None:
    for key in ("a", "b", "c"):
        append_line(tmp_path / "ledger.jsonl", verdict(key))
    assert keys(tmp_path / "ledger.jsonl") == ["a", "b", "c"]


def test_there_is_no_decision_before_the_first_run(tmp_path: Path) -> None:
    ledger = read_ledger(tmp_path / "none.jsonl")
    assert decision_on(ledger, "a") is None
    assert current_release(ledger) is None
    assert next_number(ledger) == 1


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_torn_last_line_is_no_decision_and_the_next_one_is_whole(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "ledger.jsonl"
    append_line(path, verdict("a"))
    append_line(path, verdict("b"))
    path.write_bytes(path.read_bytes()[: -1 - cut])
    assert keys(path) == ["a"]
    append_line(path, verdict("c"))
    assert keys(path) == ["a", "c"]


def test_a_torn_rollback_did_not_happen(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    for line in (verdict("a", 1), verdict("b", 2), back(1, 2)):
        append_line(path, line)
    path.write_bytes(path.read_bytes()[:-9])
    assert current_release(read_ledger(path)) == verdict("b", 2).release


@pytest.mark.parametrize("line", ['{"hello": 1}', '{"rollback_to": 0, "rollback_from": 1}', "[]}"])
def test_a_line_that_is_not_a_decision_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_text(f"{OLD_LINE}\n{line}\n")
    with pytest.raises(DamagedFileError, match=r"ledger\.jsonl:2"):
        read_ledger(path)


def test_lines_of_earlier_versions_stay_readable(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_text(OLD_LINE + "\n")
    (line,) = read_ledger(path)
    assert isinstance(line, Verdict)
    assert line.release
    assert (line.release.number, line.scores, line.parent, line.reasons[0].severity) == (1, (), None, "rule")


def test_what_is_current_follows_releases_and_rollbacks_in_order() -> None:
    ledger = [verdict("a", 1), verdict("b", 2), verdict("x"), back(1, 2)]
    assert current_release(ledger) == ledger[0].release
    assert next_number(ledger) == 3
    assert current_release([*ledger, verdict("y")]) == ledger[0].release
    assert current_release([*ledger, back(2, 1)]) == ledger[1].release
    third = verdict("c", 3)
    assert current_release([*ledger, third]) == third.release


def test_a_rollback_to_what_is_not_there_is_damage() -> None:
    with pytest.raises(DamagedFileError, match="went back to release 4"):
        current_release([verdict("a", 1), back(4, 1)])


def test_a_decided_run_is_told_what_became_of_its_content() -> None:
    first, second, refused = verdict("a", 1), verdict("b", 2), verdict("x")
    ledger = [first, second, refused]
    assert explain_decision(ledger, second) == "nothing changed since release 2"
    assert explain_decision(ledger, first) == "this content is already release 1; the current one is release 2"
    assert explain_decision(ledger, refused).startswith("already refused on ")
    went_back = [*ledger, back(1, 2)]
    assert explain_decision(went_back, second) == (
        "this content is release 2, rolled back by ada on 2026-01-05 because: invents prices. "
        "'labflow release rollback 2' makes it current again"
    )
    assert explain_decision(went_back, first) == "nothing changed since release 1"
    assert rolled_back([*went_back, back(2, 1)], 2) is None


def test_a_rollback_is_refused_where_it_cannot_hold(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    with pytest.raises(UsageError, match="no ledger"):
        roll_back(path, 1, "ada", "why")
    append_line(path, verdict("a", 1, tmp_path))
    append_line(path, verdict("b", 2, tmp_path))
    with pytest.raises(UsageError, match="release 2 is current"):
        roll_back(path, 2, "ada", "why")
    with pytest.raises(UsageError, match=r"no release 7\. Releases: 1, 2"):
        roll_back(path, 7, "ada", "why")
    with pytest.raises(UsageError, match="needs a reason"):
        roll_back(path, 1, "ada", " ")
    (tmp_path / "student-1" / "model.safetensors").write_text("changed")
    with pytest.raises(DamagedFileError, match="not the one that was recorded"):
        roll_back(path, 1, "ada", "why")
    assert len(read_ledger(path)) == 2
