"""Every rule has a file that breaks it and the exact lines that a contributor would read, line and column included.

``golden/RULE.skill.yaml`` and ``golden/RULE.knowledge.yaml`` hold what is checked, ``golden/RULE.txt`` what is said. Rules about
trees and documents are broken by code here, because a file alone cannot break them.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from git_taxonomies import MANUAL, GitFolder, knowledge, skill

from schemas.contracts import Fault, ignore_progress
from schemas.settings import DocumentSettings, TaxonomySettings
from tasks.taxonomy_diff.diff import check_files, check_taxonomy
from tasks.taxonomy_diff.documents import DocumentReader
from tasks.taxonomy_diff.fault_output import describe_faults
from tasks.taxonomy_diff.leaf_node import LeafSource, parse_leaf_node
from tasks.taxonomy_diff.rules import RULES, FaultList, Severities
from tasks.taxonomy_diff.safe_yaml import MAX_BYTES

GOLDEN = Path(__file__).parent / "golden"
FILES = sorted(GOLDEN.glob("*.yaml"))


def said(faults: object) -> str:
    return describe_faults(faults) + "\n"  # type: ignore[arg-type]


def expected(rule: str) -> str:
    return (GOLDEN / f"{rule}.txt").read_text()


def test_every_rule_has_a_golden_file_that_shows_it() -> None:
    shown = {path.stem for path in GOLDEN.glob("*.txt") if f"[{path.stem}]" in path.read_text()}
    assert shown == set(RULES)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_file_that_breaks_a_rule_is_told_with_line_and_column(file: Path) -> None:
    rule, kind, _ = file.name.split(".")
    root = "knowledge" if kind == "knowledge" else "compositional_skills"
    source = LeafSource(f"{root}/example/qna.yaml", file.read_bytes(), b"Own work, CC0.")
    _, faults = parse_leaf_node(source, Severities())
    assert said(faults) == expected(rule)


TREES: dict[str, dict[str, str | bytes | None]] = {
    "qna-yml": {"knowledge/birds/qna.yml": "version: 3\n"},
    "outside-roots": {"docs/birds/qna.yaml": "version: 3\n"},
    "attribution-missing": {"compositional_skills/colours/qna.yaml": skill()},
    "attribution-empty": {
        "compositional_skills/colours/qna.yaml": skill(),
        "compositional_skills/colours/attribution.txt": " \n",
    },
    "file-too-large": {"compositional_skills/large/qna.yaml": "# " + "x" * MAX_BYTES},
    "yaml-encoding": {"compositional_skills/bytes/qna.yaml": b"version: 3\ntask_description: caf\xe9\n"},
    "path-encoding": {"compositional_skills/tab\there/qna.yaml": skill()},
}


@pytest.mark.parametrize("rule", TREES)
def test_tree_that_breaks_a_rule_is_told(rule: str, taxonomy: GitFolder) -> None:
    taxonomy.commit({"compositional_skills/valid/qna.yaml": skill(), "compositional_skills/valid/attribution.txt": "CC0"})
    taxonomy.commit(TREES[rule])
    _, faults = check_taxonomy(TaxonomySettings(path=str(taxonomy.path)), worktree=False)
    assert said(faults) == expected(rule)


def test_symlink_and_submodule_are_told(taxonomy: GitFolder, manual: GitFolder) -> None:
    taxonomy.commit({"compositional_skills/valid/qna.yaml": skill(), "compositional_skills/valid/attribution.txt": "CC0"})
    (taxonomy.path / "compositional_skills/link").mkdir()
    (taxonomy.path / "compositional_skills/link/qna.yaml").symlink_to("../valid/qna.yaml")
    taxonomy.git("update-index", "--add", "--cacheinfo", f"160000,{manual.git('rev-parse', 'HEAD')},knowledge/theirs")
    taxonomy.git("add", "compositional_skills")
    taxonomy.git("commit", "-qm", "link and submodule")
    _, faults = check_taxonomy(TaxonomySettings(path=str(taxonomy.path)), worktree=False)
    assert said(fault for fault in faults if fault.rule == "submodule") == expected("submodule")
    assert said(fault for fault in faults if fault.rule.startswith("file-")) == expected("file-symlink")


def test_missing_file_is_told() -> None:
    _, faults = check_files(["nowhere/knowledge/birds/qna.yaml"])
    assert said(faults) == expected("file-missing")


DOCUMENTS: dict[str, Callable[[str], str]] = {
    "document-missing": lambda commit: knowledge("../manual", commit, ("manual.md", "absent.md")),
    "document-unreadable": lambda commit: knowledge("../manual", commit, ("table.csv",)),
}


@pytest.mark.parametrize("rule", DOCUMENTS)
def test_pinned_document_that_breaks_a_rule_is_told(rule: str, manual: GitFolder, tmp_path: Path) -> None:
    commit = manual.commit({"manual.md": MANUAL, "table.csv": "a,b\n"})
    assert said(read_faults(DOCUMENTS[rule](commit), tmp_path)) == expected(rule)


def read_faults(text: str, tmp_path: Path) -> list[Fault]:
    leaf, faults = parse_leaf_node(
        LeafSource("knowledge/cars/qna.yaml", text.encode(), b"CC0"), Severities({"commit-not-full": "off"})
    )
    assert leaf is not None, faults
    found = FaultList(leaf.file, Severities())
    reader = DocumentReader(DocumentSettings(local="siblings"), tmp_path / "taxonomy", str(tmp_path / "cache"), ignore_progress)
    reader.read(leaf, found)
    return found.faults
