"""What a source says: its passages, words, numbers and names, and whether a text says anything else.

    SourceWords("A clutch costs $900. A tire costs $80.").missing_numbers("$950")   ->  ["950"]

Words count by their base form ("built" is "build"); everyday words of the same meaning count as well ("kids" for "children").
Part of ``critic_filter``. Where in the source a pair belongs is told by ``passage_match``.

Not covered: other synonyms.
"""

import re
from functools import cached_property

from tasks.critic_filter.quantities import has_limit
from tasks.critic_filter.quotations import Wording
from tasks.critic_filter.source_passages import find_title, split_passages
from tasks.critic_filter.synonyms import related_words
from tasks.critic_filter.word_forms import (
    CALENDAR,
    LIGHT,
    MEASURES,
    NUMBER_BASES,
    PERIODS,
    WORD,
    added_words,
    content_words,
    loose_numbers_of,
    names_of,
    numbers_of,
    other_forms,
    plain,
)
from tasks.critic_filter.word_lists import STOP_WORDS

_ORDINAL = re.compile(r"\b(\d+)(?:st|nd|rd|th)\b")


class SourceWords:
    """A text that must support an answer."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._found, self._rows = split_passages(text)

    # What only some questions need is made when it is needed: the base forms cost most.
    @cached_property
    def wording(self) -> Wording:
        """The text word by word, for questions that quote it."""
        return Wording(self.text, self._found, self._rows)

    @cached_property
    def passages(self) -> list[str]:
        return [passage.text for passage in self._found]

    @cached_property
    def everywhere(self) -> set[str]:
        """Words of the title: they say nothing about the place."""
        return set(content_words(find_title(self.text)))

    @cached_property
    def bags(self) -> list[set[str]]:
        """The words and numbers of each passage."""
        said = [f"{passage.asked} {passage.text}" for passage in self._found]
        return [{*content_words(one), *numbers_of(one), *other_forms(one)} for one in said]

    @cached_property
    def sections(self) -> list[set[str]]:
        """The words above each passage."""
        words = {above: set(content_words(above)) for above in {passage.above for passage in self._found}}
        return [words[passage.above] for passage in self._found]

    @cached_property
    def words(self) -> set[str]:
        return self.everywhere.union(*self.bags, *self.sections)

    @cached_property
    def numbers(self) -> set[str]:
        return {*numbers_of(self.text), *other_forms(self.text)}

    @cached_property
    def plain(self) -> str:
        return plain(self.text)

    def support(self, text: str) -> float:
        """Share of the text's words that stand in the source; 1.0 for a text without any."""
        if plain(text) and f" {plain(text)} " in f" {self.plain} ":
            return 1.0
        words = [word for word in content_words(text) if not word.isdigit()]
        return sum(self._says(word) for word in words) / len(words) if words else 1.0

    def _says(self, word: str) -> bool:
        """Whether the word or one of the same meaning stands in the source."""
        return self._has(word) or not related_words(word).isdisjoint(self.words)

    def _has(self, word: str) -> bool:
        """Whether the word stands in the source, or a number in another form."""
        return word in self.words or (NUMBER_BASES.get(word) or word.removesuffix(".")) in self.numbers

    def answer_support(self, question: str, answer: str, literal: bool = False) -> float:
        """Share of what the answer adds to the question that stands in the source, numbers too; 1.0 where it adds nothing.

        "The chapel is on the fourth floor" repeats the question to be a whole sentence; only "fourth floor" needs support.
        """
        if plain(answer) and f" {plain(answer)} " in f" {self.plain} ":
            return 1.0
        added = added_words(question, answer)
        added = {word for word in added if word in self.words or word not in LIGHT} or added
        found = sum(self._has_name(word) if literal and word not in PERIODS else self._says(word) for word in added)
        return found / len(added) if added else 1.0

    def missing_numbers(self, text: str, named: bool = False) -> list[str]:
        """Numbers of the text that the source does not have; those inside names are names' business.

        Args:
            named: Whether a number after a name ("Windows 10") is part of it: a question may name the document's topic.
        """
        missing = [number for number in loose_numbers_of(text, named) if number not in self.numbers]
        return missing + [number for number in _ORDINAL.findall(text) if not self._has(f"{number}.")]

    def missing_amounts(self, question: str, answer: str) -> list[str]:
        """Numbers of the question that the source does not have.

        "Can a ten-year-old come alone?" is a case of "children under 12": where the answer stands with a limit, a number of the
        question may be any.
        """
        missing = self.missing_numbers(question, named=True)
        if not missing:
            return []
        limits = any(has_limit(self.passages[number]) for number in self._passages_with(question, answer))
        return [] if limits else missing

    def question_support(self, question: str) -> float:
        """Share of the question's ordinary words that stand in the source: a name may be the document's topic, said elsewhere."""
        ordinary = " ".join(word for word in question.split() if word not in names_of(question))
        ordinary = " ".join(self._asked_words(ordinary)) or ordinary
        return max(self.support(ordinary[:1].lower() + ordinary[1:]), self.support(question))

    def missing_names(self, question: str, answer: str) -> list[str]:
        """Capitalised words inside the answer (not its first) that neither the source nor the question has."""
        asked = set(content_words(question))
        names = [match for match in WORD.finditer(answer) if match.start() > 0 and match.group()[0].isupper()]
        names = [match for match in names if answer[: match.start()].rstrip()[-1:] not in ".!?:"]
        named = [m.group() for m in names if m.group().lower() not in STOP_WORDS]
        return [name for name in named if not all(word in asked or self._has_name(word) for word in content_words(name))]

    def _has_name(self, word: str) -> bool:
        """Whether the word stands in the source; of a day or month its short form, or "weekend", will do."""
        return self._has(word) or (word in CALENDAR and self._says(word))

    def _asked_words(self, question: str) -> set[str]:
        """The words and numbers of a question; "how far" is looked for as "distance" where only that stands in the source."""
        words = set(content_words(question)) | set(loose_numbers_of(question))
        return {self._as_said(word) for word in words}

    def _as_said(self, word: str) -> str:
        if word in self.words:
            return word
        other = MEASURES.get(word) or word.removesuffix(".")  # "the second lesson" has the number 2
        return other if other in self.words else word

    def _passages_with(self, question: str, answer: str) -> list[int]:
        """The passages that hold the answer as it stands, else those that hold most of what it adds to the question."""
        literal = plain(answer)
        found = [n for n, passage in enumerate(self.passages) if f" {literal} " in f" {plain(passage)} "]
        if found:
            return found
        added = added_words(question, answer) - self.everywhere
        shares = [len(added & bag) / len(added) if added else 0.0 for bag in self.bags]
        top = max(shares, default=0.0)
        return [n for n, share in enumerate(shares) if share >= max(0.5, top - 1e-9)]
