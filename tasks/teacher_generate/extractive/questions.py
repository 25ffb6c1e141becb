"""How a question is built from a clause: question word, verb in its place, what is not asked for, and what it is about.

    clause "The car was assembled in Dunmurry", asked for where
      -> Core("Where was the car assembled?", "where the car was assembled")

Not covered: what is asked for, and with which word: ``natural_questions``.
"""

import re
from dataclasses import dataclass, replace

from tasks.teacher_generate.extractive.clause_parts import Clause
from tasks.teacher_generate.extractive.facts import Core
from tasks.teacher_generate.extractive.lexicon import inflect, is_plural, verb_forms
from tasks.teacher_generate.extractive.phrase_kinds import Phrase
from tasks.teacher_generate.extractive.texts import Text
from tasks.teacher_generate.extractive.word_lists import PREPOSITIONS

_PAST = {"was", "were", "had"}


@dataclass(frozen=True)
class Naming:
    """How a clause's subject is named in a question, and what says where it belongs."""

    subject: str
    front: str = ""
    """ "For the Tollan City Museum", 'In "Fees"', or nothing."""
    behind: str = ""
    """The same in a question that is told: "(for the Tollan City Museum)", 'in "Fees"'."""

    condition: str = ""
    """ "before they can be eaten": part of every question."""

    def core(self, asked: str, told: str) -> Core:
        """A question, named."""
        asked, told = tidy(f"{asked} {self.condition}"), tidy(f"{told} {self.condition}")
        asked = f"{self.front}, {small_wh(asked)}" if self.front else asked
        return Core(f"{asked}?", tidy(f"{told} {self.behind}"))


def build_core(clause: Clause, naming: Naming, wh: str, skip: Text | None = None, extra: str = "") -> Core:
    """ "How often" -> "How often should the car be washed?" and "how often the car should be washed".

    Args:
        skip: The part that is asked for.
        extra: What follows the verb in its stead.
    """
    rest = " ".join(part for part in (extra, rest_of(clause, skip)) if part)
    subject, words = naming.subject, clause.main.split()
    if clause.auxiliary:
        auxiliary = clause.auxiliary.lower()
        asked = f"{wh} {auxiliary} {subject} {clause.main} {clause.tail} {rest}"
        told = f"{small_wh(wh)} {subject} {auxiliary} {clause.main} {clause.tail} {rest}"
    else:
        adverbs = " ".join(words[:-1]) if clause.base != "have" else ""
        asked = f"{wh} {_do(clause)} {subject} {adverbs} {clause.base} {clause.tail} {rest}"
        told = f"{small_wh(wh)} {subject} {clause.main} {clause.tail} {rest}"
    return naming.core(asked, told)


def build_of_core(clause: Clause, naming: Naming) -> Core:
    """ "The board consists of X" asked as "What does the board consist of?"."""
    bare = build_core(replace(clause, phrases=()), Naming(naming.subject), "What")
    return naming.core(f"{bare.direct.removesuffix('?')} of", f"{bare.indirect} of")


def build_agent_core(clause: Clause, naming: Naming, agent: Phrase) -> Core:
    """ "The car was built by X" asked as "Who built the car?"."""
    auxiliary = clause.auxiliary.lower()
    participle = clause.main.split()[-1]
    if auxiliary in ("was", "were"):
        verb = inflect(clause.base, "VBD")
    elif auxiliary in ("is", "are"):
        verb = inflect(clause.base, "VBZ")
    elif auxiliary in ("has", "have", "had"):
        verb = f"has {participle}" if auxiliary != "had" else f"had {participle}"
    else:
        verb = f"{auxiliary} {clause.base}"
    text = f"{verb} {clause.tail} {naming.subject} {rest_of(clause, agent.whole)}"
    return naming.core(f"Who {text}", f"who {text}")


def rest_of(clause: Clause, skip: Text | None) -> str:
    """What stands after the verb in a question that asks for ``skip``."""
    texts = [(clause.object, clause.object.text)] if clause.object else []
    texts += [(phrase.whole, small_wh(phrase.whole.text) if phrase.fronted else phrase.whole.text) for phrase in clause.phrases]
    return " ".join(text for part, text in texts if skip is None or part.start != skip.start)


def is_past(clause: Clause) -> bool:
    """Whether a clause tells what was; "cost" and "cut" behind a plural are present, because rules and prices are."""
    forms = verb_forms(clause.main.split()[-1]) if clause.main else set()
    alike = "VB" in forms and is_plural(head_noun(clause.subject.text))
    return clause.auxiliary.lower() in _PAST or (not clause.auxiliary and "VBD" in forms and not alike)


def head_noun(phrase: str) -> str:
    """The noun that a phrase is about: "members" of "members of the club"."""
    words = phrase.split()
    return next((words[i - 1] for i in range(1, len(words)) if words[i].lower() in PREPOSITIONS | {"of"}), words[-1])


def _do(clause: Clause) -> str:
    if is_past(clause):
        return "did"
    first = clause.main.split()[-1] if clause.base != "have" else clause.main.split()[0]
    return "does" if first == "has" or "VBZ" in verb_forms(first) else "do"


def small_wh(text: str) -> str:
    """A question word as it stands inside a sentence."""
    if text.startswith(("I ", "I'")):
        return text
    return text[:1].lower() + text[1:]


def tidy(text: str) -> str:
    """Single spaces, none before punctuation."""
    return re.sub(r"\s+([,.;:?])", r"\1", re.sub(r"\s+", " ", text)).strip(" ,;:")
