"""The exam gets its share of each leaf node, near-duplicates stay together, and what is decided stays decided."""

import math
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from schemas.records import LeafKind
from tasks.taxonomy_diff.exam_split import digest_share, fewest_in_exam, group_near_duplicates, split_exam, subject_of
from tasks.taxonomy_diff.leaf_node import ParsedLeaf, Seed
from tasks.taxonomy_diff.question_text import normalise_question

NOUNS = ("engine", "door", "brake", "tyre", "frame", "clutch", "mirror", "wiper", "radio", "seat", "horn", "lamp")
ASPECTS = ("weight", "price", "maker", "colour", "age")
QUESTIONS = [f"What is the {aspect} of the {noun}?" for noun in NOUNS for aspect in ASPECTS]
questions = st.lists(st.sampled_from(QUESTIONS), unique=True, min_size=1, max_size=25)


def held_out(asked: list[str], share: float) -> set[str]:
    """Those of a leaf's questions that are in its exam."""
    sides = split_exam([leaf("knowledge/a", asked)], share)["knowledge/a"]
    return {question for question, side in zip(asked, sides, strict=True) if side}


def leaf(path: str, asked: list[str], kind: LeafKind = "knowledge", contexts: list[str] | None = None) -> ParsedLeaf:
    places = contexts or ["The car."] * len(asked)
    seeds = tuple(
        Seed(question, context, "It is so.", i, 1) for i, (question, context) in enumerate(zip(asked, places, strict=True))
    )
    return ParsedLeaf(path, f"{path}/qna.yaml", kind, 3, "cars", "", "ana", seeds, None)


@given(questions, st.floats(0.05, 0.9))
def test_leaf_of_two_questions_or_more_is_taught_and_examined(asked: list[str], share: float) -> None:
    sides = split_exam([leaf("knowledge/a", asked)], share)["knowledge/a"]
    assert len(sides) == len(asked)
    assert set(sides) == ({False} if len(asked) == 1 else {True, False})


@given(questions, st.sampled_from(QUESTIONS), st.floats(0.05, 0.9), st.randoms(use_true_random=False))
def test_question_put_in_or_taken_out_moves_at_most_one_other(asked: list[str], new: str, share: float, random: Random) -> None:
    others = [question for question in asked if question != new]
    more = [*others, new]
    random.shuffle(more)
    before, after = held_out(others, share), held_out(more, share)
    assert len((before ^ after) - {new}) <= 1


@given(questions, st.floats(0.05, 0.9), st.randoms(use_true_random=False))
def test_order_of_questions_in_the_file_does_not_matter(asked: list[str], share: float, random: Random) -> None:
    shuffled = list(asked)
    random.shuffle(shuffled)
    assert held_out(asked, share) == held_out(shuffled, share)


@given(questions, st.floats(0.05, 0.9))
def test_exam_gets_its_share_and_the_teacher_keeps_the_rest(asked: list[str], share: float) -> None:
    number, examined = len(asked), len(held_out(asked, share))
    assert fewest_in_exam(number, share) <= examined <= max(fewest_in_exam(number, share), number // 2)
    assert examined >= math.floor(share * number + 0.5) or examined == number - 1
    assert examined >= 3 or number < 7


def test_leaf_of_fifteen_questions_has_an_exam_of_five_at_least() -> None:
    for start in range(0, len(QUESTIONS) - 15, 5):
        assert 5 <= len(held_out(QUESTIONS[start : start + 15], 0.3)) <= 7


def test_few_questions_mostly_stay_with_the_teacher() -> None:
    found = [fewest_in_exam(number, 0.3) for number in range(1, 16)]
    assert found == [0, 1, 1, 1, 2, 2, 3, 3, 3, 3, 3, 4, 4, 4, 5]


def test_near_duplicate_goes_with_its_question() -> None:
    for question in QUESTIONS[:20]:
        again = question.replace("What is", "what's").replace("the price", "the prices")
        sides = split_exam([leaf("knowledge/a", [*QUESTIONS[:20], again])], 0.3)["knowledge/a"]
        assert sides[20] == sides[QUESTIONS.index(question)]


@given(questions, questions)
def test_same_question_in_two_leaves_is_on_one_side(one: list[str], other: list[str]) -> None:
    sides = split_exam([leaf("knowledge/a", one), leaf("knowledge/b", [q.upper() for q in other])], 0.3)
    in_one = dict(zip(one, sides["knowledge/a"], strict=True))
    in_other = dict(zip(other, sides["knowledge/b"], strict=True))
    assert all(in_one[question] == in_other[question] for question in in_one.keys() & in_other.keys())


@given(questions, st.randoms())
def test_split_does_not_depend_on_the_order_of_leaves(asked: list[str], random: object) -> None:
    leaves = [leaf("knowledge/a", asked), leaf("knowledge/b", asked[::-1])]
    assert split_exam(leaves, 0.3) == split_exam(leaves[::-1], 0.3)


def test_share_of_many_questions_is_about_the_asked_one() -> None:
    sides = split_exam([leaf(f"knowledge/{noun}", [q for q in QUESTIONS if noun in q]) for noun in NOUNS], 0.3)
    held_out = sum(sum(side) for side in sides.values())
    assert 0.2 * len(QUESTIONS) < held_out < 0.5 * len(QUESTIONS)


@given(questions, st.floats(0.05, 0.45), st.floats(0.45, 0.9))
def test_larger_share_holds_out_what_the_smaller_did(asked: list[str], small: float, large: float) -> None:
    assert held_out(asked, small) <= held_out(asked, large)


def test_near_duplicates_are_together_and_other_questions_on_one_pattern_are_not() -> None:
    near = ["What is the price of the engine?", "What's the price of the engines", "the engine's price: what is it"]
    other = ["What is the weight of the engine?", "Who sets the price of the engine?", "What is the price of 2 engines?"]
    groups = group_near_duplicates([subject_of("knowledge", question, None) for question in near + other])
    assert [len(group) for group in groups] == [3, 1, 1, 1]


def test_spelling_of_one_word_does_not_make_another_question() -> None:
    asked = ["Which colour has the aluminium body?", "Which color has the aluminum body?"]
    assert len(group_near_duplicates([subject_of("knowledge", question, None) for question in asked])) == 1


def test_near_duplicate_that_joins_two_groups_takes_both_to_the_exam() -> None:
    sides = split_exam(
        [leaf("knowledge/a", [*QUESTIONS[:4], "what is the weight of the engine", "What is the PRICE of the engine"])], 0.3
    )
    found = sides["knowledge/a"]
    assert (found[4], found[5]) == (found[0], found[1])


def test_grounded_skill_asks_another_thing_of_each_context() -> None:
    same = ["Rewrite this text."] * 6
    contexts = [f"The {noun} was sold for {i} dollars." for i, noun in enumerate(NOUNS[:6], 10)]
    sides = split_exam([leaf("compositional_skills/a", same, "grounded_skill", contexts)], 0.3)["compositional_skills/a"]
    assert set(sides) == {True, False}
    assert set(split_exam([leaf("knowledge/a", same)], 0.9)["knowledge/a"]) == {False}


def test_digest_decides_the_same_on_every_machine() -> None:
    assert round(digest_share(subject_of("knowledge", "What is the price of the door?", None)), 6) == 0.727373


@given(st.text(max_size=80))
def test_normalised_question_is_a_fixed_point(question: str) -> None:
    once = normalise_question(question)
    assert normalise_question(once) == once
    assert normalise_question(f"  {question}\n") == once
