"""Documents come from pinned commits, by https or from a sibling, within limits; every attack is refused with its reason."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from git_taxonomies import MANUAL, GitFolder, knowledge
from https_git_server import GitServer, serve_repositories
from hypothesis import given
from hypothesis import strategies as st

from schemas.contracts import Fault, ignore_progress
from schemas.errors import DamagedFileError, DocumentError
from schemas.settings import DocumentSettings
from tasks.taxonomy_diff.document_address import RefusedError, check_commit_name, check_pattern, is_private_name, parse_address
from tasks.taxonomy_diff.documents import DocumentReader, DocumentText, matches_pattern
from tasks.taxonomy_diff.leaf_node import LeafSource, parse_leaf_node
from tasks.taxonomy_diff.rules import FaultList, Severities

TOP = Path("/srv/taxonomies/ours")
SIBLINGS = DocumentSettings(local="siblings")


def read(text: str, tmp_path: Path, settings: DocumentSettings = SIBLINGS) -> tuple[list[DocumentText], list[Fault]]:
    leaf, faults = parse_leaf_node(LeafSource("knowledge/cars/qna.yaml", text.encode(), b"CC0"), Severities())
    assert leaf is not None, faults
    found = FaultList(leaf.file, Severities())
    reader = DocumentReader(settings, tmp_path / "taxonomy", str(tmp_path / "cache"), ignore_progress)
    return reader.read(leaf, found), found.faults


# -- addresses ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("repo", "reason"),
    [
        ("ext::sh -c touch% /tmp/owned", "transport helper"),
        ("EXT::sh", "transport helper"),
        ("fd::17", "transport helper"),
        ("--upload-pack=touch /tmp/owned", "begins with '-'"),
        ("-u./payload", "begins with '-'"),
        ("file:///etc", "local is 'never'"),
        ("/etc", "local is 'never'"),
        ("../manual", "local is 'never'"),
        ("git@github.com:owner/name", "ssh address"),
        ("ssh://git@github.com/owner/name", "only https is"),
        ("git://github.com/owner/name", "only https is"),
        ("ftp://example.org/name", "only https is"),
        ("https://user:secret@example.org/name", "user name or password"),
        ("https://token@example.org/name", "user name or password"),
        ("https://example.org\\@127.0.0.1/name", "user name or password"),
        ("https://localhost/name", "private or loopback"),
        ("https://127.0.0.1/name", "private or loopback"),
        ("https://127.1/name", "private or loopback"),
        ("https://2130706433/name", "private or loopback"),
        ("https://0x7f000001/name", "private or loopback"),
        ("https://10.1.2.3:8443/name", "private or loopback"),
        ("https://169.254.169.254/latest/meta-data", "private or loopback"),
        ("https://[::1]/name", "private or loopback"),
        ("https://[::ffff:127.0.0.1]/name", "private or loopback"),
        ("https://metadata.google.internal/name", "private or loopback"),
        ("https://example.org:notaport/name", "host or port"),
        ("https:///name", "host cannot be read"),
        ("https://exa mple.org/name", "host cannot be read"),
        ("https://example.org/name?x=1", "'\\?' or '#'"),
        ("https://example.org/na\nme", "control characters"),
        ("", "empty"),
    ],
)
def test_unsafe_repository_is_refused_with_its_reason(repo: str, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason) as refused:
        parse_address(repo, DocumentSettings(), TOP)
    assert refused.value.rule == "repo-refused"
    assert "secret" not in str(refused.value)


def test_https_is_taken_and_http_becomes_https() -> None:
    assert parse_address("https://github.com/a/b.git", DocumentSettings(), TOP).url == "https://github.com/a/b.git"
    assert parse_address("HTTP://github.com:80/a/b", DocumentSettings(), TOP).url == "https://github.com/a/b"


def test_allowed_hosts_exclude_all_others() -> None:
    only = DocumentSettings(allowed_hosts=("git.example.org",))
    assert parse_address("https://GIT.example.org/a", only, TOP).url == "https://git.example.org/a"
    with pytest.raises(RefusedError, match="not among"):
        parse_address("https://git.example.org.evil.net/a", only, TOP)


@pytest.mark.parametrize(
    "repo", ["../../etc", "..", "../", "../.", "../..", "manual", "./manual", "/srv/manual", "../a/b", "file:///srv"]
)
def test_sibling_is_one_folder_beside_the_taxonomy(repo: str, tmp_path: Path) -> None:
    assert parse_address("../manual", SIBLINGS, tmp_path / "taxonomy").folder == tmp_path / "manual"
    with pytest.raises(RefusedError, match="only a folder beside the taxonomy"):
        parse_address(repo, SIBLINGS, tmp_path / "taxonomy")


def test_sibling_that_is_a_symlink_to_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    (tmp_path / "here/manual").symlink_to(tmp_path / "there")
    with pytest.raises(RefusedError, match="symbolic link to somewhere else"):
        parse_address("../manual", SIBLINGS, tmp_path / "here/taxonomy")


def test_anywhere_takes_any_path_of_this_machine(tmp_path: Path) -> None:
    anywhere = DocumentSettings(local="anywhere")
    for repo in (str(tmp_path), f"file://{tmp_path}", f"../{tmp_path.name}"):
        assert parse_address(repo, anywhere, tmp_path.parent / "taxonomy").folder == tmp_path
    with pytest.raises(RefusedError, match="another machine"):
        parse_address("file://elsewhere/srv", anywhere, TOP)
    with pytest.raises(RefusedError, match="ssh"):
        parse_address("git@github.com:owner/name", anywhere, TOP)


@given(st.text(max_size=60))
def test_any_text_as_address_is_refused_or_public_https(repo: str) -> None:
    try:
        address = parse_address(repo, DocumentSettings(), TOP)
    except RefusedError:
        return
    assert address.url is not None
    assert address.url.startswith("https://")


@pytest.mark.parametrize(
    "name", ["localhost.", "a.localhost", "printer.local", "0.0.0.0", "192.168.1.1", "::", "fe80::1", "100.64.0.1"]
)
def test_private_names_are_known(name: str) -> None:
    assert is_private_name(name)


@pytest.mark.parametrize("name", ["github.com", "8.8.8.8", "2606:4700::1111", "face.com", "1.fm"])
def test_public_names_are_not_private(name: str) -> None:
    assert not is_private_name(name)


@pytest.mark.parametrize(
    "commit",
    ["--upload-pack=x", "-f", "a..b", "HEAD^{/x}", "a b", "main@{1}", "x:y", "a\nb", "refs/../x", "a.lock", "é", "", "a" * 300],
)
def test_unsafe_commit_is_refused(commit: str) -> None:
    with pytest.raises(RefusedError) as refused:
        check_commit_name(commit)
    assert refused.value.rule == "commit-refused"


@pytest.mark.parametrize(
    "pattern",
    ["../x.md", "a/../../x", "/etc/os-release*", "..", "~/x", "C:/x", "a\\b", ".git/config", "*" * 13, "a" * 301, "a\x00b"],
)
def test_unsafe_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(RefusedError) as refused:
        check_pattern(pattern)
    assert refused.value.rule == "pattern-refused"


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*.md", "a.md", True),
        ("*.md", "docs/a.md", False),
        ("docs/*.md", "docs/a.md", True),
        ("**/*.md", "a.md", True),
        ("**/*.md", "x/y/a.md", True),
        ("docs/**", "docs/x/y.md", True),
        ("./a.md", "a.md", True),
        ("a[12].md", "a2.md", True),
        ("a?.md", "a/.md", False),
        ("größe *.md", "größe 1.md", True),
        ("**/**/**/b.md", "a/a/a/a/a/c.md", False),
    ],
)
def test_pattern_matches_as_a_shell_with_globstar_does(pattern: str, path: str, matches: bool) -> None:
    assert matches_pattern(path, pattern) is matches


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
