"""Measures, and how people ask for an attribute that has a verb or a question word of its own.

    Weight: 9 kg            ->  "How much does the X weigh?", "How heavy is the X?"
    Origin: West Africa     ->  "Where does the X come from?"

``{it}`` is what has the attribute; ``{be}`` and ``{do}`` agree with it, and so does the verb behind ``|``.

Not covered: attributes that need a preposition of their own.
"""

from tasks.teacher_generate.extractive.facts import Core
from tasks.teacher_generate.extractive.lexicon import inflect, is_plural, verb_forms
from tasks.teacher_generate.extractive.naming import head_of

_MEASURES = {
    "altitude", "area", "capacity", "circumference", "density", "depth", "diameter", "duration", "elevation", "height", "length",
    "lifespan", "payload", "power", "pressure", "radius", "speed", "thickness", "voltage", "volume", "weight", "width",
    "wingspan",
}  # fmt: skip
_TOGETHER = {
    "baking time", "battery life", "cable length", "charging time", "cooking time", "drying time", "energy consumption",
    "fuel consumption", "life expectancy", "life span", "noise level", "power consumption", "preparation time", "screen size",
    "shelf life", "top speed", "total height", "total length", "total weight", "water consumption",
}  # fmt: skip
"""Measures of two words: what a word before a measure makes of it ("oven temperature", "maximum length") is not known."""
_ASKED = {
    "area": ("How big {be} {it}?",),
    "height": ("How tall {be} {it}?",),
    "length": ("How long {be} {it}?",),
    "depth": ("How deep {be} {it}?",),
    "thickness": ("How thick {be} {it}?",),
    "width": ("How wide {be} {it}?",),
    "weight": ("How much {do} {it} weigh?", "How heavy {be} {it}?"),
    "top speed": ("How fast {be} {it}?",),
    "duration": ("How long {be} {it}?",),
    "shelf life": ("How long {do} {it} keep?",),
    "origin": ("Where {do} {it} come from?",),
    "material": ("What {be} {it} made of?",),
    "colour": ("What colour {be} {it}?",),
    "color": ("What color {be} {it}?",),
}


_INTRINSIC = {
    "angle", "capacity", "class", "code", "consumption", "density", "depth", "diameter", "grade", "gravity", "height", "length",
    "level", "life", "mass", "number", "output", "point", "power", "pressure", "range", "ratio", "resolution", "size",
    "thickness", "torque", "type", "voltage", "volume", "weight", "width",
}  # fmt: skip
"""What a word before these makes an attribute of a thing: "order number", "boiling point"."""
_SET = {"date", "limit", "period", "rate", "speed", "temperature", "time"}
"""The same for what is set for a thing: "oven temperature"."""
_BOUNDS = {"maximum", "minimum", "permitted", "recommended", "required"}
_CLOCK = {"arrival", "closing", "departure", "end", "finish", "journey", "opening", "start", "starting", "travel", "walking"}
"""No time of a thing: a stop has no "departure time"."""
_ALONE = {"altitude", "eccentricity", "horsepower", "mass", "torque"}
"""Attributes of one word, besides measures, that a question may name where its place is said."""


def link_attribute(noun: str) -> str:
    """What joins an attribute of several words to its thing: "of" or "for"; "" where it is none that is known."""
    *before, last = noun.split() or [""]
    if not 0 < len(before) < 4 or before[-1] in _CLOCK or not all(word.replace("-", "").isalnum() for word in before):
        return ""
    done = "VBG" in verb_forms(before[0])  # "diving depth"
    if last in _SET or (last in _INTRINSIC and (before[0] in _BOUNDS or done)):
        return "for"
    return "of" if last in _INTRINSIC else ""


def names_value(noun: str) -> bool:
    """Whether a noun asks for a value wherever its place is said: "the orbital period"."""
    return names_measure(noun) or noun in _ALONE or bool(link_attribute(noun))


def names_measure(noun: str) -> bool:
    """Whether an amount with a unit is what this attribute always is."""
    return noun in _MEASURES | _TOGETHER


def ask_as_people_do(noun: str, owner: str) -> list[Core]:
    """The questions with a word of their own for this attribute; none where it has none.

    Args:
        noun: The attribute in small letters, without article.
        owner: What has it, with its article.
    """
    be, do = ("are", "do") if is_plural(head_of(owner)) else ("is", "does")
    return [_turn(asked, be, do, owner) for asked in _ASKED.get(noun, ())]


def _turn(asked: str, be: str, do: str, owner: str) -> Core:
    """ "How much {do} {it} weigh?" with its indirect form, "how much the X weighs"."""
    before, said, after = asked.rstrip("?").partition("{be}" if "{be}" in asked else "{do}")
    rest = after.replace("{it}", owner).strip()
    direct = f"{before}{be if said == '{be}' else do} {rest}?"
    start = before[:1].lower() + before[1:].strip()
    if said == "{be}":
        return Core(direct, f"{start} {owner} {be}{after.replace('{it}', '').rstrip()[1:]}")
    first, _, last = after.replace("{it}", "").strip().partition(" ")
    verb = first if do == "do" else inflect(first, "VBZ")
    return Core(direct, f"{start} {owner} {verb} {last}".strip())
