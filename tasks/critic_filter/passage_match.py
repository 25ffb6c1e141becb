"""A source as passages (sentences, lines, table rows), and how well a question and an answer fit them.

    Source("A clutch costs $900. A tire costs $80.").fit("How much does a clutch cost?", "$80")  ->  less than 1

Words count by their base form ("built" is "build"), and weigh more the rarer they are among the passages: in a car's manual "car"
says nothing about the place.

Not covered: synonyms; a word that no passage has is not held against any.
"""

import math
import re
from collections import Counter
from functools import lru_cache

from lemminflect import getAllLemmas

_WORD = re.compile(r"[^\W_]+(?:[-'’&/.][^\W_]+)*")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_STOP = set(
    """a an the and or but if of in on at by for from to with without within under over into onto about as than then that this these
    those it its is are was were be been being am do does did have has had can could may might must shall should will would not no
    what which who whom whose when where why how many much often long soon kind sort type thing there their they them he she his her
    you your we our us i me my please tell know like say also only up out per each any all some such so just due one ones way mean
    call called name get give given take use used need needs many place happen between according usual usually""".split()
)
_NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
        "nineteen twenty".split()
    )
} | {"thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "ninety": "90"}
_ROW_RULE = re.compile(r"\s*\|?[\s:|-]+\|?\s*$")


@lru_cache(maxsize=50_000)
def base_form(word: str) -> str:
    """The base form of a word in small letters: "built" -> "build", "doors" -> "door"."""
    low = word.lower().replace("’", "'").removesuffix("'s").rstrip("'.")
    known = getAllLemmas(low) or {}
    for kind in ("VERB", "NOUN", "ADJ", "ADV"):
        if known.get(kind):
            return min(known[kind], key=lambda base: ("-" in base, len(base), base))
    return low.removesuffix("s") if len(low) > 4 and low.endswith("s") and not low.endswith("ss") else low


def plain(text: str) -> str:
    """Letters and digits in small letters, single spaces."""
    return " ".join(word.lower() for word in re.findall(r"[^\W_]+", text))


def content_words(text: str) -> list[str]:
    """The base forms of the words that carry meaning; numbers as digits."""
    words: list[str] = []
    for word in _WORD.findall(text):
        low = word.lower()
        if low in _STOP and not low.isdigit():
            continue
        words += [base_form(part) for part in re.split(r"[-/]", word) if part and part.lower() not in _STOP]
    return words


def numbers_of(text: str) -> list[str]:
    """The numbers in a text, in digits, thousands separators removed."""
    found = [_plain_number(match.group()) for match in _NUMBER.finditer(text)]
    # "one" is more often a pronoun than a number.
    return found + [_NUMBERS[word] for word in re.findall(r"[a-z]+", text.lower()) if word in _NUMBERS and word not in ("one", "zero")]


def _plain_number(number: str) -> str:
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", number):
        number = number.replace(",", "")
    number = number.replace(",", ".")
    return number.rstrip("0").rstrip(".") if "." in number else (number.lstrip("0") or "0")


_POINTING = re.compile(
    r"\b(?:the|this|that|above|following|given|provided)\s+(?:above|below|following|document|passage|text|context|paragraph|excerpt|"
    r"article|table|section|sentence|chapter|statement|snippet|list)s?\b|\bmentioned (?:above|below|here)\b|\baccording to the author\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"\b(?:it|its|they|them|their|he|him|his|she|her|this|these|those)\b", re.IGNORECASE)
_EMPTY_IT = re.compile(r"\bit\s+(?:cost|costs|take|takes|is|was|be|necessary|possible|required|mean|means|allowed)\b", re.IGNORECASE)


def find_dangling(question: str) -> str | None:
    """The word that points to something outside of the question ("it", "the passage"), or None."""
    if match := _POINTING.search(question):
        return match.group()
    for match in _PRONOUN.finditer(question):
        before = question[: match.start()]
        named = len([word for word in _WORD.findall(before) if word.lower() not in _STOP and len(word) > 2]) >= 1
        empty = match.group().lower() == "it" and (
            _EMPTY_IT.match(question, match.start()) or re.search(r"\b(?:does|is|was|will|would|did|can)\s+$", before.lower())
        )
        noun_follows = match.group().lower() in ("this", "these", "those") and False
        if empty and re.search(r"\bto\b|\bthat\b", question[match.end() :]):
            continue
        if not named and not noun_follows:
            return match.group()
    return None


class Source:
    """A text that must support an answer."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.headings, self.passages = split_passages(text)
        self.everywhere = set(content_words(" ".join(self.headings)))
        self.bags = [set(content_words(passage)) | set(numbers_of(passage)) for passage in self.passages]
        self.words = self.everywhere.union(*self.bags) if self.bags else set(self.everywhere)
        self.numbers = set(numbers_of(text))
        self.plain = plain(text)
        self.spread = Counter(word for bag in self.bags for word in bag)

    def support(self, text: str) -> float:
        """Share of the text's words that stand in the source; 1.0 for a text without any."""
        if plain(text) and f" {plain(text)} " in f" {self.plain} ":
            return 1.0
        words = [word for word in content_words(text) if not word.isdigit()]
        return sum(word in self.words for word in words) / len(words) if words else 1.0

    def missing_numbers(self, text: str) -> list[str]:
        return [number for number in numbers_of(text) if number not in self.numbers]

    def missing_names(self, text: str) -> list[str]:
        """Capitalised words inside the text (not its first) that the source does not have."""
        names = [match for match in _WORD.finditer(text) if match.start() > 0 and match.group()[0].isupper()]
        names = [match for match in names if text[: match.start()].rstrip()[-1:] not in ".!?:"]
        return [m.group() for m in names if not set(content_words(m.group())) <= self.words and m.group().lower() not in _STOP]

    def wrong_unit(self, text: str) -> str | None:
        """A number of the text with a unit or currency that the source does not have near that number."""
        for match in re.finditer(r"(?P<money>[$€£¥])?\s?(?P<number>\d+(?:[.,:]\d+)*)(?:\s?(?P<unit>%|°\s?\w|[^\W\d_]+))?", text):
            number, unit, money = match.group("number"), match.group("unit"), match.group("money")
            if money and not re.search(rf"{re.escape(money)}\s?{re.escape(number)}|{re.escape(number)}\s?{re.escape(money)}", self.text):
                if money in self.text or not re.search(r"\b(?:dollars?|usd|euros?|eur|gbp|chf)\b", self.text, re.IGNORECASE):
                    return match.group().strip()
            if unit and unit.lower() not in _STOP and unit not in self.text and base_form(unit) not in self.words:
                return match.group().strip()
        return None

    def fit(self, question: str, answer: str) -> float:
        """1.0 where a passage with the answer fits the question best, else its share of the best passage's weight."""
        asked = set(content_words(question)) | set(numbers_of(question))
        asked -= self.everywhere
        holding = self._passages_with(answer)
        if not holding or not asked or len(self.bags) < 2:
            return 1.0
        answered = set(content_words(answer)) | set(numbers_of(answer))
        weights = [sum(self._weight(word) for word in asked & bag) for bag in self.bags]
        # A sentence that starts with a pronoun speaks of what the one before it spoke of.
        for number in range(1, len(weights)):
            if re.match(r"(?:It|They|He|She|This|These|Its|Their)\b", self.passages[number]):
                carried = asked & self.bags[number - 1] - self.bags[number]
                weights[number] += 0.5 * sum(self._weight(word) for word in carried)
        best = max(weights)
        mine = max(weights[number] for number in holding)
        if best <= 0 or mine >= best - 1e-9:
            return 1.0
        rivals = [n for n, weight in enumerate(weights) if weight > mine + 1e-9 and not answered <= self.bags[n]]
        return 1.0 if not rivals else mine / best

    def _weight(self, word: str) -> float:
        return math.log(1 + len(self.bags) / self.spread[word]) if self.spread[word] else 0.0

    def holds_together(self, answer: str) -> bool:
        """Whether one passage (or two neighbours) has all words and numbers of a short answer: not one from here, one from there."""
        words = (set(content_words(answer)) | set(numbers_of(answer))) - self.everywhere
        if len(words) > 12 or not self.bags or f" {plain(answer)} " in f" {self.plain} ":
            return True
        pairs = [one | other for one, other in zip(self.bags, [*self.bags[1:], set()], strict=True)]
        numbers = set(numbers_of(answer))
        return any(numbers <= bag for bag in self.bags) and any(len(words & bag) >= 0.75 * len(words) for bag in pairs)

    def _passages_with(self, answer: str) -> list[int]:
        """The passages that hold the answer as it stands, else those that hold most of its words."""
        literal = plain(answer)
        found = [n for n, passage in enumerate(self.passages) if f" {literal} " in f" {plain(passage)} "]
        if found:
            return found
        words = (set(content_words(answer)) | set(numbers_of(answer))) - self.everywhere
        shares = [len(words & bag) / len(words) if words else 0.0 for bag in self.bags]
        top = max(shares, default=0.0)
        return [n for n, share in enumerate(shares) if share >= max(0.5, top - 1e-9)]


def split_passages(text: str) -> tuple[list[str], list[str]]:
    """(headings, passages): sentences of prose, list items, table rows with nothing of their neighbours."""
    headings: list[str] = []
    passages: list[str] = []
    prose: list[str] = []

    def close() -> None:
        joined = " ".join(prose)
        passages.extend(part for part in re.split(r"(?<=[.!?])(?<!\b[A-Z]\.)(?<![ap]\.m\.)\s+(?=[\"“(]?[A-Z0-9])", joined) if part)
        prose.clear()

    lines = text.split("\n")
    for number, line in enumerate(lines):
        bare = line.strip()
        following = lines[number + 1].strip() if number + 1 < len(lines) else ""
        if not bare or bare.startswith("#"):
            close()
            if bare:
                headings.append(bare.lstrip("# "))
        elif bare.startswith("|") or bare.count("|") >= 2 or _is_rule(following):
            close()
            if _is_rule(following):
                headings.append(bare.replace("|", " "))
            elif not _is_rule(bare):
                passages.append(bare)
        elif _is_rule(bare):
            close()
        elif re.match(r"(?:[-*+]|\d+[.)])\s", bare):
            close()
            prose.append(re.sub(r"^(?:[-*+]|\d+[.)])\s+", "", bare))
        else:
            if prose and len(prose[-1]) < 60 and re.match(r"[A-Z]", bare) and re.search(r"[.:!?\d]$|:\s", prose[-1]):
                close()
            prose.append(bare)
    close()
    return headings, passages


def _is_rule(line: str) -> bool:
    return "|" in line and "-" in line and bool(_ROW_RULE.match(line))
