"""Reads a text the way a person or a model would, and remembers where each character stood.

Part of ``safety_scan``: every rule looks at these views, never at the raw text. A card number in full-width digits, a token
with a zero-width space inside, an instruction in Cyrillic look-alikes, a key broken over two lines: each is blind to a pattern,
and plain to a tokenizer. Sources: Unicode UAX #15 (normal forms), UTS #39 (look-alikes), UTR #36 (security).

One example::

    plain_view("p\\u200bａss").text == "pass"; its span (0, 4) is (0, 5) of the original

Views: *plain* (compatibility forms, invisible characters removed, look-alikes, dashes, quotes, spaces), *spaced* (letters that
were spaced out, closed up), *joined* (tokens closed across a line break), *decoded* (base64, hexadecimal, percent and character
references; bounded).

Not covered: leetspeak, ciphers, text in images, words cut by markup, encodings inside encodings deeper than one level.
"""

import base64
import binascii
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from tasks.safety_scan.lookalikes import LOOKALIKES

MAX_DECODED = 8
"""Encoded tokens that are decoded per text: a bound against text made to be slow."""
MAX_ENCODED_CHARACTERS = 16_384

_DASHES = "‐‑‒–—―−﹘﹣－⁃֊᠆"
_SINGLE_QUOTES = "‘’‚‛′‵＇ʼ´`"
_DOUBLE_QUOTES = "“”„‟″‶＂«»"
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff\U0001d173-\U0001d17a]"
)
_LOOKALIKE_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class View:
    """A reading of a text.

    Args:
        text: What the rules see.
        starts: For each place where reading and original run apart, the offset in ``text`` ...
        origins: ... and the span ``(start, end)`` of the original that this piece stands for.
        name: plain, spaced, joined or decoded.
    """

    text: str
    starts: tuple[int, ...] | None
    origins: tuple[tuple[int, int], ...]
    name: str = "plain"

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original's span for ``text[start:end]``."""
        if self.starts is None:
            return start, end
        return self._origin(start, 0), self._origin(max(start, end - 1), 1)

    def crosses_a_seam(self, start: int, end: int) -> bool:
        """Whether something was taken out of, or replaced in, ``text[start:end]``."""
        if self.starts is None:
            return False
        first, last = self.span(start, end)
        return last - first != end - start

    def _origin(self, offset: int, side: int) -> int:
        assert self.starts is not None
        piece = bisect_right(self.starts, offset) - 1
        begin, end = self.origins[piece]
        into = offset - self.starts[piece]
        length = (self.starts[piece + 1] if piece + 1 < len(self.starts) else len(self.text)) - self.starts[piece]
        if length == end - begin:  # copied one to one
            return begin + into + side
        return end if side else begin


class _ReadingTable(dict[int, str]):
    """For ``str.translate``: what one character reads as, worked out once."""

    def __missing__(self, code: int) -> str:
        reading = _read_character(chr(code))
        self[code] = reading
        return reading


def _read_character(character: str) -> str:
    if character in "\n\t":
        return character
    if character in _DASHES:
        return "-"
    if character in _SINGLE_QUOTES:
        return "'"
    if character in _DOUBLE_QUOTES:
        return '"'
    if _INVISIBLE.match(character):
        return ""
    if character == "©":
        return "(c)"
    category = unicodedata.category(character)
    if category == "Zs":
        return " "
    if category in ("Zl", "Zp") or character in "\r\v\f\x85":
        return "\n"
    if category == "Cs":
        return "\ufffd"
    if category in ("Mn", "Me"):
        return ""
    digit = unicodedata.digit(character, None)
    if digit is not None and category == "Nd":
        return str(digit)
    decomposed = unicodedata.normalize("NFKD", character)
    if decomposed == character:
        return character
    return "".join(_READING[ord(part)] for part in decomposed if part != character)


_READING = _ReadingTable()


def plain_view(text: str) -> View:
    """The text as it reads, with offsets into the original."""
    if text.isascii():
        return View(text, None, ())
    reading = _latin_for_lookalikes(text)
    read = reading.translate(_READING)
    if read == text:
        return View(text, None, ())
    starts, origins, offset = [], [], 0
    copied_since: int | None = None
    for index, character in enumerate(reading):
        piece = _READING[ord(character)]
        if len(piece) == 1:
            if copied_since is None:
                copied_since = index
                starts.append(offset)
                origins.append((index, index))
            origins[-1] = (copied_since, index + 1)
        else:
            copied_since = None
            if piece:
                starts.append(offset)
                origins.append((index, index + 1))
        offset += len(piece)
    if not starts:
        starts, origins = [0], [(0, len(text))]
    return View(read, tuple(starts), tuple(origins))


def _latin_for_lookalikes(text: str) -> str:
    """The text with look-alike letters as Latin ones, in words that mix them with Latin or consist of them alone."""
    if not any(character in LOOKALIKES for character in text):
        return text

    def as_latin(word: re.Match[str]) -> str:
        letters = word.group()
        if all(c in LOOKALIKES or c.isascii() or not c.isalpha() or _INVISIBLE.match(c) for c in letters):
            return "".join(LOOKALIKES.get(c, c) for c in letters)
        return letters

    # Invisible characters do not end a word: a zero-width space between look-alikes hides nothing.
    return _LOOKALIKE_WORD.sub(as_latin, text)


# -- letters spaced out ----------------------------------------------------------------------------------------------

SPACED = r"(?<![^\s\"'(\[:=])[^\s](?:[ \t]{1,4}[^\s]){5,}(?![^\s])|(?<![A-Za-z0-9])[A-Za-z0-9](?:[.*|/_~-][A-Za-z0-9@]){5,}(?![A-Za-z0-9])"  # noqa: E501
"""Six or more single characters with a space, or one of a few marks, between each two."""
BROKEN = r"[A-Za-z0-9+/=_.@-][ \t]*[\\]?\n[ \t]*[A-Za-z0-9+/=_.@-]"
"""A line break inside what may be one token."""
ENCODED = r"[A-Za-z0-9+/_-]{16,}={0,2}"
"""What may be base64 or hexadecimal."""
ESCAPED = r"(?:%[0-9A-Fa-f]{2}|&#[0-9]{2,6};|&#[xX][0-9A-Fa-f]{2,5};|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|&(?:commat|period|colon|lowbar|num|quot|amp|nbsp|zwnj|ZeroWidthSpace|shy);)"  # noqa: E501

_SPACED, _ENCODED, _ESCAPED = re.compile(SPACED), re.compile(ENCODED), re.compile(ESCAPED)
_SEAM = re.compile(r"(?<=[A-Za-z0-9+/=_.@-])[ \t]*\\?\n[ \t]*(?=[A-Za-z0-9+/=_.@-])")
_NAMED = {
    "commat": "@", "period": ".", "colon": ":", "lowbar": "_", "num": "#", "quot": '"', "amp": "&", "nbsp": " ",
    "zwnj": "", "ZeroWidthSpace": "", "shy": "",
}  # fmt: skip


def spaced_view(plain: View) -> View | None:
    """The text with spaced-out runs closed up, or None where there is none."""

    def close_up(run: re.Match[str]) -> str:
        letters = run.group()
        if letters[1] in " \t":
            return re.sub(r"[ \t]{2,}", "\x00", letters).replace(" ", "").replace("\t", "").replace("\x00", " ")
        return letters[::2]

    return _replaced(plain, _SPACED, close_up, "spaced")


def joined_view(plain: View) -> View | None:
    """The text with tokens closed across line breaks, or None where no line breaks inside one."""
    return _replaced(plain, _SEAM, lambda _: "", "joined")


def escaped_view(plain: View) -> View | None:
    """The text with percent, character-reference and backslash escapes resolved, or None where there is none."""
    return _replaced(plain, _ESCAPED, _unescape, "decoded")


def encoded_views(plain: View) -> Iterator[View]:
    """For each token that is base64 or hexadecimal of readable text, that text; all of it stands for the whole token."""
    decoded = 0
    for token in _ENCODED.finditer(plain.text):
        if decoded == MAX_DECODED:
            return
        if (text := _decode(token.group()[:MAX_ENCODED_CHARACTERS])) is not None:
            decoded += 1
            inner = plain_view(text).text
            yield View(inner, (0,), (plain.span(token.start(), token.end()),), "decoded")


def _decode(token: str) -> str | None:
    stripped = token.rstrip("=")
    if len(stripped) % 2 == 0 and re.fullmatch("[0-9A-Fa-f]+", stripped) and (text := _readable(bytes.fromhex(stripped))):
        return text
    try:
        data = base64.b64decode(stripped.replace("-", "+").replace("_", "/") + "=" * (-len(stripped) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return _readable(data)


def _readable(data: bytes) -> str | None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if len(text) >= 8 and all(c.isprintable() or c in "\n\t\r" for c in text) else None


def _unescape(match: re.Match[str]) -> str:
    escape = match.group()
    if escape.startswith("&#"):
        digits = escape[2:-1]
        code = int(digits[1:], 16) if digits[0] in "xX" else int(digits)
    elif escape[0] == "&":
        return _NAMED[escape[1:-1]]
    else:
        code = int(escape.lstrip("%\\ux"), 16)
    if code > 0x10FFFF or 0xD800 <= code < 0xE000:
        return "\ufffd"
    return _READING[code]


def _replaced(plain: View, pattern: re.Pattern[str], replace: "object", name: str) -> View | None:
    """A view of a view with some matches replaced; a replaced match stands for its whole span."""
    pieces, starts, origins, offset, at = [], [], [], 0, 0

    def add(piece: str, start: int, end: int) -> None:
        nonlocal offset
        if piece:
            starts.append(offset)
            origins.append((start, end))
            pieces.append(piece)
            offset += len(piece)

    for match in pattern.finditer(plain.text):
        add(plain.text[at : match.start()], at, match.start())
        add(replace(match), match.start(), match.end())  # type: ignore[operator]
        at = match.end()
    if at == 0 and not pieces:
        return None
    add(plain.text[at:], at, len(plain.text))
    if not starts:
        return None
    return _composed(plain, "".join(pieces), starts, origins, name)


def _composed(plain: View, text: str, starts: list[int], origins: list[tuple[int, int]], name: str) -> View:
    if plain.starts is None:
        return View(text, tuple(starts), tuple(origins), name)
    # Two maps on top of each other: one piece per character, for these texts are few.
    outer = View(text, tuple(starts), tuple(origins), name)
    spans = [outer.span(i, i + 1) for i in range(len(text))]
    return View(text, tuple(range(len(text))), tuple(plain.span(a, b) for a, b in spans), name)
