"""What a document is about, and what "the car" or "the company" stand for in it.

A question must name its subject: nobody who is asked sees the document. So a general word is replaced by the name that the
document defined ("The X is a ... car": "the car").

    document titled "DeLorean DMC-12 Owner's Manual"   ->  topic "the DeLorean DMC-12", because its text speaks of that
    document titled "Leave and Travel Policy"          ->  no topic: its text never mentions one; subjects stand for themselves

Not covered: pronouns (sentences with them are quoted behind the one before), names that are used in short form only.
"""

import re
from dataclasses import dataclass, field

from tasks.teacher_generate.extractive.lexicon import inflect_plural, is_common_word, is_plural
from tasks.teacher_generate.extractive.passages import Page
from tasks.teacher_generate.extractive.titles import find_topic
from tasks.teacher_generate.extractive.word_lists import DETERMINERS, INSTITUTIONS

_STAND_INS = {
    "product",
    "device",
    "machine",
    "appliance",
    "substance",
    "unit",
    "vehicle",
    "system",
    "tool",
    "instrument",
    "spacecraft",
    "aircraft",
    "vessel",
    "software",
    "app",
    "robot",
}
_COMPANIES = {"company", "firm", "business", "manufacturer"}


@dataclass
class Subjects:
    """Names the subjects of one document."""

    topic: str = ""
    """The thing that the document is about, with its article, or nothing."""
    topic_is_person: bool = False
    names: dict[str, str] = field(default_factory=dict)
    """General word -> the name that it stands for."""
    text: str = ""
    """The document, to see what it writes large inside sentences."""
    title: str = ""
    """The document's title, for "this policy"."""

    def complete(self, text: str) -> str:
        """A noun phrase that can be understood without the document: names put for general words.

        "The antenna" stays as it is: a question says "For the Orrin Probe, ..." where that is needed, because "the antenna of the
        Orrin Probe" may claim what the document does not say ("the county of the council").
        """
        if not self._is_written_large(text):
            text = small_title(text)
        words = text.split()
        low = text.lower()
        if low.startswith("the ") and low[4:] in self.names:
            return self.names[low[4:]]
        if (
            low.startswith("the ")
            and low[4:] in _COMPANIES
            and self.topic
            and not self.topic_is_person
            and not self.topic.startswith("the ")
        ):
            return self.topic
        if low.startswith("the ") and low[4:] in _STAND_INS and self.topic and not self.topic_is_person:
            return self.topic
        first = words[0]
        large = re.search(rf"(?<!\w)[a-z]+,? {re.escape(first)}\b(?! [A-Z])", self.text) if first[:1].isupper() else None
        if large and words[0].lower() not in DETERMINERS:
            return self._as_topic(low) or text  # "Split airport", where the text writes "in Split"
        alone = len(words) == 1 or words[1][:1].islower()
        if alone and first[:1].isupper() and first[1:].islower() and re.search(rf"[a-z,] {first.lower()}\b", self.text):
            text = f"{first.lower()}{text[len(first) :]}"  # a word that no dictionary has, and that is small inside a sentence
        if alone and is_plural(first) and not self._is_written_large(text):
            text = f"{first[:1].lower()}{text[1:]}"  # "Offcuts", which no dictionary has
        bare_name = words[0].lower() not in DETERMINERS and self._is_written_large(text)
        phrase = text if bare_name else small_start(text)
        return self._as_topic(low) or phrase

    def _as_topic(self, low: str) -> str:
        """The topic where a phrase is its last word: "the otters" of a page on "the Eurasian otter"."""
        words = self.topic.split()
        if len(words) < 3 or words[0] != "the" or self.topic_is_person:
            return ""
        said, last = low.removeprefix("the "), words[-1].lower()
        if said == last and low.startswith("the "):
            return self.topic
        plural = inflect_plural(last) if is_common_word(last.capitalize()) else ""
        return " ".join([*words[1:-1], plural]) if plural and said == plural else ""

    def _is_written_large(self, text: str) -> bool:
        """Whether the document writes this name large inside a sentence too, or in its title."""
        bare = re.escape(_bare(text))
        return _bare(text) in self.title or re.search(rf"[a-z,] (?:the )?{bare}\b", self.text) is not None


def find_subjects(page: Page, definitions: list[tuple[str, str]]) -> Subjects:
    """What the document is about.

    Args:
        definitions: pairs of a subject and what the document says that it is ("The X", "a small sports car"), in order.
    """
    topic = find_topic(page.title, page.text)
    person = _topic_is_person(page, topic)
    subjects = Subjects(topic=topic, topic_is_person=person, text=page.text, title=page.title)
    for subject, noun in definitions:
        name = small_start(subject)
        if _is_name(subject) or (_bare(topic) and _bare(topic) == _bare(name)):
            subjects.names.setdefault(noun, topic if _bare(topic) and _bare(topic) in name else name)
    last = topic.split()[-1] if topic.startswith("the ") else ""
    if last and " of " not in topic and not person and is_common_word(last.capitalize()) and last.isalpha():
        subjects.names.setdefault(last.lower(), topic)
    for match in re.finditer(r"(?:[A-Z][\w&'-]+ )+([A-Z][a-z]+)\b", page.text):
        general = match.group(1).lower()
        full = match.group().strip()
        if general in INSTITUTIONS:
            first, rest = full.split(" ", 1)
            bare = rest if first in ("The", "A", "An", "In", "At") else full
            if " " in bare:
                article = "the " if re.search(rf"\b[Tt]he {re.escape(bare)}\b", page.text) else ""
                subjects.names.setdefault(general, f"{article}{bare}")
    return subjects


def _topic_is_person(page: Page, topic: str) -> bool:
    if not topic or topic.startswith("the ") or "&" in topic or not 2 <= len(topic.split()) <= 4:
        return False
    return len(re.findall(r"\b(?:[Hh]e|[Ss]he|[Hh]is|[Hh]er)\b", page.text)) >= 2


def _is_name(subject: str) -> bool:
    words = [word for word in subject.split() if word.lower() not in DETERMINERS]
    return bool(words) and words[0][:1].isupper() and not (len(words) == 1 and is_common_word(words[0]))


def _bare(name: str) -> str:
    return re.sub(r"^(?:the|a|an)\s+", "", name, flags=re.IGNORECASE)


def small_title(text: str) -> str:
    """Ordinary words that were all written large, small: "The Manufacturer", "Regular Oil Changes"."""
    words = text.split()
    rest = words[1:] if words[0].lower() in DETERMINERS else words
    if len(rest) > (0 if rest is not words and len(words) > 1 else 1) and all(is_common_word(word) for word in rest):
        return " ".join([*words[: len(words) - len(rest)], *(word.lower() for word in rest)])
    return text


def small_start(text: str) -> str:
    """A phrase as it stands inside a sentence: "The car" -> "the car", "DeLorean" stays."""
    first, _, rest = text.partition(" ")
    if is_common_word(first.rstrip(",")) and not (rest and rest.split()[0][:1].isupper() and first.lower() not in DETERMINERS):
        return f"{first.lower()}{' ' if rest else ''}{rest}"
    return text
