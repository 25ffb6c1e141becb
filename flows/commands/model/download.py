"""``labflow model download``: a base model or teacher into the workspace, pinned and checked."""

import os
from typing import Annotated

import typer

from flows.commands.options import Config, Debug, WorkspaceOption, one_line, read_settings, say

DOWNLOAD_EPILOG = """
[bold]Examples[/]

  labflow model download ibm-granite/granite-3.3-2b-base --revision 1a2b3c4d

  labflow model download instructlab/merlinite-7b-lab-GGUF --file merlinite-7b-lab-Q4_K_M.gguf

  HF_TOKEN=... labflow model download my-team/private-base --token-env HF_TOKEN

  labflow model download oci://ghcr.io/my-team/granite:1.0 --token-env GHCR_TOKEN    files that oras push has put there

  labflow model download s3://my-bucket/models/base        needs the extra package s3fs

  labflow model download --from /media/usb/granite         on a machine without a network

  Then: labflow retrain --set train.base=DIR, with the directory that is printed
"""


def download(
    source: Annotated[str | None, typer.Argument(metavar="[REPOSITORY|URL]", help="organisation/name, or a URL.")] = None,
    revision: Annotated[str, typer.Option("--revision", help="Commit, branch or tag; its commit is noted.")] = "main",
    file: Annotated[str | None, typer.Option("--file", help="Only this file of it, for example one GGUF file.")] = None,
    directory: Annotated[str | None, typer.Option("--from", metavar="DIR", help="Take it from a directory instead.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="What to call it.  [default: its own name]")] = None,
    token_env: Annotated[str | None, typer.Option("--token-env", help="Variable that holds a token for private models.")] = None,
    workspace: WorkspaceOption = None,
    config: Config = None,
    debug: Debug = False,
) -> None:
    """Fetch a model into the workspace. An interrupted download goes on when the command is run again."""
    with one_line(debug, "interrupted. Run the same command again: it goes on."):
        from flows.models.downloading import Wanted, download_model
        from flows.workspace import workspace_root
        from schemas.errors import UsageError

        if (source is None) == (directory is None):
            raise UsageError("say what: organisation/name on the hub, a URL, or --from DIR.")
        token = os.environ.get(token_env, "") if token_env else ""
        if token_env and not token:
            raise UsageError(f"the environment variable {token_env}, which shall hold the token, is not set.")
        root = workspace_root(read_settings(None, config, None, workspace))
        place = download_model(Wanted(source or directory or "", revision, file, token, name), root, say)
    typer.echo(place)
