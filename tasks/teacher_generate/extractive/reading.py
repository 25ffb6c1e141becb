"""All facts of one leaf node's documents, and what could not be asked.

A statement is a clause, a "key: value" line or a table cell. Each is either covered (at least one fact) or refused with a
reason.

Not covered: duplicates and ambiguous questions; ``drafts`` sees to them, because it sees all wordings.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from schemas.records import Chunk
from tasks.teacher_generate.extractive.amounts import is_moment
from tasks.teacher_generate.extractive.asking import Asker
from tasks.teacher_generate.extractive.clause_check import find_doubt
from tasks.teacher_generate.extractive.clauses import Clause, Refused, parse_sentence
from tasks.teacher_generate.extractive.condition_questions import ask_condition
from tasks.teacher_generate.extractive.definite_nouns import find_several, points_at_one_of_several
from tasks.teacher_generate.extractive.descriptions import read_description
from tasks.teacher_generate.extractive.facts import Core, Fact, Refusal
from tasks.teacher_generate.extractive.keyed_lines import ask_keyed, ask_quantity, is_label, split_keyed
from tasks.teacher_generate.extractive.lexicon import is_adjective, is_common_word, is_noun, is_participle, is_person
from tasks.teacher_generate.extractive.naming import name_thing, owner_in_list
from tasks.teacher_generate.extractive.passages import Page, Unit, read_pages
from tasks.teacher_generate.extractive.question_check import check_fact
from tasks.teacher_generate.extractive.question_pairs import pair_questions
from tasks.teacher_generate.extractive.questions import small_wh
from tasks.teacher_generate.extractive.subjects import Subjects, find_subjects
from tasks.teacher_generate.extractive.tables import ask_table
from tasks.teacher_generate.extractive.texts import Text
from tasks.teacher_generate.extractive.turned_round import turn_round
from tasks.teacher_generate.extractive.word_lists import AUXILIARIES, DETERMINERS, PREPOSITIONS

_NOT_STATEMENTS = {"fragment", "introduction", "question", "step_of_answer"}


@dataclass
class Reading:
    """What was read in one document."""

    page: Page
    topic: str
    facts: list[Fact] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    statements: int = 0
    """Factual statements seen: clauses, lines, cells."""
    covered: int = 0
    """Those with at least one fact."""
    several: frozenset[str] = frozenset()
    """Nouns that the document has under several names: a bare "the hut" is one of them."""

    def note(self, found: list[Fact], refusal: Refusal | None) -> None:
        """Counts one statement with what came of it; a statement is covered by facts that pass the last check only."""
        if refusal is not None:
            self.refusals.append(refusal)
            if refusal.reason in _NOT_STATEMENTS:
                return
        checked = [(fact, *check_fact(add_topic(fact, self.topic), self.topic)) for fact in found]
        checked = [(fact, *self._know_which(kept, reason)) for fact, kept, reason in checked]
        kept = [fact for _, fact, _ in checked if fact is not None]
        if not kept:
            self.refusals += [Refusal(reason, fact.statement, fact.answer.start) for fact, _, reason in checked[:1]]
        self.statements += 1
        self.covered += bool(kept)
        self.facts += kept

    def _know_which(self, fact: Fact | None, reason: str) -> tuple[Fact | None, str]:
        """The fact, unless its questions say "the hut" where the document names several huts."""
        if fact is None or fact.pattern.startswith("pair."):
            return fact, reason
        asked = any(points_at_one_of_several(core.direct, self.several) for core in fact.cores)
        return (None, "dangling_noun") if asked else (fact, reason)


def add_topic(fact: Fact, topic: str) -> Fact:
    """The fact with one more question that names the document's topic, where none does."""
    words = topic.removeprefix("the ").lower().split()
    open_cores = [core for core in fact.cores if not core.reserved]
    named = any(all(word in core.direct.lower() for word in words) for core in fact.cores)
    if not fact.pattern.startswith(("table.", "line.")) or not words or not open_cores or named:
        return fact
    first = open_cores[0]
    if first.direct.startswith("For "):
        return fact  # "For age under 6, ...": one front is enough
    more = Core(f"For {topic}, {small_wh(first.direct)}", f"{first.indirect} (for {topic})" if first.indirect else "")
    return replace(fact, cores=(first, more, *(core for core in fact.cores if core is not first)))


def read_chunks(chunks: Iterable[Chunk]) -> list[Reading]:
    """Reads the documents that the chunks come from."""
    return [read_document(page) for page in read_pages(chunks)]


def read_document(page: Page) -> Reading:
    """The facts of one document, in reading order: sentences and lines first, then tables."""
    parsed = [(unit, *_parse_unit(unit)) for unit in page.units]
    clauses = [clause for _, found, _ in parsed for clause in found]
    subjects = find_subjects(page, _find_definitions(clauses))
    reading = Reading(page, subjects.topic, several=find_several(page))
    sections = Sections(page, subjects)
    keys = Counter(keyed[0].text.lower() for unit in page.units if (keyed := split_keyed(unit)))
    for unit, found, reason in parsed:
        keyed = split_keyed(unit)
        condition = None if keyed else ask_condition(unit, subjects.topic)
        if keyed and not found:
            fact = ask_keyed(unit, *keyed, sections.owner(unit.headings), keys[keyed[0].text.lower()] == 1)
            reading.note([fact] if isinstance(fact, Fact) else [], fact if isinstance(fact, Refusal) else None)
        elif reason and condition:
            reading.note([turn_round(condition)], None)
        elif reason and (quantity := ask_quantity(unit, sections.owner(unit.headings))):
            reading.note([quantity], None)
        elif reason:
            reading.note([], Refusal(reason, unit.text.text, unit.text.start))
        if reason and not keyed:
            subjects.skip(unit.block)
        for clause in found:
            facts = ask_clause(clause, unit, subjects, sections)
            if condition:  # counted with the first clause of its sentence
                facts = [*(facts if isinstance(facts, list) else []), turn_round(condition)]
                condition = None
            if isinstance(facts, list) and (besides := read_description(clause)):
                more = ask_clause(besides, unit, subjects, sections)
                facts += more if isinstance(more, list) else []
            reading.note(
                facts if isinstance(facts, list) else [],
                Refusal(facts, clause.source.text, clause.source.start) if isinstance(facts, str) else None,
            )
    for fact in pair_questions(page, subjects.topic):
        reading.note([fact], None)
    for table in page.tables:
        for entry in ask_table(table, sections.owner(table.headings)):
            reading.note([entry] if isinstance(entry, Fact) else [], entry if isinstance(entry, Refusal) else None)
    return reading


_COLLECTION = re.compile(
    r"\b(?:recipes|dishes|cocktails|drinks|plants|trees|birds|animals|breeds|dogs|tours|walks|hikes|trips|games|models|products|courses|"
    r"instruments|tools|exercises|rooms|houses|cities|towns|countries|planets|people|machines|books|films|workshops)\b",
    re.IGNORECASE,
)
"""Titles with these stand above one section for each."""


class Sections:
    """What the sections of a document without a topic of its own are about.

    "## Rye bread" is about rye bread if its text speaks of it, or if it gives the same attributes as another section.
    """

    def __init__(self, page: Page, subjects: Subjects) -> None:
        self.subjects, self.title = subjects, page.title
        texts: dict[str, list[str]] = {}
        for unit in page.units:
            if unit.headings:
                texts.setdefault(unit.headings[-1], []).append(unit.text.text)
        keys: dict[str, set[str]] = {}
        for unit in page.units:
            if unit.headings and (keyed := split_keyed(unit)):
                keys.setdefault(unit.headings[-1], set()).add(keyed[0].text.lower())
        collection = _COLLECTION.search(page.title) is not None
        alike = {one for one in keys for other in keys if one != other and keys[one] & keys[other]}
        self.topics = {
            name: self._name(name, " ".join(said))
            or (name_thing(name, "") if (name in alike or collection) and len(name.split()) <= 5 else "")
            for name, said in texts.items()
            if name != page.title
        }

    @staticmethod
    def _name(heading: str, text: str) -> str:
        bare = re.sub(r"^[\d.\s]+", "", heading).strip()
        found = re.search(rf"\b(?P<article>[Tt]he )?{re.escape(bare)}\b", text, re.IGNORECASE) if bare else None
        if found is None or len(bare.split()) > 5:
            return ""
        if " " not in bare and is_common_word(bare) and not found.group("article"):
            return ""  # "Safety" above a text with "safety shoes"
        words = bare.split()
        name = " ".join(word.lower() if is_common_word(word) else word for word in words)
        return f"the {name}" if found.group("article") else name

    def topic(self, headings: tuple[str, ...]) -> str:
        """What a statement under these headings is about, where the document has no topic."""
        return "" if self.subjects.topic or not headings else self.topics.get(headings[-1], "")

    def owner(self, headings: tuple[str, ...]) -> str:
        """What has the attributes that stand under these headings."""
        return self.subjects.topic or self.topic(headings)


def ask_clause(clause: Clause, unit: Unit, subjects: Subjects, sections: Sections) -> list[Fact] | str:
    """The facts of a clause, or why there are none."""
    if clause.imperative and unit.asked:
        return "step_of_answer"  # the whole answer is asked for
    if doubt := find_doubt(clause):
        return doubt
    stand_ins = subjects.stand_ins(clause, unit.block)
    if clause.voice == "existential":
        subject: str | None = "there"
    else:
        subject = subjects.resolve(clause, unit.block)
    if subject is None:
        return "unresolved_subject"
    about = _about(subject, clause, subjects, sections.topic(unit.headings), owner_in_list(unit))
    asker = Asker(clause, subject, about, unit.headings, subjects.topic, stand_ins)
    facts = [turn_round(fact) for fact in asker.facts() if fact.cores]
    return facts or ("negation" if clause.negated else "nothing_to_ask")


def _about(subject: str, clause: Clause, subjects: Subjects, section: str, owner: str) -> str:
    """What the list item above, the document or its section is about, where the question would not name it otherwise."""
    words = subject.split()
    bare = (
        words[0].lower() == "the" and not is_person(subject) and not any(word.lower() in PREPOSITIONS | {"of"} for word in words)
    )
    own = bare or clause.imperative
    topic = owner or subjects.topic or (section if own else "")  # in a section only "the dough" needs its owner
    if not topic or subjects.topic_is_person:
        return ""
    said = f"{subject} {clause.source.text}".lower()
    if all(word in said for word in topic.removeprefix("the ").lower().split()):
        return ""
    words = [word for word in subject.split() if word.lower() not in DETERMINERS]
    if len(words) < len(subject.split()):  # "the Wi-Fi password" is no name, "the Foundry" is
        words = words[-1:]
    named = bool(words) and any(word[:1].isupper() and not word.isupper() for word in words)
    return "" if named else topic


def _parse_unit(unit: Unit) -> tuple[list[Clause], str]:
    """The clauses of a sentence, or the reason why there are none."""
    text = unit.text
    if text.text.endswith(":"):
        return [], "introduction"
    keyed = split_keyed(unit)
    if keyed:
        key, value = keyed
        told = set(value.text.lower().split()) & AUXILIARIES
        small = value.text[:1].islower() and not text.text.endswith(".") and not told
        if not is_label(key.text) and (small or not _is_sentence(value)):
            return [], "keyed"
        text = value
    try:
        return parse_sentence(complete_note(text)), ""
    except Refused as refusal:
        return [], refusal.reason


def complete_note(text: Text) -> Text:
    """ "Released on 11 May 2025." reads as "It was released on 11 May 2025." """
    first, _, rest = text.text.partition(" ")
    told = is_participle(first.lower()) and first[:1].isupper() and not is_noun(first.lower()) and not is_adjective(first)
    if not told or not (rest.split(" ")[0].lower() in PREPOSITIONS or rest[:1].isdigit()):
        return text
    lead = "It was "
    on = "on " if is_moment(rest) and rest[:1].isdigit() and not rest[:4].isdigit() else ""
    head = len(first) + 1
    return Text(
        f"{lead}{first.lower()} {on}{rest}",
        ((text.offsets[0],) * len(lead) + text.offsets[:head] + (text.offsets[head],) * len(on) + text.offsets[head:]),
    )


def _is_sentence(value: Text) -> bool:
    try:
        return len(value.text.split()) > 4 and bool(parse_sentence(value))
    except Refused:
        return False


def _find_definitions(clauses: list[Clause]) -> list[tuple[str, str]]:
    """What things are said to be: ("The X", "car") from "The X is a small sports car with two doors"."""
    found: list[tuple[str, str]] = []
    for clause in clauses:
        if (
            clause.voice != "copula"
            or clause.negated
            or clause.object is None
            or not clause.object.text.lower().startswith(("a ", "an ", "the "))
        ):
            continue
        words = clause.object.text.split()
        ends = [i for i in range(2, len(words)) if words[i].lower() in PREPOSITIONS | {"of"} or is_participle(words[i])]
        head = words[ends[0] - 1] if ends else words[-1]
        if head.isalpha():
            found.append((clause.subject.text, head.lower()))
    return found
