"""A sentence as words with their places, and what all readers of a sentence share.

Not covered: parts of speech; ``lexicon`` knows what a word can be, ``verb_groups`` decides.
"""

import re
from dataclasses import dataclass

from tasks.teacher_generate.extractive.texts import Text

_TOKEN = re.compile(
    r"https?://\S*\w|[ap]\.m\.|(?:[A-Z]\.)+(?=\s|,|$)|[-−+±]?[$€£¥]\s?\d[\d,]*(?:\.\d+)?|[-−]?\d[\d,.:/]*\d\w*(?:[-–]\d[\d,.:]*\w*)*(?:-\w+)*|[-−]?\d\w*(?:[-–]\w+)*"
    r"|\w+(?:[-'’&/.]\w+)*['’]?|\S"
)
_SHORT_NOT = re.compile(
    r"(?P<verb>do|does|did|is|are|was|were|has|have|had|ca|could|wo|would|should|must|need|sha)n['’]t", re.IGNORECASE
)
BOUNDS = re.compile(
    r"(?:up to|at least|at most|no more than|no later than|no longer than|no less than|not more than|more than|less than|"
    r"fewer than)\b",
    re.IGNORECASE,
)
LONG_PREPOSITIONS = re.compile(
    r"(?:in front of|next to|on top of|out of|instead of|because of|due to|according to|on behalf of|as well as)\b", re.I
)


class Refused(Exception):
    """The sentence does not fit the grammar; ``reason`` is a short code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Word:
    text: str
    start: int
    end: int

    @property
    def low(self) -> str:
        return self.text.lower()


def read_words(text: str) -> list[Word]:
    """The tokens of a text with their places."""
    words: list[Word] = []
    for match in _TOKEN.finditer(text):
        if short := _SHORT_NOT.fullmatch(match.group()):  # "can't" is "can" and "not"
            verb, cut = short.group("verb"), match.start() + len(short.group("verb"))
            full = {"ca": "can", "wo": "will", "sha": "shall"}.get(verb.lower(), verb)
            words.append(Word(full.capitalize() if verb[:1].isupper() else full, match.start(), cut))
            words.append(Word("not", cut, match.end()))
        else:
            words.append(Word(match.group(), match.start(), match.end()))
    return words


class Words:
    """A sentence as words with their places."""

    def __init__(self, text: Text, words: list[Word]) -> None:
        self.text, self.words = text, words

    def span(self, first: int, last: int) -> Text:
        """The text of words ``first`` to ``last`` (not included)."""
        if first >= last:
            return Text("", ())
        return self.text.cut(self.words[first].start, self.words[last - 1].end)

    def low(self, index: int) -> str:
        return self.words[index].low if 0 <= index < len(self.words) else ""

    def rest(self, index: int) -> str:
        return self.text.text[self.words[index].start :] if index < len(self.words) else ""
