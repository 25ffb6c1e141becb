"""How long a person waits for the first word: the real ``labflow model serve`` and the chat's own client, on a student's size.

    python -m tests.benchmarks.chat_latency
    {"engine": "student", "megabytes": 4.6, "cold_start_s": 9.1, "first_token_s": {"p50": 0.02, "p95": 0.03}, ...}

Cold start is from the command until the server says where it answers; a first token is one after that, of a question that was
not asked before, as the chat's own client sees it.

Not covered: large models (vLLM publishes its own numbers), several people at once.
"""

import argparse
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.resources import files
from pathlib import Path

from tokenizers import Tokenizer

from flows.chat.session import Session
from schemas.settings import Settings
from tasks.chat_model.streaming import ChattingModel, stream_answer

ROOT = Path(__file__).parents[2]


def make_student(folder: Path) -> None:
    """A student of the sample's size."""
    from tasks.student_model.scratch_student import make_scratch_student

    document = (files("taxonomy_sample") / "documents" / "delorean_dmc12.md").read_text(encoding="utf-8")
    make_scratch_student(folder, document.splitlines() * 4, Settings().train)


def serve(student: Path, folder: Path) -> tuple["subprocess.Popen[str]", str, float]:
    """The server that ``labflow model serve`` starts, its address, and the seconds until it was healthy."""
    began = time.perf_counter()
    command = [sys.executable, "-c", "from flows.cli import main; main()", "model", "serve", str(student), "--port", "0"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    more = ["--workspace", str(folder / "workspace")]
    (folder / "workspace").mkdir()
    server = subprocess.Popen([*command, *more], stderr=subprocess.PIPE, text=True, env=environment)
    assert server.stderr is not None
    for line in server.stderr:
        if found := re.search(r"answers at (http\S+)", line):
            return server, found.group(1), time.perf_counter() - began
    raise SystemExit("the server did not start")


def ask(model: ChattingModel, session: Session, question: str) -> tuple[float, float, str]:
    """Seconds to the first piece, seconds in all, and the answer."""
    began, first, answer = time.perf_counter(), 0.0, ""
    for piece in stream_answer(model, session.messages_for(question)):
        first = first or time.perf_counter() - began
        answer += piece
    return first, time.perf_counter() - began, answer


def main() -> None:
    """Prints one JSON object."""
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--model", type=Path, help="Directory of a student.  [default: one with the sample's settings, untrained]"
    )
    parser.add_argument("--questions", type=int, default=40)
    parser.add_argument("--max-tokens", type=int, default=64)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        student = asked.model or folder / "student"
        if asked.model is None:
            make_student(student)
        tokenizer = Tokenizer.from_file(str(student / "tokenizer.json"))
        server, url, cold = serve(student, folder)
        try:
            model = ChattingModel(url, student.name, max_tokens=asked.max_tokens)
            megabytes = round((student / "model.safetensors").stat().st_size / 1e6, 1)
            session = Session(("student",), history=False)
            cold_first = ask(model, session, "What is the engine?")[0]
            took = [ask(model, session, f"What is item {number} of the manual?") for number in range(asked.questions)]
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(60)
    first = sorted(each[0] for each in took)
    tokens = sum(len(tokenizer.encode(answer, add_special_tokens=False).ids) for _, _, answer in took)
    print(json.dumps({
        "engine": "student", "megabytes": megabytes, "cpus": os.cpu_count(), "load": round(os.getloadavg()[0], 1),
        "cold_start_s": round(cold, 2), "first_token_of_first_answer_s": round(cold_first, 3),
        "first_token_s": {"p50": round(statistics.median(first), 4), "p95": round(first[int(len(first) * 0.95)], 4)},
        "tokens_per_s": round(tokens / sum(each[1] for each in took), 1),
    }, indent=2))  # fmt: skip


if __name__ == "__main__":
    main()
