"""Runs one worker process and watches it: what the parents of ``train`` and ``evaluate`` have in common.

The parent (a Prefect task) imports neither torch nor transformers. It writes the run's configuration as JSON, starts
``python -m tasks.<room>.worker --config run.json`` in a session of its own (``worker_launch.py``: once, or once for each
process), follows the worker's progress file, and reads its result. A worker never outlives its parent: an interrupted parent
stops the whole process group, and a killed one takes the worker along (``worker_link.py``, the worker's side).

Files in the stage's folder::

    run.json          what the worker is asked
    progress.jsonl    one schemas.contracts.Progress per line, as the work goes on
    result.json       the worker's answer, renamed into place when it is complete
    failure.txt       instead of a result: one line for a person
    worker.log        what the worker and its libraries wrote

Not covered: a worker elsewhere (``tasks/placement`` places whole stages).
"""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeVar
from urllib.parse import urlsplit

from pydantic import ValidationError

from schemas.contracts import Progress, ReportProgress
from schemas.errors import DamagedFileError, LabflowError, TrainingError, UsageError, WorkspaceError
from schemas.records import Record
from tasks.dataset_files.jsonl import write_text_atomically
from tasks.student_model.worker_launch import ALONE, Launch

R = TypeVar("R", bound=Record)

POLL_SECONDS = 0.2
STOP_SECONDS = 60.0
"""How long an interrupted worker may take to finish its step and save before it is killed."""
LOG_LINES = 3
"""Last lines of the worker's log that stand in an error."""
FOR_THE_PARENT_ONLY = re.compile(r"KEY|TOKEN(?!IZERS)|SECRET|PASSWORD|CREDENTIAL|^PREFECT_|^HF_", re.IGNORECASE)
"""Environment variables that a worker has no use for: it asks nobody for anything."""


@dataclass(frozen=True)
class WorkerJob:
    """One run of one worker module."""

    module: str
    """What ``python -m`` runs, for example ``tasks.train.worker``."""
    purpose: str
    """For error messages: 'training', 'the evaluation'."""
    folder: Path
    """Local directory of the stage: configuration, progress, log and result lie there."""
    threads: int
    """CPU threads of the numeric libraries."""
    lower_when_out_of_memory: str
    """The setting to name when the kernel killed the worker, for example ``train.batch_tokens``."""
    launch: Launch = ALONE
    """How many processes."""


def run_worker(job: WorkerJob, run: Record, result: type[R], report: ReportProgress) -> R:
    """What the worker answered, once it is done.

    Args:
        job: which module, where, with how many threads.
        run: the worker's configuration.
        result: the record type of its answer.
        report: is told each progress that the worker writes.

    Raises:
        TrainingError: the worker failed, was killed, or ended without a result.
    """
    for name in ("progress.jsonl", "result.json", "failure.txt"):
        (job.folder / name).unlink(missing_ok=True)
    write_text_atomically(job.folder / "run.json", run.model_dump_json(indent=2) + "\n")
    with (job.folder / "worker.log").open("wb") as log, _started(job, log) as process:
        lines = _follow(job.folder / "progress.jsonl")
        while True:
            ended = _has_ended(process)  # looked at before reading: what was written before the end is still read
            for line in lines:
                if line is None:
                    break
                report(Progress.model_validate_json(line))
            if ended:
                break
            time.sleep(POLL_SECONDS)
    return _read_result(job, result, process.returncode)


def local_folder(path: str) -> Path:
    """The stage's folder as a local directory, made if need be.

    Raises:
        WorkspaceError: it is an object store's URL, or cannot be made.
    """
    url = urlsplit(path)
    if url.scheme not in ("", "file"):
        raise WorkspaceError(f"a model is trained and examined in local files, not in {url.scheme}://. Use a local workspace.")
    folder = Path(url.path if url.scheme else path).resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkspaceError(f"cannot write {folder}: {error.strerror}. Free space or choose another place.") from error
    return folder


def worker_environment(threads: int, folder: Path, launch: Launch = ALONE) -> dict[str, str]:
    """The worker's environment: this process's own without secrets, offline, with a fixed number of threads.

    Args:
        threads: of the numeric libraries, in each process.
        folder: of the stage.
        launch: a worker that is alone sees the first GPU only.
    """
    devices = os.environ.get("CUDA_VISIBLE_DEVICES", "0" if launch.is_alone else "")
    visible = {"CUDA_VISIBLE_DEVICES": devices.split(",")[0] if launch.is_alone else devices} if devices else {}
    kept = {name: value for name, value in os.environ.items() if not FOR_THE_PARENT_ONLY.search(name)}
    root = str(Path(__file__).resolve().parents[2])
    return kept | {
        "PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", "")))),
        "PYTHONUNBUFFERED": "1",
        "OMP_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
        "OMP_WAIT_POLICY": "PASSIVE",  # spinning threads cost four times the CPU on a busy machine
        "TOKENIZERS_PARALLELISM": "false",
        **visible,  # one process, one GPU
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",  # repeatable matrix products on a GPU
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HOME": str(folder / "work" / "hf"),
        "TRANSFORMERS_VERBOSITY": "warning",
    }


@contextmanager
def _started(job: WorkerJob, log: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """The worker, in its own session; its process group is gone when the block has ended, however it ends."""
    process = subprocess.Popen(
        job.launch.command(job.module, job.folder / "run.json"),
        cwd=job.folder,
        env=worker_environment(job.threads, job.folder, job.launch),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    try:
        yield process
    except BaseException:
        _signal_group(process, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        with suppress(KeyboardInterrupt):  # a second one kills it at once
            while not _has_ended(process) and time.monotonic() < deadline:
                time.sleep(POLL_SECONDS)
        raise
    finally:
        _signal_group(process, signal.SIGKILL)
        process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):  # nobody is left in it
        os.killpg(process.pid, number)


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether the worker has ended. It is not reaped here: its group's number must stay taken until the group is gone."""
    if not hasattr(os, "waitid"):  # macOS before Python 3.13
        return process.poll() is not None
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _follow(path: Path) -> Iterator[bytes | None]:
    """Complete lines of a file that grows, and None whenever there is no further one for now."""
    offset, rest = 0, b""
    while True:
        block = b""
        if path.exists():
            with path.open("rb") as stream:
                stream.seek(offset)
                block = stream.read()
        offset += len(block)
        *lines, rest = (rest + block).split(b"\n")
        yield from lines
        yield None


def _read_result(job: WorkerJob, result: type[R], exit_code: int) -> R:
    failure = job.folder / "failure.txt"
    if failure.is_file():
        raise _as_error(failure.read_text("utf-8"))
    if exit_code in (-signal.SIGKILL, 128 + signal.SIGKILL):
        raise TrainingError(
            f"{job.purpose} was killed, most likely for want of memory. Lower {job.lower_when_out_of_memory} and run again."
        )
    answer = job.folder / "result.json"
    if exit_code != 0 or not answer.is_file():
        words = _last_words(job.folder / "worker.log")
        if "No space left on device" in words:
            raise WorkspaceError(f"cannot write {job.folder}: No space left on device. Free space and run again.")
        raise TrainingError(
            f"{job.purpose} ended early (exit code {exit_code}): {words} "
            f"See {job.folder / 'worker.log'}; running again goes on from the last saved step."
        )
    try:
        return result.model_validate_json(answer.read_bytes())
    except ValidationError as error:
        raise DamagedFileError(f"{answer} is not a {result.__name__}. Delete it and run again.") from error


def _as_error(line: str) -> LabflowError:
    """The error that the worker reported, of its own type where that is one of ours."""
    name, _, message = line.strip().partition(": ")
    types = {kind.__name__: kind for kind in (TrainingError, DamagedFileError, WorkspaceError, UsageError)}
    return types.get(name, TrainingError)(message)


def _last_words(log: Path) -> str:
    """The last lines of a log that say something, on one line."""
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - 20_000))
        lines = [line.strip() for line in stream.read().decode("utf-8", "replace").splitlines()]
    said = [line for line in lines if line and not set(line) <= set("^~| ")]
    return " | ".join(said[-LOG_LINES:]) or "it wrote nothing."
