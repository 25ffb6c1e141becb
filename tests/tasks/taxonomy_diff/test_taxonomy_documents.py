"""Documents come from pinned commits, by https or from a sibling, within limits; every attack is refused with its reason."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from git_taxonomies import MANUAL, GitFolder, knowledge
from https_git_server import GitServer, serve_repositories

from schemas.contracts import Fault, ignore_progress
from schemas.errors import DamagedFileError, DocumentError
from schemas.settings import DocumentSettings
from tasks.taxonomy_diff.documents import DocumentReader, DocumentText
from tasks.taxonomy_diff.leaf_node import LeafSource, parse_leaf_node
from tasks.taxonomy_diff.rules import FaultList, Severities

SIBLINGS = DocumentSettings(local="siblings")


def read(text: str, tmp_path: Path, settings: DocumentSettings = SIBLINGS) -> tuple[list[DocumentText], list[Fault]]:
    leaf, faults = parse_leaf_node(LeafSource("knowledge/cars/qna.yaml", text.encode(), b"CC0"), Severities())
    assert leaf is not None, faults
    found = FaultList(leaf.file, Severities())
    reader = DocumentReader(settings, tmp_path / "taxonomy", str(tmp_path / "cache"), ignore_progress)
    return reader.read(leaf, found), found.faults


# -- files -------------------------------------------------------------------------------------------------------------


def test_documents_are_read_from_the_pinned_commit_not_from_the_folder(manual: GitFolder, tmp_path: Path) -> None:
    commit = manual.git("rev-parse", "HEAD")
    manual.commit({"manual.md": "Other.\n"})
    manual.write({"manual.md": "Uncommitted.\n"})
    texts, faults = read(knowledge("../manual", commit, ("*.md", "notes/**", "manual.md")), tmp_path)
    assert faults == []
    assert [text.document.path for text in texts] == ["manual.md", "notes/extra.txt"]
    assert texts[0].text == MANUAL
    assert (texts[0].document.repo, texts[0].document.commit) == ("../manual", commit)


def test_text_is_kept_under_its_digest(manual: GitFolder, tmp_path: Path) -> None:
    manual.commit({"manual.md": "One.\r\nTwo.\rThree.\n".encode("utf-8-sig")})
    texts, _ = read(knowledge("../manual", manual.git("rev-parse", "HEAD")), tmp_path)
    sha256 = hashlib.sha256(b"One.\nTwo.\nThree.\n").hexdigest()
    assert texts[0].document.sha256 == sha256
    assert (tmp_path / f"cache/documents/{sha256}.md").read_bytes() == b"One.\nTwo.\nThree.\n"
    reader = DocumentReader(SIBLINGS, tmp_path, str(tmp_path / "cache"), ignore_progress)
    assert reader.read_text(sha256) == "One.\nTwo.\nThree.\n"
    (tmp_path / f"cache/documents/{sha256}.md").write_text("Changed.")
    with pytest.raises(DamagedFileError, match="gone or damaged"):
        reader.read_text(sha256)


def test_branch_is_resolved_to_the_commit_that_it_means(manual: GitFolder, tmp_path: Path) -> None:
    texts, faults = read(knowledge("../manual", "main"), tmp_path)
    assert (texts[0].document.commit, faults) == (manual.git("rev-parse", "HEAD"), [])


def test_symlink_in_the_repository_is_never_followed(manual: GitFolder, tmp_path: Path) -> None:
    (manual.path / "passwd.md").symlink_to("/etc/passwd")
    (manual.path / "etc").symlink_to("/etc")
    commit = manual.commit()
    texts, faults = read(knowledge("../manual", commit, ("*.md",)), tmp_path)
    assert ([text.document.path for text in texts], faults) == (["manual.md"], [])
    texts, faults = read(knowledge("../manual", commit, ("passwd.md", "etc/os-release*")), tmp_path)
    assert (texts, [fault.rule for fault in faults]) == ([], ["pattern-refused", "document-missing"])


def test_limits_on_size_and_number_are_told(manual: GitFolder, tmp_path: Path) -> None:
    commit = manual.commit({"large.md": "x" * 5000, "b.md": "b", "c.md": "c"})
    _, faults = read(knowledge("../manual", commit, ("large.md",)), tmp_path, DocumentSettings(local="siblings", max_bytes=1000))
    assert "has 5,000 bytes; at most 1,000 are read" in faults[0].message
    _, faults = read(knowledge("../manual", commit, ("*.md",)), tmp_path, DocumentSettings(local="siblings", max_files=2))
    assert "found 4 documents; at most 2 are read" in faults[0].message
    three = ("manual.md", "b.md", "c.md")
    _, faults = read(knowledge("../manual", commit, three), tmp_path, DocumentSettings(local="siblings", max_files=2))
    assert "found 3 patterns; at most 2 are read" in faults[0].message


@pytest.mark.parametrize("name", [b"caf\xe9.md", b"red\x1b[31m.md"])
def test_document_whose_path_is_no_text_is_a_fault(name: bytes, manual: GitFolder, tmp_path: Path) -> None:
    blob = manual.git("hash-object", "-w", "--stdin", stdin=b"Text.\n")
    manual.git("update-index", "-z", "--index-info", stdin=b"100644 " + blob.encode() + b"\todd/" + name + b"\0")
    manual.git("commit", "-qm", "odd")
    texts, faults = read(knowledge("../manual", manual.git("rev-parse", "HEAD"), ("odd/*",)), tmp_path)
    assert (texts, [fault.rule for fault in faults]) == ([], ["document-unreadable"])
    assert faults[0].message.isprintable()


def test_attributes_of_a_document_repository_change_no_byte(manual: GitFolder, tmp_path: Path) -> None:
    manual.write({".gitattributes": "*.md text eol=crlf filter=evil export-ignore ident\n"})
    manual.git("config", "filter.evil.smudge", f"touch {tmp_path / 'owned'}")
    texts, faults = read(knowledge("../manual", manual.commit({"other.txt": "x"}), ("manual.md",)), tmp_path)
    assert ([text.text for text in texts], faults) == ([MANUAL], [])
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("binary.md", b"a\0b", "NUL"),
        ("latin.txt", b"caf\xe9", "not UTF-8"),
        ("empty.md", b" \n", "holds no text"),
        ("pointer.md", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n", "Git LFS pointer"),
        ("broken.pdf", b"%PDF-1.7 nothing", "cannot be converted"),
        ("broken.docx", b"PK nothing", "cannot be converted"),
    ],
)
def test_document_that_cannot_be_read_is_a_fault(
    name: str, content: bytes, reason: str, manual: GitFolder, tmp_path: Path
) -> None:
    commit = manual.commit({name: content})
    _, faults = read(knowledge("../manual", commit, (name,)), tmp_path)
    assert [(fault.rule, fault.severity) for fault in faults] == [("document-unreadable", "error")]
    assert reason in faults[0].message


def test_absent_repository_and_commit_are_faults(manual: GitFolder, tmp_path: Path) -> None:
    _, faults = read(knowledge("../nothing", "0" * 39 + "a"), tmp_path)
    assert "is not a Git repository" in faults[0].message
    repo_line = knowledge("../nothing", "a").splitlines().index("  repo: ../nothing") + 1
    assert faults[0].line == repo_line
    _, faults = read(knowledge("../manual", "0" * 39 + "a"), tmp_path)
    assert "found no commit" in faults[0].message


# -- by https ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def server(manual: GitFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitServer]:
    with serve_repositories(tmp_path, tmp_path / "certificates") as server:
        monkeypatch.setenv("GIT_SSL_CAINFO", str(server.certificate))
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.delenv(name, raising=False)
        yield server


PRIVATE = DocumentSettings(private_addresses=True, timeout_seconds=20)


def test_only_the_pinned_commit_is_fetched_and_only_once(server: GitServer, manual: GitFolder, tmp_path: Path) -> None:
    pinned = manual.git("rev-parse", "HEAD")
    later = manual.commit({"manual.md": "Later.\n"})
    text = knowledge(server.url("manual/.git"), pinned)
    texts, faults = read(text, tmp_path, PRIVATE)
    assert ([t.text for t in texts], faults) == ([MANUAL], [])
    asked = len(server.requests)
    again, _ = read(text, tmp_path, PRIVATE)
    assert ([t.text for t in again], len(server.requests)) == ([MANUAL], asked)
    bare = next((tmp_path / "cache/repositories").glob("*.git"))
    assert not (bare / "manual.md").exists()
    assert later not in GitFolder(tmp_path / "probe").git(f"--git-dir={bare}", "cat-file", "--batch-all-objects", "--batch-check")


def test_branch_and_short_id_are_resolved_by_the_server(server: GitServer, manual: GitFolder, tmp_path: Path) -> None:
    pinned = manual.git("rev-parse", "HEAD")
    for name in ("main", pinned[:9]):
        texts, faults = read(knowledge(server.url("manual/.git"), f"'{name}'"), tmp_path, PRIVATE)
        assert ([t.document.commit for t in texts], faults) == ([pinned], [])


def test_commit_that_the_server_does_not_have_is_a_fault(server: GitServer, tmp_path: Path) -> None:
    for commit in ("f" * 40, "no-such-branch"):
        _, faults = read(knowledge(server.url("manual/.git"), commit), tmp_path, PRIVATE)
        assert [fault.rule for fault in faults] == ["document-missing"]


def test_repository_that_the_server_does_not_have_is_a_fault_of_its_address(server: GitServer, tmp_path: Path) -> None:
    text = knowledge(server.url("typo/.git"), "f" * 40)
    _, faults = read(text, tmp_path, PRIVATE)
    assert [(fault.rule, text.splitlines()[fault.line - 1].split(":")[0]) for fault in faults] == [("document-missing", "  repo")]
    assert "found no public repository" in faults[0].message


def test_id_of_a_tag_is_recorded_as_its_commit_every_time(server: GitServer, manual: GitFolder, tmp_path: Path) -> None:
    manual.git("tag", "-a", "-m", "one", "v1")
    for _ in range(2):
        texts, _ = read(knowledge(server.url("manual/.git"), manual.git("rev-parse", "v1")), tmp_path, PRIVATE)
        assert [text.document.commit for text in texts] == [manual.git("rev-parse", "HEAD")]


def test_private_address_is_refused_before_it_is_asked(server: GitServer, tmp_path: Path) -> None:
    _, faults = read(knowledge(server.url("manual/.git"), "main"), tmp_path, DocumentSettings())
    assert [fault.rule for fault in faults] == ["repo-refused"]
    assert server.requests == []


def test_slow_server_is_given_up_at_the_limit(server: GitServer, tmp_path: Path) -> None:
    server.delay_seconds = 3
    with pytest.raises(DocumentError, match="was not fetched within 1 seconds"):
        read(knowledge(server.url("manual/.git"), "main"), tmp_path, DocumentSettings(private_addresses=True, timeout_seconds=1))


def test_repository_that_is_too_large_is_given_up(server: GitServer, manual: GitFolder, tmp_path: Path) -> None:
    commit = manual.commit({"noise.txt": hashlib.shake_256(b"noise").hexdigest(3_000_000)})
    with pytest.raises(DocumentError, match="is larger than 20,000 bytes"):
        read(knowledge(server.url("manual/.git"), commit), tmp_path, DocumentSettings(private_addresses=True, max_bytes=1000))


def test_redirect_is_not_followed(server: GitServer, tmp_path: Path) -> None:
    server.redirect_to = "https://127.0.0.1:1"
    with pytest.raises(DocumentError, match="cannot fetch"):
        read(knowledge(server.url("manual/.git"), "main"), tmp_path, PRIVATE)


def test_server_that_is_not_there_stops_the_run(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"cannot fetch https://127\.0\.0\.1:1/x"):
        read(knowledge("https://127.0.0.1:1/x", "main"), tmp_path, PRIVATE)
