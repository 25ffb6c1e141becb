"""Questions that quote the document: a sentence is to be completed, and the answer is the document's own words.

    quote.gap   In "Tickets", what is missing in "A single ticket costs ___ and a return ticket 9 euros"?      5 euros
    quote.rest  In "Tickets", how does the sentence "Children under five travel ..." go on?                    free with an adult

Correct by construction, because nothing is rewritten; so every factual sentence that is not asked for naturally is asked this
way. Reading-comprehension tasks made of raw text: Cheng, Huang, Wei 2024, "Adapting large language models via reading
comprehension", section 3 (text completion); the gap is Taylor's cloze (1953).

Not covered: sentences with masked passages, half brackets or half quotation marks, and those that go on from something that
cannot be quoted with them; they are refused by name. Tables and "key: value" lines have questions by place of their own.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tasks.teacher_generate.extractive.clause_check import is_balanced
from tasks.teacher_generate.extractive.clause_parts import Clause
from tasks.teacher_generate.extractive.facts import Core, Fact
from tasks.teacher_generate.extractive.lexicon import lemmas
from tasks.teacher_generate.extractive.passages import Page, Unit
from tasks.teacher_generate.extractive.quiz_questions import ask_in_place
from tasks.teacher_generate.extractive.quote_length import LONGEST_QUOTE, shorten
from tasks.teacher_generate.extractive.quote_places import name_path, name_place
from tasks.teacher_generate.extractive.quoted_before import find_before, goes_back_to_title
from tasks.teacher_generate.extractive.referents import find_loose
from tasks.teacher_generate.extractive.sentence_breaks import find_breaks, find_complements
from tasks.teacher_generate.extractive.sentence_gaps import Gap, find_gaps, name_missing
from tasks.teacher_generate.extractive.texts import Text
from tasks.teacher_generate.extractive.torn_phrases import cuts_list
from tasks.teacher_generate.extractive.word_lists import AUXILIARIES, DETERMINERS, PREPOSITIONS, PRONOUNS

GAP = "___"
MOST_FACTS = 4
"""Facts of one sentence, natural ones among them."""
LEAST_MORE = 4
"""Words of a rest besides what is asked for in it already."""
LONGEST_SHORT = 6
"""Words. A longer rest of a sentence is asked for clause by clause."""
MASKED = re.compile(r"\[[A-Z][A-Z_]*\d*\]|█|\*{3,}|_{3,}|\.\.\.|…")
"""What stands for something that was taken out, or looks like what this module leaves out."""
_LEADERS = re.compile(r"\.{3}|…")
_HEAD_PRONOUN = re.compile(r"(?:It|Its|He|His|She|Her|They|Their)\b")
"""What a quotation had better not begin with, if the sentence before is short enough to be quoted with it."""
_WHOSE = re.compile(r"(?:[a-z]+ )?(?:its|their|his|her) [\w-]+")
"""An answer that says little but whose: "for its interpretation"."""
_RELATIVE = re.compile(r" (?:that|which|who|whose|whom|where)\b")
_TORN = re.compile(r" (?:up|out|off|down|back|away|over)(?=[ ,;]|$)| (?:on|in)(?=[,;]|$)| when\b")
"""What belongs to the words before it: the gap would take the noun of a relative clause, or tear a verb from its particle."""
_EMPTY = DETERMINERS | PREPOSITIONS | AUXILIARIES | PRONOUNS | {"of", "and", "or", "not", "please", "then", "to"}


@dataclass(frozen=True)
class _Quoted:
    """A sentence ready to be quoted."""

    sentence: Text
    """Without its full stop."""
    place: str
    """ "Tickets" of "City Museum", or nothing."""
    under: str
    """The line that leads into the list, or the question that it answers, or nothing."""
    before: str
    """What it goes on from, or nothing."""
    headings: tuple[str, ...]


class NotQuoted(Exception):
    """A sentence that cannot be quoted; ``reason`` is a short code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def ask_quoted(page: Page, unit: Unit, clauses: Sequence[Clause], natural: Sequence[Fact]) -> list[Fact]:
    """The quoted facts of one sentence.

    Args:
        clauses: Its clauses, as far as they could be read.
        natural: The facts that ask for its parts naturally: their answers are not asked for again.
    Raises:
        NotQuoted: nothing can be quoted.
    """
    quoted = _prepare(page, unit)
    taken = [fact.answer for fact in natural]
    facts: list[Fact] = []
    gaps = [gap for gap in find_gaps(quoted.sentence.text) if not _names_topic(quoted, gap, page.title)]
    amounts = [gap for gap in gaps if gap.kind != "name"]
    for gap in [*amounts, *(gap for gap in gaps if gap.kind == "name")]:
        named = gap.kind == "name" and len(amounts) > 1
        if len(facts) + len(taken) < MOST_FACTS and not named and (fact := _ask_gap(quoted, gap)) and _is_new(fact, taken):
            facts.append(fact)
            taken.append(fact.answer)
    asked = sum(any(fact.statement == clause.source.text for fact in natural) for clause in clauses)
    if clauses and asked == len(clauses) and quoted.sentence.end <= clauses[-1].source.end:
        return facts  # each clause is asked for naturally
    rest = _ask_rest(page, unit, quoted, find_breaks(quoted.sentence, clauses))
    if rest and len(rest.answer.text.split()) > LONGEST_SHORT:
        for start, end in find_complements(quoted.sentence, clauses):
            whole = end >= len(quoted.sentence.text)
            part = _ask_rest(page, unit, quoted, [start]) if whole else _ask_gap(quoted, Gap(start, end, "words"))
            if part and len(taken) < MOST_FACTS and _adds(part, taken):
                facts.append(part)
                taken.append(part.answer)
    if rest and len(taken) < MOST_FACTS and _adds(rest, taken):
        facts.append(rest)
    if not facts and not taken:
        raise NotQuoted("nothing_to_quote")
    return facts


def _prepare(page: Page, unit: Unit) -> _Quoted:
    text = unit.text.text
    if text.endswith(("?", ":")):
        raise NotQuoted("question" if text.endswith("?") else "introduction")
    end = len(text) if re.search(r"\b[ap]\.m\.$", text) else len(text.rstrip(".!; "))
    sentence = unit.text.cut(0, end)
    words = re.findall(r"[\w’'-]+", sentence.text)
    if MASKED.search(unit.text.text) or _LEADERS.search(page.text[unit.text.start : unit.text.end]):
        raise NotQuoted("masked")
    if not is_balanced(sentence.text) or sentence.text.count('"') % 2:
        raise NotQuoted("unbalanced")
    if len(words) < 3 or not any(word.lower() not in _EMPTY for word in words):
        raise NotQuoted("fragment")
    place = name_place(unit.headings, page.title)
    lead = _find_lead(unit, place)
    known = " ".join((page.title, *unit.headings))
    before = find_before(page, unit, known, lead)
    heads = before and _HEAD_PRONOUN.match(sentence.text)
    if before != "" and not heads and goes_back_to_title(sentence.text, page, unit):
        before, place = "", name_path(unit.headings[-1:], page.title, titled=True)
    if before is None:
        raise NotQuoted("unresolved_subject" if find_loose(sentence.text, lead, known) else "dangling_noun")
    if MASKED.search(before) or not is_balanced(before) or before.count('"') % 2:
        raise NotQuoted("masked_before")
    return _Quoted(sentence, place, lead, before, unit.headings)


def _names_topic(quoted: _Quoted, gap: Gap, title: str) -> bool:
    """Whether a gap is the document's own topic, or a word of its title: no question asks for that."""
    if gap.kind != "name":
        return False
    known = set(re.findall(r"[^\W\d_]{4,}", f"{title} {quoted.place}".lower()))
    said = set(re.findall(r"[^\W\d_]{4,}", quoted.sentence.text[gap.start : gap.end].lower())) - _EMPTY
    return any(word.startswith(one) or one.startswith(word) for one in known for word in said)


def _find_lead(unit: Unit, place: str) -> str:
    """What the sentence stands under, besides its heading."""
    lead = unit.asked or (unit.parents[-1] if unit.parents else unit.intro)
    lead = re.sub(r'["“”]', "", lead).strip(" :")
    return "" if not lead or f'"{lead}"' in place or len(lead.split()) > LONGEST_QUOTE / 2 else lead


def _ask_gap(quoted: _Quoted, gap: Gap) -> Fact | None:
    text = quoted.sentence.text
    answer = quoted.sentence.cut(gap.start, gap.end)
    left, right = shorten(text[: gap.start], text[gap.end :])
    said = [word for word in re.findall(r"[\w’'-]+", f"{quoted.before} {left} {right}") if word.lower() not in _EMPTY]
    if len(said) < 2 and not (said and quoted.under):
        return None
    quote = _join(quoted.before, f"{left}{GAP}{right}")
    if quote.count("...") > 1:
        return None
    if _RELATIVE.match(right) or (gap.kind == "words" and _takes_head(quoted, left, answer.text, right)):
        return None
    if left.startswith("...") and not _has_subject(left[4:], f"{left[4:]}{answer.text}{right}", quoted.place):
        return None  # what it goes on from was cut away
    missing = name_missing(gap, answer.text)
    inside, of = _place(quoted)
    asked = "" if quoted.before else ask_in_place(text, gap)
    in_place = (Core(f"{inside.removesuffix(', ')}: {asked}?" if inside else f"{asked}?", ""),) if asked else ()
    cores = (
        *in_place,
        Core(f"{inside}what is missing in {quote}?", f"what is missing in {quote}{of}"),
        Core(f"{inside}which {missing} missing in {quote}?", f"which {missing} missing in {quote}{of}"),
    )
    return _finish("quote.gap", answer, cores, quoted)


def _has_subject(left: str, said: str, place: str) -> bool:
    """Whether what is left of a sentence says what it speaks of: not "... first put forward by ___"."""
    first = left.split()[0] if left.split() else ""
    return (first.lower() in DETERMINERS or first[:1].isupper()) and not find_loose(said, "", place)


def _takes_head(quoted: _Quoted, left: str, answer: str, right: str) -> bool:
    """Whether what is left out is what the rest of the quotation hangs on: "Each flat gets ___; those in the attic do not"."""
    left, right = left.removeprefix("... "), right.removesuffix(" ...")
    known = " ".join((quoted.before, quoted.under))
    hangs = re.search(r"\b(?:none|neither|both)\b", right)  # "There is ___, but none on the site"
    loose = hangs or find_loose(f"{left}{GAP}{right}", known.strip(), quoted.place)
    vague = " " not in answer and "NOUN" not in lemmas(answer)  # "come out ___ but", "is converted ___"
    return bool(loose or vague or _TORN.match(right) or _RELATIVE.match(right.lstrip(",")))


def _ask_rest(page: Page, unit: Unit, quoted: _Quoted, places: Iterable[int]) -> Fact | None:
    text = quoted.sentence.text
    for place in places:
        beginning, answer = text[:place].rstrip(), quoted.sentence.cut(place, len(text))
        said = f"{quoted.before} {beginning}"
        words = [word for word in re.findall(r"[\w’'-]+", said) if word.lower() not in _EMPTY]
        stub = len(re.findall(r"\w+", beginning)) < 2
        if not words or stub or not is_balanced(beginning) or beginning.count('"') % 2 or _starts_another(beginning, page, unit):
            continue
        if cuts_list(beginning, answer.text):
            continue
        left, _ = shorten(beginning, "")
        if left.startswith("..."):
            continue
        quote = _join(quoted.before, f"{left.rstrip(' ,;')} ...")
        inside, of = _place(quoted)
        cores = (
            Core(f"{inside}how does the sentence {quote} go on?", f"how the sentence {quote} goes on{of}"),
            Core(f"{inside}what follows after {quote}?", f"what follows after {quote}{of}"),
        )
        if fact := _finish("quote.rest", answer, cores, quoted):
            return fact
    return None


def _starts_another(beginning: str, page: Page, unit: Unit) -> bool:
    """Whether another sentence of the document starts with the same words."""
    start = _plain(beginning)
    return any(
        other.text.start != unit.text.start and f"{_plain(other.text.text)} ".startswith(f"{start} ") for other in page.units
    )


def _place(quoted: _Quoted) -> tuple[str, str]:
    """The place as it stands before a question, and behind one that is told."""
    under = f'under "{quoted.under}"' if quoted.under else ""
    inside = ", ".join(part for part in (f"in {quoted.place}" if quoted.place else "", under) if part)
    behind = f" {under}" if under else ""
    behind += f" in {quoted.place}" if quoted.place else ""
    return (f"{inside[0].upper()}{inside[1:]}, " if inside else ""), behind


def _finish(pattern: str, answer: Text, cores: tuple[Core, ...], quoted: _Quoted) -> Fact | None:
    """The fact, unless its answer is cut or stands in its question."""
    said = answer.text
    if (
        not said
        or said[0] in ",;:.)"
        or not is_balanced(said)
        or said.count('"') % 2
        or _WHOSE.fullmatch(said)
        or f" {_plain(said)} " in f" {_plain(cores[0].direct)} "
    ):
        return None
    cores = tuple(Core(_capital(core.direct), core.indirect) for core in cores)
    return Fact(pattern, answer, cores, quoted.sentence.text, quoted.headings)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _join(before: str, quote: str) -> str:
    """In one pair of quotation marks: those inside become single ones."""
    inner = re.sub(r"[\"“”„«»]", "'", f"{before} {quote}".strip())
    return f'"{inner}"'


def _is_new(fact: Fact, taken: Sequence[Text]) -> bool:
    """Whether no other fact of the sentence has the answer, or a part of it."""
    own = fact.answer
    return not any(own.start < other.end and other.start < own.end for other in taken)


def _adds(fact: Fact, taken: Sequence[Text]) -> bool:
    """Whether the rest of a sentence says enough besides the answers that it holds."""
    inside = sum(len(other.text.split()) for other in taken if other.start < fact.answer.end and fact.answer.start < other.end)
    same = any(other.start <= fact.answer.start and fact.answer.end <= other.end for other in taken)
    return not same and (not inside or len(fact.answer.text.split()) - inside >= LEAST_MORE)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))
