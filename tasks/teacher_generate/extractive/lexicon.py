"""What the grammar knows of English words: their forms from lemminflect's dictionary, the rest from ``word_lists``.

Not covered: meaning. "The bank holds shares" and "The bank holds water" are read alike.
"""

import re
from functools import lru_cache

from lemminflect import getAllLemmas, getInflection

from tasks.teacher_generate.extractive.word_lists import (
    ANIMALS,
    AUXILIARIES,
    DETERMINERS,
    MONTHS,
    NAME_PARTICLES,
    PEOPLE,
    PREPOSITIONS,
    PRONOUNS,
    RELATIVES,
    SUBORDINATORS,
    TIME_UNITS,
    WEEKDAYS,
)


@lru_cache(maxsize=20_000)
def lemmas(word: str) -> dict[str, tuple[str, ...]]:
    """Parts of speech that the word (in lower case) can be, each with its base forms."""
    return getAllLemmas(word.lower()) or {}


def is_noun(word: str) -> bool:
    """Whether the word can end a noun phrase: a noun, a name, a code or a number."""
    if not word:
        return False
    if word[0].isupper() or word[0].isdigit() or any(c.isdigit() for c in word):
        return True
    if word.lower() in PREPOSITIONS | AUXILIARIES | DETERMINERS | SUBORDINATORS:
        return False
    last = word.rsplit("-", 1)[-1]
    if "-" in word and last.lower() in PREPOSITIONS:  # "clean-up"
        return True
    known = lemmas(last)
    return "NOUN" in known or "PROPN" in known or not known or last.endswith("ing")


def is_adjective(word: str) -> bool:
    """Whether the word can be an adjective."""
    return "ADJ" in lemmas(word) or word.lower() in {"responsible", "eligible", "liable"}


def is_plural(noun: str) -> bool:
    """Whether a noun is plural by its form."""
    word = noun.rsplit("-", 1)[-1].lower()
    if word in {"people", "staff", "police", "data", "media"}:
        return word != "data"
    base = lemmas(word).get("NOUN", ())
    if word.endswith("s") and word[:-1] in TIME_UNITS:
        return True  # "minutes" are a noun of their own, too
    if base:
        return word not in base or (word.endswith("s") and word[:-1] in base)
    return word.endswith("s") and not word.endswith(("ss", "us", "is"))


def singular(noun: str) -> str:
    """The base form of a noun, in lower case."""
    word = noun.lower().rstrip(".")
    return next(iter(lemmas(word).get("NOUN", ())), word.removesuffix("s") if word.endswith("s") and len(word) > 3 else word)


@lru_cache(maxsize=20_000)
def inflect_plural(noun: str) -> str:
    """The plural of a noun in lower case; the noun itself where no dictionary has one."""
    forms = getInflection(noun, tag="NNS") or ()
    return forms[0] if forms else noun


@lru_cache(maxsize=20_000)
def verb_base(word: str) -> str | None:
    """The base form if the word can be a form of a verb."""
    bases = lemmas(word).get("VERB", ())
    preferred = [base for base in bases if "-" not in base]
    return preferred[0] if preferred else None


@lru_cache(maxsize=20_000)
def inflect(base: str, tag: str) -> str:
    """A form of a verb: VBZ (takes), VBD (took), VBN (taken), VBG (taking)."""
    forms = getInflection(base, tag=tag) or ()
    return forms[0] if forms else base


def verb_forms(word: str) -> set[str]:
    """Which forms the word can be: VB, VBZ, VBD, VBN, VBG."""
    lower = word.lower()
    found: set[str] = set()
    for base in lemmas(lower).get("VERB", ()):
        if lower == base:
            found.add("VB")
        found |= {tag for tag in ("VBZ", "VBD", "VBN", "VBG") if lower in (getInflection(base, tag=tag) or ())}
    return found


def is_participle(word: str) -> bool:
    """Whether the word can be a past participle (built, held, located)."""
    return "VBN" in verb_forms(word.rsplit("-", 1)[-1])


def is_common_word(word: str) -> bool:
    """Whether a capitalised word is an ordinary one that may be written small inside a question."""
    lower = word.lower()
    if word != word.capitalize() or not word.replace("-", "").replace("'", "").isalpha():
        return False
    if lower in DETERMINERS | PREPOSITIONS | PRONOUNS:
        return True
    lower = lower.removesuffix("'s")
    if lower in MONTHS | WEEKDAYS and not lower.startswith(("holiday", "week")):
        return False
    return any(part in lemmas(lower.rsplit("-", 1)[-1]) for part in ("NOUN", "VERB", "ADJ", "ADV"))


def is_role(phrase: str) -> bool:
    """Whether the phrase names people by what they are: "adults", "the works council"."""
    words = phrase.split()
    head = next((words[i - 1] for i in range(1, len(words)) if words[i].lower() in PREPOSITIONS | RELATIVES | {"of"}), words[-1])
    one = singular(head.strip(".,"))
    return one in PEOPLE or any(
        one.endswith(kind) for kind in ("teacher", "master", "mistress", "keeper", "woman", "officer", "leader")
    )


_TITLES = re.compile(
    r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|Dame|Lady|Lord|Rev|Reverend|Mayor|Councillor|Captain|Colonel|Professor)\b\.? [A-Z]"
)


def may_be_person(phrase: str) -> bool:
    """Whether the phrase may name somebody, as far as its words tell: "the clerk", "Mrs E. Berg", "the climber"."""
    words = [word.strip(".,") for word in phrase.split()]
    head = next((words[i - 1] for i in range(1, len(words)) if words[i].lower() in PREPOSITIONS | RELATIVES | {"of"}), words[-1])
    one = singular(head)
    doer = one.endswith(("er", "or", "ist", "ian", "eer", "ant", "ent", "ee", "clerk", "man", "woman", "ess")) and len(one) > 4
    doer = doer or one in ("lead", "chair", "deputy", "chef", "cook", "guide", "contact", "coach", "host")
    return is_person(phrase) or is_role(phrase) or bool(_TITLES.match(phrase)) or doer or one in ANIMALS


def is_person(phrase: str) -> bool:
    """Whether the phrase names somebody: a role, a group of people, or a name."""
    if _TITLES.match(phrase):
        return True
    words = [word.strip(".,") for word in phrase.split() if word.lower() not in DETERMINERS | {"and", "&"}]
    if not words:
        return False
    head = words
    for position, word in enumerate(words):
        if word.lower() in PREPOSITIONS | RELATIVES | {"of"} and position:
            head = words[:position]
            break
    if singular(head[-1]) in PEOPLE:
        return True
    titled = [word for word in head if word[:1].isupper() and word.isalpha()]
    if (
        len(titled) >= 2
        and head[0][:1].islower()
        and head[-2:] == titled[-2:]
        and not phrase.lower().startswith(("ship ", "the ship "))
    ):
        kind = next((word for word in reversed(head) if word[:1].islower()), "")
        return singular(kind) in PEOPLE or kind.endswith(
            ("er", "or", "ist", "ian", "eer", "man", "ress", "ant", "tect", "smith", "wright")
        )
    head = [word for word in head if word.lower() not in NAME_PARTICLES] or head
    names = [word for word in head if word[:1].isupper() and not any(c.isdigit() for c in word)]
    if len(head) == 1 and is_common_word(head[0]):
        return False
    # All words capitalised, no article: a person, a company; "Northern Ireland" after "by" is one too.
    return len(names) == len(head) and not phrase.lower().startswith(("the ", "a ")) and all(len(word) > 1 for word in names)
