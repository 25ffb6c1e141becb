"""How the page says things: numbers, times, shortened texts, names of groups and reasons.

Texts of a taxonomy, a document or a model may be of any length and hold any character: ``clip`` shortens them for a reader and
says by how much. Escaping is the template's (autoescape is on).
"""

import re
from datetime import UTC, datetime

SUITES = {"human": "Human questions", "reserved_phrasing": "Reserved wordings"}
GROUPS = {
    "all": "All",
    "changed": "What changed",
    "claimed": "What changed and claims a gain",
    "unchanged": "What did not change",
    "knowledge": "Knowledge",
    "skills": "Skills",
}
_COMPLETE = re.compile(r"^#{1,6} |[|.:!?]\s*$")
"""A line that the next one does not go on with."""
_BEGINS = re.compile(r"\s|[-*+|#>]|\d+[.)]\s|$")
"""A line that begins something of its own."""
KINDS = {"knowledge": "knowledge", "grounded_skill": "grounded skill", "freeform_skill": "freeform skill"}


def clip(text: str | None, most: int = 600) -> str:
    """The text, or its beginning and how many characters were left out.

    Args:
        text: any text; None counts as empty.
        most: longest text that stays whole, characters.
    """
    text = (text or "").strip()
    if len(text) <= most:
        return text
    return f"{text[:most].rstrip()} … ({len(text) - most:,} more characters)"


def unwrap(text: str) -> str:
    """The text without the line breaks that a person or an editor put into a sentence, and without empty lines.

    Lines that begin a list item, a heading, a quote or a table row stay lines.
    """
    lines: list[str] = []
    new_paragraph = True
    for line in text.split("\n"):
        goes_on = not new_paragraph and not _COMPLETE.search(lines[-1]) and not _BEGINS.match(line)
        if goes_on:
            lines[-1] += f" {line}"
        elif line.strip() or not lines:
            lines.append(line)
        new_paragraph = not line.strip()
    return "\n".join(lines) + ("\n" if text.endswith("\n") and text.strip() else "")


def count(number: int, singular: str, plural: str | None = None) -> str:
    """``1 question``, ``1,240 questions``."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def duration(seconds: float) -> str:
    """``48 s``, ``1 min 32 s``, ``2 h 05 min``."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def moment(iso: str) -> str:
    """``2026-01-05 06:00 UTC`` of an ISO 8601 time; anything else as it is."""
    try:
        parsed = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    return parsed.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if parsed.tzinfo else iso


REASONS = {
    "contamination.exam_question": "same as an exam question",
    "contamination.evaluation_overlap": "overlaps with an evaluation file",
    "duplicate.exact": "repeats another sample",
    "duplicate.near": "nearly repeats another sample",
}
"""What reads better in a person's words than as a code."""


def reason_words(code: str) -> str:
    """``unsupported number`` of ``unsupported_number``."""
    if code in REASONS:
        return REASONS[code]
    return clip(code, 60).replace("_", " ").replace(":", ": ")


def signed(value: float) -> str:
    """``+0.86``, ``−0.02``, with a minus sign that is as wide as the plus."""
    return f"{value:+.2f}".replace("-", "−")


def short_path(path: str, most: int = 34) -> str:
    """The end of a path, from a slash on, where it is too long."""
    if len(path) <= most:
        return path
    tail = path[-(most - 1) :]
    slash = tail.find("/")
    return "…" + (tail[slash:] if 0 <= slash < len(tail) - 1 else tail)


def rate(right: int, of: int) -> str:
    """``12 of 14``."""
    return f"{right:,} of {of:,}"


def sentence(text: str) -> str:
    """The text with a capital at its start and one full stop at its end."""
    text = text.strip()
    return text[:1].upper() + text[1:].rstrip(".") + "." if text else ""


def arrows(text: str) -> str:
    """The text with arrows as one draws them."""
    return text.replace("->", "→")
