"""Lines whose key is a date or a term, and whose value is a time; and what a line of a document without a topic is asked with.

    "5 December: lecture on rooks"     ->  "What is planned for 5 December?"
    "April: add the second box"        ->  "What should be done in April?"
    "Lease: the right to use ..."      ->  "What does the term lease mean?"
    "Yoga: Tuesday 18:00, hall 2"      ->  the time "Tuesday 18:00"

Not covered: attributes; ``keyed_lines`` asks for those.
"""

import re

from tasks.teacher_generate.extractive.amounts import is_moment
from tasks.teacher_generate.extractive.facts import Core
from tasks.teacher_generate.extractive.lexicon import (
    inflect,
    is_noun,
    verb_base,
    verb_forms,
)
from tasks.teacher_generate.extractive.naming import name_noun
from tasks.teacher_generate.extractive.subjects import small_title
from tasks.teacher_generate.extractive.texts import Text
from tasks.teacher_generate.extractive.titles import names_kind
from tasks.teacher_generate.extractive.word_lists import DETERMINERS, PREPOSITIONS, WEEKDAYS

_EVENTS = re.compile(
    r"\b(?:agenda|calendar|dates|diary|events?|fixtures|program(?:me)?|schedule|timetable|meetings|upcoming)\b", re.IGNORECASE
)
_TERMS = re.compile(r"\b(?:abbreviations|definitions?|glossary|terminology|terms|vocabulary)\b", re.IGNORECASE)


def is_order_value(value: str) -> bool:
    """Whether the value tells what to do: "keep the soil moist"."""
    words = value.lower().split()
    return (
        len(words) > 2
        and not is_moment(value)
        and words[0] not in ("free", "open", "clean", "dry")
        and "VB" in verb_forms(words[0])
        and (words[1] in DETERMINERS | {"for", "to", "until"} or (words[1] in PREPOSITIONS and not is_noun(words[0])))
    )


def ask_entry(key: str, value: str, heading: str) -> list[Core]:
    """A date with what belongs to it: an order, an event, or a note."""
    link = "on" if re.search(r"\d{1,2}\b(?!\d)", key) and not re.fullmatch(r"(?:in )?\d{4}", key) else "in"
    if is_order_value(value) or (len(value.split()) > 1 and "VB" in verb_forms(value.split()[0]) and value[:1].islower()
                            and not is_noun(value.split()[0])):  # fmt: skip
        return [Core(f"What should be done {link} {key}?", f"what should be done {link} {key}"),
                Core(f"What is there to do {link} {key}?", f"what there is to do {link} {key}")]  # fmt: skip
    if _EVENTS.search(heading):
        return [Core(f"What is planned for {key}?", f"what is planned for {key}"),
                Core(f"What takes place {link} {key}?", f"what takes place {link} {key}")]  # fmt: skip
    return [Core(f"What is noted for {key}?", f"what is noted for {key}"),
            Core(f"What does the entry for {key} say?", f"what the entry for {key} says")]  # fmt: skip


def ask_term(key: str, value: str, heading: str) -> list[Core]:
    """A term with its meaning under "Terminology", or a name that only programs use: "X-Reset: the time at which ..."."""
    told = re.match(r"(?:a|an|the|any|all) ", value) is not None
    if told and _TERMS.search(heading):
        return [Core(f"What is meant by the term {name_noun(key)}?", f"what is meant by the term {name_noun(key)}"),
                Core(f"What does the term {name_noun(key)} mean?", f"what the term {name_noun(key)} means")]  # fmt: skip
    coded = " " not in key and re.search(r"[A-Za-z]", key) and re.search(r"[a-z][A-Z]|_|\w-\w*[A-Z].*-|^--?\w", key)
    if coded and told:
        return [Core(f"What is {key}?", f"what {key} is"), Core(f"What does {key} stand for?", f"what {key} stands for")]
    return []


def ask_participle(done: str, link: str, value: str, owner: str, was: str) -> list[Core]:
    """A participle with its preposition as a key: "Designed by", "Built in"."""
    if link == "by":
        active = inflect(verb_base(done) or done, "VBD")
        return [
            Core(f"Who {active} {owner}?", f"who {active} {owner}"),
            Core(f"By whom {was} {owner} {done}?", f"by whom {owner} {was} {done}"),
        ]
    if link in ("in", "at"):
        wh = "When" if is_moment(value) else "Where"
        return [Core(f"{wh} {was} {owner} {done}?", f"{wh.lower()} {owner} {was} {done}")]
    return [Core(f"What is {owner} {done} {link}?", f"what {owner} is {done} {link}")]


def time_of(value: Text) -> Text | None:
    """The weekday or time of day that a value begins with: "Tuesday 18:00" of "Tuesday 18:00, hall 2"."""
    first = value.cut(0, value.text.index(",")) if "," in value.text else value
    words = {word.strip(".,").lower() for word in first.text.split()}
    clock = re.match(r"(?:\d{1,2}:\d{2}|\d{1,2}\s?[ap]\.?m)", first.text)
    started = words & WEEKDAYS and re.match(r"(?:every |on )?(\w+)", first.text, re.I)
    begins = bool(started) and first.text.lower().removeprefix("every ").removeprefix("on ").split()[0].strip(",.") in WEEKDAYS
    return first if (clock or begins) and is_moment(first.text) and len(first.text.split()) <= 6 else None


def in_title(core: Core, title: str) -> Core | None:
    """A question about a document's own line, with its title: "What is the date in the minutes of ...?".

    None where the title is no name for a document; a price, a date or a phone number needs none.
    """
    if core.direct.startswith(
        ("How much", "How can I", "What is planned", "What should", "What takes", "What is there", "When ")
    ):
        return core
    if not names_kind(title):
        return None
    name = title if title.lower().startswith("the ") else f"the {small_title(title)}"
    return Core(f"{core.direct[:-1]} in {name}?", f"{core.indirect} in {name}", core.reserved)
