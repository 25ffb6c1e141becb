"""A new leaf node: a commented ``qna.yaml`` of the current version, with what labflow can know already filled in.

What only a human can write is left empty, so that ``labflow taxonomy check`` names each of it until it is there. The beginning of
one::

    # A knowledge leaf node, version 3. Fill in what is empty, then: labflow taxonomy check knowledge/birds/robins/qna.yaml
    version: 3
    created_by: ada
    domain: ""  # the field of knowledge, for example: ornithology

Source: the qna.yaml formats of InstructLab's taxonomy, version 3.

Not covered: writing questions; the document's repository (``pinning``).
"""

import re
from pathlib import PurePosixPath
from typing import Literal

import yaml

from schemas.errors import UsageError
from tasks.taxonomy_diff.pinning import Pin

NewKind = Literal["knowledge", "grounded-skill", "skill"]
TOPS: dict[NewKind, tuple[str, ...]] = {
    "knowledge": ("knowledge",),
    "grounded-skill": ("compositional_skills", "foundational_skills"),
    "skill": ("compositional_skills", "foundational_skills"),
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_PLAIN = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./@ -]*")
_ENTRIES, _PAIRS = 5, 3
"""The least that the format allows, and the most that a beginner wants to see."""


def place_of(kind: NewKind, path: str) -> str:
    """The leaf node's path inside the taxonomy, under the top directory of its kind.

    >>> place_of("knowledge", "birds/robins")
    'knowledge/birds/robins'

    Raises:
        UsageError: the path leaves the taxonomy, is under another kind's top, or has a name that would not travel.
    """
    parts = [part for part in PurePosixPath(path).parts if part != "."]
    if parts[-1:] == ["qna.yaml"]:
        parts.pop()
    tops = {top for names in TOPS.values() for top in names}
    if not parts or parts[0] not in tops:
        parts = [TOPS[kind][0], *parts]
    if parts[0] not in TOPS[kind]:
        raise UsageError(f"{path} is not a place for a {kind}: it belongs under {' or '.join(TOPS[kind])}.")
    wrong = next((part for part in parts if not _NAME.fullmatch(part)), None)
    if wrong is not None or len(parts) < 3:
        what = f"{wrong!r} is no name for a directory" if wrong is not None else f"{'/'.join(parts)} is too short"
        raise UsageError(f"{what}: write it like {TOPS[kind][0]}/birds/robins, with letters, digits, '-' and '_'.")
    return "/".join(parts)


def write_template(kind: NewKind, path: str, created_by: str, pin: Pin | None = None) -> str:
    """The text of the new ``qna.yaml``.

    Args:
        path: The leaf node's path, as ``place_of`` gives it.
        created_by: The contributor's user name; may be empty.
        pin: Where a knowledge leaf's document is; None: left to be filled in.
    """
    title = {"knowledge": "A knowledge leaf node", "grounded-skill": "A grounded skill", "skill": "A skill"}[kind]
    lines = [
        f"# {title}, version 3. Fill in what is empty, then: labflow taxonomy check {path}/qna.yaml",
        "version: 3",
        f"created_by: {_scalar(created_by)}  # your user name",
    ]
    if kind == "knowledge":
        lines += [
            'domain: ""  # the field of knowledge, for example: ornithology',
            'document_outline: ""  # what the document tells, in a sentence or two',
        ]
    else:
        lines.append('task_description: ""  # what the model shall be able to do, in a sentence')
    lines += ["", *_SEED_COMMENTS[kind], "seed_examples:"]
    for number in range(_ENTRIES):
        lines += _entry(kind, number + 1)
    if kind == "knowledge":
        lines += ["", *_document(pin)]
    return "\n".join(lines) + "\n"


_SEED_COMMENTS: dict[NewKind, tuple[str, ...]] = {
    "knowledge": (
        "# At least five passages of the document, word for word, of up to 500 tokens each; about each at least three questions",
        "# that a reader could ask without seeing it, with answers that stand in it. Some of them are kept for the exam.",
    ),
    "grounded-skill": (
        "# At least five examples: a text to work on, what is asked about it, and the answer. Make them different.",
    ),
    "skill": ("# At least five examples of what is asked and how it is answered. Make them different.",),
}


def _entry(kind: NewKind, number: int) -> list[str]:
    if kind == "knowledge":
        pairs = ['      - question: ""', '        answer: ""'] * _PAIRS
        return [f"  # passage {number}", "  - context: |", "", "    questions_and_answers:", *pairs]
    context = ["  - context: |", "", '    question: ""'] if kind == "grounded-skill" else ['  - question: ""']
    return [f"  # example {number}", *context, '    answer: ""']


def _document(pin: Pin | None) -> list[str]:
    repo, commit, patterns = (pin.repo, pin.commit, pin.patterns) if pin else ("", "", ("*.md",))
    return [
        "# Which files of which commit of which Git repository; after an edit of the document: labflow taxonomy pin",
        "document:",
        f"  repo: {_scalar(repo)}  # an https address, or ../name for a repository beside the taxonomy",
        f"  commit: {_scalar(commit)}",
        "  patterns:",
        *(f"    - {_scalar(pattern)}" for pattern in patterns),
    ]


def _scalar(text: str) -> str:
    """The text as a YAML scalar on one line."""
    style = None if _PLAIN.fullmatch(text) and not text.isdigit() else '"'  # double quotes escape whatever is no plain text
    dumped: str = yaml.safe_dump(text, default_style=style, width=10**6, allow_unicode=True)
    return dumped.removesuffix("...\n").strip()
