"""Multiple choice through lm-eval, inside the worker process.

Part of ``evaluate``. Each question is asked in two forms (Gu et al. 2024, "OLMES: A Standard for Language Model Evaluations",
section 3.3), each an inline lm-eval task whose samples carry the log-likelihood of each choice::

    letters   What is the hull of the Heron made of?        cloze   What is the hull of the Heron made of?
              A. oak                                                 ("oak", "steel", ... are each rated as the answer)
              B. steel
              Answer:    (" A", " B", ... are rated)

``letters`` takes the likeliest letter (lm-eval's ``acc``); ``cloze`` the likeliest text per character, so that a short choice
has no advantage (``acc_norm``). What was taught as a conversation is asked as one, by the same rendering as in training.

What lm-eval decides: tasks, requests, tokens, metrics. What is decided here: how a batch is computed (``ChoiceModel``), since
lm-eval's own loop reads a question again for each of its choices, keeps the logits of all positions, and cuts batches by rows,
not by tokens. The choices are those of its own loop (a test holds both against each other).

Not covered: generation tasks, several GPUs, few-shot sampling (``mmlu_files.py`` writes its examples itself).
"""

import logging
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from lm_eval.evaluator import evaluate
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks import TaskManager
from tqdm import tqdm

from schemas.errors import TrainingError
from tasks.evaluate.evaluate_run import ChoiceQuestion, Chosen
from tasks.student_model.labelled_tokens import render_prompt
from tasks.student_model.load_student import Student
from tasks.student_model.messages import Message

FORMS = ("letters", "cloze")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
TOKENS_PER_ROW = 64
"""A batch holds as many padded tokens as ``batch_size`` rows of this length have."""
REMEMBERED_TEXTS = 256

TokenRequest = tuple[tuple[str, str], list[int], list[int]]
"""lm-eval's: (context, continuation) as texts, then both as token ids."""


def choose_answers(
    student: Student, questions: Sequence[ChoiceQuestion], batch_size: int, report: Callable[[int], None] = lambda _done: None
) -> list[Chosen]:
    """What the model chooses of each question, in order.

    Args:
        batch_size: sets the size of a batch: ``batch_size`` rows of 64 tokens.
        report: is told how many questions are done, in fractions of both forms.

    Raises:
        TrainingError: lm-eval returned no answer to a question.
    """
    logging.getLogger("lm_eval").setLevel(logging.ERROR)
    model = ChoiceModel(student, batch_size * TOKENS_PER_ROW)
    chosen: dict[str, dict[str, int]] = {question.id: {} for question in questions}
    asked_chat = [(chat, part) for chat in (True, False) if (part := [q for q in questions if q.chat is chat])]
    done = 0
    for chat, part in asked_chat:
        size, before = len(part), done

        def tell(share: float, before: int = before, size: int = size) -> None:
            report(before + int(share * size))

        model.tell = tell
        for form, samples in _evaluate(model, part, chat).items():
            for sample in samples:
                chosen[sample["doc"]["id"]][form] = _likeliest(form, sample)
        done += size
    report(len(questions))
    lost = [key for key, forms in chosen.items() if len(forms) != len(FORMS)]
    if lost:
        raise TrainingError(f"lm-eval gave no answer to {len(lost)} of {len(questions)} questions, the first is {lost[0]}.")
    return [Chosen(**chosen[question.id]) for question in questions]


def _evaluate(model: "ChoiceModel", questions: list[ChoiceQuestion], chat: bool) -> dict[str, list[dict[str, Any]]]:
    """lm-eval's samples by form."""
    shown = {"id", "question", "choices", "answer", "prefix", "chat"}
    rows = [question.model_dump(mode="json", include=shown) for question in questions]
    manager = TaskManager(include_defaults=False)  # its own index of thousands of tasks takes seconds to read
    loaded = manager.load([choice_task(form, rows) for form in FORMS])
    for task in loaded["tasks"].values():
        task.set_config(key="num_fewshot", value=0)
    results = evaluate(model, loaded, bootstrap_iters=0, log_samples=True, apply_chat_template=chat)
    return {form: results["samples"][form] for form in FORMS} if results else {}


def choice_task(form: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """An inline lm-eval task. Texts are made by functions, so that no template is ever read out of a question."""

    def load(**_: object) -> dict[str, Any]:
        from datasets import Dataset

        return {"test": Dataset.from_list(rows)}

    return {
        "task": form,
        "output_type": "multiple_choice",
        "custom_dataset": load,
        "test_split": "test",
        "doc_to_text": render_letters if form == "letters" else render_cloze,
        "doc_to_choice": (lambda doc: list(LETTERS[: len(doc["choices"])]))
        if form == "letters"
        else (lambda doc: doc["choices"]),
        "doc_to_target": "answer",
        "metric_list": [{"metric": "acc" if form == "letters" else "acc_norm", "aggregation": "mean", "higher_is_better": True}],
    }


def render_letters(doc: dict[str, Any]) -> str:
    """The question with its choices, each behind a letter."""
    choices = "".join(f"{letter}. {choice}\n" for letter, choice in zip(LETTERS, doc["choices"], strict=False))
    return f"{doc['prefix']}{doc['question']}\n{choices}Answer:"


def render_cloze(doc: dict[str, Any]) -> str:
    """The question alone: solved examples answer with letters, which would mislead here."""
    return str(doc["question"]) if doc["chat"] else f"Question: {doc['question']}\nAnswer:"


def _likeliest(form: str, sample: dict[str, Any]) -> int:
    likelihoods = [float(response[0]) for response in sample["filtered_resps"]]
    if form == "cloze":
        likelihoods = [value / max(1, len(choice)) for value, choice in zip(likelihoods, sample["doc"]["choices"], strict=True)]
    return max(range(len(likelihoods)), key=likelihoods.__getitem__)


class ChoiceModel(HFLM):
    """A student as lm-eval sees it. Batches are cut by tokens; logits are kept where a choice stands, and nowhere else.

    Args:
        student: model and tokenizer.
        batch_tokens: most padded tokens of a batch.
    """

    def __init__(self, student: Student, batch_tokens: int) -> None:
        super().__init__(pretrained=student.model, tokenizer=student.tokenizer, batch_size=max(1, batch_tokens // TOKENS_PER_ROW))
        self.batch_tokens = batch_tokens
        self.tell: Callable[[float], None] = lambda _share: None
        """Is told the share of the requests that is done."""
        self._encoded: dict[str, list[int]] = {}

    def apply_chat_template(self, chat_history: list[dict[str, str]], add_generation_prompt: bool = True) -> str:
        """The conversation rendered as in training, where a text of others cannot open a turn."""
        del add_generation_prompt
        return render_prompt(self.tokenizer, [Message(role=each["role"], content=each["content"]) for each in chat_history])

    def tok_encode(self, string: str, *arguments: Any, **options: Any) -> list[int]:
        """The text's tokens. lm-eval asks for those of a context again for each choice, one after another."""
        if arguments or options:
            return list(super().tok_encode(string, *arguments, **options))
        if string not in self._encoded:
            if len(self._encoded) >= REMEMBERED_TEXTS:
                self._encoded.clear()
            self._encoded[string] = super().tok_encode(string)
        return self._encoded[string]

    def _loglikelihood_tokens(
        self, requests: list[TokenRequest], disable_tqdm: bool = False, override_bs: int | None = None
    ) -> list[tuple[float, bool]]:
        if not self._can_branch():
            return list(super()._loglikelihood_tokens(requests, disable_tqdm, override_bs))
        answers: list[tuple[float, bool]] = [(-math.inf, False)] * len(requests)
        done = 0
        with tqdm(total=len(requests), disable=disable_tqdm) as bar:
            for batch in cut_batches(group_requests(requests, self.max_length), self.batch_tokens):
                for number, answer in self._rate(batch):
                    answers[number] = answer
                bar.update(size := sum(stem.requests for stem in batch))
                done += size
                self.tell(done / len(requests))
        return answers

    @torch.inference_mode()
    def _can_branch(self) -> bool:
        """Whether what the model remembers of a context can be given to several continuations; recurrent ones cannot."""
        one = torch.full((1, 1), int(self.prefix_token_id), device=self.model.device)
        remembered = getattr(self.model(input_ids=one, use_cache=True), "past_key_values", None)
        layers = getattr(remembered, "layers", ())
        return bool(layers) and all(hasattr(layer, "batch_select_indices") for layer in layers)

    @torch.inference_mode()
    def _rate(self, batch: "Sequence[Stem]") -> list[tuple[int, tuple[float, bool]]]:
        """Each request's number with the sum of its tokens' log-probabilities, and whether greedy decoding would say it."""
        device = self.model.device
        branches = [(row, shared, ends) for row, stem in enumerate(batch) for shared, ends in stem.branches.items()]
        longer = [(row, shared, ends) for row, shared, ends in branches if shared]
        ids, mask = _padded([stem.tokens for stem in batch], left=True)
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        output = self.model(
            input_ids=ids.to(device),
            attention_mask=mask.to(device),
            position_ids=positions.to(device),
            logits_to_keep=1,
            use_cache=bool(longer),
        )
        first = torch.log_softmax(output.logits[:, -1].float(), dim=-1).cpu()
        greedy = first.argmax(-1).tolist()
        rated = [
            (number, (float(first[row, end]), greedy[row] == end))
            for row, shared, ends in branches
            if not shared
            for number, end in ends
        ]
        if longer:
            rows = [row for row, _, _ in longer]
            output.past_key_values.batch_select_indices(torch.tensor(rows, device=device))
            after, own_mask = _padded([list(shared) for _, shared, _ in longer], left=False)
            steps = positions[rows, -1:] + 1 + torch.arange(after.shape[1])
            logits = self.model(
                input_ids=after.to(device),
                attention_mask=torch.cat([mask[rows], own_mask], dim=1).to(device),
                position_ids=steps.to(device),
                past_key_values=output.past_key_values,
                use_cache=True,
            ).logits
            rest = torch.log_softmax(logits.float(), dim=-1).cpu()
            rated += _sum_up(longer, first, rest)
        return rated


Branch = tuple[int, tuple[int, ...], list[tuple[int, int]]]
"""A stem's row, tokens after the stem, and the requests that end there: number and last token."""


def _sum_up(branches: list[Branch], first: torch.Tensor, rest: torch.Tensor) -> Iterable[tuple[int, tuple[float, bool]]]:
    """Adds the first token's log-probability, foretold by the stem, to those that the branch foretells."""
    greedy_first, greedy = first.argmax(-1).tolist(), rest.argmax(-1).tolist()
    for place, (row, shared, ends) in enumerate(branches):
        inner = torch.tensor(shared[1:], dtype=torch.long)
        common = float(first[row, shared[0]]) + float(rest[place, torch.arange(len(inner)), inner].sum())
        said = greedy_first[row] == shared[0] and greedy[place][: len(inner)] == list(shared[1:])
        for number, end in ends:
            last = len(shared) - 1
            yield number, (common + float(rest[place, last, end]), said and greedy[place][last] == end)


def _padded(rows: Sequence[list[int]], left: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and mask, both (rows, longest row)."""
    width = max(len(row) for row in rows)
    ids, mask = torch.zeros((len(rows), width), dtype=torch.long), torch.zeros((len(rows), width), dtype=torch.long)
    for number, row in enumerate(rows):
        place = slice(width - len(row), width) if left else slice(0, len(row))
        ids[number, place], mask[number, place] = torch.tensor(row), 1
    return ids, mask


class Stem:
    """Requests with one context: it is read once for all of them."""

    def __init__(self, tokens: list[int]) -> None:
        self.tokens = tokens
        """The context."""
        self.branches: dict[tuple[int, ...], list[tuple[int, int]]] = {}
        """Each continuation without its last token, with the requests that share it: number and last token."""

    @property
    def requests(self) -> int:
        """How many it answers."""
        return sum(len(ends) for ends in self.branches.values())


def group_requests(requests: Sequence[TokenRequest], max_length: int) -> list[Stem]:
    """The requests by their context; one that is too long with its continuation loses its beginning, as in lm-eval."""
    stems: dict[tuple[int, ...], Stem] = {}
    for number, (_, context, continuation) in enumerate(requests):
        room = max(1, max_length + 1 - len(continuation))
        kept = context[-room:]
        stem = stems.setdefault(tuple(kept), Stem(kept))
        stem.branches.setdefault(tuple(continuation[:-1]), []).append((number, continuation[-1]))
    return list(stems.values())


def cut_batches(stems: Iterable[Stem], batch_tokens: int) -> Iterable[list[Stem]]:
    """Batches of at most ``batch_tokens`` padded tokens, the longest contexts first: want of memory shows at once."""
    batch: list[Stem] = []
    width = 0
    for stem in sorted(stems, key=lambda stem: -len(stem.tokens)):
        width = width or len(stem.tokens)
        if batch and width * (len(batch) + 1) > batch_tokens:
            yield batch
            batch, width = [], len(stem.tokens)
        batch.append(stem)
    if batch:
        yield batch
