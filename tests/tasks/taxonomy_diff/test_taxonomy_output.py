"""What people and programs are told: of files, of trees, before a run; and the schemas behind it."""

import json
from importlib.resources import files
from pathlib import Path

import pytest
from git_taxonomies import GitFolder, knowledge, run_stage, skill
from jsonschema import Draft202012Validator

from schemas.contracts import Fault, StageFolders
from schemas.errors import TaxonomyError
from schemas.settings import CriticSettings, TaxonomySettings, TeacherSettings
from tasks.taxonomy_diff.check import check_faults
from tasks.taxonomy_diff.diff import check_files, check_taxonomy
from tasks.taxonomy_diff.estimate import estimate_run
from tasks.taxonomy_diff.fault_output import describe_faults, faults_as_json, github_annotations
from tasks.taxonomy_diff.in_document import content_terms, is_in_document, read_passages
from tasks.taxonomy_diff.rules import Severities
from tasks.taxonomy_diff.taxonomy_tree import list_tree, open_taxonomy

FAULT = Fault(path="knowledge/a,b: c/qna.yaml", line=3, column=9, rule="wrong-type", severity="error", message="50 % of\nlines")


def test_faults_are_told_to_people_to_programs_and_to_github() -> None:
    assert describe_faults([FAULT]) == "knowledge/a,b: c/qna.yaml:3:9: error: 50 % of\nlines [wrong-type]\n1 error, 0 warnings"
    assert json.loads(faults_as_json([FAULT])) == [FAULT.model_dump()]
    expected = "::error file=knowledge/a%2Cb%3A c/qna.yaml,line=3,col=9,title=wrong-type::50 %25 of%0Alines"
    assert github_annotations([FAULT]) == expected


def test_check_of_a_tree_takes_the_work_tree_or_a_commit(taxonomy: GitFolder) -> None:
    taxonomy.commit({"compositional_skills/count/qna.yaml": skill(), "compositional_skills/count/attribution.txt": "CC0"})
    taxonomy.write({"knowledge/new/qna.yaml": "version: 1\n", "knowledge/new/attribution.txt": "CC0"})
    settings = TaxonomySettings(path=str(taxonomy.path))
    count, faults = check_taxonomy(settings)
    assert (count, [fault.rule for fault in faults]) == (2, ["knowledge-version"])
    assert check_taxonomy(settings, worktree=False) == (1, ())
    with pytest.raises(TaxonomyError, match="there is no leaf node under 'knowledge/x'"):
        check_taxonomy(TaxonomySettings(path=str(taxonomy.path), only="knowledge/x"))


def test_processes_find_what_one_process_finds(taxonomy: GitFolder) -> None:
    taxonomy.commit({f"compositional_skills/s{i}/qna.yaml": skill(version=i % 5) for i in range(520)})
    repository = open_taxonomy(str(taxonomy.path))
    leaves = list_tree(repository, repository.resolve_commit("HEAD")).leaves.values()
    one = check_faults(repository, leaves, Severities(), processes=1)
    assert check_faults(repository, leaves, Severities(), processes=2) == one
    assert len(one) > 520


def test_check_of_files_needs_no_repository(tmp_path: Path) -> None:
    for name, text in (("compositional_skills/a", skill()), ("knowledge/b", "version: 2\n"), ("elsewhere/c", "version: 3\n")):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "qna.yaml").write_text(text)
    count, faults = check_files([str(tmp_path)])
    assert (count, sorted(fault.rule for fault in faults)) == (3, ["attribution-missing", "knowledge-version", "outside-roots"])
    count, faults = check_files([str(tmp_path / "knowledge/b/qna.yaml")], {"knowledge-version": "error"}, str(tmp_path))
    assert (count, [(fault.path, fault.rule) for fault in faults]) == (1, [("knowledge/b/qna.yaml", "knowledge-version")])


def test_check_of_a_symlink_or_a_qna_yml_is_told(tmp_path: Path) -> None:
    (tmp_path / "knowledge/a").mkdir(parents=True)
    (tmp_path / "knowledge/a/qna.yaml").symlink_to("/etc/passwd")
    (tmp_path / "knowledge/a/qna.yml").write_text("version: 3\n")
    _, faults = check_files([str(tmp_path / "knowledge/a/qna.yaml"), str(tmp_path / "knowledge/a/qna.yml")])
    assert [fault.rule for fault in faults] == ["file-symlink", "qna-yml"]


def test_faults_of_given_files_name_them_as_they_were_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "knowledge/a").mkdir(parents=True)
    (tmp_path / "knowledge/a/qna.yaml").write_text("version: 2\n")
    (tmp_path / "knowledge/a/attribution.txt").write_text(" ")
    monkeypatch.chdir(tmp_path / "knowledge")
    for given, taxonomy, shown in (
        ("a", None, "a"),
        (str(tmp_path), None, f"{tmp_path}/knowledge/a"),
        ("a", "..", "knowledge/a"),
    ):
        _, faults = check_files([given], taxonomy=taxonomy)
        assert [fault.path for fault in faults] == [f"{shown}/qna.yaml"]
    (tmp_path / "knowledge/a/qna.yaml").rename("a/qna.yml")
    assert [fault.rule for fault in check_files(["a"])[1]] == ["qna-yml"]


def test_attribution_that_is_a_symlink_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "compositional_skills").mkdir()
    (tmp_path / "compositional_skills/qna.yaml").write_text(skill())
    (tmp_path / "compositional_skills/attribution.txt").symlink_to("/etc/passwd")
    assert [fault.rule for fault in check_files([str(tmp_path)])[1]] == ["attribution-missing"]


@pytest.mark.parametrize("name", ["knowledge_v3", "skill_v1", "skill_v2", "skill_v3"])
def test_schema_is_json_schema_2020_12_and_closed(name: str) -> None:
    schema = json.loads((files("schemas") / "qna" / f"{name}.json").read_text())
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        if part.get("type") == "object":
            assert part["additionalProperties"] is False
            assert set(part["required"]) <= set(part["properties"])
        waiting += [*part.get("properties", {}).values(), *([part["items"]] if "items" in part else [])]


def test_estimate_counts_what_a_model_would_be_asked(taxonomy: GitFolder, manual: GitFolder, folders: StageFolders) -> None:
    commit = manual.git("rev-parse", "HEAD")
    taxonomy.commit({"knowledge/cars/qna.yaml": knowledge("../manual", commit), "compositional_skills/count/qna.yaml": skill()})
    change = run_stage(taxonomy, folders)
    simple = TeacherSettings(kind="model", pipeline="simple", scale_factor=10)
    found = estimate_run(change, simple, CriticSettings(kind="model"), None)
    taught = change.seed_examples.rows
    assert (found.leaf_nodes, found.to_write, found.chunks) == (2, 2, change.chunks.rows)
    jobs = found.samples // 10
    assert found.teacher_requests == 2 * jobs
    assert change.chunks.rows < jobs <= 5 * change.chunks.rows + taught
    assert found.critic_requests > 2 * found.samples
    assert found.prompt_tokens > 100 * found.teacher_requests
    full = estimate_run(change, TeacherSettings(kind="model", pipeline="full", scale_factor=10), CriticSettings(), None)
    assert (full.samples, full.critic_requests) == (found.samples, 0)
    assert full.teacher_requests > found.samples


def test_estimate_of_the_extractive_teacher_asks_nobody(taxonomy: GitFolder, manual: GitFolder, folders: StageFolders) -> None:
    taxonomy.commit({"knowledge/cars/qna.yaml": knowledge("../manual", manual.git("rev-parse", "HEAD"))})
    found = estimate_run(run_stage(taxonomy, folders), TeacherSettings(), CriticSettings(), None)
    assert (found.teacher_requests, found.critic_requests, found.prompt_tokens, found.completion_tokens) == (0, 0, 0, 0)
    assert found.samples > 0


@pytest.mark.parametrize(
    ("reference", "known"),
    [
        ("The engine weighs 120 kg and was made by Peugeot.", True),
        ("250 dollars", True),
        ("A tyre costs ninety dollars.", False),
        ("It weighs 130 kg.", False),
        ("Goodyear makes tyres for 90 dollars.", True),
        ("The radio plays cassettes.", False),
    ],
)
def test_answer_is_in_the_document_where_its_numbers_and_words_stand_together(reference: str, known: bool) -> None:
    document = read_passages(
        "The engine weighs 120 kg. Peugeot made it, for a price of 250 dollars. | Tyre | 90 dollars | Goodyear |"
    )
    assert is_in_document(reference, [document]) is known


def test_words_far_apart_are_no_answer() -> None:
    far = read_passages("Peugeot " + "nothing of note " * 200 + "weighs 120 kg")
    assert not is_in_document("Peugeot's engine weighs 120 kg", [far])
    assert not is_in_document("Yes.", [far])
    assert is_in_document("Yes.", [far], "Does it weigh 120 kg?")
    assert content_terms("1,233 kg and two doors") == ["1233", "kilogram", "2", "door"]
