"""What the sections of a document without a topic of its own are about.

    "## Rye bread" above "Rye bread keeps for a week."    ->  "rye bread"
    "## Safety" above "Wear safety shoes."                ->  ""

Not covered: sections that are about several things.
"""

import re

from tasks.teacher_generate.extractive.keyed_lines import split_keyed
from tasks.teacher_generate.extractive.lexicon import is_common_word
from tasks.teacher_generate.extractive.naming import name_thing
from tasks.teacher_generate.extractive.passages import Page
from tasks.teacher_generate.extractive.subjects import Subjects

_COLLECTION = re.compile(
    r"\b(?:recipes|dishes|cocktails|drinks|plants|trees|birds|animals|breeds|dogs|tours|walks|hikes|trips|games|models|products|courses|"
    r"instruments|tools|exercises|rooms|houses|cities|towns|countries|planets|people|machines|books|films|workshops)\b",
    re.IGNORECASE,
)
"""Titles with these stand above one section for each."""


class Sections:
    """What the sections of a document without a topic of its own are about.

    "## Rye bread" is about rye bread if its text speaks of it, or if it gives the same attributes as another section.
    """

    def __init__(self, page: Page, subjects: Subjects) -> None:
        self.subjects, self.title = subjects, page.title
        texts: dict[str, list[str]] = {}
        for unit in page.units:
            if unit.headings:
                texts.setdefault(unit.headings[-1], []).append(unit.text.text)
        keys: dict[str, set[str]] = {}
        for unit in page.units:
            if unit.headings and (keyed := split_keyed(unit)):
                keys.setdefault(unit.headings[-1], set()).add(keyed[0].text.lower())
        collection = _COLLECTION.search(page.title) is not None
        alike = {one for one in keys for other in keys if one != other and keys[one] & keys[other]}
        self.topics = {
            name: self._name(name, " ".join(said))
            or (name_thing(name) if (name in alike or collection) and len(name.split()) <= 5 else "")
            for name, said in texts.items()
            if name != page.title
        }

    @staticmethod
    def _name(heading: str, text: str) -> str:
        bare = re.sub(r"^[\d.\s]+", "", heading).strip()
        found = re.search(rf"\b(?P<article>[Tt]he )?{re.escape(bare)}\b", text, re.IGNORECASE) if bare else None
        if found is None or len(bare.split()) > 5:
            return ""
        if " " not in bare and is_common_word(bare) and not found.group("article"):
            return ""  # "Safety" above a text with "safety shoes"
        words = bare.split()
        name = " ".join(word.lower() if is_common_word(word) else word for word in words)
        return f"the {name}" if found.group("article") else name

    def topic(self, headings: tuple[str, ...]) -> str:
        """What a statement under these headings is about, where the document has no topic."""
        return "" if self.subjects.topic or not headings else self.topics.get(headings[-1], "")

    def owner(self, headings: tuple[str, ...]) -> str:
        """What has the attributes that stand under these headings."""
        return self.subjects.topic or self.topic(headings)
