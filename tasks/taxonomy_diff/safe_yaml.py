"""Reads a ``qna.yaml`` that a stranger wrote: every value with its line and column, YAML 1.2's meaning, no surprises.

The YAML library only splits the text into events (libyaml where it can, the slower Python parser for the few texts that
libyaml rejects); the tree is built here, with limits on size, depth and aliases, so that no text can exhaust memory or stack.
Tags are refused: nothing is ever constructed but text, numbers, true, false, null, lists and mappings.

Place in the DAG: the first step of every leaf node. Source: the YAML 1.2.2 specification, section 10.3 (core schema).

    parse_yaml(b"version: 3\\ncreated_by: yes\\n")
    -> Node(mapping): version -> 3 at 1:10, created_by -> "yes" at 2:13, marked: "a boolean" to readers of YAML 1.1

Not covered: several documents in one file (refused), merge keys (``<<`` is a key like any other, as in YAML 1.2).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import yaml

from tasks.taxonomy_diff.plain_scalars import core_value, plain_type

MAX_BYTES = 524_288
MAX_DEPTH = 24
MAX_NODES = 6_000  # about 1,400 questions; real leaf nodes have up to 120 values
PYTHON_PARSER_MAX_BYTES = 131_072  # it reads about 0.2 MB a second: a larger text that libyaml rejects is not tried again

ADVICE = (
    ("character '\\t'", "indent with blanks, not with tabs"),
    ("cannot start any token", "put a text that begins with this character in quotes"),
    (
        "mapping values are not allowed",
        "put a text that holds ': ' in quotes; check the indentation, and the line before for its colon",
    ),
    ("could not find expected ':'", "write a colon and a blank after the key"),
    ("scanning a quoted scalar", "close the quote that opens here"),
    ("found '<scalar>'", "nothing may follow a closing quote: inside single quotes write the quote twice"),
    ("scanning an alias", "put a text that begins with * in quotes"),
    ("scanning an anchor", "put a text that begins with & in quotes"),
    ("<block mapping start>", "begin all keys of a mapping in the same column"),
)
"""What to do, by words of the YAML library's own message."""
CONFLICT = re.compile(r"^<{7} ", re.MULTILINE)
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(slots=True)
class Node:
    """A value with its place. ``plain_type`` names what an unquoted text would be to some YAML reader, '' for plain text.

    ``value`` is a dict of key to (key node, value node), a list of nodes, or the scalar's text.
    """

    kind: Literal["mapping", "sequence", "scalar"]
    value: Any
    line: int
    column: int
    plain_type: str = ""


@dataclass(frozen=True)
class YamlFault:
    """Why a text is not read, or what is doubtful in it. ``rule`` is an id of ``rules.py``."""

    rule: str
    line: int
    column: int
    message: str


@dataclass
class _Composer:
    """Builds nodes from events without recursion: the stack is a list, so depth costs no C or Python stack."""

    faults: list[YamlFault] = field(default_factory=list)
    anchors: dict[str, tuple[Node, "_Extent"]] = field(default_factory=dict)
    nodes: int = 0
    aliased: int = 0

    def compose(self, events: Iterator[yaml.Event]) -> Node | None:
        """The document's root node, or None where it has none. Raises _Refused at the first thing that cannot be built."""
        root: Node | None = None
        stack: list[tuple[Node, list[Node], str | None]] = []  # open collection, its children so far, its anchor
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent) and root is not None:
                raise _refusal("yaml-syntax", event, "found a second document; a qna.yaml is one document: remove the '---'.")
            node: Node | None = None
            if isinstance(event, yaml.ScalarEvent):
                node = self._scalar(event)
            elif isinstance(event, yaml.AliasEvent):
                node = self._alias(event, len(stack))
            elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                self._refuse_tag(event)
                if len(stack) >= MAX_DEPTH:
                    raise _refusal("yaml-limits", event, f"found more than {MAX_DEPTH} levels of nesting; a qna.yaml has 5.")
                kind: Literal["mapping", "sequence"] = "mapping" if isinstance(event, yaml.MappingStartEvent) else "sequence"
                opened = Node(kind, None, *_start(event))
                self._count(event)
                stack.append((opened, [], event.anchor))
                continue
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                node, children, anchor = stack.pop()
                node.value = children if node.kind == "sequence" else self._mapping(children)
                if anchor:
                    self.anchors[anchor] = (node, _extent(node))
            if node is not None:
                if stack:
                    stack[-1][1].append(node)
                else:
                    root = node
        return root

    def _count(self, event: yaml.Event, size: int = 1) -> None:
        self.nodes += size
        if self.nodes > MAX_NODES:
            raise _refusal(
                "yaml-limits", event, f"found more than {MAX_NODES:,} values once aliases are followed; split the leaf."
            )

    def _refuse_tag(self, event: Any) -> None:
        if event.tag is not None:
            raise _refusal("yaml-tag", event, f"found the tag {_shown(event.tag)}; tags are not read: remove it.")

    def _scalar(self, event: yaml.ScalarEvent) -> Node:
        if event.tag is not None and event.tag != "!":
            self._refuse_tag(event)
        self._count(event)
        if event.style == '"' and (bad := FORBIDDEN.search(event.value)):
            message = f"found an escape for the control character U+{ord(bad[0]):04X}; remove it."
            raise _refusal("yaml-encoding", event, message)
        plain = "" if event.style else plain_type(event.value)
        node = Node("scalar", event.value, *_start(event), plain)
        if event.anchor:
            self.anchors[event.anchor] = (node, _extent(node))
        return node

    def _alias(self, event: yaml.AliasEvent, depth: int) -> Node:
        if event.anchor not in self.anchors:
            message = f"found the alias *{_shown(event.anchor)} without its anchor; put a text that begins with * in quotes."
            raise _refusal("yaml-syntax", event, message)
        node, extent = self.anchors[event.anchor]
        self._count(event, extent.nodes)
        self.aliased += extent.characters
        if depth + extent.depth > MAX_DEPTH or self.aliased > MAX_BYTES:
            raise _refusal(
                "yaml-limits", event, "found aliases that nest too deep or repeat too much text; write the values out."
            )
        return node

    def _mapping(self, children: list[Node]) -> dict[str, tuple[Node, Node]]:
        found: dict[str, tuple[Node, Node]] = {}
        for key, value in zip(children[::2], children[1::2], strict=True):
            name = key.value if key.kind == "scalar" else None
            if name is None:
                self.faults.append(
                    YamlFault("yaml-key", key.line, key.column, "found a list or mapping as a key; expected text.")
                )
            elif name in found:
                first = found[name][0]
                message = f"found the key {_shown(name)} again (first in line {first.line}); keep one of them."
                self.faults.append(YamlFault("yaml-duplicate-key", key.line, key.column, message))
            else:
                found[name] = (key, value)
        return found


@dataclass(frozen=True)
class _Extent:
    """How large a value is once aliases are followed."""

    nodes: int
    depth: int
    characters: int


class _Refused(Exception):
    def __init__(self, fault: YamlFault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def parse_yaml(content: bytes) -> tuple[Node | None, list[YamlFault]]:
    """The root node and what is wrong. The root is None where the text could not be read at all, or is empty.

    Args:
        content: A file's bytes. More than ``MAX_BYTES`` are refused unread.
    """
    if len(content) > MAX_BYTES:
        message = f"found {len(content):,} bytes; at most {MAX_BYTES:,} are read: split the leaf node."
        return None, [YamlFault("file-too-large", 1, 1, message)]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, len(before[before.rfind(b"\n") + 1 :].decode("utf-8-sig")) + 1
        message = f"found the byte 0x{content[error.start]:02x}, which is not UTF-8; save the file as UTF-8."
        return None, [YamlFault("yaml-encoding", line, column, message)]
    if bad := FORBIDDEN.search(text):
        line, column = _place(text, bad.start())
        message = f"found the control character U+{ord(bad[0]):04X}; remove it."
        return None, [YamlFault("yaml-encoding", line, column, message)]
    return _compose(text)


def _compose(text: str) -> tuple[Node | None, list[YamlFault]]:
    loaders: list[Any] = [yaml.CSafeLoader] if hasattr(yaml, "CSafeLoader") else []
    if not loaders or len(text) <= PYTHON_PARSER_MAX_BYTES:
        loaders.append(yaml.SafeLoader)
    fault: YamlFault | None = None
    for loader in loaders:
        composer = _Composer()
        try:
            return composer.compose(yaml.parse(text, Loader=loader)), composer.faults
        except _Refused as refused:
            return None, [*composer.faults, refused.fault]
        except yaml.YAMLError as error:
            fault = _syntax_fault(error)
        except RecursionError:  # the Python parser's, on nothing that was seen yet; never a crash
            fault = YamlFault("yaml-limits", 1, 1, "found nesting that cannot be read; a qna.yaml has 5 levels.")
    if marker := CONFLICT.search(text):
        line, column = _place(text, marker.start())
        fault = YamlFault("yaml-syntax", line, column, "found Git's mark of a conflict; keep one side and remove the marks.")
    return None, [fault] if fault else []


def node_data(node: Node) -> Any:
    """The value as JSON Schema sees it. Unquoted text that YAML 1.2 reads as text is text, whatever YAML 1.1 made of it."""
    if node.kind == "mapping":
        return {name: node_data(value) for name, (_, value) in node.value.items()}
    if node.kind == "sequence":
        return [node_data(item) for item in node.value]
    return core_value(node.value) if node.plain_type in ("null", "boolean", "number") else node.value


def _extent(node: Node) -> _Extent:
    """Size, depth and text below and with ``node``, aliases followed (bounded: children were counted when they were made)."""
    nodes, deepest, characters, waiting = 0, 0, 0, [(node, 1)]
    while waiting and nodes <= MAX_NODES:
        current, depth = waiting.pop()
        nodes += 1
        if current.kind == "scalar":
            characters += len(current.value)
            continue
        deepest = max(deepest, depth)
        children = current.value if current.kind == "sequence" else [n for pair in current.value.values() for n in pair]
        waiting.extend((child, depth + 1) for child in children)
    return _Extent(nodes, deepest, characters)


def _start(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)


def _refusal(rule: str, event: yaml.Event, message: str) -> _Refused:
    return _Refused(YamlFault(rule, *_start(event), message))


def _syntax_fault(error: yaml.YAMLError) -> YamlFault:
    problem = getattr(error, "problem", None) or str(error)
    context = getattr(error, "context", None)
    marks = [getattr(error, "problem_mark", None), getattr(error, "context_mark", None)]
    if "end of" in problem or "expected ':'" in problem:
        marks.reverse()  # where the quote or the key begins helps; where the parser noticed does not
    mark = next((mark for mark in marks if mark is not None), None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    said = f"{context}, {problem}" if context else problem
    advice = next((advice for words, advice in ADVICE if words in said), "check indentation, quotes and colons")
    return YamlFault("yaml-syntax", line, column, f"this is not YAML: {_shown(said, 160)}; {advice}.")


def _place(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1


def _shown(value: object, limit: int = 60) -> str:
    """Untrusted text in one printable line."""
    text = "".join(c if c.isprintable() else "?" for c in str(value))
    return text if len(text) <= limit else text[: limit - 1] + "…"
