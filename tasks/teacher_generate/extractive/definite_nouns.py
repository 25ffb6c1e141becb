"""Whether "the hut" in a question says which hut: somebody who is asked sees no document.

    "Osk hut", "Fenn hut" in a document  ->  "When is the hut open?" is refused

Not covered: "the hut" of one section only; which hut is meant: ``subjects`` puts names for words that are defined.
"""

import re

from tasks.teacher_generate.extractive.lexicon import is_common_word, lemmas
from tasks.teacher_generate.extractive.passages import Page
from tasks.teacher_generate.extractive.word_lists import AUXILIARIES

_BARE = re.compile(r"\bthe (?P<noun>[a-z]{3,})(?: (?P<next>[a-z’'-]+))?(?=\W)")


def find_several(page: Page) -> frozenset[str]:
    """The nouns that stand behind two names or more: "hut" of "Osk hut" and "Fenn hut"."""
    named: dict[str, set[str]] = {}
    for match in re.finditer(r"\b([A-Z][\w'’-]+) ([a-z]{3,})\b", page.text):
        first = match.group(1)
        if not is_common_word(first) and "NOUN" in lemmas(match.group(2)):
            named.setdefault(match.group(2), set()).add(first)
    return frozenset(noun for noun, firsts in named.items() if len(firsts) > 1)


def points_at_one_of_several(question: str, several: frozenset[str]) -> bool:
    """Whether a question has a bare "the N" though the document names several of them."""
    for match in _BARE.finditer(question):
        following = match.group("next") or ""
        alone = not following or following in AUXILIARIES or "NOUN" not in lemmas(following)
        if match.group("noun") in several and alone and following != "of":
            return True
    return False
