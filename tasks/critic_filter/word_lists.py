"""Words that the lexical critic knows: those that say nothing about a place in a text, and numbers.

Not covered: forms of words; ``passage_match`` takes those from a dictionary.
"""


def _words(text: str) -> list[str]:
    return [entry.strip() for entry in text.split(",")]


STOP_WORDS = frozenset(
    _words(
        """a, about, according, all, also, am, an, and, any, are, as, at, be, been, being, between, but, by, call, called, can,
    could, did, do, does, due, each, for, from, get, give, given, had, happen, has, have, he, her, his, how, i, if, in,
    into, is, it, its, just, kind, know, like, long, many, may, me, mean, might, much, must, my, name, need, needs, no,
    not, of, often, on, one, ones, only, onto, or, our, out, over, per, place, please, say, shall, she, should, so, some,
    soon, sort, such, take, tell, than, that, the, their, them, then, there, these, they, thing, this, those, to,
    under, up, us, use, used, usual, usually, was, way, we, were, what, when, where, which, who, whom, whose, why, will,
    with, within, without, would, yes, you, your"""
    )
)
_UP_TO_TWENTY = _words(
    """zero, one, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, thirteen, fourteen, fifteen, sixteen,
    seventeen, eighteen, nineteen, twenty"""
)
_TENS = {"thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80", "ninety": "90"}
NUMBER_WORDS = {word: str(number) for number, word in enumerate(_UP_TO_TWENTY)} | _TENS
"""Number words as digits."""
ORDINALS = {
    word: str(number)
    for number, word in enumerate(
        _words("first, second, third, fourth, fifth, sixth, seventh, eighth, ninth, tenth, eleventh, twelfth"), 1
    )
}
"""Places in a row as digits."""
SAYS_HOW_MANY = frozenset(
    [*NUMBER_WORDS, *_words("hundred, thousand, million, half, dozen, both, no, none, single, double, twice, once")]
)
"""Words that answer "how many"."""
LIGHT_WORDS = frozenset(
    _words(
        """most, least, maximum, minimum, number, just, together, always, then, later, earlier, already, still, even, once, again,
    everybody, everyone, anybody, anyone, people, person, someone, somebody, now, here, around, approximately, roughly, exactly,
    more, less, other, another, both, either, too, very, time, first, after, before, until, till, since, during, because,
    nothing, allowed, permitted, possible"""
    )
)
"""Words that an answer may add of its own: they need no support."""
ASKED_MEASURES = {
    "far": "distance", "away": "distance", "heavy": "weight", "weigh": "weight", "high": "height", "tall": "height", "old": "age",
    "wide": "width", "deep": "depth", "fast": "speed", "big": "size", "large": "size", "thick": "thickness",
    "loud": "noise", "hot": "temperature", "warm": "temperature", "cold": "temperature",
}  # fmt: skip
"""Words that people measure with, and the nouns that documents use for that."""
CURRENCY_SIGNS = {"dollar": "$", "usd": "$", "euro": "€", "eur": "€", "pound": "£", "gbp": "£", "yen": "¥"}
"""Currencies in words, without the plural's ending, with their signs."""
UNIT_FORMS = {
    form: unit
    for unit, forms in {
        "kg": "kilo kilos kilogram kilograms kilogramme kilogrammes kgs",
        "g": "gram grams gramme grammes",
        "km": "kilometre kilometres kilometer kilometers",
        "m": "metre metres meter meters",
        "cm": "centimetre centimetres centimeter centimeters",
        "mm": "millimetre millimetres millimeter millimeters",
        "l": "litre litres liter liters",
        "ml": "millilitre millilitres milliliter milliliters",
        "hour": "h hr hrs",
        "minute": "min mins",
        "second": "sec secs",
        "degree": "degrees celsius",
        "percent": "percentage",
    }.items()
    for form in forms.split()
}
"""Units in the one form that is compared."""
SIGN_WORDS = {"%": ("percent",), "€": ("euro",), "£": ("pound",), "$": ("dollar",), "°C": ("degree",)}
"""Signs and what they are in words."""
CALENDAR_WORDS = _words(
    """monday, tuesday, wednesday, thursday, friday, saturday, sunday, weekday, weekend, january, february, march, april, may,
    june, july, august, september, october, november, december, spring, summer, autumn, winter, christmas, easter"""
)
"""Days and seasons: written like names, but they name nothing."""
