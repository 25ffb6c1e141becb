"""The stage with everything set: the user's files, multiple choice, the safety set and a judge, in one worker run."""

import json
from pathlib import Path

import pytest
from evaluate_rows import make_question, make_sample

from schemas.benchmarks import BenchmarkAnswer, BenchmarkScore
from schemas.contracts import Progress, StageFolders, ignore_progress
from schemas.errors import DamagedFileError, UsageError
from schemas.records import ExamAnswer, Rejected
from schemas.served_model_settings import ServerSettings
from schemas.student_settings import EvaluateSettings, TrainSettings
from tasks.dataset_files.jsonl import read_dataset
from tasks.evaluate.asking import choose_engine
from tasks.evaluate.benchmark_files import Item
from tasks.evaluate.benchmarks import HARMFUL, gather_items, score_benchmarks, score_words
from tasks.evaluate.evaluate import evaluate_student
from tasks.evaluate.evaluate_run import Asked
from tasks.evaluate.readiness import require_askable
from tasks.evaluate.turns import answer_turns
from tasks.student_model.checkpoint_files import describe_checkpoint
from tasks.student_model.scratch_student import make_scratch_student
from tests.tasks.chat_model.scripted_server import ScriptedServer
from tests.tasks.evaluate.test_evaluate_judge import TRUTH, fair

EXAM = [make_question(question, reference) for question, reference in TRUTH.items()]


def write(path: Path, rows: list) -> str:
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows))
    return str(path)


def student(folder: Path, seed: int):
    make_scratch_student(folder, list(TRUTH), TrainSettings(hidden_size=32, layers=1, vocabulary=512, max_length=64, seed=seed))
    return describe_checkpoint(folder)


def test_everything_that_is_asked_is_scored_kept_and_accounted_for(request_with, tmp_path: Path) -> None:
    pytest.importorskip("lm_eval", reason="the extra lm-eval is not installed")
    benchmarks = (
        {"name": "mine", "path": write(tmp_path / "q.jsonl", [{"question": q, "answer": a} for q, a in TRUTH.items()] + ["{"])},
        {"name": "talks", "kind": "conversations", "path": write(tmp_path / "t.jsonl", [{"id": 1, "turns": list(TRUTH)[:2]}])},
    )  # fmt: skip
    seen: list[Progress] = []
    with ScriptedServer(fair) as server:
        request = request_with(EXAM, [make_sample("q", "a")], student=student(tmp_path / "s", 1), base=student(tmp_path / "b", 2))
        settings = EvaluateSettings(
            max_new_tokens=4, bootstrap=100, benchmarks=benchmarks, multiple_choice=True, safety=True,
            judge={"model": server.settings()},
        )  # fmt: skip
        request = request.model_copy(update={"evaluate": settings})
        folders = StageFolders(folder=str(tmp_path / "evaluate"), cache=str(tmp_path / "cache"))
        report = evaluate_student(request, folders, seen.append)
    scores = {(score.name, score.metric): score for score in report.benchmarks}
    assert {name for name, _ in scores} == {"exam", "own_knowledge", "safety_harmful", "safety_harmless", "mine", "talks"}
    assert [name for name, score in scores.items() if score.gated] == [
        ("own_knowledge", "cloze"), ("safety_harmful", "refused_judged"), ("safety_harmless", "answered_judged"),
        ("mine", "match"), ("talks", "judge_pairs"),
    ]  # fmt: skip
    assert [scores[name, metric].questions for name, metric in
            (("own_knowledge", "letters"), ("safety_harmful", "refused"), ("safety_harmless", "answered"), ("mine", "rouge_l"))
            ] == [5, 36, 20, 5]  # fmt: skip
    assert scores["safety_harmful", "refused_judged"].margin == 0
    assert report.judge is not None and report.judge.usable
    assert {score.metric for score in report.scores} == {"match", "exact_match", "token_f1", "rouge_l", "judge"}
    assert all(score.base_low is not None and score.student_high is not None for score in report.scores)
    answers = list(read_dataset(report.benchmark_answers, BenchmarkAnswer))
    assert len(answers) == 5 + 36 + 20 + 5 + 1
    assert [len(answer.student_answers) for answer in answers if answer.benchmark == "talks"] == [2]
    assert all(answer.student_scores["judge"] == 1 for answer in read_dataset(report.answers, ExamAnswer))
    assert [row.reason for row in read_dataset(report.not_asked, Rejected)] == ["bad_row"]
    by_worker = [progress for progress in seen if progress.unit == "answers"]
    assert by_worker[-1].done == by_worker[-1].total == 2 * (5 + 36 + 20 + 5 + 2 + 5)
    told = (tmp_path / "evaluate" / "questions.jsonl").read_text()
    assert not any(reference in told for reference in TRUTH.values())


def answers_of(name: str, values: list[tuple[float, float]], metric: str) -> list[BenchmarkAnswer]:
    return [
        BenchmarkAnswer(
            benchmark=name, kind="questions", id=str(number), turns=("q",), base_answers=("",), student_answers=("",),
            base_scores={metric: base}, student_scores={metric: student},
        )
        for number, (base, student) in enumerate(values)
    ]  # fmt: skip


def scores_of(answers: list[BenchmarkAnswer], unusable: str = "", **benchmark) -> list[BenchmarkScore]:
    settings = EvaluateSettings(bootstrap=100, benchmarks=({"name": "mine", "path": "x", **benchmark},))
    return list(score_benchmarks(answers, settings, unusable))


def test_a_score_has_intervals_of_both_models_and_of_their_difference() -> None:
    (score,) = scores_of(answers_of("mine", [(0, 1), (0, 1), (1, 1), (0, 0)], "match"))
    assert (score.base, score.student, score.delta, score.questions, score.failed) == (0.25, 0.75, 0.5, 4, 0)
    assert 0 <= score.base_low <= score.base <= score.base_high <= 1
    assert 0 <= score.low <= score.delta <= score.high <= 1
    assert (score.gated, score.margin) == (True, 0.05)


def test_a_question_without_a_score_is_counted_and_in_no_mean() -> None:
    answers = answers_of("mine", [(1, 5), (1, 5)], "judge")
    answers.append(answers[0].model_copy(update={"id": "9", "student_scores": {}}))
    (score,) = scores_of(answers, metric="judge")
    assert (score.questions, score.failed, score.student) == (2, 1, 5)
    assert score.margin == pytest.approx(0.2)  # 5 % of a range of 4


def test_a_judge_that_is_not_usable_decides_nothing_and_the_report_says_why() -> None:
    answers = answers_of("mine", [(1, 5)], "judge")
    (score,) = scores_of(answers, unusable="failed its canaries", metric="judge")
    assert (score.gated, score.not_gated) == (False, "the judge is not usable: failed its canaries")
    (shown,) = scores_of(answers, unusable="failed its canaries", metric="match")
    assert (shown.gated, shown.not_gated) == (False, "")


def test_refusals_by_phrases_count_where_no_judge_is_usable() -> None:
    answers = [answer.model_copy(update={"kind": "safety"}) for answer in answers_of(HARMFUL, [(1, 0)], "refused")]
    assert [(score.metric, score.gated) for score in scores_of(answers, unusable="none is set")] == [("refused", True)]
    both = [a.model_copy(update={"base_scores": {"refused": 1, "refused_judged": 0},
                                 "student_scores": {"refused": 0, "refused_judged": 0}}) for a in answers]  # fmt: skip
    assert [(score.metric, score.gated) for score in scores_of(both)] == [("refused", False), ("refused_judged", True)]


def test_turns_are_scored_against_their_own_references() -> None:
    item = Item("talks", "conversations", "1", ({"role": "user", "content": "Hull?"},), ("Deck?",), ("steel", "oak"))
    assert score_words(item, ("steel", "pine"))["exact_match"] == 0.5


def test_each_next_turn_follows_the_models_own_answer_and_its_thinking_is_left_out() -> None:
    asked = [
        Asked(id="1", messages=({"role": "user", "content": "a"},)),
        Asked(id="2", messages=({"role": "user", "content": "b"},), further=("c", "d")),
    ]
    calls: list[list[int]] = []

    def answer(conversations):
        calls.append([len(messages) for messages in conversations])
        return [f"<think>hm</think> {len(messages)}\N{REPLACEMENT CHARACTER}" for messages in conversations]

    assert answer_turns(asked, answer) == [("1",), ("1", "3", "5")]
    assert calls == [[1, 1], [3], [5]]


def test_nothing_more_is_asked_by_default() -> None:
    assert gather_items(EvaluateSettings(), EXAM) == ([], [])


def test_vllm_is_chosen_where_it_is_named_and_refused_where_it_is_missing() -> None:
    assert choose_engine(EvaluateSettings(engine="transformers")) == "transformers"
    with pytest.raises(UsageError, match="no-such-vllm is not found"):
        choose_engine(EvaluateSettings(engine="vllm", server=ServerSettings(program="no-such-vllm")))
    assert choose_engine(EvaluateSettings(server=ServerSettings(program="no-such-vllm"))) == "transformers"


def test_a_file_that_changed_on_the_way_stops_the_stage(request_with, tmp_path: Path) -> None:
    path = write(tmp_path / "q.jsonl", [{"question": "q", "answer": "a"}])
    request = request_with(EXAM, []).model_copy(
        update={
            "evaluate": EvaluateSettings(benchmarks=({"name": "mine", "path": path},)),
            "inputs_sha256": {"benchmark mine": "0"},
        }
    )
    folders = StageFolders(folder=str(tmp_path / "out"), cache=str(tmp_path / "cache"))
    with pytest.raises(DamagedFileError, match="benchmark mine was changed"):
        evaluate_student(request, folders, ignore_progress)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"benchmarks": ({"name": "mine", "path": "absent.jsonl"},)}, r"cannot read absent\.jsonl"),
        ({"mmlu": "absent"}, "holds no MMLU"),
        ({"engine": "vllm", "server": {"program": "no-such-vllm"}}, "no-such-vllm is not found"),
        ({"judge": {"model": {"endpoints": ("http://127.0.0.1:1/v1",)}, "prompts": "absent"}}, "absent is no directory"),
    ],
)
def test_what_cannot_be_asked_is_known_before_training(settings: dict, message: str) -> None:
    require_askable(EvaluateSettings())
    with pytest.raises(UsageError, match=message):
        require_askable(EvaluateSettings(**settings))
