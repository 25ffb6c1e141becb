"""Clause -> natural questions, for the few kinds of parts whose question word is certain.

    "Complaints must be sent within 14 days of delivery."  ->  "How soon must complaints be sent?"    within 14 days of delivery
    "A new saddle costs between $80 and $120."             ->  "How much does a new saddle cost?"     between $80 and $120
    "The lamp was designed by Ida Krol."                   ->  "Who designed the lamp?"               Ida Krol

A part is asked for with all that stands beside it, so nothing of a rule is lost in its question. What is not in this module is
quoted (``quotes``): a question in a human's words from a statement that was half understood teaches something false.

Not covered: objects, subjects, reasons, orders, phrases that could belong to a noun.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from tasks.teacher_generate.extractive.amounts import is_interval, parse_amount
from tasks.teacher_generate.extractive.clause_parts import Clause
from tasks.teacher_generate.extractive.facts import Core, Fact
from tasks.teacher_generate.extractive.lexicon import is_noun, is_person, is_plural, is_role, lemmas, may_be_person
from tasks.teacher_generate.extractive.phrase_kinds import Phrase
from tasks.teacher_generate.extractive.questions import (
    Naming,
    build_agent_core,
    build_core,
    build_of_core,
    head_noun,
    is_past,
    rest_of,
)
from tasks.teacher_generate.extractive.sentence_gaps import find_gaps
from tasks.teacher_generate.extractive.texts import Text
from tasks.teacher_generate.extractive.word_lists import DETERMINERS, HUMAN_ACTS, LANGUAGES, LIGHT_VERBS, PREPOSITIONS, PRONOUNS

_ALLOWING = {"allow", "permit", "forbid", "prohibit"}
_SIZES = re.compile(r"(?:long|high|wide|tall|deep|thick|old|heavy)")
_PERIODS = re.compile(r"\b(?:period|time|duration|term|notice|leave|break|warranty|guarantee|stay|tour|visit|course|session)\b")
_COUNTED = re.compile(r"(?P<what>of [\w-]+(?: (?!per\b|a\b|each\b|every\b)[\w-]+)?)? ?(?P<rate>(?:per|a|each|every) \w+)?")
_RATE = re.compile(r"(?:(?:per|a|an|each|every) \w+(?: (?:metre|meter|kilometre|foot))?|each)?")
_DUE = re.compile(r"\b(?:due|payable|refundable|returnable)\b")
"""What a deadline is for; what is "valid within a month" has none."""
_PARTIAL = {"contain", "include", "feature", "cover", "involve", "comprise"}
"""Verbs that tell some of several things."""
_PAYING = {"pay", "charge", "earn", "receive", "contribute"}
_TIMED = {"take", "last"}
_NOUN_LEADS = {"of", "for", "with", "from", "in", "on", "at", "against", "between"}
_STAYING = {"stay", "remain", "be"}
_PLACING = {"in", "on", "of", "at", "near", "behind", "next to", "beside", "opposite", "under", "above", "below"}
_TIMES = ("when", "how_often", "deadline", "how_long")
_MOMENT_LEADS = {"in", "on", "at", "from", "between", "since", "until", "till", "by", "before", "after", ""}


def ask_clause(clause: Clause, naming: Naming, headings: tuple[str, ...]) -> list[Fact]:
    """The natural facts of a clause that was read with certainty, at most one for each part."""

    def fact(kind: str, answer: Text, *cores: Core) -> Fact:
        return Fact(f"{clause.voice}.{kind}", answer, tuple(dict.fromkeys(cores)), clause.source.text, headings)

    forbids = clause.base in ("forbid", "prohibit") or (clause.base in _ALLOWING and not clause.phrases)
    if clause.negated or (forbids and clause.voice == "passive" and not clause.main.startswith("be ")):
        whole = not naming.condition and not any(phrase.fronted for phrase in clause.phrases)
        return [] if not whole else [fact("whether", clause.source, core) for core in _ask_whether(clause, naming)]
    found: list[Fact] = []
    if clause.voice == "copula" and clause.object is not None:
        found += [fact(kind, answer, *cores) for kind, answer, cores in _ask_what(clause, naming, clause.object)]
    elif clause.voice in ("active", "existential") and clause.object is not None:
        found += [fact(kind, answer, *cores) for kind, answer, cores in _ask_amount(clause, naming, clause.object)]
        if not naming.condition and not any(phrase.fronted for phrase in clause.phrases):
            found += [fact(kind, answer, *cores) for kind, answer, cores in _ask_object(clause, naming, clause.object)]
    if clause.voice != "existential" and (clause.voice != "copula" or clause.object is None):
        for phrase in clause.phrases:
            found += [fact(kind, answer, *cores) for kind, answer, cores in _ask_phrase(clause, naming, phrase)]
    return found


Asked = tuple[str, Text, list[Core]]
"""(kind, answer, questions)."""


def _ask_what(clause: Clause, naming: Naming, target: Text) -> Iterator[Asked]:
    """ "The notice period is six weeks", "The Orrin Bridge is a suspension bridge over the Tay"."""
    amount = None if clause.phrases else parse_amount(target.text)
    whole = clause.source.cut(clause.source.offsets.index(target.start), len(clause.source.text))
    if amount and _RATE.fullmatch(amount.rest) and amount.kind in ("money", "time", "measure"):
        wh = {"money": "How much", "time": "How long" if _PERIODS.search(naming.subject) else ""}.get(amount.kind, "")
        cores = [build_core(clause, naming, word, target, amount.rest) for word in (wh, "What") if word]
        yield "value", target.cut(0, len(amount.text)), cores
    elif amount and amount.kind in ("measure", "time", "count") and _SIZES.fullmatch(amount.rest):
        yield "size", target.cut(0, len(amount.text)), [build_core(clause, naming, f"How {amount.rest}", target)]
    elif len(whole.text.split()) <= 12 and _defines(clause, naming, target):
        wh = "Who" if may_be_person(naming.subject) and is_person(target.text) else "What"
        yield "definition", whole, [build_core(replace(clause, phrases=()), naming, wh, target)]


def _defines(clause: Clause, naming: Naming, target: Text) -> bool:
    """Whether what stands behind "is" says what the subject is: "a river in the north" of a name, "the car park" of "the N"."""
    if any(phrase.kind not in ("where", "other") for phrase in clause.phrases):
        return False
    if target.text.startswith(("a ", "an ")):
        return _is_name(naming.subject) or re.match(r"the [a-z]{3,}est ", naming.subject) is not None
    if re.fullmatch(r"the [a-z]+est|the (?:first|second|third|last|next|best|worst|most|least)", target.text):
        return False  # "The winter of 1860 was the worst"
    definite = naming.subject.startswith("the ") and clause.auxiliary.lower() in ("is", "was")
    return definite and (target.text.startswith("the ") or _is_name(target.text)) and not parse_amount(target.text)


def _ask_amount(clause: Clause, naming: Naming, target: Text) -> Iterator[Asked]:
    """ "costs 5 euros", "takes 90 minutes", "has 12 windows", "receive 24 days of leave per year"."""
    amount = parse_amount(target.text)
    if amount is None or any(phrase.lead in ("to", "of", "with", "from", "into") for phrase in clause.phrases):
        return  # "two keys to the house": which keys would be asked for elsewhere
    bare = naming.subject.lower() in PRONOUNS and not (amount.rest or clause.phrases)  # "You pay 5 euros": what for?
    if clause.base in ("cost", "weigh") and clause.voice == "active":
        if amount.kind in ("money", "measure") and _RATE.fullmatch(amount.rest):
            yield "cost", target.cut(0, len(amount.text)), [build_core(clause, naming, "How much", target, amount.rest)]
    elif clause.base in _TIMED and clause.voice == "active":
        if amount.kind == "time" and amount.text == target.text:
            yield "duration", target, [build_core(clause, naming, "How long", target)]
    elif amount.kind == "money" and _RATE.fullmatch(amount.rest) and clause.base in _PAYING and not bare:
        yield "money", target.cut(0, len(amount.text)), [build_core(clause, naming, "How much", target, amount.rest)]
    elif amount.kind in ("count", "time") and is_plural(amount.unit) and (rest := _COUNTED.fullmatch(amount.rest)):
        counted, rate = f"{amount.unit} {rest.group('what') or ''}".strip(), rest.group("rate") or ""
        number = target.cut(0, len(amount.number if amount.kind == "count" else amount.text))
        if clause.voice == "existential":
            there = f"How many {counted} {clause.auxiliary.lower()} there {rate} {rest_of(clause, clause.object)}"
            told = f"how many {counted} there {clause.auxiliary.lower()} {rate} {rest_of(clause, clause.object)}"
            yield "count", number, [naming.core(there, told)]
        else:
            yield "count", number, [build_core(clause, naming, f"How many {counted}", target, rate)]


def _ask_object(clause: Clause, naming: Naming, target: Text) -> Iterator[Asked]:
    """ "The shop sells books and salt", "Drones need a permit from the reception": what, with all that follows."""
    words = target.text.split()
    bare = (
        clause.base not in LIGHT_VERBS | _PARTIAL
        and clause.voice == "active"
        and not clause.tail
        and parse_amount(target.text) is None
    )
    kinds = all(phrase.kind in ("other", "where") and phrase.lead in _NOUN_LEADS for phrase in clause.phrases)
    whole = clause.source.cut(clause.source.offsets.index(target.start), len(clause.source.text))
    noun = is_noun(words[-1]) and not (len(words) == 1 and set(lemmas(words[0])) & {"ADJ", "ADV"})
    known = words[0].lower() in DETERMINERS - {"a", "an", "the"} or (words[0].lower() == "the" and not clause.phrases)
    counted = any(gap.kind == "amount" for gap in find_gaps(whole.text))  # "drains an area of 40 hectares": how large?
    if bare and kinds and noun and not known and not counted and len(whole.text.split()) <= 12 and not is_person(target.text):
        yield "object", whole, [build_core(replace(clause, phrases=()), naming, "What", target)]


def _ask_phrase(clause: Clause, naming: Naming, phrase: Phrase) -> Iterator[Asked]:
    kind, whole = phrase.kind, phrase.whole
    if phrase.fronted and phrase.lead != "since" and not is_past(clause):
        return  # "On Sundays, tours cost 9 euros": nobody asks when they do
    if kind in _TIMES and (sum(other.kind in _TIMES for other in clause.phrases) > 1 or clause.base in _TIMED - {"take"}):
        return  # "on Monday from 9:00 to 10:00": when, of the two?
    if kind == "when" and phrase.lead in _MOMENT_LEADS and _is_moment(phrase):
        yield from _ask_when(clause, naming, phrase)
    elif kind == "deadline" and (clause.voice != "adjective" or _DUE.search(clause.source.text)):
        words = ("How soon", "When") if phrase.lead == "within" else ("When",)
        yield "deadline", whole, [build_core(clause, naming, wh, whole) for wh in words]
    elif kind == "how_often" and is_interval(whole.text) and clause.object is None and clause.base not in ("have", "be"):
        yield "how_often", whole, [build_core(clause, naming, "How often", whole)]
    elif kind == "how_long" and phrase.lead == "for":
        yield (
            "how_long",
            phrase.body,
            [build_core(clause, naming, "For how long", whole), build_core(clause, naming, "How long", whole)],
        )
    elif kind == "agent" and _is_somebody(clause, phrase):
        yield "agent", phrase.body, [build_agent_core(clause, naming, phrase)]
    elif (
        clause.phrases == (phrase,)
        and clause.object is None
        and (clause.base, phrase.lead) in (("consist", "of"), ("make", "of"))
    ):
        yield "of", phrase.body, [build_of_core(clause, naming)]
    elif kind == "how" and clause.voice == "passive" and clause.main.startswith("be ") and len(clause.phrases) == 1:
        yield "how", whole, [build_core(clause, naming, "How", whole)]
    elif (
        kind == "where"
        and clause.object is None
        and not (clause.auxiliary.lower() not in ("", "is", "are", "was", "were") and clause.base in _STAYING)
        and phrase is clause.phrases[0]
        and (place := _whole_place(clause, phrase))
    ):
        bare = replace(clause, phrases=(phrase,))
        yield "where", place, [build_core(bare, naming, "Where", whole)]


def _whole_place(clause: Clause, phrase: Phrase) -> Text | None:
    """Where, with all that follows: in "in a locked cabinet in the office" nothing has to be attached to anything."""
    if phrase.body.text.lower() in LANGUAGES:
        return None
    if len(clause.phrases) == 1 and phrase.lead == "in" and _is_name(phrase.body.text):
        return phrase.body
    if any(other.kind not in ("where", "other") or other.lead not in _PLACING for other in clause.phrases[1:]):
        return None
    text, offsets = phrase.whole.text, phrase.whole.offsets
    for other in clause.phrases[1:]:
        text, offsets = f"{text} {other.whole.text}", (*offsets, offsets[-1] + 1, *other.whole.offsets)
    return Text(text, offsets) if len(text.split()) <= 10 else None


def _ask_when(clause: Clause, naming: Naming, phrase: Phrase) -> Iterator[Asked]:
    whole, body, lead = phrase.whole, phrase.body, phrase.lead
    kind = _kind_of_moment(body.text)
    if lead in ("since", "until", "till") or (lead == "from" and not re.search(r"\b(?:to|until|till)\b", body.text)):
        yield "when", body, [build_core(clause, naming, f"{lead.capitalize()} when", whole)]
        return
    cores = [build_core(clause, naming, "When", whole)]
    if lead == "in" and kind == "year" and body.text.isdigit():
        cores.append(build_core(clause, naming, "In which year", whole))
    elif lead == "at" and kind == "time":
        cores.append(build_core(clause, naming, "At what time", whole))
    elif lead == "on" and kind == "day":
        cores.append(
            build_core(clause, naming, "On which days" if re.search(r"days\b|,| and ", body.text) else "On which day", whole)
        )
    yield "when", body if lead in ("in", "on", "at") else whole, cores


def _kind_of_moment(text: str) -> str:
    """Which kind of moment fills a text from end to end, or ""."""
    padded = f"x {text}"
    return next((gap.kind for gap in find_gaps(padded) if (gap.start, gap.end) == (2, len(padded)) and gap.kind != "name"), "")


def _is_moment(phrase: Phrase) -> bool:
    text = phrase.whole.text if phrase.lead in ("from", "between") else phrase.body.text
    return _kind_of_moment(text) in ("date", "time", "day", "year", "month")


def _is_somebody(clause: Clause, phrase: Phrase) -> bool:
    """Whether who did it is surely somebody, and nothing of what follows belongs to them."""
    body = phrase.body.text
    after = [other for other in clause.phrases if other.whole.start > phrase.whole.start]
    known = is_person(body) or is_role(body) or (clause.base in HUMAN_ACTS and _is_name(body))
    sure = (
        all(other.kind in ("when", "deadline", "how_often") for other in after)
        and len(re.findall(r"\bby\b", clause.source.text)) == 1
    )
    return known and sure and not body.lower().startswith(("a ", "an "))


def _is_name(text: str) -> bool:
    """Whether a phrase is a name, its article and small words aside."""
    words = [word for word in text.split() if word.lower() not in DETERMINERS | PREPOSITIONS | {"of", "and", "&"}]
    return bool(words) and all(word[:1].isupper() for word in words)


def _ask_whether(clause: Clause, naming: Naming) -> Iterator[Core]:
    """ "Subletting is not permitted", "Honorary members do not pay fees": whether."""
    subject, auxiliary = naming.subject, clause.auxiliary.lower()
    if not auxiliary or clause.voice == "existential" or len(clause.source.text.split()) > 14 or _is_name(subject):
        return
    turned = {"must": "may", "can": "can", "may": "may"}.get(auxiliary, auxiliary)
    main = {"forbidden": "allowed", "prohibited": "allowed"}.get(clause.main, clause.main)
    rest = " ".join(part.text for part in (clause.object, *(phrase.whole for phrase in clause.phrases)) if part is not None)
    head = head_noun(subject)
    agrees = auxiliary not in ("is", "was", "does", "has") or not is_plural(head)  # "Windows is not supported": a name
    if turned in ("should", "would", "will", "shall") or head.lower() in ("nothing", "nobody", "none") or not agrees:
        return
    yield naming.core(
        f"{turned.capitalize()} {subject} {main} {clause.tail} {rest}", f"whether {subject} {turned} {main} {clause.tail} {rest}"
    )
