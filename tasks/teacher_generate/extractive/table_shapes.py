"""What tells the rows and columns of a table apart, and which rows are things that have attributes.

    | Day | Time | Course |  / | Monday | 9:00 | Yoga | / | Monday | 10:00 | Pilates |   ->  rows by "Day" and "Time"
    | Phone | 020 7946 0018 | / | E-mail | a@b.example |                               ->  the first line is no header
    | Age | Day pass | / | under 6 | 2 € |                                             ->  "under 6" is no thing

Not covered: merged cells, several header rows.
"""

import re
from collections.abc import Sequence

from tasks.teacher_generate.extractive.amounts import is_interval, is_moment, parse_amount
from tasks.teacher_generate.extractive.attribute_words import names_measure
from tasks.teacher_generate.extractive.attributes import is_price
from tasks.teacher_generate.extractive.lexicon import is_common_word, is_noun, is_plural, is_role, lemmas, singular, verb_forms
from tasks.teacher_generate.extractive.passages import Table
from tasks.teacher_generate.extractive.texts import Text
from tasks.teacher_generate.extractive.word_lists import AUXILIARIES, DETERMINERS, PREPOSITIONS, WEEKDAYS

MOST_KEYS = 3
"""Columns that together name a row."""
LEAST_PHONE = 7
"""Digits."""
LONGEST_THING = 4
"""Words. A longer row says something itself."""
_STAGES = {"age", "case", "date", "day", "error", "event", "fault", "level", "month", "period", "phase", "problem",
           "programme", "program", "question", "season", "shift", "situation", "size", "stage", "step", "stop", "symptom",
           "time", "week", "year"}  # fmt: skip
"""Headers of rows that are no things by themselves."""
_THINGS = {
    "accessory", "animal", "appliance", "article", "attraction", "bicycle", "bike", "bird", "boat", "book", "breed",
    "cable", "cake", "camera", "car", "city", "country", "crop", "desk", "device", "extra", "fish", "fruit", "game", "hall",
    "instrument", "item", "lake", "lamp", "locomotive", "machine", "meal", "model", "mountain", "office", "offer", "part",
    "path", "plant", "pool", "product", "pump", "river", "room", "route", "service", "ship", "shop", "snack", "souvenir",
    "species", "telescope", "ticket", "tool", "tour", "trail", "train", "tree", "trip", "vegetable", "vehicle", "vessel",
    "visitor", "walk", "wine",
}  # fmt: skip
"""Headers of things that have their attributes themselves: a "group", a "stain", a "badge" has them only in some sense."""
_BARE_KINDS = {"dish", "drink", "food", "ingredient", "language", "sport", "subject"}
"""Headers of things that have no article: "the teacher of art"."""
_BARE_NAMES = {
    "author", "book", "brand", "city", "comet", "country", "edition", "employee", "film", "island", "lake", "mission", "model",
    "moon", "mountain", "name", "path", "peak", "person", "planet", "player", "product", "software", "star", "street",
    "summit", "teacher", "town", "trail", "version", "village", "walk", "wine",
}  # fmt: skip
"""Headers of names that stand without an article: not "river" ("the Little Venn"), not "car"."""
_NO_THINGS = {
    "average", "balance", "discount", "extra", "extras", "maximum", "minimum", "other", "others", "penalty", "rest", "sum",
    "subtotal", "tax", "total", "totals", "vat",
}  # fmt: skip


def plain(text: str) -> str:
    """A text as questions are compared."""
    return " ".join(re.findall(r"\w+", text.lower()))


def without_false_header(table: Table) -> tuple[tuple[str, ...], tuple[tuple[Text, ...], ...]]:
    """The headers, and the rows; a header that is a "key | value" row itself, as every table must have one, goes to the rows."""
    heads = tuple(cell.text for cell in table.header)
    if len(heads) == 2 and re.match(r"[+(]?[$€£]?\d|\S+@", heads[1]) and not re.search(r"\d", heads[0]) and heads[0]:
        year, digits = re.fullmatch(r"1\d{3}|20\d\d", heads[1]), re.sub(r"\D", "", heads[1])
        alone = year is None and (parse_amount(heads[1]) is None or len(digits) >= LEAST_PHONE)
        if alone or all(len(row) > 1 and not re.match(r"[$€£]?\d", row[1].text) for row in table.rows):
            return ("", ""), (table.header, *table.rows)
    return heads, table.rows


def find_keys(rows: Sequence[Sequence[Text]], row: Sequence[Text]) -> tuple[int, ...]:
    """The first columns whose cells only this row has together; () where no few of them do."""
    filled = [number for number, cell in enumerate(row) if cell]
    for size in range(1, min(MOST_KEYS, len(filled) - 1) + 1):
        keys = tuple(filled[:size])
        if sum(_cells(other, keys) == _cells(row, keys) for other in rows) == 1:
            return keys
    return ()


def _cells(row: Sequence[Text], columns: tuple[int, ...]) -> list[str]:
    return [plain(row[number].text) if number < len(row) else "" for number in columns]


def name_owner(row: str, head: str) -> str:
    """A row's thing with its article, where it surely is one that can have a price, a weight, a teacher; "" where not.

    Args:
        head: The header above the rows' names.
    """
    words = row.split()
    if not 0 < len(words) <= LONGEST_THING or not row[0].isalpha() or re.search(r"[^\w\s’'&.-]", row):
        return ""
    small = {word.lower() for word in words}
    kinds = {singular(word) for word in re.findall(r"\w+", head.lower())}
    if kinds & _STAGES or parse_amount(row) or is_moment(row) or is_interval(row):
        return ""
    if small & (AUXILIARIES | PREPOSITIONS | WEEKDAYS | DETERMINERS | _NO_THINGS | {"and", "or", "of", "per"}):
        return ""
    last = words[-1].lower()
    unfit = is_price(row) or names_measure(last) or "VBG" in verb_forms(last) | verb_forms(words[0].lower())
    if unfit or (lemmas(last) and not is_noun(last)):
        return ""
    named = [word for word in words if _is_name(word)]
    if named and all(word[0].isupper() or word[0].isdigit() for word in words) and (len(words) > 1 or re.search(r"\d", row)):
        return row if not kinds or kinds & _BARE_NAMES or re.search(r"\d", row) else ""
    if len(row) == 1 and len(kinds) == 1 and row.isupper():
        return f"{head.lower()} {row}"  # "zone A"
    return _name_common(words, kinds)


def _name_common(words: list[str], kinds: set[str]) -> str:
    """A thing that ordinary words name; a single word needs no article only where it is a plural: "otters", "adults"."""
    plural = is_plural(words[-1]) and is_noun(words[-1].lower())
    said = words[-1].lower() in kinds  # "Paper bin" under "Bin", not "Garden waste"
    if kinds and not (said or kinds & (_THINGS | _BARE_KINDS) or (plural and is_role(words[-1].lower()))):
        return ""
    known = is_common_word(words[0].capitalize()) and all(lemmas(word.lower()) for word in words)
    if any(word[0].isupper() and not re.search(r"\d", word) for word in words[1:]) or not (
        known or any(map(_is_name, words[1:]))
    ):
        return ""
    if len(words) == 1:
        return words[0].lower() if plural or kinds & _BARE_KINDS else ""
    name = " ".join([words[0].lower() if is_common_word(words[0]) else words[0], *words[1:]])
    return name if plural or kinds & _BARE_KINDS else f"the {name}"


def _is_name(word: str) -> bool:
    """Whether a word names something by itself: "Ravello", "F2", but not "ND"."""
    return any(letter.isdigit() for letter in word) or (len(word) > 3 and word[0].isupper() and not is_common_word(word))


def name_column(head: str) -> str:
    """A column's thing, where a table with attributes down its side names it: "Ravello One", not "Max" or "Winter"."""
    words = head.split()
    fits = len(words) <= LONGEST_THING and not is_moment(head) and parse_amount(head) is None
    return head if fits and words and any(map(_is_name, words)) and words[0][0].isupper() else ""


def is_proper(owner: str) -> bool:
    """Whether a thing is known by its name alone: "Ravello One" is, "the annual pass" is one of some document."""
    return " " in owner and owner[0].isupper()
