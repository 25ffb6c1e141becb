"""The stage as a whole: dataset files of the current curriculum, keys by content, and what happens to invalid leaf nodes."""

import json
from pathlib import Path

import pytest
from git_taxonomies import MANUAL, GitFolder, knowledge, run_stage, skill

from schemas.contracts import Checkpoint, DatasetFile, Release, StageFolders, TaxonomyChange
from schemas.errors import TaxonomyError, UsageError
from schemas.records import Chunk, ExamQuestion, LeafNode, SeedExample
from schemas.settings import DocumentSettings
from tasks.dataset_files.jsonl import read_dataset

CARS, COUNT = "knowledge/cars/qna.yaml", "compositional_skills/count/qna.yaml"
TABLES = "foundational_skills/tables/qna.yaml"


def leaves_of(change: TaxonomyChange) -> dict[str, LeafNode]:
    return {leaf.path: leaf for leaf in read_dataset(change.leaf_nodes, LeafNode)}


def release_of(change: TaxonomyChange) -> Release:
    nothing = DatasetFile(path="x", sha256="0" * 64, rows=0, record="Sample")
    return Release(
        number=1,
        run_key=change.run_key,
        date="2026-01-02T03:04:05Z",
        taxonomy_commit=change.head,
        leaf_nodes=change.leaf_keys,
        checkpoint=Checkpoint(path="x", sha256="0" * 64, parameters=1),
        samples=nothing,
        exam=(),
    )


@pytest.fixture
def filled(taxonomy: GitFolder, manual: GitFolder) -> GitFolder:
    commit = manual.git("rev-parse", "HEAD")
    taxonomy.commit({CARS: knowledge("../manual", commit), COUNT: skill(), TABLES: skill(context="A table of")})
    return taxonomy


def test_whole_curriculum_is_written_with_its_rows(filled: GitFolder, folders: StageFolders) -> None:
    change = run_stage(filled, folders)
    leaves = leaves_of(change)
    assert list(leaves) == ["compositional_skills/count", "foundational_skills/tables", "knowledge/cars"]
    assert [leaf.kind for leaf in leaves.values()] == ["freeform_skill", "grounded_skill", "knowledge"]
    assert [leaf.change for leaf in leaves.values()] == ["added"] * 3
    seeds = list(read_dataset(change.seed_examples, SeedExample))
    exam = list(read_dataset(change.exam, ExamQuestion))
    for path, leaf in leaves.items():
        assert leaf.taught == sum(seed.leaf_node == path for seed in seeds) > 0
        assert leaf.held_out == sum(question.leaf_node == path for question in exam) > 0
    assert len(seeds) + len(exam) == 5 + 5 + 15
    chunks = list(read_dataset(change.chunks, Chunk))
    assert "".join(chunk.text for chunk in chunks).startswith("# The car")
    document = leaves["knowledge/cars"].documents[0]
    text = Path(folders.cache, "documents", f"{document.sha256}.md").read_text()
    assert all(text[chunk.start : chunk.end] == chunk.text and chunk.document == document for chunk in chunks)


def test_held_out_question_stands_in_no_file_for_teachers(filled: GitFolder, folders: StageFolders) -> None:
    change = run_stage(filled, folders)
    seen = Path(change.seed_examples.path).read_text() + Path(change.leaf_nodes.path).read_text()
    exam = list(read_dataset(change.exam, ExamQuestion))
    assert exam
    assert all(json.dumps(question.question) not in seen for question in exam if question.context is None)
    taught = {(seed.question, seed.context) for seed in read_dataset(change.seed_examples, SeedExample)}
    assert taught.isdisjoint((question.question, question.context) for question in exam)


def test_exam_says_whether_the_documents_hold_the_answer(filled: GitFolder, folders: StageFolders) -> None:
    by_leaf: dict[str, set[bool | None]] = {}
    for question in read_dataset(run_stage(filled, folders).exam, ExamQuestion):
        by_leaf.setdefault(question.leaf_node, set()).add(question.in_document)
    assert by_leaf["compositional_skills/count"] == {None}
    assert by_leaf["knowledge/cars"] == {True, False}


def test_second_run_after_the_release_finds_nothing_and_has_the_same_key(filled: GitFolder, folders: StageFolders) -> None:
    first = run_stage(filled, folders)
    before = Path(first.leaf_nodes.path).read_bytes()
    second = run_stage(filled, folders, release_of(first))
    assert (second.run_key, second.leaf_keys) == (first.run_key, first.leaf_keys)
    assert (second.added, second.modified, second.renamed, second.deleted) == ((), (), (), ())
    assert {leaf.change for leaf in leaves_of(second).values()} == {"unchanged"}
    assert Path(first.leaf_nodes.path).read_bytes() == before


def test_comment_blank_and_quotes_change_no_key(filled: GitFolder, folders: StageFolders) -> None:
    first = run_stage(filled, folders)
    text = "# counted with care\n" + skill().replace("created_by: ana", "created_by:   'ana'  # me")
    filled.commit({COUNT: text})
    second = run_stage(filled, folders, release_of(first))
    assert (second.run_key, second.modified) == (first.run_key, ("compositional_skills/count",))


def test_edit_changes_the_key_of_its_leaf_node_only(filled: GitFolder, folders: StageFolders) -> None:
    first = run_stage(filled, folders)
    filled.commit({COUNT: skill().replace("number 2", "number 22")})
    second = run_stage(filled, folders, release_of(first))
    changed = {path for path in first.leaf_keys if first.leaf_keys[path] != second.leaf_keys[path]}
    assert changed == {"compositional_skills/count"}
    assert second.run_key != first.run_key
    assert leaves_of(second)["compositional_skills/count"].change == "modified"


def test_document_chunk_size_and_settings_are_part_of_the_keys(
    filled: GitFolder, manual: GitFolder, folders: StageFolders
) -> None:
    first = run_stage(filled, folders)
    smaller = run_stage(filled, folders, chunk_tokens=64)
    assert {p for p, key in smaller.leaf_keys.items() if key != first.leaf_keys[p]} == {"knowledge/cars"}
    commit = manual.commit({"manual.md": MANUAL + "\nAnd more.\n"})
    filled.commit({CARS: knowledge("../manual", commit)})
    assert run_stage(filled, folders).leaf_keys["knowledge/cars"] != first.leaf_keys["knowledge/cars"]


def test_same_document_at_another_commit_changes_no_key(filled: GitFolder, manual: GitFolder, folders: StageFolders) -> None:
    first = run_stage(filled, folders)
    filled.commit({CARS: knowledge("../manual", manual.commit({"README.txt": "New.\n"}))})
    assert run_stage(filled, folders).run_key == first.run_key


def test_deleted_leaf_node_leaves_the_curriculum_and_a_renamed_one_moves(filled: GitFolder, folders: StageFolders) -> None:
    first = run_stage(filled, folders)
    filled.commit({COUNT: None, CARS: None, "knowledge/autos/cars/qna.yaml": (filled.path / CARS).read_text()})
    second = run_stage(filled, folders, release_of(first))
    assert second.deleted == ("compositional_skills/count",)
    assert [(r.from_path, r.to_path) for r in second.renamed] == [("knowledge/cars", "knowledge/autos/cars")]
    leaves = leaves_of(second)
    assert set(leaves) == {"foundational_skills/tables", "knowledge/autos/cars"}
    assert leaves["knowledge/autos/cars"].change == "renamed"
    assert leaves["knowledge/autos/cars"].key != first.leaf_keys["knowledge/cars"]


def test_only_takes_up_changes_in_its_subtree(filled: GitFolder, folders: StageFolders) -> None:
    first = run_stage(filled, folders)
    filled.commit(
        {
            COUNT: skill().replace("number 2", "number 22"),
            TABLES: skill(description="Read tables."),
            "compositional_skills/new/qna.yaml": skill(
                "What is new?", "What is old?", "What is blue?", "Who is it?", "Where is it?"
            ),
        }
    )
    second = run_stage(filled, folders, release_of(first), only="./foundational_skills/")
    assert (second.added, second.modified) == ((), ("foundational_skills/tables",))
    assert set(second.leaf_keys) == set(first.leaf_keys)
    assert {p for p, key in second.leaf_keys.items() if key != first.leaf_keys[p]} == {"foundational_skills/tables"}
    with pytest.raises(TaxonomyError, match="there is no leaf node under 'knowledge/boats'"):
        run_stage(filled, folders, only="knowledge/boats")
    with pytest.raises(TaxonomyError, match="a directory inside the taxonomy"):
        run_stage(filled, folders, only="../elsewhere")


def test_invalid_leaf_node_stops_the_run_with_all_faults(filled: GitFolder, folders: StageFolders) -> None:
    bad = skill().replace("created_by: ana\n", "").replace("answer: The answer is number 1.", "anwser: One.")
    filled.commit({COUNT: bad, CARS: knowledge("../manual", "0" * 39 + "a")})
    with pytest.raises(TaxonomyError) as raised:
        run_stage(filled, folders)
    lines = str(raised.value).splitlines()
    assert lines[0] == "2 invalid leaf nodes: mend what follows, or set taxonomy.on_invalid to skip."
    errors = [line.rsplit("[", 1)[1] for line in lines if ": error: " in line]
    assert errors == ["missing-field]", "missing-field]", "unknown-field]", "document-missing]"]
    assert not Path(folders.folder).exists()


def test_skip_goes_on_with_the_valid_ones_and_keeps_the_faults(filled: GitFolder, folders: StageFolders) -> None:
    filled.commit({COUNT: "version: 9\n", CARS: knowledge("../manual", "0" * 39 + "a")})
    change = run_stage(filled, folders, on_invalid="skip")
    assert set(leaves_of(change)) == {"foundational_skills/tables"}
    assert {f.rule for f in change.faults if f.severity == "error"} >= {"version-unknown", "document-missing"}
    filled.commit({TABLES: None})
    with pytest.raises(TaxonomyError, match="no valid leaf node is left"):
        run_stage(filled, folders, on_invalid="skip")


def test_severity_of_a_rule_can_be_set_and_unknown_rules_are_named(filled: GitFolder, folders: StageFolders) -> None:
    assert {fault.rule for fault in run_stage(filled, folders).faults} == {"attribution-missing"}
    assert run_stage(filled, folders, rules={"attribution-missing": "off"}).faults == ()
    with pytest.raises(TaxonomyError, match="3 invalid leaf nodes"):
        run_stage(filled, folders, rules={"attribution-missing": "error"})
    with pytest.raises(UsageError, match="there is no rule 'atribution-missing'. Did you mean 'attribution-missing'"):
        run_stage(filled, folders, rules={"atribution-missing": "off"})
    with pytest.raises(UsageError, match="'pattern-refused' .* is always an error"):
        run_stage(filled, folders, rules={"pattern-refused": "warning"})


def test_unquoted_text_is_taken_as_written_where_the_rule_is_a_warning(taxonomy: GitFolder, folders: StageFolders) -> None:
    answers = ["yes", "2026-01-02", "12", "true", "1e3"]
    text = skill()
    for number, answer in enumerate(answers):
        text = text.replace(f"The answer is number {number}.", answer)
    taxonomy.commit({COUNT: text})
    change = run_stage(taxonomy, folders, rules={"unquoted-text": "warning"})
    rows = {seed.answer for seed in read_dataset(change.seed_examples, SeedExample)}
    rows |= {question.reference for question in read_dataset(change.exam, ExamQuestion)}
    assert rows == set(answers)


def test_seed_that_stands_twice_counts_once(taxonomy: GitFolder, folders: StageFolders) -> None:
    asked = [f"How heavy is the {noun}?" for noun in ("engine", "door", "brake", "tyre", "frame")]
    doubled = skill(*asked, version=None) + skill(*asked, version=None).partition("seed_examples:\n")[2]
    taxonomy.commit({COUNT: doubled})
    leaf = leaves_of(run_stage(taxonomy, folders))["compositional_skills/count"]
    assert leaf.taught + leaf.held_out == 5


@pytest.mark.parametrize("local", ["never", "siblings", "anywhere"])
@pytest.mark.parametrize(
    ("attack", "rule"),
    [
        ("repo: ext::sh -c touch% MARK", "repo-refused"),
        ("repo: --upload-pack=touch MARK", "repo-refused"),
        ("repo: https://user:secret@example.org/x", "repo-refused"),
        ("repo: https://169.254.169.254/latest", "repo-refused"),
        ("commit: --upload-pack=touch MARK", "commit-refused"),
        ("commit: -oProxyCommand=touch MARK", "commit-refused"),
        ("pattern: ../../../../../../../../etc/os-release*", "pattern-refused"),
        ("pattern: /etc/os-release*", "pattern-refused"),
        ("pattern: link/passwd.md", "document-missing"),
        ("pattern: link.md", "pattern-refused"),
    ],
)
def test_attack_by_a_leaf_node_is_refused_and_does_nothing(
    attack: str, rule: str, local: str, taxonomy: GitFolder, manual: GitFolder, folders: StageFolders, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "passwd.md").write_text("root:x:0:0")
    (manual.path / "link").symlink_to(secret)
    (manual.path / "link.md").symlink_to(secret / "passwd.md")
    kind, value = attack.replace("MARK", str(tmp_path / "owned")).split(": ", 1)
    pinned = {"repo": "../manual", "commit": manual.commit(), "pattern": "manual.md", kind: value}
    taxonomy.commit({CARS: knowledge(f"'{pinned['repo']}'", f"'{pinned['commit']}'", (pinned["pattern"],))})
    with pytest.raises(TaxonomyError) as raised:
        run_stage(taxonomy, folders, documents=DocumentSettings(local=local))  # type: ignore[arg-type]
    assert f"[{rule}]" in str(raised.value) or (local == "never" and "[repo-refused]" in str(raised.value))
    assert "secret@" not in str(raised.value)
    assert not (tmp_path / "owned").exists()
    assert not (tmp_path / "cache/documents").exists()
