"""The rules that the formats' documentation states and no schema can say.

Place in the DAG: called by ``leaf_node.py`` once a file has the right shape. Source: the documentation of the qna.yaml
formats: a context of at most 500 tokens, about 2,300 words of questions and answers, an attribution.txt, full commit ids,
https addresses.

    21:7 duplicate-question: found the question of line 9 again; the exam counts it once: ask something else.

Not covered: whether documents exist and match (``documents.py``).
"""

from typing import TYPE_CHECKING

from tasks.taxonomy_diff.document_address import FULL_COMMIT, RefusedError, check_address, check_commit_name, check_pattern
from tasks.taxonomy_diff.question_text import normalise_question
from tasks.taxonomy_diff.rules import FaultList
from tasks.taxonomy_diff.safe_yaml import Node
from tasks.taxonomy_diff.token_counting import count_tokens

if TYPE_CHECKING:
    from tasks.taxonomy_diff.leaf_node import DocumentPin, LeafSource, ParsedLeaf

MAX_CONTEXT_TOKENS = 500
MAX_WORDS = 2_300


def check_documented_rules(source: "LeafSource", leaf: "ParsedLeaf", root: Node, faults: FaultList) -> None:
    """Adds a fault for every documented rule that the leaf node breaks."""
    _check_questions(leaf, faults)
    _check_contexts(leaf, root, faults)
    _check_attribution(source, faults)
    words = sum(len(seed.question.split()) + len(seed.answer.split()) for seed in leaf.seeds)
    if words > MAX_WORDS:
        key = root.value["seed_examples"][0]
        message = (
            f"found {words:,} words of questions and answers; about {MAX_WORDS:,} are expected at most: shorten or split it."
        )
        faults.add("words-total", key.line, key.column, message)
    if leaf.pin is not None:
        _check_pin(leaf.pin, faults)


def _check_pin(pin: "DocumentPin", faults: FaultList) -> None:
    """What can be said without asking anyone; what the server has is said when documents are fetched."""
    checks = [(check_address, pin.repo, pin.repo_place), (check_commit_name, pin.commit, pin.commit_place)]
    checks += [(check_pattern, *each) for each in zip(pin.patterns, pin.pattern_places, strict=True)]
    for check, text, place in checks:
        try:
            check(text)
        except RefusedError as error:
            faults.add(error.rule, *place, str(error))
            continue
        if check is check_commit_name and not FULL_COMMIT.fullmatch(text):
            message = (
                "found no full commit id; expected 40 hex digits, so that the document cannot change: git rev-parse tells it."
            )
            faults.add("commit-not-full", *place, message)
        elif check is check_address and text.lower().startswith("http://"):
            faults.add("repo-not-https", *place, "found http; it is fetched by https: write 'https://'.")


def _check_questions(leaf: "ParsedLeaf", faults: FaultList) -> None:
    first_line: dict[tuple[str, str], int] = {}
    for seed in leaf.seeds:
        # A grounded skill may well ask the same of another context: "Summarise this text."
        about = normalise_question(seed.context or "") if leaf.kind == "grounded_skill" else ""
        asked = (normalise_question(seed.question), about)
        if asked in first_line:
            message = f"found the question of line {first_line[asked]} again; one of them is enough: ask something else."
            faults.add("duplicate-question", seed.line, seed.column, message)
        first_line.setdefault(asked, seed.line)


def _check_contexts(leaf: "ParsedLeaf", root: Node, faults: FaultList) -> None:
    examples = root.value["seed_examples"][1].value
    contexts = [example.value["context"] for example in examples if "context" in example.value]
    for key, value in contexts:
        tokens = count_tokens(value.value)
        if tokens > MAX_CONTEXT_TOKENS:
            message = f"found a context of {tokens:,} tokens; at most {MAX_CONTEXT_TOKENS} are expected: shorten it."
            faults.add("context-tokens", key.line, key.column, message)
    if leaf.kind != "knowledge" and contexts and len(contexts) < len(examples):
        bare = next(example for example in examples if "context" not in example.value)
        message = f"found a seed example without a context among {len(contexts)} with one; split the skill in two leaf nodes."
        faults.add("mixed-grounding", bare.line, bare.column, message)


def _check_attribution(source: "LeafSource", faults: FaultList) -> None:
    if not source.look:
        return
    if source.attribution is None:
        message = "found no attribution.txt beside it; add one that names sources and licences."
        faults.add("attribution-missing", 1, 1, message)
    elif not source.attribution.strip():
        message = "found nothing in it; expected titles, sources and licences of what the leaf node was made from."
        faults.add("attribution-empty", 1, 1, message, path=f"{source.path}/attribution.txt")
