"""labflow data: what runs made, for people and programs; a preview; the export; and what pruning takes and leaves.

One run of the real flow up to its samples; the tests look at it, or at a copy.
"""

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from typer.testing import CliRunner, Result

from flows.cli import app
from flows.commands.data.picking import pick_evenly
from flows.commands.data.preview import preview_leaf
from flows.commands.data.printing import print_refused, print_sample, safe
from flows.commands.data.prune import find_unused, places_in
from flows.commands.data.runs import find_run
from flows.settings.files import load_settings
from schemas.contracts import ignore_progress
from schemas.errors import UsageError
from schemas.records import Critique, Finding, Provenance, Rejected, Sample, digest_of
from schemas.student_contracts import RunSummary
from tasks.dataset_files.jsonl import read_dataset
from taxonomy_sample.materialise import materialise
from tests.tasks.chat_model.scripted_server import Asked, Reply, ScriptedServer
from tests.tasks.teacher_generate.model_teacher_scenes import form_of, good_answer

KNOWLEDGE = "knowledge/vehicles/delorean_dmc12"
FREEFORM = "compositional_skills/writing/short_replies"
SETTINGS = [
    "critic.canary_floor=0",
    "train={hidden_size: 32, layers: 1, vocabulary: 512, epochs: 0.05}",
    "evaluate={max_new_tokens: 2, bootstrap: 100}",
]
COMMANDS = ["list", "show", "preview", "generate", "export", "prune"]


def labflow(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["data", *map(str, arguments)])


def json_of(result: Result) -> Any:
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def one_line(result: Result) -> str:
    assert "Traceback" not in result.output
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("labflow: ")]
    return line


def settings_of(workspace: Path, taxonomy: Path) -> list[str]:
    return [f"workspace={workspace}", f"taxonomy.path={taxonomy}", *SETTINGS]


def all_files(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def taxonomy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return materialise(tmp_path_factory.mktemp("sample") / "sample")


@pytest.fixture(scope="module")
def generated(prefect_server: None, taxonomy: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    workspace = tmp_path_factory.mktemp("data") / "workspace"
    overrides = [part for setting in settings_of(workspace, taxonomy) for part in ("--set", setting)]
    return json_of(labflow("generate", "--json", *overrides))


@pytest.fixture(scope="module")
def made(generated: dict[str, Any]) -> Path:
    """The workspace with one run that ended with its samples. Not to be changed."""
    return Path(generated["folder"]).parent.parent


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    """The same workspace elsewhere, to be changed: links between stages and runs stay links."""
    subprocess.run(["cp", "-a", str(made), str(tmp_path / "moved")], check=True)
    return tmp_path / "moved"


# -- the command line ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_examples(command: str) -> None:
    result = labflow(command, "--help")
    assert result.exit_code == 0
    assert f"labflow data {command}" in result.stdout.split("Examples")[1]


def test_help_loads_no_stage_and_no_library_that_takes_its_time() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from flows.cli import app\n"
        f"for command in {COMMANDS}: assert not CliRunner().invoke(app, ['data', command, '--help']).exit_code\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'prefect', 'openai', 'datasets', 'jinja2', 'torch'}))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["list"], "there is no workspace"),
        (["show", "latest"], "there is no workspace"),
        (["prune"], "there is no workspace"),
        (["export", "latest", "--messages", "x.jsonl"], "there is no workspace"),
    ],
)
def test_a_workspace_that_is_not_there_is_bad_usage_and_is_not_made(tmp_path: Path, arguments: list[str], told: str) -> None:
    result = labflow(*arguments, "--workspace", tmp_path / "none")
    assert result.exit_code == 2
    assert told in one_line(result)
    assert list(tmp_path.iterdir()) == []


# -- generate --------------------------------------------------------------------------------------------------------


def test_generate_ends_with_the_scanned_samples_and_decides_nothing(generated: dict[str, Any], made: Path) -> None:
    assert generated["outcome"] == "generated"
    assert generated["trained"] is None
    assert generated["scanned"]["clean"][0]["rows"] > 100
    assert not (made / "ledger.jsonl").exists()
    assert not (made / "stages" / "train").exists()
    assert "nothing trained" in (Path(generated["folder"]) / "report.html").read_text(encoding="utf-8")


def test_a_later_retrain_makes_no_sample_again(generated: dict[str, Any], copy: Path, taxonomy: Path) -> None:
    from flows.retrain import retrain

    def results() -> dict[str, int]:
        return {name: time for name, time in all_files(copy / "stages").items() if not name.startswith(("train", "evaluate"))}

    # Results name the places of their files, so a stage that was moved is looked at under its old place: go back there.
    workspace = Path(generated["folder"]).parent.parent
    before = {name: time for name, time in results().items() if name.endswith("result.json")}
    kept = workspace.with_name("kept")
    workspace.rename(kept)
    copy.rename(workspace)
    try:
        summary = retrain(load_settings("offline", None, settings_of(workspace, taxonomy)))
        after = all_files(workspace / "stages")
        listed = json_of(labflow("list", "--json", "--workspace", workspace))
    finally:
        shutil.rmtree(workspace)
        kept.rename(workspace)
    assert summary.outcome == "refused"  # a student that saw a twentieth of an epoch
    assert len(before) == 4
    assert {name: after[name] for name in before} == before
    first = RunSummary.model_validate(generated)
    assert (summary.generated, summary.filtered, summary.scanned) == (first.generated, first.filtered, first.scanned)
    assert [run["outcome"] for run in listed] == ["generated", "refused"]


# -- list and show ---------------------------------------------------------------------------------------------------


def test_list_tells_name_time_outcome_commit_samples_and_place(generated: dict[str, Any], made: Path) -> None:
    (run,) = json_of(labflow("list", "--json", "--workspace", made))
    assert run["run"].endswith(generated["run_key"][:8])
    assert (run["started"], run["outcome"], run["folder"]) == (generated["started"], "generated", generated["folder"])
    assert run["taxonomy_commit"] == generated["change"]["head"]
    assert run["samples"] == generated["scanned"]["clean"][0]["rows"]
    _, line, *_rest_of_a_long_path = labflow("list", "--workspace", made).stdout.splitlines()
    assert [part in line for part in (run["run"], "generated", run["taxonomy_commit"][:10], str(run["samples"]))] == [True] * 4


def test_a_manifest_that_cannot_be_read_hides_no_other_run(copy: Path) -> None:
    for name, text in (("20990101T000000Z-a", "{"), ("20990102T000000Z-b", "[]"), ("20990103T000000Z-c", '{"change": 3}')):
        (copy / "runs" / name).mkdir()
        (copy / "runs" / name / "manifest.json").write_text(text)
    first, *others = json_of(labflow("list", "--json", "--workspace", copy))
    assert first["outcome"] == "generated"
    assert [name in run["error"] for name, run in zip(("-a", "-b", "-c"), others, strict=True)] == [True] * 3
    assert labflow("list", "--workspace", copy).stdout.count("unreadable") == 3
    result = labflow("show", "latest", "--workspace", copy)
    assert result.exit_code == 1
    assert "20990103T000000Z-c/manifest.json is not the manifest of a run" in one_line(result)


def test_every_leaf_nodes_counts_add_up(generated: dict[str, Any], made: Path) -> None:
    shown = json_of(labflow("show", "latest", "--json", "-n", "1", "--workspace", made))
    leaves = {line["leaf_node"]: line for line in shown["leaf_nodes"]}
    assert set(leaves) == set(generated["change"]["leaf_keys"])
    for line in leaves.values():
        assert line["generated"] == line["kept"] + sum(line["rejected"].values())
        assert line["kept"] == line["samples"] + line["blocked"]
    assert sum(line["samples"] for line in leaves.values()) == generated["scanned"]["clean"][0]["rows"]
    not_written = sum(count for line in leaves.values() for count in line["not_written"].values())
    assert not_written == generated["generated"]["rejected"]["rows"] > 0
    table = labflow("show", "latest", "-n", "1", "--workspace", made).stdout
    reasons = {reason for line in leaves.values() for reason in line["not_written"]}
    assert all(f"not written: {reason}" in table for reason in reasons)
    assert ("blocked: " in table) is any(line["blocked"] for line in leaves.values())


def test_show_spreads_its_samples_and_gives_each_its_passage(made: Path) -> None:
    shown = json_of(labflow("show", "latest", "--json", "-n", "12", "--leaf", f"{KNOWLEDGE}/", "--workspace", made))["samples"]
    assert len(shown) == 12
    assert {row["leaf_node"] for row in shown} == {KNOWLEDGE}
    assert len({row["question"] for row in shown}) == 12
    extracted = [row for row in shown if row["origin"] == "extracted"]
    assert extracted
    assert all(" ".join(row["answer"].split()) in " ".join(row["passage"].split()) for row in extracted)
    text = labflow("show", "latest", "-n", "2", "--leaf", "knowledge", "--workspace", made).stdout
    assert text.count("question ") == text.count("passage ") == text.count("critique ") == 2


def test_show_prints_all_samples_where_that_is_asked_for(generated: dict[str, Any], made: Path) -> None:
    rows = json_of(labflow("show", "latest", "--json", "-n", "0", "--workspace", made))["samples"]
    assert len(rows) == generated["scanned"]["clean"][0]["rows"]
    assert len({row["id"] for row in rows}) == len(rows)


def test_rejected_rows_come_with_stage_and_reason(generated: dict[str, Any], made: Path) -> None:
    rows = json_of(labflow("show", "latest", "--rejected", "--json", "-n", "0", "--workspace", made))["rejected"]
    files = (generated["generated"]["rejected"], generated["filtered"]["rejected"], generated["scanned"]["refused"])
    assert len(rows) == sum(file["rows"] for file in files)
    assert [row["stage"] for row in rows] == [
        stage
        for stage, file in zip(("teacher_generate", "critic_filter", "safety_scan"), files, strict=True)
        for _ in range(file["rows"])
    ]
    text = labflow("show", "latest", "--rejected", "-n", "5", "--workspace", made).stdout
    assert text.count("_filter: ") + text.count("_generate: ") + text.count("_scan: ") == 5


def test_a_workspace_that_was_moved_is_read_where_it_is_now(copy: Path) -> None:
    shutil.rmtree(copy / "stages")
    shown = find_run(copy, "latest")
    assert str(copy) in shown.samples().path
    assert len(json_of(labflow("show", "latest", "--json", "-n", "3", "--workspace", copy))["samples"]) == 3


def test_a_run_is_named_by_the_beginning_of_its_name(tmp_path: Path) -> None:
    assert labflow("list", "--json", "--workspace", tmp_path).stdout.split() == ["[]"]
    with pytest.raises(UsageError, match="there are no runs"):
        find_run(tmp_path, "latest")
    for name in ("20260101T000000Z-aa", "20260101T000000Z-ab", "20260202T000000Z-cc.part"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "manifest.json").write_text("{}")
    with pytest.raises(UsageError, match="2 runs begin with '2026'"):
        find_run(tmp_path, "2026")
    for nothing in ("", "2027", "../runs", "20260202"):
        with pytest.raises(UsageError, match="no run begins with"):
            find_run(tmp_path, nothing)


def test_a_leaf_node_that_the_run_does_not_have_is_bad_usage(made: Path) -> None:
    result = labflow("show", "latest", "--leaf", "knowledge/none", "--workspace", made)
    assert result.exit_code == 2
    assert KNOWLEDGE in one_line(result)


# -- text that nobody vouches for ------------------------------------------------------------------------------------

HOSTILE = "\x1b[31m[bold red]x[/bold red]\x07\x9b2J\u202egnp.exe\r[/nonsense]"


def hostile_sample() -> Sample:
    provenance = Provenance(taxonomy_commit=HOSTILE, leaf_key="k", teacher=HOSTILE, pattern=HOSTILE)
    critique = Critique(critic=HOSTILE, scores={HOSTILE: 1.0}, explanation=HOSTILE)
    finding = Finding(rule=HOSTILE, category="c", field=HOSTILE, start=0, end=1, detector="d", preview=HOSTILE)
    return Sample(
        id="1",
        leaf_node=HOSTILE,
        kind="knowledge",
        question=HOSTILE,
        context=HOSTILE,
        answer=HOSTILE,
        origin="generated",
        provenance=provenance,
        critique=critique,
        findings=(finding,),
    )


def test_no_text_of_a_model_reaches_the_terminal_as_markup_or_as_an_order() -> None:
    stream = io.StringIO()
    console = Console(file=stream, width=120, highlight=False)  # a console that does read markup
    sample = hostile_sample()
    print_sample(console, 1, sample, None, verdict=HOSTILE)
    row = {**sample.model_dump(), HOSTILE: HOSTILE}
    print_refused(console, 2, Rejected(id="1", leaf_node=HOSTILE, stage=HOSTILE, reason=HOSTILE, detail=HOSTILE, row=row))
    printed = stream.getvalue()
    assert not set(printed) & set("\x1b\x07\x9b\u202e\r")
    assert printed.count("[bold red]x[/bold red]") >= 12


@given(st.text())
def test_safe_text_has_no_control_character_but_line_break_and_tab(text: str) -> None:
    assert not [each for each in safe(text) if (ord(each) < 32 or 127 <= ord(each) < 160) and each not in "\n\t"]
    assert safe(safe(text)) == safe(text)


@given(st.integers(0, 60), st.integers(0, 60))
def test_picked_rows_are_as_many_as_asked_for_in_order_from_the_first(total: int, count: int) -> None:
    picked = list(pick_evenly(range(total), total, count))
    assert len(picked) == (min(count, total) if count else total)
    assert picked == sorted(set(picked))
    assert picked[:1] == list(range(total))[:1]


# -- preview ---------------------------------------------------------------------------------------------------------


def test_a_preview_shows_samples_and_keeps_nothing(taxonomy: Path, made: Path) -> None:
    before = all_files(made)
    overrides = [part for setting in settings_of(made, taxonomy) for part in ("--set", setting)]
    preview = json_of(labflow("preview", "--leaf", f"{KNOWLEDGE}/qna.yaml", "-n", "4", "--json", *overrides))
    assert len(preview["samples"]) == 4
    assert {row["leaf_node"] for row in preview["samples"]} == {KNOWLEDGE}
    assert all(row["critique"]["critic"] == "lexical" for row in preview["samples"])
    assert all(row["passage"] for row in preview["samples"] if row["origin"] == "extracted")
    assert preview["drafts"] > 100
    assert preview["canaries"]["bad"] > 0
    assert all_files(made) == before


def test_a_preview_of_the_built_in_sample_makes_no_workspace(tmp_path: Path) -> None:
    result = labflow("preview", "--leaf", FREEFORM, "-n", "2", "--workspace", tmp_path / "none")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.count("question ") == 2
    assert list(tmp_path.iterdir()) == []


def test_a_preview_names_the_leaf_nodes_that_may_be_meant(taxonomy: Path, tmp_path: Path) -> None:
    where = ["--workspace", tmp_path / "none", "--set", f"taxonomy.path={taxonomy}"]
    for leaf in ("knowledge/vehicles", "knowledge/vehicles/delorean_dmc21"):
        result = labflow("preview", "--leaf", leaf, *where)
        assert result.exit_code == 2
        assert f"Did you mean {KNOWLEDGE}" in one_line(result)


def critic_or_teacher(asked: Asked) -> Reply:
    """A teacher that answers right, and a critic that refuses every answer as unfaithful."""
    form = form_of(asked)
    if form == "YesNo":
        faithful = "You check answers" not in asked["messages"][0]["content"]
        return Reply(text=json.dumps({"explanation": "Not in the source.", "verdict": "yes" if faithful else "no"}))
    if form == "PairQuality":
        return Reply(text=json.dumps({"explanation": "Fine.", "quality": "3"}))
    return good_answer(asked)


def preview_by_model(server: ScriptedServer, taxonomy: Path, leaf: str, count: int, folder: Path, **model: Any) -> Any:
    settings = load_settings("offline", None, [f"taxonomy.path={taxonomy}", "critic.kind=model", "teacher.kind=model"])
    teacher = settings.teacher.model_copy(update={"model": server.settings(**model)})
    critic = settings.critic.model_copy(update={"model": server.settings(**model)})
    settings = settings.model_copy(update={"teacher": teacher, "critic": critic})
    return preview_leaf(settings, leaf, count, folder, lambda _: ignore_progress)


def test_a_preview_by_a_model_finds_its_key_in_a_secret_block(prefect_server: None, taxonomy: Path, tmp_path: Path) -> None:
    from prefect.blocks.system import Secret

    Secret(value="block-value-77").save("preview-key", overwrite=True)
    with ScriptedServer(critic_or_teacher) as server:
        preview_by_model(server, taxonomy, FREEFORM, 1, tmp_path, api_key_block="preview-key")
        assert {headers.get("authorization") for headers in server.headers} == {"Bearer block-value-77"}


@pytest.mark.parametrize(("leaf", "most_requests"), [(KNOWLEDGE, 30), (FREEFORM, 60)])
def test_a_preview_by_a_model_asks_little(taxonomy: Path, tmp_path: Path, leaf: str, most_requests: int) -> None:
    with ScriptedServer(critic_or_teacher) as server:
        preview = preview_by_model(server, taxonomy, leaf, 5, tmp_path)
        assert len(preview.shown) == 5
        assert 0 < len(server.asked) <= most_requests
    if leaf == KNOWLEDGE:
        assert {shown.refused.reason for shown in preview.shown} == {"unfaithful"}
        assert all(shown.sample.critique.scores["faithfulness"] == 0 for shown in preview.shown)
        assert all(shown.passage for shown in preview.shown)
        assert preview.canaries.good_kept == 0  # told, not a stop
    else:
        assert {shown.refused for shown in preview.shown} == {None}


# -- export ----------------------------------------------------------------------------------------------------------


def test_the_export_is_the_training_set_in_messages(made: Path, tmp_path: Path) -> None:
    from datasets import load_from_disk

    file, directory = tmp_path / "out" / "train.jsonl", tmp_path / "out" / "train"
    told = json_of(labflow("export", "latest", "--messages", file, "--dataset", directory, "--json", "--workspace", made))
    samples = list(read_dataset(find_run(made, "latest").samples(), Sample))
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert told["samples"] == len(rows) == len(samples)
    for row, sample in zip(rows, samples, strict=True):
        assert list(row) == ["messages", "metadata", "unmask"]
        assert [message["role"] for message in row["messages"]] == ["user", "assistant"]
        assert row["messages"][1]["content"] == sample.answer
        assert sample.question in row["messages"][0]["content"]
        metadata = json.loads(row["metadata"])
        assert (metadata["id"], metadata["leaf_node"]) == (sample.id, sample.leaf_node)
        assert metadata["provenance"]["taxonomy_commit"] == sample.provenance.taxonomy_commit
        assert row["unmask"] is False
    assert load_from_disk(str(directory)).to_list() == rows
    assert sorted(os.listdir(tmp_path / "out")) == ["train", "train.jsonl"]


def test_the_export_overwrites_nothing(made: Path, tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text("mine")
    for option, place in (("--messages", tmp_path / "train.jsonl"), ("--dataset", tmp_path)):
        result = labflow("export", "latest", option, place, "--workspace", made)
        assert result.exit_code == 2
        assert str(place) in one_line(result)
    assert labflow("export", "latest", "--workspace", made).exit_code == 2
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"train.jsonl": "mine"}


def test_a_damaged_training_set_is_not_exported(copy: Path, tmp_path: Path) -> None:
    samples = Path(find_run(copy, "latest").samples().path)
    lines = samples.read_bytes().splitlines(keepends=True)
    samples.write_bytes(b"".join(lines[:-1]))
    for option in ("--messages", "--dataset"):
        result = labflow("export", "latest", option, tmp_path / "out" / "train", "--workspace", copy)
        assert result.exit_code == 1
        assert "is not the file that was recorded" in one_line(result)
        assert list((tmp_path / "out").iterdir()) == []


# -- prune -----------------------------------------------------------------------------------------------------------


def add_stage(workspace: Path, stage: str, leaf: str, key: str, finished: bool = True) -> Path:
    folder = workspace / "stages" / stage / digest_of([stage, leaf, key])[:16]
    folder.mkdir(parents=True)
    sample = hostile_sample().model_copy(
        update={"leaf_node": leaf, "provenance": Provenance(taxonomy_commit="c", leaf_key=key, teacher="t")}
    )
    (folder / "samples.jsonl").write_text(sample.model_dump_json() + "\n")
    if finished:
        (folder / "result.json").write_text("{}")
    return folder


def add_training(workspace: Path, name: str, inputs: list[str]) -> Path:
    folder = workspace / "stages" / "train" / name
    folder.mkdir(parents=True)
    request = {
        "samples": {"path": f"/elsewhere/stages/{inputs[0]}/x.jsonl"},
        "more": [f"/elsewhere/stages/{i}/x" for i in inputs],
    }
    (folder / "run.json").write_text(json.dumps({"request": request, "folder": str(folder)}))
    return folder


def prune(workspace: Path, *options: str) -> set[str]:
    told = json_of(labflow("prune", "--json", *options, "--workspace", workspace))
    return {item["path"] for item in told["removed"]}


def test_a_workspace_in_which_all_is_used_loses_nothing(copy: Path) -> None:
    before = all_files(copy)
    assert prune(copy) == set()
    assert all_files(copy) == before


def test_what_a_manifest_names_stays_wherever_the_workspace_was_then(copy: Path) -> None:
    shutil.rmtree(copy / "stages" / "taxonomy_diff")  # no current curriculum: the manifest alone holds the rest
    before = all_files(copy)
    assert prune(copy) == set()
    assert all_files(copy) == before


def test_stages_and_caches_of_leaf_nodes_that_nothing_knows_are_removed(generated: dict[str, Any], copy: Path) -> None:
    key = generated["change"]["leaf_keys"][KNOWLEDGE]
    kept = {add_stage(copy, "critic_filter", KNOWLEDGE, key)}  # may be found again by a run of the same leaf nodes
    gone = {add_stage(copy, "critic_filter", KNOWLEDGE, "old"), add_stage(copy, "teacher_generate", "knowledge/gone", key)}
    gone.add(add_stage(copy, "critic_filter", FREEFORM, generated["change"]["leaf_keys"][FREEFORM], finished=False))
    answers = copy / "cache" / "answers" / "teacher"
    answers.mkdir(parents=True)
    for name, leaf_key in (("kept", [KNOWLEDGE, key]), ("gone", [KNOWLEDGE, "old"])):
        file = answers / f"{digest_of(leaf_key)[:32]}.jsonl"
        file.write_text("{}\n")
        (kept if name == "kept" else gone).add(file)
    (answers / "server.log").write_text("a log")
    kept.add(answers / "server.log")
    generation = next((copy / "cache" / "generations").iterdir())
    shutil.copytree(generation, copy / "cache" / "generations" / "half")
    (copy / "cache" / "generations" / "half" / "drafts.jsonl").unlink()
    gone.add(copy / "cache" / "generations" / "half")
    before = all_files(copy)
    assert prune(copy, "--dry-run") == {str(path) for path in gone}
    assert all_files(copy) == before
    assert prune(copy) == {str(path) for path in gone}
    assert not [path for path in gone if path.exists()]
    assert all(path.exists() for path in kept)
    assert prune(copy) == set()


def test_saved_steps_of_the_current_curriculum_stay_and_those_of_another_go(generated: dict[str, Any], copy: Path) -> None:
    scan = Path(generated["scanned"]["clean"][0]["path"]).parent.name
    half_trained = add_training(copy, "half", [f"safety_scan/{scan}"])
    examined = copy / "stages" / "evaluate" / "half"
    examined.mkdir(parents=True)
    (examined / "run.json").write_text(json.dumps({"student": "/elsewhere/stages/train/half/student"}))
    other = add_stage(copy, "safety_scan", KNOWLEDGE, "old")
    gone = [
        add_training(copy, "old", [f"safety_scan/{scan}", f"safety_scan/{other.name}"]),
        add_training(copy, "lost", ["safety_scan/none"]),
    ]
    assert prune(copy) == {str(path) for path in (*gone, other)}
    assert half_trained.is_dir()
    assert examined.is_dir()


def test_runs_ledger_and_current_are_never_touched(copy: Path) -> None:
    shutil.rmtree(copy / "runs")  # by hand: nothing holds the stages any more but the current curriculum
    student = add_training(copy, "released", ["safety_scan/none"]) / "student"
    student.mkdir()
    (copy / "current").symlink_to(student)
    assert prune(copy) == set()
    (newest,) = (copy / "stages" / "taxonomy_diff").glob("*/*")
    (newest / "leaf_nodes.jsonl").unlink()
    removed = prune(copy)
    assert len(removed) >= 5 + 3  # stages, and a generation for each leaf node
    assert student.is_dir()
    assert (copy / "current").is_symlink()


def test_bytes_freed_are_those_that_no_run_links(copy: Path) -> None:
    (run,) = (copy / "runs").iterdir()
    folder = add_stage(copy, "teacher_generate", "knowledge/gone", "old")
    (folder / "big.bin").write_bytes(b"x" * 5000)
    (folder / "linked.bin").write_bytes(b"x" * 70_000)
    os.link(folder / "linked.bin", run / "linked.bin")
    told = json_of(labflow("prune", "--json", "--dry-run", "--workspace", copy))
    assert 5000 <= told["bytes"] < 70_000


def test_a_manifest_that_cannot_be_read_stops_the_pruning(copy: Path) -> None:
    folder = add_stage(copy, "teacher_generate", "knowledge/gone", "old")
    (copy / "runs" / "20990101T000000Z-a").mkdir()
    (copy / "runs" / "20990101T000000Z-a" / "manifest.json").write_text("{")
    result = labflow("prune", "--workspace", copy)
    assert result.exit_code == 1
    assert "nothing was removed" in one_line(result)
    assert folder.is_dir()


def test_answers_of_models_are_known_by_their_leaf_nodes(taxonomy: Path, tmp_path: Path) -> None:
    with ScriptedServer(critic_or_teacher) as server:
        preview_by_model(server, taxonomy, KNOWLEDGE, 5, tmp_path)  # its folder looks like a workspace
    logs = {path for role in ("teacher", "critic") for path in (tmp_path / "cache" / "answers" / role).glob("*.jsonl")}
    assert len(logs) == 3  # the teacher's, the critic's, and the critic's canaries
    assert find_unused(tmp_path) == []
    (leaf_nodes,) = tmp_path.glob("stages/taxonomy_diff/*/*/leaf_nodes.jsonl")
    leaf_nodes.write_text(leaf_nodes.read_text().replace('"key":"', '"key":"0'))
    unused = {Path(item.path) for item in find_unused(tmp_path)}
    assert len(unused & logs) == 2  # canaries depend on no key
    assert len([path for path in unused if path.parent.name == "generations"]) == 1


@pytest.mark.parametrize(
    ("value", "places"),
    [
        ("/ws/stages/train/ab/student", {("train", "ab")}),
        ("/stages/x/ws/stages/train/ab/student/model.safetensors", {("train", "ab")}),
        ({"a": [{"path": "s3://b/stages/taxonomy_diff/rk/dg/chunks.jsonl"}]}, {("taxonomy_diff", "rk", "dg")}),
        (["stages of a plan", 3, None, {}], set()),
    ],
)
def test_a_place_is_found_in_any_text_that_leads_through_stages(value: Any, places: set[tuple[str, ...]]) -> None:
    assert set(places_in(value)) == places
