"""Models from an OCI registry: by tag or digest, checked, resumed, with a token that goes nowhere else."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.models.downloading import Wanted, download_model
from flows.models.oci_registry import parse_reference
from schemas.errors import DownloadError, UsageError
from tasks.student_model.checkpoint_files import digest_directory
from tests.flows.models.pretend_registry import PretendRegistry, digest_of
from tests.tasks.student_model.export.made_models import make_checkpoint


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkpoint(tmp_path_factory.mktemp("registry") / "tiny")


def fetch(root: Path, registry: PretendRegistry, reference: str = ":1.0", **more) -> Path:
    return download_model(Wanted(f"oci://{registry.host}/team/tiny{reference}", **more), root, lambda _: None)


def test_an_artefact_is_fetched_whole_and_its_digest_noted(tiny: Path, tmp_path: Path) -> None:
    with PretendRegistry(tiny) as registry:
        place = fetch(tmp_path, registry)
        by_digest = fetch(tmp_path, registry, f"@{digest_of(registry.manifest)}", name="again")
        origin = f"oci://{registry.host}/team/tiny@{digest_of(registry.manifest)}"
    assert place == tmp_path / "models" / "tiny"
    assert digest_directory(place) == digest_directory(by_digest) == digest_directory(tiny)
    noted = json.loads((tmp_path / "models" / ".tiny.origin.json").read_text())
    assert noted == {"from": origin, "sha256": digest_directory(tiny)}


def test_an_interrupted_fetch_goes_on_in_the_middle_of_a_file(tiny: Path, tmp_path: Path) -> None:
    with PretendRegistry(tiny) as registry:
        whole = len(registry.files["model.safetensors"])
        registry.break_after["model.safetensors"] = whole // 2
        with pytest.raises(DownloadError, match="Run again: it goes on"):
            fetch(tmp_path, registry)
        assert not (tmp_path / "models" / "tiny").exists()
        place = fetch(tmp_path, registry)
        assert registry.sent["model.safetensors"] == whole  # no byte twice
    assert digest_directory(place) == digest_directory(tiny)


def test_a_damaged_file_is_noticed_and_fetched_once_more(tiny: Path, tmp_path: Path) -> None:
    with PretendRegistry(tiny) as registry:
        registry.damaged.add("model.safetensors")
        with pytest.raises(DownloadError, match=r"model\.safetensors came damaged"):
            fetch(tmp_path, registry)
        assert digest_directory(fetch(tmp_path, registry)) == digest_directory(tiny)


def test_a_manifest_that_is_not_the_one_asked_for_is_refused(tiny: Path, tmp_path: Path) -> None:
    with PretendRegistry(tiny) as registry, pytest.raises(DownloadError, match="status 404"):
        fetch(tmp_path, registry, f"@sha256:{'0' * 64}")


def test_a_token_is_named_exchanged_and_not_sent_to_where_the_blobs_lie(tiny: Path, tmp_path: Path) -> None:
    with PretendRegistry(tiny, password="secret-of-the-team") as registry:
        registry.elsewhere = True
        with pytest.raises(DownloadError, match=r"status 401.*--token-env") as caught:
            fetch(tmp_path, registry)
        assert "secret-of-the-team" not in str(caught.value)
        fetch(tmp_path, registry, token="secret-of-the-team")
        assert registry.seen_elsewhere == {None}
    kept = b"".join(path.read_bytes() for path in (tmp_path / "models").rglob("*") if path.is_file())
    assert b"secret-of-the-team" not in kept
    assert b"short-lived" not in kept


@pytest.mark.parametrize("title", ["../escaped.json", "/tmp/escaped.json", "a/../../escaped.json", ".hidden.json", "run.py"])
def test_a_title_cannot_leave_the_directory_nor_bring_code(tiny: Path, tmp_path: Path, title: str) -> None:
    with PretendRegistry(tiny) as registry:
        registry.files[title] = b"{}"
        place = fetch(tmp_path, registry)
    assert digest_directory(place) == digest_directory(tiny)
    assert not list(tmp_path.rglob("escaped.json"))
    assert not Path("/tmp/escaped.json").exists()


def test_an_archive_is_refused_with_the_way_to_push_files(tiny: Path, tmp_path: Path) -> None:
    with PretendRegistry(tiny) as registry:
        registry.extra.append(
            {
                "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                "digest": f"sha256:{'1' * 64}",
                "size": 10,
                "annotations": {"org.opencontainers.image.title": "model", "io.deis.oras.content.unpack": "true"},
            }
        )
        with pytest.raises(DownloadError, match="archive: push the files one by one"):
            fetch(tmp_path, registry)


def test_what_a_tag_meant_before_does_not_stay(tiny: Path, tmp_path: Path) -> None:
    with PretendRegistry(tiny) as registry:
        registry.files["old.json"] = b"{}"
        registry.break_after["tokenizer.json"] = 10
        with pytest.raises(DownloadError):
            fetch(tmp_path, registry)
        del registry.files["old.json"]
        assert digest_directory(fetch(tmp_path, registry)) == digest_directory(tiny)


def test_a_registry_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="cannot be fetched") as caught:
        download_model(Wanted("oci://127.0.0.1:9/team/tiny:1.0"), tmp_path, lambda _: None)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "url", "reference"),
    [
        ("oci://ghcr.io/team/tiny", "https://ghcr.io/v2/team/tiny", "latest"),
        ("oci://localhost:5000/a/b/c:v1.2", "http://localhost:5000/v2/a/b/c", "v1.2"),
        (f"oci://example.com/x@sha256:{'a' * 64}", "https://example.com/v2/x", f"sha256:{'a' * 64}"),
        ("oci://127.0.0.1.example.com/x:1", "https://127.0.0.1.example.com/v2/x", "1"),
    ],
)
def test_an_address_says_host_name_and_reference(source: str, url: str, reference: str) -> None:
    parsed = parse_reference(source)
    assert (parsed.url, parsed.reference) == (url, reference)


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        parsed = parse_reference(f"oci://{text}")
    except UsageError:
        return
    assert parsed.url.startswith(("https://", "http://"))
    assert ".." not in parsed.name
