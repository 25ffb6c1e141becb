"""Fact -> wordings to train on, and wordings kept for the exam.

A wording is a frame around one of the fact's questions. Frames and questions that are marked as reserved are never trained
on, not for any fact: the exam then shows whether the student knows the fact or only the sentence. Reserved frames are put
together from words that training frames use too, because a student that is made from scratch can learn no word that it never
saw.

    trained:   "Where was the car assembled?"   "Can you tell me where the car was assembled?"
    reserved:  "Please, do you know where the car was assembled?"
"""

from zlib import crc32

from tasks.teacher_generate.extractive.facts import Core, Fact
from tasks.teacher_generate.extractive.questions import small_wh

TRAINED_FRAMES = (
    "{direct}",
    "Can you tell me {indirect}?",
    "Do you know {indirect}?",
    "I would like to know {indirect}.",
    "Please say {indirect}.",
    "Tell me {indirect}.",
    "Please tell me: {question}",
)
RESERVED_FRAMES = (
    "Please, can you say {indirect}?",
    "I would like you to tell me {indirect}.",
    "Do tell me: {question}",
    "Say {indirect}, please.",
)
QUOTED_WORDINGS = 3
"""Trained wordings of a quoted question: the quotation itself is the same in all of them."""


def write_wordings(fact: Fact, trained: int, reserved: int) -> tuple[list[str], list[str]]:
    """(wordings to train on, wordings for the exam), each without repeats, the most natural first.

    Args:
        trained: How many to train on, at most.
        reserved: How many to keep for the exam, at most.
    """
    open_cores = [core for core in fact.cores if not core.reserved]
    if fact.pattern.startswith("quote."):
        return _write_quoted(fact, open_cores, min(trained, QUOTED_WORDINGS))
    kept_cores = [core for core in fact.cores if core.reserved]
    ours = [core.direct for core in open_cores[: max(1, trained - 2)]]
    rows = [[frame_question(frame, core) for core in open_cores if _fits(frame, core)] for frame in TRAINED_FRAMES]
    exam = [core.direct for core in kept_cores[:1]]
    pairs = [
        *zip(RESERVED_FRAMES, _cycle(open_cores), strict=False),
        *((frame, c) for frame in RESERVED_FRAMES for c in open_cores),
    ]
    exam += [frame_question(frame, core) for frame, core in pairs if _fits(frame, core)]
    ours = list(dict.fromkeys([*ours, *_spread(rows)]))[:trained]
    return ours, [wording for wording in dict.fromkeys(exam) if wording not in ours][:reserved]


def _write_quoted(fact: Fact, cores: list[Core], trained: int) -> tuple[list[str], list[str]]:
    """The questions as they are, one in a frame, and one in a reserved frame; its own words decide which."""
    turn = crc32(f"{fact.statement}\n{fact.answer.text}".encode())  # not its place: an edit elsewhere must change no wording
    told = [core for core in cores if core.indirect]
    framed = [frame_question(TRAINED_FRAMES[1 + turn % 5], core) for core in told[:1]]
    exam = [frame_question(RESERVED_FRAMES[(0, 1, 3)[turn % 3]], core) for core in told[:1]]
    return list(dict.fromkeys([*(core.direct for core in cores), *framed]))[:trained], exam


def frame_question(frame: str, core: Core) -> str:
    """One wording."""
    return frame.format(direct=core.direct, indirect=core.indirect, question=small_wh(core.direct))


def _cycle(cores: list[Core]) -> list[Core]:
    return [cores[i % len(cores)] for i in range(len(RESERVED_FRAMES))] if cores else []


def _spread(rows: list[list[str]]) -> list[str]:
    """The frames with each of the cores in turn, so that few wordings still show several questions."""
    rows = [row for row in rows if row]
    first = [row[number % len(row)] for number, row in enumerate(rows)]
    return [*first, *(wording for row in rows for wording in row)]


def _fits(frame: str, core: Core) -> bool:
    """Whether the core has what the frame needs: a document's own question has no indirect form."""
    return bool(core.indirect) or "{indirect}" not in frame
