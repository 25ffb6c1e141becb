"""The door and both stages against a real vLLM on the CPU, with a tiny random model: the plumbing, not the logic.

Needs a vllm program: ``LABFLOW_VLLM``, else beside this Python, else on PATH. Takes minutes.
"""

import os
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict

from schemas.contracts import ignore_progress
from schemas.errors import ModelServerError
from schemas.records import Provenance, Sample
from schemas.served_model_settings import ModelSettings
from schemas.settings import CriticSettings, TeacherSettings
from tasks.chat_model.asking import ask_all
from tasks.chat_model.chat import ChatRequest
from tasks.chat_model.door import Limits
from tasks.chat_model.managed_server import keep_servers, serve_model
from tasks.chat_model.watching import Watch
from tasks.critic_filter.judgement import Judged
from tasks.critic_filter.model_critic import judge_samples
from tasks.teacher_generate.model_teacher import write_drafts
from tests.tasks.chat_model.test_chat_model_managed_server import wait_until_gone
from tests.tasks.chat_model.tiny_model import make_lora, make_tiny_model
from tests.tasks.teacher_generate.model_teacher_scenes import material_of
from tests.tasks.teacher_generate.whole_leaves import whole_leaves

VLLM = os.environ.get("LABFLOW_VLLM") or shutil.which(str(Path(sys.executable).parent / "vllm")) or shutil.which("vllm")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(VLLM is None, reason="no vllm program: set LABFLOW_VLLM or install the extra 'vllm'"),
]

ON_A_SMALL_CPU = {
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
    "TORCHDYNAMO_DISABLE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "OMP_NUM_THREADS": "1",
}
# vLLM 0.32 on a CPU dies of a seeded request whose prompt it reads in two steps ("CPU Generator does not use offset"), so that
# all of them fit into one.
ARGUMENTS = ("--enforce-eager", "--kv-cache-memory-bytes", "67108864", "--max-num-seqs", "16", "--max-lora-rank", "8",
             "--max-num-batched-tokens", "65536",
             "--structured-outputs-config", '{"backend":"guidance","disable_any_whitespace":true}')  # fmt: skip


class Choice(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    verdict: Literal["yes", "no"]
    colour: Literal["red", "green", "blue"]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """One server for the module: settings with a path, shared as teacher and critic share theirs."""
    folder = tmp_path_factory.mktemp("vllm")
    model = make_tiny_model(folder / "tiny")
    server = {
        "program": VLLM, "dtype": "float32", "max_model_len": 4096, "environment": ON_A_SMALL_CPU, "arguments": ARGUMENTS,
        "lora": {"adapter": str(make_lora(model, folder / "lora"))}, "start_timeout_seconds": 400,
    }  # fmt: skip
    settings = ModelSettings(name="tiny", path=str(model), concurrency=16, server=server)
    with keep_servers():
        with serve_model(settings, str(folder)) as running:
            guard = running.server.guard.pid
        yield settings
    assert wait_until_gone([guard])


def ask(text: str, **changes) -> ChatRequest:
    return ChatRequest(**{"messages": ({"role": "user", "content": text},), "max_tokens": 24, "temperature": 1.0, **changes})


LENIENT = Watch(limits=Limits(max_failed_share=1.0))


def test_structured_answers_fit_their_form(served, tmp_path):
    requests = [ask("well?", form=Choice, index=n, max_tokens=64) for n in range(40)]
    answers = list(ask_all(requests, served, str(tmp_path)))
    assert all(isinstance(answer.content, Choice) for answer in answers)
    assert len({answer.content for answer in answers}) > 1
    assert "json_schema" in next(tmp_path.glob("probe-*.json")).read_text()
    assert all(answer.usage.prompt_tokens > 0 and answer.usage.completion_tokens > 0 for answer in answers)


def test_seeds_make_answers_repeatable_and_indexes_make_them_differ(served, tmp_path):
    requests = [ask("tell me", seed=seed, index=index) for seed in (1, 2) for index in range(4)]
    first = [answer.text for answer in ask_all(requests, served, str(tmp_path / "one"), LENIENT)]
    second = [answer.text for answer in ask_all(requests, served, str(tmp_path / "two"), LENIENT)]
    assert first == second
    assert len(set(first)) == len(first)


def test_an_adapter_is_asked_by_its_name(served, tmp_path):
    with serve_model(served, str(tmp_path)) as running:
        base = running.settings
        adapter = base.model_copy(update={"name": "adapter"})
        greedy = ask("tell me", temperature=0.0)
        texts = [next(ask_all([greedy], each, str(tmp_path), LENIENT)).text for each in (base, adapter)]
    assert texts[0] != texts[1]


def test_a_model_that_is_not_there_is_refused_with_the_servers_words(served, tmp_path):
    with serve_model(served, str(tmp_path)) as running:
        settings = running.settings.model_copy(update={"name": "nobody"})
        with pytest.raises(ModelServerError, match="status 404: .*nobody.*Check the model's name"):
            list(ask_all([ask("a")], settings, str(tmp_path)))


def test_both_stages_account_for_everything_that_a_random_model_says(served, tmp_path):
    teacher = TeacherSettings(kind="model", model=served, max_tokens=200, scale_factor=3)
    leaves = [material_of(kind, chunks=2, seeds=2) for kind in ("knowledge", "grounded_skill", "freeform_skill")]
    drafts = list(whole_leaves(write_drafts(leaves, teacher, "c" * 40, str(tmp_path), ignore_progress)))
    assert [each.leaf.kind for each in drafts] == ["knowledge", "grounded_skill", "freeform_skill"]
    assert all(each.samples or each.rejected for each in drafts)
    assert sum(each.usage.completion_tokens for each in drafts) > 0
    critic = CriticSettings(kind="model", model=served, max_tokens=200)
    provenance = Provenance(taxonomy_commit="c" * 40, leaf_key="k" * 64, teacher="hand")
    samples = [
        Sample(id=f"{n:016x}", leaf_node="k/x", kind="knowledge", question=f"What is {n}?", answer=str(n), origin="generated",
               provenance=provenance) for n in range(6)
    ]  # fmt: skip
    judged = (Judged(sample, "A source.") for sample in [*samples, *(s for each in drafts for s in each.samples)])
    judgements = list(judge_samples(judged, critic, str(tmp_path), ignore_progress))
    assert len(judgements) == len(samples) + sum(len(each.samples) for each in drafts)
    assert all(each.reason is None or each.detail for each in judgements)


def test_cancelling_leaves_the_server_to_others_and_its_requests_end(served, tmp_path):
    answers = ask_all((ask(str(n), max_tokens=512) for n in range(10_000)), served, str(tmp_path), LENIENT)
    next(answers)
    answers.close()
    [answer] = ask_all([ask("still there?", form=Choice, max_tokens=64)], served, str(tmp_path))
    assert answer.content is not None


def test_a_server_that_is_killed_in_mid_run_is_started_again_and_after_that_a_clear_error(served, tmp_path):
    """A server of its own, with another port: the idle one makes room for it."""
    alone = served.model_copy(update={"name": "alone", "timeout_seconds": 20.0})
    answers = ask_all((ask(str(n), index=n) for n in range(100_000)), alone, str(tmp_path), LENIENT)
    next(answers)
    first = children_of(os.getpid(), "alone")
    os.kill(first[-1], signal.SIGKILL)
    before = [next(answers) for _ in range(8 * 16 + 16)]  # more than can have been answered before the kill
    assert {answer.failure for answer in before} <= {None, "model_answer_truncated", "model_answer_unparsable"}
    assert (tmp_path / "server-again.log").exists()
    victims = children_of(os.getpid(), "alone")
    assert not set(victims) & set(first)
    os.kill(victims[-1], signal.SIGKILL)
    started = time.monotonic()
    with pytest.raises(ModelServerError, match="stopped with exit code 137 after it had been started again"):
        list(answers)
    assert time.monotonic() - started < 60
    assert wait_until_gone(victims)


def children_of(parent: int, name: str) -> list[int]:
    """The guard that this process started for a model of that name, and then the server."""
    serving = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                arguments = (entry / "cmdline").read_bytes().split(b"\0")
                above = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            if name.encode() in arguments:
                serving[int(entry.name)] = above
    [guard] = [pid for pid, above in serving.items() if above == parent]
    [server] = [pid for pid, above in serving.items() if above == guard]
    return [guard, server]
