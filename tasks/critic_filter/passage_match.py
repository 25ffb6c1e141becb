"""A source as passages (sentences, lines, table rows), and how well a question and an answer fit them.

    Source("A clutch costs $900. A tire costs $80.").fit("How much does a clutch cost?", "$80")  ->  less than 1

Words count by their base form ("built" is "build"), and weigh more the rarer they are among the passages: in a car's manual
"car" says nothing about the place. Everyday words of the same meaning count too, for less ("kids" for "children").

Not covered: other synonyms; a word that no passage has is not held against any.
"""

import math
import re
from collections import Counter
from functools import cached_property
from typing import NamedTuple

from tasks.critic_filter.answer_types import expected_type, may_hold
from tasks.critic_filter.quantities import has_limit
from tasks.critic_filter.quotations import Wording
from tasks.critic_filter.source_passages import find_title, split_passages
from tasks.critic_filter.synonyms import related_words
from tasks.critic_filter.word_forms import (
    NUMBER_BASES,
    WORD,
    added_words,
    base_form,
    content_words,
    loose_numbers_of,
    names_of,
    numbers_of,
    other_forms,
    plain,
)
from tasks.critic_filter.word_lists import ASKED_MEASURES, CALENDAR_WORDS, LIGHT_WORDS, STOP_WORDS

ABOVE = 0.75
"""Weight of a word that stands in the headings above a passage only."""
RELATED = 0.8
"""Share of its weight that a word has where only one of the same meaning stands: "kids" for "children"."""
AS_WELL = 0.5
"""The same where the source uses the word itself elsewhere."""
BEFORE = 0.2
"""Weight of a word that only the sentence before has."""
SENTENCE = 6
"""Words. A longer answer says part of it in words of its own."""
CALENDAR = frozenset(map(base_form, CALENDAR_WORDS))
LIGHT = frozenset(map(base_form, LIGHT_WORDS))
PERIODS = frozenset(map(base_form, ("day", "week", "month", "year")))
"""A fee of so much "a year" is an "annual" one."""
LEAST_FIT = 0.85
"""A passage that fits this much of the question better is the one that it asks for."""
MEASURES = {base_form(asked): base_form(said) for asked, said in ASKED_MEASURES.items()}
_PRONOUN = re.compile(r"(?:It|They|He|She|This|These|Its|Their)\b")


class Term(NamedTuple):
    """A word of a question as it is looked for."""

    word: str
    weight: float
    others: frozenset[str]
    """Words of the source that may say the same."""
    other_weight: float


class Source:
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

    @cached_property
    def spread(self) -> Counter[str]:
        """In how many passages each word stands."""
        return Counter(word for bag in self.bags for word in bag)

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
        found = sum(self._has(word) if literal and word not in PERIODS else self._says(word) for word in added)
        return found / len(added) if added else 1.0

    def missing_numbers(self, text: str, named: bool = False) -> list[str]:
        """Numbers of the text that the source does not have; those inside names are names' business.

        Args:
            named: Whether a number after a name ("Windows 10") is part of it: a question may name the document's topic.
        """
        return [number for number in loose_numbers_of(text, named) if number not in self.numbers]

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
        known = self.words | set(content_words(question))
        names = [match for match in WORD.finditer(answer) if match.start() > 0 and match.group()[0].isupper()]
        names = [match for match in names if answer[: match.start()].rstrip()[-1:] not in ".!?:"]
        return [m.group() for m in names if not set(content_words(m.group())) <= known and m.group().lower() not in STOP_WORDS]

    def fit(self, question: str, answer: str) -> float:
        """1.0 where a passage with the answer fits the question best; less by the share of the question that another fits better.

        Who asks in words of his own leaves little to compare: where no passage has most of them, a small lead says nothing.
        """
        asked = self._asked_words(question) - self.everywhere
        holding = self._passages_with(question, answer)
        if not holding or len(self.bags) < 2:
            return 1.0
        if not asked:
            return self._fit_definition(question, holding)
        answered = set(content_words(answer)) | set(numbers_of(answer))
        # "On Monday" and "lesson 1" are no names: a sentence that does not say them speaks of another day
        names = {word for word in content_words(" ".join(names_of(question))) if word not in CALENDAR and not word.isdigit()}
        terms = [self._term(word) for word in asked]
        weights = [self._weigh(terms, names, number) for number in range(len(self.bags))]
        best = max(weights)
        mine = max(weights[number] for number in holding)
        if best <= 0 or mine >= best - 1e-9:
            return 1.0
        wanted = expected_type(question)  # "Slice the cake" is no rival where the question asks how long
        rivals = [
            weight
            for n, weight in enumerate(weights)
            if weight > mine + 1e-9 and not answered <= self.bags[n] and may_hold(wanted, self.passages[n])
        ]
        if not rivals:
            return 1.0
        return 1.0 - (max(rivals) - mine) / sum(term.weight for term in terms)

    def _asked_words(self, question: str) -> set[str]:
        """The words and numbers of a question; "how far" is looked for as "distance" where only that stands in the source."""
        words = set(content_words(question)) | set(loose_numbers_of(question))
        return {self._as_said(word) for word in words}

    def _as_said(self, word: str) -> str:
        if word in self.words:
            return word
        other = MEASURES.get(word) or word.removesuffix(".")  # "the second lesson" has the number 2
        return other if other in self.words else word

    def _term(self, word: str) -> Term:
        """The word with its weight, and the words of the source that may say the same, with theirs."""
        others = (related_words(word) & self.words) - self.everywhere
        weight = self._weight(word)
        if not others:
            return Term(word, weight, others, 0.0)
        often = sum(self.spread[other] for other in others)
        other_weight = math.log(1 + len(self.bags) / often) if often else 1.0
        return Term(word, weight, others, AS_WELL * min(weight, other_weight) if word in self.words else RELATED * other_weight)

    def _weigh(self, terms: list[Term], names: set[str], number: int) -> float:
        """How much of the question a passage speaks of; its headings, and what its pronoun stands for, count less.

        A sentence on "the body" or "it" may speak of what was named before, so names from earlier sentences, and those that the
        source has in several places, count nearly whole.
        """
        bag, above = self.bags[number], self.sections[number]
        row = "|" in self.passages[number]
        pronoun = number and not row and _PRONOUN.match(self.passages[number])
        before = self.bags[number - 1] if number and not row else set()
        total = 0.0
        for term in terms:
            word = term.word
            if word in bag:
                total += term.weight
            elif not row and word in names and self._named_before(word, number):
                total += 0.9 * term.weight
            elif word in above or (pronoun and word in before):
                total += ABOVE * term.weight
            elif not term.others.isdisjoint(bag):
                total += term.other_weight
            elif not term.others.isdisjoint(above):
                total += ABOVE * term.other_weight
            elif word in before:
                total += BEFORE * term.weight
        return total

    def _named_before(self, word: str, number: int) -> bool:
        if self.spread[word] == 1 and any(character.isdigit() for character in word):
            return False  # "E10" is named where it is explained, and nowhere meant by "it"
        return self.spread[word] > 1 or any(word in bag for bag in self.bags[:number])

    def _fit_definition(self, question: str, holding: list[int]) -> float:
        """ "What is the X?", all of whose words are the title's: the answer must stand where the text says "X is"."""
        match = re.search(r"\b(?:what|who) (?:(?:is|are|was|were) )?(?P<thing>.+?)(?: (?:is|are|was|were))?$", plain(question))
        if match is None:
            return 1.0
        says = re.compile(
            rf"^(?:(?:the|a|an) )?{re.escape(re.sub(r'^(?:the|a|an) ', '', match.group('thing')))} (?:is|are|was|were)\b"
        )
        defining = [n for n, passage in enumerate(self.passages) if says.search(plain(passage))]
        return 1.0 if not defining or set(defining) & set(holding) else 0.0

    def _weight(self, word: str) -> float:
        return math.log(1 + len(self.bags) / self.spread[word]) if self.spread[word] else 1.0

    def holds_together(self, question: str, answer: str) -> bool:
        """Whether one passage (or two neighbours) has all that a short answer adds to its question."""
        added = added_words(question, answer) - self.everywhere
        if len(added) > 12 or not self.bags or f" {plain(answer)} " in f" {self.plain} ":
            return True
        pairs = [one | other for one, other in zip(self.bags, [*self.bags[1:], set()], strict=True)]
        numbers = set(numbers_of(answer)) - set(numbers_of(question))
        needed = 0.65 if len(answer.split()) <= SENTENCE else 0.5
        added -= LIGHT
        related = {word: related_words(word) & self.words for word in added}
        listed = "," in answer or len(answer.split()) > SENTENCE  # "12 cents, or 20 cents for an e-bike"
        return any(numbers <= bag for bag in (pairs if listed else self.bags)) and any(
            sum(word in bag or word.removesuffix(".") in bag or not related[word].isdisjoint(bag) for word in added)
            >= needed * len(added)
            for bag in pairs
        )

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
