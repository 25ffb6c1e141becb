"""The policy file: what it may say, what it may not, and what each setting does."""

from pathlib import Path

import pytest
import yaml
from scan_rows_of import DOCUMENT, chunk, sample, scan

from schemas.errors import UsageError
from schemas.records import Chunk, Sample
from tasks.safety_scan.policy import BUILT_IN, load_policy
from tasks.safety_scan.text_scanner import TextScanner, rules_of


def policy_file(folder, **changes) -> str:
    content = yaml.safe_load(BUILT_IN.read_text())
    for name, value in changes.items():
        content[name] = {**content[name], **value} if isinstance(content.get(name), dict) else value
    path = folder / "policy.yaml"
    path.write_text(yaml.safe_dump(content))
    return str(path)


def test_the_built_in_policy_is_valid_and_names_only_rules_that_exist():
    policy, digest = load_policy(None)
    TextScanner(policy)
    assert len(digest) == 64
    assert policy.action("credential.github_token") == "quarantine"
    assert policy.action("prohibited.child_safety.sexual") == "drop"
    assert policy.action("personal.email") == "redact"


def test_every_rule_of_the_built_in_policy_has_an_action_of_its_category():
    policy, _ = load_policy(None)
    assert {rule.id for rule in rules_of(policy) if rule.id.split(".")[0] not in policy.actions} == set()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"actions": {"credential": "redact"}}, "credential can be quarantined or dropped"),
        ({"actions": {"personal.emial": "drop"}}, "Did you mean personal.email"),
        ({"actions": {"personal": "burn"}}, "actions.personal"),
        ({"published": {"rules": ["credential.jwt"]}}, "never allowed because it is published"),
        ({"layers": {"personnel": True}}, "layers.personnel"),
        ({"phrases": [{"id": "prohibited.x"}]}, "neither phrases nor patterns"),
        ({"contamination": {"evaluation_files": ["/nowhere/eval.jsonl"]}}, "cannot be read"),
    ],
)
def test_a_policy_that_does_not_fit_is_refused_with_its_key(tmp_path, changes, message):
    with pytest.raises(UsageError, match=message):
        TextScanner(load_policy(policy_file(tmp_path, **changes))[0])


def test_an_absent_policy_and_broken_yaml_are_named(tmp_path):
    with pytest.raises(UsageError, match=r"nowhere\.yaml"):
        load_policy(str(tmp_path / "nowhere.yaml"))
    (tmp_path / "broken.yaml").write_text("name: [")
    with pytest.raises(UsageError, match="not YAML"):
        load_policy(str(tmp_path / "broken.yaml"))


def test_the_digest_goes_into_the_result_and_changes_with_the_file(tmp_path):
    first = scan(tmp_path / "a", [sample("q?", "a")]).result.policy_sha256
    path = policy_file(tmp_path, name="another")
    second = scan(tmp_path / "b", [sample("q?", "a")], policy=path).result.policy_sha256
    assert first == load_policy(None)[1]
    assert second == load_policy(path)[1] != first


def test_layers_can_be_switched_off(tmp_path):
    path = policy_file(tmp_path, layers={"personal": False, "credentials": False, "duplicates": False})
    rows = [sample("Mail?", "ann@example.org"), sample("Key?", "ghp_" + "aB3" * 12), sample("Mail?", "ann@example.org")]
    result = scan(tmp_path, rows, policy=path).result
    assert (result.allowed, result.dropped, result.quarantined) == (3, 0, 0)


def test_the_longest_name_decides(tmp_path):
    path = policy_file(tmp_path, actions={"personal.email": "drop", "personal": "redact"})
    scanned = scan(tmp_path, [sample("Mail?", "ann@example.org"), sample("Card?", "4111 1111 1111 1111")], policy=path)
    assert scanned.reasons == ["drop:personal.email"]
    assert scanned.result.redacted == 1


def test_a_published_number_may_stay_and_the_reason_is_recorded(tmp_path):
    phone = "Call the works on +44 20 7946 0018."
    path = policy_file(tmp_path, published={"rules": ["personal.phone"], "because": "the maker publishes it"})
    rows = [
        sample("Whom to call?", phone, document=DOCUMENT, origin="extracted"),
        sample("Whom to ring?", phone, context=f"Opening hours. {phone}", document=DOCUMENT),
        sample("Whom to ask?", phone, context="No number here.", document=DOCUMENT),
        sample("Whom?", phone),
    ]
    scanned = scan(tmp_path, [chunk(phone)], rows, policy=path)
    assert [c.text for c in scanned.clean(Chunk)] == [phone]
    answers = [row.answer for row in scanned.clean(Sample, 1)]
    assert answers == [phone, phone, "Call the works on [PHONE_1].", "Call the works on [PHONE_1]."]
    assert scanned.clean(Sample, 1)[0].findings[0].allowed_because == "the maker publishes it"


def test_an_allowed_value_stays_everywhere_and_its_neighbour_does_not(tmp_path):
    path = policy_file(tmp_path, allowed_values=[{"value": "Press@Example.org", "because": "our press contact"}])
    scanned = scan(tmp_path, [sample("Mail?", "press@example.org or ann@example.org")], policy=path)
    (row,) = scanned.clean(Sample)
    assert row.answer == "press@example.org or [EMAIL_1]"
    assert [f.allowed_because for f in row.findings] == ["our press contact", ""]


def test_own_phrases_are_found_with_plural_hyphen_and_gap(tmp_path):
    rule = {"id": "prohibited.house.gossip", "phrases": ["coffee machine ~2 broken|stolen"], "unless": ["repaired"]}
    path = policy_file(tmp_path, phrases=[rule], actions={"prohibited": "drop"}, layers={})
    content = yaml.safe_load(Path(path).read_text())
    content["actions"] = {"personal": "redact", "prohibited": "drop", "duplicate": "drop", "contamination": "drop"}
    Path(path).write_text(yaml.safe_dump(content))
    rows = [
        sample("1", "The coffee-machines are all stolen!"),
        sample("2", "The coffee machine was broken and has been repaired."),
        sample("3", "The coffee cup is broken."),
    ]
    assert [r.row["question"] for r in scan(tmp_path, rows, policy=path).refused] == ["1"]


def test_links_are_judged_by_the_lists(tmp_path):
    links = {"allowed_domains": ["example.org"], "blocked_domains": ["evil.test"]}
    path = policy_file(tmp_path, links=links, actions={"links.unlisted_domain": "drop"})
    rows = [
        sample("1", "See https://docs.example.org/a."),
        sample("2", "See https://cdn.evil.test/x"),
        sample("3", "See https://elsewhere.net/"),
        sample("4", "See https://example.org.evil.test/"),
        sample("5", "Click javascript:alert(document.cookie)"),
    ]
    scanned = scan(tmp_path, rows, policy=path)
    assert {r.row["question"]: r.reason.split(":")[0] for r in scanned.refused} == {
        "2": "drop", "3": "drop", "4": "drop", "5": "quarantine",
    }  # fmt: skip
