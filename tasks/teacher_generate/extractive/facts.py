"""A fact: an answer that stands in the source, with the questions it answers.

Fact(pattern="passive.where", answer="Dunmurry, Northern Ireland" (offsets 214..240),
     cores=[Core("Where was the DeLorean DMC-12 assembled?", "where the DeLorean DMC-12 was assembled"), ...])
"""

from dataclasses import dataclass

from tasks.teacher_generate.extractive.texts import Text


@dataclass(frozen=True)
class Core:
    """One way to ask. ``indirect`` follows "Can you tell me", "" where there is none; a reserved core is asked in exams only."""

    direct: str
    indirect: str
    reserved: bool = False


@dataclass(frozen=True)
class Fact:
    pattern: str
    """Name of the statement pattern, for example passive.where."""
    answer: Text
    cores: tuple[Core, ...]
    statement: str
    """The sentence, line or cell that it was read from."""
    headings: tuple[str, ...]


@dataclass(frozen=True)
class Refusal:
    """A statement that could not be asked well."""

    reason: str
    statement: str
    start: int
    """Offset in the document."""
