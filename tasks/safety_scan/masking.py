"""Takes values out of texts: placeholders in rows that are kept, masks in rows that are refused.

Part of ``safety_scan``. Two different cuts. *Redaction* replaces the found value by a typed placeholder, the same value by the
same placeholder everywhere in the row. *Masking* of a refused row is wider: a detector's span may be a part of the secret, so
the whole token goes, and the rest of its line where the value has no shape of its own.

One example::

    "Mail ann@example.org or ann@example.org" -> "Mail [EMAIL_1] or [EMAIL_1]"
    "Mail •••@•••••••.•••"                        (a preview: marks stay, letters go)

Chunks keep their length: a placeholder in a chunk is filled up with spaces to the length of what it replaces (and shortened
where that is too little), so ``len(text) == end - start`` holds, and every offset into the document that is made from it is
still true. What a chunk's text says at a placeholder is no longer what the document says there.

Not covered: whether a row still makes sense without the value.
"""

import re
from collections.abc import Iterable

from tasks.safety_scan.rules import Hit

MASK = "•"
_LABELS = {
    "personal.email": "EMAIL", "personal.phone": "PHONE", "personal.payment_card": "CARD", "personal.iban": "IBAN",
    "personal.ip_address": "IP_ADDRESS", "personal.mac_address": "MAC_ADDRESS", "personal.crypto_address": "CRYPTO_ADDRESS",
    "personal.us_ssn": "SSN", "personal.us_itin": "TAX_ID", "personal.national_id": "ID_NUMBER", "personal.imei": "IMEI",
    "personal.bank_routing": "BANK_NUMBER",
}  # fmt: skip
_OPEN_ENDED = ("credential.assigned_secret", "credential.command_line", "credential.authorization")
_MORE_OF_A_TOKEN = re.compile(r"[ \t]*\\?\n[ \t]*[A-Za-z0-9+/=_-]{16,}(?=\s|$)")


class Placeholders:
    """Hands out placeholders: one number for each value of a row."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}
        self._counts: dict[str, int] = {}

    def for_hit(self, hit: Hit) -> str:
        """``[EMAIL_1]``: type, and a number that is the same for the same value."""
        label = _LABELS.get(hit.rule) or re.sub("[^A-Z0-9]+", "_", hit.rule.rpartition(".")[2].upper())
        key = (label, re.sub(r"[\s().-]", "", hit.value).casefold() if label != "EMAIL" else hit.value.casefold())
        if key not in self._numbers:
            self._counts[label] = self._counts.get(label, 0) + 1
            self._numbers[key] = self._counts[label]
        return f"[{label}_{self._numbers[key]}]"


def redact(text: str, hits: Iterable[Hit], placeholders: Placeholders, keep_length: bool = False) -> str:
    """The text with each hit replaced by its placeholder."""
    pieces, at = [], 0
    for hit in _joined(hits):
        placeholder = placeholders.for_hit(hit)
        pieces += [text[at : hit.start], _fitted(placeholder, hit.end - hit.start) if keep_length else placeholder]
        at = hit.end
    return "".join([*pieces, text[at:]])


def _fitted(placeholder: str, length: int) -> str:
    """The placeholder in exactly so many characters."""
    if len(placeholder) > length:
        label, _, number = placeholder.strip("[]").rpartition("_")
        short = f"[{label[0]}{number}]"
        placeholder = short if len(short) <= length else MASK * length
    return placeholder.ljust(length)


def mask(text: str, hits: Iterable[Hit]) -> str:
    """The text with all hits masked, whole tokens where a hit is private; its length stays."""
    characters = list(text)
    for hit in hits:
        start, end = whole_value(text, hit)
        for place in range(start, end):
            if not characters[place].isspace():
                characters[place] = MASK
    return "".join(characters)


def whole_value(text: str, hit: Hit) -> tuple[int, int]:
    """The span that certainly holds all of a private value: the whole token, and its continuation where a line breaks inside
    it."""
    start, end = hit.start, hit.end
    if not hit.is_private:
        return start, end
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    if hit.rule.startswith("credential."):
        if hit.rule in _OPEN_ENDED:  # a pass phrase may go on to the end of its line
            line_end = text.find("\n", end)
            end = len(text) if line_end < 0 else line_end
        while more := _MORE_OF_A_TOKEN.match(text, end):
            end = more.end()
    return start, end


def preview(text: str, hit: Hit) -> str:
    """What a person may see of a hit: of a private value its marks and length, of a wording its first letters."""
    value = text[hit.start : hit.end][:48]
    if hit.rule.startswith("credential."):
        return f"{MASK * 8} ({hit.end - hit.start} characters)"
    if hit.is_private:
        return re.sub(r"\w", MASK, value)
    return re.sub(r"(?<=\w)\w", MASK, value) if hit.category != "hidden" else f"{hit.end - hit.start} characters"


def _joined(hits: Iterable[Hit]) -> list[Hit]:
    """Hits in order, none overlapping another."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda h: (h.start, -h.end)):
        if kept and hit.start < kept[-1].end:
            if hit.end > kept[-1].end:
                kept[-1] = Hit(kept[-1].rule, kept[-1].start, hit.end, kept[-1].score, kept[-1].detector, value=kept[-1].value)
        else:
            kept.append(hit)
    return kept
