"""Numbers with their units, and times of day, as values that can be compared.

Part of ``evaluate``, in the parent process; ``statements.py`` finds them in a text, ``scoring.py`` compares.

    24 hours = 1 day      1.5 m = 150 cm      2 years is not 2 months      5 euros is not 5 dollars      5 p.m. = 17:00

A number without a unit equals one with a unit only where the question names that unit ("How many days ...?" "14").

Not covered: gallons and other measures whose size depends on the country, exchange rates, dates in figures (3/5/2024).
"""

from dataclasses import dataclass, field
from fractions import Fraction

_TABLE = """
time      second 1 sec secs s | minute 60 min mins | hour 3600 hr hrs h | day 86400 | week 604800
calendar  month 1 | year 12 yr yrs
length    millimetre 1 mm millimeter | centimetre 10 cm centimeter | metre 1000 m meter | kilometre 1000000 km kilometer
length    inch 25.4 inches | foot 304.8 ft feet | yard 914.4 | mile 1609344 mi
mass      gram 1 g gramme | kilogram 1000 kg kilo kilogramme | tonne 1000000 t | pound 453.6 lb lbs | ounce 28.35 oz
volume    millilitre 1 ml milliliter | centilitre 10 cl | litre 1000 l liter
gallon    gallon 1 gal
mph       mph 1
kph       kph 1 kmph
celsius   celsius 1 c
fahrenheit fahrenheit 1 f
degree    degree 1 deg
percent   percent 1 percentage
volt      volt 1 v
watt      watt 1 w | kilowatt 1000 kw
horsepower horsepower 1 hp
bar       bar 1
psi       psi 1
dollar    dollar 1 usd
euro      euro 1 eur
sterling  sterling 1 gbp
yen       yen 1 jpy
franc     franc 1 chf
cent      cent 1 pence penny
byte      kilobyte 1 kb | megabyte 1000 mb | gigabyte 1000000 gb | terabyte 1000000000 tb
times     time 1
"""
_SHORT = "s h m g t l v w c f min sec bar bars foot second time times mi pound pounds deg mb kb"
ONLY_AFTER_A_NUMBER = frozenset(_SHORT.split())
"""Units that are something else elsewhere."""
CURRENCIES = frozenset({"eur", "euro", "usd", "gbp", "chf", "jpy"})
"""Codes that may stand before the number."""
SIGN_UNITS = {"$": "dollar", "€": "euro", "£": "sterling", "¥": "yen", "%": "percent", "°": "degree"}
SCALES = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "k": 3, "bn": 9}
_ONES = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
NUMBER_WORDS = {word: value for value, word in enumerate(_ONES.split())} | {
    word: 10 * value for value, word in enumerate(_TENS.split(), 2)
}
ORDINAL_WORDS = {word: value for value, word in enumerate(_ORDINALS.split(), 1)}
_FRACTIONS = "half halves 2 | third thirds 3 | quarter quarters 4 | fifth fifths 5 | tenth tenths 10"
FRACTION_WORDS = {word: int(part.split()[2]) for part in _FRACTIONS.split("|") for word in part.split()[:2]}
CLOSE_ENOUGH = Fraction(3, 100)
"""Relative difference of two roundings of one measure: 2,712 lb (1,230 kg)."""


@dataclass(frozen=True)
class Unit:
    """A unit by its one name, the dimension it measures, and how many of the dimension's smallest it is."""

    name: str
    dimension: str
    size: Fraction


def _read_table() -> dict[str, Unit]:
    units: dict[str, Unit] = {}
    for line in _TABLE.strip().splitlines():
        dimension, entries = line.split(maxsplit=1)
        for entry in entries.split("|"):
            name, size, *aliases = entry.split()
            unit = Unit(name, dimension, Fraction(size))
            units |= dict.fromkeys((name, f"{name}s", *aliases), unit)
    return units


UNITS = _read_table()


@dataclass(frozen=True)
class Quantity:
    """A number as written, its unit if it has one."""

    number: Fraction
    unit: Unit | None = None
    is_clock: bool = False
    """A time of day; the number is minutes since midnight."""
    digits: str = field(default="", compare=False)
    """As written, where it was written in figures."""

    @property
    def value(self) -> Fraction:
        """In the smallest unit of its dimension."""
        return self.number * self.unit.size if self.unit else self.number

    def equals(self, other: "Quantity", asked: frozenset[Unit] = frozenset()) -> bool:
        """Whether both say the same amount.

        Args:
            other: from the answer.
            asked: units that the question names; they may be left out.
        """
        if self.is_clock or other.is_clock:
            return self._hours() == other._hours() and not (self.unit or other.unit)
        if self.unit and other.unit:
            return self._same_measure(other)
        unit = self.unit or other.unit
        if unit is None:
            return self.number == other.number
        if unit.name == "percent" and self.value != other.value:
            return Fraction(1, 100) * (self.number if self.unit else other.number) == (other.number if self.unit else self.number)
        named = unit in asked or unit.name == "time" or (not self.unit and not asked)
        return named and self.number == other.number

    def _hours(self) -> Fraction:
        return self.number / 60 if self.is_clock else self.number

    def _same_measure(self, other: "Quantity") -> bool:
        mine, its = self.unit, other.unit
        if mine is None or its is None:
            return False
        dimensions = {mine.dimension, its.dimension}
        if len(dimensions) == 1:
            return self.value == other.value
        if "degree" in dimensions and dimensions & {"celsius", "fahrenheit"}:
            return self.number == other.number
        if "cent" in dimensions and dimensions & {"dollar", "euro", "sterling"}:
            mine_in_cents, its_in_cents = (q.number * (1 if q.unit and q.unit.name == "cent" else 100) for q in (self, other))
            return mine_in_cents == its_in_cents
        return False


def is_conversion(one: Quantity, other: Quantity) -> bool:
    """Whether the second restates the first in another unit, rounded: 2,712 lb and 1,230 kg."""
    if not one.unit or not other.unit or one.unit == other.unit or not one.value:
        return False
    if {one.unit.name, other.unit.name} == {"mph", "kph"}:
        miles, kilometres = (one, other) if one.unit.name == "mph" else (other, one)
        return abs(miles.number * Fraction("1.609") - kilometres.number) <= CLOSE_ENOUGH * kilometres.number
    return one.unit.dimension == other.unit.dimension and abs(one.value - other.value) <= CLOSE_ENOUGH * abs(one.value)
