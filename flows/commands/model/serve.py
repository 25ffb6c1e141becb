"""``labflow model serve``: a model behind the OpenAI API, until it is stopped; or a release put into a vLLM that runs."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from flows.commands import completion
from flows.commands.options import Config, Debug, WorkspaceOption, one_line, read_settings, say

SERVE_EPILOG = """
[bold]Examples[/]

  labflow model serve                                 the current release, on 127.0.0.1 port 8000

  labflow model serve 2 --port 0                      release 2, on a free port

  labflow model serve /models/granite-2b.gguf         with llama-server

  LABFLOW_KEY=... labflow model serve --host 0.0.0.0 --api-key-env LABFLOW_KEY

  labflow model serve 3 --into http://127.0.0.1:8000  release 3's adapter into a running vLLM, as 'student'

  labflow model serve 2 --into http://127.0.0.1:8000  and back
"""


class EngineName(StrEnum):
    """What serves it."""

    auto = "auto"
    vllm = "vllm"
    llama = "llama"
    student = "student"


def serve(
    model: Annotated[
        str, typer.Argument(metavar="[RELEASE|PATH|NAME]", help="What to serve.", autocompletion=completion.models)
    ] = "current",
    host: Annotated[str, typer.Option("--host", help="Any other than the loopback interface needs --api-key-env.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65_535, help="0: a free one.")] = 8000,
    engine: Annotated[
        EngineName, typer.Option("--engine", help="auto: vLLM where there is a GPU and vLLM, llama-server for GGUF files.")
    ] = EngineName.auto,
    api_key_env: Annotated[str | None, typer.Option("--api-key-env", help="Variable that holds the API key to ask for.")] = None,
    into: Annotated[str | None, typer.Option("--into", metavar="URL", help="A vLLM that runs: swap the adapter there.")] = None,
    name: Annotated[str, typer.Option("--name", help="With --into: what clients call the adapter.")] = "student",
    log: Annotated[Path | None, typer.Option("--log", help="Where the server's output goes.  [default: the workspace]")] = None,
    workspace: WorkspaceOption = None,
    config: Config = None,
    debug: Debug = False,
) -> None:
    """Serve a release, a directory or a GGUF file over the OpenAI API. Ctrl-C stops it."""
    with one_line(debug, "stopped."):
        from flows.models.names import find_adapter, find_model
        from flows.models.serving import Address, serve_models
        from flows.workspace import workspace_root
        from schemas.errors import UsageError

        root = workspace_root(read_settings(None, config, None, workspace))
        found = find_model(root, model)
        key = os.environ.get(api_key_env, "") if api_key_env else ""
        if api_key_env and not key:
            raise UsageError(f"the environment variable {api_key_env}, which shall hold the API key, is not set.")
        if into is not None:
            from tasks.chat_model.adapter_swap import swap_adapter

            adapter, _ = find_adapter(root, found) if found.kind == "student" else (found.path, "")
            swap_adapter(into, name, adapter or found.path.parent / "adapter", key)
            say(f"{found.name} is served as {name} at {into}.")
            return
        log = log or root / "serve.log"
        say(f"loading {found.name} from {found.path} ...")
        with serve_models((found,), log, engine.value, Address(host, port, key)) as server:
            say(f"{found.name} answers at {server.url}/v1 (log: {log}). Ctrl-C stops it.")
            code = server.guard.wait()
            server.check()
            raise typer.Exit(code)
