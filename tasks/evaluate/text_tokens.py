"""A text as a list of normalised tokens: what two spellings of one answer have in common.

Part of ``evaluate``, in the parent process; ``scoring.py`` compares these lists.

- Lower case, Unicode compatibility forms (NFKC), no punctuation, no articles, as SQuAD's script does (Rajpurkar et al. 2016,
  "SQuAD: 100,000+ Questions for Machine Comprehension of Text", section 6.1).
- **A number keeps its value, not its spelling**: ``10,000,000``, ``10000000`` and ``10 million`` are one token, ``two`` is ``2``;
  but ``2.5`` is not ``25`` and ``-5`` is not ``5``.
- **A unit stays, apart from its number and after it**: ``$5``, ``5 USD`` and ``5 dollars`` are ``5 dollar``.

Examples::

    The price: $10,000.50, or 2 %!   ->   price 10000.5 dollar or 2 percent
    9 A.M. isn't late                ->   9 am is not late

Not covered: numbers in words above twenty, decimal commas, conversion between units.
"""

import re
import unicodedata
from collections.abc import Iterator
from decimal import Context, Decimal

ARTICLES = frozenset({"a", "an", "the"})
SPELLED_OUT = """
    zero one two three four five six seven eight nine ten
    eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty
""".split()  # noqa: SIM905
NUMBER_WORDS = {word: str(value) for value, word in enumerate(SPELLED_OUT)}
SCALES = {"thousand": 3, "million": 6, "billion": 9}
SHORT_SCALES = {"k": 3, "m": 6, "bn": 9}
"""Only after a currency's sign: elsewhere an m is a metre."""
SIGNS = {"$": "dollar", "€": "euro", "£": "sterling", "¥": "yen", "%": "percent", "°": "degree"}
UNITS = {
    "usd": "dollar",
    "dollars": "dollar",
    "eur": "euro",
    "euros": "euro",
    "gbp": "sterling",
    "jpy": "yen",
    "percentage": "percent",
    "degrees": "degree",
    "lb": "pound",
    "lbs": "pound",
    "kg": "kilogram",
    "km": "kilometer",
    "hp": "horsepower",
}
IRREGULAR_NEGATIONS = {"can't": ("can", "not"), "cannot": ("can", "not"), "won't": ("will", "not"), "shan't": ("shall", "not")}

NUMBERED = frozenset({"version", "release", "chapter", "section"})
"""What is numbered in levels: version 2.10 is not version 2.1."""

TIME_OF_DAY = re.compile(r"\b([ap])\.\s?m\b\.?")
TOKEN = re.compile(
    r"(?P<number>(?<![\w.])-?\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!,?\d)|(?:(?<![\w.)])-)?\d+(?:\.\d+)?)"
    r"|(?P<sign>[$€£¥%°])"
    r"|(?P<word>[^\W\d_]+(?:'[^\W\d_]+)?)"
)
"""A number (grouped by commas, or plain; a minus only where no word or number stands before it), a telling sign, a word."""


def tokens_of(text: str) -> list[str]:
    """The normalised tokens of a text, in order.

    >>> tokens_of("The price: $10,000.50, or 2 %!")
    ['price', '10000.5', 'dollar', 'or', '2', 'percent']
    """
    found = list(_raw_tokens(text))
    tokens: list[str] = []
    place = 0
    while place < len(found):
        kind, value = found[place]
        currency = ""
        if kind == "sign" and place + 1 < len(found) and found[place + 1][0] == "number" and SIGNS[value] != "percent":
            currency, place = SIGNS[value], place + 1
            kind, value = found[place]
        place += 1
        if kind != "number":
            tokens += _word(value) if kind == "word" else [SIGNS[value]]
            continue
        scales = SCALES | SHORT_SCALES if currency else SCALES
        power = scales.get(found[place][1], 0) if place < len(found) else 0
        place += bool(power)
        number = value if tokens and tokens[-1] in NUMBERED and "." in value else spell_number(value, power)
        tokens += [number, *([currency] if currency else [])]
    return tokens


def is_number(token: str) -> bool:
    """Whether a normalised token is a number."""
    return token.lstrip("-")[:1].isdigit()


def spell_number(digits: str, power: int = 0) -> str:
    """The one spelling of a number: no commas, no needless zeros, exact at any length.

    >>> spell_number("010,000.50"), spell_number("2.5", 6), spell_number("-0")
    ('10000.5', '2500000', '0')

    Args:
        digits: as written, commas included.
        power: of ten that it is multiplied by.
    """
    plain = digits.replace(",", "")
    number = Decimal(plain).scaleb(power, Context(prec=len(plain) + power + 1))
    spelled = format(number, "f")
    if "." in spelled:
        spelled = spelled.rstrip("0").rstrip(".")
    return "0" if spelled == "-0" else spelled


def stem(token: str) -> str:
    """The token without common English endings: enough to let *weighs* meet *weigh*, not a dictionary.

    >>> [stem(word) for word in ("weighs", "batteries", "serviced", "services", "glass", "owner's")]
    ['weigh', 'battery', 'servic', 'servic', 'glass', 'owner']
    """
    if is_number(token):
        return token
    token = token.removesuffix("'s")
    if len(token) > 4 and token.endswith("ies"):
        return token[:-3] + "y"
    if len(token) > 3 and token.endswith("s") and not token.endswith(("ss", "us", "is")):
        token = token[:-2] if token.endswith(("sses", "xes", "zes", "ches", "shes")) else token[:-1]
    for ending in ("ing", "ed"):
        if token.endswith(ending) and len(token) - len(ending) >= 4:
            return token[: -len(ending)]
    return token[:-1] if len(token) > 4 and token.endswith("e") else token


def _raw_tokens(text: str) -> Iterator[tuple[str, str]]:
    """(kind, text) of each token, in lower case, number words and contractions resolved, articles left out."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    folded = TIME_OF_DAY.sub(r"\1m", folded.replace("’", "'").replace("−", "-"))
    for found in TOKEN.finditer(folded):
        kind, value = found.lastgroup or "", found.group()
        if value in NUMBER_WORDS:
            yield "number", NUMBER_WORDS[value]
        elif value not in ARTICLES:
            yield kind, value


def _word(word: str) -> tuple[str, ...]:
    if word in IRREGULAR_NEGATIONS:
        return IRREGULAR_NEGATIONS[word]
    if word.endswith("n't"):
        return (word[:-3], "not")
    return (UNITS.get(word, word),)
