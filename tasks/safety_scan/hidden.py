"""Characters that a person does not see: findings of their own, whatever they hide.

Part of ``safety_scan``. Sources: Unicode UTS #51 (emoji sequences, which use joiners, selectors and tags rightly), UAX #9 (bidi).

One example::

    "Pay\\u202e dnoc" -> hidden.bidi_override at 3..4

Not covered: white text on white ground, tiny print, comments in markup.
"""

import re
from collections.abc import Iterator

from tasks.safety_scan.lookalikes import LOOKALIKES
from tasks.safety_scan.rules import Hit

_SUSPECT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_JOINING_SCRIPT = re.compile("[\u0600-\u06ff\u0900-\u0dff\u1780-\u17ff\u1800-\u18af]")
_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]{2,6}\U000e007f")
_RUNS = (
    ("tag_characters", re.compile("[\U000e0000-\U000e007f]+")),
    ("variation_selectors", re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2,}")),
    ("bidi_override", re.compile("[\u202d\u202e]")),
    ("bidi_control", re.compile("[\u061c\u200e\u200f\u202a-\u202c\u2066-\u2069]+")),
    ("zero_width", re.compile(
        "(?<=[^\\W\\d_])[\u00ad\u034f\u115f\u1160\u180e\u200b-\u200d\u2060-\u2064\u3164\ufeff\uffa0]+(?=\\w)|[\u200b\u2060-\u2064\u3164\uffa0]+")),
    ("control_characters", re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f]+")),
)  # fmt: skip
_WORD = re.compile(r"[^\W\d_]{3,}")
_SCIENCE = re.compile("[\u0370-\u03ff]")


def hidden_hits(text: str) -> Iterator[Hit]:
    """What is hidden in the original text."""
    if text.isascii() and text.isprintable():
        return
    if _SUSPECT.search(text):
        yield from _hidden_characters(text)
    if not text.isascii():
        for word in _WORD.finditer(text):
            letters = word.group()
            if not letters.isascii() and _mixes_alphabets(letters):
                yield Hit("hidden.lookalike", word.start(), word.end(), 0.8, "unicode", value=letters)


def _mixes_alphabets(word: str) -> bool:
    """Whether Latin letters stand beside look-alikes of them, Greek letters of science aside."""
    if _SCIENCE.search(word):
        return False
    return any(c.isascii() for c in word) and any(c in LOOKALIKES and c > "\u02ff" for c in word)


def _hidden_characters(text: str) -> Iterator[Hit]:
    flags = [match.span() for match in _FLAG.finditer(text)]
    for name, pattern in _RUNS:
        if name == "bidi_control" and _RIGHT_TO_LEFT.search(text):
            continue
        spans: list[list[int]] = []
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(a <= start and end <= b for a, b in flags):
                continue
            if name == "zero_width" and _JOINING_SCRIPT.search(text, max(0, start - 2), end + 2):
                continue
            if spans and start - spans[-1][1] <= _ONE_DISGUISE:
                spans[-1][1] = end
            else:
                spans.append([start, end])
        for start, end in spans:
            yield Hit(f"hidden.{name}", start, end, 1.0, "unicode", value=text[start:end])


_ONE_DISGUISE = 3
"""Hidden characters that stand so close belong to one disguise, and are one finding."""
HIDDEN_RULES = (*(f"hidden.{name}" for name, _ in _RUNS), "hidden.lookalike")
