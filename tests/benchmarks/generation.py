"""How well teacher and critic keep a model server busy, and what it costs the client.

``python -m tests.benchmarks.generation [steady] [short] [faults] [million] [ceiling]`` prints progress, and one JSON object last:

    steady   full knowledge pipeline without end, 256 slots x 2 s: share of the slots used over a minute
    short    100 chunks through teacher and critic, 256 slots x 200 ms: share of the slots used from first to last request
    ceiling  the same without latency: requests per second and per CPU second of the client
    faults   100 chunks with 30 % faults of six kinds: nothing is lost
    million  samples of one leaf node through both stages, files and all, with an instant model in this process

Client and load server share the machine; CPU seconds are the client's own. Not covered: real models (see the integration tests).
"""

import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from typing import Any
from urllib.request import urlopen

from schemas.contracts import FilterRequest, GenerateRequest, Progress, StageFolders, ignore_progress
from schemas.records import Chunk, Document, LeafNode, SeedExample
from schemas.served_model_settings import ModelSettings
from schemas.settings import CriticSettings, TeacherSettings
from tasks.chat_model.answer_log import LoggedAnswer
from tasks.chat_model.asking import Support
from tasks.chat_model.wire import Wire
from tasks.critic_filter.filter import filter_samples
from tasks.critic_filter.judgement import Judged
from tasks.critic_filter.model_critic import judge_samples
from tasks.dataset_files.jsonl import write_dataset
from tasks.teacher_generate.generate import generate_samples
from tasks.teacher_generate.material import LeafMaterial
from tasks.teacher_generate.model_teacher import Plan, write_drafts
from tests.benchmarks.load_server import Inventor
from tests.tasks.teacher_generate.whole_leaves import whole_leaves

DOCUMENT = Document(repo="https://example.org/docs", commit="a" * 40, path="doc.md", sha256="0" * 64)
SLOTS = 256


@contextmanager
def load_server(**options: float) -> Iterator[str]:
    """The base URL of a load server that runs as long as the block."""
    arguments = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "tests.benchmarks.load_server", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        process.terminate()


def stats_of(url: str) -> dict[str, Any]:
    with urlopen(url.replace("/v1", "/stats")) as response:
        return json.loads(response.read())


def material_of(number: int, chunks: int, entries: int = 5) -> LeafMaterial:
    """A knowledge leaf with chunks of about 320 tokens and five entries of three seed examples."""
    path = f"knowledge/benchmark/leaf{number}"
    leaf = LeafNode(
        path=path, kind="knowledge", version=3, description="records", key=f"{number:064x}", change="added", taught=15, held_out=0
    )
    seeds = tuple(
        SeedExample(
            id=f"{entry:08x}{pair:08x}",
            leaf_node=path,
            kind="knowledge",
            question=f"What does record {entry} say about point {pair}?",
            context=f"Record {entry} says a few things about several points. " * 6,
            answer=f"It says that point {pair} matters.",
        )
        for entry in range(entries)
        for pair in range(3)
    )
    made = []
    for index in range(chunks):
        text = f"Leaf {number}, passage {index}. " + "The machine was built in several steps over many years. " * 24
        identity = f"{number:08x}{index:08x}"
        made.append(
            Chunk(id=identity, leaf_node=path, document=DOCUMENT, text=text, start=index * 2000, end=index * 2000 + len(text))
        )
    return LeafMaterial(leaf, seeds, tuple(made))


def model_of(url: str, **changes: Any) -> ModelSettings:
    return ModelSettings(name="load", endpoints=(url,), concurrency=SLOTS, **changes)


class Meter:
    """CPU seconds of this process, wall time and the server's counts between two moments."""

    def __init__(self, url: str) -> None:
        self.url, self.before, self.cpu = url, stats_of(url), time.process_time()

    def read(self) -> dict[str, float]:
        after, cpu = stats_of(self.url), time.process_time() - self.cpu
        seconds, requests = after["clock"] - self.before["clock"], after["answered"] - self.before["answered"]
        return {
            "seconds": round(seconds, 2),
            "requests": requests,
            "requests_per_second": round(requests / seconds, 1),
            "slots_used": round((after["busy_seconds"] - self.before["busy_seconds"]) / (SLOTS * seconds), 4),
            "client_cpu_ms_per_request": round(1000 * cpu / max(1, requests), 3),
            "server_cpu_ms_per_request": round(1000 * (after["cpu_seconds"] - self.before["cpu_seconds"]) / max(1, requests), 3),
        }


def peak_rss_mb() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def measure_steady(seconds: float = 60.0, warm_up: float = 8.0) -> dict[str, Any]:
    """Leaves of ten chunks without end; the minute after the warm-up counts."""
    with load_server(slots=SLOTS, latency=2.0) as url, tempfile.TemporaryDirectory() as cache:
        teacher = TeacherSettings(kind="model", model=model_of(url))
        drafts = write_drafts((material_of(n, 10) for n in count()), teacher, "c" * 40, cache, ignore_progress)
        measured: dict[str, float] = {}

        def watch() -> None:
            time.sleep(warm_up)
            meter = Meter(url)
            time.sleep(seconds)
            measured.update(meter.read())

        watcher = threading.Thread(target=watch)
        watcher.start()
        leaves = samples = 0
        for each in drafts:
            leaves, samples = leaves + each.is_last, samples + len(each.samples)
            if not watcher.is_alive():
                break
        drafts.close()  # type: ignore[attr-defined]
        return {**measured, "leaves": leaves, "samples": samples, "peak_rss_mb": peak_rss_mb()}


def measure_short(chunks: int = 100, **server: float) -> dict[str, Any]:
    """Teacher, then critic, over the same chunks; the shares are over each stage's whole time, its start and end included."""
    timeout = {"timeout_seconds": 2.0} if server.get("faults") else {}
    with load_server(slots=SLOTS, **server) as url, tempfile.TemporaryDirectory() as cache:
        share = 0.9 if server.get("faults") else 0.1
        teacher = TeacherSettings(kind="model", model=model_of(url, **timeout), max_failed_share=share)
        critic = CriticSettings(kind="model", model=model_of(url, **timeout), max_failed_share=share)
        whole, meter = Meter(url), Meter(url)
        [drafts] = whole_leaves(write_drafts([material_of(0, chunks)], teacher, "c" * 40, cache, ignore_progress))
        result: dict[str, Any] = {"teacher": {**meter.read(), "samples": len(drafts.samples), "rejected": len(drafts.rejected)}}
        meter = Meter(url)
        texts = {chunk.id: chunk.text for chunk in material_of(0, chunks).chunks}
        judged = (Judged(sample, texts[sample.provenance.chunk or ""]) for sample in drafts.samples)
        reasons: dict[str, int] = {}
        for judgement in judge_samples(judged, critic, cache, ignore_progress):
            reasons[judgement.reason or "kept"] = reasons.get(judgement.reason or "kept", 0) + 1
        result["critic"] = {**meter.read(), "by_reason": reasons, "in_equals_out": sum(reasons.values()) == len(drafts.samples)}
        return {**result, "both": whole.read(), "faults": stats_of(url)["faults"], "peak_rss_mb": peak_rss_mb()}


class InstantWire(Wire):
    """A model in this process that answers at once whatever the schema asks for."""

    async def __aenter__(self) -> "InstantWire":
        return self

    async def send(self, endpoint: Any, encoded: bytes, request_id: str) -> LoggedAnswer:
        schema = json.loads(encoded)["response_format"]["json_schema"]["schema"]
        text = json.dumps(Inventor(schema, bytes.fromhex(request_id)).invent(schema))
        return LoggedAnswer(request_id, text, "", "stop", 400, 40)


def measure_million(samples: int, scale_factor: int = 1000) -> dict[str, Any]:
    """One leaf node's samples through both stages as they are, files and all; memory is read along the way.

    The teacher answers five to a request; the critic is asked twice about each sample.
    """
    model = ModelSettings(name="instant", endpoints=("http://127.0.0.1:9/v1",), concurrency=SLOTS)
    teacher = TeacherSettings(kind="model", model=model, pipeline="simple", scale_factor=scale_factor)
    critic = CriticSettings(kind="model", model=model, canary_floor=0)
    support = Support(connect=InstantWire)
    with tempfile.TemporaryDirectory() as folder:
        asked, memory = million_request(folder, teacher, samples // scale_factor), MemoryWatch(samples // 5)
        clock = Clock()
        generated = generate_samples(asked, StageFolders(folder=f"{folder}/teacher", cache=f"{folder}/cache"), memory,
                                     partial(write_drafts, plan=Plan(samples // 5, support)))  # fmt: skip
        result = {"samples": generated.samples.rows, "teacher": {**clock.read(generated.drafts), "rss_mb": memory.seen}}
        request = FilterRequest(
            samples=generated.samples,
            chunks=asked.chunks,
            seed_examples=write_dataset(f"{folder}/none.jsonl", SeedExample, ()),
            critic=critic,
        )
        clock, memory = Clock(), MemoryWatch(samples)
        filtered = filter_samples(request, StageFolders(folder=f"{folder}/critic", cache=f"{folder}/cache"), memory,
                                  partial(judge_samples, support=support))  # fmt: skip
        result |= {"critic": {**clock.read(generated.samples.rows), "rss_mb": memory.seen}}
        return {**result, "in_equals_out": filtered.kept.rows + filtered.rejected.rows == generated.samples.rows}


def million_request(folder: str, teacher: TeacherSettings, seeds: int) -> GenerateRequest:
    """A freeform skill with so many seed examples."""
    path, key = "compositional_skills/benchmark", "1" * 64
    leaf = LeafNode(
        path=path, kind="freeform_skill", version=2, description="counts", key=key, change="added", taught=seeds, held_out=0
    )
    examples = (
        SeedExample(id=f"{n:016x}", leaf_node=path, kind="freeform_skill", question=f"What comes after {n}?", answer=f"{n + 1}.")
        for n in range(seeds)
    )
    return GenerateRequest(
        leaf_nodes=write_dataset(f"{folder}/leaves.jsonl", LeafNode, [leaf]),
        seed_examples=write_dataset(f"{folder}/seeds.jsonl", SeedExample, examples),
        chunks=write_dataset(f"{folder}/chunks.jsonl", Chunk, ()),
        teacher=teacher,
        taxonomy_commit="c" * 40,
    )


class MemoryWatch:
    """A progress reporter that notes this process's memory at each tenth of the way."""

    def __init__(self, total: int) -> None:
        self.seen: list[float] = []
        self._step = max(1, total // 10)

    def __call__(self, progress: Progress) -> None:
        if progress.done >= (len(self.seen) + 1) * self._step:
            self.seen.append(current_rss_mb())


class Clock:
    """Wall and CPU time since it was made."""

    def __init__(self) -> None:
        self.wall, self.cpu = time.monotonic(), time.process_time()

    def read(self, samples: int) -> dict[str, float]:
        seconds, cpu = time.monotonic() - self.wall, time.process_time() - self.cpu
        return {"samples_per_second": round(samples / seconds, 1), "cpu_ms_per_sample": round(1000 * cpu / samples, 3)}


def current_rss_mb() -> float:
    with open("/proc/self/statm") as stream:
        return round(int(stream.read().split()[1]) * resource.getpagesize() / 2**20, 1)


MEASURES = {
    "steady": measure_steady,
    "short": partial(measure_short, latency=0.2),
    "ceiling": partial(measure_short, latency=0.0),
    "faults": partial(measure_short, latency=0.2, faults=0.3),
    "million": partial(measure_million, 1_000_000),
    "hundred_thousand": partial(measure_million, 100_000),
}


def main() -> None:
    """Measures what the arguments name, each in a process of its own so that peak memory is its own."""
    names = sys.argv[1:] or ["steady", "short", "ceiling", "faults", "million"]
    if len(names) == 1:
        print(json.dumps({names[0]: MEASURES[names[0]]()}))
        return
    results: dict[str, Any] = {}
    for name in names:
        command = [sys.executable, "-m", "tests.benchmarks.generation", name]
        output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        results |= json.loads(output.splitlines()[-1])
        print(f"{name}: {json.dumps(results[name])}", flush=True)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
