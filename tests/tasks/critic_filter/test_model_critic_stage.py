"""The whole stage with a served critic: its canaries, its accounts, and its second run."""

import json
import re

import pytest

from schemas.contracts import FilterRequest, StageFolders, ignore_progress
from schemas.errors import CriticError, ModelServerError
from schemas.records import Chunk, Document, Provenance, Rejected, Sample, SeedExample, sample_id
from schemas.settings import CriticSettings
from tasks.critic_filter.filter import filter_samples
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


def run(server, folder, samples=SAMPLES, **changes):
    request = FilterRequest(
        samples=write_dataset(f"{folder}/samples.jsonl", Sample, samples),
        chunks=write_dataset(f"{folder}/chunks.jsonl", Chunk, [CHUNK]),
        seed_examples=write_dataset(f"{folder}/seeds.jsonl", SeedExample, SEEDS),
        critic=CriticSettings(kind="model", model=server.settings(), **changes),
    )
    return filter_samples(request, StageFolders(folder=f"{folder}/out", cache=f"{folder}/cache"), ignore_progress)


def test_a_critic_that_knows_keeps_what_is_right_and_nothing_else(tmp_path):
    with ScriptedServer(knowing_critic) as server:
        done = run(server, tmp_path)
    kept = [(row.question, row.answer) for row in read_dataset(done.kept, Sample)]
    assert kept == list(TRUTH.items())
    reasons = {row.reason for row in read_dataset(done.rejected, Rejected)}
    assert reasons == {"unfaithful", "irrelevant_answer"}
    assert done.kept.rows + done.rejected.rows == len(SAMPLES)
    assert (done.canaries.good_kept, done.canaries.bad_caught) == (done.canaries.good, done.canaries.bad)


@pytest.mark.parametrize(("critic", "complaint"), [({}, "spoiled pairs"), ({"faithfulness": "no"}, "human pairs")])
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


def test_a_second_run_asks_nothing_and_writes_the_same_files(tmp_path):
    with ScriptedServer(knowing_critic) as server:
        first = run(server, tmp_path)
        asked = len(server.asked)
        second = run(server, tmp_path)
        assert len(server.asked) == asked
    assert (first.kept.sha256, first.rejected.sha256) == (second.kept.sha256, second.rejected.sha256)
    assert second.usage.requests == 0
    assert json.loads(second.model_dump_json())["usage"]["cached"] > 0
