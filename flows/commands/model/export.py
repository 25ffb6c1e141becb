"""``labflow model export``: a student for the tools that people already use, as GGUF or as a directory of safetensors."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.commands import completion
from flows.commands.options import AsJson, Config, Debug, WorkspaceOption, one_line, read_settings, say

EXPORT_EPILOG = """
[bold]Examples[/]

  labflow model export --gguf f16 --out exported                 the current release, for llama.cpp and what is built on it

  labflow model export 3 --gguf q4_k_m --out exported            release 3 in about 4.5 bits a weight, by llama-quantize

  labflow model export granite-2b --gguf q8_0 --out exported     a downloaded model

  labflow model export --safetensors --out for-the-hub           merged weights, tokenizer, template, adapter, card, licence

  Then: labflow model serve exported/release-3-f16.gguf

A GGUF file is read back, and asked the release's exam questions beside the checkpoint, before it gets its name: in llama-server
where that is installed, else as transformers reads it.

[bold]Exit codes[/]  0 exported, 1 failure or an answer that differs, 2 bad usage
"""


class GgufFormat(StrEnum):
    """Bits a weight, and how they are shared."""

    f32 = "f32"
    f16 = "f16"
    bf16 = "bf16"
    q8_0 = "q8_0"
    q4_k_m = "q4_k_m"


def export(
    model: Annotated[
        str, typer.Argument(metavar="[RELEASE|PATH|NAME]", help="What to export.", autocompletion=completion.models)
    ] = "current",
    gguf: Annotated[GgufFormat | None, typer.Option("--gguf", help="One GGUF file in this number format.")] = None,
    safetensors: Annotated[bool, typer.Option("--safetensors", help="The merged model as a directory.")] = False,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Where it goes; made if need be.")] = None,
    parity: Annotated[bool, typer.Option("--parity/--no-parity", help="Ask file and checkpoint the same questions.")] = True,
    prompts: Annotated[int, typer.Option("--prompts", min=1, max=1000, help="How many questions that is.")] = 12,
    threads: Annotated[int, typer.Option("--threads", min=1, max=256, help="CPU threads of the check.")] = 1,
    workspace: WorkspaceOption = None,
    config: Config = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Export a student as GGUF or safetensors, with its model card and licence, and check that it is still the same."""
    with one_line(debug, "interrupted. Nothing was written."):
        from flows.models.exporting import Wish, export_gguf, export_safetensors
        from flows.models.names import find_model
        from flows.workspace import workspace_root
        from schemas.errors import UsageError

        if gguf is None and not safetensors:
            raise UsageError("say what to make: --gguf f16 (or q8_0, q4_k_m), or --safetensors.")
        if out is None:
            raise UsageError("say where it goes: --out DIR.")
        root = workspace_root(read_settings(None, config, None, workspace))
        found = find_model(root, model)
        wish = Wish(out, gguf.value if gguf else None, prompts if parity else 0, threads)
        results = [export_gguf(root, found, wish, say)] if gguf else []
        results += [export_safetensors(root, found, wish, say)] if safetensors else []
    if as_json:
        typer.echo(json.dumps(results[0] if len(results) == 1 else results, indent=2))
        return
    for result in results:
        typer.echo("\n".join(describe(result)))


def describe(result: dict[str, Any]) -> list[str]:
    """The lines for a person."""
    size = f"{result['bytes'] / 1e6:,.1f} MB, sha256 {result['sha256'][:12]}"
    lines = [f"{'written':<12}{result.get('file') or result['directory']}  ({size})"]
    lines.append(f"{'made from':<12}{result['model']}, sha256 {result['checkpoint_sha256'][:12]}")
    base, licence = result["base"] or "none", result["license"] or "not named"
    lines.append(f"{'base':<12}{base}; licence: {licence}")
    if "tensors" in result:
        tensors = ", ".join(f"{count} {name}" for name, count in result["tensors"].items())
        lines.append(f"{'tensors':<12}{tensors}; read back: largest relative error {result['relative_error']:.2g}")
        lines.append(f"{'parity':<12}{_describe_parity(result['parity'])}")
        beside = [*result["papers"], Path(result["file"]).with_suffix(".json").name]
        lines.append(f"{'beside it':<12}{', '.join(beside)}")
    else:
        lines.append(f"{'files':<12}{', '.join(result['files'])}")
    return lines + [f"{'note':<12}{note}" for note in result["notes"]]


def _describe_parity(parity: dict[str, Any] | None) -> str:
    if parity is None:
        return "not asked: the file was read back only"
    runtime = (
        "llama-server" if parity["runtime"] == "llama-server" else "transformers, which read the file (no llama-server here)"
    )
    answers = f"{parity['same_answers']} of {parity['prompts']} greedy answers equal"
    tokens = f"{parity['same_tokens']} of {parity['tokens']} tokens"
    return f"{answers} ({tokens}), {parity['same_prompts']} of {parity['prompts']} prompts cut alike; in {runtime}"
