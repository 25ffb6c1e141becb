"""Nothing private is shown: not in refused rows, not in previews, not in placeholders."""

import random

import pytest
import scan_corpus as corpus
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scan_rows_of import chunk, sample, scan, seed

from schemas.records import Chunk, Sample
from tasks.safety_scan.masking import Placeholders, mask, redact
from tasks.safety_scan.policy import load_policy
from tasks.safety_scan.text_scanner import TextScanner
from tasks.safety_scan.verdicts import judge


@pytest.fixture(scope="module")
def scanner() -> TextScanner:
    return TextScanner(load_policy(None)[0])


def pieces(value: str, length: int = 8) -> list[str]:
    """All runs of letters and digits in a value that are long enough to be told apart."""
    return [value[i : i + length] for i in range(0, max(1, len(value) - length), length // 2) if value[i : i + length].isalnum()]


def test_no_piece_of_a_credential_stands_in_anything_written(tmp_path):
    r = random.Random(8)
    values = {name: make(r) for name, make in corpus.CREDENTIALS.items()}
    rows = [sample(f"What is the {name} value?", f"Here: {value} as agreed.") for name, value in values.items()]
    scanned = scan(tmp_path, rows)
    secret = {name: [p for p in pieces(v) if p.lower() not in "postgresql://app mongodb+srv"] for name, v in values.items()}
    written = scanned.everything_written()
    known = """
    BEGIN RSA PRIVATE KEY OPENSSH aws_secret_access_key DefaultEndpointsProtocol AccountName=
    EndpointSuffix=core.windows.net cloudflare_api_token hooks.slack.com/services Authorization: https://deploy
    git.intra.net cluster0 mongodb orders weather password client_secret SECRET_KEY HEROKU_API_KEY DB_PASSWORD
    Database=hr Password internal postgresql github_pat_ AgEIcHlwaS5vcmc api03
    """
    leaks = {name: [p for p in parts if p in written and p not in known] for name, parts in secret.items()}
    assert {name: parts for name, parts in leaks.items() if parts} == {}
    assert len(scanned.refused) == len(rows)
    assert all(reason.startswith("quarantine:credential.") for reason in scanned.reasons)


def test_a_secret_that_goes_on_after_a_line_break_is_masked_to_its_end(scanner):
    token = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vX7"
    rest = "zA9bC1dE3fG5hJ7kL9"
    text = f"use {token}\n{rest} please"
    masked = mask(text, scanner.hits(text))
    assert rest not in masked
    assert token[6:] not in masked
    assert masked.endswith(" please")


def test_other_fields_of_a_refused_row_are_masked_too(tmp_path):
    secret = "ghp_" + "Zx9" * 12
    row = sample("q?", f"the token is {secret}")
    provenance = row.provenance.model_copy(update={"parameters": {"note": f"sent {secret}"}, "pattern": secret})
    scanned = scan(tmp_path, [row.model_copy(update={"provenance": provenance})])
    assert secret not in scanned.refused_text
    assert "Zx9Zx9" not in scanned.refused_text


def test_placeholders_are_typed_and_the_same_value_has_the_same_one(scanner):
    judged = judge(
        {"question": "Who reads ann@example.org?", "answer": "ANN@example.org and bo@example.org, at +44 20 7946 0018."}, scanner
    )
    assert judged.verdict == "redact"
    assert judged.texts == {
        "question": "Who reads [EMAIL_1]?",
        "answer": "[EMAIL_1] and [EMAIL_2], at [PHONE_1].",
    }


def test_findings_hold_offsets_of_the_original_and_no_value(scanner):
    text = "Mail ann\u200b@example.org."
    (finding,) = [f for f in judge({"answer": text}, scanner).findings if f.rule == "personal.email"]
    assert text[finding.start : finding.end] == "ann\u200b@example.org"
    assert "ann" not in finding.preview
    assert "example" not in finding.preview


def test_a_redacted_chunk_keeps_its_length_and_all_other_characters(tmp_path):
    text = "Workshop: ring +44 20 7946 0018 or write to a@b.io. Torque is 45 Nm."
    document = "x" * 100 + text
    scanned = scan(tmp_path, [chunk(text, start=100)])
    (clean,) = scanned.clean(Chunk)
    assert scanned.result.redacted == 1
    assert len(clean.text) == clean.end - clean.start
    assert "7946" not in clean.text
    assert "a@b.io" not in clean.text
    offset = clean.text.index("Torque")
    assert document[clean.start + offset :].startswith("Torque is 45 Nm.")


def test_a_redacted_sample_has_the_id_of_what_it_now_says(tmp_path):
    row = sample("Whom to ask?", "Ask ann@example.org.")
    (clean,) = scan(tmp_path, [row]).clean(Sample)
    assert clean.answer == "Ask [EMAIL_1]."
    assert clean.id == sample("Whom to ask?", "Ask [EMAIL_1].").id != row.id
    assert [f.rule for f in clean.findings] == ["personal.email"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(sorted(corpus.CHECKED | corpus.SHAPED)), st.text("ab .,\né", max_size=20))
def test_redacted_text_comes_back_clean(scanner, number, kind, around):
    value = (corpus.CHECKED | corpus.SHAPED)[kind](random.Random(number))
    text = f"{around} {value} {around}"
    hits = scanner.hits(text)
    again = redact(text, hits, Placeholders())
    assert [hit for hit in scanner.hits(again) if hit.is_private] == []
    assert judge({"answer": text}, scanner).verdict == "redact"


def test_seed_examples_are_redacted_before_a_teacher_reads_them(tmp_path):
    scanned = scan(tmp_path, [seed("Card?", "It is 4111 1111 1111 1111."), seed("Colour?", "Grey.")])
    assert scanned.result.redacted == 1
    assert "4111" not in scanned.everything_written()
