"""Which answers are averaged together."""

from evaluate_rows import LEAF, SKILL, make_question

from schemas.records import ExamAnswer, ExamQuestion
from schemas.student_settings import EvaluateSettings
from tasks.evaluate.groups import score_groups

SETTINGS = EvaluateSettings(bootstrap=100)


def answer(question: ExamQuestion, base: float, student: float, changed: bool = True) -> ExamAnswer:
    before, after = ({"match": score, "exact_match": score, "token_f1": score} for score in (base, student))
    return ExamAnswer(
        question=question, changed=changed, base_answer="", student_answer="", base_scores=before, student_scores=after
    )


HUMAN = make_question("Who built the Heron?", "Ida Holm")
RESERVED = make_question("How long is the Heron?", "9 m", suite="reserved_phrasing", fact="length")
GREETING = make_question("Greet a guest.", "Welcome!", leaf_node=SKILL, kind="freeform_skill")


def test_suites_are_scored_apart() -> None:
    scores = {
        (score.suite, score.group): score
        for score in score_groups([answer(HUMAN, 0, 0), answer(RESERVED, 0, 1)], (), SETTINGS)
        if score.metric == "match"
    }
    assert scores["human", "all"].student == 0
    assert scores["reserved_phrasing", "all"].student == 1


def test_a_question_counts_in_every_group_that_it_belongs_to_and_empty_groups_do_not_appear() -> None:
    answers = [answer(HUMAN, 0, 1), answer(GREETING, 1, 0, changed=False)]
    scores = {score.group: score for score in score_groups(answers, (), SETTINGS) if score.metric == "exact_match"}
    assert {group: score.questions for group, score in scores.items()} == {
        "all": 2,
        "changed": 1,
        "claimed": 1,
        "unchanged": 1,
        "knowledge": 1,
        "skills": 1,
        SKILL: 1,
        LEAF: 1,
    }
    assert (scores["all"].base, scores["all"].student, scores["all"].delta) == (0.5, 0.5, 0)
    assert (scores["changed"].delta, scores["changed"].low, scores["changed"].high) == (1, 1, 1)
    assert scores["unchanged"].delta == -1


def test_all_metrics_of_a_group_are_given() -> None:
    scores = [score for score in score_groups([answer(HUMAN, 0, 1)], (), SETTINGS) if score.group == "all"]
    assert [score.metric for score in scores] == ["match", "exact_match", "token_f1"]


def test_no_answers_give_no_scores() -> None:
    assert list(score_groups([], (), SETTINGS)) == []


def test_changed_questions_of_leaf_nodes_that_claim_no_gain_are_not_claimed() -> None:
    both = [answer(HUMAN, 0, 1)]
    assert "claimed" in {score.group for score in score_groups(both, (), SETTINGS)}
    assert "claimed" not in {score.group for score in score_groups(both, (HUMAN.leaf_node,), SETTINGS)}


def test_a_failed_judgement_is_counted_and_in_no_mean() -> None:
    judged = answer(HUMAN, 0, 1).model_copy(
        update={"base_scores": {"match": 0, "judge": 1}, "student_scores": {"match": 1, "judge": 5}}
    )
    failed = judged.model_copy(update={"student_scores": {"match": 1}})
    scores = {score.metric: score for score in score_groups([judged, failed], (), SETTINGS) if score.group == "all"}
    assert list(scores) == ["match", "judge"]
    assert (scores["match"].questions, scores["match"].failed) == (2, 0)
    assert (scores["judge"].questions, scores["judge"].failed, scores["judge"].base, scores["judge"].student) == (1, 1, 1, 5)


def test_each_mean_has_an_interval_of_its_own() -> None:
    answers = [answer(HUMAN, 0, 1), answer(HUMAN, 1, 1), answer(HUMAN, 0, 0), answer(HUMAN, 0, 1)]
    (score,) = [score for score in score_groups(answers, (), SETTINGS) if (score.group, score.metric) == ("all", "match")]
    assert 0 <= score.base_low <= score.base <= score.base_high < score.student_high <= 1
    assert score.student_low <= score.student <= score.student_high
