"""One ``qna.yaml`` -> what it says, and everything that is wrong with it, each with its line and column.

Place in the DAG: between the bytes that Git holds and every later step; nothing behind this module sees YAML. The formats are
the JSON Schema documents in ``schemas/qna``; what a schema cannot say is in ``documented_rules.py``.

    parse_leaf_node(LeafSource("knowledge/birds/qna.yaml", b"version: 3 ...", attribution=b"..."), Severities())
    -> ParsedLeaf(path="knowledge/birds", kind="knowledge", version=3, seeds=(Seed("Which birds ...?", ...), ...)), []

Not covered: documents (``documents.py``), and what depends on other leaf nodes.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator

from schemas.contracts import Fault
from schemas.records import LeafKind
from tasks.taxonomy_diff.documented_rules import check_documented_rules
from tasks.taxonomy_diff.rules import FaultList, Severities, is_valid
from tasks.taxonomy_diff.safe_yaml import Node, node_data, parse_yaml
from tasks.taxonomy_diff.schema_faults import check_format

KNOWLEDGE_ROOT = "knowledge"
SKILL_ROOTS = ("compositional_skills", "foundational_skills")
ROOTS = (KNOWLEDGE_ROOT, *SKILL_ROOTS)
KNOWN_SKILL_VERSIONS = (1, 2, 3)


@dataclass(frozen=True)
class LeafSource:
    """A leaf node's files. ``attribution`` is None where there is none, and where nobody looked (``look`` False)."""

    file: str
    content: bytes
    attribution: bytes | None = None
    look: bool = True

    @property
    def path(self) -> str:
        return self.file.rpartition("/")[0]


@dataclass(frozen=True)
class Seed:
    """One question with its answer, and the line and column that the question's key stands at."""

    question: str
    context: str | None
    answer: str
    line: int
    column: int


@dataclass(frozen=True)
class DocumentPin:
    """Which documents a knowledge leaf node pins. Places are (line, column): of repo, of commit, and of each pattern."""

    repo: str
    commit: str
    patterns: tuple[str, ...]
    repo_place: tuple[int, int]
    commit_place: tuple[int, int]
    pattern_places: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class ParsedLeaf:
    """A leaf node's content, whatever its format's version."""

    path: str
    file: str
    kind: LeafKind
    version: int
    description: str
    outline: str
    created_by: str
    seeds: tuple[Seed, ...]
    pin: DocumentPin | None

    def content(self) -> dict[str, Any]:
        """What its samples depend on, without lines: the same for edits of comments, blanks and quoting."""
        return {
            "path": self.path,
            "kind": self.kind,
            "description": self.description,
            "outline": self.outline,
            "seeds": [[s.question, s.context, s.answer] for s in self.seeds],
        }


def parse_leaf_node(source: LeafSource, severities: Severities) -> tuple[ParsedLeaf | None, list[Fault]]:
    """The leaf node and all its faults. It is None where a fault is an error: nothing invalid goes on."""
    faults = FaultList(source.file, severities)
    node, yaml_faults = parse_yaml(source.content)
    for fault in yaml_faults:
        faults.add(fault.rule, fault.line, fault.column, fault.message)
    leaf = None
    if node is None and not yaml_faults:
        faults.add("empty-file", 1, 1, "found nothing; expected version, created_by, seed_examples and the other fields.")
    elif node is not None:
        leaf = _read(source, node, faults)
    return (leaf if is_valid(faults.faults) else None), sorted(faults.faults, key=lambda f: (f.line, f.column, f.rule))


def _read(source: LeafSource, node: Node, faults: FaultList) -> ParsedLeaf | None:
    if node.kind != "mapping" or not node.value:
        rule = "empty-file" if node.plain_type == "null" or not node.value else "not-a-mapping"
        faults.add(
            rule, node.line, node.column, "found no keys; expected a mapping: version, created_by, seed_examples and so on."
        )
        return None
    is_knowledge = source.path.split("/")[0] == KNOWLEDGE_ROOT
    version = _read_version(node, is_knowledge, faults)
    if version is None:
        return None
    check_format(node, node_data(node), qna_validator(is_knowledge, version), version, faults)
    if not is_valid(f for f in faults.faults if faults.severities.of(f.rule) == "error" and _is_structural(f.rule)):
        return None
    leaf = _build(source, node, is_knowledge, version)
    check_documented_rules(source, leaf, node, faults)
    return leaf


def _is_structural(rule: str) -> bool:
    return rule in ("missing-field", "wrong-type", "yaml-key", "not-a-mapping")


def _read_version(node: Node, is_knowledge: bool, faults: FaultList) -> int | None:
    """The version of the format to check against; None where that format is not read."""
    value = node.value["version"][1] if "version" in node.value else None
    line, column = (value.line, value.column) if value else (1, 1)
    version = _whole_number(node_data(value)) if value else 1
    if is_knowledge and version in (1, 2):
        said = f"version {version}" if value else "no version, which means 1"
        message = (
            f"found {said}; knowledge is read in version 3 only, where every seed example has a context with three questions "
            "and answers and document_outline takes the place of task_description: rewrite the file as version 3."
        )
        faults.add("knowledge-version", line, column, message)
        return None
    if version not in ((3,) if is_knowledge else KNOWN_SKILL_VERSIONS):
        shown = repr(value.value)[:40] if value and value.kind == "scalar" else "a collection"
        expected = "3" if is_knowledge else "1, 2 or 3"
        faults.add("version-unknown", line, column, f"found version {shown}; expected the number {expected}, without quotes.")
        return 3  # so that all other faults are told too
    if version == 1:
        said = "version 1" if value else "no version, which means 1"
        message = f"found {said}; that format is deprecated: write 'version: 3' and at least five seed examples."
        faults.add("version-deprecated", line, column, message)
    return version


def _whole_number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _build(source: LeafSource, node: Node, is_knowledge: bool, version: int) -> ParsedLeaf:
    top: Mapping[str, tuple[Node, Node]] = node.value
    examples = [item.value for item in top["seed_examples"][1].value]
    seeds = _knowledge_seeds(examples) if is_knowledge else [_seed(item, _text(item, "context")) for item in examples]
    kind: LeafKind = "knowledge"
    if not is_knowledge:
        kind = "grounded_skill" if any(seed.context is not None for seed in seeds) else "freeform_skill"
    return ParsedLeaf(
        path=source.path,
        file=source.file,
        kind=kind,
        version=version,
        description=_text(top, "domain" if is_knowledge else "task_description") or "",
        outline=(_text(top, "document_outline") or "") if is_knowledge else "",
        created_by=_text(top, "created_by") or "",
        seeds=tuple(seeds),
        pin=_pin(top["document"][1].value) if is_knowledge else None,
    )


def _knowledge_seeds(examples: list[Mapping[str, tuple[Node, Node]]]) -> list[Seed]:
    return [
        _seed(pair.value, _text(example, "context")) for example in examples for pair in example["questions_and_answers"][1].value
    ]


def _seed(item: Mapping[str, tuple[Node, Node]], context: str | None) -> Seed:
    key = item["question"][0]
    return Seed(_text(item, "question") or "", context or None, _text(item, "answer") or "", key.line, key.column)


def _text(item: Mapping[str, tuple[Node, Node]], name: str) -> str | None:
    """A field as text, as it was written, without the blanks and line ends around it."""
    return item[name][1].value.strip() if name in item else None


def _pin(document: Mapping[str, tuple[Node, Node]]) -> DocumentPin:
    repo, commit, patterns = (document[name][1] for name in ("repo", "commit", "patterns"))
    return DocumentPin(
        repo=repo.value.strip(),
        commit=commit.value.strip(),
        patterns=tuple(p.value.strip() for p in patterns.value),
        repo_place=(repo.line, repo.column),
        commit_place=(commit.line, commit.column),
        pattern_places=tuple((p.line, p.column) for p in patterns.value),
    )


@cache
def qna_validator(is_knowledge: bool, version: int) -> Draft202012Validator:
    """The validator of one format. The schemas are ours, so they are checked in the tests, not here."""
    name = f"{'knowledge' if is_knowledge else 'skill'}_v{version}.json"
    return Draft202012Validator(json.loads((files("schemas") / "qna" / name).read_text("utf-8")))
