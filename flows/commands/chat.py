"""``labflow chat``: talk to a student, compare it with another, see what it learned its answer from."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands import completion
from flows.commands.options import Config, Debug, WorkspaceOption, one_line, read_settings, say

if TYPE_CHECKING:
    from flows.chat.session import Session
    from flows.models.names import FoundModel
    from flows.nearest_samples import NearestSample

TRACED = 3
"""Samples shown after an answer."""

CHAT_EPILOG = """
[bold]Examples[/]

  labflow chat                          with the current release

  labflow chat --compare base           old and new side by side

  labflow chat --release 2 --trace      with what each answer was taught from

  labflow chat --endpoint http://127.0.0.1:8000/v1 --model teacher

  echo "How long is the warranty?" | labflow chat
"""


def chat(
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            help="A directory, a GGUF file or a name in the workspace.  [default: current]",
            autocompletion=completion.models,
        ),
    ] = None,
    release: Annotated[
        int | None, typer.Option("--release", help="Number of a release.", autocompletion=completion.releases)
    ] = None,
    compare: Annotated[
        str | None,
        typer.Option("--compare", help="A second model, shown beside: base, 2, DIR.", autocompletion=completion.models),
    ] = None,
    trace: Annotated[bool, typer.Option("--trace", help="After each answer, the training samples nearest to it.")] = False,
    system: Annotated[str, typer.Option("--system", help="System prompt.")] = "",
    endpoint: Annotated[str | None, typer.Option("--endpoint", help="Talk to a server that runs already.")] = None,
    api_key_env: Annotated[str | None, typer.Option("--api-key-env", help="Variable that holds the endpoint's API key.")] = None,
    max_tokens: Annotated[int, typer.Option("--max-tokens", min=1, max=32_768, help="Longest answer, tokens.")] = 512,
    temperature: Annotated[float, typer.Option("--temperature", min=0, max=2, help="0: the same answer each time.")] = 0.0,
    workspace: WorkspaceOption = None,
    config: Config = None,
    debug: Debug = False,
) -> None:
    """Talk to a student. A server for it is started on this machine, and stopped at the end."""
    with one_line(debug, ""):
        from rich.console import Console

        from flows.chat.session import Session
        from flows.chat.terminal import chat as talk
        from flows.chat.terminal import line_reader
        from flows.workspace import workspace_root
        from schemas.errors import UsageError
        from tasks.chat_model.streaming import ChattingModel

        if model is not None and release is not None:
            raise UsageError("--model and --release both name whom to talk to: keep one.")
        root = workspace_root(read_settings(None, config, None, workspace))
        console, read_line = Console(highlight=False), line_reader(root / "chat_history")
        if endpoint is not None:
            if model is None:
                raise UsageError("--endpoint needs the model's name there: --model NAME.")
            key = os.environ.get(api_key_env, "") if api_key_env else ""
            session = Session((model,), system=system)
            talk(session, [ChattingModel(endpoint, model, key, max_tokens, temperature)], console, read_line)
            return
        found = _find(root, str(release) if release is not None else model, compare)
        _talk_to(found, root, _session(found, system, trace), max_tokens, temperature)


def _find(root: Path, name: str | None, compare: str | None) -> "tuple[FoundModel, ...]":
    from flows.models.names import find_model

    names = [name or "current", *([compare] if compare else [])]
    return tuple(dict.fromkeys(find_model(root, each) for each in names))


def _session(found: "tuple[FoundModel, ...]", system: str, trace: bool) -> "Session":
    from flows.chat.session import Session
    from schemas.errors import UsageError

    first = found[0]
    if trace and first.kind != "student":
        raise UsageError("--trace looks into a release's training samples: choose a release.")
    if first.from_scratch:
        say(f"{first.name} was made from scratch and knows no conversations: each question is asked alone (/history on).")
    names = tuple(each.name for each in found)
    return Session(names, history=not first.from_scratch, can_trace=first.kind == "student", trace=trace, system=system)


def _talk_to(found: "tuple[FoundModel, ...]", root: Path, session: "Session", max_tokens: int, temperature: float) -> None:
    import tempfile
    import threading

    from rich.console import Console

    from flows.chat.terminal import chat as talk
    from flows.chat.terminal import line_reader
    from flows.models.serving import serve_models
    from tasks.chat_model.streaming import ChattingModel

    say(f"starting a server for {' and '.join(each.name for each in found)} ...")
    with tempfile.TemporaryDirectory() as folder, serve_models(found, Path(folder) / "server.log") as server:
        say("/help shows the commands, /exit leaves.")

        def revive() -> bool:
            if not server.has_ended:
                return False
            server.restart(threading.Event())
            return True

        models = [ChattingModel(f"{server.url}/v1", each.name, "", max_tokens, temperature) for each in found]
        talk(session, models, Console(highlight=False), line_reader(root / "chat_history"), _tracer(found[0], root), revive)


def _tracer(model: "FoundModel", root: Path) -> Callable[[str], str] | None:
    """From a question to the nearest training samples of the release, a few lines each; None where it is no release."""
    if model.kind != "student":
        return None
    from flows.commands.release.history import find_release
    from flows.nearest_samples import trace_question

    release = find_release(root, str(model.release))

    def trace(question: str) -> str:
        nearest = trace_question(release, question, TRACED)
        return "\n".join(_describe_near(near) for near in nearest) or "  it was taught nothing that is like this question"

    return trace


def _describe_near(near: "NearestSample") -> str:
    sample, passage = near.sample, near.passage
    document = sample.provenance.document
    source = f"{document.path} at {document.commit[:10]}" if document else "a seed example"
    lines = [f"  {near.similarity:.2f}  {sample.question} -> {sample.answer}", f"        {sample.leaf_node}, {source}"]
    if passage is not None:
        marked = f"{passage.before}[{passage.answer}]{passage.after}" if passage.answer else passage.before
        lines.append("        " + " ".join(marked.split()))
    return "\n".join(lines)
