"""Anybody's rows: every text is scanned, one verdict for each row, in order."""

import pytest

from schemas.errors import UsageError
from tasks.safety_scan.generic_rows import scan_generic_rows
from tasks.safety_scan.policy import load_policy

POLICY, _ = load_policy(None)
TOKEN = "ghp_" + "aB3dE5gH7jK9" * 3


def test_one_verdict_for_each_row_in_order():
    rows = [
        {"id": "a", "question": "Colour?", "answer": "Grey."},
        {"id": 2, "messages": [{"role": "user", "content": "Mail?"}, {"role": "assistant", "content": "ann@example.org"}]},
        {"question": "Key?", "answer": TOKEN},
        {"id": "d", "question": "colour", "answer": "grey"},
        {},
        {"id": "f", "messages": [{"role": "user", "content": [{"type": "text", "text": f"{TOKEN} it is"}]}]},
    ]
    scanned = list(scan_generic_rows(rows, POLICY))
    assert [row.verdict for row in scanned] == ["allow", "redact", "quarantine", "drop", "allow", "quarantine"]
    assert [row.id for row in scanned][:2] == ["a", "2"]
    assert scanned[1].clean == {
        "id": 2,
        "messages": [{"role": "user", "content": "Mail?"}, {"role": "assistant", "content": "[EMAIL_1]"}],
    }
    assert scanned[1].findings[0].field == "messages.1.content"
    assert rows[1]["messages"][1]["content"] == "ann@example.org"
    assert scanned[5].findings[0].field == "messages.0.content.0.text"
    assert all(TOKEN not in repr(row) for row in scanned)
    assert all((row.clean is None) == (row.verdict in ("quarantine", "drop")) for row in scanned)


def test_texts_under_unknown_names_are_scanned_too():
    (row,) = scan_generic_rows([{"id": 1, "question": "q", "answer": "a", "meta": {"author": "ann@example.org"}}], POLICY)
    assert row.clean == {"id": 1, "question": "q", "answer": "a", "meta": {"author": "[EMAIL_1]"}}


def test_an_id_that_is_private_is_not_shown():
    (row,) = scan_generic_rows([{"id": "ann@example.org", "question": "q", "answer": TOKEN}], POLICY)
    assert "ann" not in row.id
    assert "ann" not in str(row.shown)


def test_a_row_that_is_no_object_is_named_by_its_number():
    with pytest.raises(UsageError, match="row 2 is list"):
        list(scan_generic_rows([{"question": "q"}, ["x"]], POLICY))  # type: ignore[list-item]


def test_rows_without_duplicates_of_nothing():
    assert [row.verdict for row in scan_generic_rows([{"id": 1}, {"id": 2}], POLICY)] == ["allow", "allow"]
