"""A clause as it was read: subject, verb group, object, phrases, condition.

    "The car was assembled in Dunmurry, Northern Ireland."
      -> Clause(subject="The car", auxiliary="was", main="assembled", base="assemble", voice="passive",
                phrases=[where: in "Dunmurry, Northern Ireland"])

Not covered: how it is read; that is in ``clauses`` and the modules that it is put together from.
"""

from dataclasses import dataclass

from tasks.teacher_generate.extractive.phrase_kinds import Phrase
from tasks.teacher_generate.extractive.texts import Text


@dataclass(frozen=True)
class Clause:
    subject: Text
    auxiliary: str
    """The first auxiliary ("was", "must"), or nothing."""
    main: str
    """The rest of the verb group as it stands: "be sent", "costs"."""
    tail: str
    """What belongs to the verb and follows it: "up", "bankrupt"."""
    base: str
    voice: str
    """active, passive, copula, adjective or existential."""
    object: Text | None
    phrases: tuple[Phrase, ...]
    condition: str
    source: Text
    imperative: bool = False
    negated: bool = False
