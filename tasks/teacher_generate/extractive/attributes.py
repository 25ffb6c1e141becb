"""The ways to ask for an attribute that everybody knows, of a thing that surely has it.

    price: 25 € of the brake check     ->  "How much does the brake check cost?"
    weight: 9 kg of the Veloce 3       ->  "What is the weight of the Veloce 3?", "How heavy is the Veloce 3?"
    teacher: Mr. Petrov of art         ->  "Who is the teacher of art?"

Only where the attribute is one of these families and its value of the family's kind; for anything else there are no questions
here, and ``quoted_entries`` asks by the place. To teach another family, add its nouns and the values that it takes.

Not covered: whose attribute it is; ``tables`` and ``keyed_lines`` say so.
"""

import re

from tasks.teacher_generate.extractive.amounts import is_moment, parse_amount
from tasks.teacher_generate.extractive.attribute_words import ask_as_people_do, link_attribute, names_measure, names_value
from tasks.teacher_generate.extractive.facts import Core
from tasks.teacher_generate.extractive.lexicon import inflect, is_plural, is_role, verb_base
from tasks.teacher_generate.extractive.naming import head_of, name_noun

_PRICES = {"charge", "cost", "costs", "deposit", "fare", "fee", "fees", "price", "rent", "surcharge"}
_NAMED = {
    "botanical name", "capital", "colour", "color", "currency", "energy class", "genus", "latin name", "material", "origin",
    "scientific name",
}  # fmt: skip
"""Attributes whose value is a word or a few."""
_COUNTED = {"cores", "cylinders", "doors", "floors", "gears", "legs", "moons", "pages", "rooms", "seats", "storeys", "strings",
            "wheels", "windows"}  # fmt: skip
"""What things are counted by."""
_HOURS = {"opening hours", "opening times", "visiting hours", "office hours"}
LONGEST_VALUE = 8
"""Words of a value that is given for a short question."""
_DATES = {"completion date", "expiry date", "founding date", "launch date", "opening date", "release date"}
_DOERS = {
    "architect", "captain", "caretaker", "chairman", "chairperson", "chairwoman", "class teacher", "coach", "composer",
    "conductor", "curator", "deputy headteacher", "designer", "director", "discoverer", "founder", "head teacher", "headmaster",
    "headmistress", "headteacher", "instructor", "inventor", "manager", "mayor", "owner", "president", "principal", "secretary",
    "teacher", "trainer", "treasurer", "warden",
}  # fmt: skip
_MADE = {
    "built", "completed", "constructed", "designed", "discovered", "established", "founded", "introduced", "invented",
    "launched", "opened", "released", "renovated", "restored",
}  # fmt: skip
_TITLE = r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|Mme|Madame|Herr|Frau)\b\.? "
_PERSON = re.compile(rf"(?:{_TITLE})?(?P<name>[A-Z][\w’'-]*\.?(?: (?:de|van|von|[A-Z][\w’'-]*\.?)){{0,3}})")
_ORGANISATION = re.compile(
    r"\b(?:association|bank|centre|center|club|college|company|council|foundation|group|institute|ltd|museum|office|school|society|team|"
    r"trust|university|works)\b",
    re.IGNORECASE,
)
_PHONE = (re.compile(r"\+?[\d() /-]{6,}\d"), "phone number")
_MAIL = (re.compile(r"\S+@\S+"), "e-mail address")
_REACHED = {
    "phone": _PHONE, "phone number": _PHONE, "telephone": _PHONE, "telephone number": _PHONE, "e-mail": _MAIL, "email": _MAIL,
    "e-mail address": _MAIL,
}  # fmt: skip
_WITH_UNIT = re.compile(r"(?P<noun>[^()]+?)\s*(?:\((?P<bracketed>[^()]+)\)|in (?P<unit>\S+))")
_MORE_TOLD = re.compile(r"\d\s?/\s?\d|\b(?:or|and|if|plus|from)\b")
_PARTED = re.compile(r"[,;/:()]")


def ask_attribute(name: str, value: str, owner: str) -> list[Core]:
    """The ways to ask for an attribute; none where it is no known one, or its value not of its kind.

    Args:
        name: The attribute as the document calls it: "Weight (kg)".
        owner: What has it, with its article.
    """
    unit, amount = "", parse_amount(value)
    if match := _WITH_UNIT.fullmatch(name):
        name, unit = match.group("noun"), (match.group("bracketed") or match.group("unit")).strip()
        if amount is None or amount.kind != "bare" or amount.rest or parse_amount(f"1 {unit}") is None:
            return []
    noun = name_noun(name)
    noun = noun.lower() if noun.lower() in _DOERS else noun
    if noun in _HOURS and is_moment(value):
        return _ask_of(noun, owner)
    if noun in _DOERS and is_name(value):
        return [Core(f"Who is the {noun} of {owner}?", f"who the {noun} of {owner} is")]
    plain = amount is not None and not amount.rest
    if _MORE_TOLD.search(value) or (not plain and _PARTED.search(value)):
        return []
    if amount and plain and noun in _COUNTED and amount.kind == "bare":
        do, has = ("do", "have") if is_plural(head_of(owner)) else ("does", "has")
        return [Core(f"How many {noun} {do} {owner} have?", f"how many {noun} {owner} {has}")]
    if amount and plain and names_measure(noun):
        asked = _ask_of(noun, owner, f" in {unit}" if unit else "")
        return [*asked, *ask_as_people_do(noun, owner)] if amount.kind in ("measure", "time") else asked if unit else []
    if head_of(noun) in _PRICES:
        return _ask_price(noun, value, owner) if not unit else []
    if noun in _NAMED and amount is None and len(value.split()) <= 4 and (noun != "origin" or value[0].isupper()):
        return [*_ask_of(noun, owner), *ask_as_people_do(noun, owner)]
    return _ask_of(noun, owner) if noun in _DATES and is_moment(value) else []


def ask_linked(name: str, value: str, owner: str) -> list[Core]:
    """An attribute of several words whose last says that it is one: "What is the order number of the milk jug?"."""
    noun = name_noun(name)
    link = link_attribute(noun) if _is_short(name, value) and noun not in _REACHED else ""
    if not link:
        return []
    be = "are" if is_plural(head_of(noun)) else "is"
    return [Core(f"What {be} the {noun} {link} {owner}?", f"what the {noun} {link} {owner} {be}")]


def ask_at(name: str, value: str, place: str) -> list[Core]:
    """An attribute of whatever a place is about: 'According to "Warranty" of "Ravello", what is the service life?'.

    Args:
        place: The section or table by its quoted name.
    """
    noun, at = name_noun(name), f"according to {place}"
    reached = _REACHED.get(noun.lower())
    if noun.lower() in _DOERS and is_name(value):
        return _turn_at("who is", f"the {noun.lower()}", at)
    if reached and reached[0].fullmatch(value):
        return _turn_at("what is", f"the {reached[1]}", at)
    if not _is_short(name, value) or not (noun in _HOURS | _NAMED | _DATES or head_of(noun) in _PRICES or names_value(noun)):
        return []
    be, amount = "are" if is_plural(head_of(noun)) else "is", parse_amount(value)
    money = head_of(noun) in _PRICES - {"cost", "costs", "price"} and amount is not None and amount.kind == "money"
    return [*(_turn_at(f"how much {be}", f"the {noun}", at) if money else []), *_turn_at(f"what {be}", f"the {noun}", at)]


def _turn_at(asked: str, noun: str, at: str) -> list[Core]:
    wh, be = asked.rsplit(" ", 1)
    told = f"{wh} {noun} {be} {at}"
    return [
        Core(f"{at[0].upper()}{at[1:]}, {asked} {noun}?", told),
        Core(f"{asked[0].upper()}{asked[1:]} {noun} {at}?", told),
    ]


def _is_short(name: str, value: str) -> bool:
    """Whether a value is one for a short question, and its name plain words."""
    words, amount = value.lower().split(), parse_amount(value)
    if amount and re.match(r"(?:for|with|to|at|in)\b|[,;(]", amount.rest):
        return False  # "64 °C for 75 minutes" is more than a temperature
    return len(words) <= LONGEST_VALUE and words[0] not in ("yes", "no", "none", "see") and bool(re.fullmatch(r"[\w’' -]+", name))


def ask_reached(name: str, value: str, owner: str) -> list[Core]:
    """How somebody, or an office, is reached: of a product's document nobody knows whose number is meant."""
    shape, noun = _REACHED.get(name_noun(name).lower(), (None, ""))
    return _ask_of(noun, owner) if shape and shape.fullmatch(value) and not is_plural(head_of(owner)) else []


def ask_made(key: str, value: str, owner: str) -> list[Core]:
    """What happened to something once: "Released: 2017", "Designed by: Ada Berg"."""
    done, _, link = key.lower().partition(" ")
    was = "were" if is_plural(head_of(owner)) else "was"
    if done not in _MADE or re.search(r"[,;]", value):
        return []
    if link == "by" and value[:1].isupper():
        active = inflect(verb_base(done) or done, "VBD")
        return [Core(f"Who {active} {owner}?", f"who {active} {owner}"),
                Core(f"By whom {was} {owner} {done}?", f"by whom {owner} {was} {done}")]  # fmt: skip
    if link in ("", "in", "on") and re.search(r"\b(?:1\d{3}|20\d\d)$", value) and is_moment(value):
        return [Core(f"When {was} {owner} {done}?", f"when {owner} {was} {done}")]
    return []


def is_price(noun: str) -> bool:
    """Whether an attribute is what something costs."""
    return head_of(name_noun(noun)) in _PRICES


def is_name(value: str) -> bool:
    """Whether a value is somebody's name and nothing else: "Mr. Petrov", "Ida Krol"."""
    match = _PERSON.fullmatch(value)
    named = match is not None and re.search(r"[a-z]{2}", match.group("name")) and not _ORGANISATION.search(value)
    return match is not None and bool(named) and (match.start("name") > 0 or " " in match.group("name"))


def _ask_of(noun: str, owner: str, tail: str = "") -> list[Core]:
    be = "are" if is_plural(head_of(noun)) else "is"
    return [Core(f"What {be} the {noun} of {owner}{tail}?", f"what the {noun} of {owner}{tail} {be}")]


def _ask_price(noun: str, value: str, owner: str) -> list[Core]:
    """Money: what things cost, and what people pay; nobody says whose a "deposit" of 50 € is."""
    amount = parse_amount(value)
    priced = re.fullmatch(r"(?:cost|costs|price)(?P<per> per [a-z]+)?", noun)
    money = amount is not None and amount.kind == "money" and not amount.rest
    plural, paying = is_plural(head_of(owner)), is_role(owner) and owner.islower()
    if paying and money and plural:
        be = "are" if is_plural(head_of(noun)) else "is"
        asked = Core(f"What {be} the {noun} for {owner}?", f"what the {noun} for {owner} {be}")
        return [asked] if " per " in noun else [Core(f"How much do {owner} pay?", f"how much {owner} pay"), asked]
    if paying or priced is None or not (money or value.lower() == "free"):
        return []
    do, costs, is_ = ("do", "cost", "are") if plural else ("does", "costs", "is")
    per = priced.group("per") or ""
    return [
        Core(f"How much {do} {owner} cost{per}?", f"how much {owner} {costs}{per}"),
        Core(f"What is the price of {owner}{per}?", f"what the price of {owner}{per} is"),
        Core(f"What {do} {owner} cost{per}?", f"what {owner} {costs}{per}"),
        Core(f"How much {is_} {owner}{per}?", f"how much {owner} {is_}{per}", reserved=True),
    ]
