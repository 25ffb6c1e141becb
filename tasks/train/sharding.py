"""Weights spread over the processes, as accelerate's configuration asks: it really happens, or training does not begin.

Part of ``train``, inside the worker process. ``train.accelerate_config`` names a file for FSDP or DeepSpeed (Zhao et al. 2023,
"PyTorch FSDP"; Rajbhandari et al. 2020, "ZeRO"); accelerate's launcher hands it on through the environment. Without a GPU
accelerate says nothing and trains a whole model in each process. FSDP 2 works there, too (gloo), so it is set up here by hand:
what the tests of a workstation go through is what many GPUs go through.

DeepSpeed's second stage was seen to run on CPUs as well (0.19); its third took all steps, and then never gave the weights away.

Not covered: FSDP's first version and DeepSpeed's third stage without a GPU: they are refused.
"""

import os
from typing import Any

import torch
from accelerate.state import PartialState
from accelerate.utils import DistributedType, FullyShardedDataParallelPlugin
from torch.distributed.tensor import DTensor

from schemas.errors import UsageError

FSDP, DEEPSPEED = "ACCELERATE_USE_FSDP", "ACCELERATE_USE_DEEPSPEED"
"""Environment variables that accelerate's launcher sets."""


def require_hardware() -> None:
    """Does nothing when the weights can be spread over what this machine has.

    Raises:
        UsageError: FSDP 1 or DeepSpeed's third stage is asked for, which need a GPU.
    """
    if torch.cuda.is_available():
        return
    if _is_asked_for(DEEPSPEED) and os.environ.get("ACCELERATE_DEEPSPEED_ZERO_STAGE") == "3":
        raise UsageError(
            "DeepSpeed's stage 3 needs a GPU: on CPUs it never hands out the weights. Set zero_stage: 2, or use FSDP 2."
        )
    if _is_asked_for(FSDP) and os.environ.get("FSDP_VERSION", "1") != "2":
        raise UsageError("FSDP 1 needs a GPU. Set fsdp_version: 2 under fsdp_config in the file of train.accelerate_config.")


def spread_without_gpu(accelerator: Any) -> None:
    """Does for processes on CPUs what accelerate does on GPUs alone: FSDP 2, where its launcher was told so."""
    state = accelerator.state
    if not _is_asked_for(FSDP) or state.distributed_type != DistributedType.MULTI_CPU:
        return
    plugin = FullyShardedDataParallelPlugin()  # reads the environment
    if state.mixed_precision != "no":
        plugin.set_mixed_precision(state.mixed_precision)
    state.fsdp_plugin, state.distributed_type = plugin, DistributedType.FSDP
    PartialState._shared_state["distributed_type"] = DistributedType.FSDP  # each new state copies it from there


def gather_when_done(accelerator: Any) -> None:
    """Lets DeepSpeed's third stage hand out whole weights, which it does not do unless told."""
    plugin = getattr(accelerator.state, "deepspeed_plugin", None)
    if plugin is not None and plugin.zero_stage == 3:
        plugin.deepspeed_config["zero_optimization"]["stage3_gather_16bit_weights_on_model_save"] = True


def require_spread(model: Any, accelerator: Any) -> None:
    """Does nothing when the model is spread over the processes, or was not to be.

    Args:
        model: as accelerate has prepared it.
        accelerator: that did.

    Raises:
        UsageError: each process holds the whole model, though the configuration asks for a part.
    """
    kind = accelerator.state.distributed_type
    if _is_asked_for(DEEPSPEED) and kind != DistributedType.DEEPSPEED:
        raise UsageError("DeepSpeed is asked for, but not in use. Ask for FSDP 2 in the file of train.accelerate_config.")
    parts = not accelerator.is_fsdp2 or any(isinstance(weight, DTensor) for weight in model.parameters())
    if _is_asked_for(FSDP) and not (kind == DistributedType.FSDP and parts):
        raise UsageError("FSDP is asked for, but each process holds the whole model. Leave out train.accelerate_config.")


def _is_asked_for(name: str) -> bool:
    return os.environ.get(name, "").lower() == "true"
