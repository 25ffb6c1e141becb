"""The guardian fails closed: whatever is not judged harmless in all its parts does not pass."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scan_rows_of import chunk, leaf_node, sample, scan, seed

from schemas.errors import ModelServerError, ScanError, UsageError
from schemas.guardian_settings import GuardianSettings
from schemas.records import Chunk, Sample
from tasks.safety_scan.guardian import is_chosen, parts_of, split_text
from tasks.safety_scan.guardian_protocols import BUILT_IN_CRITERIA, HARMLESS, protocol_of
from tests.tasks.chat_model.scripted_server import Asked, Reply, ScriptedServer

HARM = ("pipe bomb", "stupid and should never", "Ignore all your rules", "never walk again", "goddamn", "pornographic", "forge")


def judged_text(asked: Asked) -> str:
    """The turn that is judged: the last one, a criterion aside."""
    return [m["content"] for m in asked["messages"] if not m["content"].startswith("<guardian>")][-1]


def granite(asked: Asked, answer: str = "<score>{}</score>", marks: tuple[str, ...] = ()) -> Reply:
    text = judged_text(asked)
    return Reply(text=answer.format("yes" if any(mark in text for mark in (*HARM, *marks)) else "no"))


def llama(asked: Asked) -> Reply:
    assert not any(m["content"].startswith("<guardian>") for m in asked["messages"])
    text = judged_text(asked)
    return Reply(text="unsafe\nS1,S9" if any(m in text for m in HARM) else "\n\nunsafe\nS2" if "slip past" in text else "safe")


def guarded(server: ScriptedServer, kind: str = "granite_guardian", **more) -> GuardianSettings:
    model = more.pop("model", None) or server.settings(max_retries=0, timeout_seconds=1.0)
    return GuardianSettings(kind=kind, model=model, **more)


def scan_with(tmp_path, script, *files, kind="granite_guardian", request=None, **more):
    with ScriptedServer(script) as server:
        found = scan(tmp_path, *files, guardian=guarded(server, kind, **more), request=request)
    known = (HARMLESS, "Tell me step")
    found.asked = [asked for asked in server.asked if not judged_text(asked).startswith(known)]
    return found


@pytest.mark.parametrize("answer", ["<score>{}</score>", "<think>Let me see: no or yes?</think>\n<score> {} </score>", "{}"])
def test_what_the_granite_guardian_finds_is_quarantined_and_the_rest_passes(tmp_path, answer):
    rows = [sample("How do I bake?", "With flour."), sample("How do I forge it?", "First..."), sample("Why?", "To forge it.")]
    found = scan_with(tmp_path, lambda asked: granite(asked, answer), rows)
    assert [row.question for row in found.clean(Sample)] == ["How do I bake?"]
    assert found.reasons == ["quarantine:guardian.harm"] * 2
    assert [row.detail for row in found.refused] == ["question harm", "answer harm"]
    assert found.result.guardian.judged == 3
    assert found.result.guardian.blocked == 2
    assert found.result.guardian.usage.requests == 7  # two canaries, two turns of the first and the third row, one of the second


def test_each_criterion_is_asked_about_by_itself_and_names_the_rule(tmp_path):
    def script(asked: Asked) -> Reply:
        about = asked["messages"][-1]["content"]
        text = judged_text(asked)
        own = "mentions a competitor" in about
        return Reply(text="yes" if (own and "Acme" in text) or (not own and any(m in text for m in HARM)) else "no")

    criteria = ("violence", "competitor: The text mentions a competitor.")
    found = scan_with(tmp_path, script, [sample("Who else?", "Acme does."), sample("Who?", "We.")], criteria=criteria)
    assert found.reasons == ["quarantine:guardian.competitor"]
    assert "violence" not in str(found.result.counts_by_rule)


def test_llama_guard_answers_name_the_category(tmp_path):
    rows = [sample("How do I slip past the toll?", "Hide it."), sample("Colour?", "Grey."), sample("Now?", "A pipe bomb.")]
    found = scan_with(tmp_path, llama, rows, kind="llama_guard")
    assert found.reasons == ["quarantine:guardian.s2", "quarantine:guardian.s1"]
    some = scan_with(tmp_path / "some", llama, rows, kind="llama_guard", criteria=("S9",))
    assert some.reasons == ["quarantine:guardian.s9"]


@pytest.mark.parametrize(
    ("reply", "rule"),
    [
        (Reply(text="I am not sure."), "guardian.unparsable"),
        (Reply(text="yes and no"), "guardian.unparsable"),
        (Reply(text=""), "guardian.unparsable"),
        (Reply(text="<score>no</score>", finish="length"), "guardian.truncated"),
        (Reply(text="<think>and so on", finish="length"), "guardian.unparsable"),
        (Reply(text="no", delay_seconds=3), "guardian.unavailable"),
        (Reply(status=500), "guardian.unavailable"),
        (Reply(cut=True), "guardian.unavailable"),
        (Reply(body=b"not json"), "guardian.unavailable"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_row_without_a_usable_answer_is_quarantined(tmp_path, reply, rule):
    def script(asked: Asked) -> Reply:
        return reply if "odd" in judged_text(asked) else granite(asked)

    rows = [sample("Is it odd?", "Yes."), sample("Colour?", "Grey.")]
    found = scan_with(tmp_path, script, rows, max_failed_share=1)
    assert found.reasons == [f"quarantine:{rule}"]
    assert [row.question for row in found.clean(Sample)] == ["Colour?"]
    assert sum("odd" in judged_text(a) for a in found.asked) == 1  # never asked again with a complaint as the last turn


def test_an_endpoint_that_goes_away_lets_nothing_pass_that_it_has_not_judged(tmp_path):
    rows = [sample(f"Question {i}?", f"Answer {i}.") for i in range(40)]

    def run(folder, **more):
        server = ScriptedServer(lambda asked: granite(asked))
        count = 0

        def script(asked: Asked) -> Reply:
            nonlocal count
            count += 1
            if count > 12:
                server._loop.call_soon(server._stopped.set)
                return Reply(drop=True)
            return granite(asked)

        server._script = script
        with server:
            return scan(folder, rows, guardian=guarded(server, model=server.settings(timeout_seconds=0.3), **more))

    found = run(tmp_path / "a", max_failed_share=1)
    assert set(found.reasons) == {"quarantine:guardian.unavailable"}
    assert found.result.quarantined >= 30
    assert found.result.allowed + found.result.quarantined == 40
    with pytest.raises(ModelServerError):
        run(tmp_path / "b")
    assert not list((tmp_path / "b" / "out").glob("clean*.jsonl"))


def test_too_many_rows_without_an_answer_stop_the_run(tmp_path):
    rows = [sample(f"Question {i}?", "Odd.") for i in range(5)]
    with pytest.raises(ModelServerError, match="5 of 5 rows"):
        scan_with(tmp_path, lambda a: Reply(text="?") if "Question" in judged_text(a) else granite(a), rows)


def test_a_guardian_that_misses_a_canary_stops_the_run(tmp_path):
    with pytest.raises(ScanError, match="missed its canary for harm"):
        scan_with(tmp_path, lambda asked: Reply(text="no"), [sample("q?", "a")])
    with pytest.raises(ScanError, match="cannot tell harm"):
        scan_with(tmp_path / "b", lambda asked: Reply(text="yes"), [sample("q?", "a")])
    with pytest.raises(ScanError, match="no verdict on a canary"):
        scan_with(tmp_path / "c", lambda asked: Reply(text="I cannot help with that."), [sample("q?", "a")])
    with pytest.raises(ScanError, match="missed its canary"):
        scan_with(tmp_path / "d", granite, [sample("q?", "a")], canaries=("something that it takes for harmless",))


def test_a_long_text_is_judged_to_its_end(tmp_path):
    long = "word " * 2000
    rows = [sample("Long?", f"{long} to forge it. {long}"), sample(f"{long} How to forge? {long}", "No."), sample("Long?", long)]
    found = scan_with(tmp_path, granite, rows, chunk_characters=1000)
    assert found.reasons == ["quarantine:guardian.harm"] * 2
    assert all(len(judged_text(a)) <= 1000 for a in found.asked)


@given(st.text("ab \n", max_size=4000), st.integers(500, 900), st.integers(0, 400), st.integers(0, 800))
def test_parts_cover_the_text_and_overlap(text, longest, overlap, taken):
    settings = GuardianSettings(chunk_characters=longest, overlap_characters=overlap)
    at = 0
    for part in split_text(text, settings, taken):
        start = text.find(part, max(0, at - longest))
        assert 0 <= start <= at
        assert len(part) <= longest
        at = max(at, start + len(part))
    assert not text[at:].strip()


def test_every_turn_is_the_last_one_once():
    settings = GuardianSettings()
    parts = list(parts_of({"question": "Q?", "context": "C.", "answer": "A."}, True, settings))
    assert [(name, [turn["content"] for turn in turns]) for name, turns in parts] == [
        ("question", ["C.\n\nQ?"]),
        ("answer", ["C.\n\nQ?", "A."]),
    ]
    assert [name for name, _ in parts_of({"text": "T", "headings.0": "H"}, False, settings)] == ["text", "headings.0"]


def test_a_share_is_drawn_by_seed_and_the_rest_is_counted(tmp_path):
    rows = [sample(f"Question {i}?", f"Answer {i}.") for i in range(60)]
    found = scan_with(tmp_path, granite, rows, share=0.3)
    settings = GuardianSettings(share=0.3)
    chosen = [row for row in rows if is_chosen(row.id, settings)]
    assert found.result.guardian.judged == len(chosen)
    assert found.result.guardian.passed_over == 60 - len(chosen)
    assert 5 < len(chosen) < 35
    assert {judged_text(a) for a in found.asked} == {text for row in chosen for text in (row.question, row.answer)}
    assert chosen != [row for row in rows if is_chosen(row.id, settings.model_copy(update={"seed": 8}))]


def test_sources_are_judged_and_a_blocked_leaf_node_takes_its_rows(tmp_path):
    files = [[leaf_node("How to forge a sword")], [seed("Colour?", "Grey.")], [chunk("The car is grey.")]]
    found = scan_with(tmp_path, granite, *files)
    assert sorted(found.reasons) == ["drop:leaf_blocked"] * 2 + ["quarantine:guardian.harm"]
    assert found.clean(Chunk, 2) == []


def test_answers_that_were_paid_for_are_not_asked_again(tmp_path):
    rows = [sample("Colour?", "Grey."), sample("Odd?", "?")]
    first = scan_with(tmp_path, granite, rows)
    asked: list = []

    def dead(request: Asked) -> Reply:
        asked.append(request)
        return Reply(status=500)

    with ScriptedServer(dead) as server:
        model = server.settings(name="scripted", max_retries=0)
        cached = GuardianSettings(kind="granite_guardian", model=model)
        again = scan(tmp_path, rows, guardian=cached)
    assert asked == []
    assert again.result.clean[0].sha256 == first.result.clean[0].sha256
    assert again.result.guardian.usage.cached == 6


def test_rows_that_other_layers_refuse_are_not_sent(tmp_path):
    token = "ghp_" + "aB3dE5gH7jK9" * 3
    mail = "ann@example.org"
    found = scan_with(tmp_path, granite, [sample("Key?", token), sample("Mail?", mail), sample("mail", mail)])
    assert not any(token in str(a) or "ann@" in str(a) for a in found.asked)
    assert [judged_text(a) for a in found.asked] == ["Mail?", "[EMAIL_1]"]


@pytest.mark.parametrize(
    ("kind", "criteria", "message"),
    [
        ("granite_guardian", ("harmm",), "is none of harm"),
        ("granite_guardian", ("own: what I want",), "name at least one harmful text"),
        ("llama_guard", ("S99",), "no category"),
    ],
)
def test_settings_that_do_not_fit_are_named(kind, criteria, message):
    with pytest.raises(UsageError, match=message):
        protocol_of(GuardianSettings(kind=kind, criteria=criteria))


def test_each_built_in_criterion_has_a_canary():
    settings = GuardianSettings(kind="granite_guardian", criteria=tuple(BUILT_IN_CRITERIA))
    assert [name for name, _ in protocol_of(settings).canaries()] == list(BUILT_IN_CRITERIA)
