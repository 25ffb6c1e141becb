"""What a person decides about a quarantined row is kept, counts for that very row under that policy, and gives nothing away."""

import json
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scan_rows_of import chunk, sample, scan
from test_safety_scan_policy import policy_file

from schemas.errors import DamagedFileError
from schemas.records import Chunk, QuarantineDecision, Sample
from tasks.dataset_files.jsonl import is_intact
from tasks.safety_scan.decisions import (
    Decisions,
    append_decision,
    content_digest,
    decisions_file,
    decisions_of,
    read_decisions,
)
from tasks.safety_scan.fields import texts_of
from tasks.safety_scan.policy import load_policy

TOKEN, OTHER = "ghp_" + "aB3dE5gH7jK9" * 3, "ghp_" + "kB3dE5gH7jK8" * 3
POLICY = load_policy(None)[1]


def decision(row: str, content: str, kind: str = "release", **more) -> QuarantineDecision:
    fields = {"rule": "credential.github_token", "policy_sha256": POLICY, "by": "ann", "reason": "made up", **more}
    return QuarantineDecision(
        row=row, leaf_node="k", decision=kind, contents=(content,), date="2026-01-05T06:00:00Z", **fields
    )  # fmt: skip


def decided(tmp_path, row, kind="release", **more) -> dict:
    """The further fields of a request after somebody decided about the quarantined row."""
    (refused,) = scan(tmp_path / "before", [row]).refused
    append_decision(tmp_path / "decisions.jsonl", decision(refused.id, content_digest(refused.id, texts_of(row)), kind, **more))
    return {"decisions": decisions_file(tmp_path / "decisions.jsonl")}


ROW = sample("Key?", f"It is {TOKEN}, ask ann@example.org.")


def test_a_released_row_passes_with_its_finding_and_the_decision_on_it(tmp_path):
    found = scan(tmp_path, [ROW, sample("Other?", f"It is {OTHER}.")], request=decided(tmp_path, ROW))
    (passed,) = found.clean(Sample)
    assert passed.answer == f"It is {TOKEN}, ask [EMAIL_1]."
    because = {f.rule: f.allowed_because for f in passed.findings}
    assert because["personal.email"] == ""
    assert because["credential.github_token"] == f"released by ann on 2026-01-05: made up (policy {POLICY[:12]})"
    assert found.reasons == ["quarantine:credential.github_token"]
    assert (found.result.released, found.result.redacted, found.result.quarantined) == (1, 1, 1)
    assert found.result.counts_by_rule["allow:credential.github_token"] == 1


def test_a_denied_row_is_dropped(tmp_path):
    found = scan(tmp_path, [ROW], request=decided(tmp_path, ROW, "deny"))
    assert found.reasons == ["drop:quarantine.denied"]
    assert found.result.denied == 1
    assert TOKEN not in found.refused_text


def test_the_latest_decision_counts(tmp_path):
    decided(tmp_path, ROW)
    assert scan(tmp_path / "a", [ROW], request=decided(tmp_path, ROW, "deny")).reasons == ["drop:quarantine.denied"]


@pytest.mark.parametrize(
    ("row", "more"),
    [
        (sample("Key?", f"It is {OTHER}, ask ann@example.org."), {}),
        (ROW, {"policy_sha256": "0" * 64}),
        (ROW, {"rule": "credential.jwt"}),
        (sample("Key?", ROW.answer, leaf="knowledge/other"), {}),
    ],
    ids=["another secret behind the same mask", "another policy", "another rule", "another leaf node"],
)
def test_a_decision_counts_for_nothing_else(tmp_path, row, more):
    found = scan(tmp_path, [row], request=decided(tmp_path, ROW, **more))
    assert found.reasons == ["quarantine:credential.github_token"]
    assert found.result.released == 0


def test_a_changed_policy_asks_again(tmp_path):
    asked = decided(tmp_path, ROW)
    path = policy_file(tmp_path, duplicates={"near": False})
    assert scan(tmp_path, [ROW], request=asked, policy=path).reasons == ["quarantine:credential.github_token"]


def test_a_drop_is_not_up_for_release(tmp_path):
    row = sample("Story?", "sexual content about a child and a teacher")
    (refused,) = scan(tmp_path / "a", [row]).refused
    assert refused.reason == "drop:prohibited.child_safety.sexual"
    append_decision(
        tmp_path / "d.jsonl",
        decision(refused.id, content_digest(refused.id, texts_of(row)), rule="prohibited.child_safety.sexual"),
    )
    request = {"decisions": decisions_file(tmp_path / "d.jsonl")}
    assert scan(tmp_path, [row], request=request).reasons == [refused.reason]


def test_a_released_chunk_keeps_its_place(tmp_path):
    row = chunk(f"The key is {TOKEN}.", 50)
    found = scan(tmp_path, [row], request=decided(tmp_path, row))
    assert found.clean(Chunk) == [row]


def test_an_instruction_is_released_in_a_worker_process_as_well(tmp_path):
    row = sample("Quote?", "He wrote: ignore all previous instructions.")
    asked = decided(tmp_path, row, rule="instructions.override")
    assert scan(tmp_path, [row], request=asked, workers=1).result.released == 1


def test_neither_ids_nor_decisions_give_a_private_value_away(tmp_path):
    """Whoever knows everything of a row but a short value cannot try all values against a quick digest."""
    from schemas.records import sample_id

    rows = [sample("Phone?", f"Ring +44 20 7946 00{i}, key {TOKEN}.") for i in (18, 19)]
    request = decided(tmp_path, rows[0])
    found = scan(tmp_path, rows, request=request)
    written = found.refused_text + (tmp_path / "decisions.jsonl").read_text()
    for row in rows:
        assert sample_id(row.leaf_node, row.question, None, row.answer) not in written
        assert row.id not in written
    assert len(found.refused) == 1  # the released one had the same mask, and another value


# -- the file --------------------------------------------------------------------------------------------------------------


def test_a_torn_last_line_is_ignored_and_cut_off_by_the_next_decision(tmp_path):
    path = tmp_path / "q" / "decisions.jsonl"
    made = [decision(f"row{i}", "c") for i in range(3)]
    append_decision(path, made[0])
    append_decision(path, made[1])
    asked = decisions_file(path)
    with path.open("ab") as stream:
        stream.write(made[2].model_dump_json().encode()[:40])
    assert read_decisions(path) == tuple(made[:2])
    assert decisions_file(path) == asked
    append_decision(path, made[2])
    assert read_decisions(path) == tuple(made)
    assert decisions_of(asked) == tuple(made[:2])  # later ones are not part of the request
    copy = decisions_file(path, tmp_path / "q")
    append_decision(path, made[0])
    assert is_intact(copy)
    assert decisions_of(copy) == tuple(made)


def test_a_damaged_or_changed_file_is_no_base_for_a_scan(tmp_path):
    path = tmp_path / "decisions.jsonl"
    append_decision(path, decision("a", "c"))
    asked = decisions_file(path)
    path.write_text(path.read_text().replace("release", "deny   "))
    with pytest.raises(DamagedFileError, match="never changed"):
        decisions_of(asked)
    path.write_text("{}\n")
    with pytest.raises(DamagedFileError, match=r"jsonl:1 is no decision"):
        read_decisions(path)
    path.unlink()
    assert read_decisions(path) == ()
    assert decisions_file(path) is None
    with pytest.raises(DamagedFileError, match="is gone"):
        decisions_of(asked)


def test_decisions_at_the_same_time_are_all_kept(tmp_path):
    path = tmp_path / "decisions.jsonl"
    threads = [threading.Thread(target=append_decision, args=(path, decision(f"row{i}", "c"))) for i in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each.row for each in read_decisions(path)) == sorted(f"row{i}" for i in range(12))
    assert path.stat().st_mode & 0o077 == 0


def test_a_decision_makes_another_request(tmp_path):
    from schemas.contracts import ScanRequest
    from schemas.settings import ScanSettings

    path = tmp_path / "decisions.jsonl"
    keys = {ScanRequest(rows=(), policy=ScanSettings(), decisions=decisions_file(path)).key()}
    for i in range(2):
        append_decision(path, decision(f"row{i}", "c"))
        keys.add(ScanRequest(rows=(), policy=ScanSettings(), decisions=decisions_file(path)).key())
    assert len(keys) == 3


@settings(max_examples=8, deadline=None)
@given(
    st.dictionaries(st.text(max_size=5), st.text(max_size=8), max_size=3), st.text("0123456789abcdef", min_size=1, max_size=16)
)
def test_only_the_same_content_has_the_same_digest(texts, row):
    digest = content_digest(row, texts)
    assert digest == content_digest(row, dict(reversed(texts.items())))
    assert digest != content_digest(row, {**texts, "x": "y" + json.dumps(texts)})
    assert Decisions([decision(row, digest)], POLICY).on(row, "credential.github_token", texts)
    assert not Decisions([decision(row, digest)], "other").on(row, "credential.github_token", texts)
