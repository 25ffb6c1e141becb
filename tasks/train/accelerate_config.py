"""What a configuration file of accelerate asks for, and whether this training can do it.

Part of ``train``, on both sides of the worker process: it imports neither torch nor accelerate, so that what cannot work is said
before a worker starts. The file itself is read by accelerate's launcher.

Example of the part that counts (``accelerate config --config_file FILE`` asks for the rest)::

    distributed_type: FSDP
    fsdp_config: {fsdp_version: 2, fsdp_auto_wrap_policy: TRANSFORMER_BASED_WRAP, fsdp_state_dict_type: SHARDED_STATE_DICT}

Not covered: what hardware is needed (``sharding.py``), accelerate's other strategies (tensor and context parallelism).
"""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

import yaml

from schemas.errors import UsageError
from schemas.student_settings import TrainSettings

SPREADING = ("FSDP", "DEEPSPEED")
"""Values of ``distributed_type`` that spread a model over the processes."""
SPREAD_METHODS = ("full", "lora")
"""Methods that were seen to train while the weights are spread."""


@dataclass(frozen=True)
class AccelerateConfig:
    """The fields that labflow looks at."""

    kind: str = "NO"
    """``distributed_type`` in capitals."""
    fsdp_version: int = 1

    @property
    def spreads(self) -> bool:
        return self.kind in SPREADING


def require_spreadable(settings: TrainSettings) -> None:
    """Does nothing when the settings and the file that they name fit together.

    Raises:
        UsageError: they do not, the file cannot be read, or DeepSpeed is asked for and not installed.
    """
    if settings.accelerate_config is None:
        return
    file = settings.accelerate_config
    asked = read_accelerate_config(Path(file))
    if asked.kind == "DEEPSPEED" and importlib.util.find_spec("deepspeed") is None:
        raise UsageError(f"{file} asks for DeepSpeed, which is not installed: pip install deepspeed. Or ask for FSDP in it.")
    if asked.spreads and settings.method not in SPREAD_METHODS:
        raise UsageError(
            f"train.method={settings.method} cannot be trained with weights spread by {asked.kind}. Choose full or lora, or "
            "leave out train.accelerate_config."
        )
    if asked.kind == "FSDP" and settings.processes * settings.nodes == 1:
        raise UsageError(f"{file} asks for FSDP, but there is one process to hold the weights. Raise train.processes.")


def read_accelerate_config(file: Path) -> AccelerateConfig:
    """The fields that count.

    Raises:
        UsageError: the file cannot be read, or is no configuration.
    """
    try:
        content = yaml.safe_load(file.read_text("utf-8"))  # JSON as well
        fsdp = content.get("fsdp_config") or {}
        return AccelerateConfig(str(content.get("distributed_type", "NO")).upper(), int(fsdp.get("fsdp_version", 1)))
    except (OSError, ValueError, TypeError, AttributeError, yaml.YAMLError, RecursionError) as error:
        raise UsageError(
            f"{file} is no configuration of accelerate. Make one with 'accelerate config --config_file {file}'."
        ) from error
