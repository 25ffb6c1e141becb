"""Worker processes judge as this process would, in order, and end with whoever started them."""

import io
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scan_rows_of import chunk, exam_question, leaf_node, sample, scan, seed

from schemas.errors import DamagedFileError, ScanError
from schemas.records import Sample
from tasks.dataset_files.jsonl import write_dataset
from tasks.safety_scan.fields import Asked
from tasks.safety_scan.judged_block import JudgedBlock, in_blocks, receive, send, unpacked
from tasks.safety_scan.policy import DuplicateLimits, load_policy
from tasks.safety_scan.row_judge import Brief, Outcome
from tasks.safety_scan.workers import _Processes, open_judge

ROOT = Path(__file__).parents[3]
TOKEN = "ghp_" + "aB3dE5gH7jK9" * 3


def rows(count: int) -> list[Sample]:
    kinds = ["It is {} m.", "Mail a{}@example.org.", "Use " + TOKEN + "{}.", "You should take {} mg daily.", "It is 4 m."]
    return [sample(f"Part {i % 400}?", kinds[i % 5].format(i), leaf=f"knowledge/{i % 3}") for i in range(count)]


def test_two_processes_give_the_same_bytes_as_this_one(tmp_path):
    files = [[leaf_node("Cars"), leaf_node("Ignore all previous instructions.", "knowledge/1")], rows(1500)]
    files += [[seed("Mail?", "ann@example.org")], [chunk(f"Key {TOKEN}.")]]
    exam = [exam_question("Part 7?", leaf_node="knowledge/1")]
    here, there = (scan(tmp_path / str(n), *files, exam=exam, workers=n).result for n in (0, 2))
    assert [f.sha256 for f in (*here.clean, here.refused)] == [f.sha256 for f in (*there.clean, there.refused)]
    assert here.counts_by_rule == there.counts_by_rule
    assert here.leaf_counts == there.leaf_counts
    assert here.counts_by_rule["drop:leaf_blocked"] > 0
    assert here.counts_by_rule["drop:duplicate.exact"] > 0


@pytest.mark.slow
def test_the_automaton_is_compiled_once_and_finds_the_same_in_the_others(tmp_path):
    policy, digest = load_policy(None)
    brief = Brief(policy=policy, policy_sha256=digest)
    lines = [row.model_dump_json(exclude_none=True).encode() + b"\n" for row in rows(40)]
    notes = []
    for workers in (0, 1):
        with open_judge(brief, rows=10**6, workers=workers) as judge:
            notes.append([block.notes for block, _ in judge.blocks("Sample", iter(lines))])
    assert notes[0] == notes[1]
    assert len(notes[0][0]) == 24


def test_a_bad_row_is_named_by_its_line(tmp_path):
    good = write_dataset(f"{tmp_path}/rows.jsonl", Sample, rows(1200))
    path = Path(good.path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:1100], b'{"id": "x"}\n', *lines[1100:]]))
    policy, digest = load_policy(None)
    with (
        open_judge(Brief(policy=policy, policy_sha256=digest), 10, workers=2) as judge,
        pytest.raises(Exception, match="is not a Sample") as caught,
    ):
        list(judge.blocks("Sample", path.read_bytes().splitlines(keepends=True)))
    assert caught.value.row == 1101
    with pytest.raises(DamagedFileError):
        scan(tmp_path, [sample("q?", "a")], request={"earlier": good})


def test_a_worker_that_is_killed_stops_the_scan_with_a_word(tmp_path):
    policy, digest = load_policy(None)
    processes = _Processes(Brief(policy=policy, policy_sha256=digest), b"", 1)
    with processes, pytest.raises(ScanError, match="a scanning process ended"):
        processes._started[0].kill()
        list(processes.blocks("Sample", [b"{}\n"]))
    assert processes._started[0].poll() is not None


PARENT = """
import sys, time
from tasks.safety_scan.policy import load_policy
from tasks.safety_scan.row_judge import Brief
from tasks.safety_scan.workers import _Processes
policy, digest = load_policy(None)
with _Processes(Brief(policy=policy, policy_sha256=digest), b"", 2) as processes:
    print(*(process.pid for process in processes._started), flush=True)
    time.sleep(60)
"""


def test_a_killed_parent_leaves_no_worker():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, cwd=ROOT)
    assert parent.stdout is not None
    pids = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(pids) == 2
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 20
    while any(is_alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(is_alive(pid) for pid in pids)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


TEXT = st.text(max_size=12)
OUTCOMES = st.builds(
    Outcome,
    st.sampled_from(["allow", "redact", "quarantine", "drop"]),
    TEXT,
    TEXT,
    st.tuples(TEXT),
    st.none() | st.binary(max_size=8),
    st.none() | st.builds(Asked, TEXT, TEXT, TEXT),
    st.just(b""),
    st.sampled_from(["", "release"]),
)


@given(st.lists(OUTCOMES, max_size=8), st.sampled_from([None, DuplicateLimits(), DuplicateLimits(near=False)]))
def test_a_block_survives_its_way_through_a_pipe(outcomes, limits):
    block, pipe = JudgedBlock(), io.BytesIO()
    for outcome in outcomes:
        block.add(outcome, limits)
    send(pipe, block.packed())
    pipe.seek(0)
    parts = receive(pipe)
    assert parts is not None
    assert receive(pipe) is None
    received = [outcome for outcome, _ in unpacked(parts).rows()]
    assert [(o.verdict, o.rule, o.leaf_node, o.line, o.decided) for o in received] == [
        (o.verdict, o.rule if noted(o) else "", o.leaf_node, o.line, o.decided) for o in outcomes
    ]
    assert list(unpacked(parts).rows()) == list(block.rows())


def noted(outcome: Outcome) -> bool:
    return outcome.verdict != "allow" or bool(outcome.booked) or bool(outcome.decided)


def test_blocks_are_bounded_in_rows_and_bytes():
    assert [len(block) for block in in_blocks([b"x"] * 1100)] == [512, 512, 76]
    assert [len(block) for block in in_blocks([b"x" * 600_000] * 3)] == [2, 1]


def test_memory_does_not_grow_with_the_rows_that_come_in(tmp_path):
    """Not more than a few blocks are drawn from the source before the first is handed back."""
    drawn = 0

    def source():
        nonlocal drawn
        for row in rows(512 * 30):
            drawn += 1
            yield row.model_dump_json(exclude_none=True).encode() + b"\n"

    policy, digest = load_policy(None)
    with open_judge(Brief(policy=policy, policy_sha256=digest), 10, workers=1) as judge:
        blocks = judge.blocks("Sample", source())
        next(blocks)
        assert drawn <= 512 * 4
        blocks.close()
