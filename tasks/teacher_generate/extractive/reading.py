"""All facts of one leaf node's documents, and what could not be asked.

A statement is a clause, a "key: value" line or a table cell. Each is either covered (at least one fact) or refused with a
reason. A sentence is asked for naturally only where it was read with near certainty; what is left of it is quoted.

Not covered: duplicates and ambiguous questions; ``drafts`` sees to them, because it sees all wordings.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from schemas.records import Chunk
from tasks.teacher_generate.extractive.clauses import Clause, Refused, parse_sentence
from tasks.teacher_generate.extractive.condition_questions import ask_condition
from tasks.teacher_generate.extractive.definite_nouns import find_several, points_at_one_of_several
from tasks.teacher_generate.extractive.facts import Fact, Refusal
from tasks.teacher_generate.extractive.keyed_lines import ask_keyed, ask_quantity, is_label, split_keyed
from tasks.teacher_generate.extractive.lexicon import is_participle
from tasks.teacher_generate.extractive.natural_questions import ask_clause
from tasks.teacher_generate.extractive.passages import Page, Unit, read_pages
from tasks.teacher_generate.extractive.question_check import check_fact
from tasks.teacher_generate.extractive.question_pairs import pair_questions
from tasks.teacher_generate.extractive.questions import Naming
from tasks.teacher_generate.extractive.quote_places import name_place
from tasks.teacher_generate.extractive.quoted_entries import Places
from tasks.teacher_generate.extractive.quotes import NotQuoted, ask_quoted
from tasks.teacher_generate.extractive.sections import Sections
from tasks.teacher_generate.extractive.subjects import Subjects, find_subjects
from tasks.teacher_generate.extractive.sure_reading import find_sure
from tasks.teacher_generate.extractive.tables import ask_tables
from tasks.teacher_generate.extractive.texts import Text
from tasks.teacher_generate.extractive.word_lists import AUXILIARIES, PREPOSITIONS

_NOT_STATEMENTS = {"fragment", "introduction", "question"}


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
        kept, reason = self._check(found)
        if not kept:
            self.refusals += [Refusal(reason, fact.statement, fact.answer.start) for fact in found[:1]]
        self.statements += 1
        self.covered += bool(kept)
        self.facts += kept

    def note_entry(self, entry: list[Fact] | Refusal) -> None:
        """Counts a table's cell or a line with the first of its facts that passes the last check."""
        if isinstance(entry, Refusal):
            return self.note([], entry)
        return self.note(next(([fact] for fact in entry if self._check([fact])[0]), entry[:1]), None)

    def note_sentence(self, unit: Unit, clauses: list[Clause], natural: list[Fact]) -> None:
        """Counts the statements of one sentence: what is not asked for naturally is quoted."""
        kept, refused = self._check(natural)
        try:
            kept += self._check(ask_quoted(self.page, unit, clauses, kept))[0]
        except NotQuoted as cause:
            refused = cause.reason
        if not kept:
            self.refusals.append(Refusal(refused or "nothing_to_quote", unit.text.text, unit.text.start))
            if refused in _NOT_STATEMENTS:
                return
        self.statements += max(1, len(clauses))
        self.covered += _count_covered(clauses, kept) if clauses else bool(kept)
        self.facts += kept

    def _check(self, found: list[Fact]) -> tuple[list[Fact], str]:
        """The facts that pass the last check, and why the first of the others does not."""
        checked = [check_fact(fact, self.topic) for fact in found]
        checked = [self._know_which(kept, reason) for kept, reason in checked]
        return [fact for fact, _ in checked if fact is not None], next((reason for _, reason in checked if reason), "")

    def _know_which(self, fact: Fact | None, reason: str) -> tuple[Fact | None, str]:
        """The fact, unless its questions say "the hut" where the document names several huts."""
        if fact is None or fact.pattern.startswith(("pair.", "quote.")):
            return fact, reason
        asked = any(points_at_one_of_several(core.direct, self.several) for core in fact.cores)
        return (None, "dangling_noun") if asked else (fact, reason)


def _count_covered(clauses: list[Clause], facts: list[Fact]) -> int:
    """How many clauses of a sentence hold an answer, or a part of one."""
    covered, start = 0, 0
    for clause in clauses:
        start, end = max(start, clause.source.start), clause.source.end
        covered += any(fact.answer.start < end and start < fact.answer.end for fact in facts)
        start = end
    return covered


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
    places = Places(page)
    for unit, found, reason in parsed:
        keyed = split_keyed(unit)
        natural = list(_ask_naturally(page, unit, found, subjects))
        entry = ask_keyed(unit, *keyed, sections.owner(unit.headings), places) if keyed and not natural else None
        if entry and (not found or not isinstance(entry, Refusal)) and not (found and keyed and is_label(keyed[0].text)):
            reading.note_entry(entry)
        elif reason and (quantity := ask_quantity(unit, sections.owner(unit.headings))):
            reading.note([quantity], None)
        else:
            reading.note_sentence(unit, found, natural)
    for fact in pair_questions(page, subjects.topic):
        reading.note([fact], None)
    for entry in ask_tables(page, places, sections.owner):
        reading.note_entry(entry)
    return reading


def _ask_naturally(page: Page, unit: Unit, clauses: list[Clause], subjects: Subjects) -> Iterable[Fact]:
    """The natural facts of a sentence: none unless it was read with near certainty."""
    if condition := ask_condition(unit, name_clause(page, unit, "", subjects)):
        yield condition
        return
    for clause, said in find_sure(page, unit, clauses, subjects.names):
        subject = "there" if clause.voice == "existential" else subjects.complete(clause.subject.text)
        naming = replace(name_clause(page, unit, subject, subjects), condition=said)
        facts = ask_clause(clause, naming, unit.headings)
        if naming.front and (topic := _find_told_topic(page, subjects)):
            about = replace(naming, front=f"For {topic}", behind=f"(for {topic})")
            again = ask_clause(clause, about, unit.headings)
            facts = [replace(fact, cores=(*fact.cores, *more.cores)) for fact, more in zip(facts, again, strict=True)]
        yield from facts


def _find_told_topic(page: Page, subjects: Subjects) -> str:
    """The document's topic, if a sentence of it speaks of that by name: "The Tollan City Museum tells ..."; else nothing."""
    bare = subjects.topic.removeprefix("the ")
    told = any(re.match(rf"(?:The )?{re.escape(bare)}\b", unit.text.text) for unit in page.units) if bare else False
    return subjects.topic if told and not subjects.topic_is_person else ""


def name_clause(page: Page, unit: Unit, subject: str, subjects: Subjects) -> Naming:
    """How a question names its subject, and where it belongs, unless it names the document's topic.

    'In "Red lentil soup", how long does the soup keep?', "How many objects does the Tollan City Museum own?"
    """
    said = f"{subject} {unit.text.text}".lower()
    topic = subjects.topic.removeprefix("the ").lower().split()
    place = name_place(unit.headings, page.title)
    if not place or (topic and all(word in said for word in topic)):
        return Naming(subject)
    return Naming(subject, f"In {place}", f"in {place}")


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
        return parse_sentence(text), ""
    except Refused as refusal:
        return [], refusal.reason


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
