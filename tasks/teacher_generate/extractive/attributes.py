""" "Key: value" lines and tables -> facts.

    "- **Engine oil:** every 3,000 miles"  ->  "How often is the engine oil due?"          -> "every 3,000 miles"
    | Top speed | 110 mph |                ->  "What is the top speed of the X?"           -> "110 mph"
    | Model | Price |  / | A2 | $90 |      ->  "What is the price of the A2?"              -> "$90"

Which of a table's headers name attributes and which name things is read from its shape: a first column with a general header
(property, feature, ...) or none holds attributes, any other holds things.

Not covered: merged cells, several header rows, cells that hold lists.
"""

import re
from collections.abc import Iterator

from tasks.teacher_generate.extractive.amounts import is_interval, is_moment, parse_amount
from tasks.teacher_generate.extractive.asking import small_wh, tidy
from tasks.teacher_generate.extractive.facts import Core, Fact, Refusal
from tasks.teacher_generate.extractive.lexicon import PREPOSITIONS, WEEKDAYS, is_common_word, is_noun, is_plural, verb_forms
from tasks.teacher_generate.extractive.passages import Table, Text, Unit
from tasks.teacher_generate.extractive.subjects import small_start

_KEYED = re.compile(r"(?P<key>[^:=|.!?]{2,60}?)\s*(?::|=|\s[–—]\s|\s-\s)\s*(?P<value>\S.*)$")
_LABELS = {"note", "notes", "warning", "caution", "tip", "tips", "important", "example", "remark", "hint", "attention", "info", "nb"}
_GENERAL = {
    "property", "feature", "attribute", "specification", "spec", "parameter", "characteristic", "item", "detail", "field", "",
    "quantity", "category", "key", "criterion", "aspect", "description", "metric", "measure",
}  # fmt: skip
_VALUE_HEADS = {
    "value", "values", "detail", "details", "specification", "specifications", "data", "description", "setting", "rating",
    "information", "default", "result", "amount", "quantity", "figure",
}  # fmt: skip
_COSTS = re.compile(r"\b(?:cost|costs|price|prices|fee|fees|charge|charges|rate|rates|tariff|admission|tickets?)\b", re.IGNORECASE)
_INTERVALS = re.compile(r"\b(?:interval|intervals|frequency|how often|every|schedule)\b", re.IGNORECASE)
_EMPTY = {"", "-", "–", "—", "n/a", "na", "none", "tbd", "?", "unknown", "...", "x", "✓", "✗", "✔", "✘", "yes", "no", "y", "n"}


def split_keyed(unit: Unit) -> tuple[Text, Text] | None:
    """Key and value of a "key: value" line, or None where it is none."""
    text = unit.text
    match = _KEYED.match(text.text.rstrip("."))
    if not match:
        return None
    key, value = text.cut(0, match.end("key")), text.cut(match.start("value"), match.end("value"))
    words = key.text.split()
    if not key or len(words) > 7 or not (key.text[0].isalnum()) or key.text.lower().startswith(("http", "the following")):
        return None
    return key, value


def is_label(key: str) -> bool:
    """Whether a key only labels a sentence: "Note: ..."."""
    return key.lower().strip() in _LABELS


def ask_keyed(unit: Unit, key: Text, value: Text, topic: str) -> Fact | Refusal:
    """The fact of a "key: value" line."""
    reason = refuse_value(value.text)
    if reason or not is_noun(key.text.split()[-1]) and not {w.lower() for w in key.text.split()} & WEEKDAYS:
        return Refusal(reason or "no_subject", unit.text.text, unit.text.start)
    heading = unit.headings[-1] if unit.headings else ""
    cores = name_attribute(key.text, value.text, topic, heading if heading != _bare(topic) else "")
    return Fact("line.attribute", value, tuple(cores), unit.text.text, unit.headings)


def refuse_value(value: str) -> str:
    """Why a value cannot be an answer, or ""."""
    if value.lower().strip(" .") in _EMPTY:
        return "empty_value"
    if len(value.split()) > 14:
        return "answer_too_long"
    if value.endswith("?"):
        return "question"
    return ""


def name_attribute(name: str, value: str, owner: str, heading: str) -> list[Core]:
    """The ways to ask for an attribute, by what its value is.

    Args:
        name: The attribute as the document calls it.
        owner: What has it, with its article; "" where the attribute stands for itself.
        heading: The heading above it, which may tell that values are prices or intervals.
    """
    noun = small_start(name.strip(" :*"))
    days = {word.strip(",").lower() for word in re.split(r"[\s–-]+", name)} & WEEKDAYS
    if days:
        return _ask_hours(name, owner, heading)
    noun = re.sub(r"^(?:the|a|an)\s+", "", noun, flags=re.IGNORECASE)
    of = f" of {owner}" if owner else ""
    be = "are" if is_plural(_head(noun)) else "is"
    if is_interval(value):
        return _ask_interval(noun, be, of)
    cores = [
        Core(f"What {be} the {noun}{of}?", f"what the {noun}{of} {be}"),
    ]
    amount = parse_amount(value)
    if amount and amount.kind == "money" and not re.search(r"\b(?:budget|salary|limit|allowance|revenue|capital|deposit)\b", noun):
        if _COSTS.search(noun):
            cores.append(Core(f"How much {be} the {noun}{of}?", f"how much the {noun}{of} {be}"))
        else:
            tail = f" for {owner}" if owner else ""
            do = "do" if be == "are" else "does"
            verb = "cost" if be == "are" else "costs"
            return [
                Core(f"How much {do} the {noun} cost{tail}?", f"how much the {noun} {verb}{tail}"),
                Core(f"What {do} the {noun} cost{tail}?", f"what the {noun} {verb}{tail}"),
                Core(f"What is the cost of the {noun}{tail}?", f"what the cost of the {noun} is{tail}"),
                Core(f"What is the price of the {noun}{tail}?", f"what the price of the {noun} is{tail}"),
                Core(f"How much {be} the {noun}{tail}?", f"how much the {noun} {be}{tail}", reserved=True),
            ]
    elif is_moment(value) and re.search(r"\b(?:date|deadline|day|opening|closing|start|end|release|founded|launch)\b", noun):
        cores.append(Core(f"When {be} the {noun}{of}?", f"when the {noun}{of} {be}"))
    if owner:
        cores.append(Core(f"What {noun} does {owner} have?", f"what {noun} {owner} has"))
        cores.append(Core(f"Which {noun} does {owner} have?", f"which {noun} {owner} has", reserved=True))
    return cores


def _ask_interval(noun: str, be: str, of: str) -> list[Core]:
    done = "done" if re.search(r"(?:ing|tion|ment|check|service|test|review|cleaning|change|rotation|wash)s?$", noun) else "changed or serviced"
    return [
        Core(f"How often {be} the {noun}{of} due?", f"how often the {noun}{of} {be} due"),
        Core(f"How often should the {noun}{of} be {done}?", f"how often the {noun}{of} should be {done}"),
        Core(f"What is the interval for the {noun}{of}?", f"what the interval for the {noun}{of} is"),
    ]


def _ask_hours(days: str, owner: str, heading: str) -> list[Core]:
    """ "Monday: 9 a.m. to 5 p.m." under "Opening hours"."""
    what = small_start(heading) if heading and is_plural(heading.split()[-1]) else "hours"
    of = f" of {owner}" if owner else ""
    return [
        Core(f"What are the {what}{of} on {days}?", f"what the {what}{of} are on {days}"),
        Core(f"On {days}, what are the {what}{of}?", f"what the {what} on {days} are{of}"),
    ]


def ask_table(table: Table, topic: str) -> Iterator[Fact | Refusal]:
    """The facts of a table, cell by cell."""
    heads = [_plain_head(cell.text) for cell in table.header]
    if len(heads) < 2:
        yield from (Refusal("no_header", " | ".join(c.text for c in row), row[0].start) for row in table.rows if row and row[0])
        return
    transposed = len(heads) > 2 and _is_general(heads[0])
    listing = len(heads) == 2 and (_is_general(heads[0]) or heads[1].lower() in _VALUE_HEADS)
    for row in table.rows:
        if not row or not row[0]:
            continue
        for column in range(1, min(len(row), len(heads))):
            cell = row[column]
            if not cell:
                continue
            yield _ask_cell(table, heads, row[0].text, column, cell, topic, transposed, listing)


def _ask_cell(
    table: Table, heads: list[str], row: str, column: int, cell: Text, topic: str, transposed: bool, listing: bool
) -> Fact | Refusal:
    statement = f"{row} | {heads[column]} | {cell.text}"
    reason = refuse_value(cell.text)
    if reason or not heads[column] and not transposed:
        return Refusal(reason or "no_header", statement, cell.start)
    heading = table.headings[-1] if table.headings else ""
    if listing and not _COSTS.search(heads[column]) and not _INTERVALS.search(heads[column]):
        cores = name_attribute(row, cell.text, topic, heading)
    elif transposed:
        cores = name_attribute(row, cell.text, name_thing(heads[column], ""), "")
    else:
        cores = _ask_property(heads, column, row, cell.text, topic if listing else "")
    return Fact("table.cell", cell, tuple(cores), statement, table.headings)


def _ask_property(heads: list[str], column: int, row: str, value: str, topic: str) -> list[Core]:
    """A column's property of a row's thing."""
    thing = name_thing(row, heads[0])
    head = small_start(heads[column])
    tail = f" for {topic}" if topic else ""
    be = "are" if is_plural(_head(head)) else "is"
    if _INTERVALS.search(head) or is_interval(value):
        return _ask_interval(re.sub(r"^the ", "", thing), "is", f"{tail}")
    amount = parse_amount(value)
    if amount and amount.kind == "money" and _COSTS.search(head) and len(head.split()) == 1:
        noun = "price" if head == "price" else head
        return [
            Core(f"How much does {thing} cost{tail}?", f"how much {thing} costs{tail}"),
            Core(f"What {be} the {noun} of {thing}{tail}?", f"what the {noun} of {thing} {be}{tail}"),
            Core(f"What does {thing} cost{tail}?", f"what {thing} costs{tail}"),
            Core(f"How much is {thing}{tail}?", f"how much {thing} is{tail}", reserved=True),
        ]
    return [
        Core(f"What {be} the {head} of {thing}{tail}?", f"what the {head} of {thing} {be}{tail}"),
        Core(f"What {head} does {thing} have{tail}?", f"what {head} {thing} has{tail}"),
        Core(f"Which {head} does {thing} have{tail}?", f"which {head} {thing} has{tail}", reserved=True),
    ]


def name_thing(row: str, head: str) -> str:
    """A row's thing as it stands in a question: "Oil change" -> "the oil change", "A2" -> "the A2", code 404 -> "code 404"."""
    words = row.split()
    if row[:1].isdigit() or len(row) == 1:
        return f"{small_start(head)} {row}" if head and not _is_general(head) else row
    if all(word[:1].islower() or is_common_word(word) for word in words) and (len(words) > 1 and not words[-1][:1].isupper()):
        return f"the {small_start(row)}"
    if row[:1].islower() and re.fullmatch(r"[a-z]+(?: [a-z]+)*", row):
        return f"the {row}"
    return row


def _plain_head(text: str) -> str:
    """A header without its unit's brackets: "Weight (kg)" -> "Weight in kg"."""
    match = re.fullmatch(r"(.+?)\s*[(\[]([^()\[\]]+)[)\]]", text)
    if match and len(match.group(2).split()) <= 2:
        return f"{match.group(1)} in {match.group(2)}"
    return match.group(1) if match else text


def _is_general(head: str) -> bool:
    return head.lower().strip() in _GENERAL or head.lower().rstrip("s") in _GENERAL


def _bare(topic: str) -> str:
    return re.sub(r"^the\s+", "", topic)


def _head(noun: str) -> str:
    words = noun.split()
    for position, word in enumerate(words):
        if position and word.lower() in PREPOSITIONS | {"of"}:
            return words[position - 1]
    return words[-1] if words else ""


