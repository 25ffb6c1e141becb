"""Whether an answer is right, as a careful examiner would say who has the question and the expected answer and nothing else.

Part of ``evaluate``, in the parent process: the metric ``match``. An answer is right when it says all that the expected answer
adds to the question, and nothing that makes it another answer. In doubt it is wrong: what counts as right releases students.

    question   How much does a brake overhaul cost?
    expected   Between $1,000 and $1,500
    right      It costs between 1000 and 1500 dollars.
    wrong      It costs between $1,000 and $1,800.          1,500 is missing, 1,800 is made up
    wrong      It costs between 1,000 and 1,500 euros.      another unit

The steps: yes or no (``_agrees``); amounts with their units (``same_amounts.py``); bounds such as "at least"; every word that the
expected answer adds, up to inflection and close paraphrase; nothing besides that changes the answer (``_adds_harm``): a name, a
second item, a condition, a word that excludes an expected one; and the order where it carries meaning ("from Sils to Maloja").
The rules are measured on two tables that were marked by hand, one of which was kept aside: ``tests/tasks/evaluate``.

Not covered: grammar, free paraphrase, facts that are true but were not expected (they count as wrong).
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

from tasks.evaluate.paraphrase import CONDITIONS, EXCLUDING, OPTIONAL_AT_THE_END
from tasks.evaluate.quantities import is_conversion
from tasks.evaluate.same_amounts import (
    LIGHT,
    amounts_agree,
    amounts_of,
    bounds_agree,
    counted_noun,
    key_of,
    new_amounts,
    order_agrees,
    strange_amounts,
)
from tasks.evaluate.statements import CALENDAR_WORDS, LISTING_WORDS, Term, concept_of, read_statement
from tasks.evaluate.text_tokens import NUMBERED as LEVELS

AUXILIARIES = frozenset("is are was were am do does did can could may might must should shall will would has have had".split())  # noqa: SIM905
DIGITS = "0123456789"
FORMS_OF_BE = frozenset("is are was were be been".split())  # noqa: SIM905
YES, NO = frozenset({"yes"}), frozenset({"no"})
PRONOUNS = frozenset({"it", "they", "he", "she", "this", "that", "you", "we", "must", "may", "can", "has", "have"})
MOST_EXTRA_WORDS = 2
EXCLUDES = {concept_of(word): line for word, line in EXCLUDING.items()} | EXCLUDING
NUMBERED = frozenset(concept_of(word) for word in LEVELS)
FREE = frozenset({"cost", "price", "pay", "charge", "fee", "much"})
MOST_BRACKETS = 4
IN_BRACKETS = re.compile(r"\s?\(([^()]*)\)")


def is_right(question: str, reference: str, answer: str) -> bool:
    """Whether the answer says what was expected. An answer without a term is wrong."""
    asked = _read_answer(question, read_statement(question))
    whole, given = _read_answer(reference, asked), _read_answer(answer, asked)
    if not any(term.kind not in ("stop", "joint") for term in given) and not _starts(given, YES | NO):
        return False
    if _asks_yes_or_no(question, whole):
        return _agrees(asked, whole, given)
    return any(_answers(asked, _read_answer(text, asked), whole, given) for text in _wordings(reference))


def _wordings(reference: str) -> Iterator[str]:
    """The expected answer, and it without a bracket that only says the same again: an acronym, another unit."""
    yield reference
    for found in islice(IN_BRACKETS.finditer(reference), MOST_BRACKETS):
        before, inside = reference[: found.start()], found[1]
        initials = "".join(word[0] for word in re.findall(r"[^\W\d_]+", before) if word[0].isupper())
        is_acronym = len(inside) > 1 and inside.isupper() and initials.endswith(inside)
        amounts = [term.amount for term in (*read_statement(before), *read_statement(inside)) if term.amount]
        if is_acronym or (len(amounts) > 1 and is_conversion(amounts[-2], amounts[-1])):
            yield before + reference[found.end() :]
            yield inside + reference[found.end() :]


# -- yes or no -------------------------------------------------------------------------------------------------------


def _asks_yes_or_no(question: str, whole: Sequence[Term]) -> bool:
    """Whether yes or no is asked for; "Is it black or grey?" is not, where the expected answer takes one of them."""
    words = re.findall(r"[^\W\d_]+", question.casefold())
    if not words or words[0] not in AUXILIARIES:
        return False
    return "or" not in words or _starts(whole, YES | NO) or any(term.kind == "negation" for term in whole)


def _agrees(asked: Sequence[Term], whole: Sequence[Term], given: Sequence[Term]) -> bool:
    """Whether an answer to a yes-or-no question takes the expected side, with the expected conditions."""
    says_no, expects_no = (_says_no(terms, asked) for terms in (given, whole))
    rest, expected_rest = _without_yes_or_no(given), _without_yes_or_no(whole)
    adds = bool(_required(asked, expected_rest) or amounts_of(expected_rest))
    if _concepts(rest) == _concepts(expected_rest) and _negated(rest) != _negated(expected_rest):
        return False
    if adds and _answers(asked, expected_rest, whole, rest) and not (_starts(given, YES | NO) and says_no != expects_no):
        return True
    restated = len(_concepts(rest) & _concepts(asked)) * 2 >= len(_concepts(asked)) > 0
    if says_no != expects_no or not (_starts(given, YES | NO) or restated):
        return False
    if (adds and _exceptions(expected_rest)) or (not expects_no and (adds or _negated(expected_rest))):
        return False
    if not expects_no and any(term.text in CONDITIONS for term in rest if term.kind in ("stop", "word", "negation")):
        return False
    harm = _adds_harm(asked, whole, rest, MOST_EXTRA_WORDS, more_is_another=not expects_no)  # what else is forbidden does no harm
    return not harm and not strange_amounts(asked, whole, rest)


def _says_no(terms: Sequence[Term], asked: Sequence[Term]) -> bool:
    """Whether it says no: "It is forbidden" does to "Is it allowed?", but not to "Is it forbidden?"."""
    return not _starts(terms, YES) and (_starts(terms, NO) or _negated(terms) != _negated(asked))


def _starts(terms: Sequence[Term], words: frozenset[str]) -> bool:
    return bool(terms) and terms[0].text in words


def _without_yes_or_no(terms: Sequence[Term]) -> list[Term]:
    return [term for place, term in enumerate(terms) if not (place == 0 and term.text in YES | NO)]


def _negated(terms: Sequence[Term]) -> bool:
    return any(term.kind == "negation" and term.text != "except" for term in terms)


# -- what must be said -----------------------------------------------------------------------------------------------


def _answers(asked: Sequence[Term], expected: Sequence[Term], whole: Sequence[Term], given: Sequence[Term]) -> bool:
    """Whether the answer says what the expected one adds to the question, and nothing that changes it.

    Args:
        expected: One wording of the expected answer.
        whole: The expected answer as it was written: what stands there may be said.
    """
    required = _required(asked, expected) - counted_noun(asked, expected, given)
    amounts = new_amounts(asked, expected)
    if not required and not amounts:
        return _takes_the_choice(asked, expected, given)
    if not _negations_agree(asked, expected, given):
        return False
    if not required <= _said(given) or not amounts_agree(asked, expected, whole, given):
        return False
    if not bounds_agree(asked, expected, given) or not order_agrees(expected, given):
        return False
    return not _adds_harm(asked, whole, given, max(1, min(MOST_EXTRA_WORDS, len(required) + len(amounts))))


def _required(asked: Sequence[Term], expected: Sequence[Term]) -> frozenset[str]:
    """The words and rates that the expected answer adds to the question and an answer can't leave out."""
    known = _concepts(asked) | _rate_nouns(asked)
    units = {f"unit {term.amount.unit.name}" for term in asked if term.amount and term.amount.unit}
    new = [term for term in expected if term.kind in ("word", "rate") and not _forms(term) & (known | units)]
    heavy = [term for term in new if term.text not in LIGHT and not _may_be_left_out(term, expected, known)]
    if _asks_for_an_amount(asked):
        heavy = [term for term in heavy if not _leads_to_an_amount(term, expected, known)]
    if _names_somebody(asked, expected):
        heavy = [term for term in heavy if term.is_name or term.opens or term.kind != "word" or _is_listed(term, expected)]
    if len({term.text for term in heavy}) > 2:
        last = next(term for term in reversed(expected) if term.kind not in ("joint", "stop"))
        heavy = [term for term in heavy if term is not last or term.text not in OPTIONAL_AT_THE_END]
    has_amount = bool(new_amounts(asked, expected))
    return frozenset(key_of(term) for term in (heavy if heavy or has_amount else new))


def _may_be_left_out(term: Term, expected: Sequence[Term], known: frozenset[str]) -> bool:
    """What stands beside a word of the question after "or", and what a person or place is said to be ("the locksmith Brandt")."""
    place = next(i for i, other in enumerate(expected) if other is term)
    before, after = expected[max(0, place - 2) : place], expected[place + 1 : place + 3]
    if len(before) == 2 and before[1].text == "or" and before[0].text in known:
        return True
    if len(after) == 2 and after[0].text == "or" and after[1].text in known:
        return True
    is_title = bool(before) and before[-1].text in ("the", "a", "an") and not term.is_name and term.text not in EXCLUDES
    return is_title and len(after) == 2 and after[0].is_name and after[1].is_name


def _names_somebody(asked: Sequence[Term], expected: Sequence[Term]) -> bool:
    """Whether a person is asked for and named first: "Daniel Okoro is the club's treasurer"; the rest says the question again."""
    asks_who = any(term.text in ("who", "whom") for term in asked[:3])
    begins_with_name = len(expected) > 1 and expected[1].is_name and (expected[0].opens or expected[0].text in LIGHT)
    return asks_who and begins_with_name and not any(term.is_owner and (term.is_name or term.opens) for term in expected)


def _asks_for_an_amount(asked: Sequence[Term]) -> bool:
    """How long, how much; when, but not how or how is."""
    return any(term.text == "when" or (term.text == "how" and after.kind == "word") for term, after in pairwise(asked[:4]))


def _leads_to_an_amount(term: Term, expected: Sequence[Term], known: frozenset[str]) -> bool:
    """Whether a word stands between what the question speaks of and an amount: "It takes 75 minutes", "It is due in May"."""
    place = next(i for i, other in enumerate(expected) if other is term)
    after = next((other for other in expected[place + 1 :] if other.kind not in ("stop", "bound")), None)
    before = next((other for other in reversed(expected[:place]) if other.text not in FORMS_OF_BE), None)
    return after is not None and after.amount is not None and before is not None and (before.text in known | PRONOUNS)


def _is_listed(term: Term, expected: Sequence[Term]) -> bool:
    """Whether a word is joined to others by and, or: one of several who are expected."""
    place = next(i for i, other in enumerate(expected) if other is term)
    return any(other.text in ("and", "or") for other in expected[max(0, place - 2) : place + 3])


def _takes_the_choice(asked: Sequence[Term], expected: Sequence[Term], given: Sequence[Term]) -> bool:
    """Where the question names all choices: the answer names the expected ones, and no other."""
    wanted, said = _concepts(expected), _concepts(given)
    if not wanted or not wanted <= said or _negated(given) != _negated(expected) or strange_amounts(asked, expected, given):
        return False
    choices = [place for place, term in enumerate(asked) if term.text == "or" and 0 < place < len(asked) - 1]
    others = {asked[place + step].text for place in choices for step in (-1, 1)}
    if not bounds_agree((), expected, given):
        return False
    return not (others - wanted) & said and said <= wanted | _concepts(asked)


def _negations_agree(asked: Sequence[Term], expected: Sequence[Term], given: Sequence[Term]) -> bool:
    return _negated(asked) or _negated(expected) == _negated(given)


def _read_answer(text: str, asked: Sequence[Term]) -> list[Term]:
    """The terms of an answer. Where a price is asked for, "nothing" says free; where a version, 2.10 is not 2.1."""
    terms = read_statement(text)
    if _concepts(asked) & NUMBERED:
        levels = {place: term.amount.digits for place, term in enumerate(terms) if term.amount and not term.amount.unit}
        terms = [Term("word", levels[place]) if "." in levels.get(place, "") else term for place, term in enumerate(terms)]
    said = [term for term in terms if term.kind not in ("stop", "joint") and term.text not in LIGHT]
    if len(said) == 1 and said[0].text == "nothing" and any(term.text in FREE for term in asked):
        return [Term("word", "free")]
    return terms


# -- what must not be said -------------------------------------------------------------------------------------------


def _adds_harm(
    asked: Sequence[Term], whole: Sequence[Term], given: Sequence[Term], most: int, more_is_another: bool = True
) -> bool:
    """Whether the answer has words besides that make it another answer, or too many of them.

    Args:
        most: Words besides that an answer may have.
        more_is_another: Whether one thing more beside an expected one makes another answer.
    """
    known = _concepts(whole) | _concepts(asked) | _rate_nouns(whole) | _rate_nouns(asked)
    known |= {f"unit {t.amount.unit.name}" for t in (*whole, *asked) if t.amount and t.amount.unit} | {key_of(t) for t in whole}
    if _exceptions(given) - _exceptions(whole) - _exceptions(asked):
        return True
    lines = {EXCLUDES[text] for text in known if text in EXCLUDES}
    extra = 0
    for place, term in enumerate(given):
        if term.kind not in ("word", "rate") or key_of(term) in known or term.text in known or term.text in LIGHT:
            continue
        extra += 1
        before = [other for other in given[:place] if other.text not in ("a", "an", "the")]
        if term.kind == "rate" or term.text.startswith((*DIGITS, "unit ")) or EXCLUDES.get(term.text, -1) in lines:
            return True
        if term.text in CALENDAR_WORDS or (term.is_name and not _lengthens_a_name(given, place, known)):
            return True
        if before and before[-1].is_owner:
            return True
        linked = {before[-1].text} if before else set()
        linked |= {given[place + 1].text} if place + 1 < len(given) else set()
        is_listed = linked & (LISTING_WORDS - {","}) or (before and before[-1].text == ",")
        if (is_listed and more_is_another) or (before and before[-1].text in CONDITIONS):
            return True
    return extra > most


def _exceptions(terms: Sequence[Term]) -> frozenset[str]:
    return frozenset(term.text for term in terms) & {"except", "unless", "if"}


def _lengthens_a_name(given: Sequence[Term], place: int, known: frozenset[str]) -> bool:
    """Whether a name stands directly beside an expected name: Anna Maria Weber for Anna Weber."""
    beside = [given[i] for i in (place - 1, place + 1) if 0 <= i < len(given)]
    return any(other.is_name and other.text in known for other in beside)


# -- terms as sets ---------------------------------------------------------------------------------------------------


def _forms(term: Term) -> frozenset[str]:
    """The keys by which a term may be known; a question that names the year asks for a yearly amount."""
    return frozenset({key_of(term), term.text, f"unit {term.text}"} if term.kind == "rate" else {key_of(term)})


def _concepts(terms: Sequence[Term]) -> frozenset[str]:
    """The words of a text, each in its one form."""
    return frozenset(term.text for term in terms if term.kind == "word")


def _rate_nouns(terms: Sequence[Term]) -> frozenset[str]:
    return frozenset(form for term in terms if term.kind == "rate" for form in (key_of(term), f"unit {term.text}"))


def _said(given: Sequence[Term]) -> frozenset[str]:
    said = frozenset(key_of(term) for term in given if term.kind in ("word", "rate"))
    return said | frozenset(f"unit {term.amount.unit.name}" for term in given if term.amount and term.amount.unit)
