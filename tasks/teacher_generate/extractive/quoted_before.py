"""What must be quoted before a sentence, so that it says what it is about: nothing, the sentences before it, or the title.

    "It was restored in 1994." behind "The hall was built in 1683."   ->  both are quoted
    "She died in Bergen." in a document called "Ada Lunde"            ->  the document is named
    "It was sold." behind a sentence of thirty words                  ->  it cannot be quoted

Sentences before are quoted whole and without a gap between them: "There she met ..." behind another sentence than its own would
say something false.

Not covered: what a sentence goes back to in another paragraph.
"""

import re

from tasks.teacher_generate.extractive.definite_nouns import find_unknown
from tasks.teacher_generate.extractive.lexicon import is_common_word, is_plural
from tasks.teacher_generate.extractive.passages import Page, Unit
from tasks.teacher_generate.extractive.quote_places import LONGEST_TITLE, main_part, tidy
from tasks.teacher_generate.extractive.referents import IT, MANY, SOMEBODY, find_loose
from tasks.teacher_generate.extractive.word_lists import AUXILIARIES

LONGEST_BEFORE = 16
"""Words of a sentence before that is quoted; a longer one is not, because it would have to be cut."""
LONGEST_CHAIN = 26
"""Words of several sentences before."""
_PERSONAL = re.compile(r"(?:He|She|His|Her|It|Its|They|Their)\b")
_DEFINITION = re.compile(
    r"(?:The |An? )?(?P<name>[\w -]{2,40}?) (?:is|was) an? (?P<kind>[a-z -]+?)"
    r"(?=[,.;]| (?:with|of|in|on|at|that|which|for|from|by|across|who)\b)"
)
_ITEM = re.compile(r"\n\s*(?:[-*+]|\d+[.)])\s")


def find_before(page: Page, unit: Unit, place: str, lead: str) -> str | None:
    """The fewest sentences before a sentence with which it can be understood, "" for none; None where there are no such.

    Args:
        place: What is named with it.
        lead: The question that it answers or the line that leads into its list, which is named with it, too.
    """
    said = _said_before(page, unit)
    for size in range(len(said) + 1):
        chain = said[len(said) - size :]
        texts = [other.text.text for other in chain]
        too_long = sum(len(text.split()) for text in texts) > LONGEST_CHAIN or any(
            len(text.split()) > LONGEST_BEFORE for text in texts
        )
        if too_long or any(text.endswith(("?", ":")) for text in texts):
            return None
        if _are_clear(page, [*chain, unit], place, lead):
            return " ".join(texts)
    return None


def _are_clear(page: Page, chain: list[Unit], place: str, lead: str) -> bool:
    """Whether sentences that follow each other name all that they speak of."""
    topic = re.sub(r"^(?:the|an?) ", "", main_part(tidy(page.title)).lower())
    place = f"{place} {_kind_of_topic(page)}"
    for number, unit in enumerate(chain):
        earlier = " ".join([*([lead] if lead else []), *(other.text.text for other in chain[:number])])
        said = [other.text.text for other in _said_before(page, unit)]
        if find_loose(unit.text.text, earlier, place) or find_unknown(
            unit.text.text, said, _section_before(page, unit), earlier, place, topic
        ):
            return False
    return True


def goes_back_to_title(sentence: str, page: Page, unit: Unit) -> bool:
    """Whether a sentence's pronoun stands for what the document is about, so that naming the document will do.

    "She died in Bergen." starts a paragraph of "Ada Lunde"; "It breeds on islands." follows "The ashy tern is a seabird ...".
    """
    title = main_part(tidy(page.title))
    bare = re.sub(r"^(?:the|a|an) ", "", title.lower())
    if not bare or len(title.split()) > LONGEST_TITLE:
        return False
    person, plural = SOMEBODY.search(sentence) is not None, is_plural(bare.split()[-1])
    pronoun = SOMEBODY if person else MANY if plural else IT
    others = [other for other in (IT if person else SOMEBODY, IT if plural else MANY) if other is not pronoun]
    if any(other.search(sentence) for other in others) or (plural and person):
        return False
    block = [other.text.text for other in _said_before(page, unit)]
    told = pronoun.sub("Zelda" if person else "name", sentence)  # any name, or any thing
    if find_loose(told, "", title) or find_unknown(sentence, block, block, "", " ".join((title, *unit.headings)), bare):
        return False
    names_somebody = len(title.split()) > 1 and all(word[0].isupper() and not is_common_word(word) for word in title.split())
    words = r"[ -]".join(map(re.escape, re.split(r"[ -]", bare)))
    about = re.compile(rf"(?:The |An? )?(?:{words}|{re.escape(bare.split()[-1])})\b", re.IGNORECASE)
    first = next((text for text in reversed(block) if not _PERSONAL.match(text)), "")
    if person:
        return names_somebody and (any(map(about.match, block)) or all(map(_PERSONAL.match, block)))
    return bool(about.match(first)) and len(_words_before_verb(first)) <= len(title.split()) + 1


def _kind_of_topic(page: Page) -> str:
    """The noun that the document says its topic is: "car" of "The DeLorean DMC-12 is a sports car with two doors"."""
    title = set(re.findall(r"[\w-]+", page.title.lower()))
    for match in filter(None, (_DEFINITION.match(unit.text.text) for unit in page.units)):
        if set(match.group("name").lower().split()) <= title:
            return match.group("kind").split()[-1]
    return ""


def _section_before(page: Page, unit: Unit) -> list[str]:
    """All that is said before a sentence under the same heading."""
    return [one.text.text for one in page.units if one.headings == unit.headings and one.text.start < unit.text.start]


def _words_before_verb(sentence: str) -> list[str]:
    """The words before the first "is" or "has": of "The lake's shore is steep", "It" is not known to be the lake."""
    words = re.sub(r"\([^()]*\)", "", sentence).split()
    return words[: next((i for i, word in enumerate(words) if word.lower() in AUXILIARIES), len(words))]


def _said_before(page: Page, unit: Unit) -> list[Unit]:
    """The sentences of the same paragraph, list item or answer before this one, in order."""
    base = min(chunk.start for chunk in page.chunks)
    found: list[Unit] = []
    for other in reversed([one for one in page.units if one.block == unit.block and one.text.start < unit.text.start]):
        start = found[-1].text.start if found else unit.text.start
        if other.asked != unit.asked or (unit.listed and _ITEM.search(page.text, other.text.end - base, start - base)):
            break
        found.append(other)
    return found[::-1]
