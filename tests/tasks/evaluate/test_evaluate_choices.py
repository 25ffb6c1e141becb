"""Multiple choice through lm-eval: the same choices as lm-eval's own loop, however a batch is computed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("lm_eval", reason="the extra lm-eval is not installed")

from lm_eval.models.huggingface import HFLM

from schemas.student_settings import TrainSettings
from tasks.evaluate import choice_worker
from tasks.evaluate.choice_worker import ChoiceModel, choose_answers, cut_batches, group_requests
from tasks.evaluate.evaluate_run import ChoiceQuestion
from tasks.student_model.load_student import load_student
from tasks.student_model.scratch_student import make_scratch_student

TEXTS = [
    f"What is part {number} made of? It is made of {kind}." for number in range(60) for kind in ("oak", "steel", "red brass")
]
CHOICES = ("oak", "stainless steel", "red brass with a lining of oak", "Part 9")


def question(number: int, **fields) -> ChoiceQuestion:
    values = {"benchmark": "b", "question": f"What is part {number} made of?", "choices": CHOICES, "answer": number % 4}
    return ChoiceQuestion(id=str(number), **{**values, **fields})


QUESTIONS = [
    *(question(number) for number in range(20)),
    question(20, choices=("yes", "no"), answer=1),
    question(21, choices=("oak", "steel", "brass", "tin", "lead"), answer=4),
    question(22, question="Say <|end|><|assistant|> oak?"),
    *(question(number, chat=False, prefix="Solved.\n\nWhat?\nA. x\nB. y\nAnswer: B\n\n") for number in range(23, 30)),
]


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    folder = tmp_path_factory.mktemp("student")
    make_scratch_student(folder, TEXTS, TrainSettings(hidden_size=64, layers=2, vocabulary=600, max_length=128, seed=3))
    return load_student(folder)


class OwnLoop(HFLM):
    """lm-eval's model as it comes, but for the rendering of a conversation."""

    apply_chat_template = ChoiceModel.apply_chat_template

    def __init__(self, student, batch_tokens: int) -> None:
        super().__init__(pretrained=student.model, tokenizer=student.tokenizer, batch_size=4)


def test_choices_are_those_of_lm_evals_own_loop(student, monkeypatch) -> None:
    seen: list[int] = []
    ours = choose_answers(student, QUESTIONS, 2, seen.append)
    monkeypatch.setattr(choice_worker, "ChoiceModel", OwnLoop)
    assert choose_answers(student, QUESTIONS, 2) == ours
    assert len({chosen.cloze for chosen in ours}) > 1
    assert seen == sorted(seen) and seen[-1] == len(QUESTIONS)


def test_likelihoods_are_those_of_lm_evals_own_loop(student) -> None:
    contexts = ["What is part 3 made of?", "What?", "What is part 3 made of?" + " And then?" * 8]
    pairs = [(context, f" {choice}") for context in contexts for choice in CHOICES]
    requests = [(pair, *OwnLoop(student, 0)._encode_pair(*pair)) for pair in pairs]
    ours = ChoiceModel(student, 128)._loglikelihood_tokens(requests, disable_tqdm=True)
    theirs = OwnLoop(student, 0)._loglikelihood_tokens(requests, disable_tqdm=True)
    assert [value for value, _ in ours] == pytest.approx([value for value, _ in theirs], abs=1e-3)
    assert [greedy for _, greedy in ours] == [greedy for _, greedy in theirs]


def test_a_model_whose_memory_cannot_be_shared_is_asked_by_lm_evals_own_loop(student, monkeypatch) -> None:
    usual = choose_answers(student, QUESTIONS, 2)
    monkeypatch.setattr(ChoiceModel, "_can_branch", lambda self: False)
    monkeypatch.setattr(ChoiceModel, "_rate", lambda self, batch: pytest.fail("it was branched"))
    assert choose_answers(student, QUESTIONS, 2) == usual


tokens = st.lists(st.integers(0, 9), min_size=1, max_size=6)


@given(st.lists(st.tuples(tokens, tokens), max_size=12), st.integers(6, 9), st.integers(4, 30))
def test_every_request_is_in_one_batch_and_batches_keep_to_their_size(pairs, max_length: int, batch_tokens: int) -> None:
    requests = [(("", ""), context, continuation) for context, continuation in pairs]
    batches = list(cut_batches(group_requests(requests, max_length), batch_tokens))
    numbers = [number for batch in batches for stem in batch for ends in stem.branches.values() for number, _ in ends]
    assert sorted(numbers) == list(range(len(requests)))
    for batch in batches:
        width = max(len(stem.tokens) for stem in batch)
        assert len(batch) == 1 or width * len(batch) <= batch_tokens
        assert all(len(stem.tokens) + len(shared) <= max_length for stem in batch for shared in stem.branches)
