"""``labflow data``: the samples of runs, for people and for other programs. Thin: heavy things are imported inside a command.

Data goes to stdout, progress and messages to stderr. Exit codes as in ``flows/commands/options.py``.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands import completion
from flows.commands.data.quarantine import quarantine_app
from flows.commands.data.scan import SCAN_EPILOG, scan
from flows.commands.options import (
    AsJson,
    Config,
    Debug,
    Overrides,
    Profile,
    WorkspaceOption,
    find_workspace,
    one_line,
    quiet_prefect,
    read_settings,
    say,
)
from flows.commands.runs import LIST_EPILOG, list_runs

if TYPE_CHECKING:
    from schemas.contracts import DatasetFile
    from schemas.records import Record

data_app = typer.Typer(help="Look at samples, make them without training, hand them on, scan, tidy up.", no_args_is_help=True)
data_app.add_typer(quarantine_app, name="quarantine")
data_app.command("list", epilog=LIST_EPILOG.replace("labflow runs", "labflow data"))(list_runs)
data_app.command(epilog=SCAN_EPILOG)(scan)

RunName = Annotated[
    str, typer.Argument(metavar="RUN", help="The beginning of a run's name, or 'latest'.", autocompletion=completion.runs)
]
Leaf = Annotated[
    str | None,
    typer.Option(
        "--leaf",
        metavar="PATH",
        help="This leaf node only, or those below this directory.",
        autocompletion=completion.leaf_nodes,
    ),
]

SHOW_EPILOG = """
[bold]Examples[/]

  labflow data show latest                            ten samples, spread over the run, and counts by leaf node

  labflow data show latest --rejected -n 20           what was refused, by which stage, and why

  labflow data show 20260105 --leaf knowledge/birds   one leaf node of a run whose name begins so

  labflow data show latest -n 0 --json                all samples, for another program
"""
PREVIEW_EPILOG = """
[bold]Examples[/]

  labflow data preview --leaf knowledge/vehicles/delorean_dmc12

  labflow data preview --leaf knowledge/birds -n 3 --profile gpu --set taxonomy.path=my-taxonomy
"""
GENERATE_EPILOG = """
[bold]Examples[/]

  labflow data generate --set taxonomy.path=my-taxonomy

  labflow data show latest                            look at what was made

  labflow retrain --set taxonomy.path=my-taxonomy     train on it: nothing is generated twice
"""
EXPORT_EPILOG = """
[bold]Examples[/]

  labflow data export latest --messages train.jsonl   for InstructLab's training library and TRL

  labflow data export latest --dataset train          datasets.load_from_disk("train")
"""
PRUNE_EPILOG = """
[bold]Examples[/]

  labflow data prune --dry-run                        say what would go, and how much

  labflow data prune
"""


@data_app.command(epilog=SHOW_EPILOG)
def show(
    run: RunName,
    rejected: Annotated[bool, typer.Option("--rejected", help="What the stages refused, instead of the samples.")] = False,
    leaf: Leaf = None,
    count: Annotated[int, typer.Option("-n", min=0, help="How many, spread evenly; 0 for all.")] = 10,
    workspace: WorkspaceOption = None,
    config: Config = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show what a run made of each leaf node, and samples with source, critique and findings."""
    with one_line(debug):
        from flows.commands.data.leaf_counts import count_leaves
        from flows.commands.data.output import print_run, print_run_json
        from flows.commands.data.runs import find_run

        found = find_run(find_workspace(workspace, config), run)
        chosen_leaf = _clean_leaf(leaf)
        lines = count_leaves(found, chosen_leaf)
        rows = _pick(found.refused() if rejected else [found.samples()], chosen_leaf, count)
        if as_json:
            print_run_json(found, lines, "rejected" if rejected else "samples", rows)
        else:
            print_run(found, lines, rows)


@data_app.command(epilog=PREVIEW_EPILOG)
def preview(
    leaf: Annotated[
        str,
        typer.Option(
            "--leaf",
            metavar="PATH",
            help="The leaf node, for example knowledge/birds.",
            autocompletion=completion.leaf_nodes,
        ),
    ],
    count: Annotated[int, typer.Option("-n", min=1, max=1000, help="How many samples to show.")] = 5,
    profile: Profile = None,
    config: Config = None,
    overrides: Overrides = None,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Let teacher and critic try one leaf node, and show samples, critiques and source passages. Nothing is kept."""
    with one_line(debug), tempfile.TemporaryDirectory(prefix="labflow-preview-") as folder:
        from flows.commands.data.output import describe_preview, print_json, print_preview, watch_stages
        from flows.commands.data.preview import preview_leaf, with_taxonomy
        from flows.workspace import workspace_root

        settings = read_settings(profile, config, overrides, workspace)
        settings = with_taxonomy(settings, workspace_root(settings), Path(folder))
        with watch_stages() as watch:
            found = preview_leaf(settings, _clean_leaf(leaf) or "", count, Path(folder), watch)
        if as_json:
            print_json(describe_preview(found))
        else:
            print_preview(found)


@data_app.command(epilog=GENERATE_EPILOG)
def generate(
    profile: Profile = None,
    config: Config = None,
    overrides: Overrides = None,
    workspace: WorkspaceOption = None,
    only: Annotated[str | None, typer.Option(help="Take up changes under this directory of the taxonomy only.")] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Make the samples, up to and including their scan, and train nothing; labflow retrain goes on from there."""
    from rich.console import Console

    console = Console(stderr=True)
    with one_line(debug):
        settings = read_settings(profile, config, overrides, workspace)
        if only is not None:
            settings = settings.model_copy(update={"taxonomy": settings.taxonomy.model_copy(update={"only": only})})
        quiet_prefect(debug)
        from flows.commands.data.output import print_json
        from flows.terminal.progress import run_watched
        from flows.terminal.summary_table import print_summary

        summary = run_watched(settings, console, up_to="samples")
        print_summary(console, summary)
        if as_json:
            print_json(summary.model_dump(mode="json"))


@data_app.command(epilog=EXPORT_EPILOG)
def export(
    run: RunName,
    messages: Annotated[Path | None, typer.Option("--messages", metavar="FILE", help="A new JSONL file.")] = None,
    dataset: Annotated[Path | None, typer.Option("--dataset", metavar="DIR", help="A new 'datasets' directory.")] = None,
    workspace: WorkspaceOption = None,
    config: Config = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Write what a run's student is trained on for other trainers: {messages, metadata, unmask}."""
    with one_line(debug):
        from flows.commands.data.output import print_json
        from flows.commands.data.runs import find_run
        from schemas.errors import UsageError
        from tasks.student_model.exported_messages import export_dataset_directory, export_jsonl

        if messages is None and dataset is None:
            raise UsageError("say where to: --messages FILE.jsonl, --dataset DIR, or both.")
        found = find_run(find_workspace(workspace, config), run)
        samples = found.samples()
        if messages is not None:
            export_jsonl(samples, messages)
            say(f"{samples.rows} samples of {found.name} -> {messages}")
        if dataset is not None:
            export_dataset_directory(samples, dataset)
            say(f"{samples.rows} samples of {found.name} -> {dataset}")
        if as_json:
            places = {"messages": messages and str(messages), "dataset": dataset and str(dataset)}
            print_json({"run": found.name, "samples": samples.rows, **places})


@data_app.command(epilog=PRUNE_EPILOG)
def prune(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and remove nothing.")] = False,
    workspace: WorkspaceOption = None,
    config: Config = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Remove stage folders and cached generations and answers that no release, no run and no current leaf node uses.

    Ledger, runs and the current student stay untouched.
    """
    with one_line(debug):
        from dataclasses import asdict

        from flows.commands.data.output import print_json
        from flows.commands.data.printing import open_console, print_unused
        from flows.commands.data.prune import find_unused, remove_unused
        from flows.workspace import open_workspace

        settings = read_settings(None, config, None, workspace)
        find_workspace(workspace, config)
        with open_workspace(settings) as opened:
            unused = find_unused(opened.root)
            if not dry_run:
                remove_unused(unused)
        if as_json:
            size = sum(item.bytes for item in unused)
            print_json({"dry_run": dry_run, "bytes": size, "removed": [asdict(item) for item in unused]})
        else:
            print_unused(open_console(), opened.root, unused, dry_run)


def _clean_leaf(leaf: str | None) -> str | None:
    """``knowledge/birds/qna.yaml`` and ``./knowledge/birds/`` are ``knowledge/birds``."""
    if leaf is None:
        return None
    parts = [part for part in leaf.split("/") if part not in ("", ".")]
    return "/".join(parts[:-1] if parts[-1:] == ["qna.yaml"] else parts)


def _pick(files: "list[DatasetFile]", leaf: str | None, count: int) -> "Iterator[Record]":
    """Some rows of all the files, streaming: where a leaf node is asked for, its rows are counted first."""
    from flows.commands.data.leaf_counts import is_inside
    from flows.commands.data.picking import pick_evenly
    from schemas.records import Rejected, Sample
    from tasks.dataset_files.jsonl import read_dataset

    def rows() -> Iterator[Sample | Rejected]:
        for file in files:
            of_file = read_dataset(file, Sample) if file.record == "Sample" else read_dataset(file, Rejected)
            yield from (row for row in of_file if is_inside(row.leaf_node, leaf))

    total = sum(file.rows for file in files) if leaf is None or not count else sum(1 for _ in rows())
    return pick_evenly(rows(), total, count)
