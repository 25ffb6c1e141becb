"""How people ask for an attribute that has a verb or a question word of its own.

    Weight: 9 kg            ->  "How much does the X weigh?", "How heavy is the X?"
    Origin: West Africa     ->  "Where does the X come from?"
    Duration: 2 hours       ->  "How long does the X take?"

``{it}`` is what has the attribute, ``{be}`` and ``{do}`` agree with it; a verb in braces takes its form.

Not covered: attributes that need a preposition of their own.
"""

import re

from tasks.teacher_generate.extractive.amounts import is_duration, is_moment, parse_amount
from tasks.teacher_generate.extractive.facts import Core
from tasks.teacher_generate.extractive.lexicon import inflect, is_plural

_HOW_BIG = {
    "age": ("old",), "altitude": ("high",), "area": ("big", "large"), "breadth": ("wide",), "depth": ("deep",),
    "diameter": ("wide",), "distance": ("far away",), "elevation": ("high",), "height": ("high", "tall"),
    "length": ("long",), "size": ("big", "large"), "speed": ("fast",), "thickness": ("thick",), "weight": ("heavy",),
    "width": ("wide",),
}  # fmt: skip
"""Measures with the adjectives that people ask for them by."""
_PLACED = {"address", "location", "place", "venue", "site", "meeting point", "seat", "room", "position"}
_VERBS = {
    "weight": ("how much", "weigh"),
    "origin": ("where", "come from"),
    "home": ("where", "come from"),
    "price": ("how much", "cost"),
    "cost": ("how much", "cost"),
    "duration": ("how long", "take"),
    "cooking time": ("how long", "cook"),
    "baking time": ("how long", "bake"),
    "travel time": ("how long", "take"),
    "walking time": ("how long", "take"),
    "shelf life": ("how long", "keep"),
    "lifespan": ("how long", "live"),
    "life span": ("how long", "live"),
    "life expectancy": ("how long", "live"),
}
"""Attributes that a verb says."""
_NEEDED = {
    "fertiliser", "fertilizer", "humidity", "light", "memory", "power", "soil", "substrate", "voltage", "water",
}  # fmt: skip
"""What something may need rather than have."""
_LASTING = {
    "battery life": "battery",
    "warranty": "warranty",
    "guarantee": "guarantee",
    "warranty period": "warranty",
    "term": "term",
}


def ask_as_people_do(noun: str, value: str, owner: str) -> list[Core]:
    """The questions with a word of their own for this attribute; none where it has none.

    Args:
        noun: The attribute in small letters, without article.
        owner: What has it, with its article; "" asks for nothing.
    """
    if not owner or owner.lower().startswith(("for ", "the option")):
        return []
    plural = is_plural(re.split(r" (?:of|in|for|with|at) ", owner)[0].split()[-1])
    be, do = ("are", "do") if plural else ("is", "does")
    amount, last = parse_amount(value), noun.split()[-1] if noun.split() else ""
    sized = amount is not None and amount.kind in ("measure", "count", "time", "bare") and not is_moment(value)
    cores: list[Core] = []
    if (
        noun in _VERBS
        and (_VERBS[noun][0] == "where") == (amount is None)
        and not (noun == "duration" and not is_duration(value))
    ):
        wh, verb = _VERBS[noun]
        first, _, rest = verb.partition(" ")
        does = verb if plural else f"{inflect(first, 'VBZ')} {rest}".strip()
        cores.append(Core(f"{wh.capitalize()} {do} {owner} {verb}?", f"{wh} {owner} {does}"))
    if (
        last in _HOW_BIG
        and sized
        and (noun == last or noun.split()[0] in ("top", "maximum", "total", "overall", "max", "average"))
    ):
        for how in _HOW_BIG[last]:
            cores.append(Core(f"How {how} {be} {owner}?", f"how {how} {owner} {be}"))
    if noun in _PLACED and amount is None:
        cores.append(Core(f"Where {be} {owner}?", f"where {owner} {be}"))
    if noun in _LASTING and amount is not None and amount.kind == "time":
        cores.append(
            Core(f"How long does the {_LASTING[noun]} of {owner} last?", f"how long the {_LASTING[noun]} of {owner} lasts")
        )
    if noun in ("day", "date", "weekday"):
        asked = "On which day" if noun != "date" else "When"
        cores.append(Core(f"{asked} {be} {owner}?", f"{asked[0].lower()}{asked[1:]} {owner} {be}"))
    if noun in ("material", "materials"):
        cores.append(Core(f"What {be} {owner} made of?", f"what {owner} {be} made of"))
    if noun in ("color", "colour"):
        cores.append(Core(f"What {noun} {be} {owner}?", f"what {noun} {owner} {be}"))
    if noun in _NEEDED:
        need = "need" if plural else "needs"
        cores.append(Core(f"What {noun} {do} {owner} need?", f"what {noun} {owner} {need}"))
    if noun in ("population", "inhabitants") and amount is not None:
        cores.append(Core(f"How many people live in {owner}?", f"how many people live in {owner}"))
    return cores
