import logging
import socket
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import ModelServerError, UsageError
from tasks.chat_model.asking import Support, ask_all, work_through
from tasks.chat_model.door import LONGEST_BACKOFF_SECONDS, Limits, backoff_seconds
from tasks.chat_model.watching import Watch
from tasks.chat_model.wire import hide_keys, parse_retry_after
from tests.tasks.chat_model.scripted_server import PROBE_REPLY, Asked, Reply, ScriptedServer, is_probe
from tests.tasks.chat_model.test_chat_model_asking import Colour, ask

GOOD = Reply(text='{"colour": "red"}')
TRANSIENT = {
    "busy": Reply(text="slow down", status=429, headers={"Retry-After": "0.2"}),
    "server_error": Reply(text="oops", status=500),
    "dropped": Reply(drop=True),
    "stalled": Reply(delay_seconds=5.0),
    "cut_off": Reply(text="a long answer", cut=True),
    "no_json": Reply(body=b'{"choices": [{"mess'),
    "no_choices": Reply(body=b'{"choices": []}'),
    "timeout_status": Reply(status=408),
    "conflict": Reply(status=409),
}


def failing_first(fault: Reply, times: int = 1):
    seen: dict[str, int] = {}

    def script(asked: Asked) -> Reply:
        text = asked["messages"][-1]["content"]
        seen[text] = seen.get(text, 0) + 1
        return fault if seen[text] <= times else GOOD

    return script


@pytest.mark.parametrize("fault", TRANSIENT)
def test_a_fault_that_passes_is_retried(tmp_path, fault):
    with ScriptedServer(failing_first(TRANSIENT[fault])) as server:
        started = time.monotonic()
        [answer] = ask_all([ask("a", form=Colour)], server.settings(timeout_seconds=0.5), str(tmp_path))
        assert answer.content == Colour(colour="red")
        assert len(server.asked) == 2
        if fault == "busy":
            assert time.monotonic() - started >= 0.2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422, 301])
def test_a_refusal_is_not_retried(tmp_path, status):
    with ScriptedServer(lambda asked: Reply(text="no", status=status)) as server:
        watch = Watch(limits=Limits(max_failed_share=1))
        [answer] = ask_all([ask("a")], server.settings(), str(tmp_path), watch)
        assert answer.failure == "model_request_failed"
        assert f"status {status}: no" in answer.detail
        assert len(server.asked) == 1


def test_retries_end_after_their_number_and_at_the_deadline(tmp_path):
    watch = Watch(limits=Limits(max_failed_share=1))
    with ScriptedServer(lambda asked: Reply(status=500)) as server:
        list(ask_all([ask("a")], server.settings(max_retries=2), str(tmp_path), watch))
        assert len(server.asked) == 3
    with ScriptedServer(lambda asked: Reply(status=429, headers={"Retry-After": "3600"})) as server:
        started = time.monotonic()
        [answer] = ask_all([ask("a")], server.settings(deadline_seconds=5), str(tmp_path), watch)
        assert answer.failure == "model_request_failed"
        assert time.monotonic() - started < 2
        assert len(server.asked) == 1


def test_thirty_percent_of_six_kinds_of_faults_lose_nothing(tmp_path):
    faults = [TRANSIENT[name] for name in ("busy", "server_error", "dropped", "stalled", "no_json")] + [
        Reply(text='{"color": 1}')
    ]
    tries: dict[str, int] = {}

    def script(asked):
        text = asked["messages"][0]["content"].split("\n")[0]
        tries[text] = tries.get(text, 0) + 1
        roll = (int(text) * 7919 + tries[text] * 104_729) % 1000
        return faults[roll % 6] if roll < 300 else GOOD

    with ScriptedServer(script) as server:
        settings = server.settings(timeout_seconds=0.3, concurrency=64, max_retries=8)
        answers = list(ask_all((ask(str(n), form=Colour) for n in range(400)), settings, str(tmp_path)))
    assert len(answers) == 400
    assert sum(answer.content is not None for answer in answers) >= 360
    assert all((answer.content is None) == (answer.failure is not None) for answer in answers)


def test_a_dead_replica_is_ejected_and_the_other_does_the_work(tmp_path):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{nobody.getsockname()[1]}/v1"
        with ScriptedServer(lambda asked: GOOD) as server:
            settings = server.settings(endpoints=(dead, server.url))
            answers = list(ask_all((ask(str(n)) for n in range(100)), settings, str(tmp_path)))
            assert all(answer.text == GOOD.text for answer in answers)


def test_a_server_killed_in_mid_run_leaves_the_work_to_its_replica(tmp_path):
    def slow(asked):
        return Reply(text="x", delay_seconds=0.01)

    with ScriptedServer(slow) as first, ScriptedServer(slow) as second:
        settings = first.settings(endpoints=(first.url, second.url))
        answers = ask_all((ask(str(n)) for n in range(300)), settings, str(tmp_path))
        texts = [next(answers).text for _ in range(50)]
        first.stop()
        texts += [answer.text for answer in answers]
        assert texts == ["x"] * 300
        assert min(len(first.asked), len(second.asked)) > 10


def test_a_server_that_is_gone_for_good_is_a_clear_error(tmp_path):
    with ScriptedServer(lambda asked: GOOD) as server:
        settings = server.settings(timeout_seconds=1.0, max_retries=20)
        answers = ask_all((ask(str(n)) for n in range(10_000)), settings, str(tmp_path))
        next(answers)
        server.stop()
        with pytest.raises(ModelServerError, match=r"no endpoint of scripted was of use for 1 s: .*cannot be reached"):
            list(answers)


def test_a_server_that_was_never_there_is_a_clear_error(tmp_path):
    with ScriptedServer(lambda asked: GOOD) as server:
        settings = server.settings(max_retries=1)
    with pytest.raises(ModelServerError, match=r"no endpoint of scripted answers: .*cannot be reached"):
        list(ask_all([ask("a")], settings, str(tmp_path)))


def test_a_key_is_sent_and_never_told(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("TEACHER_KEY", "very-secret-value\n")

    def script(asked):
        return Reply(text="wrong key very-secret-value", status=400)

    with caplog.at_level(logging.DEBUG), ScriptedServer(script) as server:
        settings = server.settings(api_key_env="TEACHER_KEY")
        with pytest.raises(ModelServerError) as raised:
            list(ask_all([ask("a")], settings, str(tmp_path)))
        assert server.headers[0]["authorization"] == "Bearer very-secret-value"
    assert "very-secret" not in str(raised.value)
    assert "very-secret" not in caplog.text
    assert all("very-secret" not in path.read_text() for path in tmp_path.iterdir())


def test_without_a_key_none_is_sent_whatever_the_environment_holds(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody-else")
    with ScriptedServer(lambda asked: GOOD) as server:
        list(ask_all([ask("a")], server.settings(), str(tmp_path)))
        assert "authorization" not in server.headers[0]


def test_a_key_that_is_not_set_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("TEACHER_KEY", raising=False)
    with ScriptedServer(lambda asked: GOOD) as server, pytest.raises(UsageError, match="TEACHER_KEY"):
        list(ask_all([ask("a")], server.settings(api_key_env="TEACHER_KEY"), str(tmp_path)))


def test_a_key_in_a_secret_block_is_sent_and_never_told(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("TEACHER_KEY", "of-the-environment")
    asked_for = []

    def read_secret(name):
        asked_for.append(name)
        return "very-secret-value\n"

    def script(asked):
        return Reply(text="wrong key very-secret-value", status=401)

    with caplog.at_level(logging.DEBUG), ScriptedServer(script, answers_probe=False) as server:
        settings = server.settings(api_key_block="teacher-key", api_key_env="TEACHER_KEY")
        with pytest.raises(ModelServerError, match=r"Secret block teacher-key") as raised:
            list(answers_of([ask("a")], settings, tmp_path, read_secret))
        assert server.headers[0]["authorization"] == "Bearer very-secret-value"
    assert asked_for == ["teacher-key"]
    assert "very-secret" not in str(raised.value) + caplog.text + settings.model_dump_json()
    assert all("very-secret" not in path.read_text() for path in tmp_path.iterdir())


def answers_of(requests, settings, folder, read_secret=None):
    jobs = [lambda ask_model, each=each: ask_model(each) for each in requests]
    return work_through(jobs, settings, str(folder), support=Support(read_secret=read_secret))


def no_such_block(name):
    raise ValueError(f"Unable to find block document named {name}")


@pytest.mark.parametrize(
    ("read_secret", "complaint"),
    [
        (None, "only a run can read: set api_key_env"),
        (no_such_block, "there is no Secret block teacher-key"),
        (lambda name: " ", "the Secret block teacher-key, .* is empty"),
    ],
)
def test_a_secret_block_that_holds_no_key_is_named(tmp_path, read_secret, complaint):
    with ScriptedServer(lambda asked: GOOD) as server:
        settings = server.settings(api_key_block="teacher-key")
        with pytest.raises(UsageError, match=complaint):
            list(answers_of([ask("a")], settings, tmp_path, read_secret))
        assert server.asked == []


def openai_script(asked):
    """As newer OpenAI models answer."""
    if "max_tokens" in asked:
        text = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
        return Reply(text=text, status=400)
    return PROBE_REPLY if is_probe(asked) else GOOD


def test_a_server_that_refuses_max_tokens_is_told_max_completion_tokens_and_that_is_remembered(tmp_path, caplog):
    with ScriptedServer(openai_script, answers_probe=False) as server:
        for number in range(2):
            [answer] = ask_all([ask(f"a{number}", form=Colour)], server.settings(), str(tmp_path))
            assert answer.content == Colour(colour="red")
        assert ["max_tokens" in asked for asked in server.asked] == [True, False, False, False]
        assert server.asked[-1]["max_completion_tokens"] == 64
        assert "response_format" in server.asked[-1]
    assert caplog.text.count("refuses max_tokens") == 1


def test_a_server_may_refuse_both_max_tokens_and_response_format(tmp_path):
    def script(asked):
        if "max_tokens" not in asked and "response_format" in asked:
            return Reply(text="unknown field response_format", status=400)
        return Reply(text="<colour>red</colour>") if "max_tokens" not in asked else openai_script(asked)

    with ScriptedServer(script, answers_probe=False) as server:
        [answer] = ask_all([ask("a", form=Colour)], server.settings(), str(tmp_path))
        assert answer.content == Colour(colour="red")


def test_max_tokens_that_are_only_too_large_are_no_reason_to_rename_them(tmp_path):
    def script(asked):
        text = "'max_tokens' or 'max_completion_tokens' is too large for this model's context"
        return Reply(text=text, status=400) if "response_format" in asked else Reply(text="<colour>red</colour>")

    with ScriptedServer(script, answers_probe=False) as server:
        [answer] = ask_all([ask("a", form=Colour)], server.settings(), str(tmp_path))
        assert answer.content == Colour(colour="red")
        assert "max_tokens" in server.asked[-1]


@pytest.mark.parametrize(
    ("status", "hint"), [(401, "api_key_env"), (403, "api_key_env"), (404, "ends with /v1"), (400, "Check the model's settings")]
)
def test_a_server_that_refuses_everything_is_named_at_once(tmp_path, status, hint):
    with ScriptedServer(lambda asked: Reply(text="no", status=status), answers_probe=False) as server:
        with pytest.raises(ModelServerError, match=f"refuses scripted: status {status}: no.*{hint}"):
            list(ask_all([ask("a")], server.settings(), str(tmp_path)))
        assert len(server.asked) <= 2


@pytest.mark.parametrize(
    "probe", [Reply(text="It rains."), Reply(text="unknown field response_format", status=400), Reply(text='{"colour": "mauve"}')]
)
def test_a_server_without_json_schema_is_asked_for_tags_and_that_is_said_once(tmp_path, caplog, probe):
    def script(asked):
        if "response_format" in asked:
            return probe
        return Reply(text="Here you are: <colour>red</colour>")

    with ScriptedServer(script, answers_probe=False) as server:
        for number in range(2):
            [answer] = ask_all([ask(f"a{number}", form=Colour)], server.settings(), str(tmp_path))
            assert answer.content == Colour(colour="red")
        assert sum("response_format" in asked for asked in server.asked) == (1 if probe.status == 400 else 3)
        assert "<colour>" in server.asked[-1]["messages"][-1]["content"]
    assert caplog.text.count("asked for in tags") == 1


def test_a_model_that_thinks_long_is_given_more_tokens_before_the_probe_decides(tmp_path):
    def script(asked):
        if is_probe(asked):
            return PROBE_REPLY if asked["max_tokens"] > 1000 else Reply(text="<think>well", finish="length")
        return GOOD

    with ScriptedServer(script, answers_probe=False) as server:
        [answer] = ask_all([ask("a", form=Colour)], server.settings(), str(tmp_path))
        assert answer.content == Colour(colour="red")
        assert [asked["max_tokens"] for asked in server.asked[:2]] == [256, 4096]


@pytest.mark.parametrize("fault", [Reply(status=503), Reply(drop=True), Reply(text='{"colour": "r'), Reply(text="{}")])
def test_one_fault_does_not_decide_the_probe(tmp_path, fault):
    probes = iter([fault, PROBE_REPLY])
    with ScriptedServer(lambda asked: next(probes) if is_probe(asked) else GOOD, answers_probe=False) as server:
        [answer] = ask_all([ask("a", form=Colour)], server.settings(), str(tmp_path))
        assert answer.content == Colour(colour="red")
        assert all("response_format" in asked for asked in server.asked)


@given(st.integers(0, 30), st.none() | st.floats(0, 1e6), st.text())
def test_backoff_is_bounded_the_same_in_every_run_and_never_sooner_than_asked(attempt, retry_after, identity):
    seconds = backoff_seconds(attempt, retry_after, identity)
    assert seconds == backoff_seconds(attempt, retry_after, identity)
    assert (retry_after or 0) <= seconds <= (retry_after or 0) + LONGEST_BACKOFF_SECONDS


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("3", 3.0),
        ("0.5", 0.5),
        (None, None),
        ("soon", None),
        ("-1", None),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 40.0),
        ("inf", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header, seconds):
    assert parse_retry_after(header, now=60.0) == seconds


@given(st.text())
def test_any_retry_after_is_read_or_ignored(header):
    seconds = parse_retry_after(header, now=0.0)
    assert seconds is None or seconds >= 0


def test_what_looks_like_a_key_is_hidden_even_if_it_is_not_ours():
    assert hide_keys("Incorrect key: sk-abc***xyz1. Bearer eyJhbGci.x", "mine") == "Incorrect key: [key] [key]"
