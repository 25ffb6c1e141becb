"""How well a question and an answer fit the passages (sentences, lines, table rows) of a source.

    Source("A clutch costs $900. A tire costs $80.").fit("How much does a clutch cost?", "$80")  ->  less than 1

Words count by their base form ("built" is "build"), and weigh more the rarer they are among the passages: in a car's manual
"car" says nothing about the place. Everyday words of the same meaning count too, for less ("kids" for "children").

Not covered: a word that no passage has; it is held against none.
"""

import math
import re
from collections import Counter
from functools import cached_property
from typing import NamedTuple

from tasks.critic_filter.answer_types import expected_type, may_hold
from tasks.critic_filter.source_words import SourceWords
from tasks.critic_filter.synonyms import related_words
from tasks.critic_filter.word_forms import (
    CALENDAR,
    LIGHT,
    added_words,
    content_words,
    names_of,
    numbers_of,
    plain,
)

ABOVE, BEFORE = 0.75, 0.2
"""Weight of a word that only the headings above a passage have, and of one that only the sentence before has."""
RELATED, AS_WELL = 0.8, 0.5
"""Share of its weight that a word has where only one of the same meaning stands ("kids" for "children"); the second where the
source uses the word itself elsewhere."""
OVER_ROW, OVER_SENTENCE = 0.7, 0.4
"""Weight of a rival's lead. A sentence may call its subject "it", "the fee" or nothing at all, a table's row less so."""
SENTENCE = 6  # words; a longer answer says part of it in words of its own
LEAST_FIT = 0.85
"""A passage that fits this much of the question better is the one that it asks for."""
_PRONOUN = re.compile(r"(?:It|They|He|She|This|These|Its|Their)\b")


class Term(NamedTuple):
    """A word of a question as it is looked for."""

    word: str
    weight: float
    others: frozenset[str]
    """Words of the source that may say the same."""
    other_weight: float


class Source(SourceWords):
    """A text that must support an answer, at the place that the question asks for."""

    @cached_property
    def spread(self) -> Counter[str]:
        """In how many passages each word stands."""
        return Counter(word for bag in self.bags for word in bag)

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
        place = max(holding, key=lambda number: weights[number])
        mine = weights[place]
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
        lead = (max(rivals) - mine) / sum(term.weight for term in terms)
        return 1.0 - lead * (OVER_ROW if "|" in self.passages[place] else OVER_SENTENCE)

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
