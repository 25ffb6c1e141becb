"""Puts a new release's LoRA adapter into a vLLM that runs, without a restart, and takes it out again.

vLLM must have been started with ``--enable-lora`` and ``VLLM_ALLOW_RUNTIME_LORA_UPDATING=True``. Under one name (``student``,
say) the adapter is replaced in place: clients keep asking for that name, and a rollback is the earlier adapter loaded again::

    swap_adapter("http://127.0.0.1:8000", "student", "/srv/labflow/runs/.../train/adapter", key="")

Source: vLLM's documentation, "Dynamically serving LoRA Adapters".

Not covered: adapters on another machine than vLLM's (the path is read there), replicas (swap each).
"""

import json
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

from schemas.errors import ModelServerError, UsageError
from tasks.chat_model.wire import hide_keys

_SECONDS = 300.0
"""A large adapter is read from a disk."""


def swap_adapter(server: str, name: str, adapter: Path, key: str) -> None:
    """Loads the adapter under a name, in the place of one that has it.

    Args:
        server: vLLM's address, with or without ``/v1``.
        adapter: A directory with ``adapter_config.json`` and ``adapter_model.safetensors``.
        key: API key; empty where none is needed.

    Raises:
        UsageError: the directory is no adapter in safetensors.
        ModelServerError: the server cannot be reached, or refuses.
    """
    missing = [file for file in ("adapter_config.json", "adapter_model.safetensors") if not (adapter / file).is_file()]
    if missing:
        raise UsageError(f"{adapter} has no {missing[0]}: it is no LoRA adapter. Tune with train.method=lora, or serve it anew.")
    body = {"lora_name": name, "lora_path": str(adapter.absolute()), "load_inplace": True}
    url = f"{server.rstrip('/').removesuffix('/v1')}/v1/load_lora_adapter"
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
    if not url.startswith(("http://", "https://")):
        raise UsageError(f"{server} is no address of a server: http://127.0.0.1:8000, for example.")
    request = Request(url, data=json.dumps(body).encode(), headers=headers, method="POST")  # noqa: S310 (checked above)
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=_SECONDS):
            return
    except HTTPError as error:
        said = hide_keys(" ".join(error.read(2000).decode("utf-8", "replace").split()), key or None)
        hint = " Start vLLM with --enable-lora and VLLM_ALLOW_RUNTIME_LORA_UPDATING=True." if error.code in (404, 405) else ""
        raise ModelServerError(f"{server} refuses the adapter {name} (status {error.code}): {said[:300]}.{hint}") from None
    except (URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        raise ModelServerError(f"cannot reach vLLM at {server}: {reason}. Start it, or correct --into.") from None
