"""The workflow up to its samples with a served teacher and critic, over HTTP, on the sample taxonomy."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from flows.settings.files import load_settings
from flows.terminal.summary_table import print_summary
from schemas.errors import CriticError, LabflowError
from schemas.records import Rejected, Sample
from schemas.served_model_settings import ModelSettings
from schemas.settings import Settings
from schemas.student_contracts import RunSummary
from tasks.dataset_files.jsonl import read_dataset
from taxonomy_sample.materialise import materialise
from tests.flows.scripted_models import knowing_model, reading_model, yes_sayer
from tests.tasks.chat_model.scripted_server import ScriptedServer
from tests.tasks.chat_model.test_chat_model_managed_server import wait_until_gone

pytestmark = pytest.mark.usefixtures("prefect_server")
SCALE = 2


@pytest.fixture(scope="module")
def taxonomy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return materialise(tmp_path_factory.mktemp("served"))


def settings_of(workspace: Path, taxonomy: Path, model: ModelSettings, **critic: Any) -> Settings:
    settings = load_settings("offline", None, [f"workspace={workspace}", f"taxonomy.path={taxonomy}"])
    served = {"kind": "model", "model": model}
    return settings.model_copy(
        update={
            "teacher": settings.teacher.model_copy(update={**served, "scale_factor": SCALE}),
            "critic": settings.critic.model_copy(update={**served, **critic}),
        }
    )


def generate(settings: Settings) -> RunSummary:
    from flows.retrain import retrain

    return retrain(settings, up_to="samples")


def printed(summary: RunSummary) -> str:
    """What the command line says at the end of the run."""
    console = Console(file=io.StringIO(), width=200)
    print_summary(console, summary)
    return console.file.getvalue()


@pytest.fixture(scope="module")
def run(taxonomy: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, RunSummary, ScriptedServer, int]]:
    """A run by a teacher and a critic that know: its settings, what came of it, the server, and how often it was asked."""
    with ScriptedServer(knowing_model(taxonomy)) as server:
        settings = settings_of(tmp_path_factory.mktemp("workspace"), taxonomy, server.settings(concurrency=16))
        summary = generate(settings)
        yield settings, summary, server, len(server.asked)


def test_samples_of_all_kinds_are_written_judged_and_accounted_for(run: tuple[Settings, RunSummary, ScriptedServer, int]) -> None:
    _, summary, _, asked = run
    generated, filtered = summary.generated, summary.filtered
    assert summary.outcome == "generated"
    assert generated and filtered
    assert generated.drafts == generated.samples.rows + generated.rejected.rows
    assert generated.drafts % SCALE == 0
    assert generated.samples.rows == filtered.kept.rows + filtered.rejected.rows
    assert {sample.kind for sample in read_dataset(filtered.kept, Sample)} == {"knowledge", "grounded_skill", "freeform_skill"}
    assert generated.usage.requests + filtered.usage.requests == asked
    assert all(sample.critique and sample.provenance.teacher == "scripted" for sample in read_dataset(filtered.kept, Sample))


def test_a_critic_that_knows_has_full_precision_and_recall(run: tuple[Settings, RunSummary, ScriptedServer, int]) -> None:
    _, summary, _, _ = run
    assert summary.filtered
    canaries = summary.filtered.canaries
    assert canaries.good > 0 < canaries.bad
    assert (canaries.precision, canaries.recall) == (1.0, 1.0)
    assert "precision 1.00, recall 1.00" in printed(summary)
    reasons = {row.reason for row in read_dataset(summary.filtered.rejected, Rejected)}
    assert reasons == {"unclear_question"}


def test_a_second_run_asks_no_model(run: tuple[Settings, RunSummary, ScriptedServer, int]) -> None:
    settings, summary, server, asked = run
    again = generate(settings)
    assert len(server.asked) == asked
    assert again.generated == summary.generated
    assert again.filtered == summary.filtered


def test_a_critic_that_likes_everything_stops_the_run_and_its_precision_is_told(taxonomy: Path, tmp_path: Path) -> None:
    with ScriptedServer(yes_sayer) as server:
        settings = settings_of(tmp_path, taxonomy, server.settings(concurrency=16))
        with pytest.raises(
            CriticError, match=r"the critic scripted caught only 0 of \d+ spoiled pairs \(precision 0\.\d\d, recall 1"
        ):
            generate(settings)
    assert not (tmp_path / "runs").exists()


def test_a_leaf_node_of_which_nothing_is_left_is_told_with_critic_and_examples(taxonomy: Path, tmp_path: Path) -> None:
    leaf = next(
        path.parent.relative_to(taxonomy).as_posix() for path in sorted(taxonomy.rglob("compositional_skills/**/qna.yaml"))
    )
    with ScriptedServer(knowing_model(taxonomy, refused_leaf=leaf)) as server:
        summary = generate(settings_of(tmp_path, taxonomy, server.settings(concurrency=16)))
    assert summary.filtered
    counts = {each.leaf_node: each for each in summary.filtered.leaf_counts}
    assert counts[leaf].kept == 0 < counts[leaf].generated
    assert counts[leaf].refused_by == "scripted"
    assert len(counts[leaf].examples) == 3
    assert all("Refused question" in example and "unclear_question" in example for example in counts[leaf].examples)
    assert leaf in printed(summary)
    assert "Refused question" in printed(summary)
    assert all(each.kept and not each.examples for path, each in counts.items() if path != leaf)


def test_a_critic_that_refuses_everything_stops_the_run_with_three_examples(taxonomy: Path, tmp_path: Path) -> None:
    with ScriptedServer(knowing_model(taxonomy, refuse_all=True)) as server:
        settings = settings_of(tmp_path, taxonomy, server.settings(concurrency=16))
        with pytest.raises(CriticError, match=r"the critic scripted rejected all \d+ samples, for example") as raised:
            generate(settings)
        assert str(raised.value).count("unclear_question") == 3
        asked = len(server.asked)
        with pytest.raises(CriticError, match="rejected all"):
            generate(settings)
        assert len(server.asked) == asked  # remembered


def test_the_key_in_a_secret_block_reaches_the_server_and_nothing_else(taxonomy: Path, tmp_path: Path) -> None:
    from prefect import get_client
    from prefect.blocks.system import Secret

    value = "block-value-5f1c"
    Secret(value=value).save("models-key", overwrite=True)
    with ScriptedServer(knowing_model(taxonomy)) as server:
        settings = settings_of(tmp_path, taxonomy, server.settings(concurrency=16, api_key_block="models-key"))
        generate(settings)
        assert {headers.get("authorization") for headers in server.headers} == {f"Bearer {value}"}
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or value.encode() not in path.read_bytes(), path
    with get_client(sync_client=True) as client:
        assert value not in str([run.model_dump(mode="json") for run in client.read_flow_runs()])
        assert value not in str([log.message for log in client.read_logs()])


def test_a_secret_block_that_is_not_there_is_named(taxonomy: Path, tmp_path: Path) -> None:
    with ScriptedServer(knowing_model(taxonomy)) as server:
        settings = settings_of(tmp_path, taxonomy, server.settings(api_key_block="no-such-key"))
        with pytest.raises(LabflowError, match="Secret block no-such-key is missing"):
            generate(settings)


def test_teacher_and_critic_that_are_one_model_share_one_server_for_the_run(taxonomy: Path, tmp_path: Path) -> None:
    program, model = tmp_path / "vllm", tmp_path / "model"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m tests.flows.scripted_models "$@"\n')
    program.chmod(0o755)
    model.mkdir()
    (model / "taxonomy").write_text(str(taxonomy))
    server = {"program": str(program), "environment": {"PYTHONPATH": str(Path(__file__).parents[2])}, "start_timeout_seconds": 60}
    served = ModelSettings(path=str(model), concurrency=16, server=server)
    summary = generate(settings_of(tmp_path / "workspace", taxonomy, served))
    assert summary.outcome == "generated"
    [started] = (model / "starts").read_text().split()
    assert wait_until_gone([int(started)], 1)
    [log] = (tmp_path / "workspace").rglob("server.log")
    assert log.parent.parent == tmp_path / "workspace/stages/teacher_generate"


@pytest.mark.slow
def test_a_served_teacher_and_critic_lead_to_a_release(taxonomy: Path, tmp_path: Path) -> None:
    """The whole workflow on the sample: the student learns what the served teacher wrote, and answers its human exam."""
    from flows.retrain import retrain

    with ScriptedServer(reading_model(taxonomy)) as server:
        settings = settings_of(tmp_path, taxonomy, server.settings(concurrency=16))
        teacher = settings.teacher.model_copy(update={"pipeline": "simple", "scale_factor": 40})
        summary = retrain(settings.model_copy(update={"teacher": teacher}))
    assert summary.outcome == "released", summary.message
    assert summary.report
    [human] = [s for s in summary.report.scores if (s.suite, s.group, s.metric) == ("human", "knowledge", "match")]
    assert human.base == 0
    assert human.student >= 0.5
    assert summary.generated
    assert summary.generated.reserved.rows == 0  # a served teacher reserves no wordings: humans' questions decide alone
