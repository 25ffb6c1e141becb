"""The ledger survives kills and says when it is damaged."""

from pathlib import Path

import pytest

from schemas.errors import DamagedFileError
from schemas.student_contracts import Verdict
from tasks.promote.ledger import append_verdict, decision_on, read_ledger, utc_now


def verdict(run_key: str) -> Verdict:
    return Verdict(
        released=False, release=None, reasons=(), date=utc_now(), run_key=run_key, run=f"run-{run_key}", taxonomy_commit="c" * 40
    )


def test_decisions_come_back_in_order(tmp_path: Path) -> None:
    for key in ("a", "b", "c"):
        append_verdict(tmp_path / "ledger.jsonl", verdict(key))
    assert [v.run_key for v in read_ledger(tmp_path / "ledger.jsonl")] == ["a", "b", "c"]


def test_there_is_no_decision_before_the_first_run(tmp_path: Path) -> None:
    assert decision_on(read_ledger(tmp_path / "none.jsonl"), "a") is None


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_torn_last_line_is_no_decision_and_the_next_one_is_whole(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "ledger.jsonl"
    append_verdict(path, verdict("a"))
    append_verdict(path, verdict("b"))
    path.write_bytes(path.read_bytes()[: -1 - cut])
    assert [v.run_key for v in read_ledger(path)] == ["a"]
    append_verdict(path, verdict("c"))
    assert [v.run_key for v in read_ledger(path)] == ["a", "c"]


def test_a_line_that_is_not_a_decision_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_text('{"hello": 1}\n')
    with pytest.raises(DamagedFileError, match=r"ledger\.jsonl:1"):
        read_ledger(path)
