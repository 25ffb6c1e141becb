"""Lines that give an attribute its value -> facts.

    "- **Engine oil:** every 3,000 miles"    ->  "How often is the engine oil of the X due?"  -> "every 3,000 miles"
    "Horsepower 130 hp"                      ->  "What is the horsepower of the X?"           -> "130 hp"
    "Discovered: 2017, by transit"           ->  "When was the X discovered?"                 -> "2017"
    "Designed by: Ada Berg"                  ->  "Who designed the X?"                        -> "Ada Berg"
    "15 Sept: first frost"                   ->  "What is noted for 15 Sept?"                 -> "first frost"
    "- 300 g Munich malt"                    ->  "How much Munich malt is used for the X?"    -> "300 g"

Not covered: lines with several keys.
"""

import re

from tasks.teacher_generate.extractive.amounts import Amount, is_moment, parse_amount
from tasks.teacher_generate.extractive.attributes import is_mixed, name_attribute, names_somebody, refuse_value
from tasks.teacher_generate.extractive.clause_check import is_balanced
from tasks.teacher_generate.extractive.clauses import Refused, parse_sentence
from tasks.teacher_generate.extractive.facts import Core, Fact, Refusal
from tasks.teacher_generate.extractive.lexicon import (
    is_common_word,
    is_noun,
    is_participle,
    is_plural,
    is_role,
    lemmas,
    singular,
    verb_base,
)
from tasks.teacher_generate.extractive.line_forms import ask_entry, ask_participle, ask_term, in_title, is_order_value, time_of
from tasks.teacher_generate.extractive.naming import head_of, name_noun, name_thing, owner_in_list
from tasks.teacher_generate.extractive.passages import Unit
from tasks.teacher_generate.extractive.questions import ask_for_owner
from tasks.teacher_generate.extractive.subjects import small_title
from tasks.teacher_generate.extractive.texts import Text
from tasks.teacher_generate.extractive.titles import names_nothing
from tasks.teacher_generate.extractive.word_lists import DETERMINERS, MONTHS, PREPOSITIONS, SEASONS, STATES, WEEKDAYS

_KEYED = re.compile(r"(?P<key>[^:=|.!?()]{1,60}?(?:\([^()]{1,60}\))?)(?:\s*:\s|\s=\s|\s[–—]\s|\s-\s)\s*(?P<value>\S.*)$")
_DATE = re.compile(
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)?\.?\s)?(?:{'|'.join(MONTHS)}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?"
    r"(?:\s\d{1,2}(?:st|nd|rd|th)?)?(?:,?\s\d{4})?|(?:in\s)?1\d{3}|(?:in\s)?20\d\d",
    re.IGNORECASE,
)
_PEOPLE_LISTS = {"present", "absent", "excused", "attending", "apologies"}
_MONTHS = re.compile(rf"(?:{'|'.join(MONTHS)})(?:(?: and | to |\s?[–-]\s?)(?:{'|'.join(MONTHS)}))?", re.IGNORECASE)
_TIMED = re.compile(
    r"\b(?:time|times|hours?|date|dates|day|days|deadline|start|end|opening|closing|open|closed|schedule|timetable|check-in|check-out|"
    r"departure|arrival|duration|period|curfew|begins?|beginning|release\w*|launch\w*|built|founded|quiet)\b",
    re.IGNORECASE,
)
"""Keys (and headings) of times: "opening hours: 9:00" is asked by its own name."""
_LISTS = {
    "attributes", "conditions", "costs", "data", "details", "dimensions", "facts", "features", "fees", "figures", "hours",
    "ingredients",
    "measurements", "notes", "parameters", "prices", "properties", "requirements", "rules", "settings", "specifications", "specs",
    "statistics", "terms", "times", "values",
}  # fmt: skip
"""Headings of these have attributes below them, no things."""
_LABELS = {
    "note", "notes", "warning", "caution", "tip", "tips", "important", "example", "remark", "hint", "attention", "info", "nb",
}  # fmt: skip


def split_keyed(unit: Unit) -> tuple[Text, Text] | None:
    """Key and value of a line, or None where it is none."""
    text = unit.text
    bare = text.text if text.text.endswith((".m.", "etc.")) else text.text.rstrip(".")
    match = _KEYED.match(bare)
    if not match:
        return _split_before_amount(text)
    key, value = text.cut(0, match.end("key")), text.cut(match.start("value"), match.end("value"))
    words = re.sub(r"\s*\([^()]*\)$", "", key.text).split()
    if len(words) > 3 and _is_sentence(key):
        return None  # "The website uses two kinds of cookies: ..."
    if not is_balanced(key.text):
        return None  # "(12 March – 3 October)"
    if not key or len(words) > 7 or not (key.text[0].isalnum()) or key.text.lower().startswith(("http", "the following")):
        return None
    return key, value


def _is_sentence(key: Text) -> bool:
    try:
        return bool(parse_sentence(key))
    except Refused:
        return False


def _split_before_amount(text: Text) -> tuple[Text, Text] | None:
    """ "Horsepower 130 hp": a noun and its amount, and nothing else."""
    if text.text.endswith("."):
        return None
    match = re.match(r"(?P<key>[A-Z][a-z-]+(?: [a-zA-Z-]+){0,3})\s+(?P<value>[$€£<>~]?\s?\d.*)$", text.text.rstrip("."))
    amount = parse_amount(match.group("value")) if match else None
    if match is None or amount is None or amount.rest or amount.kind not in ("money", "measure", "time"):
        return None
    words = match.group("key").lower().split()
    if not is_noun(words[-1]) or set(words) & DETERMINERS or any(verb_base(word) and not is_noun(word) for word in words):
        return None
    return text.cut(0, match.end("key")), text.cut(match.start("value"), match.end("value"))


def is_label(key: str) -> bool:
    """Whether a key only labels a sentence: "Note: ..."."""
    return key.lower().strip() in _LABELS


def ask_keyed(unit: Unit, key: Text, value: Text, topic: str, unique: bool = False) -> Fact | Refusal:
    """The fact of a line.

    Args:
        topic: What has the attribute, with its article, or "".
        unique: Whether no other line of the document has this key: then it may be asked for without an owner.
    """
    name, owner = _name_key(key.text, unit, topic)
    last = name.split()[-1].lower() if name.split() else ""
    reason = refuse_value(value.text)
    if key.text.lower() in _PEOPLE_LISTS or not last:
        reason = "no_subject"
    if (
        not reason
        and is_role(name)
        and is_plural(head_of(name))
        and not amount_of_money(value.text)
        and not value.text[:1].isupper()
    ):
        reason = "names_people"  # "Children under 12: 5 mg" gives no attribute a value
    if not reason and _plain(value.text) and _plain(value.text) in _plain(owner):
        reason = "names_the_topic"
    if not reason and last not in PREPOSITIONS and names_somebody(name, value.text):
        reason = "names_people"
    title = unit.headings[0] if unit.headings else ""
    if not reason and not owner and not title:
        reason = "no_owner"
    if reason:
        return Refusal(reason, unit.text.text, unit.text.start)
    answer, cores = _ask_by_form(name, value, owner, unit)
    if not cores:
        if not is_noun(last) and not {word.lower() for word in name.split()} & WEEKDAYS:
            return Refusal("no_subject", unit.text.text, unit.text.start)
        heading = unit.headings[-1] if unit.headings else ""
        if is_mixed(value.text):
            return Refusal("several_kinds", unit.text.text, unit.text.start)
        cores = name_attribute(name, value.text, owner, heading if heading != re.sub(r"^the\s+", "", owner) else "")
    if not owner:
        alone = unique and names_nothing(title) and _is_specific(name)
        cores = cores if alone else [named for core in cores if (named := in_title(core, title))]
        if not cores:
            return Refusal("no_owner", unit.text.text, unit.text.start)
    return Fact("line.attribute", answer, tuple(cores), unit.text.text, unit.headings)


def _is_specific(name: str) -> bool:
    """Whether a key says by itself what is asked for: "meeting point" does, "contact" does not."""
    words = [word for word in name_noun(name).split() if word.lower() not in DETERMINERS | PREPOSITIONS]
    return len(words) > 1 and is_noun(words[-1])


def _name_key(key: str, unit: Unit, topic: str) -> tuple[str, str]:
    """The attribute's name and its owner, with the list items that the line stands under."""
    key = re.sub(r"\s*\([^()]*\)$", "", key)
    if sized := re.fullmatch(r"(?P<thing>[A-Za-z][\w -]*), (?P<size>\d[\w.,½ ]*)", key):  # "Tea, 1 litre: 5 €"
        amount = parse_amount(sized.group("size"))
        if amount and amount.kind == "measure" and not amount.rest:
            key = f"{amount.text} of {name_noun(sized.group('thing'))}"
    owner = owner_in_list(unit) or topic
    part = unit.parents[-1].rstrip(":") if unit.parents and unit.parents[-1].endswith(":") else ""
    if part and (key.lower() in SEASONS | MONTHS or not is_noun(key.lower())):
        return f"{key.lower()} {part.lower()}", owner  # "Temperature:" / "summer: 20 °C"
    if part and not is_plural(head_of(part)):
        owner = f"the {part.lower()} of {owner}" if owner else f"the {part.lower()}"
    return key, owner


def _is_named(key: str) -> bool:
    """Whether the key is a name of several words: "Tarn Crossing to Elm Hut", no attribute."""
    words = small_title(key).split()
    large = [word for word in words[1:] if word[:1].isupper() and word[1:2].islower()]
    first = words[0].rsplit("-", 1)[-1]  # "Semi-major axis" is none
    return len(words) > 1 and bool(large or (words[0][:1].isupper() and words[0][1:].islower() and not lemmas(first)))


def _names_thing(key: str, heading: str) -> bool:
    """Whether a key in large letters is one of the things that its heading speaks of: "Bear Gully" under "Tours"."""
    words, head = key.split(), head_of(re.sub(r"^[\d.\s]+", "", heading).lower())
    listed = is_plural(head) and head not in _LISTS
    return listed and len(words) > 1 and all(word[:1].isupper() for word in words)


def amount_of_money(value: str) -> bool:
    """Whether the value is a price."""
    amount = parse_amount(value)
    return amount is not None and amount.kind == "money"


def _ask_by_form(key: str, value: Text, owner: str, unit: Unit) -> tuple[Text, list[Core]]:
    """Keys that are no nouns: a date, a participle, a state; no questions where it is none of them."""
    words = key.lower().split()
    of = f" for {owner}" if owner else ""
    heading = unit.headings[-1] if unit.headings else ""
    if _DATE.fullmatch(key) or _MONTHS.fullmatch(key):
        return value, [ask_for_owner(core, owner) if owner else core for core in ask_entry(key, value.text, heading)]
    if {word.strip(",") for word in re.split(r"[\s–-]+", key.lower())} & WEEKDAYS:
        return value, []
    if re.fullmatch(r"\d{1,4}|[A-Z]{1,2}-?\d{1,4}", key) and heading and len(heading.split()) <= 4:
        kinds = re.sub(r"^[\d.\s]+", "", small_title(heading).lower()).split()
        kinds[-1] = singular(kinds[-1]) if is_plural(kinds[-1]) else kinds[-1]
        named = [" ".join([*kinds, key]), *([" ".join([*kinds[:-1], key])] if kinds[-1:] == ["code"] and len(kinds) > 1 else [])]
        return value, [Core(f"What does {coded} mean{of}?", f"what {coded} means{of}") for coded in named]
    if coded := ask_term(key, value.text, heading):
        return value, [ask_for_owner(core, owner) if owner else core for core in coded]
    if (timed := time_of(value)) and not _TIMED.search(f"{key} {heading}"):
        above = re.sub(r"^[\d.\s]+", "", heading).lower()
        kind = singular(above) if " " not in above and is_plural(above) and heading != unit.headings[0] else ""
        thing = f"the {name_noun(key)} {kind}" if kind and kind not in key.lower() else name_thing(key, "")
        be = "are" if is_plural(head_of(thing)) else "is"
        cores = [
            Core(f"When {be} {thing}?", f"when {thing} {be}"),
            Core(f"When does {thing} take place?", f"when {thing} takes place"),
        ]
        return timed, [ask_for_owner(core, owner) if owner else core for core in cores[: 1 + (be == "is")]]
    if not owner:
        return value, []
    if (_is_named(key) or _names_thing(key, heading)) and not amount_of_money(value.text):
        listed = head_of(re.sub(r"^[\d.\s]+", "", heading).lower()) if heading and heading != unit.headings[0] else ""
        kind = singular(listed) if is_plural(listed) else ""
        return value, [
            Core(f"What is said about the {kind} {key}{of}?", f"what is said about the {kind} {key}{of}"),
            Core(f"What is noted for the {kind} {key}{of}?", f"what is noted for the {kind} {key}{of}"),
        ] if kind and is_common_word(kind.capitalize()) else []
    if is_order_value(value.text):
        noun = name_noun(key)
        return value, [
            Core(f"What is the advice on {noun}{of}?", f"what the advice on {noun}{of} is"),
            Core(f"What should be done about {noun}{of}?", f"what should be done about {noun}{of}"),
        ]
    be = "are" if is_plural(head_of(owner)) else "is"
    if len(words) == 1 and words[0] in STATES and is_moment(value.text):
        return value, [Core(f"When {be} {owner} {words[0]}?", f"when {owner} {be} {words[0]}")]
    was = "were" if be == "are" else "was"
    if len(words) == 1 and is_participle(words[0]) and not is_noun(words[0]):
        answer = value.cut(0, value.text.index(",")) if "," in value.text and not is_moment(value.text) else value
        answer = value.cut(0, value.text.index(", by")) if ", by" in value.text else answer
        cores = [Core(f"When {was} {owner} {words[0]}?", f"when {owner} {was} {words[0]}")]
        return answer, cores if is_moment(answer.text) else []
    if len(words) == 2 and is_participle(words[0]) and words[1] in ("by", "in", "at", "of", "from", "with", "for"):
        return value, ask_participle(words[0], words[1], value.text, owner, was)
    return value, []


def ask_quantity(unit: Unit, owner: str) -> Fact | None:
    """ "300 g Munich malt" in a list of what something takes; None where the line is nothing like it."""
    text = re.sub(r"\s*\([^()]*\)$", "", unit.text.text).rstrip(".")
    amount = parse_amount(text)
    if not owner or amount is None or amount.kind not in ("measure", "count"):
        return None
    if amount.kind == "measure" and not amount.rest:
        return None
    thing = re.sub(r"^of ", "", amount.rest) if amount.kind == "measure" else f"{amount.unit} {amount.rest}".strip()
    if len(thing.split()) > 4 or not is_noun(thing.split()[-1]) or re.search(r"[,;:]|\d", thing) or not unit.listed:
        return None
    above = f"{unit.intro} {unit.headings[-1] if unit.headings else ''}".lower()
    if amount.kind == "count" and not re.search(r"ingredient|you need|material|equipment|shopping|parts", above):
        return None
    size = len(amount.text) if amount.kind == "measure" else len(amount.number)
    return Fact("line.quantity", unit.text.cut(0, size), tuple(ask_part(thing, amount, owner)), unit.text.text, unit.headings)


def ask_part(thing: str, amount: Amount, owner: str) -> list[Core]:
    """How much, or how many, of something goes into something.

    Args:
        owner: What it goes into; "" where nothing is known of that.
    """
    counted = amount.kind != "measure"
    how, be = ("many", "are") if counted else ("much", "is")
    if owner and not counted and is_plural(thing.split()[-1]):  # "250 g red lentils"
        return [
            Core(f"What amount of {thing} is used for {owner}?", f"what amount of {thing} is used for {owner}"),
            Core(f"What amount of {thing} do I need for {owner}?", f"what amount of {thing} I need for {owner}"),
            Core(f"How many {thing} do I need for {owner}?", f"how many {thing} I need for {owner}"),
        ]
    if not owner:
        return [Core(f"How {how} {thing} {be} needed?", f"how {how} {thing} {be} needed")]
    need = ("do", "need") if is_plural(head_of(owner)) else ("does", "needs")
    cores = [
        Core(f"How {how} {thing} {be} used for {owner}?", f"how {how} {thing} {be} used for {owner}"),
        Core(f"How {how} {thing} {need[0]} {owner} need?", f"how {how} {thing} {owner} {need[1]}"),
        Core(f"How {how} {thing} do I need for {owner}?", f"how {how} {thing} I need for {owner}"),
    ]
    if not counted:
        cores.append(Core(f"What is the amount of {thing} for {owner}?", f"what the amount of {thing} for {owner} is"))
    return cores


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))
