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
from tasks.teacher_generate.extractive.facts import Core, Fact, Refusal
from tasks.teacher_generate.extractive.lexicon import is_common_word, is_noun, is_participle, is_plural, is_role
from tasks.teacher_generate.extractive.passages import Table, Text, Unit
from tasks.teacher_generate.extractive.subjects import small_start, small_title
from tasks.teacher_generate.extractive.word_lists import PREPOSITIONS, WEEKDAYS

_KEYED = re.compile(r"(?P<key>[^:=|.!?]{2,60}?)(?:\s*:\s|\s=\s|\s[–—]\s|\s-\s)\s*(?P<value>\S.*)$")
_PEOPLE_LISTS = {"present", "absent", "excused", "attending", "apologies"}
_LABELS = {
    "note",
    "notes",
    "warning",
    "caution",
    "tip",
    "tips",
    "important",
    "example",
    "remark",
    "hint",
    "attention",
    "info",
    "nb",
}
_GENERAL = {
    "property", "feature", "attribute", "specification", "spec", "parameter", "characteristic", "item", "detail", "field", "",
    "quantity", "category", "key", "criterion", "aspect", "description", "metric", "measure",
}  # fmt: skip
_ATTRIBUTE_HEADS = {
    "property", "feature", "attribute", "specification", "spec", "parameter", "characteristic", "criterion", "aspect", "metric",
}  # fmt: skip
_VALUE_HEADS = {
    "value", "values", "detail", "details", "specification", "specifications", "data", "description", "setting", "rating",
    "information", "default", "result", "amount", "quantity", "figure",
}  # fmt: skip
_COSTS = re.compile(
    r"\b(?:cost|costs|price|prices|fee|fees|charge|charges|rate|rates|tariff|admission|tickets?)\b", re.IGNORECASE
)
_INTERVALS = re.compile(r"\b(?:interval|intervals|frequency|how often|every|schedule)\b", re.IGNORECASE)
_HOURS = re.compile(r"\b(?:hours|opening|open|times|timetable)\b", re.IGNORECASE)
_CLOCK = re.compile(r"\d\s?[ap]\.?m\b|\d{1,2}:\d{2}", re.IGNORECASE)
_EMPTY = {"", "-", "–", "—", "n/a", "na", "none", "tbd", "?", "unknown", "...", "x", "✓", "✗", "✔", "✘", "yes", "no", "y", "n"}


def split_keyed(unit: Unit) -> tuple[Text, Text] | None:
    """Key and value of a "key: value" line, or None where it is none."""
    text = unit.text
    bare = text.text if text.text.endswith((".m.", "etc.")) else text.text.rstrip(".")
    match = _KEYED.match(bare)
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
    if key.text.lower() in _PEOPLE_LISTS:
        reason = "no_subject"
    if reason or (not is_noun(key.text.split()[-1]) and not {w.lower() for w in key.text.split()} & WEEKDAYS):
        return Refusal(reason or "no_subject", unit.text.text, unit.text.start)
    heading = unit.headings[-1] if unit.headings else ""
    if _plain(value.text) and _plain(value.text) in _plain(topic):
        return Refusal("names_the_topic", unit.text.text, unit.text.start)
    title = unit.headings[0] if unit.headings else ""
    if not topic and not title:
        return Refusal("no_owner", unit.text.text, unit.text.start)
    cores = name_attribute(key.text, value.text, topic, heading if heading != _bare(topic) else "")
    if not topic:
        cores = [_in_title(core, title) for core in cores]
    return Fact("line.attribute", value, tuple(cores), unit.text.text, unit.headings)


def _in_title(core: Core, title: str) -> Core:
    """A question about a document's own line, with its title: "What is the date in the minutes of ...?"."""
    name = title if title.lower().startswith("the ") else f"the {small_title(title)}"
    return Core(f"{core.direct[:-1]} in {name}?", f"{core.indirect} in {name}", core.reserved)


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
    noun = _small_name(small_title(name.strip(" :*")))
    days = {word.strip(",").lower() for word in re.split(r"[\s–-]+", name)} & WEEKDAYS
    hours = _HOURS.search(heading) is not None and (_CLOCK.search(value) or "appointment" in value)
    if days:
        return _ask_hours(name, owner, heading)
    noun = re.sub(r"^(?:the|a|an)\s+", "", noun, flags=re.IGNORECASE)
    of = f" of {owner}" if owner else ""
    be = "are" if is_plural(_head(noun)) else "is"
    if hours:
        at = f" of {owner}" if owner and owner.lower() not in noun.lower() else ""
        return [
            Core(f"When {be} the {noun}{at} open?", f"when the {noun}{at} {be} open"),
            Core(f"What are the opening hours of the {noun}{at}?", f"what the opening hours of the {noun}{at} are"),
        ]
    if is_interval(value):
        return _ask_interval(noun, be, of)
    amount = parse_amount(value)
    if amount and be == "are" and amount.kind in ("bare", "count") and not amount.rest:
        tail = f" does {owner} have" if owner else " are there"
        told = f" {owner} has" if owner else " there are"
        return [
            Core(f"How many {noun}{tail}?", f"how many {noun}{told}"),
            Core(f"What is the number of {noun}{of}?", f"what the number of {noun}{of} is"),
        ]
    cores = [
        Core(f"What {be} the {noun}{of}?", f"what the {noun}{of} {be}"),
    ]
    if (
        amount
        and amount.kind == "money"
        and not re.search(r"\b(?:budget|salary|limit|allowance|revenue|capital|deposit)\b", noun)
    ):
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
    done = (
        "done"
        if re.search(r"(?:ing|tion|ment|check|service|test|review|cleaning|change|rotation|wash)s?$", noun)
        else "changed or serviced"
    )
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
    transposed = len(heads) > 2 and _lists_attributes(heads)
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
    if reason or (not heads[column] and not transposed):
        return Refusal(reason or "no_header", statement, cell.start)
    heading = table.headings[-1] if table.headings else ""
    if listing and not _COSTS.search(heads[column]) and not _INTERVALS.search(heads[column]):
        cores = name_attribute(row, cell.text, topic, heading)
        if not topic and table.headings:
            cores = [_in_title(core, table.headings[0]) for core in cores]
        elif not topic:
            return Refusal("no_owner", statement, cell.start)
    elif transposed:
        cores = name_attribute(row, cell.text, name_thing(heads[column], ""), "")
    else:
        cores = _ask_property(heads, column, row, cell.text, topic if listing else "")
    return Fact("table.cell", cell, tuple(cores), statement, table.headings)


def _ask_property(heads: list[str], column: int, row: str, value: str, topic: str) -> list[Core]:
    """A column's property of a row's thing."""
    thing = name_thing(row, heads[0])
    head = _small_name(small_title(heads[column]))
    plural = is_plural(_head(thing))
    tail = f" for {topic}" if topic else ""
    be = "are" if is_plural(_head(head)) else "is"
    if _INTERVALS.search(head) or is_interval(value):
        return _ask_interval(re.sub(r"^the ", "", thing), "is", f"{tail}")
    amount = parse_amount(value)
    if _COSTS.search(head) and is_role(thing):
        cores = [Core(f"What {be} the {head} for {thing}{tail}?", f"what the {head} for {thing} {be}{tail}")]
        if amount:
            do = "do" if plural else "does"
            cores.append(Core(f"How much {do} {thing} pay{tail}?", f"how much {thing} {'pay' if plural else 'pays'}{tail}"))
        return cores
    if amount and amount.kind == "money" and _COSTS.search(head) and len(head.split()) == 1:
        do, costs, is_ = ("do", "cost", "are") if plural else ("does", "costs", "is")
        return [
            Core(f"How much {do} {thing} cost{tail}?", f"how much {thing} {costs}{tail}"),
            Core(f"What {be} the {head} of {thing}{tail}?", f"what the {head} of {thing} {be}{tail}"),
            Core(f"What {do} {thing} cost{tail}?", f"what {thing} {costs}{tail}"),
            Core(f"How much {is_} {thing}{tail}?", f"how much {thing} {is_}{tail}", reserved=True),
        ]
    words = head.split()
    if amount and amount.kind in ("bare", "count") and len(words) == 2 and is_plural(words[0]) and is_participle(words[1]):
        return [
            Core(
                f"How many {words[0]} are {words[1]} for {thing}{tail}?", f"how many {words[0]} are {words[1]} for {thing}{tail}"
            ),
            Core(f"What is the number of {head} for {thing}{tail}?", f"what the number of {head} for {thing} is{tail}"),
        ]
    if amount and amount.kind in ("bare", "count") and not amount.rest and be == "are" and not _COSTS.search(head):
        do, have = ("do", "have") if plural else ("does", "has")
        return [
            Core(f"How many {head} {do} {thing} have{tail}?", f"how many {head} {thing} {have}{tail}"),
            Core(f"What is the number of {head} of {thing}{tail}?", f"what the number of {head} of {thing} is{tail}"),
        ]
    do, has = ("do", "have") if plural else ("does", "has")
    cores = [Core(f"What {be} the {head} of {thing}{tail}?", f"what the {head} of {thing} {be}{tail}")]
    if head in ("meaning", "description", "explanation"):
        mean = "mean" if plural else "means"
        return [*cores, Core(f"What {do} {thing} mean{tail}?", f"what {thing} {mean}{tail}")]
    return [
        *cores,
        Core(f"What {head} {do} {thing} have{tail}?", f"what {head} {thing} {has}{tail}"),
        Core(f"Which {head} {do} {thing} have{tail}?", f"which {head} {thing} {has}{tail}", reserved=True),
    ]


def name_thing(row: str, head: str) -> str:
    """A row's thing as it stands in a question: "Oil change" -> "the oil change", "A2" -> "the A2", code 404 -> "code 404"."""
    words = row.split()
    kind = small_start(head) if head and not _is_general(head) and len(head.split()) <= 2 and not is_plural(_head(head)) else ""
    if row[:1].isdigit() or len(row) == 1:
        return f"{kind} {row}" if kind else row
    small = [word.lower() if is_common_word(word) else word for word in words]
    if len(words) == 1 and is_common_word(row):
        if is_plural(row) or row.lower().endswith("ing"):
            return small[0]
        return f"the {row} {kind}" if kind and not is_plural(kind) else f"the {small[0]}"
    head_at = next((i for i, word in enumerate(words) if i and word.lower() in PREPOSITIONS | {"of"}), len(words))
    if words[head_at - 1][:1].islower() or head_at < len(words):  # "Oil change", "Children under 12", "F2 filter"
        start = small[0] if not words[0][:1].isupper() or is_common_word(words[0]) or words[0].endswith("ing") else words[0]
        start = start.lower() if words[0].lower().endswith("ing") else start
        name = " ".join([start, *words[1:]])
        return name if is_plural(words[head_at - 1]) else f"the {name}"
    return row


def _small_name(text: str) -> str:
    """An attribute's name inside a sentence: only names in capitals or with digits stay large."""
    first, _, rest = text.partition(" ")
    return f"{first.lower()}{' ' if rest else ''}{rest}" if first[1:] == first[1:].lower() and len(first) > 1 else text


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def _plain_head(text: str) -> str:
    """A header without its unit's brackets: "Weight (kg)" -> "Weight in kg"."""
    match = re.fullmatch(r"(.+?)\s*[(\[]([^()\[\]]+)[)\]]", text)
    if match and len(match.group(2).split()) <= 2:
        return f"{match.group(1)} in {match.group(2)}"
    return match.group(1) if match else text


def _lists_attributes(heads: list[str]) -> bool:
    """Whether a wide table's first column holds attributes, and its other headers name things."""
    if heads[0].strip():
        return heads[0].lower().strip() in _ATTRIBUTE_HEADS
    return not all(is_common_word(word.capitalize()) for head in heads[1:] for word in head.split())


def _is_general(head: str) -> bool:
    return head.lower().strip() in _GENERAL or head.lower().rstrip("s") in _GENERAL


def _bare(topic: str) -> str:
    return re.sub(r"^the\s+", "", topic)


def _head(noun: str) -> str:
    words = noun.split()
    for position, word in enumerate(words):
        if position and word.lower() in PREPOSITIONS | {"of", "per"}:
            return words[position - 1]
    return words[-1] if words else ""
