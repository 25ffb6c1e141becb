"""``labflow trace``: why does the model say this? The training samples nearest to a question, each with its source.

Data goes to stdout, messages to stderr. Exit codes as in ``flows/commands/options.py``.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands import completion
from flows.commands.options import AsJson, Config, Debug, WorkspaceOption, find_workspace, one_line, say

if TYPE_CHECKING:
    from rich.console import Console

    from flows.nearest_samples import NearestSample

TRACE_EPILOG = """
[bold]Examples[/]

  labflow trace "How much does a clutch replacement cost?"

  labflow trace "Who may approve a flight?" --release 2 -n 10

  labflow trace "How long is the warranty?" --json
"""


def trace(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="What the model was asked.")],
    release: Annotated[
        str,
        typer.Option(
            "--release", metavar="RELEASE", help="Its number, or 'current'.", autocompletion=completion.releases_or_current
        ),
    ] = "current",
    count: Annotated[int, typer.Option("-n", min=1, max=1000, help="How many samples to show.")] = 5,
    workspace: WorkspaceOption = None,
    config: Config = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show what a release was taught that is nearest to a question: samples, source passages, commits, scores."""
    with one_line(debug):
        from flows.commands.data.output import print_json
        from flows.commands.data.printing import open_console
        from flows.commands.release.history import find_release
        from flows.nearest_samples import trace_question

        found = find_release(find_workspace(workspace, config), release)
        nearest = trace_question(found, question, count)
        if as_json:
            told = {"release": found.number, "taxonomy_commit": found.release.taxonomy_commit, "question": question}
            print_json({**told, "samples": [near.as_json() for near in nearest]})
            return
        if not nearest:
            say(f"release {found.number} was taught nothing that is like this question.")
        console = open_console()
        for number, near in enumerate(nearest, 1):
            _print_near(console, number, near)


def _print_near(console: "Console", number: int, near: "NearestSample") -> None:
    from flows.commands.data.printing import print_sample, safe

    print_sample(console, number, near.sample, near.passage)
    wordings = f"; the nearest of {near.wordings} wordings of this fact" if near.wordings > 1 else ""
    commit = near.sample.provenance.taxonomy_commit[:10]
    console.print(safe(f"     near         {near.similarity:.2f}; taxonomy at {commit}{wordings}\n"), soft_wrap=True)
