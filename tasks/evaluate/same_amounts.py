"""Whether two statements agree in their amounts, their bounds, and the order in which things stand.

Part of ``evaluate``, in the parent process: rules of ``examiner.py``. ``asked`` are the question's terms, ``expected`` those of
the expected answer, ``given`` those of the answer.

    expected  At least 35 % front, 65 % rear      given  front 65 %, rear 35 %      no: amounts and words are swapped
    expected  9 am to 5 pm                        given  5 pm to 9 am               no: the range runs the other way

Not covered: sums ("2 hours and 41 minutes" is not "161 minutes").
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from tasks.evaluate.paraphrase import LIGHT_WORDS
from tasks.evaluate.quantities import UNITS, Quantity, Unit
from tasks.evaluate.statements import CALENDAR_WORDS, RANGE_WORDS, Term, concept_of

LIGHT = frozenset(concept_of(word) for word in LIGHT_WORDS) | LIGHT_WORDS
ASKS_FOR_MOST = frozenset({"many", "much", "maximum", "most", "allow", "may", "can", "long", "far"})
ASKS_FOR_LEAST = frozenset({"must", "minimum", "least", "need"})


def amounts_of(terms: Sequence[Term]) -> list[Quantity]:
    return [term.amount for term in terms if term.amount and not term.is_one]


def new_amounts(asked: Sequence[Term], expected: Sequence[Term]) -> list[Quantity]:
    return [term.amount for term in expected if term.amount and not _is_named(term.amount, asked)]


def _is_named(amount: Quantity, asked: Sequence[Term]) -> bool:
    """Whether the question has the amount: a bare number of its ("the DMC-12") is no amount of months."""
    known = [other for other in amounts_of(asked) if (other.unit is None) == (amount.unit is None)]
    return any(other.equals(amount) for other in known)


def _asked_units(asked: Sequence[Term]) -> frozenset[Unit]:
    named = {term.text.removeprefix("unit ") for term in asked if term.kind == "word"}
    named |= {"year"} if named & {"old", "age"} else set()
    return frozenset(UNITS[name] for name in named if name in UNITS)


def counted_noun(asked: Sequence[Term], expected: Sequence[Term], given: Sequence[Term]) -> frozenset[str]:
    """The noun that a bare number may leave out where "how many" names it in another word: 14 for 14 employees."""
    counts = any(term.text == "how" and after.text == "many" for term, after in pairwise(asked[:4]))
    is_bare = all(term.kind in ("stop", "joint", "bound") or (term.amount and not term.amount.unit) for term in given)
    if not counts or not is_bare or len(amounts_of(expected)) != 1:
        return frozenset()
    beside = ((term.amount, after) for term, after in pairwise(expected))
    return frozenset(after.text for amount, after in beside if amount and not amount.unit and after.kind == "word")


def amounts_agree(asked: Sequence[Term], expected: Sequence[Term], whole: Sequence[Term], given: Sequence[Term]) -> bool:
    units = _asked_units(asked)
    said = [term.amount for term in given if term.amount]
    missing = [amount for amount in new_amounts(asked, expected) if not any(amount.equals(other, units) for other in said)]
    return not missing and not strange_amounts(asked, whole, given)


def strange_amounts(asked: Sequence[Term], whole: Sequence[Term], given: Sequence[Term]) -> list[Quantity]:
    """Amounts of the answer that neither the expected answer nor the question has."""
    units = _asked_units(asked)
    known = [term.amount for term in whole if term.amount]
    strange = [amount for amount in amounts_of(given) if not any(other.equals(amount, units) for other in known)]
    return [amount for amount in strange if not _is_named(amount, asked)]


def bounds_agree(asked: Sequence[Term], expected: Sequence[Term], given: Sequence[Term]) -> bool:
    """Whether "at least", "before" and the like are the expected ones; the weaker ones may be left out."""
    wanted, said, named = (frozenset(term.text for term in terms if term.kind == "bound") for terms in (expected, given, asked))
    if said == wanted or said == wanted | named:
        return True
    if not said:
        return wanted - named <= {"least", "most", "before"}
    hinted = {"most": ASKS_FOR_MOST, "least": ASKS_FOR_LEAST}
    return not wanted and len(said) == 1 and any(term.text in hinted.get(next(iter(said)), ()) for term in asked)


def order_agrees(expected: Sequence[Term], given: Sequence[Term]) -> bool:
    """Whether ranges run the same way, and amounts belong to the same words: rear 65 % is not front 65 %."""
    for first, second in _ranges(expected):
        places = [_place(given, term) for term in (first, second)]
        turned = places[0] > places[1] >= 0 and not (places[0] and given[places[0] - 1].text == "from")
        if turned:
            return False
    listed = {key_of(term) for pair in _ranges(expected) for term in pair}
    if any(term.text in CALENDAR_WORDS and key_of(term) not in listed for pair in _ranges(given) for term in pair):
        return False
    moved = []
    for kinds in (("amount",), ("word", "rate")):
        shared = [p for term in expected if term.kind in kinds and (p := _place(given, term)) >= 0]
        moved.append(shared != sorted(shared))
    many = len(amounts_of(expected)) > 1 and len({term.text for term in expected if term.kind == "word"} - LIGHT) > 1
    return not many or moved[0] == moved[1]


def _ranges(terms: Sequence[Term]) -> Iterator[tuple[Term, Term]]:
    """The ends of "from X to Y", "X to Y", "X - Y"."""
    for place, term in enumerate(terms):
        if term.text in RANGE_WORDS and term.kind in ("stop", "joint") and 0 < place < len(terms) - 1:
            first, second = terms[place - 1], terms[place + 1]
            if first.kind == second.kind and first.kind in ("amount", "word"):
                yield first, second


def _place(terms: Sequence[Term], wanted: Term) -> int:
    """Where a term first stands; -1 where it does not."""
    for place, term in enumerate(terms):
        if wanted.amount and term.amount and wanted.amount.equals(term.amount):
            return place
        if not wanted.amount and term.kind == wanted.kind and term.text == wanted.text:
            return place
    return -1


def key_of(term: Term) -> str:
    return f"per {term.text}" if term.kind == "rate" else term.text
