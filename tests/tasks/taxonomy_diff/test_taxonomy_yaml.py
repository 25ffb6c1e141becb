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
from tasks.taxonomy_diff.plain_scalars import CORE_FLOAT, CORE_INT
from tasks.taxonomy_diff.rules import RULES, Severities
from tasks.taxonomy_diff.safe_yaml import MAX_BYTES, MAX_DEPTH, node_data, parse_yaml

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"])).filter(
        lambda text: not CORE_INT.fullmatch(text) and not CORE_FLOAT.fullmatch(text)  # 1e3: text to the writer, of YAML 1.1
    ),
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


def test_aliases_that_repeat_much_text_or_nest_deep_are_refused() -> None:
    large = f"a: &a {'w ' * 100_000}\nb:\n" + "  - *a\n" * 3
    assert rules_of(large.encode()) == ["yaml-limits"]
    assert rules_of(large.replace("  - *a\n", "", 2).encode()) == []
    deep = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [[[*a{i - 1}]]]\n" for i in range(1, 20))
    assert rules_of(deep.encode()) == ["yaml-limits"]


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


@pytest.mark.parametrize("escape", ["\\0", "\\e[31m", "\\x07", "\\ud800", "\\x7f"])
def test_escaped_control_characters_are_refused_too(escape: str) -> None:
    assert rules_of(f'a: "b{escape}c"'.encode()) == ["yaml-encoding"]


@pytest.mark.parametrize(
    ("wrong", "place", "advice"),
    [
        ("version 3\na: b", (2, 2), "check the indentation, and the line before for its colon"),
        ("a: b\nc d\ne: f", (2, 1), "write a colon and a blank after the key"),
        ("a: b\nc:d\ne: f", (2, 1), "write a colon and a blank after the key"),
        ("a:\n\tb: c", (2, 1), "indent with blanks, not with tabs"),
        ("a: see: here", (1, 7), "put a text that holds ': ' in quotes"),
        ("a: 'it's'", (1, 8), "inside single quotes write the quote twice"),
        ('a: "open\nb: c', (1, 4), "close the quote that opens here"),
        ("a: **bold**", (1, 5), "put a text that begins with * in quotes"),
        ("a: @me", (1, 4), "put a text that begins with this character in quotes"),
        ("a: b\n<<<<<<< HEAD\nc: d\n", (2, 1), "keep one side and remove the marks"),
    ],
)
def test_ordinary_mistake_is_told_where_it_is_and_how_to_mend_it(wrong: str, place: tuple[int, int], advice: str) -> None:
    _, faults = parse_yaml(wrong.encode())
    assert [(fault.rule, fault.line, fault.column) for fault in faults] == [("yaml-syntax", *place)]
    assert advice in faults[0].message


@pytest.mark.parametrize(
    ("answer", "severity"),
    [("yes", "error"), ("12", "error"), ("12:30:45", "error"), ("2026-01-02", "error"), ("1_000", "error"), ("0b101", "error")]
    + [(text, "warning") for text in ("1e3", "0o17", "08", "0E0", "y", "N")]
    + [(text, None) for text in ("09:40", "2026-1-2", "1,000", "50%", "v1.0", "1.2.3", "12/3")],
)
def test_unquoted_text_that_other_tools_take_for_text_is_no_error(answer: str, severity: str | None) -> None:
    text = skill().replace("The answer is number 1.", answer)
    leaf, faults = parse_leaf_node(LeafSource("compositional_skills/x/qna.yaml", text.encode(), b"CC0"), Severities())
    assert [(fault.rule, fault.severity, fault.line) for fault in faults] == (
        [("unquoted-text", severity, 8)] if severity else []
    )
    assert leaf is None or leaf.seeds[1].answer == answer


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
