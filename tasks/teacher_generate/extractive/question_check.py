"""The last look at a question with its answer, whoever wrote it: what no reader would accept is refused, with a name for why.

    "How many onion do I need?"                  ->  "number_disagrees"
    "What is X expected to by May?"              ->  "broken_question"
    "Keep this leaflet"                          ->  "points_away"
    "the limit but count toward the quota"       ->  "answer_not_whole"

General English only: what is checked holds for any question on any document. A wrong refusal costs one wording of one fact, a
question that slips through teaches a student something silly, so in doubt it refuses.

Not covered: whether the answer is true (``critic_filter``), and what needs knowledge of the world.
"""

import re

from tasks.teacher_generate.extractive.clause_check import is_balanced
from tasks.teacher_generate.extractive.facts import Core, Fact
from tasks.teacher_generate.extractive.lexicon import is_person, is_plural, lemmas
from tasks.teacher_generate.extractive.word_lists import ADVERBS, AUXILIARIES, DETERMINERS, PREPOSITIONS, PRONOUNS

LONGEST_QUESTION = 36
"""Words."""
_POINTING = re.compile(
    r"\b(?:this|these|those|the following|the former|the latter|the above|aforementioned|respectively|as follows)\b"
    r"|\b(?:see|mentioned|described|listed|given|shown|stated) (?:above|below|here)\b",
    re.IGNORECASE,
)
_LOOSE = re.compile(
    r"\b(?:afterwards?|thereafter|beforehand|though|however|moreover|furthermore|nevertheless|otherwise|accordingly|hence|likewise)\b"
    r"|\b(?:instead|too|either|so)\W*$",
    re.IGNORECASE,
)
"""Words that go on from another sentence."""
_DANGLING = re.compile(
    r"(?<!are )(?<!is )(?<!was )(?<!were )(?<!be )\bthere\b(?! (?:is|are|was|were|be|to)\b)"
    r"|\bthe same\b(?! .*\bas\b)|\bsuch\b(?! as\b)|\bthe latter\b|\bthe others?\b"
    r"|(?<!into )\bthe (?:first|second|third|last|next) (?!aid\b|name\b|floor\b|language\b|class\b|hand\b)[a-z]+"
    r"(?= (?:is|are|was|were|do|does|did|has|have|be|take|takes|must|can|like)\b|\?)",
    re.IGNORECASE,
)
"""What only the document around a statement could fill: "the same loaf", "closed there", "What is the first hour like?"."""
_TWO_PREPOSITIONS = re.compile(r"\b(?:to|of|with|for|at) (?:by|of|for|at|with|in|from|on|to)\b(?! (?:least|most|all|once|about))")
_TWICE = re.compile(r"\b(?!had\b|that\b)([a-z]+) \1\b", re.IGNORECASE)
_LOOSE_START = re.compile(r"(?:and|or|but|nor|also|then|so|yet|than|which|who|whose|though|because of)\b", re.IGNORECASE)
_MAY_END = {"before", "after", "in", "on", "off", "out", "up", "down", "over", "inside", "outside", "within", "without"}
_LOOSE_ENDS = (PREPOSITIONS - _MAY_END) | {
    "just",
    "and", "or", "but", "the", "a", "an", "of", "than", "which", "that", "their", "its", "your", "our", "not", "be", "is", "are",
    "was", "were",
}  # fmt: skip
_BUT = re.compile(r"[^,;] but (?!also|not|only|for|at)\w", re.IGNORECASE)
_TITLED = re.compile(
    r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|Dame|Rev|Reverend|Mayor|Captain|Colonel|Professor)\b\.? [A-Z]|[A-Z]\. ?[A-Z]\w+"
)
_ASKS_FOR_A_THING = re.compile(r"(?:^|, )what (?:is|are|was|were|will|does|do|did|has|have|can|may|must|should)\b", re.IGNORECASE)
_ADDRESS = re.compile(r"\S@\S|https?://|www\.", re.IGNORECASE)
_PRONOUN = re.compile(r"\b(?:[Ii]t(?! (?:cost|costs|take|takes)\b)|[Tt]hey|them|[Hh]e|[Ss]he|him)\b")
_CLAUSE = re.compile(r"\b(?:if|when|unless|before|after|until|that|which|who|once|because|and)\b", re.IGNORECASE)
"""Behind these a pronoun may go back to a noun of the same question."""
_SAYS_NOTHING = DETERMINERS | PREPOSITIONS | AUXILIARIES | PRONOUNS | {
    "what", "when", "where", "how", "who", "why", "much", "many", "long", "often", "i", "me", "us", "of", "and", "be", "have",
    "need", "use", "get", "bring", "know", "about", "should", "not", "apply", "applies", "there",
}  # fmt: skip
_ADVERBS_LEFT = ADVERBS - {"now", "first", "later", "again"} | {"only"}
_HOW_MANY = re.compile(r"\bhow many (?P<what>.+)", re.IGNORECASE)


def check_fact(fact: Fact, topic: str) -> tuple[Fact | None, str]:
    """The fact with the questions that can stand, or None with the reason why none can.

    Args:
        topic: What the document is about: a question that has it for its answer asks nothing.
    """
    if fact.pattern.startswith("quote."):
        return _check_quoted(fact)
    if reason := _check_answer(fact, topic):
        return None, reason
    own = fact.pattern.startswith("pair.")
    faults = [check_question(core.direct, fact.answer.text, own) for core in fact.cores]
    kept = tuple(core for core, fault in zip(fact.cores, faults, strict=True) if not fault)
    if not any(not core.reserved for core in kept):
        return None, next((fault for fault in faults if fault), "nothing_to_ask")
    return Fact(fact.pattern, fact.answer, tuple(map(_without_odd_indirect, kept)), fact.statement, fact.headings), ""


def _check_quoted(fact: Fact) -> tuple[Fact | None, str]:
    """A fact whose words are the document's own: only what quoting itself can spoil is looked at."""
    answer = fact.answer.text
    if not answer.strip(" .,;:!?-–—…") or not all(map(is_balanced, (answer, *(core.direct for core in fact.cores)))):
        return None, "unbalanced"
    said = f" {_words_of(answer)} "
    if said.strip() and any(said in f" {_words_of(core.direct)} " for core in fact.cores):
        return None, "answer_in_question"
    return fact, ""


def _words_of(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def _without_odd_indirect(core: Core) -> Core:
    return core if not core.indirect or is_balanced(core.indirect) else Core(core.direct, "", core.reserved)


def _check_answer(fact: Fact, topic: str) -> str:
    answer = fact.answer.text
    words = re.findall(r"[\w’'-]+", answer.lower())
    if not words or not is_balanced(answer):
        return "unbalanced"
    kind = fact.pattern.split(".")[-1]
    whole = fact.pattern.startswith("pair.")  # an author's own answer to an author's own question
    sentence = whole or kind in ("whether", "condition")
    if not fact.pattern.startswith(("table.", "line.")) and _points_away(answer, fact.cores[0].direct if sentence else ""):
        return "points_away"
    if not whole and (_LOOSE_START.match(answer) or _LOOSE.search(answer)):
        return "answer_not_whole"
    if (
        re.match(r"[,;:)]|\.\W|(?:of|to|for|with) (?:at|in|on|by|from|the end)\b", answer)
        or answer[-1] in ",;:"
        or re.search(r"\b(?:i\.e|e\.g)\.", answer)
    ):
        return "answer_not_whole"
    if answer.endswith(" only") and fact.pattern.startswith(("active.", "passive.", "adjective.", "copula.")) and not sentence:
        return "answer_not_whole"
    bare = words[0] in ("a", "an") and len(words) == 2 and "ADJ" in lemmas(words[-1]) and not is_person(answer)
    if not sentence and (bare or (words[0] == "the" and set(lemmas(words[-1])) == {"ADJ"} and answer[-1].isalpha())):
        return "answer_not_whole"  # "a dry" of "a dry, sunny place"
    if not sentence and (_BUT.search(answer) or (words[-1] in _LOOSE_ENDS and len(words) > 1 and answer[-1].isalpha())):
        return "answer_not_whole"
    content = {word for word in words if word not in DETERMINERS | PREPOSITIONS | {"of", "and"}}
    named = set(re.findall(r"[\w’'-]+", topic.lower()))
    if content and content <= named and kind in ("object", "definition"):
        return "names_the_topic"
    return ""


def _points_away(answer: str, question: str) -> bool:
    """Whether an answer points to something that its question does not name: "this leaflet".

    Args:
        question: Where the answer is a sentence of its own: "report this" has what it means in the question.
    """
    for match in _POINTING.finditer(answer):
        following = re.match(r"\s+([\w-]+)", answer[match.end() :])
        noun = following.group(1).lower() if following and following.group(1).lower() not in PREPOSITIONS | AUXILIARIES else ""
        if not question or (noun and noun not in question.lower()):
            return True
    return False


def check_question(question: str, answer: str, own: bool = False) -> str:
    """Why a question should not be asked, or "".

    Args:
        own: Whether it is the document's own question: "For the Ferry Pass, where can I buy it?" is clear by its front.
    """
    words = re.findall(r"[\w’'-]+", question.lower())
    if not words or not is_balanced(question) or question.count('"') % 2:
        return "unbalanced"
    if len(words) > LONGEST_QUESTION:
        return "question_too_long"
    if _POINTING.search(question):
        return "points_away"
    if not own and _DANGLING.search(question):
        return "dangling_noun"
    if _LOOSE.search(question) or words[-1] in _ADVERBS_LEFT:
        return "goes_on_from_elsewhere"
    named = own and re.search(r"\bFor \S.*,", question)
    if (match := _PRONOUN.search(question)) and not named and not _CLAUSE.search(question[: match.start()]):
        return "pronoun_left"
    if not _says_something(words):
        return "says_too_little"
    if re.search(r"\b(?:i\.e|e\.g)\.", question) or "how many %" in question.lower():
        return "broken_question"
    if _TWICE.search(question) or _TWO_PREPOSITIONS.search(question) or " ," in question:
        return "broken_question"
    if (match := _HOW_MANY.search(question)) and not _counts_things(match.group("what")):
        return "number_disagrees"
    if _ASKS_FOR_A_THING.search(question) and "name of" not in question and _TITLED.match(answer) and is_person(answer):
        return "who_asked_as_what"
    if _ADDRESS.search(answer) and not re.search(
        r"address|mail|web|site|url|link|reach|online|\bwhere\b|\bhow\b", question, re.I
    ):
        return "address_as_thing"
    return ""


def _says_something(words: list[str]) -> bool:
    """Whether a question names anything: "What do you need?" does not."""
    return any(word not in _SAYS_NOTHING for word in words)


def _counts_things(what: str) -> bool:
    """Whether "how many" is followed by a plural before its verb comes."""
    before: list[str] = []
    for word in re.findall(r"[\w’'/%°-]+", what):
        if word.lower() in AUXILIARIES | {"of", "per"} and before:
            break
        before.append(word)
    return any(is_plural(word) or len(word) <= 3 or "/" in word or word[0] in "%°" for word in before[:6])
