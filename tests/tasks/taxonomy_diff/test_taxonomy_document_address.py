"""Every address, commit and pattern that a leaf node may name is taken or refused by its text alone, with the reason."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.settings import DocumentSettings
from tasks.taxonomy_diff.document_address import RefusedError, check_commit_name, check_pattern, is_private_name, parse_address
from tasks.taxonomy_diff.documents import matches_pattern

TOP = Path("/srv/taxonomies/ours")
SIBLINGS = DocumentSettings(local="siblings")


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
        ("https://[64:ff9b::7f00:1]/name", "private or loopback"),
        ("https://[2002:7f00:1::]/name", "private or loopback"),
        ("https://[::127.0.0.1]/name", "private or loopback"),
        ("https://192.0.0.192/opc/v2", "private or loopback"),
        ("https://168.63.129.16/machine", "private or loopback"),
        ("https://127.0.0.1./name", "host cannot be read"),
        ("https://１２７.0.0.1/name", "host cannot be read"),
        ("https://[fe80::1%25eth0]/name", "host cannot be read"),
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


@pytest.mark.parametrize("name", ["github.com", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "face.com", "1.fm"])
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
