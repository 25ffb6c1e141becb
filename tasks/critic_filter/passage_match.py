"""A source as passages (sentences, lines, table rows), and how well a question and an answer fit them.

    Source("A clutch costs $900. A tire costs $80.").fit("How much does a clutch cost?", "$80")  ->  less than 1

Words count by their base form ("built" is "build"), and weigh more the rarer they are among the passages: in a car's manual
"car" says nothing about the place.

Not covered: synonyms; a word that no passage has is not held against any.
"""

import math
import re
from collections import Counter
from functools import lru_cache

from lemminflect import getAllLemmas

from tasks.critic_filter.word_lists import NUMBER_WORDS, STOP_WORDS

_WORD = re.compile(r"[^\W_]+(?:[-'’&/.][^\W_]+)*")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_NAME_WITH_NUMBER = re.compile(r"\b(?:[A-Za-z]+[-]?\d[\w-]*)\b")
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
        if low in STOP_WORDS and not low.isdigit():
            continue
        words += [base_form(part) for part in re.split(r"[-/]", word) if part and part.lower() not in STOP_WORDS]
    return words


def numbers_of(text: str) -> list[str]:
    """The numbers in a text, in digits, thousands separators removed."""
    found = [_plain_number(match.group()) for match in _NUMBER.finditer(text)]
    # "one" is more often a pronoun than a number.
    return found + [
        NUMBER_WORDS[word] for word in re.findall(r"[a-z]+", text.lower()) if word in NUMBER_WORDS and word not in ("one", "zero")
    ]


def _plain_number(number: str) -> str:
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", number):
        number = number.replace(",", "")
    number = number.replace(",", ".")
    return number.rstrip("0").rstrip(".") if "." in number else (number.lstrip("0") or "0")


_POINTING = re.compile(
    r"\b(?:the|this|that|above|following|given|provided)\s+(?:above|below|following|document|passage|text|context|paragraph|"
    r"excerpt|article|table|section|sentence|chapter|statement|snippet|list)s?\b"
    r"|\bmentioned (?:above|below|here)\b|\baccording to the author\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"\b(?:it|its|they|them|their|he|him|his|she|her|this|these|those)\b", re.IGNORECASE)
_EMPTY_IT = re.compile(
    r"\bit\s+(?:cost|costs|take|takes|is|was|be|necessary|possible|required|mean|means|allowed)\b", re.IGNORECASE
)


def find_dangling(question: str) -> str | None:
    """The word that points to something outside of the question ("it", "the passage"), or None."""
    if match := _POINTING.search(question):
        return match.group()
    for match in _PRONOUN.finditer(question):
        before = question[: match.start()]
        named = len([word for word in _WORD.findall(before) if word.lower() not in STOP_WORDS and len(word) > 2]) >= 1
        empty = match.group().lower() == "it" and (
            _EMPTY_IT.match(question, match.start()) or re.search(r"\b(?:does|is|was|will|would|did|can)\s+$", before.lower())
        )
        if empty and re.search(r"\bto\b|\bthat\b", question[match.end() :]):
            continue
        if not named:
            return match.group()
    return None


class Source:
    """A text that must support an answer."""

    def __init__(self, text: str) -> None:
        self.text = text
        found = split_passages(text)
        self.passages = [passage for _, passage in found]
        title = next((name for name, _ in found if name), "")
        self.everywhere = set(content_words(title.split("\n")[0]))
        """Words of the title: they say nothing about the place."""
        self.bags = [set(content_words(passage)) | set(numbers_of(passage)) for passage in self.passages]
        self.sections = [set(content_words(above)) for above, _ in found]
        self.words = self.everywhere.union(*self.bags, *self.sections)
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
        """Numbers of the text that the source does not have; those inside names ("DMC-12", "F2") are names' business."""
        return [number for number in numbers_of(_NAME_WITH_NUMBER.sub(" ", text)) if number not in self.numbers]

    def question_support(self, question: str) -> float:
        """Share of the question's ordinary words that stand in the source: a name may be the document's topic, said elsewhere."""
        ordinary = " ".join(word for word in question.split() if word not in _names_of(question))
        return max(self.support(ordinary[:1].lower() + ordinary[1:]), self.support(question))

    def missing_names(self, text: str) -> list[str]:
        """Capitalised words inside the text (not its first) that the source does not have."""
        names = [match for match in _WORD.finditer(text) if match.start() > 0 and match.group()[0].isupper()]
        names = [match for match in names if text[: match.start()].rstrip()[-1:] not in ".!?:"]
        return [
            m.group() for m in names if not set(content_words(m.group())) <= self.words and m.group().lower() not in STOP_WORDS
        ]

    def wrong_unit(self, text: str) -> str | None:
        """A number of the text with a unit or currency that the source does not have near that number."""
        for match in re.finditer(r"(?P<money>[$€£¥])?\s?(?P<number>\d+(?:[.,:]\d+)*)(?:\s?(?P<unit>%|°\s?\w|[^\W\d_]+))?", text):
            number, unit, money = match.group("number"), match.group("unit"), match.group("money")
            sign, amount = re.escape(money or ""), re.escape(number)
            named = not money or re.search(rf"{sign}\s?{amount}|{amount}\s?{sign}", self.text)
            in_words = re.search(r"\b(?:dollars?|usd|euros?|eur|gbp|chf)\b", self.text, re.IGNORECASE)
            if money and not named and (money in self.text or not in_words):
                return match.group().strip()
            if unit and unit.lower() not in STOP_WORDS and unit not in self.text and base_form(unit) not in self.words:
                return match.group().strip()
        return None

    def fit(self, question: str, answer: str) -> float:
        """1.0 where a passage with the answer fits the question best, else its share of the best passage's weight."""
        asked = (set(content_words(question)) | set(numbers_of(question))) - self.everywhere
        holding = self._passages_with(answer)
        if not holding or len(self.bags) < 2:
            return 1.0
        if not asked:
            return self._fit_definition(question, holding)
        answered = set(content_words(answer)) | set(numbers_of(answer))
        names = set(content_words(" ".join(_names_of(question))))
        weights = [self._weigh(asked, names, number) for number in range(len(self.bags))]
        best = max(weights)
        mine = max(weights[number] for number in holding)
        if best <= 0 or mine >= best - 1e-9:
            return 1.0
        rivals = [n for n, weight in enumerate(weights) if weight > mine + 1e-9 and not answered <= self.bags[n]]
        return 1.0 if not rivals else mine / best

    def _weigh(self, asked: set[str], names: set[str], number: int) -> float:
        """How much of the question a passage speaks of; its headings, and what its pronoun stands for, count half.

        A sentence on "the body" or "it" may speak of what was named before, so names from earlier sentences count nearly whole.
        """
        bag = self.bags[number]
        weight = sum(self._weight(word) for word in asked & bag)
        if re.match(r"(?:It|They|He|She|This|These|Its|Their|The|Each|An?)\b", self.passages[number]):
            earlier = set().union(*self.bags[:number])
            weight += 0.9 * sum(self._weight(word) for word in (asked & names & earlier) - bag)
            asked = asked - (names & earlier)
        around = set(self.sections[number])
        if number and re.match(r"(?:It|They|He|She|This|These|Its|Their)\b", self.passages[number]):
            around |= self.bags[number - 1]
        return weight + 0.5 * sum(self._weight(word) for word in (asked & around) - bag)

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

    def holds_together(self, answer: str) -> bool:
        """Whether one passage (or two neighbours) has all words and numbers of a short answer."""
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


def _names_of(question: str) -> list[str]:
    """The words of a question that are written large or hold a digit, its first word aside."""
    return [word for word in question.split()[1:] if any(c.isupper() or c.isdigit() for c in word)]


_SENTENCE = re.compile(
    r"(?<=[.!?])(?<!\b[A-Z]\.)(?<![ap]\.m\.)(?<!\bDr\.)(?<!\bMr\.)(?<!\bMrs\.)(?<!\bProf\.)(?<!\bSt\.)(?<!\bNo\.)"
    r"\s+(?=[\"“(]?[A-Z0-9])"
)


def split_passages(text: str) -> list[tuple[str, str]]:
    """(headings above, passage): sentences of prose, list items, table rows, and each cell with its row's and column's name."""
    found: list[tuple[str, str]] = []
    headings: dict[int, str] = {}
    header: list[str] = []
    prose: list[str] = []

    def close() -> None:
        above = "\n".join(name for _, name in sorted(headings.items()))
        found.extend((above, part) for part in _SENTENCE.split(" ".join(prose)) if part)
        prose.clear()

    lines = [line.strip() for line in text.split("\n")]
    for bare, following in zip(lines, [*lines[1:], ""], strict=True):
        row = bare.startswith("|") or bare.count("|") >= 2 or _is_rule(following)
        if not bare or bare.startswith("#") or row:
            close()
        if not row:
            header = []
        if bare.startswith("#"):
            level = len(bare) - len(bare.lstrip("#"))
            headings = {key: name for key, name in headings.items() if key < level} | {level: bare.lstrip("# ")}
        elif row:
            cells = [cell.strip() for cell in bare.strip("|").split("|")]
            if _is_rule(following):
                header = cells
            elif not _is_rule(bare):
                above = "\n".join(name for _, name in sorted(headings.items()))
                found.append((above, " | ".join(cells)))
                found += [(above, " | ".join((cells[0], *pair))) for pair in zip(header[1:], cells[1:], strict=False)]
        elif re.match(r"(?:[-*+]|\d+[.)])\s", bare):
            close()
            prose.append(re.sub(r"^(?:[-*+]|\d+[.)])\s+", "", bare))
        elif bare:
            if prose and len(prose[-1]) < 60 and re.match(r"[A-Z]", bare) and re.search(r"[.:!?\d]$|:\s", prose[-1]):
                close()
            prose.append(bare)
    close()
    return found


def _is_rule(line: str) -> bool:
    return "|" in line and "-" in line and bool(_ROW_RULE.match(line))
