import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from pydantic import BaseModel, ConfigDict

from schemas.errors import ModelServerError, UsageError
from tasks.chat_model.asking import ask_all, work_through
from tasks.chat_model.chat import ChatRequest
from tasks.chat_model.door import Limits
from tasks.chat_model.watching import UNWATCHED, Watch
from tests.tasks.chat_model.scripted_server import Asked, Reply, ScriptedServer


def ask(text: str, **changes) -> ChatRequest:
    return ChatRequest(**{"messages": ({"role": "user", "content": text},), "max_tokens": 64, "temperature": 0.7, **changes})


def backwards(asked: Asked) -> Reply:
    return Reply(text=asked["messages"][-1]["content"][::-1])


class Colour(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    colour: str


def test_answers_come_in_the_order_of_the_requests_with_all_slots_used(tmp_path):
    def script(asked):
        number = int(asked["messages"][-1]["content"])
        return Reply(text=str(number * 2), delay_seconds=0.05 if number % 7 == 0 else 0.005)

    with ScriptedServer(script) as server:
        answers = list(ask_all((ask(str(n)) for n in range(200)), server.settings(), str(tmp_path)))
        assert [answer.text for answer in answers] == [str(n * 2) for n in range(200)]
        assert server.most_under_way == 8
        assert sum(answer.usage.prompt_tokens for answer in answers) == 2000
        assert len(server.asked) == 200


def test_a_second_run_asks_nothing(tmp_path):
    with ScriptedServer(backwards) as server:
        settings = server.settings()
        first = list(ask_all((ask(str(n)) for n in range(50)), settings, str(tmp_path)))
    second = list(ask_all((ask(str(n)) for n in range(50)), settings, str(tmp_path)))  # the server is gone
    assert [answer.text for answer in second] == [answer.text for answer in first]
    assert sum(answer.usage.cached for answer in second) == 50
    assert sum(answer.usage.requests + answer.usage.prompt_tokens for answer in second) == 0


@pytest.mark.parametrize(
    "changes",
    [{"index": 1}, {"seed": 1}, {"temperature": 0.5}, {"max_tokens": 65}, {"messages": ({"role": "user", "content": "b"},)}],
)
def test_whatever_an_answer_depends_on_is_asked_anew(tmp_path, changes):
    with ScriptedServer(backwards) as server:
        list(ask_all([ask("a"), ask("a", **changes)], server.settings(), str(tmp_path)))
        assert len(server.asked) == 2


def test_another_model_never_reuses_an_answer(tmp_path):
    with ScriptedServer(backwards) as server:
        list(ask_all([ask("a")], server.settings(), str(tmp_path)))
        list(ask_all([ask("a")], server.settings(name="another"), str(tmp_path)))
        assert [asked["model"] for asked in server.asked] == ["scripted", "another"]


def test_identical_prompts_at_temperature_0_are_asked_once_even_while_under_way(tmp_path):
    with ScriptedServer(lambda asked: Reply(text="x", delay_seconds=0.1)) as server:
        requests = [ask("same", temperature=0.0, index=n, seed=n) for n in range(20)]
        answers = list(ask_all(requests, server.settings(), str(tmp_path)))
        assert len(server.asked) == 1
        assert sum(answer.usage.requests for answer in answers) == 1
        assert {answer.text for answer in answers} == {"x"}


def test_jobs_ask_several_times_and_older_jobs_finish_first(tmp_path):
    async def job(ask_model, number):
        words = (await ask_model(ask(f"{number}"))).text
        for _ in range(3):
            words = (await ask_model(ask(words + "!"))).text
        return number, words

    with ScriptedServer(backwards) as server:
        jobs = ((lambda ask_model, n=n: job(ask_model, n)) for n in range(60))
        results = list(work_through(jobs, server.settings(), str(tmp_path)))
    assert [number for number, _ in results] == list(range(60))
    assert all("!" in words for _, words in results)


def test_work_is_drawn_only_as_fast_as_it_is_done(tmp_path):
    drawn = 0

    def requests():
        nonlocal drawn
        for number in range(100_000):
            drawn = number
            yield ask(str(number))

    with ScriptedServer(backwards) as server:
        answers = ask_all(requests(), server.settings(concurrency=2), str(tmp_path))
        for _ in range(20):
            next(answers)
        time.sleep(0.3)
        assert drawn < 100
        answers.close()
        assert not [thread for thread in threading.enumerate() if thread.name == "labflow-chat"]


def test_an_error_in_a_job_stops_the_rest_and_reaches_the_caller(tmp_path):
    async def broken(_):
        raise KeyError("a bug")

    with ScriptedServer(lambda asked: Reply(delay_seconds=30)) as server:
        jobs = [lambda ask_model: ask_model(ask("slow")), broken]
        started = time.monotonic()
        with pytest.raises(KeyError, match="a bug"):
            list(work_through(jobs, server.settings(timeout_seconds=60), str(tmp_path)))
        assert time.monotonic() - started < 5


def test_an_error_of_the_source_reaches_the_caller(tmp_path):
    def requests():
        yield ask("a")
        raise OSError("the file is gone")

    with ScriptedServer(backwards) as server, pytest.raises(OSError, match="gone"):
        list(ask_all(requests(), server.settings(), str(tmp_path)))


def test_nothing_to_ask_is_no_error(tmp_path):
    with ScriptedServer(backwards) as server:
        assert list(ask_all([], server.settings(), str(tmp_path))) == []


def test_no_endpoint_is_a_clear_error(tmp_path):
    with ScriptedServer(backwards) as server, pytest.raises(UsageError, match="endpoints"):
        list(ask_all([ask("a")], server.settings(endpoints=()), str(tmp_path)))


def test_an_answer_that_does_not_fit_is_asked_once_more_with_the_complaint(tmp_path):
    def script(asked):
        return Reply(text='{"colour": "red"}' if len(asked["messages"]) == 3 else '{"color": "red"}')

    with ScriptedServer(script) as server:
        for _ in range(2):
            [answer] = ask_all([ask("colour?", form=Colour, temperature=0.0)], server.settings(), str(tmp_path))
            assert answer.content == Colour(colour="red")
        assert answer.usage.cached == 2
        assert [message["role"] for message in server.asked[1]["messages"]] == ["user", "assistant", "user"]
        assert "colour: Field required" in server.asked[1]["messages"][2]["content"]
        assert len(server.asked) == 2
        assert server.asked[0]["response_format"]["json_schema"]["schema"]["required"] == ["colour"]


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (Reply(text="red"), "model_answer_unparsable"),
        (Reply(text='{"colour": "r', finish="length"), "model_answer_truncated"),
        (Reply(text="", message={"reasoning_content": "hm"}), "model_answer_unparsable"),
        (Reply(text="no", status=400), "model_request_failed"),
    ],
)
def test_what_cannot_be_used_after_one_more_try_is_a_failure(tmp_path, reply, failure):
    with ScriptedServer(lambda asked: reply) as server:
        watch = Watch(limits=Limits(max_failed_share=1.0))
        [answer] = ask_all([ask("colour?", form=Colour)], server.settings(), str(tmp_path), watch)
        assert (answer.failure, answer.content) == (failure, None)
        assert len(server.asked) == (1 if reply.status == 400 else 2)


def test_text_without_a_form_that_was_cut_off_is_a_failure(tmp_path):
    with ScriptedServer(lambda asked: Reply(text="half an ans", finish="length")) as server:
        [answer] = ask_all([ask("a")], server.settings(), str(tmp_path))
        assert answer.failure == "model_answer_truncated"


def test_reasoning_is_no_part_of_the_answer(tmp_path):
    with ScriptedServer(lambda asked: Reply(text='<think>let me see</think>{"colour": "red"}')) as server:
        [answer] = ask_all([ask("a", form=Colour)], server.settings(), str(tmp_path))
        assert (answer.content, answer.reasoning) == (Colour(colour="red"), "let me see")


def test_a_model_without_the_system_role_gets_that_text_from_the_user(tmp_path):
    messages = ({"role": "system", "content": "Be brief."}, {"role": "user", "content": "Who?"})
    with ScriptedServer(backwards) as server:
        for system_role in (True, False):
            list(ask_all([ask("", messages=messages)], server.settings(system_role=system_role), str(tmp_path)))
        assert [len(asked["messages"]) for asked in server.asked] == [2, 1]
        assert server.asked[1]["messages"] == [{"role": "user", "content": "Be brief.\n\nWho?"}]


def test_progress_is_reported_with_rate_and_tokens(tmp_path):
    seen = []
    with ScriptedServer(backwards) as server:
        settings = server.settings(prompt_price=100.0, completion_price=1000.0)
        list(ask_all([ask("a"), ask("b")], settings, str(tmp_path), Watch(report=seen.append, unit="questions")))
    assert seen[-1].done == 2
    assert seen[-1].unit == "questions"
    assert "20 + 6 tokens, cost 0.0080" in seen[-1].note


def test_the_run_stops_when_too_many_requests_fail(tmp_path):
    def script(asked):
        return Reply(text="bad prompt", status=400) if int(asked["messages"][-1]["content"]) % 4 == 0 else Reply(text="fine")

    with ScriptedServer(script) as server:
        requests = [ask(str(n)) for n in range(400)]
        with pytest.raises(ModelServerError, match=r"more than max_failed_share=0.1.*status 400: bad prompt"):
            list(ask_all(requests, server.settings(), str(tmp_path)))
        assert len(server.asked) < 100
        watch = Watch(limits=Limits(max_failed_share=0.3))
        answers = list(ask_all(requests, server.settings(), str(tmp_path), watch))
        assert sum(answer.failure is not None for answer in answers) == 100


def test_a_short_run_whose_requests_all_fail_stops_too(tmp_path):
    with ScriptedServer(lambda asked: Reply(status=400)) as server, pytest.raises(ModelServerError, match="2 of 2"):
        list(ask_all([ask("a"), ask("b")], server.settings(), str(tmp_path), UNWATCHED))


KILLED_RUN = """
import json, sys
from schemas.served_model_settings import ModelSettings
from tasks.chat_model.asking import ask_all
from tasks.chat_model.chat import ChatRequest
settings = ModelSettings(**json.loads(sys.argv[1]))
requests = (ChatRequest(({"role": "user", "content": str(n)},), 64, 0.7) for n in range(150))
for answer in ask_all(requests, settings, sys.argv[2]):
    sys.stdout.write(answer.text + "\\n"); sys.stdout.flush()
"""


def test_after_kill_9_only_what_was_in_flight_is_asked_again(tmp_path):
    with ScriptedServer(lambda asked: Reply(text=asked["messages"][-1]["content"] + "!", delay_seconds=0.02)) as server:
        command = [sys.executable, "-c", KILLED_RUN, server.settings().model_dump_json(), str(tmp_path)]
        for _ in range(2):
            already = len(server.asked)
            process = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": "."})
            while len(server.asked) < already + 40:
                time.sleep(0.005)
            process.send_signal(signal.SIGKILL)
            process.communicate()
        finished = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": "."})
        assert finished.stdout.split() == [f"{n}!" for n in range(150)]
        assert len(server.asked) <= 150 + 2 * 8  # eight slots, killed twice


def test_the_log_holds_no_prompt_and_one_line_per_answer(tmp_path):
    with ScriptedServer(backwards) as server:
        list(ask_all([ask("terces", shard="leaf-1"), ask("b", shard="leaf-2")], server.settings(), str(tmp_path)))
    lines = (tmp_path / "leaf-1.jsonl").read_text().splitlines()
    assert [json.loads(line)["text"] for line in lines] == ["secret"]
    assert "terces" not in lines[0]
