"""Who speaks and who is spoken to, turned round: a document says "we" and "you", whoever asks says "you" and "I".

    "What do we charge if you lose your key?"   ->  "What do you charge if I lose my key?"
    "How old do you need to be?"                ->  "How old do I need to be?"

Not covered: "I" as the document's writer: a diary's writer is nobody that one could ask.
"""

import re

from tasks.teacher_generate.extractive.facts import Core, Fact
from tasks.teacher_generate.extractive.lexicon import verb_forms
from tasks.teacher_generate.extractive.word_lists import ADVERBS, AUXILIARIES, PREPOSITIONS, SUBORDINATORS

_WORD = re.compile(r"[\w’'-]+|[^\w\s]")
_SPEAKER = re.compile(r"\b(?:we|us|our|ours|ourselves)\b", re.IGNORECASE)
_READER = re.compile(r"\b(?:you|your|yours|yourself)\b", re.IGNORECASE)
_SPOKEN = {"we": "you", "us": "you", "our": "your", "ours": "yours", "ourselves": "yourselves"}
_READ = {"your": "my", "yours": "mine", "yourself": "myself"}
_WITH_I = {"are": "am", "were": "was"}


def turn_round(fact: Fact) -> Fact:
    """The fact as a reader would ask for it.

    A question with "we" is turned round; one with "you" alone is asked both ways, since people say "you" for anybody.
    """
    if any(_SPEAKER.search(core.direct) for core in fact.cores):
        return _with_cores(fact, [_turn(core) for core in fact.cores])
    if any(_READER.search(core.direct) for core in fact.cores):
        both = [version for core in fact.cores for version in (core, _turn(core))]
        return _with_cores(fact, both)
    return fact


def _with_cores(fact: Fact, cores: list[Core]) -> Fact:
    return Fact(fact.pattern, fact.answer, tuple({core.direct: core for core in cores}.values()), fact.statement, fact.headings)


def _turn(core: Core) -> Core:
    return Core(turn_text(core.direct), turn_text(core.indirect), core.reserved)


def turn_text(text: str) -> str:
    """A question with "we" as "you" and "you" as "I"."""
    words = [(match.group(), match.start(), match.end()) for match in _WORD.finditer(text)]
    lows = [word.lower() for word, _, _ in words]
    turned = list(lows)
    for number, low in enumerate(lows):
        if low in _SPOKEN:
            turned[number] = _SPOKEN[low]
        elif low in _READ:
            turned[number] = _READ[low]
        elif low == "you":
            turned[number] = "I" if _is_subject(lows, number) else "me"
            for beside in (number - 1, number + 1):
                if turned[number] == "I" and 0 <= beside < len(lows) and lows[beside] in _WITH_I:
                    turned[beside] = _WITH_I[lows[beside]]
    parts, end = [], 0
    for (word, start, stop), low, new in zip(words, lows, turned, strict=True):
        parts += [text[end:start], word if new == low else (new.capitalize() if word[:1].isupper() else new)]
        end = stop
    return "".join([*parts, text[end:]])


def _is_subject(lows: list[str], number: int) -> bool:
    """Whether the "you" at this place does something: a verb follows, or an auxiliary stands before it."""
    before = lows[number - 1] if number else ""
    after = lows[number + 1] if number + 1 < len(lows) else ""
    if before in AUXILIARIES | SUBORDINATORS | {"", ",", "that", "before", "after", "until"}:
        return bool(after) and after not in PREPOSITIONS | {",", "."}
    acts = after in AUXILIARIES | ADVERBS or bool(verb_forms(after) & {"VB", "VBD"})
    return acts and before not in PREPOSITIONS and after not in PREPOSITIONS
