"""What a document's title says that the document is about.

    "DeLorean DMC-12 Owner's Manual"              ->  "the DeLorean DMC-12", where the text speaks of "the DeLorean DMC-12"
    "A Short History of Brandt & Sons"            ->  "Brandt & Sons"
    "FAQ - Volta Bike Share", "Fact sheet: K-4b"  ->  "the Volta Bike Share", "K-4b"
    "Leave and Travel Policy"                     ->  "", because its text never mentions one

A title is a thing, a kind of document, or both in one of a few shapes: thing + kind, kind + of + thing, kind: thing,
thing: kind. A title that says what the reader does ("Visiting Patients at X") is about the name in it.

Not covered: titles in other languages, titles that are sentences.
"""

import re

from tasks.teacher_generate.extractive.amounts import NUMBER_WORDS
from tasks.teacher_generate.extractive.lexicon import is_common_word, is_noun, lemmas, verb_forms
from tasks.teacher_generate.extractive.word_lists import PREPOSITIONS

_QUALIFIERS = (
    r"(?:owner['’]?s?['’]?|user['’]?s?|visitor['’]?s?|installation|travel|care|operating|product|technical|service|employee|staff|"
    r"safety|quick|reference|data|fact|short|brief|complete|little|official|annual|weekly|monthly|general|house|price|release|brew|"
    r"change|limited|new|starter|onboarding|welcome|beginner['’]?s|pocket|training|study|extended|parent|parents|privacy|"
    r"quick-start|getting started|warranty|frequently asked|questions and|patient|student|tenant|member|rental|lease|opening|"
    r"visiting|cheat)"
)
_KINDS = (
    r"(?:manual|handbook|guide|guidelines?|policy|policies|sheet|datasheet|catalogue|catalog|specifications?|overview|"
    r"documentation|reference|rules|regulations|procedures?|brochure|notes|faqs?|readme|report|minutes|information|instructions|"
    r"profile|biography|history|summary|runbook|playbook|bulletin|circular|memo|introduction|schedule|timetable|list|terms|book|cookbook|recipes|newsletter|wiki|facts|log|recipe|"
    r"logbook|diary|journal|changelog|agreement|contract|lease|tariffs?|prices|hours|questions|answers|menu|leaflet|portrait|statutes|bylaws|by-laws|charter|constitution|warranty|guarantee|programme|program|"
    r"syllabus|curriculum|specification|factsheet|tutorial|primer|inventory|directory|register)"
)
_KIND = (
    rf"(?:(?:a|an|the)\s+)?(?:{_QUALIFIERS}[\s-]+)*{_KINDS}(?:\s+#?\d+|\s+and\s+(?:{_QUALIFIERS}[\s-]+)*{_KINDS})*(?:\s+\d{{4}})?"
)
_IS_KIND = re.compile(rf"(?:[\w'’]+\s+)?{_KIND}", re.IGNORECASE)
_ENDS_WITH_KIND = re.compile(rf"(?:^|[\s-]+){_KIND}(?:\s+for\s+(?P<whom>.+))?$", re.IGNORECASE)
_STARTS_WITH_KIND = re.compile(rf"{_KIND}\s+(?:of|for|to)\s+(?:the\s+)?(?P<rest>.+)$", re.IGNORECASE)
_PARTS = re.compile(r"\s*[:–—|]\s+|\s+[–—-]\s+|\s*:\s*$")


_GREETING = re.compile(
    r"(?:a (?:very )?warm welcome|welcome|greetings|hello|hi|dear|thank you|thanks|congratulations)\b"
    r"(?:\s+(?:to|at|from|for|on|you|and|choosing|buying|visiting|joining))*[\s,!:]*",
    re.IGNORECASE,
)
_ROUTE = re.compile(r"(?:from\s+)?\S[^:]*\s(?:to|–|—|→)\s", re.IGNORECASE)
_ACTING = re.compile(r"(?:how|what|why|when|where|who) (?:to|is|are|do|does|you|we|can)\b", re.IGNORECASE)


def strip_greeting(title: str) -> str:
    """ "Welcome to Oak Farm" -> "Oak Farm"; "" where what is greeted is no plain name; any other title as it is."""
    match = _GREETING.match(title)
    if match is None:
        return title
    rest = title[match.end() :].strip(" .!")
    words = re.sub(r"^(?:the|our)\s+", "", rest, flags=re.IGNORECASE).split()
    plain = 0 < len(words) <= 5 and not re.search(r"[,:;!?–—|]", rest) and words[0].lower() not in ("your", "you", "my")
    return rest if plain and all(word[:1].isupper() or word in ("of", "the", "and", "&", "de") for word in words) else ""


def is_route(title: str) -> bool:
    """Whether a title says from where to where: "From Harl to Osten: the Ridge Path" is nothing's name."""
    return title.lower().startswith("from ") and _ROUTE.match(title) is not None


def names_nothing(title: str) -> bool:
    """Whether a title is no noun phrase: a greeting, a route, what the reader does."""
    first = title.split(" ", 1)[0].lower()
    does = first.endswith("ing") and "VBG" in verb_forms(first) and " " in title
    return strip_greeting(title) != title or is_route(title) or _ACTING.match(title) is not None or does or first in PREPOSITIONS


def names_document(line: str) -> bool:
    """Whether a document's first line is its title: "Fact sheet: Kepa-4b"."""
    parts = _PARTS.split(line)
    return len(parts) == 2 and len(line.split()) <= 8 and any(_IS_KIND.fullmatch(part) for part in parts)


_DATED = re.compile(
    r",\s+(?:\w+day,?\s+)?(?:\d{1,2}(?:st|nd|rd|th)?\s+)?(?:January|February|March|April|May|June|July|August|September|October|"
    r"November|December)?\s*(?:\d{1,2},?\s+)?(?:1\d{3}|20\d\d)$"
)
"""The date of a document behind what it is about."""


def _as_mentioned(bare: str, body: str) -> str:
    """The first words of a long name, where the text never says the rest: "Cetolan" for "Cetolan 10 mg tablets"."""
    if re.search(rf"\b{re.escape(bare)}\b", body, re.IGNORECASE):
        return bare
    words = bare.split()
    for size in range(len(words) - 1, 0, -1):
        name = " ".join(words[:size])
        enough = 1 if re.fullmatch(r"1\d{3}|20\d\d", " ".join(words[size:])) else 3  # "ReefCon" for "ReefCon 2025"
        own = not lemmas(words[0]) or any(word[:1].isupper() and not is_common_word(word) for word in words[:size])
        if own and name[:1].isupper() and len(re.findall(rf"(?<!\w){re.escape(name)}(?!\w)(?! [A-Z\d])", body)) >= enough:
            return name
    return bare


def _owner_of_document(bare: str, body: str) -> str:
    """The name behind ordinary words: "Lund Ltd" of "Privacy pledge of Lund Ltd", unless the text speaks of the whole."""
    match = re.fullmatch(r"(?P<kind>[\w'’-]+ (?:[a-z'’-]+ ){1,2})(?:of|for|at) (?:the )?(?P<name>[A-Z0-9].*)", bare)
    if match is None or re.search(rf"\b{re.escape(bare)}\b", body, re.IGNORECASE):
        return bare
    ordinary = all(lemmas(word.lower()) for word in match.group("kind").split())
    name = match.group("name")
    if ordinary and _looks_named(name) and re.fullmatch(_KINDS, match.group("kind").split()[-1], re.IGNORECASE):
        return name  # "Backup policy of the Tarn Institute" is a policy, whatever it is on
    return name if ordinary and _looks_named(name) and re.search(rf"\b{re.escape(name)}\b", body) else bare


def _name_inside(title: str, bare: str, body: str) -> str:
    """A name of several words inside a title that the text never repeats: "Lund Castle" of "Living at Lund Castle"."""
    if bare and re.search(rf"\b{re.escape(bare)}\b", body, re.IGNORECASE):
        return ""
    match = re.search(r"[a-z] (?:the )?((?:[A-Z][\w'’&-]* ){1,4}[A-Z][\w'’&-]*)$", title)
    return match.group(1) if match and re.search(rf"\b{re.escape(match.group(1))}\b", body) else ""


def find_topic(title: str, text: str) -> str:
    """The thing that the title names, with its article, or "" where the title names a kind of document only.

    Args:
        text: The document: it shows whether the thing has an article, and whether it is spoken of at all.
    """
    title = re.sub(r"\s+", " ", title).strip(" .:#")
    body = text.split(title, 1)[-1] if title else text
    title = strip_greeting(_DATED.sub("", title))
    if not title or (is_route(title) and ":" not in title):
        return ""
    bare = (title and _mentioned_name(title, body)) or _name_in(title)
    if name := _name_inside(title, bare, body):
        bare = name
    if not bare:
        return ""
    bare = _as_mentioned(_owner_of_document(bare, body), body)
    titled = re.search(rf"\b(?:of|for|to) the {re.escape(bare)}(?!\w)", title) is not None
    found = re.search(rf"\b(?P<article>[Tt]he )?(?P<name>{re.escape(bare)})(?!\w)", body, re.IGNORECASE)
    with_article = re.search(rf"\bthe {re.escape(bare)}(?!\w)(?!['’])", body, re.IGNORECASE) is not None
    if found is None:
        named = any(c.isdigit() for c in bare) or any(word[1:] != word[1:].lower() for word in bare.split())
        named = named or (" " in bare and bare[:1].isupper() and names_document(title))  # "FAQ - Ferry Pass"
        if titled and bare[:1].islower() and len(bare.split()) <= 4 and is_noun(bare.split()[-1]):
            return f"the {bare}"  # "Safety rules for the chemistry laboratory"
        if bare[:1].islower() or " " not in bare or re.search(r"\d\.\d", bare):  # "class 7b", "Kepa-4b", "Paperdesk 4.2"
            return bare if named or _looks_named(bare) else ""
        return f"the {bare}" if named or _looks_named(bare) else ""
    if not any(word[:1].isupper() or any(c.isdigit() for c in word) for word in found.group("name").split()) and (
        " " in bare or lemmas(bare)
    ):
        return ""  # "rye bread" is spoken of, but no name; "snapdiff" stands in no dictionary
    name = bare if found.group("name").islower() else found.group("name")
    return f"the {name}" if with_article or titled else name


def _mentioned_name(title: str, body: str) -> str:
    """The title, or the one of its two parts, that the text speaks of in the same words: "New Joiners - Acme Freight"."""
    parts = [part for part in _PARTS.split(title) if part]
    said = [
        part for part in parts if len(part.split()) <= 5 and _looks_named(part) and re.search(rf"\b{re.escape(part)}\b", body)
    ]
    fits = len(said) == 1 and (len(parts) == 2 or " " in title) and not _IS_KIND.fullmatch(said[0])
    return re.sub(r"^[Tt]he\s+", "", said[0]) if fits else ""


def _name_in(title: str) -> str:
    """The title without what only says of which kind the document is."""
    parts = [part for part in _PARTS.split(title) if part]
    named = [part for part in parts if not _IS_KIND.fullmatch(part)]
    bare = next((part for part in named if not (" " not in part and lemmas(part))), named[0]) if named else ""
    if start := _STARTS_WITH_KIND.match(bare):
        bare = start.group("rest")
    elif kind := _ENDS_WITH_KIND.search(bare):
        bare = kind.group("whom") or bare[: kind.start()]
    bare = re.split(r"\s*\(", re.sub(r"^(?:the|a|an|your)\s+", "", bare.strip(" :–—-,"), flags=re.IGNORECASE))[0].strip()
    first = bare.split(" ", 1)[0].lower()
    if first in PREPOSITIONS:  # "From Nora's Kitchen"
        return ""
    if first.endswith("ing") and "VBG" in verb_forms(first) and " " in bare:  # "Visiting Patients at Lindenhof Hospital"
        inside = re.search(r"\b(?:at|with|in|to|for|of)\s+(?:the\s+|your\s+)?([A-Z0-9][^,]*)$", bare)
        return inside.group(1) if inside else ""
    return "" if bare.lower().endswith((" and", " or", " &")) else bare


def _looks_named(bare: str) -> bool:
    """Whether a title is a name: at least one capitalised word that is no ordinary one, or one that stands in no dictionary."""
    words = [word for word in bare.split() if not re.fullmatch(NUMBER_WORDS, word, re.IGNORECASE)]
    return (" " not in bare and not lemmas(bare)) or any(
        word[:1].isupper() and not is_common_word(word) for word in words if len(word) > 1
    )
