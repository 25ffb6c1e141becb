"""Questions for what happens, or what one does, if something is so.

    "If the rent is late, the landlord may charge £25."   ->  "What happens if the rent is late?"       -> "the landlord may ..."
    "If error E20 appears, clean the pump."               ->  "What should you do if error E20 appears?"   -> "clean the pump"

Not covered: conditions of the past, and sentences with more than a condition and a statement or an order.
"""

import re

from tasks.teacher_generate.extractive.clauses import Refused, parse_sentence
from tasks.teacher_generate.extractive.facts import Fact
from tasks.teacher_generate.extractive.lexicon import lemmas, verb_forms
from tasks.teacher_generate.extractive.passages import Unit
from tasks.teacher_generate.extractive.questions import Naming
from tasks.teacher_generate.extractive.texts import Text
from tasks.teacher_generate.extractive.word_lists import AUXILIARIES, DETERMINERS, PREPOSITIONS

_FRONTED = re.compile(r"If (?P<condition>[^,;:()\"“–—]+), (?:then |please )?(?P<main>[^,;:()\"“–—]+)$")
_APPENDED = re.compile(r"(?:Please )?(?P<main>[^,;:()\"“–—]+?) if (?P<condition>[^,;:()\"“–—]+)$")
_UNCLEAR = re.compile(
    r"\b(?:it|its|they|them|their|he|she|him|his|her|this|these|those|that|such|so|one|ones|we|us|our|i|my|there|here|same|other|others|"
    r"was|were|had|did|then|still|again|already|yet|only|also|otherwise|too|instead|and|or|but|not|unless|because|which|who|if|when|possible|necessary)\b",
    re.IGNORECASE,
)
"""Words of another sentence or another speaker, of the past, and those that join a second statement."""
LONGEST_PART = 16
"""Words of a condition, and of what it leads to."""


def ask_condition(unit: Unit, naming: Naming) -> Fact | None:
    """What happens if, or what one does if; None where the sentence is not one condition with one clear consequence."""
    text = unit.text.cut(0, len(unit.text.text.rstrip(".! ")))
    match = _FRONTED.match(text.text) or _APPENDED.match(text.text)
    if match is None or unit.listed or unit.asked or unit.intro:
        return None
    condition, answer = match.group("condition"), text.cut(*match.span("main"))
    clear = all(2 < len(part.split()) <= LONGEST_PART and not _UNCLEAR.search(part) for part in (condition, answer.text))
    if not clear or not _is_present(condition):
        return None
    orders = is_order(answer.text)
    advises = re.match(r"you (?:can|may|could)\b", answer.text, re.IGNORECASE)  # that happens to nobody by itself
    if not orders and (advises or not _is_statement(answer)):
        return None
    wh = "what should you do" if orders else "what happens"
    told = "what you should do" if orders else "what happens"
    core = naming.core(f"{wh.capitalize()} if {condition}", f"{told} if {condition}")
    return Fact("sentence.condition", answer, (core,), unit.text.text, unit.headings)


def _is_present(condition: str) -> bool:
    words = condition.lower().split()
    return any(word in AUXILIARIES or verb_forms(word) & {"VB", "VBZ"} for word in words[1:])


def _is_statement(answer: Text) -> bool:
    """Whether what is said is one clause, and something that happens: not "Mr Pell has the key"."""
    try:
        return [clause.base not in ("have", "be") for clause in parse_sentence(answer)] == [True]
    except Refused:
        return False


def is_order(main: str) -> bool:
    """Whether a statement tells its reader to do something: "Press start", "you must call the ward"."""
    words = main.lower().split()
    if words[:1] == ["you"]:
        return words[1:2] in (["must"], ["should"])
    plain = "VB" in verb_forms(words[0]) and words[0] not in AUXILIARIES | PREPOSITIONS | DETERMINERS
    return plain and (words[1] in DETERMINERS | PREPOSITIONS or set(lemmas(words[0])) == {"VERB"})
