"""What can go wrong, as one tree.

    LabflowError                  anything that labflow itself reports; its message says what is wrong and what to do
    ├── UsageError                the command line or a setting is wrong                               (exit code 2)
    ├── TaxonomyError             the taxonomy cannot be read, or has invalid leaf nodes
    ├── DocumentError             a pinned document cannot be fetched or read
    ├── WorkspaceError            the workspace is unwritable, full, or in use by another run
    ├── DamagedFileError          a dataset file or checkpoint does not have the digest that it was recorded with
    ├── ModelServerError          a served model does not answer, or answers what cannot be used       (retryable)
    ├── CriticError               the critic failed its canaries, or rejected everything
    ├── ScanError                 the scanner missed a canary, or blocked more than the policy allows
    ├── TrainingError             training stopped before its last step
    ├── DownloadError             a model cannot be fetched                                            (retryable)
    └── PlacementError            a stage's deployment is missing, not taken by a worker, or lost      (retryable)

A fault inside data is not an exception: it is a rejected record with a reason.
"""


class LabflowError(Exception):
    """The base of all errors that labflow reports.

    Args:
        message: One line that names the thing and says what to do.
    """

    retryable = False
    """Whether running the same stage again can help."""
    exit_code = 1
    """What the command line exits with."""


class UsageError(LabflowError):
    exit_code = 2


class TaxonomyError(LabflowError):
    pass


class DocumentError(LabflowError):
    pass


class WorkspaceError(LabflowError):
    pass


class DamagedFileError(LabflowError):
    pass


class ModelServerError(LabflowError):
    retryable = True


class CriticError(LabflowError):
    pass


class ScanError(LabflowError):
    pass


class TrainingError(LabflowError):
    pass


class DownloadError(LabflowError):
    retryable = True


class PlacementError(LabflowError):
    retryable = True
