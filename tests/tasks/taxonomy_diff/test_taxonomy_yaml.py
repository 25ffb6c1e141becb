"""A qna.yaml is read as YAML 1.2 with places, within limits; no bytes can crash the reader or make it build anything but data."""

import time
from typing import Any

import pytest
import yaml
from git_taxonomies import knowledge, skill
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.taxonomy_diff.exam_split import split_exam
from tasks.taxonomy_diff.leaf_node import LeafSource, parse_leaf_node
from tasks.taxonomy_diff.rules import RULES, Severities
from tasks.taxonomy_diff.safe_yaml import MAX_BYTES, MAX_DEPTH, node_data, parse_yaml

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcdef ", min_size=1, max_size=6), inner, max_size=4),
    max_leaves=20,
)


def rules_of(content: bytes) -> list[str]:
    return [fault.rule for fault in parse_yaml(content)[1]]


def data_of(text: str) -> Any:
    root, faults = parse_yaml(text.encode())
    assert root is not None, faults
    return node_data(root)


@given(PLAIN)
def test_what_a_yaml_writer_wrote_is_read_back(value: Any) -> None:
    text = yaml.safe_dump(value, allow_unicode=True)
    root, faults = parse_yaml(text.encode())
    assert faults == []
    assert root is not None
    assert node_data(root) == value


@settings(max_examples=300)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_data_or_faults_within_the_text(content: bytes) -> None:
    _, faults = parse_yaml(content)
    lines = content.decode("utf-8", "replace").splitlines() or [""]
    for fault in faults:
        assert 1 <= fault.line <= len(lines) + 2
        assert fault.column >= 1
        assert fault.message.isprintable()
    _, told = parse_leaf_node(LeafSource("knowledge/x/qna.yaml", content), Severities())
    assert any(fault.severity == "error" for fault in told)


@pytest.mark.parametrize(
    "text", ["yes", "No", "on", "OFF", "y", "2026-01-02", "12:30", "1_000", "0777", "1e3", "~", "null", ".inf"]
)
def test_plain_words_mean_what_yaml_1_2_says(text: str) -> None:
    expected = {"0777": 777, "1e3": 1000.0, "~": None, "null": None, ".inf": float("inf")}
    assert data_of(f"answer: {text}") == {"answer": expected.get(text, text)}


def test_places_count_characters_from_one() -> None:
    root, _ = parse_yaml("größe: «ä»\nb:\n  - c".encode())
    assert root is not None
    key, value = root.value["größe"]
    assert ((key.line, key.column), (value.line, value.column)) == ((1, 1), (1, 8))
    item = root.value["b"][1].value[0]
    assert (item.line, item.column) == (3, 5)


def test_bom_is_no_part_of_the_first_key() -> None:
    assert data_of("\ufeffversion: 3") == {"version": 3}


def test_alias_bomb_is_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    start = time.process_time()
    assert rules_of("\n".join(lines).encode()) == ["yaml-limits"]
    assert time.process_time() - start < 2


def test_alias_to_itself_is_refused() -> None:
    assert rules_of(b"a: &a [*a]") == ["yaml-syntax"]


def test_harmless_alias_is_followed() -> None:
    assert data_of("a: &x text\nb: *x") == {"a": "text", "b": "text"}


@pytest.mark.parametrize("opened", ["[", "{a: ", "- ", "? "])
def test_deep_nesting_is_refused_without_using_the_stack(opened: str) -> None:
    assert rules_of((opened * 50_000).encode()) == ["yaml-limits"]
    assert rules_of(("[" * MAX_DEPTH + "]" * MAX_DEPTH).encode()) == []


def test_huge_file_is_refused_unread() -> None:
    assert rules_of(b"a" * (MAX_BYTES + 1)) == ["file-too-large"]


@pytest.mark.parametrize(
    "content", [b"a: \0", b"a: \x1b[31m", b"a: \xff", "a: \ud800".encode("utf-8", "surrogatepass"), b"a: \x7f"]
)
def test_control_characters_and_other_encodings_are_refused(content: bytes) -> None:
    assert rules_of(content) == ["yaml-encoding"]


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system ['id']", "!!python/name:os.system x", "!custom x", "!!binary aGk=", "!!set {a}"]
)
def test_tags_are_refused(tag: str) -> None:
    assert rules_of(f"a: {tag}".encode()) == ["yaml-tag"]


def test_duplicate_keys_are_told_and_the_first_counts() -> None:
    root, faults = parse_yaml(b"a: 1\nb: 2\na: 3\n")
    assert [(fault.rule, fault.line, fault.column) for fault in faults] == [("yaml-duplicate-key", 3, 1)]
    assert root is not None
    assert node_data(root) == {"a": 1, "b": 2}


def test_second_document_is_refused() -> None:
    assert rules_of(b"a: 1\n---\nb: 2\n") == ["yaml-syntax"]


def test_text_that_libyaml_rejects_but_yaml_allows_is_read() -> None:
    text = "a: |\n \tindented by a tab\n"
    with pytest.raises(yaml.YAMLError):
        list(yaml.parse(text, Loader=yaml.CSafeLoader))
    assert data_of(text) == {"a": "\tindented by a tab\n"}


def test_template_syntax_stays_text() -> None:
    nasty = "'{{ config.items() }} {% for x in y %} ${HOME} $(id) `id` <script>'"
    leaf, faults = parse_leaf_node(
        LeafSource("compositional_skills/x/qna.yaml", skill(*[f"{nasty[:-1]} {i}'" for i in range(5)]).encode(), b"CC0"),
        Severities(),
    )
    assert faults == []
    assert leaf is not None
    assert leaf.seeds[0].question == nasty[1:-1] + " 0"


NOISE = (
    st.none()
    | st.booleans()
    | st.integers(0, 5)
    | st.text("ab {}'", max_size=4)
    | st.lists(st.text("ab", max_size=2), max_size=2)
)


@st.composite
def damaged_leaves(draw: st.DrawFn) -> tuple[str, bytes]:
    """A valid leaf node in which some values are replaced, and some keys or items are gone."""
    root = draw(st.sampled_from(["knowledge", "compositional_skills"]))
    text = knowledge("https://example.org/a/b", "a" * 40) if root == "knowledge" else skill(context="About")
    data = yaml.safe_load(text)
    for _ in range(draw(st.integers(1, 4))):
        parent, step = None, None
        place = data
        while isinstance(place, (dict, list)) and place and (parent is None or draw(st.integers(0, 3))):
            parent, step = place, draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
            place = parent[step]
        if parent is None:
            break
        if draw(st.booleans()):
            parent[step] = draw(NOISE)
        else:
            del parent[step]
    return f"{root}/x/qna.yaml", yaml.safe_dump(data).encode()


@settings(max_examples=200, deadline=None)
@given(damaged_leaves(), st.sets(st.sampled_from([rule.id for rule in RULES.values() if not rule.fixed])))
def test_damaged_leaf_node_is_a_leaf_node_or_has_an_error_whatever_the_severities(
    damaged: tuple[str, bytes], off: set[str]
) -> None:
    leaf, faults = parse_leaf_node(LeafSource(*damaged, b"CC0"), Severities(dict.fromkeys(off, "off")))
    assert (leaf is None) == any(fault.severity == "error" for fault in faults)
    assert not off & {fault.rule for fault in faults}
    if leaf is not None:
        assert len(split_exam([leaf], 0.3)[leaf.path]) == len(leaf.seeds)
