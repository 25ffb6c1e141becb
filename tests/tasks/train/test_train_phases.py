"""Phases: what each is made of, that they follow each other, that a checkpoint is chosen on held-out samples."""

from pathlib import Path

import numpy as np
import pytest
from train_rows import SMALL, boat_samples, make_request, make_sample, write_samples
from train_runs import interrupt, resume, run, untimed_log

from schemas.records import Sample, TrainStep
from schemas.student_settings import PhaseSettings, TrainSettings
from tasks.dataset_files.jsonl import read_dataset
from tasks.student_model.scratch_student import train_tokenizer
from tasks.train.curriculum import curriculum_texts, read_lessons
from tasks.train.phases import Phase, plan_phases
from tasks.train.token_files import TokenFiles, tokenise_lessons

TWO = SMALL.model_copy(
    update={
        "phases": "knowledge_then_skills",
        "knowledge": PhaseSettings(epochs=3, learning_rate=4e-3),
        "skills": PhaseSettings(epochs=2, earlier_phase_share=0.25),
    }
)


def skill(number: int, leaf: str = "compositional_skills/greet") -> Sample:
    return make_sample(f"Greet guest {number}.", f"Good day, guest {number}.", leaf=leaf, kind="freeform_skill")


SAMPLES = [*boat_samples(), *(skill(number) for number in range(9))]


def plan(folder: Path, settings: TrainSettings, samples: list[Sample] = SAMPLES, **fields) -> tuple[TokenFiles, list[Phase]]:
    request = make_request(folder, samples, train=settings, **fields)
    tokenizer = train_tokenizer(curriculum_texts(read_lessons(request)), 512, 64)
    tokens = tokenise_lessons(read_lessons(request), tokenizer, settings.max_length, folder)
    return tokens, plan_phases(settings, tokens)


def names(tokens: TokenFiles, rows: np.ndarray) -> set[str]:
    return {tokens.rows[int(row)]["id"] for row in rows}


def test_by_default_one_phase_holds_everything(tmp_path: Path) -> None:
    tokens, (phase,) = plan(tmp_path, SMALL)
    assert phase.name == "curriculum"
    assert phase.rows.tolist() == list(range(len(tokens.lengths)))
    assert (phase.epochs, phase.learning_rate) == (SMALL.epochs, SMALL.learning_rate)
    assert phase.epoch_ends[-1] == phase.steps


def test_knowledge_comes_first_and_is_replayed_by_share_among_the_skills(tmp_path: Path) -> None:
    tokens, (knowledge, skills) = plan(tmp_path, TWO)
    assert names(tokens, knowledge.rows) == {sample.id for sample in boat_samples()} | {"passage"}
    fresh = [row for row in skills.rows if row not in skills.replayed]
    assert names(tokens, np.array(fresh)) == {skill(number).id for number in range(9)}
    assert len(skills.replayed) / len(skills.rows) == pytest.approx(0.25, abs=0.01)
    assert names(tokens, skills.replayed) <= names(tokens, knowledge.rows)
    assert (knowledge.epochs, knowledge.learning_rate) == (3, 4e-3)
    assert (skills.epochs, skills.learning_rate) == (2, TWO.learning_rate)


def test_foundational_skills_belong_to_the_knowledge_phase(tmp_path: Path) -> None:
    add = skill(1, leaf="foundational_skills/addition")
    tokens, (knowledge, _) = plan(tmp_path, TWO, [*SAMPLES, add])
    assert add.id in names(tokens, knowledge.rows)


def test_a_phase_without_samples_is_left_out(tmp_path: Path) -> None:
    assert [phase.name for phase in plan(tmp_path, TWO, boat_samples())[1]] == ["knowledge"]


def test_each_phase_replays_its_share_of_the_earlier_release(tmp_path: Path) -> None:
    old = [make_sample(f"Old question {number}?", "old", leaf="knowledge/old") for number in range(40)]
    old += [skill(number) for number in range(50, 90)]
    settings = TWO.model_copy(update={"replay_share": 0.5, "skills": PhaseSettings(earlier_phase_share=0)})
    tokens, (knowledge, skills) = plan(tmp_path, settings, replay=write_samples(tmp_path, old, "earlier"))
    assert len(knowledge.replayed) == len(boat_samples())
    assert len(skills.replayed) == 9
    assert names(tokens, skills.replayed) <= {sample.id for sample in old if sample.kind != "knowledge"}


def test_held_out_samples_are_in_no_step_and_never_replayed_ones(tmp_path: Path) -> None:
    old = [make_sample(f"Old question {number}?", "old", leaf="knowledge/old") for number in range(40)]
    settings = SMALL.model_copy(update={"validation_share": 0.3})
    tokens, (phase,) = plan(tmp_path, settings, replay=write_samples(tmp_path, old, "earlier"))
    assert len(phase.validation) == round(0.3 * len(SAMPLES))
    assert names(tokens, phase.validation) <= {sample.id for sample in SAMPLES}
    assert not set(np.concatenate(phase.batches).tolist()) & set(phase.validation.tolist())


def test_two_phases_train_one_after_the_other_and_go_on_exactly_wherever_they_were_stopped(tmp_path: Path) -> None:
    request = make_request(tmp_path, SAMPLES, train=TWO)
    whole = run(request, tmp_path / "whole")
    rows = list(read_dataset(whole.log, TrainStep))
    assert [row.phase for row in rows] == sorted(row.phase for row in rows)
    assert rows[-1].step == whole.plan.phases[1].steps
    first = whole.plan.phases[0].steps
    for number, stops in enumerate([(first - 1,), (first,), (first + 2,), (2, first + 1)]):
        folder = tmp_path / f"parts{number}"
        for stop in stops:
            interrupt(request, folder, stop)
        parts, steps = resume(request, folder)
        assert steps == list(range(stops[-1] + 1, whole.steps + 1))
        assert parts.checkpoint.sha256 == whole.checkpoint.sha256
        assert untimed_log(parts) == untimed_log(whole)


def test_the_checkpoint_that_does_best_on_held_out_samples_is_taken_on_exactly_after_an_interruption(tmp_path: Path) -> None:
    settings = SMALL.model_copy(update={"validation_share": 0.3, "epochs": 12, "learning_rate": 2e-2, "base": "scratch"})
    unrelated = [make_sample(f"What is fact {n}?", f"{n * 7919 % 97} {['red', 'green', 'blue'][n % 3]}") for n in range(20)]
    request = make_request(tmp_path, unrelated, train=settings)
    whole = run(request, tmp_path / "whole")
    held = {row.step: row.validation_loss for row in read_dataset(whole.log, TrainStep) if row.validation_loss is not None}
    assert len(held) == 12
    best = min(held, key=held.get)
    assert best < whole.steps - 2  # nothing here follows from anything else: what is learned by heart does not help
    assert whole.chosen_steps == {"curriculum": best}
    assert whole.samples + whole.validation == len(unrelated)
    interrupt(request, tmp_path / "parts", best + 2)
    parts, _ = resume(request, tmp_path / "parts")
    assert parts.checkpoint.sha256 == whole.checkpoint.sha256
    assert untimed_log(parts) == untimed_log(whole)
    plain = run(make_request(tmp_path, unrelated, train=settings.model_copy(update={"validation_share": 0})), tmp_path / "plain")
    assert plain.checkpoint.sha256 != whole.checkpoint.sha256
