"""A worker reports, answers, fails, is stopped, and never outlives its parent."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from schemas.contracts import Checkpoint, Progress, ignore_progress
from schemas.errors import DamagedFileError, TrainingError, WorkspaceError
from schemas.records import Record
from tasks.student_model.worker_launch import Launch
from tasks.student_model.worker_process import WorkerJob, local_folder, run_worker, worker_environment

WORKER = """
import os, signal, sys, time
from pathlib import Path
from schemas.contracts import Checkpoint
from schemas.errors import DamagedFileError
from schemas.records import Record
from tasks.student_model.worker_link import Interrupted, serve_worker

class Order(Record):
    behaviour: str

def work(order, link):
    behaviour = order.behaviour
    (link.folder / "pid").write_text(str(os.getpid()))
    if behaviour == "answer":
        for step in range(4):
            link.report(step + 1, 4, "steps", f"loss {step}")
        return Checkpoint(path="here", sha256="0" * 64, parameters=int(os.environ["OMP_NUM_THREADS"]))
    if behaviour == "damaged":
        raise DamagedFileError("rows.jsonl is gone. Run again.")
    if behaviour == "defect":
        raise ZeroDivisionError("not our day")
    if behaviour == "disk":
        raise OSError("Error while serializing: No space left on device (os error 28)")
    if behaviour == "memory":
        os.kill(os.getpid(), signal.SIGKILL)
    if behaviour == "nonsense":
        return Order(behaviour="no checkpoint")
    link.report(1, 9, "steps")
    while not (behaviour == "orderly" and link.interrupted):
        time.sleep(0.05)
    (link.folder / "saved").touch()
    raise Interrupted

sys.exit(serve_worker(Order, work))
"""


class Order(Record):
    """What the test worker is told to do."""

    behaviour: str


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WorkerJob:
    (tmp_path / "a_worker_for_tests.py").write_text(WORKER)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return WorkerJob("a_worker_for_tests", "training", local_folder(str(tmp_path / "stage")), 1, "train.batch_tokens")


def run(job: WorkerJob, behaviour: str) -> Checkpoint:
    return run_worker(job, Order(behaviour=behaviour), Checkpoint, ignore_progress)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_a_worker_answers_and_its_last_progress_is_reported(job: WorkerJob) -> None:
    seen: list[Progress] = []
    answer = run_worker(job, Order(behaviour="answer"), Checkpoint, seen.append)
    assert answer == Checkpoint(path="here", sha256="0" * 64, parameters=1)
    assert seen[0].done == 1
    assert seen[-1] == Progress(done=4, total=4, unit="steps", note="loss 3")


def test_an_error_of_ours_keeps_its_type_and_its_line(job: WorkerJob) -> None:
    with pytest.raises(DamagedFileError, match=r"^rows\.jsonl is gone\. Run again\.$"):
        run(job, "damaged")


def test_a_defect_is_told_in_the_last_words_of_the_log(job: WorkerJob) -> None:
    with pytest.raises(TrainingError, match="exit code 1.*ZeroDivisionError: not our day.*worker.log") as caught:
        run(job, "defect")
    assert "\n" not in str(caught.value)


def test_a_full_disk_is_told_as_one(job: WorkerJob) -> None:
    with pytest.raises(WorkspaceError, match="No space left on device. Free space"):
        run(job, "disk")


def test_a_killed_worker_names_the_setting_to_lower(job: WorkerJob) -> None:
    with pytest.raises(TrainingError, match=r"memory.*train\.batch_tokens"):
        run(job, "memory")


def test_an_answer_of_another_kind_is_refused(job: WorkerJob) -> None:
    with pytest.raises(DamagedFileError, match=r"result\.json is not a Checkpoint"):
        run(job, "nonsense")


def test_an_earlier_answer_does_not_stand_in_for_a_failed_run(job: WorkerJob) -> None:
    run(job, "answer")
    with pytest.raises(TrainingError):
        run(job, "defect")


def test_an_interrupted_parent_lets_the_worker_save_and_stops_it(job: WorkerJob) -> None:
    def interrupt(progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_worker(job, Order(behaviour="orderly"), Checkpoint, interrupt)
    assert (job.folder / "saved").exists()
    assert not is_alive(int((job.folder / "pid").read_text()))


def test_a_killed_parent_takes_its_worker_along(job: WorkerJob, tmp_path: Path) -> None:
    parent = (
        "import sys; from pathlib import Path; from schemas.contracts import Checkpoint, ignore_progress; "
        "from schemas.records import Record; from tasks.student_model.worker_process import WorkerJob, run_worker\n"
        "class Order(Record):\n    behaviour: str\n"
        f"job = WorkerJob('a_worker_for_tests', 'training', Path({str(job.folder)!r}), 1, 'x')\n"
        "run_worker(job, Order(behaviour='orderly'), Checkpoint, ignore_progress)\n"
    )
    root = str(Path(__file__).parents[3])
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((root, str(tmp_path)))}
    process = subprocess.Popen([sys.executable, "-c", parent], env=environment)
    try:
        wait_for(lambda: (job.folder / "pid").exists() and (job.folder / "pid").read_text())
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    worker = int((job.folder / "pid").read_text())
    wait_for(lambda: not is_alive(worker))


def wait_for(condition, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


def test_a_worker_gets_no_secrets_and_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "HF_TOKEN", "PREFECT_API_URL", "DB_PASSWORD", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "hush")
    environment = worker_environment(2, tmp_path)
    assert "hush" not in environment.values()
    assert environment["HF_HUB_OFFLINE"] == "1"
    assert environment["OMP_NUM_THREADS"] == "2"
    assert environment["PATH"] == os.environ["PATH"]


def test_a_worker_by_itself_sees_one_gpu_and_several_see_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,3")
    assert worker_environment(1, tmp_path)["CUDA_VISIBLE_DEVICES"] == "2"
    assert worker_environment(1, tmp_path, Launch(processes=2))["CUDA_VISIBLE_DEVICES"] == "2,3"
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    assert worker_environment(1, tmp_path)["CUDA_VISIBLE_DEVICES"] == "0"
    assert "CUDA_VISIBLE_DEVICES" not in worker_environment(1, tmp_path, Launch(processes=2))


def test_an_object_store_is_no_place_to_train_in() -> None:
    with pytest.raises(WorkspaceError, match="s3://"):
        local_folder("s3://bucket/train")
