"""What the JSON Schema of a format says of a file, in words that help: found, expected, how to fix, at line and column.

Place in the DAG: called by ``leaf_node.py``. A schema's error names a place in the data; ``Node`` knows where that stands in
the text.

    jsonschema: deque(['seed_examples', 1]) 'answer' is a required property
    -> 14:5 missing-field: found no 'answer' in seed_examples[2]; expected it beside 'question': add it.

Not covered: rules that no schema can say (``documented_rules.py``).
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from jsonschema import Draft202012Validator

from tasks.taxonomy_diff.plain_scalars import is_text_to_pyyaml
from tasks.taxonomy_diff.rules import FaultList, nearest
from tasks.taxonomy_diff.safe_yaml import Node

Step = str | int
FEW_RULES = {"seed_examples": "few-seed-examples", "questions_and_answers": "few-answers", "patterns": "few-patterns"}
TYPE_NAMES = {"string": "text", "array": "a list", "object": "a mapping", "integer": "a whole number"}
MERGE_KEY = " Merge keys are not part of YAML 1.2: write the values out."
PLAIN_NAMES = {"boolean": "a boolean", "number": "a number"}


def check_format(root: Node, data: Any, validator: Draft202012Validator, version: int, faults: FaultList) -> None:
    """Adds every fault that the schema finds in ``data``, and every text that should have been quoted."""
    seen: set[tuple[tuple[Step, ...], str]] = set()
    for error in validator.iter_errors(data):
        place = tuple(error.absolute_path)
        kind = str(error.validator)
        # jsonschema has one error per missing key; all keys of a mapping are told at once. The version was told before.
        if (place, kind) not in seen and place != ("version",):
            seen.add((place, kind))
            _add_fault(root, place, kind, error, version, faults)
    if version == 1 and 1 <= len(_items(root)) < 5:
        key = root.value["seed_examples"][0]
        message = f"found {len(_items(root))} seed examples; five or more are expected: add some."
        faults.add("few-seed-examples", key.line, key.column, message, milder="warning")
    _check_texts(root, validator.schema, (), faults)


def _items(root: Node) -> Sequence[Node]:
    _, examples = root.value.get("seed_examples", (None, None))
    return examples.value if examples is not None and examples.kind == "sequence" else ()


def _add_fault(root: Node, place: tuple[Step, ...], kind: str, error: Any, version: int, faults: FaultList) -> None:
    node, key = find_node(root, place)
    where = describe_place(place)
    if kind == "required":
        for name in error.validator_value:
            if name not in node.value:
                message = f"found no '{name}' in {where}; it is required: add '{name}:' with its value."
                faults.add("missing-field", node.line, node.column, message)
    elif kind == "additionalProperties":
        known = error.schema.get("properties", {})
        for name, (name_node, _) in node.value.items():
            if name not in known:
                advice = MERGE_KEY if name == "<<" else nearest(name, known)
                message = f"found the key {shown(name)} in {where}; expected {', '.join(known)}.{advice}"
                faults.add("unknown-field", name_node.line, name_node.column, message)
    elif kind == "type":
        _add_type_fault(node, where, str(error.validator_value), faults)
    elif kind == "minLength":
        faults.add("empty-text", node.line, node.column, f"found an empty text for {where}; expected at least one character.")
    elif kind == "minItems":
        _add_few_fault(node, key, place, error.validator_value, faults)
    elif kind == "uniqueItems":
        _add_duplicates(node, error.instance, where, version, faults)
    else:
        faults.add("wrong-type", node.line, node.column, f"{where}: {shown(error.message, 200)}")


def _add_type_fault(node: Node, where: str, expected: str, faults: FaultList) -> None:
    if expected == "string" and node.plain_type in PLAIN_NAMES:
        return  # _check_texts tells it, with the way out
    advice = ""
    if node.plain_type == "null":
        found = "nothing" if node.value == "" else f"null ({node.value})"
        advice = " (where it begins with #, put it in quotes)" if expected == "string" and node.value == "" else ""
    elif node.kind == "scalar":
        found = f"{PLAIN_NAMES.get(node.plain_type, 'the text')} {shown(node.value)}"
    else:
        found = {"mapping": "a mapping", "sequence": "a list"}[node.kind]
        advice = " (where it begins with [ or {, put it in quotes)" if expected == "string" else ""
    faults.add("wrong-type", node.line, node.column, f"found {found} for {where}; expected {TYPE_NAMES[expected]}{advice}.")


def _add_few_fault(node: Node, key: Node, place: tuple[Step, ...], least: int, faults: FaultList) -> None:
    name = str(place[-1])
    message = f"found {len(node.value)} {name.replace('_', ' ')}; expected at least {least}: add {least - len(node.value)} more."
    faults.add(FEW_RULES.get(name, "wrong-type"), key.line, key.column, message)


def _add_duplicates(node: Node, instance: Sequence[Any], where: str, version: int, faults: FaultList) -> None:
    for index, item in enumerate(instance):
        first = instance.index(item)
        if first < index:
            message = f"found {where}[{index + 1}] equal to [{first + 1}] in line {node.value[first].line}; remove one of them."
            child = node.value[index]
            faults.add("duplicate-item", child.line, child.column, message, milder="warning" if version == 1 else None)


def _check_texts(node: Node, schema: Any, place: tuple[Step, ...], faults: FaultList) -> None:
    """Walks the schema's texts: unquoted ones that are no text to some YAML reader, and blank ones."""
    kind = schema.get("type")
    if kind == "object" and node.kind == "mapping":
        for name, (_, value) in node.value.items():
            if name in schema["properties"]:
                _check_texts(value, schema["properties"][name], (*place, name), faults)
    elif kind == "array" and node.kind == "sequence":
        for index, item in enumerate(node.value):
            _check_texts(item, schema["items"], (*place, index), faults)
    elif kind == "string" and node.kind == "scalar" and node.plain_type != "null":
        _check_text(node, schema, describe_place(place), faults)


def _check_text(node: Node, schema: Any, where: str, faults: FaultList) -> None:
    if node.plain_type:
        reads = PLAIN_NAMES.get(node.plain_type, node.plain_type)
        message = (
            f"found the unquoted {shown(node.value)} for {where}, which YAML readers take for {reads}; "
            f"expected text: write '{shown_text(node.value)}' in quotes."
        )
        # what other tools take for text is no error here
        faults.add("unquoted-text", node.line, node.column, message, "warning" if is_text_to_pyyaml(node.value) else None)
    elif not node.value.strip() and (node.value or "minLength" not in schema):
        # version 1 lets a description be empty, and published files have such
        message = f"found only blanks for {where}; expected text."
        faults.add("blank-text", node.line, node.column, message, "warning" if "minLength" not in schema else None)


def find_node(root: Node, place: Iterable[Step]) -> tuple[Node, Node]:
    """The node at a place of the data, and the key it stands under (for list items: the item itself)."""
    node, key = root, root
    for step in place:
        if isinstance(step, str):
            key, node = node.value[step]
        else:
            node = key = node.value[step]
    return node, key


def describe_place(place: Sequence[Step]) -> str:
    """``('seed_examples', 0, 'question')`` -> ``seed_examples[1].question``: list items count from 1, as people do."""
    text = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".")
    return text or "the file"


def shown_text(value: object, limit: int = 60) -> str:
    """Untrusted text in one printable line."""
    text = "".join(c if c.isprintable() else " " for c in re.sub(r"\s+", " ", str(value)))
    return text if len(text) <= limit else text[: limit - 1] + "…"


def shown(value: object, limit: int = 60) -> str:
    """Untrusted text in one printable line, in quotes."""
    return f"'{shown_text(value, limit)}'"
