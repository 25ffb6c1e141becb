"""When two texts say the same: the words that carry the meaning agree, not merely most letters.

Part of ``safety_scan``, read by ``duplicates`` and ``contamination``. "How much does an engine rebuild cost?" and "How much
does a transmission rebuild cost?" differ by a few letters and ask two things. So beside the edit distance (rapidfuzz), content
words, numbers, negations and the kind of question must agree.

One example::

    content_words("How much does an engine rebuild cost?") == {"@amount", "engin", "rebuild", "cost"}

Not covered: synonyms. Wordings that share no words are different texts here, and are meant to be.
"""

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"\d+(?:[.,:/-]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)?")
_ASCII_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|[0-9]+(?:[.,:/-][0-9]+)*")
_NOT, _IS = re.compile(r"n't\b"), re.compile(r"\b(what|who|where|when|how|it|that|there|here|he|she)'s\b")
_STOPWORDS = frozenset(
    """a an the of in on at for by and or as is are was were be been being am do does did done has have had having can
    could would should will shall may might must it its this that these those there here i me my you your he she his her they them
    their we our us what which who whom whose when where why how much many long often far old please tell know say name give list
    explain describe state so also just about into onto s re ve ll d t m any some such please kindly exactly actually
    called according""".split()  # noqa: SIM905
)  # fmt: skip
_QUESTION_KINDS = (
    ("how", re.compile(r"\bhow (?:much|expensive|costly)\b"), "@amount"),
    ("what", re.compile(r"\bwhat (?:does|do|would|did|will) .{1,80} cost\b"), "@amount"),
    ("how", re.compile(r"\bhow many\b"), "@count"),
    ("how", re.compile(r"\bhow (?:long|old)\b"), "@duration"),
    ("how", re.compile(r"\bhow often\b"), "@frequency"),
    ("how", re.compile(r"\bhow (?:far|fast|tall|high|wide|deep|heavy|big|large|hot|cold)\b"), "@measure"),
    ("when", re.compile(r"\bwhen\b"), "@time"),
    ("year", re.compile(r"\b(?:what|which) year\b"), "@time"),
    ("where", re.compile(r"\bwhere\b"), "@place"),
    ("who", re.compile(r"\bwho\b"), "@person"),
    ("whom", re.compile(r"\bwhom\b"), "@person"),
    ("whose", re.compile(r"\bwhose\b"), "@person"),
    ("why", re.compile(r"\bwhy\b"), "@reason"),
    ("how", re.compile(r"\bhow\b"), "@manner"),
)
_LONGEST_QUESTION = 240
"""A longer text is no question of one kind."""
_KIND_WORDS = frozenset("how what when year where who whom whose why".split())  # noqa: SIM905
_OPEN_KINDS = frozenset({"@amount", "@count", "@measure", "@duration"})
"""Kinds that *what* may stand for too: how much does it cost, what does it cost."""
_NEGATIONS = frozenset("not no never none cannot without neither nor n't except".split())  # noqa: SIM905


_MARKS = frozenset("+=<>%$€£°^&\\*/-")
_SYMBOLS = re.compile(r"[+=<>%$€£°^&\\]|(?<=[\d\s])[*/](?=[\d\s])|(?<![\w)])-(?=\d)")


def normalised(text: str) -> str:
    """The text without case, punctuation and extra spaces; compatibility forms resolved. Symbols stay: C++ is not C, -5 is not
    5."""
    found = " ".join(words(text))
    found_symbols = symbols(text)
    return f"{found} {''.join(found_symbols)}" if found_symbols else found


@lru_cache(maxsize=512)
def symbols(text: str) -> tuple[str, ...]:
    """The marks that carry meaning: signs, units, comparisons."""
    return () if _MARKS.isdisjoint(text) else tuple(_SYMBOLS.findall(text))


def plain_form(text: str) -> str:
    """The text without case, extra spaces, and marks at its ends: what an exact repetition may differ in."""
    text = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return " ".join(text.casefold().split()).strip(_ENDS) or text


_ENDS = " .,;:!?\"'`“”‘’«»…*_"


@lru_cache(maxsize=512)
def words(text: str) -> tuple[str, ...]:
    """The words and numbers, lower case; ``isn't`` is ``is not``."""
    is_ascii = text.isascii()
    text = text.lower() if is_ascii else unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    if "'" in text:
        text = _NOT.sub(" not", text.replace("can't", "can not").replace("won't", "will not"))
        text = _IS.sub(r"\1 is", text)
    return tuple((_ASCII_WORD if is_ascii else _WORD).findall(text))


def numbers(text: str) -> tuple[str, ...]:
    """The numbers and symbols in a text, sorted; ``1,200`` is ``1200``."""
    # Digits come before ":", and letters after it: half the time of asking each word's first character.
    found = [w.replace(",", "") for w in filter(":".__gt__, words(text))] if text.isascii() else _numbers_of_any_script(text)
    marks = symbols(text)
    return tuple(sorted([*found, *marks])) if found or marks else ()


def _numbers_of_any_script(text: str) -> list[str]:
    return [word.replace(",", "") for word in words(text) if word[0].isdigit()]


@lru_cache(maxsize=512)
def content_stems(text: str) -> tuple[str, ...]:
    """The stems of the words that carry the meaning, in order."""
    return tuple(filter(None, map(_stem_of, words(text))))


@lru_cache(maxsize=512)
def content_words(text: str) -> frozenset[str]:
    """What the text is about: stems without function words, numbers, negations, and the kind of question."""
    found = words(text)
    kind = None
    if len(text) <= _LONGEST_QUESTION and (asking := _KIND_WORDS.intersection(found)):
        joined = " ".join(found)
        kind = next((name for word, pattern, name in _QUESTION_KINDS if word in asking and pattern.search(joined)), None)
    stems = set(map(_stem_of, found))
    stems.discard("")
    if kind:
        stems.add(kind)
    return frozenset(stems)


def ask_the_same(one: str, other: str) -> bool:
    """Whether two questions have the same content words and are compatible in kind."""
    first, second = content_words(one), content_words(other)
    if first == second:
        return True
    kinds = {word for word in first ^ second if word.startswith("@")}
    return first ^ second == kinds and len(kinds) == 1 and bool(kinds & _OPEN_KINDS)


def _stem(word: str) -> str:
    """A word without its commonest endings: enough to bring singular and plural together. Function words have none."""
    if word in _NEGATIONS:
        return "@not"
    if word in _STOPWORDS:
        return ""
    if word[0].isdigit():
        return word.replace(",", "")
    word = word.removesuffix("'s").removesuffix("'")
    for ending, least in (("ing", 6), ("ies", 5), ("ied", 5), ("es", 5), ("ed", 5), ("s", 4), ("e", 5), ("y", 5)):
        if word.endswith(ending) and len(word) >= least and not word.endswith("ss"):
            return word[: -len(ending)]
    return word


class _StemTable(dict[str, str]):
    """The stems of the words seen so far; forgets all of them before it grows without bound."""

    def __missing__(self, word: str) -> str:
        if len(self) >= 200_000:
            self.clear()
        stem = self[word] = _stem(word)
        return stem


_stem_of = _StemTable().__getitem__


def is_number_word(stem: str) -> bool:
    """Whether a stem is a number, in digits or in words."""
    return stem[0].isdigit() or stem in _NUMBER_STEMS


_NUMBER_STEMS = frozenset(
    _stem(word)
    for word in """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion dozen half quarter double
    triple twice once first second third fourth fifth sixth seventh eighth ninth tenth last next""".split()  # noqa: E501, SIM905
)


def sentences(text: str) -> list[str]:
    """The text's sentences, lines, and parts between colons."""
    return [part for part in re.split(r"(?<=[.!?:;])\s+|\n+", text) if part.strip()]
