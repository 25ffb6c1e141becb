"""A text as what it states: amounts, words, rates, bounds and negations, in order.

Part of ``evaluate``, in the parent process; ``scoring.py`` compares the statements of reference and answer.

    "At least 2 euros a night, not on Mondays"  ->  bound least, amount 2 euro, rate night, negation, word monday

Words are compared by stem and close paraphrase (``paraphrase.py``), amounts by value (``quantities.py``). A capital letter inside
a text that is not all capitals makes a word a name.

Not covered: grammar. What belongs to what is told by order alone.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from tasks.evaluate.amounts import Token, begins_number, kind_at, read_amount, read_clock, read_number, text_at
from tasks.evaluate.paraphrase import (
    IRREGULAR,
    MONTHS,
    NEGATIONS,
    SAME_MEANING,
    SHORT_DAYS,
    SHORT_MONTHS,
    STOP_WORDS,
    WEEKDAYS,
    rewrite_phrases,
)
from tasks.evaluate.quantities import CURRENCIES, ONLY_AFTER_A_NUMBER, SCALES, SIGN_UNITS, UNITS, Quantity
from tasks.evaluate.text_tokens import stem

Kind = Literal["amount", "word", "rate", "bound", "negation", "stop", "joint"]
_AFTER_DIGITS = "|".join(sorted(word for word in (*UNITS, *SCALES, "st", "nd", "rd", "th", "am", "pm") if len(word) < 3))
"""What may follow a number without a space and leave it a number: 7km; but 7b is a name."""
TOKEN = re.compile(
    r"(?P<iso>(?<!\d)\d{4}-\d\d-\d\d(?!\d))"
    r"|(?P<clock>(?<![\d.,])\d{1,2}(?:(?::|\.(?=\d\d\s?(?:[ap]m|o'clock|h\b)))\d\d)?\s?(?:[ap]m\b|o'clock\b)|(?<![\d.,:])\d{1,2}:\d\d(?!\d))"
    rf"|(?P<code>(?<![\w.,])\d+(?!(?:{_AFTER_DIGITS})\b)[a-z]{{1,2}}(?!\w))"
    r"|(?P<fraction>(?<![\d/])\d{1,3}/\d{1,3}(?![\d/]))"
    r"|(?P<number>(?:(?<![\w.])-)?(?:\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+,\d{1,2}(?![\d,])|\d+(?:\.\d+)?))(?P<ordinal>(?:st|nd|rd|th)\b)?"
    r"|(?P<sign>[$€£¥%°])"
    r"|(?P<word>[^\W\d_]+(?:'[^\W\d_]+)?)"
    r"|(?P<joint>[,;:/()–—-])"
    r"|(?P<end>[.!?\n])",
    re.IGNORECASE,
)
CALENDAR_WORDS = frozenset(WEEKDAYS) | frozenset(MONTHS)
RANGE_WORDS = frozenset({"to", "until", "till", "through", "-", "–", "—"})
LISTING_WORDS = frozenset({"and", "or", "/", ","})
RATE_NOUNS = frozenset("night person room head piece item child adult guest stay bag car page".split())  # noqa: SIM905
AMBIGUOUS_SHORT = frozenset({"sun", "sat", "wed", "mar", "mon", "dec"})
BOUND_WORDS = {"before": "before", "by": "before", "after": "after"}


@dataclass(frozen=True)
class Term:
    """One thing that a text states, at its place."""

    kind: Kind
    text: str
    """The concept of a word, the noun of a rate, the name of a bound, the token of a stop word or joint."""
    amount: Quantity | None = None
    is_name: bool = False
    opens: bool = False
    """Has a capital letter and begins a sentence: a name, or not."""
    is_owner: bool = False
    """What follows belongs to it: Jane Doe's brother."""
    is_one: bool = False
    """The word "one", which is a pronoun as often as a number."""


def read_statement(text: str) -> list[Term]:
    """What the text states, in order."""
    return _inherit_units(list(_terms(list(_tokens(text)))))


def concept_of(word: str) -> str:
    """The one form in which a word is compared: no ending, the first of those that mean the same.

    >>> concept_of("exchanges") == concept_of("replaced"), concept_of("paid")
    (True, 'pay')
    """
    word = word.removesuffix("'s")
    word = IRREGULAR.get(word, word)
    return _STEMMED_SAME.get(_stem(word), _stem(word))


def _stem(word: str) -> str:
    found = f"{word[:-3]}y" if len(word) > 4 and word.endswith("ied") else stem(word)
    if len(word) >= 8 and found.endswith("ment"):
        found = stem(found[:-4]) if len(found) > 7 else found
    if len(found) > 3 and found != word and found[-1] == found[-2] and found[-1] not in "lsz":
        found = found[:-1]
    return found


_STEMMED_SAME = {_stem(word): _stem(first) for word, first in SAME_MEANING.items()}


def _tokens(text: str) -> Iterator[Token]:
    folded = rewrite_phrases(unicodedata.normalize("NFKC", text).replace("’", "'"))
    tells_names = any(word[0].islower() for word in re.findall(r"[^\W\d_]{2,}", folded) if not word.startswith("bound"))
    begins = True
    for found in TOKEN.finditer(folded):
        kind, value = found.lastgroup or "", found.group()
        if kind == "ordinal":
            kind, value = "number", found["number"]
        if kind == "code":
            kind = "word"
        is_name = tells_names and value[0].isupper() and not begins
        opens = tells_names and value[0].isupper() and begins
        begins = kind == "end" or (begins and (kind == "joint" or value.casefold() in ("mr", "mrs", "ms", "dr")) and value != ",")
        if kind == "word" and value.casefold() in ("mr", "mrs", "ms", "dr"):
            begins = False
        yield Token(kind, unicodedata.normalize("NFKC", value).casefold(), is_name, opens)


def _terms(tokens: list[Token]) -> Iterator[Term]:
    place = 0
    before: Term | None = None
    while place < len(tokens):
        found, place = _read_term(tokens, place, before)
        yield from found
        before = found[-1] if found else before


def _read_term(tokens: list[Token], place: int, before: Term | None) -> tuple[list[Term], int]:
    """The next terms, and the place after them."""
    token = tokens[place]
    if token.kind == "iso":
        year, month, day = token.text.split("-")
        named = MONTHS[int(month) - 1] if 1 <= int(month) <= 12 else month
        return [_amount(Fraction(int(day))), Term("word", named), _amount(Fraction(int(year)))], place + 1
    if token.kind == "clock":
        amount, after = read_clock(tokens, place)
        return [Term("amount", "", amount)], after
    if token.kind == "sign" and kind_at(tokens, place + 1) == "number":
        number, after = read_number(tokens, place + 1)
        return [Term("amount", "", Quantity(number, UNITS[SIGN_UNITS[token.text]]))], after
    if token.text in CURRENCIES and kind_at(tokens, place + 1) == "number":
        number, after = read_number(tokens, place + 1)
        return [Term("amount", "", Quantity(number, UNITS[token.text]))], after
    follows_amount = before is not None and before.kind == "amount"
    if token.kind in ("number", "fraction") or (token.kind == "word" and begins_number(tokens, place, follows_amount)):
        amount, after = read_amount(tokens, place)
        return [Term("amount", "", amount, is_one=token.text == "one" and amount.unit is None)], after
    if token.kind == "sign":
        return [Term("word", f"unit {SIGN_UNITS[token.text]}")], place + 1
    if token.kind in ("joint", "end"):
        return [Term("joint", token.text)], place + 1
    return _read_word(tokens, place, before)


def _read_word(tokens: list[Token], place: int, before: Term | None) -> tuple[list[Term], int]:
    word, after = tokens[place].text, text_at(tokens, place + 1)
    if word.startswith("bound") and len(word) > 5:
        return [Term("bound", word[5:])], place + 1
    counted = before is not None and (before.kind == "amount" or before.text in ("unit times", "free"))
    is_rate = word == "per" or (word in ("a", "an") and counted and (after in UNITS or after in RATE_NOUNS))
    if is_rate and kind_at(tokens, place + 1) == "word":
        return [Term("rate", _unit_name(after) or concept_of(after))], place + 2
    if word in ("a", "an") and after in UNITS and after not in ONLY_AFTER_A_NUMBER and not counted:
        return [Term("amount", "", Quantity(Fraction(1), UNITS[after]), is_one=True)], place + 2
    if word in BOUND_WORDS:
        ahead = [token for token in tokens[place + 1 : place + 4] if token.text not in ("the", "at")]
        is_date = any(token.kind in ("clock", "iso") or _calendar(token.text) in CALENDAR_WORDS for token in ahead[:2])
        if is_date or (word != "by" and ahead and ahead[0].kind == "number"):
            return [Term("bound", BOUND_WORDS[word])], place + 1
    if word in NEGATIONS:
        return [Term("negation", word)], place + 1
    if word in ("may", "us") and word in STOP_WORDS and not (word == "may" and _is_date(tokens, place)):
        return [Term("stop", word)], place + 1
    if word in STOP_WORDS and word != "may":
        return [Term("stop", word)], place + 1
    if word in UNITS and word not in ONLY_AFTER_A_NUMBER:
        return [Term("word", f"unit {UNITS[word].name}")], place + 1
    if _calendar(word) in CALENDAR_WORDS and (word not in AMBIGUOUS_SHORT or _stands_in_a_date(tokens, place)):
        return [Term("word", _calendar(word))], place + 1
    return [
        Term("word", concept_of(word), is_name=tokens[place].is_name, opens=tokens[place].opens, is_owner=word.endswith("'s"))
    ], place + 1


def _inherit_units(terms: list[Term]) -> list[Term]:
    """5 to 7 days: the five are days, too."""
    for place in range(len(terms) - 3, -1, -1):
        here, link, there = terms[place : place + 3]
        if here.kind == there.kind == "amount" and here.amount and there.amount and link.text in RANGE_WORDS | LISTING_WORDS:
            bare = here.amount.unit is None and not here.amount.is_clock
            if bare and there.amount.unit and there.amount.unit.name != "time":
                terms[place] = Term("amount", "", Quantity(here.amount.number, there.amount.unit))
    return terms


def _is_date(tokens: list[Token], place: int) -> bool:
    """Whether a "may" stands beside a number or after in, of: the month."""
    beside = (kind_at(tokens, place - 1) if place else "", kind_at(tokens, place + 1))
    return "number" in beside or (place > 0 and text_at(tokens, place - 1) in ("in", "of", "until", "from", "since", "to"))


def _stands_in_a_date(tokens: list[Token], place: int) -> bool:
    """Whether a number, a dash or a comma stands beside: Mon-Fri, 3 Mar."""
    return bool({kind_at(tokens, place + 1), kind_at(tokens, place - 1) if place else ""} & {"number", "joint"})


def _calendar(word: str) -> str:
    word = word.removesuffix("'s")
    plain = word.removesuffix("s") if word.removesuffix("s") in WEEKDAYS else word
    return SHORT_DAYS.get(plain, SHORT_MONTHS.get(plain, plain))


def _unit_name(word: str) -> str:
    return UNITS[word].name if word in UNITS else ""


def _amount(number: Fraction) -> Term:
    return Term("amount", "", Quantity(number))
