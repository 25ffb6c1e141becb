"""Questions for what happens, or what one does, if something is so.

    "If the rent is late, you pay £25."      ->  "What happens if the rent is late?"           -> "you pay £25"
    "Unplug the lamp before you clean it."   ->  "What should you do before you clean it?"     -> "Unplug the lamp"

Questions that a clause as a whole answers ("Is subletting permitted?") are in ``clause_questions``.

Not covered: conditions of the past, and those that begin with a pronoun.
"""

import re

from tasks.teacher_generate.extractive.clause_check import is_balanced
from tasks.teacher_generate.extractive.clauses import Refused, parse_sentence
from tasks.teacher_generate.extractive.facts import Core, Fact
from tasks.teacher_generate.extractive.lexicon import is_noun, lemmas, verb_base, verb_forms
from tasks.teacher_generate.extractive.passages import Unit
from tasks.teacher_generate.extractive.questions import small_wh, tidy
from tasks.teacher_generate.extractive.texts import Text
from tasks.teacher_generate.extractive.word_lists import AUXILIARIES, DETERMINERS, PREPOSITIONS, PRONOUNS

_LINKS = r"if|when|whenever|(?<!at )once|as soon as|in case"
_FRONTED = re.compile(rf"(?P<link>{_LINKS}) (?P<condition>[^,;:]+), (?:then )?(?P<main>.+)$", re.IGNORECASE)
_APPENDED = re.compile(
    r"(?P<main>[^,;:]+?),? (?P<link>if|when|whenever|(?<!at )once|as soon as|in case) (?P<condition>[^,;:]+)$", re.I
)
_TIMED = re.compile(r"(?P<main>[^,;:]+?),? (?P<link>before|after) (?P<condition>(?:you|the|a|an|each|every|use)\b[^,;:]*)$", re.I)
_UNCLEAR = {"it", "they", "he", "she", "this", "these", "those", "that", "him", "her", "them", "his", "its", "their", "so", "one"}
_CLEAR = {"you", "we", "there", "your", "our", "someone", "somebody", "anyone", "anybody", "nobody", "nothing", "something"}
LONGEST_CONDITION = 16
LONGEST_STATEMENT = 28
"""Words."""


def ask_condition(unit: Unit, topic: str) -> Fact | None:
    """What happens if, or what one does if; None where the sentence has no condition that stands for itself.

    Args:
        topic: What the document is about, with its article; "" where it has none.
    """
    text = unit.text.cut(0, len(unit.text.text.rstrip(".!; ")))
    match = _FRONTED.match(text.text) or _APPENDED.match(text.text)
    timed = None if match else _TIMED.match(text.text)
    match = match or timed
    if match is None or text.text.endswith("?"):
        return None
    link, condition, main = match.group("link").lower(), match.group("condition"), match.group("main")
    orders = is_order(main)
    if not _is_clear(condition) or not _is_whole(main) or (timed and not orders):
        return None
    if not is_balanced(condition) or (timed and re.match(r"(?:do not|don't|never)\b", main, re.IGNORECASE)):
        return None  # "Do not use after ..." is no answer to what one should do then
    answer = text.cut(match.start("main"), match.end("main"))
    if not orders and (re.search(r"\bonly$", main) or not _is_statement(answer)):
        return None
    said = f"{link} {condition}"
    if not orders and link != "if" and re.search(r"\b(?:is|are|must be|should be|can be|may be)\b", main):
        return None  # "The cake is done when ..." says when, not what happens
    if orders:
        cores = [
            _ask("What should you do", "what you should do", said),
            _ask("What do you have to do", "what you have to do", said),
        ]
    else:
        cores = [_ask("What happens", "what happens", said), _ask("What applies", "what applies", said),
                 _ask("What is the rule", "what the rule is", said)]  # fmt: skip
    return Fact(
        "sentence.condition", answer, tuple(about(core, topic, text.text) for core in cores), unit.text.text, unit.headings
    )


def _is_statement(answer: Text) -> bool:
    """Whether the grammar finds a verb in what is said: "IP address and browser type" has none."""
    try:
        return bool(parse_sentence(answer))
    except Refused as refused:
        return refused.reason == "negation" or bool(set(answer.text.lower().split()) & AUXILIARIES)


def is_order(main: str) -> bool:
    """Whether a statement tells its reader to do something: "Press start", "you must call the ward"."""
    words = [word for word in main.lower().split() if word not in ("please", "always", "then")]
    if len(words) > 1 and words[1] in ("the", "your", "an") and main[:1].isupper() and "NOUN" not in lemmas(words[0]):
        return True  # "Descale the machine": a verb that no dictionary has
    if words[:1] == ["you"]:
        return words[1:2] in (["must"], ["should"], ["have"], ["need"])
    first = words[0] if words else ""
    plain = "VB" in verb_forms(first) and first not in AUXILIARIES | PREPOSITIONS | DETERMINERS
    following = words[1] if len(words) > 1 else ""
    follows = following in DETERMINERS | PREPOSITIONS or following in ("not", "it", "us", "out", "all")
    return (plain and (follows or set(lemmas(first)) == {"VERB"})) or main.lower().startswith(("do not ", "don't "))


def _is_clear(condition: str) -> bool:
    """Whether a condition can be understood alone: it has a verb in the present, and no word that points elsewhere."""
    words = re.findall(r"[\w’'-]+", condition.lower())
    if {"its", "their"} & set(words) or (words[:1] in (["a"], ["per"], ["every"], ["each"]) and len(words) < 4):
        return False  # "once a quarter"
    if not 2 <= len(words) <= LONGEST_CONDITION or (words[0] in _UNCLEAR | PRONOUNS and words[0] not in _CLEAR):
        return False
    if any(word in _UNCLEAR for word in words) and not any(is_noun(word) and word not in PRONOUNS for word in words[:2]):
        return False
    if set(words) & {"was", "were", "had", "did"}:
        return False
    present = [word for word in words[1:] if word in AUXILIARIES or verb_forms(word) & {"VB", "VBZ"}]
    gerund = words[0].endswith("ing")
    return bool(present) or gerund


def _is_whole(main: str) -> bool:
    words = main.lower().split()
    if not 3 <= len(words) <= LONGEST_STATEMENT or words[0] in ("which", "this", "that", "and", "but", "except", "only"):
        return False
    if words[0] in PREPOSITIONS or set(words) & {"was", "were", "had", "did"}:
        return False
    told = any(word in AUXILIARIES or verb_base(word) for word in words)
    past = all("VBD" in verb_forms(w) and "VB" not in verb_forms(w) for w in words if verb_forms(w) & {"VBD", "VBZ", "VB"})
    return told and not (past and not set(words) & AUXILIARIES)


def _ask(direct: str, indirect: str, said: str) -> Core:
    return Core(f"{tidy(f'{direct} {said}')}?", tidy(f"{indirect} {said}"))


def about(core: Core, topic: str, said: str) -> Core:
    """The question with what it is about in front, unless that is said."""
    if not topic or all(word in said.lower() for word in topic.removeprefix("the ").lower().split()):
        return core
    return Core(f"For {topic}, {small_wh(core.direct)}", f"{core.indirect} (for {topic})" if core.indirect else "", core.reserved)
