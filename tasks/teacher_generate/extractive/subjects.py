"""What a document is about, and what "it", "the car" or "the company" stand for in it.

A question must name its subject: nobody who is asked sees the document. So pronouns are replaced by the last subject that
fits, and a general word by the name that the document defined ("The X is a ... car": "the car").

    document titled "DeLorean DMC-12 Owner's Manual"   ->  topic "the DeLorean DMC-12", because its text speaks of that
    document titled "Leave and Travel Policy"          ->  no topic: its text never mentions one; subjects stand for themselves

Not covered: coreference across documents, plural groups ("both of them"), names that are used in short form only.
"""

import re
from dataclasses import dataclass, field

from tasks.teacher_generate.extractive.amounts import parse_amount
from tasks.teacher_generate.extractive.clauses import Clause
from tasks.teacher_generate.extractive.lexicon import inflect_plural, is_common_word, is_person, is_plural
from tasks.teacher_generate.extractive.passages import Page
from tasks.teacher_generate.extractive.titles import find_topic
from tasks.teacher_generate.extractive.word_lists import DETERMINERS, INSTITUTIONS, PREPOSITIONS

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
_HE_SHE = {"he", "she"}
_POSSESSIVE = {"its", "their", "his", "her", "our"}
_EDITIONS = {"version", "release", "edition", "model", "update"}
_COMPANIES = {"company", "firm", "business", "manufacturer"}


@dataclass
class Subjects:
    """Resolves the subjects of one document, in reading order."""

    topic: str = ""
    """The thing that the document is about, with its article, or nothing."""
    topic_is_person: bool = False
    names: dict[str, str] = field(default_factory=dict)
    """General word -> the name that it stands for."""
    text: str = ""
    """The document, to see what it writes large inside sentences."""
    title: str = ""
    """The document's title, for "this policy"."""
    pronoun: str = ""
    """"he" or "she", where the topic is a person."""
    _last: str = ""
    _last_person: str = ""
    _block: int = -1
    _unsure: bool = False
    """Whether "it" could be either of two things in the clause before."""

    def resolve(self, clause: Clause, block: int) -> str | None:
        """The clause's subject as it may stand in a question; None where nobody could know what is meant."""
        if block != self._block:
            self._last, self._block, self._unsure = "", block, False
        text = clause.subject.text
        low = text.lower()
        plural_verb = clause.auxiliary in ("are", "were") or clause.main.split()[:1] == ["have"]
        if low in ("it", "this"):
            found = "" if self._unsure else self._last or self.topic
            resolved = found if found and not (found == self._last and is_plural(_head(found))) else None
            if low == "this":
                resolved = None
        elif low in _HE_SHE:
            resolved = self.topic if self.topic_is_person and low == self.pronoun else self._last_person or None
        elif self.topic_is_person and text == self.topic.split()[-1]:
            resolved = self.topic
        elif low == "we":
            resolved = "we" if self.topic and not self.topic_is_person else None
        elif low in ("they", "them"):
            resolved = self._last if self._last and is_plural(_head(self._last)) else None
        elif low in (
            "here",
            "these",
            "those",
            "that",
            "one",
            "there",
            "i",
            "who",
            "which",
            "what",
            "both",
            "some",
            "others",
            "all",
        ):
            resolved = None
        elif low.startswith(("this ", "these ", "those ", "such ", "that ")):
            noun = text.split(" ", 1)[1]
            if low.startswith("this ") and noun.lower() in _STAND_INS | _EDITIONS and self.topic and not self.topic_is_person:
                self._note(self.topic, plural_verb)
                return self.topic
            parts = [part.strip().lower() for part in re.split(r"[:–—|]", self.title)]
            own = " " in self.title and low.startswith("this ") and any(part.endswith(noun.lower()) for part in parts)
            resolved = f"the {self.title}" if own else self._name_for(noun.lower())
            if own and len(parts) > 1 and self.topic and not self.topic_is_person:
                resolved = f"the {noun} of {self.topic}"
        elif re.search(r"\b(?:that|this|these|those|it|them|me|us)$|^my\b", low):
            resolved = None  # "every minute after that"
        else:
            resolved = self.complete(text)
        if low in ("it", "they", "he", "she") and clause.condition and clause.condition.lower() not in clause.source.text.lower():
            resolved = None  # "If the server fails, it ...": what its own sentence named, not the one before
        if resolved and resolved != "we":
            self._note(resolved, plural_verb)
        # "The network is operated by Lund Ltd. It employs ...": which of the two?
        self._unsure = resolved != self.topic and any(phrase.kind == "agent" for phrase in clause.phrases)
        return resolved

    def skip(self, block: int) -> None:
        """Notes a sentence that could not be read: "it" in the next one may stand for anything in it."""
        self._last, self._block, self._unsure = "", block, True

    def stand_ins(self, clause: Clause, block: int) -> dict[str, str]:
        """What pronouns after the verb of a clause stand for: the last subject before this clause; call before ``resolve``."""
        last = self._last if block == self._block else ""
        subject = clause.subject.text.lower()
        found: dict[str, str] = {}
        named = last and subject not in ("it", "this", "they") and not subject.startswith("its ") and not is_plural(_head(last))
        somebody = is_person(last) or (last == self.topic and self.topic_is_person) if last else False
        if named and not somebody and small_start(clause.subject.text) != last:
            found["it"] = last
        own = clause.subject.text.split()[-1]
        if self._last_person and subject not in _HE_SHE and own not in self._last_person:
            he = self.topic_is_person and self.pronoun == "he"
            she = self.topic_is_person and self.pronoun == "she"
            known = self._last_person
            found |= {} if she and known == self.topic else {"him": known, "he": known, "his": known}
            found |= {} if he and known == self.topic else {"she": known, "her": known}
        return found

    def _note(self, resolved: str, _plural: bool) -> None:
        if parse_amount(resolved):
            return  # "One year on Mars lasts 687 days. Its ...": not the year's
        self._last = resolved
        if (resolved == self.topic and self.topic_is_person) or (is_person(resolved) and not is_plural(_head(resolved))):
            self._last_person = resolved

    def _name_for(self, noun: str) -> str | None:
        return self.names.get(noun)

    def complete(self, text: str) -> str | None:
        """A noun phrase that can be understood without the document: names put for general words.

        "The antenna" stays as it is: a question says "For the Orrin Probe, ..." where that is needed, because "the antenna of the
        Orrin Probe" may claim what the document does not say ("the county of the council").
        """
        if not self._is_written_large(text):
            text = small_title(text)
        words = text.split()
        low = text.lower()
        if words[0].lower() in _POSSESSIVE:
            owner = self.topic or None
            if words[0].lower() in ("his", "her"):
                fits = self.topic_is_person and (words[0].lower() == "his") == (self.pronoun == "he")
                owner = self.topic if fits else self._last_person
            elif self._last and words[0].lower() == "its" and not is_plural(_head(self._last)):
                owner = self._last
            elif words[0].lower() == "our" and self.topic_is_person:
                owner = None
            elif words[0].lower() == "their":
                owner = self._last if self._last and is_plural(_head(self._last)) else None
            return f"the {' '.join(words[1:])} of {owner}" if owner else None
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
        if re.match(r"the (?:first|last|next) (?:\d+|\w+) \w+s$", low):
            return None  # "the first 30 minutes" of what was said before
        first = words[0]
        large = re.search(rf"(?<!\w)[a-z]+,? {re.escape(first)}\b(?! [A-Z])", self.text) if first[:1].isupper() else None
        if large and words[0].lower() not in DETERMINERS:
            return self._as_topic(low) or text  # "Split airport", where the text writes "in Split"
        alone = len(words) == 1 or words[1][:1].islower()
        if alone and first[:1].isupper() and first[1:].islower() and re.search(rf"[a-z,] {first.lower()}\b", self.text):
            text = f"{first.lower()}{text[len(first) :]}"  # a word that no dictionary has, and that is small inside a sentence
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
    she = len(re.findall(r"\b[Ss]he\b|\b[Hh]er\b", page.text)) > len(re.findall(r"\b[Hh]e\b|\b[Hh]is\b", page.text))
    person = _topic_is_person(page, topic)
    subjects = Subjects(topic=topic, topic_is_person=person, text=page.text, title=page.title, pronoun="she" if she else "he")
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


def _head(phrase: str) -> str:
    words = phrase.split()
    for position, word in enumerate(words):
        if position and word.lower() in PREPOSITIONS | {"of"}:
            return words[position - 1]
    return words[-1]


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
