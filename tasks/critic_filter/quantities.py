"""Amounts with their units and currencies, as an answer says them and as a source does.

    find_wrong_unit("A clutch costs $900.", {"clutch", "cost", "900"}, "What does a clutch cost?", "€900")   ->  "€900"
    find_wrong_unit("A tea is 5.00 €.", {"tea", "5"}, "What does a tea cost?", "€5")                         ->  None

Part of ``critic_filter``. Not covered: sums that somebody would have to work out (half of 4.90 euros, lesson of 45 minutes), and
one unit told in another (a day for 24 hours).
"""

import re

from tasks.critic_filter.word_forms import base_form, content_words, without_codes
from tasks.critic_filter.word_lists import CURRENCY_SIGNS, NUMBER_WORDS, SIGN_WORDS, STOP_WORDS

_QUANTITY = re.compile(r"(?P<money>[$€£¥])?\s?(?P<number>\d+(?:[.,:]\d+)*)(?:\s?(?P<unit>%|°\s?\w|[^\W\d_]+))?")
_LIMIT = re.compile(
    r"\b(?:under|over|above|below|up to|more than|less than|fewer than|at least|at most|no later than|within|beyond|exceed\w*|"
    r"between|maximum(?: of)?|minimum(?: of)?|after|before|until|from|older than|younger than)\s(?:\w{1,30}\s){0,3}"
    rf"(?:[$€£]?\d|(?:{'|'.join(NUMBER_WORDS)})\b)"
    rf"|(?:(?<!\w)\d++|\b(?:{'|'.join(NUMBER_WORDS)}))\s?(?:[^\W\d]{{1,30}}\s)?(?:or|and)\s(?:more|over|older|younger|less|fewer|above|under)\b",
    re.IGNORECASE,
)
"""A limit: what holds for one number holds for others."""


def has_limit(passage: str) -> bool:
    """Whether it sets a limit ("children under 12", "groups of ten or more"), so that a question may name any number."""
    return _LIMIT.search(passage) is not None


def find_wrong_unit(text: str, words: set[str], question: str, answer: str) -> str | None:
    """A number of the answer with a unit or currency that neither the source nor the question has, or None.

    Args:
        text: The source.
        words: Its words in their base forms.
    """
    for match in _QUANTITY.finditer(without_codes(answer)):
        number, unit, money = match.group("number"), match.group("unit"), match.group("money")
        if money and not _has_money(text, money, number):
            return match.group().strip()
        if unit and not _knows_unit(text, words, unit, question):
            return match.group().strip()
    return None


def _has_money(text: str, sign: str, number: str) -> bool:
    """Whether the amount stands with its sign or its currency's name; "$1200" is "$1,200", "€5" is "5.00 €"."""
    whole = re.sub(r"[.,]00$", "", number).replace(",", "")
    amount = re.sub(r"(?<=\d)(?=\d)", ",?", re.escape(whole)) + r"(?:[.,]00)?(?!\d)"
    names = "|".join(rf"{name}s?\b" for name, its in CURRENCY_SIGNS.items() if its == sign)
    if re.search(rf"{re.escape(sign)}\s?{amount}|{amount}\s?(?:{re.escape(sign)}|{names})", text, re.IGNORECASE):
        return True
    return sign not in text and re.search(rf"\b(?:{names})", text, re.IGNORECASE) is not None


def _knows_unit(text: str, words: set[str], unit: str, question: str) -> bool:
    low = unit.lower()
    if low in STOP_WORDS or low in ("st", "nd", "rd", "th") or unit in text or base_form(unit) in words:
        return True
    if any(base_form(word) in words for word in SIGN_WORDS.get(unit, ())):
        return True
    return CURRENCY_SIGNS.get(low.rstrip("s"), unit) in text or base_form(unit) in content_words(question)
