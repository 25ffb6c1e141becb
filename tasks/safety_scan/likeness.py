"""When two texts say the same: the words that carry the meaning agree, not merely most letters.

Part of ``safety_scan``, read by ``duplicates`` and ``contamination``. "How much does an engine rebuild cost?" and "How much does a
transmission rebuild cost?" differ by a few letters and ask two things. So beside the edit distance (rapidfuzz), content words, numbers,
negations and the kind of question must agree.

One example::

    content_words("How much does an engine rebuild cost?") == {"@amount", "engin", "rebuild", "cost"}

Not covered: synonyms. Wordings that share no words are different texts here, and are meant to be.
"""

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"\d+(?:[.,:/-]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)?|\d+", re.UNICODE)
_NOT, _IS = re.compile(r"n't\b"), re.compile(r"\b(what|who|where|when|how|it|that|there|here|he|she)'s\b")
_STOPWORDS = frozenset(
    """a an the of in on at to for from by with and or as is are was were be been being am do does did done has have had having can
    could would should will shall may might must it its this that these those there here i me my you your he she his her they them
    their we our us what which who whom whose when where why how much many long often far old please tell know say name give list
    explain describe state so if then than also just about into onto s re ve ll d t m any some such please kindly exactly actually
    called according""".split()
)  # fmt: skip
_QUESTION_KINDS = (
    (re.compile(r"\bhow (?:much|expensive|costly)\b|\bwhat (?:does|do|would|did|will) .{1,80} cost\b"), "@amount"),
    (re.compile(r"\bhow many\b"), "@count"),
    (re.compile(r"\bhow (?:long|old)\b"), "@duration"),
    (re.compile(r"\bhow often\b"), "@frequency"),
    (re.compile(r"\bhow (?:far|fast|tall|high|wide|deep|heavy|big|large|hot|cold)\b"), "@measure"),
    (re.compile(r"\bwhen\b|\b(?:in )?what year\b|\bwhich year\b"), "@time"),
    (re.compile(r"\bwhere\b"), "@place"),
    (re.compile(r"\bwh(?:o|om|ose)\b"), "@person"),
    (re.compile(r"\bwhy\b"), "@reason"),
    (re.compile(r"\bhow\b"), "@manner"),
)
_KIND_WORDS = frozenset("how what when year where who whom whose why".split())
_OPEN_KINDS = frozenset({"@amount", "@count", "@measure", "@duration"})
"""Kinds that *what* may stand for too: how much does it cost, what does it cost."""
_NEGATIONS = frozenset("not no never none cannot without neither nor n't except".split())


def normalised(text: str) -> str:
    """The text without case, punctuation and extra spaces; compatibility forms resolved."""
    return " ".join(words(text))


@lru_cache(maxsize=512)
def words(text: str) -> tuple[str, ...]:
    """The words and numbers, lower case; ``isn't`` is ``is not``."""
    text = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    if "'" in text:
        text = _NOT.sub(" not", text.replace("can't", "can not").replace("won't", "will not"))
        text = _IS.sub(r"\1 is", text)
    return tuple(_WORD.findall(text))


def numbers(text: str) -> tuple[str, ...]:
    """The numbers in a text, sorted; ``1,200`` is ``1200``."""
    return tuple(sorted(word.replace(",", "") for word in words(text) if word[0].isdigit()))


@lru_cache(maxsize=512)
def content_words(text: str) -> frozenset[str]:
    """What the text is about: stems without function words, numbers, negations, and the kind of question."""
    found = words(text)
    kind = None
    if not _KIND_WORDS.isdisjoint(found):
        joined = " ".join(found)
        kind = next((name for pattern, name in _QUESTION_KINDS if pattern.search(joined)), None)
    stems = {_stem(word) for word in found if word not in _STOPWORDS and word not in _NEGATIONS}
    if any(word in _NEGATIONS for word in found):
        stems.add("@not")
    return frozenset(stems | ({kind} if kind else set()))


def ask_the_same(one: str, other: str) -> bool:
    """Whether two questions have the same content words and are compatible in kind."""
    first, second = content_words(one), content_words(other)
    if first == second:
        return True
    kinds = {word for word in first ^ second if word.startswith("@")}
    return first ^ second == kinds and len(kinds) == 1 and bool(kinds & _OPEN_KINDS)


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    """A word without its commonest endings: enough to bring singular and plural together."""
    if word[0].isdigit():
        return word.replace(",", "")
    word = word.removesuffix("'s").removesuffix("'")
    for ending, least in (("ing", 6), ("ies", 5), ("ied", 5), ("es", 5), ("ed", 5), ("s", 4), ("e", 5), ("y", 5)):
        if word.endswith(ending) and len(word) >= least and not word.endswith("ss"):
            return word[: -len(ending)]
    return word


def sentences(text: str) -> list[str]:
    """The text's sentences and lines."""
    return [part for part in re.split(r"(?<=[.!?])\s+|\n+", text) if part.strip()]
