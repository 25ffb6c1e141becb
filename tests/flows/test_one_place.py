"""Teacher and critic in one placed flow make what they make apart; and a person's no ends a run before it trains."""

from pathlib import Path

import pytest

from flows.settings.files import load_settings
from flows.workspace import Workspace
from schemas.contracts import Filtered
from schemas.settings import Settings, StagePlacement
from schemas.student_contracts import RunSummary
from tasks.promote.ledger import decision_on, read_ledger
from taxonomy_sample.materialise import materialise

pytestmark = pytest.mark.usefixtures("prefect_server")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("one place")
    taxonomy = materialise(folder / "sample")
    chosen = [f"workspace={folder / 'workspace'}", f"taxonomy.path={taxonomy}", "evaluate.multiple_choice=true"]
    return load_settings("offline", None, chosen)


@pytest.fixture(scope="module")
def samples(settings: Settings) -> RunSummary:
    from flows.retrain import retrain

    return retrain(settings, up_to="samples")


def test_one_placed_flow_does_both_stages_through_a_url(
    settings: Settings, samples: RunSummary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.run import begin_run
    from flows.teach_and_filter import ROOMS, place_both, teach_and_filter
    from tasks.critic_filter.task import critic_filter_stage
    from tasks.placement.objects import publish_outputs
    from tasks.placement.place import place
    from tasks.placement.site import Site
    from tasks.placement.stage import mark_storage, source_of

    monkeypatch.setenv("LABFLOW_SCRATCH", str(tmp_path / "scratch"))
    bucket = f"file://{tmp_path}/bucket"
    assert samples.sources
    assert samples.generated
    assert samples.filtered
    request = begin_run(settings, Workspace(Path(str(settings.workspace)))).teach_request(samples.change, samples.sources)
    mark_storage(bucket)
    teach_and_filter(publish_outputs(request, bucket), bucket, source_of(ROOMS))

    home = Site(storage=str(tmp_path / "home"), placement=StagePlacement(deployment="teach_and_filter/none"), shared=bucket)
    place_both.fn(request, home)  # finds both finished: there is no such deployment to ask
    asked = request.filter_request(samples.generated)
    filtered = place(
        critic_filter_stage, "critic_filter", asked, home, Filtered, ("critic_filter", "chat_model", "dataset_files")
    )
    assert filtered.kept.sha256 == samples.filtered.kept.sha256
    assert filtered.leaf_counts == samples.filtered.leaf_counts
    assert filtered.exam_checks  # what becomes multiple choice was put to the critic, human questions and reserved wordings
    assert samples.filtered.exam_checks
    assert filtered.exam_checks.sha256 == samples.filtered.exam_checks.sha256
    assert filtered.exam_checks.rows > samples.generated.reserved.rows


def test_a_persons_no_ends_the_run_before_training_and_is_remembered(settings: Settings, samples: RunSummary) -> None:
    from flows.retrain import retrain

    assert samples.outcome == "generated"
    review = settings.review.model_copy(update={"before_training": "pause", "timeout_hours": 1 / 3600})
    refused = retrain(settings.model_copy(update={"review": review}))
    assert (refused.outcome, refused.trained) == ("refused", None)
    assert "rejected by nobody before training" in refused.message
    assert (Path(refused.folder) / "report.html").exists()

    decided = decision_on(read_ledger(Workspace(Path(str(settings.workspace))).ledger), refused.run_key)
    assert decided
    assert [(a.step, a.decision, a.by) for a in decided.approvals] == [("before_training", "rejected", "nobody")]
    assert retrain(settings).outcome == "already_refused"


def test_unknown_parameters_are_one_clear_error_before_anything_runs(settings: Settings, tmp_path: Path) -> None:
    from prefect.client.orchestration import get_client
    from prefect.exceptions import ParameterTypeError
    from prefect.flow_engine import run_flow

    from flows.retrain import retrain

    parameters = {"settings": {"workspace": str(tmp_path / "ws"), "teacher": {"temprature": 0.2}, "train": {"epochs": -1}}}
    with get_client(sync_client=True) as client:
        run = client.create_flow_run(retrain, parameters=parameters)
        with pytest.raises(ParameterTypeError, match=r"settings\.teacher\.temprature.*\n.*settings\.train\.epochs|settings"):
            run_flow(retrain, flow_run=run, parameters=parameters)
        state = client.read_flow_run(run.id).state
    assert state
    assert state.is_failed()
    assert "temprature" in str(state.message)
    assert "epochs" in str(state.message)
    assert not (tmp_path / "ws").exists()


def test_the_form_has_groups_descriptions_bounds_and_choices() -> None:
    from prefect.utilities.callables import parameter_schema

    from flows.retrain import retrain

    schema = parameter_schema(retrain.fn).model_dump()
    definitions = schema["definitions"]
    assert {"TaxonomySettings", "TeacherSettings", "TrainSettings", "GateSettings", "ReviewSettings"} <= set(definitions)
    fields = {
        (group, name): field
        for group, definition in definitions.items()
        for name, field in definition.get("properties", {}).items()
        if group.endswith("Settings") and "$ref" not in field and "allOf" not in field
    }
    undescribed = [key for key, field in fields.items() if not field.get("description")]
    assert not undescribed
    assert fields["ReviewSettings", "before_training"]["enum"] == ["off", "pause", "suspend"]
    assert fields["TrainSettings", "epochs"]["exclusiveMinimum"] == 0
    assert fields["GateSettings", "minimum_gain"]["maximum"] == 1
