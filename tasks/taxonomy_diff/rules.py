"""Every rule of a leaf node by its id, with the severity it has unless ``taxonomy.rules`` says otherwise.

A rule is *fixed* where nothing usable is left when it is broken (a text that is not YAML) or where ignoring it would be
unsafe (a pattern that leaves the repository): its severity cannot be changed. All others can be ``error``, ``warning`` or
``off``.

Place in the DAG: what ``taxonomy_diff`` checks leaf nodes against. Source: the qna.yaml formats' documentation; defaults
follow what other tools accept: what they accept is at most a warning here, what is plainly broken is an error.

    Rule("few-seed-examples", "error", "fewer than five seed examples (version 1: a warning)")
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from schemas.contracts import Fault
from schemas.errors import UsageError
from schemas.settings import Severity


@dataclass(frozen=True)
class Rule:
    """One rule: its id, its default severity, and what breaks it."""

    id: str
    severity: Severity
    breaks: str
    fixed: bool = False


RULES: dict[str, Rule] = {
    rule.id: rule
    for rule in (
        # the file as a file
        Rule("file-too-large", "error", "the file is larger than 512 KiB", fixed=True),
        Rule("file-symlink", "error", "the qna.yaml is a symbolic link", fixed=True),
        Rule("file-missing", "error", "a path that was asked for is not there", fixed=True),
        Rule("path-encoding", "error", "the leaf node's path is not UTF-8, or holds a control character", fixed=True),
        Rule("qna-yml", "warning", "a qna.yml, which is not read: the name is qna.yaml"),
        Rule("outside-roots", "warning", "a qna.yaml outside knowledge/, compositional_skills/ and foundational_skills/"),
        Rule("submodule", "warning", "a submodule below a root: its files are not read"),
        # the text as YAML
        Rule("yaml-encoding", "error", "not UTF-8, or a NUL or other control character, escaped or not", fixed=True),
        Rule("yaml-syntax", "error", "not YAML", fixed=True),
        Rule("yaml-limits", "error", "nesting too deep, or aliases that multiply", fixed=True),
        Rule("yaml-tag", "error", "a tag such as !!python/object", fixed=True),
        Rule("yaml-key", "error", "a key that is not text", fixed=True),
        Rule("yaml-duplicate-key", "error", "a key twice in one mapping", fixed=True),
        # the format
        Rule("empty-file", "error", "nothing in the file", fixed=True),
        Rule("not-a-mapping", "error", "the file is not a mapping of keys to values", fixed=True),
        Rule("version-unknown", "error", "a version that no format has", fixed=True),
        Rule("knowledge-version", "error", "knowledge of version 1 or 2, whose format is no longer read", fixed=True),
        Rule("version-deprecated", "warning", "a skill of version 1, or without a version"),
        Rule("missing-field", "error", "a required key is absent", fixed=True),
        Rule("wrong-type", "error", "text where a list is expected, and the like", fixed=True),
        Rule("empty-text", "error", "a text of no characters", fixed=True),
        Rule("blank-text", "error", "a text of blanks only"),
        Rule("unknown-field", "error", "a key that the format does not have"),
        Rule("unquoted-text", "error", "an unquoted yes, date or number where text is expected (1e3, 08, y: a warning)"),
        Rule("few-seed-examples", "error", "fewer than five seed examples (version 1: a warning)"),
        Rule("few-answers", "error", "fewer than three questions and answers for a context"),
        Rule("few-patterns", "error", "no pattern of documents", fixed=True),
        Rule("duplicate-item", "error", "the same seed example, answer or pattern twice (version 1: a warning)"),
        # documented, and enforced by nobody else
        Rule("duplicate-question", "warning", "the same question twice in one file"),
        Rule("mixed-grounding", "warning", "some seed examples of a skill have a context and some have none"),
        Rule("context-tokens", "warning", "a context of more than 500 tokens"),
        Rule("words-total", "warning", "more than 2,300 words of questions and answers in all"),
        Rule("attribution-missing", "warning", "no attribution.txt beside the qna.yaml"),
        Rule("attribution-empty", "warning", "an attribution.txt without text"),
        Rule("commit-not-full", "warning", "a commit that is not a full commit id"),
        Rule("repo-not-https", "warning", "a repository by http, which is fetched by https instead"),
        # documents, unsafe or absent
        Rule("repo-refused", "error", "a repository address that is not fetched from", fixed=True),
        Rule("commit-refused", "error", "a commit that cannot be a commit's name", fixed=True),
        Rule("pattern-refused", "error", "a pattern that leaves the repository", fixed=True),
        Rule("document-missing", "error", "the repository, its commit, or a file that matches is not there", fixed=True),
        Rule(
            "document-unreadable",
            "error",
            "a document that is too large, of an unknown format, or cannot be converted",
            fixed=True,
        ),
    )
}


class Severities:
    """The severity of each rule: the defaults with the user's changes.

    Raises:
        UsageError: a rule that does not exist (the nearest is named), or one that cannot be changed.
    """

    def __init__(self, changes: Mapping[str, Severity] | None = None) -> None:
        self.changes = dict(changes or {})
        for rule_id, severity in self.changes.items():
            if rule_id not in RULES:
                raise UsageError(f"taxonomy.rules: there is no rule {rule_id!r}.{nearest(rule_id, RULES)}")
            if RULES[rule_id].fixed and severity != RULES[rule_id].severity:
                raise UsageError(
                    f"taxonomy.rules: {rule_id!r} ({RULES[rule_id].breaks}) is always an {RULES[rule_id].severity}; remove it."
                )

    def of(self, rule_id: str, default: Severity | None = None) -> Severity:
        """The rule's severity; ``default`` where a format is milder than the rule."""
        return self.changes.get(rule_id) or default or RULES[rule_id].severity


@dataclass
class FaultList:
    """The faults of one file as they are found; rules that are off leave none."""

    path: str
    severities: Severities

    def __post_init__(self) -> None:
        self.faults: list[Fault] = []

    def add(
        self, rule: str, line: int, column: int, message: str, milder: Literal["warning"] | None = None, path: str | None = None
    ) -> None:
        """Notes one fault. Lines and columns count from 1; ``milder`` lowers the default severity."""
        severity = self.severities.of(rule, milder)
        if severity != "off":
            place = printable_path(path or self.path)
            self.faults.append(Fault(path=place, line=line, column=column, rule=rule, severity=severity, message=message))


def printable_path(path: str) -> str:
    """The path for a person and for JSON: bytes that are not UTF-8 and control characters as ``\\xNN``."""
    raw = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in raw)


def is_valid(faults: Iterable[Fault]) -> bool:
    """Whether none of the faults is an error."""
    return all(fault.severity != "error" for fault in faults)


def nearest(word: str, known: Iterable[str]) -> str:
    """`` Did you mean 'answer'?``, or nothing where no known word is near."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f" Did you mean {found[0]!r}?" if found else ""
