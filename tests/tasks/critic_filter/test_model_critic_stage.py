"""The whole stage with a served critic: its canaries, its accounts, and its second run."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from schemas.contracts import FilterRequest, StageFolders, ignore_progress
from schemas.errors import CriticError, ModelServerError
from schemas.records import Chunk, Document, Provenance, Rejected, Sample, SeedExample, sample_id
from schemas.settings import CriticSettings
from tasks.critic_filter.filter import filter_samples, require_kept
from tasks.dataset_files.jsonl import read_dataset, write_dataset
from tests.tasks.chat_model.scripted_server import Asked, Reply, ScriptedServer
from tests.tasks.critic_filter.test_model_critic import criterion_of, verdicts

LEAF = "knowledge/rivers"
TEXT = "The Rhine is 1,230 km long. The Elbe is 1,094 km long. The Weser is 452 km long. The Oder is 840 km long."
DOCUMENT = Document(repo="r", commit="0" * 40, path="p.md", sha256="0")
CHUNK = Chunk(id="c1", leaf_node=LEAF, document=DOCUMENT, text=TEXT, start=0, end=len(TEXT))
TRUTH = {f"How long is the {river}?": f"{length} km" for river, length in re.findall(r"The (\w+) is ([\d,]+) km", TEXT)}
SEEDS = [
    SeedExample(id=f"s{number}", leaf_node=LEAF, kind="knowledge", question=question, context=TEXT, answer=answer)
    for number, (question, answer) in enumerate(TRUTH.items())
]


def tagged(asked: Asked, tag: str) -> str:
    found = re.search(rf"<{tag}>\n(.*?)\n</{tag}>", asked["messages"][1]["content"], re.DOTALL)
    return found.group(1) if found else ""


def knowing_critic(asked: Asked) -> Reply:
    """Right about everything that it is asked of the rivers."""
    question, answer, source = (tagged(asked, tag) for tag in ("question", "answer", "source"))
    low = {
        "question": {} if question in TRUTH else {"question": "no"},
        "faithfulness": {} if answer in source else {"faithfulness": "no"},
        "relevancy": {} if TRUTH.get(question) == answer else {"relevancy": "0"},
    }[criterion_of(asked)]
    return verdicts(**low)(asked)


def sample_of(question: str, answer: str) -> Sample:
    provenance = Provenance(taxonomy_commit="0", leaf_key="k", chunk="c1", teacher="hand")
    identity = sample_id(LEAF, question, None, answer)
    return Sample(
        id=identity, leaf_node=LEAF, kind="knowledge", question=question, answer=answer, origin="generated", provenance=provenance
    )


SAMPLES = [sample_of(question, answer) for question in TRUTH for answer in (*TRUTH.values(), "3 km")]


def request_of(server, folder, samples=SAMPLES, **changes) -> FilterRequest:
    return FilterRequest(
        samples=write_dataset(f"{folder}/samples.jsonl", Sample, samples),
        chunks=write_dataset(f"{folder}/chunks.jsonl", Chunk, [CHUNK]),
        seed_examples=write_dataset(f"{folder}/seeds.jsonl", SeedExample, SEEDS),
        critic=CriticSettings(kind="model", model=server.settings(), **changes),
    )


def run(server, folder, samples=SAMPLES, progress=ignore_progress, **changes):
    request = request_of(server, folder, samples, **changes)
    return filter_samples(request, StageFolders(folder=f"{folder}/out", cache=f"{folder}/cache"), progress)


def test_a_critic_that_knows_keeps_what_is_right_and_nothing_else(tmp_path):
    with ScriptedServer(knowing_critic) as server:
        done = run(server, tmp_path)
    kept = [(row.question, row.answer) for row in read_dataset(done.kept, Sample)]
    assert kept == list(TRUTH.items())
    reasons = {row.reason for row in read_dataset(done.rejected, Rejected)}
    assert reasons == {"unfaithful", "irrelevant_answer"}
    assert done.kept.rows + done.rejected.rows == len(SAMPLES)
    assert (done.canaries.good_kept, done.canaries.bad_caught) == (done.canaries.good, done.canaries.bad)


@pytest.mark.parametrize(
    ("critic", "complaint"),
    [
        ({}, r"the critic scripted caught only 0 of \d+ spoiled pairs \(precision 0\.\d\d, recall 1\.00; canary_floor 0\.7\)"),
        ({"faithfulness": "no"}, r"kept only 0 of 4 human pairs \(recall 0\.00"),
    ],
)
def test_a_critic_that_always_says_the_same_stops_the_run(tmp_path, critic, complaint):
    with ScriptedServer(verdicts(**critic)) as server, pytest.raises(CriticError, match=complaint):
        run(server, tmp_path)


def test_a_critic_that_talks_nonsense_stops_the_run(tmp_path):
    with ScriptedServer(lambda asked: Reply(text="Well ...")) as server, pytest.raises(CriticError, match="human pairs"):
        run(server, tmp_path)


def test_a_critic_that_fails_stops_the_run_as_a_fault_of_the_server(tmp_path):
    with (
        ScriptedServer(lambda asked: Reply(text="no memory", status=400)) as server,
        pytest.raises(ModelServerError, match="no memory"),
    ):
        run(server, tmp_path)


STAGE = """
import sys
from schemas.contracts import FilterRequest, StageFolders, ignore_progress
from tasks.critic_filter.filter import filter_samples
folders = StageFolders(folder=sys.argv[2] + "/out", cache=sys.argv[2] + "/cache")
filter_samples(FilterRequest.model_validate_json(sys.argv[1]), folders, ignore_progress)
"""


@pytest.mark.parametrize("requests_before_the_kill", [1, 30, 45])
def test_killed_at_any_moment_it_ends_with_the_same_files_and_pays_only_what_was_in_flight(tmp_path, requests_before_the_kill):
    """The first thirty or so requests are about the canaries."""

    def script(asked):
        return Reply(text=knowing_critic(asked).text, delay_seconds=0.01)

    with ScriptedServer(script) as server:
        undisturbed = run(server, tmp_path / "undisturbed")
        paid = len(server.asked)
        assert paid > 45
        request = request_of(server, tmp_path / "killed")
        command = [sys.executable, "-c", STAGE, request.model_dump_json(), str(tmp_path / "killed")]
        with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": "."}) as process:
            while len(server.asked) < paid + requests_before_the_kill and process.poll() is None:
                time.sleep(0.002)
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
        assert not (tmp_path / "killed/out/kept.jsonl").exists()
        resumed = run(server, tmp_path / "killed")
        assert (resumed.kept.sha256, resumed.rejected.sha256) == (undisturbed.kept.sha256, undisturbed.rejected.sha256)
        assert resumed.leaf_counts == undisturbed.leaf_counts
        assert len(server.asked) <= 2 * paid + 8  # eight slots


def test_a_leaf_of_which_nothing_is_left_names_the_critic_and_shows_three_examples(tmp_path, caplog):
    wrong = [sample_of(question, "3 km") for question in TRUTH]
    with ScriptedServer(knowing_critic) as server:
        done = run(server, tmp_path, wrong)
        [leaf] = done.leaf_counts
        assert (leaf.generated, leaf.kept, leaf.rejected) == (4, 0, {"unfaithful": 4})
        assert leaf.refused_by == "scripted"
        expected = '"How long is the Rhine?" / "3 km" (unfaithful: Because of faithfulness.)'
        assert (leaf.examples[0], len(leaf.examples)) == (expected, 3)
        assert "knowledge/rivers: the critic scripted rejected all 4 samples: " + expected in caplog.text
        settings = request_of(server, tmp_path).critic
        with pytest.raises(CriticError, match=r"the critic scripted rejected all 4 samples, for example .*How long") as raised:
            require_kept(done, settings)
        assert str(raised.value).count("unfaithful") == 3
        again = run(server, tmp_path, wrong)  # remembered
    assert (again.usage.requests, again.leaf_counts) == (0, done.leaf_counts)


def test_a_leaf_of_which_something_is_left_needs_no_examples(tmp_path):
    with ScriptedServer(knowing_critic) as server:
        done = run(server, tmp_path)
        [leaf] = done.leaf_counts
        assert (leaf.refused_by, leaf.examples) == ("", ())
        assert require_kept(done, request_of(server, tmp_path).critic) is done


def test_a_repeated_sample_is_judged_once_and_rejected_once(tmp_path):
    right = [sample_of(question, answer) for question, answer in TRUTH.items()]
    with ScriptedServer(knowing_critic) as server:
        done = run(server, tmp_path, [*right, right[0], right[1]])
    assert done.leaf_counts[0].rejected == {"duplicate": 2}
    assert (done.kept.rows, done.rejected.rows) == (4, 2)


def test_nothing_in_is_nothing_out_and_no_error(tmp_path):
    with ScriptedServer(knowing_critic) as server:
        done = run(server, tmp_path, [])
        assert require_kept(done, request_of(server, tmp_path).critic).kept.rows == 0


def test_progress_counts_the_samples_that_there_are(tmp_path):
    seen = []
    with ScriptedServer(knowing_critic) as server:
        run(server, tmp_path, progress=seen.append)
    assert (seen[-1].done, seen[-1].total, seen[-1].unit) == (len(SAMPLES), len(SAMPLES), "samples judged")
    assert "tokens" in seen[-1].note


def test_a_second_run_asks_nothing_and_writes_the_same_files(tmp_path):
    with ScriptedServer(knowing_critic) as server:
        first = run(server, tmp_path)
        asked = len(server.asked)
        second = run(server, tmp_path)
        assert len(server.asked) == asked
    assert (first.kept.sha256, first.rejected.sha256) == (second.kept.sha256, second.rejected.sha256)
    assert second.usage.requests == 0
    assert json.loads(second.model_dump_json())["usage"]["cached"] > 0
