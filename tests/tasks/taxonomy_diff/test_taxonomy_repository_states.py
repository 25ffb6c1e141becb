"""Every state that a taxonomy's repository can be in has a right answer, and the checkout stays as it was."""

import itertools
import random
import subprocess
from pathlib import Path

import pytest
from git_taxonomies import GitFolder, run_stage, skill

from schemas.contracts import Rename, StageFolders
from schemas.errors import TaxonomyError
from schemas.settings import TaxonomySettings
from tasks.taxonomy_diff.diff import TaxonomyDiff, diff_taxonomy
from tasks.taxonomy_diff.leaf_node import ROOTS

LEAF = "compositional_skills/count/qna.yaml"


def diff(
    taxonomy: GitFolder, base: str | None, head: str = "HEAD", worktree: bool = False, only: str | None = None
) -> TaxonomyDiff:
    return diff_taxonomy(TaxonomySettings(path=str(taxonomy.path), head=head, only=only), base, worktree)


def test_added_modified_renamed_and_deleted_leaf_nodes_are_told_apart(taxonomy: GitFolder) -> None:
    texts = {name: skill(description=f"The skill called {name}, which counts.") for name in ("a", "b", "c", "d", "e")}
    base = taxonomy.commit({f"compositional_skills/{name}/qna.yaml": text for name, text in texts.items()})
    taxonomy.commit(
        {
            "compositional_skills/a/qna.yaml": texts["a"].replace("number 1", "number 11"),
            "compositional_skills/b/qna.yaml": None,
            "foundational_skills/moved/b/qna.yaml": texts["b"],
            "compositional_skills/c/qna.yaml": None,
            "compositional_skills/moved_and_edited/qna.yaml": texts["c"].replace("number 1", "number 11"),
            "compositional_skills/d/qna.yaml": None,
            "knowledge/new/qna.yaml": "version: 3\n",
        }
    )
    changes = diff(taxonomy, base).changes
    assert changes.added == ("knowledge/new",)
    assert changes.modified == ("compositional_skills/a",)
    assert changes.renamed == (
        Rename(from_path="compositional_skills/c", to_path="compositional_skills/moved_and_edited"),
        Rename(from_path="compositional_skills/b", to_path="foundational_skills/moved/b"),
    )
    assert changes.deleted == ("compositional_skills/d",)


def test_json_has_the_documented_fields(taxonomy: GitFolder) -> None:
    base = taxonomy.commit({LEAF: skill()})
    head = taxonomy.commit({LEAF: None, "compositional_skills/sum/qna.yaml": skill(), "knowledge/bad/qna.yaml": "version: 1\n"})
    found = diff(taxonomy, base).as_json()
    assert (found["base"], found["head"]) == (base, head)
    assert found["added"] == ["knowledge/bad"]
    assert found["renamed"] == [{"from": "compositional_skills/count", "to": "compositional_skills/sum"}]
    assert (found["modified"], found["deleted"]) == ([], [])
    fault = next(fault for fault in found["faults"] if fault["severity"] == "error")
    assert set(fault) == {"path", "line", "column", "rule", "severity", "message"}
    assert fault["path"] == "knowledge/bad/qna.yaml"


def test_rename_from_what_is_no_leaf_node_is_an_addition(taxonomy: GitFolder) -> None:
    base = taxonomy.commit({"drafts/count.yaml": skill(), "compositional_skills/keep/qna.yaml": skill("What is kept?")})
    taxonomy.commit({"drafts/count.yaml": None, LEAF: skill()})
    there = diff(taxonomy, base).changes
    back = diff(taxonomy, "HEAD", head=base).changes
    assert (there.added, there.renamed) == (("compositional_skills/count",), ())
    assert (back.deleted, back.renamed) == (("compositional_skills/count",), ())


def test_head_equal_to_base_is_no_change(taxonomy: GitFolder) -> None:
    base = taxonomy.commit({LEAF: skill()})
    found = diff(taxonomy, base)
    assert (found.base, found.head, found.changes.by_path(), found.changes.deleted) == (base, base, {}, ())


def test_base_ahead_of_head_is_the_way_back(taxonomy: GitFolder) -> None:
    old = taxonomy.commit({LEAF: skill()})
    new = taxonomy.commit({"compositional_skills/sum/qna.yaml": skill("What is the sum?")})
    assert diff(taxonomy, new, head=old).changes.deleted == ("compositional_skills/sum",)


def test_base_may_be_a_branch_whose_name_ends_like_another_and_a_tag(taxonomy: GitFolder) -> None:
    taxonomy.commit({LEAF: skill()})
    taxonomy.git("branch", "feature/main")
    taxonomy.git("tag", "-a", "v1", "-m", "one")
    taxonomy.commit({LEAF: skill(description="Count more.")})
    assert diff(taxonomy, "feature/main", head="main").changes.modified == ("compositional_skills/count",)
    assert diff(taxonomy, "v1", head="main").changes.modified == ("compositional_skills/count",)


def test_empty_base_adds_everything(taxonomy: GitFolder) -> None:
    taxonomy.commit({LEAF: skill()})
    found = diff(taxonomy, None)
    assert (found.base, found.changes.added) == (None, ("compositional_skills/count",))


def test_spaces_and_other_alphabets_in_paths_are_kept(taxonomy: GitFolder) -> None:
    names = ("compositional_skills/technical manual/größe", "knowledge/日本 語/車", 'compositional_skills/quo"te\\s')
    base = taxonomy.commit({LEAF: skill()})
    taxonomy.commit({f"{name}/qna.yaml": skill(f"What is {i}?") for i, name in enumerate(names)})
    assert set(diff(taxonomy, base).changes.added) == set(names)


def test_path_that_is_not_utf8_is_a_fault_not_a_crash(taxonomy: GitFolder) -> None:
    taxonomy.commit({LEAF: skill()})
    blob = taxonomy.git("hash-object", "-w", "--stdin", stdin=skill().encode())
    entry = b"100644 " + blob.encode() + b"\tcompositional_skills/caf\xe9/qna.yaml\0"
    taxonomy.git("update-index", "-z", "--index-info", stdin=entry)
    taxonomy.git("commit", "-qm", "latin 1")
    found = diff(taxonomy, None)
    assert [fault.rule for fault in found.faults if fault.severity == "error"] == ["path-encoding"]
    assert found.faults[0].path == "compositional_skills/caf\\xe9/qna.yaml"
    assert found.changes.added == ("compositional_skills/caf\\xe9", "compositional_skills/count")


def test_submodule_is_warned_of_and_not_read(taxonomy: GitFolder, manual: GitFolder) -> None:
    base = taxonomy.commit({LEAF: skill()})
    entry = f"160000,{manual.git('rev-parse', 'HEAD')},knowledge/theirs"
    taxonomy.git("update-index", "--add", "--cacheinfo", entry)
    taxonomy.git("commit", "-qm", "submodule")
    found = diff(taxonomy, base)
    assert ([fault.rule for fault in found.faults], found.valid) == (["submodule"], True)


def test_leaf_node_that_becomes_a_symlink_is_refused(taxonomy: GitFolder) -> None:
    base = taxonomy.commit({LEAF: skill(), "compositional_skills/other/qna.yaml": skill("What else?")})
    (taxonomy.path / LEAF).unlink()
    (taxonomy.path / LEAF).symlink_to("/etc/passwd")
    taxonomy.commit()
    found = diff(taxonomy, base)
    assert found.changes.modified == ("compositional_skills/count",)
    assert [fault.rule for fault in found.faults] == ["file-symlink"]


def test_leaf_node_that_becomes_a_submodule_is_deleted_and_back_again_added(taxonomy: GitFolder) -> None:
    base = taxonomy.commit({LEAF: skill(), "compositional_skills/other/qna.yaml": skill("What else?")})
    taxonomy.git("rm", "-q", LEAF)
    taxonomy.git("update-index", "--add", "--cacheinfo", f"160000,{base},{LEAF}")
    taxonomy.git("commit", "-qm", "submodule")
    found = diff(taxonomy, base)
    assert (found.changes.deleted, found.changes.modified) == (("compositional_skills/count",), ())
    assert [fault.rule for fault in found.faults] == ["submodule"]
    assert diff(taxonomy, "HEAD", head=base).changes.added == ("compositional_skills/count",)


def test_answer_is_that_of_git_diff_for_any_history(taxonomy: GitFolder) -> None:
    choose = random.Random(7)
    folders = [f"{root}/{name}" for root in ROOTS for name in ("a", "b", "b/c", "D", "d", "größe x")]
    commits = [taxonomy.commit({"README.md": "Read.\n"})]
    for number in range(12):
        for folder in choose.sample(folders, 6):
            place, other = taxonomy.path / folder / "qna.yaml", taxonomy.path / choose.choice(folders) / "qna.yaml"
            kind = choose.choice(("write", "edit", "move", "swap", "delete"))
            if kind == "write" or not place.exists():
                taxonomy.write({f"{folder}/qna.yaml": skill(description=f"The skill {number} of {folder}.")})
            elif kind == "edit":
                place.write_text(place.read_text().replace("number 1", f"number 1{number}"))
            elif kind == "delete":
                place.unlink()
            elif kind == "move" or not other.exists():
                other.parent.mkdir(parents=True, exist_ok=True)
                place.rename(other)
            else:
                here, there = place.read_bytes(), other.read_bytes()
                place.write_bytes(there)
                other.write_bytes(here)
        commits.append(taxonomy.commit())
    for base, head in itertools.pairwise(commits):
        changes = diff(taxonomy, base, head=head).changes
        ours: set[tuple[str, ...]] = {("R", rename.from_path, rename.to_path) for rename in changes.renamed}
        for letter, paths in (("A", changes.added), ("M", changes.modified), ("D", changes.deleted)):
            ours |= {(letter, path) for path in paths}
        told = taxonomy.git("-c", "core.quotePath=false", "diff", "--name-status", "-M", base, head)
        lines = [line.replace("/qna.yaml", "").split("\t") for line in told.splitlines()]
        assert ours == {(status[0], *paths) for status, *paths in lines}


def test_partial_clone_without_the_files_says_how_to_fetch_them(taxonomy: GitFolder, tmp_path: Path) -> None:
    taxonomy.commit({LEAF: skill()})
    taxonomy.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    source = f"file://{taxonomy.path}"
    subprocess.run(["git", "clone", "-q", "--filter=blob:none", "--no-checkout", source, str(clone)], check=True)
    with pytest.raises(TaxonomyError, match="partial clone: run 'git fetch --refetch --no-filter'"):
        diff_taxonomy(TaxonomySettings(path=str(clone)), None)


def test_damaged_repository_says_what_to_run(taxonomy: GitFolder) -> None:
    commit = taxonomy.commit({LEAF: skill()})
    tree = taxonomy.git("rev-parse", "HEAD^{tree}")
    (taxonomy.path / ".git/objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(TaxonomyError, match="git fsck"):
        diff(taxonomy, None)
    (taxonomy.path / ".git/objects" / commit[:2] / commit[2:]).unlink()
    with pytest.raises(TaxonomyError, match="git fsck"):
        diff(taxonomy, None)


def test_shallow_clone_without_the_base_says_how_to_fetch_it(taxonomy: GitFolder, tmp_path: Path) -> None:
    base = taxonomy.commit({LEAF: skill()})
    taxonomy.commit({LEAF: skill(description="Count more.")})
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "--depth", "1", f"file://{taxonomy.path}", str(clone)], check=True)
    with pytest.raises(TaxonomyError, match="shallow clone .*git fetch --unshallow"):
        diff_taxonomy(TaxonomySettings(path=str(clone)), base)
    assert diff_taxonomy(TaxonomySettings(path=str(clone)), None).changes.added == ("compositional_skills/count",)


def test_bare_repository_is_read(taxonomy: GitFolder, tmp_path: Path, folders: StageFolders) -> None:
    taxonomy.commit({LEAF: skill()})
    subprocess.run(["git", "clone", "-q", "--bare", str(taxonomy.path), str(tmp_path / "bare.git")], check=True)
    assert run_stage(taxonomy, folders, path=str(tmp_path / "bare.git")).added == ("compositional_skills/count",)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("absent", "there is no taxonomy at"),
        ("file.txt", "is not a directory"),
        ("empty", "is not a Git repository"),
        ("taxonomy/compositional_skills", "is a directory inside the Git repository"),
        ("taxonomy/.git/objects", "is a directory inside the Git repository"),
    ],
)
def test_what_is_no_taxonomy_is_told_in_one_line(
    path: str, message: str, taxonomy: GitFolder, tmp_path: Path, folders: StageFolders
) -> None:
    taxonomy.commit({LEAF: skill()})
    (tmp_path / "file.txt").write_text("")
    (tmp_path / "empty").mkdir()
    with pytest.raises(TaxonomyError, match=message) as raised:
        run_stage(taxonomy, folders, path=str(tmp_path / path))
    assert "\n" not in str(raised.value)


def test_no_path_names_the_setting(taxonomy: GitFolder, folders: StageFolders) -> None:
    with pytest.raises(TaxonomyError, match=r"taxonomy\.path"):
        run_stage(taxonomy, folders, path=None)


def test_unborn_branch_says_to_commit(taxonomy: GitFolder, folders: StageFolders) -> None:
    with pytest.raises(TaxonomyError, match="has no commit yet .*commit the taxonomy"):
        run_stage(taxonomy, folders)


@pytest.mark.parametrize("head", ["nowhere", "--output=/tmp/owned", "^HEAD", "HEAD~99", "a b\nc"])
def test_unknown_revision_is_named(head: str, taxonomy: GitFolder, folders: StageFolders) -> None:
    taxonomy.commit({LEAF: skill()})
    with pytest.raises(TaxonomyError, match="has no commit, branch or tag"):
        run_stage(taxonomy, folders, head=head)


def test_repository_without_a_leaf_node_says_what_one_is(taxonomy: GitFolder, folders: StageFolders) -> None:
    taxonomy.commit({"README.md": "Nothing yet.\n"})
    with pytest.raises(TaxonomyError, match=r"has no leaf node: add a directory with a qna\.yaml"):
        run_stage(taxonomy, folders)
    taxonomy.commit({"knowledge/birds/qna.yml": "version: 3\n"})
    with pytest.raises(TaxonomyError, match=r"has no leaf node: .* \(knowledge/birds/qna.yml: .* rename it to qna.yaml"):
        diff(taxonomy, None)


def test_checkout_index_and_branches_stay_as_they_were(taxonomy: GitFolder, folders: StageFolders) -> None:
    taxonomy.commit({LEAF: skill()})
    taxonomy.write({LEAF: "work in progress", "knowledge/new/qna.yaml": "version: 3\n"})
    taxonomy.git("add", "knowledge")
    before = {path: path.read_bytes() for path in sorted(taxonomy.path.rglob("*")) if path.is_file()}
    run_stage(taxonomy, folders)
    diff(taxonomy, None, worktree=True)
    assert {path: path.read_bytes() for path in sorted(taxonomy.path.rglob("*")) if path.is_file()} == before


def test_hooks_filters_and_attributes_of_the_repository_run_nothing(
    taxonomy: GitFolder, folders: StageFolders, tmp_path: Path
) -> None:
    taxonomy.commit({LEAF: skill(), ".gitattributes": "*.yaml filter=evil diff=evil\n"})
    touch = f"touch {tmp_path / 'owned'}"
    for key in ("filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "diff.evil.textconv", "diff.evil.command"):
        taxonomy.git("config", key, touch)
    taxonomy.git("config", "diff.external", touch)
    taxonomy.git("config", "core.fsmonitor", touch)
    for hook in ("post-index-change", "post-checkout", "reference-transaction"):
        place = taxonomy.path / ".git/hooks" / hook
        place.parent.mkdir(exist_ok=True)
        place.write_text(f"#!/bin/sh\n{touch}\n")
        place.chmod(0o755)
    (taxonomy.path / LEAF).write_text(skill(description="Count more."))
    run_stage(taxonomy, folders)
    assert diff(taxonomy, "HEAD", worktree=True).changes.modified == ("compositional_skills/count",)
    assert not (tmp_path / "owned").exists()
