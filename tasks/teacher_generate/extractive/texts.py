"""Text that knows where it stands in its document, and lines of a document as such texts.

    "It has **gull-wing**\\ndoors." at 120  ->  Text("It has gull-wing doors.", offsets 120..126, 129..137, 140.., ...)

Not covered: which lines belong together as a paragraph; ``passages`` knows from the document's blocks.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Text:
    """Clean text; ``offsets[i]`` is where its character ``i`` stands in the document."""

    text: str
    offsets: tuple[int, ...]

    def cut(self, start: int, end: int) -> "Text":
        """The part from ``start`` to ``end`` without surrounding spaces."""
        part = self.text[start:end]
        lead = len(part) - len(part.lstrip())
        tail = len(part) - len(part.rstrip())
        first, last = start + lead, max(start + lead, min(end, len(self.text)) - tail)
        return Text(self.text[first:last], self.offsets[first:last])

    @property
    def start(self) -> int:
        return self.offsets[0]

    @property
    def end(self) -> int:
        return self.offsets[-1] + 1

    def __bool__(self) -> bool:
        return bool(self.text)


_TARGET = r"\((?:[^()\s]|\([^()\s]*\))*(?:\s+\"[^\"]*\")?\)"
LINK_END = re.compile(rf"\]{_TARGET}")
_LINK = re.compile(rf"(?P<image>!)?\[(?P<words>[^\]]*)\]{_TARGET}")
_MARKUP = re.compile(
    r"!\[[^\]]*\]\([^)]*\)"  # images vanish
    rf"|\[(?P<link>[^\]]*)\]{_TARGET}"
    r"|<br\s*/?>|</?[a-zA-Z][^<>]*>"
    r"|`+(?P<code>[^`]+)`+"
    r"|\*{1,3}|~~|`+|(?<!\w)_{1,2}(?=\S)|(?<=\S)_{1,2}(?!\w)"
    r"|\\(?P<escaped>[\\`*_{}\[\]()#+\-.!|<>~$])"
    r"|(?P<leader>\s*(?:\.\s?){4,}\s*(?=\S)|\s+\.{3}\s+(?=[\d$€£])|\s*…{2,}\s*(?=\S))"
    r"|(?P<space>\s+)"
)
NARROW = 50
"""Characters. Nobody wraps prose so narrow that each line happens to start with a capital."""
_KEYED_LINE = re.compile(r"[A-Z][^.:,]{0,40}:\s|[A-Z][^.:]{1,40}:\s+[$€£]?\d")
_NUMBERING = re.compile(r"(?:§\s*\d+[a-z]?(?:\.\d+)*|\d+(?:\.\d+)+\.?|\d+\)|\([a-z\d]{1,3}\)|[a-z]\))\s+(?=[\"“(]?[A-Z])")
"""What numbers a clause of a contract or a section: "4.2 The deposit ...", "§ 3", "(a)"."""
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|No|Nos|approx|ca|vs|etc|e\.g|i\.e|cf|Inc|Ltd|Co|Corp|Fig|Art|max|min|ext|tel|vol|pp|est|dept|incl|excl|[A-Z]))\.$"
)
_LETTERED = re.compile(
    r"\b(?:appendix|annex|block|building|class|column|entrance|exit|form|gate|grade|group|hall|level|line|model|option|part|plan|"
    r"platform|room|schedule|section|size|step|team|terminal|type|vitamin|wing|zone) [A-Z]\.$",
    re.IGNORECASE,
)
"""Ends with the letter of something: no initial."""
_SENTENCE_END = re.compile(r"(?<=[a-z]{6})\.\s+(?=[a-z]{3})|[.!?][\"'”’)]*\s+(?=[\"'“‘(]?[A-Z0-9ÀÁÂÄÅÆÇÈÉÊËÍÎÏÑÓÔÖØÚÜŠŽ])")


def clean_text(raw: str, offset: int) -> Text:
    """Text without Markdown markup, runs of white space as one space; offsets count from ``offset``."""
    characters: list[str] = []
    offsets: list[int] = []
    position = 0

    def take(start: int, end: int) -> None:
        characters.extend(raw[start:end])
        offsets.extend(range(offset + start, offset + end))

    for match in _MARKUP.finditer(raw):
        take(position, match.start())
        position = match.end()
        if match.group("link") is not None:
            take(match.start("link"), match.end("link"))
        elif match.group("code") is not None:
            take(match.start("code"), match.end("code"))
        elif match.group("escaped"):
            take(match.start("escaped"), match.end("escaped"))
        elif match.group("space") or match.group().startswith("<br"):
            characters.append(" ")
            offsets.append(offset + match.start())
        elif match.group("leader") and len(match.group()) > 1:  # "Soup ........ 6 €" is "Soup: 6 €"
            characters.extend(": ")
            offsets.extend((offset + match.start(), offset + match.end() - 1))
    take(position, len(raw))
    return Text("".join(characters), tuple(offsets)).cut(0, len(characters))


def drop_links(text: Text) -> Text:
    """The words of links that were wrapped over two lines, which ``clean_text`` does not see as one."""
    kept: list[tuple[int, int]] = []
    position = 0
    for match in _LINK.finditer(text.text):
        kept += [(position, match.start()), match.span("words") if not match.group("image") else (0, 0)]
        position = match.end()
    kept.append((position, len(text.text)))
    places = [place for start, end in kept for place in range(start, end)]
    return Text("".join(text.text[place] for place in places), tuple(text.offsets[place] for place in places))


def drop_numbering(text: Text) -> Text:
    """The text without the number of its clause or section."""
    match = _NUMBERING.match(text.text)
    return text.cut(match.end(), len(text.text)) if match else text


def join_lines(lines: list[Text]) -> Iterator[Text]:
    """Wrapped lines become one text; lines that were broken on purpose stay apart.

    A break is on purpose where the next word would still have fitted into the paragraph's width, where both lines are
    "key: value", or where most other breaks of the paragraph are.
    """
    width = max(len(line.text) for line in lines)
    ended = [line.text.endswith((".", "!", "?")) for line in lines[:-1]]
    each = len(ended) > 1 and sum(ended) >= 0.6 * len(ended)
    fits = [len(one.text) + 1 + len(other.text.split(" ")[0]) <= width for one, other in pairwise(lines)]
    starts = [line.text[0].isupper() or line.text[0].isdigit() for line in lines[1:]]
    apart = len(lines) > 3 and sum(one and other for one, other in zip(fits, starts, strict=True)) >= 0.6 * len(fits)
    apart = apart or (len(lines) > 2 and width < NARROW and all(starts))
    run = lines[0]
    for number, line in enumerate(lines[1:]):
        before, fit, start = lines[number], fits[number], starts[number]
        done = before.text.endswith((".", "!", "?"))
        keyed = bool(_KEYED_LINE.match(line.text)) or (fit and done)
        if keyed or (each and done) or (start and (apart or (fit and (len(lines) > 2 or len(before.text) < 60)))):
            yield run
            run = line
        else:
            run = Text(f"{run.text} {line.text}", (*run.offsets, run.offsets[-1] + 1, *line.offsets))
    yield run


def split_sentences(text: Text) -> Iterator[Text]:
    """The sentences; abbreviations and initials do not end one."""
    opened = 0
    for match in _SENTENCE_END.finditer(text.text):
        before = text.text[opened : match.start() + 1]
        if (
            _ABBREVIATION.search(before)
            and not _LETTERED.search(before)
            and not before.endswith((" a.m.", " p.m."))
            and not re.search(r"[°\d]\s?[A-Z]\.$", before)
        ):
            continue
        if part := text.cut(opened, match.end()):
            yield part
        opened = match.end()
    if part := text.cut(opened, len(text.text)):
        yield part
