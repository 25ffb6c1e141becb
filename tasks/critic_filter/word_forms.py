"""The words, numbers and names of a text in the one form that is compared.

    content_words("Who discovered the 12 moons?")  ->  ["discov", "12", "moon"]
    numbers_of("two keys for £1,150")              ->  ["1150", "2"]

Words count by their base form, without the endings that make a doer or a deed of a verb: "discoverer" and "discovered" are
one word here.

Not covered: synonyms.
"""

import re
from functools import lru_cache

from lemminflect import getAllLemmas

from tasks.critic_filter.word_lists import NUMBER_WORDS, STOP_WORDS

WORD = re.compile(r"[^\W_]+(?:[-'’&/.][^\W_]+)*")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_NAME_WITH_NUMBER = re.compile(r"\b(?:[A-Za-z]+[-]?\d[\w-]*)\b")
_NAME_AND_NUMBER = re.compile(r"\b[A-Z][\w&'-]*\s\d+(?:\.\d+)*[a-z]?\b")
"""A name with its number: "Windows 10"."""
_CODE = re.compile(r"\b\d+[b-fi-kn-rtux-z]\b")
"""Digits and a letter that is no unit."""
_ENDINGS = ("ly", "ation", "ment", "ing", "ion", "er", "or", "al", "e", "t")
LEAST_STEM = 5
"""Letters. "heater" and "heat" stay apart, or "water" would lose its end too."""


@lru_cache(maxsize=50_000)
def base_form(word: str) -> str:
    """The base form of a word in small letters: "built" -> "build", "discoverer" and "discovered" -> "discov"."""
    low = word.lower().replace("’", "'").removesuffix("'s").rstrip("'.")
    known = getAllLemmas(low) or {}
    for kind in ("VERB", "NOUN", "ADJ", "ADV"):
        if known.get(kind):
            return _stem(min(known[kind], key=lambda base: ("-" in base, len(base), base)))
    return _stem(low.removesuffix("s") if len(low) > 4 and low.endswith("s") and not low.endswith("ss") else low)


def _stem(word: str) -> str:
    ending = next((e for e in _ENDINGS if word.endswith(e) and len(word) - len(e) >= (3 if e == "ment" else LEAST_STEM)), "")
    return _stem(word.removesuffix(ending)) if ending else word


def plain(text: str) -> str:
    """Letters and digits in small letters, single spaces."""
    return " ".join(word.lower() for word in re.findall(r"[^\W_]+", text))


def content_words(text: str) -> list[str]:
    """The base forms of the words that carry meaning; numbers as digits."""
    words: list[str] = []
    for word in WORD.findall(text):
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


def loose_numbers_of(text: str, named: bool = False) -> list[str]:
    """The numbers of a text that are no part of a name ("DMC-12", "F2").

    Args:
        named: Whether numbers that follow a name ("Windows 10") and codes ("7b") count as parts of names too.
    """
    text = without_codes(text)
    return numbers_of(_NAME_AND_NUMBER.sub(_drop_name, text) if named else text)


def without_codes(text: str) -> str:
    """The text without what mixes letters and digits: "DMC-12", "7b"."""
    return _CODE.sub(" ", _NAME_WITH_NUMBER.sub(" ", text))


def _drop_name(match: re.Match[str]) -> str:
    return match.group() if match.group().split()[0].lower() in STOP_WORDS else " "  # "Every 2 years"


def _plain_number(number: str) -> str:
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", number):
        number = number.replace(",", "")
    number = number.replace(",", ".")
    return number.rstrip("0").rstrip(".") if "." in number else (number.lstrip("0") or "0")


def names_of(question: str) -> list[str]:
    """The words of a question that are written large or hold a digit, its first word aside."""
    return [word for word in question.split()[1:] if any(c.isupper() or c.isdigit() for c in word)]
