"""The stage: a curriculum in, a trained checkpoint out. Starts the worker process, or processes, that do it.

In the DAG: ``safety_scan (samples) -> train -> evaluate``. The parent stays light (no torch, no transformers): it checks what it
was given, runs ``tasks.train.worker`` and checks what came back.

Example::

    Trained(checkpoint=Checkpoint(".../student", ...), base=Checkpoint(".../base", ...), steps=840, tokens=310221, ...)

Not covered: starting the other machines of a run on several (``student_model/worker_launch.py``).
"""

from pathlib import Path

from schemas.contracts import ReportProgress, StageFolders
from schemas.errors import TrainingError
from schemas.student_contracts import Trained, TrainPlan, TrainRequest
from schemas.student_settings import TrainSettings
from tasks.student_model.checkpoint_files import require_intact, require_loadable
from tasks.student_model.worker_launch import ALONE, Launch, folder_of_machine
from tasks.student_model.worker_process import WorkerJob, local_folder, run_worker
from tasks.train.accelerate_config import require_spreadable
from tasks.train.train_run import TrainRun


def train_student(request: TrainRequest, folders: StageFolders, progress: ReportProgress) -> Trained:
    """Trains a student on the request's samples and returns it with the model that it started from.

    An attempt that was interrupted or killed left its last saved step in the folder: this one goes on from there.

    Raises:
        TrainingError: there is nothing to train on, the base cannot be used, or training stopped before its last step.
        DamagedFileError: a dataset file or the checkpoint to start from is not what was recorded.
        UsageError: settings contradict each other, or a row of the replay file cannot be read.
        WorkspaceError: the folder is no local directory that can be written.
    """
    launch = launch_of(request.train)
    launch.require_possible()
    require_spreadable(request.train)
    require_trainable(request)
    folder = local_folder(folders.folder)
    job = make_job(request.train, local_folder(str(folder_of_machine(folder, launch))), launch)
    trained = run_worker(job, TrainRun(request=request, folder=str(folder)), Trained, progress)
    require_accounted(request, trained)
    return trained


def plan_training(request: TrainRequest, folders: StageFolders, progress: ReportProgress) -> TrainPlan:
    """What training would do, without a step taken; ``folders.folder`` may be thrown away afterwards.

    Raises:
        The errors of ``train_student``.
    """
    require_trainable(request)
    folder = local_folder(folders.folder)
    run = TrainRun(request=request, folder=str(folder), plan_only=True)
    return run_worker(make_job(request.train, folder, ALONE), run, TrainPlan, progress)


def require_trainable(request: TrainRequest) -> None:
    """Does nothing when there are samples and a base that may be loaded.

    Raises:
        TrainingError: there are none, or the base cannot be used.
        DamagedFileError: the checkpoint to start from is not what was recorded.
    """
    if count_samples(request) == 0:
        raise TrainingError("there is not one sample to train on. See the rejected files of the earlier stages for why.")
    if request.start is not None:
        require_intact(request.start)
    elif request.train.base != "scratch":
        require_loadable(request.train.base)


def launch_of(settings: TrainSettings) -> Launch:
    """How the worker is started."""
    return Launch(settings.processes, settings.nodes, settings.rendezvous, settings.accelerate_config)


def make_job(settings: TrainSettings, folder: Path, launch: Launch) -> WorkerJob:
    """The worker process of a training."""
    return WorkerJob(
        module="tasks.train.worker",
        purpose="training",
        folder=folder,
        threads=settings.threads,
        lower_when_out_of_memory="train.micro_batch_tokens",
        launch=launch,
    )


def count_samples(request: TrainRequest) -> int:
    """New samples and conversations."""
    return request.samples.rows + (request.conversations.rows if request.conversations else 0)


def require_accounted(request: TrainRequest, trained: Trained) -> None:
    """Does nothing when every sample was trained on or set aside: samples in = trained on + held out + over-long.

    Raises:
        TrainingError: a sample went missing, or there are more than there should be.
    """
    accounted, fewest = trained.samples + trained.validation + trained.over_long.rows, count_samples(request)
    most = fewest + (request.replay.rows if request.replay else 0)
    if accounted < fewest or (accounted > most and request.train.replay_file is None):
        raise TrainingError(f"{fewest} samples went into training, {accounted} came out. This is a defect: report it.")
