"""``labflow approve``: the answer to a run that waits for a person's word."""

import json
from typing import Annotated

import typer

from flows.commands.options import AsJson, Debug, one_line, quiet_prefect

APPROVE_EPILOG = """
[bold]Examples[/]

  labflow approve "retrain 3f2a91c" --comment "looked at twenty samples"

  labflow approve 0b6f0a4e-2f0d-4a30-9d0c-7a5a3c0f1c55 --reject --comment "half of the answers are wrong"

The run waits on the server of PREFECT_API_URL. The same form stands in the Prefect UI, under Resume.

[bold]Exit codes[/]  0 answered, 1 failure, 2 bad usage or no such run
"""


def approve(
    run: Annotated[str, typer.Argument(help="Name of the flow run, the beginning of it, or its id.")],
    reject: Annotated[bool, typer.Option("--reject", help="Refuse: the run ends, and the refusal is remembered.")] = False,
    comment: Annotated[str, typer.Option("--comment", help="Why; it stands in the ledger.")] = "",
    by: Annotated[str | None, typer.Option("--by", help="Who decides.  [default: your user name]")] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Approve or reject a run that waits before training or before promotion."""
    with one_line(debug):
        quiet_prefect(debug)
        from flows.review.answering import ReviewAnswer, answer, whoever_runs_this

        decision = ReviewAnswer(decision="reject" if reject else "approve", by=by or whoever_runs_this(), comment=comment)
        name = answer(run, decision)
    if as_json:
        typer.echo(json.dumps({"run": name, **decision.model_dump(mode="json")}, ensure_ascii=False))
    else:
        typer.echo(f"{name}: {'rejected' if reject else 'approved'} by {decision.by}")
