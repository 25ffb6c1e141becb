"""Which clauses of a sentence were read with near certainty: only those are asked for in words of our own.

A clause is sure if its parts hold every one of its words, nothing in it is joined or set apart, nothing points to another
sentence, and what follows it is another clause, behind "and", ";" or ", which", or a condition that every question can hold.

    "Complaints must be sent within 14 days of delivery."      sure
    "The trip takes 40 minutes and costs 9 euros."             both clauses are sure
    "The day ends at 3 p.m., except on Wednesdays."            not sure: quoted instead
    "The hall is closed in May." behind "a hall in Kiel"       not sure: "the hall" is known from before only

Not covered: readings that are wrong and yet whole; ``clause_check`` and ``question_check`` look for signs of those.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from tasks.teacher_generate.extractive.amounts import parse_amount
from tasks.teacher_generate.extractive.clause_check import find_doubt, lists_verbs
from tasks.teacher_generate.extractive.clause_parts import Clause
from tasks.teacher_generate.extractive.lexicon import is_plural, verb_forms
from tasks.teacher_generate.extractive.passages import Page, Unit
from tasks.teacher_generate.extractive.questions import head_noun
from tasks.teacher_generate.extractive.quoted_before import find_before
from tasks.teacher_generate.extractive.sentence_breaks import tells_later
from tasks.teacher_generate.extractive.sentence_gaps import find_gaps
from tasks.teacher_generate.extractive.word_lists import (
    DETERMINERS,
    NEEDING_OTHERS,
    PREPOSITIONS,
    PRONOUNS,
    RELATIVES,
    SUBORDINATORS,
)

LONGEST_CLAUSE = 20
"""Words."""
LONGEST_SUBJECT = 7
LONGEST_CONDITION = 9
_SET_APART = re.compile(r"[,;:()\[\]\"“”„«»–—/…?*_<>|]")
_MEMBER = r"[\w’'-]+(?: [\w’'-]+){0,3}"
_LIST = re.compile(rf"{_MEMBER}(?:(?:, {_MEMBER})+,?)? (?:and|or) {_MEMBER}")
_PARTICIPLE = re.compile(r"(?:ed|[lnp]t|n)$")
"""Endings of a past that is a participle too, also where the dictionary has another: "burnt sienna"."""
_JOINT = re.compile(r",? and |; ")
_MAY_FOLLOW = re.compile(r"$|,? and |; (?!but|however|except|otherwise|unless|if|or)|, (?:which|who) ")
"""What may stand behind a clause without changing what it says."""
_CONDITION = re.compile(r" (?:before|after|until|once|when|if|unless) (?!that\b|this\b)[^,;:()]+")
_UNCLEAR = {
    "this",
    "that",
    "these",
    "those",
    "we",
    "us",
    "our",
    "i",
    "my",
    "he",
    "she",
    "his",
    "her",
    "here",
    "such",
    "same",
    "and",
    "or",
}
_OTHERS = PRONOUNS | RELATIVES | (SUBORDINATORS - {"so", "than", "except"}) | NEEDING_OTHERS
_COUNTING = re.compile(
    r"\b(?:at least|at most|(?:no |not )?(?:more|less|fewer) than|(?:once|twice) (?:a|an|per|every)"
    r"|(?:the )?(?:first|last) \w+day)\b"
)


def find_sure(page: Page, unit: Unit, clauses: Sequence[Clause], named: Collection[str]) -> Iterator[tuple[Clause, str]]:
    """The clauses of a sentence that may be asked for naturally, each with its condition: it belongs to every question.

    Args:
        named: General words that stand for a name: "the spacecraft" is known.
    """
    text = unit.text.text.rstrip(".! ")
    offsets = unit.text.offsets
    if find_before(page, unit, " ".join((page.title, *unit.headings, *named)), unit.asked) != "":
        return
    if unit.intro or (unit.listed and unit.parents) or not clauses or clauses[0].source.start not in offsets:
        return
    before = offsets.index(clauses[0].source.start)
    fronted = [phrase.whole.text for phrase in clauses[0].phrases if phrase.fronted and phrase.kind == "when"]
    if before and (len(clauses) > 1 or [text[:before].strip(" ,")] != fronted or len(find_gaps(f"x {fronted[0]}")) != 1):
        return  # "In 1998 ..." is the only front that is known to be no more than a time
    for number, clause in enumerate(clauses):
        if clause.source.start not in offsets or clause.source.end - 1 not in offsets:
            return
        end = offsets.index(clause.source.end - 1) + 1
        start = before
        if number:
            joint = _JOINT.match(text, before)
            if joint is None:
                return  # ", which": what it says is said of a noun
            start = joint.end()
            if RELATIVES & set(re.findall(r"\w+", text[:start].lower())) and not text[start:].startswith(clause.subject.text):
                return  # "that lives in deciduous and mixed forests": it may go on from the relative clause
        before = end
        own, condition = text[start:end], clause.condition if text[start:end].endswith(clause.condition) else ""
        if condition:
            own = own.removesuffix(condition).rstrip()
            clause = replace(clause, condition="", source=clause.source.cut(0, len(clause.source.text) - len(condition)))
        elif behind := _CONDITION.fullmatch(text, min(end, len(text))):
            condition, end = behind.group().strip(), len(text)
        if (
            (not condition or _is_clear(condition, clause))
            and _MAY_FOLLOW.match(text, min(end, len(text)))
            and not _doubt(clause, own)
        ):
            yield clause, condition


def _is_clear(condition: str, clause: Clause) -> bool:
    """Whether a condition holds nothing but what its own clause names."""
    words = set(re.findall(r"[\w’'-]+", condition.lower()))
    pronouns = words & {"it", "its", "they", "them", "their"}
    plural = is_plural(head_noun(clause.subject.text))
    fit = pronouns <= ({"they", "their"} if plural else {"it", "its"}) and not (pronouns and clause.object)
    return fit and not words & _UNCLEAR and not _SET_APART.search(condition) and len(words) <= LONGEST_CONDITION


def _doubt(clause: Clause, own: str) -> bool:
    """Whether a clause may not be asked for.

    Args:
        own: Its own words; a subject that it shares stands before them.
    """
    said, subject = _without_amounts(own), _without_amounts(clause.subject.text)
    listed = clause.object or next((phrase.body for phrase in clause.phrases), None)
    if listed is not None and own.endswith(listed.text) and _LIST.fullmatch(listed.text) and not lists_verbs(listed.text):
        said = said.replace(listed.text, "0")
    if _LIST.fullmatch(subject) and own.startswith(clause.subject.text):
        subject, said = "0", said.replace(subject, "0", 1)
    words = {word.lower() for word in re.findall(r"[\w’'-]+", _COUNTING.sub("", f"{subject} {said}"))}
    if clause.voice == "existential":
        words.discard("there")
    return (
        clause.imperative
        or " or " in said  # the second half may be an alternative to more than its neighbour
        or _lasts_for_either(clause, own)
        or bool(clause.condition)
        or bool(_SET_APART.search(said) or words & _OTHERS)
        or len(own.split()) > LONGEST_CLAUSE
        or len(clause.subject.text.split()) > LONGEST_SUBJECT
        or parse_amount(clause.subject.text) is not None
        or clause.subject.text.split()[0].lower() in PREPOSITIONS | {"according"}
        or _may_be_order(clause)
        or not _is_whole(clause, own)
        or bool(find_doubt(clause))
        or _may_be_attribute(clause, own)
    )


def _may_be_order(clause: Clause) -> bool:
    """Whether what was taken for a subject may tell the reader to do something: "Wear closed shoes"."""
    subject, told = clause.subject.text, clause.auxiliary or "VBZ" in verb_forms(clause.main.split()[-1] if clause.main else "")
    return not told and " " not in subject and "VB" in verb_forms(subject) and not is_plural(subject)


def _lasts_for_either(clause: Clause, own: str) -> bool:
    """Whether a length of time may belong to one of two verbs: "is left to rest for ten minutes"."""
    lasting = any(phrase.kind == "how_long" for phrase in clause.phrases)
    return lasting and any("VB" in verb_forms(word) for word in re.findall(r"(?<!ha[ds] )(?<!have )\bto ([a-z]+)", own))


def _may_be_attribute(clause: Clause, own: str) -> bool:
    """Whether the verb may be a participle before a noun: "deciduous and mixed forests", "two or three spotted eggs"."""
    verb, shared = clause.main.split()[-1] if clause.main else "", not own.startswith(clause.subject.text)
    forms = verb_forms(verb)
    behind = clause.object.text.split() if clause.object else []
    if verb.endswith("ing") and "VBG" in forms and behind:
        return is_plural(behind[-1]) and len(behind) == 1  # "are wearing parts"
    if (
        clause.auxiliary
        or clause.voice != "active"
        or not forms & {"VBD", "VBN"}
        or not ("VBN" in forms or _PARTICIPLE.search(verb))
        or "VB" in forms
    ):
        return False
    told = any(verb_forms(word) & {"VBZ", "VBD"} for word in clause.subject.text.lower().split()[1:])
    bare = bool(behind) and behind[0].lower() not in DETERMINERS and parse_amount(" ".join(behind)) is None
    rest = own[own.find(verb) + len(verb) :].split()
    return tells_later(rest) or (bare and behind[0].islower() and (shared or told))


def _without_amounts(text: str) -> str:
    """The text with 0 for amounts and times: what joins or bounds them is no sign of a second statement."""
    for gap in reversed(find_gaps(text)):
        text = f"{text[: gap.start]}0{text[gap.end :]}" if gap.kind != "name" else text
    return text


def _is_whole(clause: Clause, own: str) -> bool:
    """Whether the parts of a clause hold all its words."""
    subject = clause.subject.text if own.startswith(clause.subject.text) else ""
    parts = [clause.object, *(phrase.whole for phrase in clause.phrases if not phrase.fronted)]
    held = [subject, clause.auxiliary, clause.main, clause.tail, *(part.text for part in parts if part is not None)]
    if not subject and clause.auxiliary and clause.auxiliary not in own.split():
        held.remove(clause.auxiliary)  # "kept on a lead and cleaned daily" shares it, too
    extra = {"not", "no", "cannot", "can"} if clause.negated else set()
    extra |= {"must", "has", "have", "had", "need", "needs", "to", "be"} if clause.auxiliary == "must" or not subject else set()

    def counted(text: str) -> list[str]:
        return sorted(word for word in re.findall(r"\w+", text.lower()) if word not in extra)

    return counted(" ".join(held)) == counted(own)
