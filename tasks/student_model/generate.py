"""Asks a student: batched greedy generation with padding on the left.

Part of ``evaluate`` (inside the worker process) and of chat. Decoding is always greedy and bounded; whatever sampling defaults a
base model brings along are not used, so base and student are decoded alike.

Not covered: sampling, streaming, served models (``tasks/chat_model``).
"""

from collections.abc import Callable, Sequence

import torch
from transformers.generation.configuration_utils import GenerationConfig

from tasks.student_model.labelled_tokens import render_prompt
from tasks.student_model.load_student import Student
from tasks.student_model.messages import Message


def answer_conversations(
    student: Student,
    conversations: Sequence[Sequence[Message]],
    max_new_tokens: int,
    batch_size: int,
    report: Callable[[int], None] = lambda _done: None,
) -> list[str]:
    """The student's next turn in each conversation, in order.

    Conversations of similar length share a batch, so little is padding.

    Args:
        student: model and tokenizer.
        conversations: messages; the last one is the user's.
        max_new_tokens: longest answer, tokens.
        batch_size: conversations answered at once.
        report: is told how many have been answered.
    """
    prompts = [_encode_prompt(student, messages, max_new_tokens) for messages in conversations]
    order = sorted(range(len(prompts)), key=lambda number: (len(prompts[number]), number))
    answers = [""] * len(prompts)
    student.model.eval()
    for start in range(0, len(order), batch_size):
        numbers = order[start : start + batch_size]
        batch = _generate(student, [prompts[number] for number in numbers], max_new_tokens)
        for number, answer in zip(numbers, batch, strict=True):
            answers[number] = answer
        report(start + len(numbers))
    return answers


def _encode_prompt(student: Student, messages: Sequence[Message], max_new_tokens: int) -> list[int]:
    """The prompt's ids; of one that leaves no room for an answer, the last part."""
    ids: list[int] = student.tokenizer.encode(render_prompt(student.tokenizer, messages), add_special_tokens=False)
    room = getattr(student.model.config, "max_position_embeddings", None)
    return ids[-(room - max_new_tokens) :] if room and room > max_new_tokens else ids


@torch.inference_mode()
def _generate(student: Student, prompts: Sequence[list[int]], max_new_tokens: int) -> list[str]:
    tokenizer, width = student.tokenizer, max(len(ids) for ids in prompts)
    padded = [[tokenizer.pad_token_id] * (width - len(ids)) + ids for ids in prompts]
    mask = [[0] * (width - len(ids)) + [1] * len(ids) for ids in prompts]
    device = student.model.device
    greedy = GenerationConfig(
        do_sample=False,
        num_beams=1,
        max_new_tokens=max_new_tokens,
        eos_token_id=list(student.end_ids or (tokenizer.eos_token_id,)),
        pad_token_id=tokenizer.pad_token_id,
    )
    student.model.generation_config = greedy  # transformers fills what is unset from the model's own, penalties included
    output = student.model.generate(
        input_ids=torch.tensor(padded, device=device),
        attention_mask=torch.tensor(mask, device=device),
        generation_config=greedy,
    )
    return [answer.strip() for answer in tokenizer.batch_decode(output[:, width:], skip_special_tokens=True)]
