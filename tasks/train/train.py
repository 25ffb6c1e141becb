"""The stage: a curriculum in, a trained checkpoint out. Starts the worker process that does it.

In the DAG: ``safety_scan (samples) -> train -> evaluate``. The parent stays light (no torch, no transformers): it checks what it
was given, runs ``tasks.train.worker`` and checks what came back.

Example::

    Trained(checkpoint=Checkpoint(".../student", ...), base=Checkpoint(".../base", ...), steps=840, tokens=310221, ...)

Not covered: phases of a plan, several processes or machines, quantised bases.
"""

from dataclasses import replace
from pathlib import Path

from schemas.contracts import ReportProgress, StageFolders
from schemas.errors import TrainingError
from schemas.student_contracts import Trained, TrainRequest
from tasks.student_model.checkpoint_files import require_intact, require_loadable
from tasks.student_model.worker_process import WorkerJob, local_folder, run_worker
from tasks.train.train_run import TrainRun

JOB = WorkerJob(
    module="tasks.train.worker", purpose="training", folder=Path(), threads=1, lower_when_out_of_memory="train.batch_tokens"
)


def train_student(request: TrainRequest, folders: StageFolders, progress: ReportProgress) -> Trained:
    """Trains a student on the request's samples and returns it with the model that it started from.

    An attempt that was interrupted or killed left its last saved step in the folder: this one goes on from there.

    Raises:
        TrainingError: there is nothing to train on, the base cannot be used, or training stopped before its last step.
        DamagedFileError: a dataset file or the checkpoint to start from is not what was recorded.
        WorkspaceError: the folder is no local directory that can be written.
    """
    settings = request.train
    if request.samples.rows == 0:
        raise TrainingError("there is not one sample to train on. See the rejected files of the earlier stages for why.")
    if request.start is not None:
        require_intact(request.start)
    elif settings.base != "scratch":
        require_loadable(settings.base)
    folder = local_folder(folders.folder)
    job = replace(JOB, folder=folder, threads=settings.threads)
    trained = run_worker(job, TrainRun(request=request, folder=str(folder)), Trained, progress)
    require_accounted(request, trained)
    return trained


def require_accounted(request: TrainRequest, trained: Trained) -> None:
    """Does nothing when every sample was trained on or set aside: samples in = trained on + over-long.

    Raises:
        TrainingError: a sample went missing, or there are more than there should be.
    """
    accounted = trained.samples + trained.over_long.rows
    most = request.samples.rows + (request.replay.rows if request.replay else 0)
    if not request.samples.rows <= accounted <= most:
        raise TrainingError(
            f"{request.samples.rows} samples went into training, {accounted} came out. This is a defect: report it."
        )
