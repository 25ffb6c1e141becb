"""Uncommitted and untracked work is seen as it lies there, and nothing of the user's repository is written."""

from pathlib import Path

from git_taxonomies import GitFolder, skill

from schemas.contracts import Rename
from schemas.settings import TaxonomySettings
from tasks.taxonomy_diff.diff import TaxonomyDiff, check_taxonomy, diff_taxonomy, has_uncommitted_work

LEAF = "compositional_skills/count/qna.yaml"


def diff(taxonomy: GitFolder, base: str | None, worktree: bool = True) -> TaxonomyDiff:
    return diff_taxonomy(TaxonomySettings(path=str(taxonomy.path)), base, worktree)


def files_of(taxonomy: GitFolder) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(taxonomy.path.rglob("*")) if path.is_file()}


def test_worktree_shows_uncommitted_untracked_and_deleted_work(taxonomy: GitFolder) -> None:
    for name in ("a", "b", "c", "d"):
        taxonomy.write({f"compositional_skills/{name}/qna.yaml": skill(description=f"The skill {name}.")})
    base = taxonomy.commit({".gitignore": "ignored/\n"})
    taxonomy.write(
        {
            "compositional_skills/a/qna.yaml": skill(description="The skill a, edited."),
            "compositional_skills/b/qna.yaml": None,
            "compositional_skills/c/qna.yaml": None,
            "compositional_skills/sub dir/c/qna.yaml": skill(description="The skill c."),
            "compositional_skills/ignored/qna.yaml": skill(),
            "knowledge/new/qna.yaml": "version: 1\n",
        }
    )
    found = diff(taxonomy, base)
    assert found.changes.added == ("knowledge/new",)
    assert found.changes.modified == ("compositional_skills/a",)
    assert found.changes.renamed == (Rename(from_path="compositional_skills/c", to_path="compositional_skills/sub dir/c"),)
    assert found.changes.deleted == ("compositional_skills/b",)
    assert [fault.rule for fault in found.faults if fault.severity == "error"] == ["knowledge-version"]
    assert diff(taxonomy, base, worktree=False).changes.by_path() == {}


def test_worktree_of_an_unborn_branch_and_with_other_line_ends(taxonomy: GitFolder) -> None:
    taxonomy.write({LEAF: skill()})
    assert diff(taxonomy, None).changes.added == ("compositional_skills/count",)
    taxonomy.commit()
    taxonomy.write({LEAF: skill().replace("\n", "\r\n")})
    assert diff(taxonomy, "HEAD").changes.by_path() == {}


def test_a_person_can_be_told_that_work_is_not_committed(taxonomy: GitFolder, tmp_path: Path) -> None:
    settings = TaxonomySettings(path=str(taxonomy.path))
    taxonomy.write({LEAF: skill()})
    assert not has_uncommitted_work(settings), "without a commit the run itself says what is missing"
    first = taxonomy.commit()
    taxonomy.write({LEAF: skill().replace("\n", "\r\n"), "README.md": "No leaf node.\n"})
    assert not has_uncommitted_work(settings), "nothing that a run would read"
    taxonomy.write({LEAF: skill("How many are four?")})
    assert has_uncommitted_work(settings)
    assert not has_uncommitted_work(settings.model_copy(update={"head": first})), "this commit was asked for"
    taxonomy.git("clone", "--quiet", "--bare", str(taxonomy.path), str(tmp_path / "bare.git"))
    assert not has_uncommitted_work(TaxonomySettings(path=str(tmp_path / "bare.git")))


def test_worktree_reads_nothing_through_a_symlink(taxonomy: GitFolder, tmp_path: Path) -> None:
    taxonomy.commit({LEAF: skill()})
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/qna.yaml").write_text(skill("What is secret?"))
    (taxonomy.path / "compositional_skills/link").symlink_to(tmp_path / "secret")
    (taxonomy.path / "compositional_skills/file").mkdir()
    (taxonomy.path / "compositional_skills/file/qna.yaml").symlink_to(tmp_path / "secret/qna.yaml")
    found = diff(taxonomy, "HEAD")
    assert found.changes.added == ("compositional_skills/file",)
    assert [fault.rule for fault in found.faults] == ["file-symlink"]


def test_path_that_a_sparse_checkout_leaves_out_is_not_deleted(taxonomy: GitFolder) -> None:
    names = ("a", "b", "c")
    taxonomy.commit({f"compositional_skills/{name}/qna.yaml": skill(f"What is {name}?") for name in names})
    for options in ("--no-sparse-index", "--sparse-index"):
        taxonomy.git("sparse-checkout", "set", "--cone", options, "compositional_skills/a")
        assert not (taxonomy.path / "compositional_skills/b/qna.yaml").exists()
        assert diff(taxonomy, "HEAD").changes.deleted == ()
        assert check_taxonomy(TaxonomySettings(path=str(taxonomy.path)))[0] == 3
    taxonomy.write({"compositional_skills/b/qna.yaml": skill("What is new?")})
    assert diff(taxonomy, "HEAD").changes.modified == ("compositional_skills/b",)


def test_of_a_merge_conflict_the_file_in_the_work_tree_counts(taxonomy: GitFolder) -> None:
    base = taxonomy.commit({LEAF: skill(), "README.md": "One.\n"})
    taxonomy.git("checkout", "-qb", "theirs")
    taxonomy.commit({LEAF: skill().replace("number 1", "number 7"), "README.md": "Two.\n"})
    taxonomy.git("checkout", "-q", "main")
    taxonomy.commit({LEAF: skill().replace("number 1", "number 8"), "README.md": "Three.\n"})
    taxonomy.git("update-index", "--index-info", stdin=conflict(taxonomy, LEAF, "README.md"))
    before = files_of(taxonomy)
    taxonomy.write({LEAF: "<<<<<<< HEAD\n" + skill()})
    found = diff(taxonomy, base)
    assert found.changes.modified == ("compositional_skills/count",)
    assert "mark of a conflict" in found.faults[-1].message
    taxonomy.write({LEAF: skill().replace("number 1", "number 7")})
    assert [fault.severity for fault in diff(taxonomy, base).faults] == ["warning"]
    taxonomy.write({LEAF: skill().replace("number 1", "number 8")})
    assert files_of(taxonomy) == before


def conflict(taxonomy: GitFolder, *paths: str) -> bytes:
    """Index entries that put the paths in conflict, as a merge of ``main`` with ``theirs`` leaves them."""
    lines = []
    for path in paths:
        lines.append(f"0 {'0' * 40}\t{path}")
        for stage, revision in ((1, "main~1"), (2, "main"), (3, "theirs")):
            lines.append(f"100644 {taxonomy.git('rev-parse', f'{revision}:{path}')} {stage}\t{path}")
    return ("\n".join(lines) + "\n").encode()


def test_split_index_leaves_no_file_behind(taxonomy: GitFolder) -> None:
    taxonomy.commit({LEAF: skill()})
    taxonomy.git("config", "core.splitIndex", "true")
    taxonomy.git("update-index", "--split-index")
    taxonomy.write({f"knowledge/{number}/qna.yaml": f"version: {number}\n" for number in range(30)})
    before = files_of(taxonomy)
    assert len(diff(taxonomy, "HEAD").changes.added) == 30
    assert files_of(taxonomy) == before


def test_directory_in_the_place_of_a_leaf_file_is_a_deletion(taxonomy: GitFolder) -> None:
    taxonomy.commit({LEAF: skill(), "compositional_skills/other/qna.yaml": skill("What else?")})
    taxonomy.write({LEAF: None})
    (taxonomy.path / LEAF).mkdir()
    assert diff(taxonomy, "HEAD").changes.deleted == ("compositional_skills/count",)


def test_very_large_untracked_leaf_file_is_refused_not_overlooked(taxonomy: GitFolder) -> None:
    taxonomy.commit({LEAF: skill()})
    taxonomy.write({"knowledge/large/qna.yaml": "# " + "x" * 5_000_000})
    found = diff(taxonomy, "HEAD")
    assert found.changes.added == ("knowledge/large",)
    assert [fault.rule for fault in found.faults] == ["file-too-large"]
