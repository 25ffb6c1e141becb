"""The words, numbers and names of a text in the one form that is compared.

    content_words("Who discovered the 12 moons?")  ->  ["discov", "12", "moon"]
    numbers_of("two keys for £1,150")              ->  ["1150", "2"]

Words count by their base form, without the endings that make a doer or a deed of a verb: "discoverer" and "discovered" are
one word here. Units are told in one form ("kilograms" is "kg").

Not covered: synonyms (``synonyms``).
"""

import re
from functools import lru_cache

from lemminflect import getAllLemmas

from tasks.critic_filter.word_lists import (
    ASKED_MEASURES,
    CALENDAR_WORDS,
    LIGHT_WORDS,
    NUMBER_WORDS,
    ORDINALS,
    SIGN_WORDS,
    STOP_WORDS,
    UNIT_FORMS,
)

WORD = re.compile(r"[^\W_]+(?:[-'’&/.][^\W_]+)*")
_NUMBER = re.compile(r"\d++(?:[.,:]\d++)*+(?!(?:st|nd|rd|th)\b)")
_NAME_WITH_NUMBER = re.compile(r"\b(?:[A-Za-z]+[-]?\d[\w-]*)\b")
_NAME_AND_NUMBER = re.compile(r"\b[A-Z][\w&'-]*\s\d+(?:\.\d+)*[a-z]?\b")
"""A name with its number: "Windows 10"."""
_CODE = re.compile(r"\b\d+[b-fi-kn-rtux-z]\b")
"""Digits and a letter that is no unit."""
_CONTRACTION = re.compile(r"[a-z]+n['’]t|(?:i|you|he|she|it|we|they|that|there|what|who|where|how|let)['’](?:s|m|re|ve|d|ll)")
_SQUARE = re.compile(r"\b[Ss]quare met(?:re|er)s?\b")
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)")
_SPOKEN_CLOCK = re.compile(r"\b(?P<part>half|(?:a )?quarter) (?P<way>past|to) (?P<hour>[a-z]+|\d{1,2})\b", re.IGNORECASE)
_CLOCK = re.compile(
    r"\b(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d))?\s?(?P<half>[ap])\.?\s?m\b|\b(?P<h>\d{1,2}):(?P<m>\d\d)\b", re.IGNORECASE
)
_ENDINGS = ("ly", "ation", "ment", "ing", "ion", "er", "or", "al", "e", "t")
LEAST_STEM = 5
"""Letters. "heater" and "heat" stay apart, or "water" would lose its end too."""


@lru_cache(maxsize=50_000)
def base_form(word: str) -> str:
    """The base form of a word in small letters: "built" -> "build", "discoverer" and "discovered" -> "discov"."""
    low = word.lower().replace("’", "'").removesuffix("'s").rstrip("'.")
    low = UNIT_FORMS.get(low, low)
    known = getAllLemmas(low) or {}
    for kind in ("VERB", "NOUN", "ADJ", "ADV"):
        if known.get(kind):
            return _stem(min(known[kind], key=lambda base: ("-" in base, len(base), base)))
    return _stem(low.removesuffix("s") if len(low) > 4 and low.endswith("s") and not low.endswith("ss") else low)


def _stem(word: str) -> str:
    ending = next((e for e in _ENDINGS if word.endswith(e) and len(word) - len(e) >= (3 if e == "ment" else LEAST_STEM)), "")
    return _stem(word.removesuffix(ending)) if ending else word


NUMBER_BASES = {base_form(word): number for word, number in NUMBER_WORDS.items()}
"""The base forms of number words, as digits."""
_NOON = 12
_PARTS_OF_DAY = {
    "a": frozenset(map(base_form, ("morning", "night"))),
    "p": frozenset(map(base_form, ("afternoon", "evening", "night"))),
}
CALENDAR, LIGHT = (frozenset(map(base_form, words)) for words in (CALENDAR_WORDS, LIGHT_WORDS))
PERIODS = frozenset(map(base_form, ("day", "week", "month", "year")))
"""A fee of so much "a year" is an "annual" one."""
MEASURES = {base_form(asked): base_form(said) for asked, said in ASKED_MEASURES.items()}


def plain(text: str) -> str:
    """Letters and digits in small letters, single spaces."""
    return " ".join(word.lower() for word in re.findall(r"[^\W_]+", text))


def content_words(text: str) -> list[str]:
    """The base forms of the words that carry meaning; numbers as digits, "fourth" and "4th" as "4."."""
    if "quare m" in text:
        text = _SQUARE.sub("m²", text)
    words: list[str] = []
    for word in WORD.findall(text):
        low = word.lower()
        if low in STOP_WORDS and not low.isdigit():
            continue
        if ("'" in low or "’" in low) and _CONTRACTION.fullmatch(low):
            continue
        if low in ORDINALS or _ORDINAL.fullmatch(low):
            words.append(f"{ORDINALS.get(low) or low[:-2]}.")
            continue
        words += [base_form(part) for part in re.split(r"[-/]", word) if part and part.lower() not in STOP_WORDS]
    return words


def numbers_of(text: str) -> list[str]:
    """The numbers in a text, in digits, thousands separators removed."""
    if "half" in text or "quarter" in text:
        text = spell_out(text)
    found = [_plain_number(match.group()) for match in _NUMBER.finditer(text)]
    # "one" is more often a pronoun than a number.
    return found + [
        NUMBER_WORDS[word] for word in re.findall(r"[a-z]+", text.lower()) if word in NUMBER_WORDS and word not in ("one", "zero")
    ]


def spell_out(text: str) -> str:
    """ "half past one" as "1:30", "half an hour" as "30 minutes"."""
    return re.sub(r"\bhalf an hour\b|\bhalf hour\b", "30 minutes", _SPOKEN_CLOCK.sub(_tell_clock, text), flags=re.IGNORECASE)


def _tell_clock(match: re.Match[str]) -> str:
    hour = NUMBER_WORDS.get(match["hour"].lower(), match["hour"])
    if not hour.isdigit():
        return match.group()
    if match["way"].lower() == "past":
        return f"{hour}:{30 if match['part'].lower() == 'half' else 15}"
    return f"{(int(hour) - 2) % 12 + 1}:{30 if match['part'].lower() == 'half' else 45}"


def other_forms(text: str) -> set[str]:
    """What a text says in other words too: "8 p.m." is 20:00, "€" is "euro".

    Only a source is read so: an answer must stand in it in one of the forms.
    """
    found: set[str] = set()
    for match in _CLOCK.finditer(text):
        hour, minute = int(match["hour"] or match["h"]), match["minute"] or match["m"] or "00"
        late = (match["half"] or "").lower() == "p" or hour > 12
        if match["half"]:
            found |= _PARTS_OF_DAY[match["half"].lower()]
        for told in {hour % 12 + 12, (hour - 1) % 12 + 1} if late else {hour}:
            found.add(f"{told}:{minute}")
            if minute == "00" and told <= _NOON:  # nobody says "20" for 8 p.m.
                found.add(str(told))
    found |= {base_form(word) for sign, words in SIGN_WORDS.items() if sign in text for word in words}
    return found


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


def added_words(question: str, answer: str) -> set[str]:
    """The words and numbers of the answer that the question does not have; all of them where it has every one."""
    answer = spell_out(answer)
    said = {word for word in content_words(answer) if word not in NUMBER_BASES} | set(numbers_of(answer))
    return said - set(content_words(question)) - set(numbers_of(question)) or said
