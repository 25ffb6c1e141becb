import queue

from hypothesis import given
from hypothesis import strategies as st

from schemas.served_model_settings import ModelSettings
from tasks.chat_model.asking import ask_all
from tasks.chat_model.door import Accounts
from tasks.chat_model.watching import Pace, ProgressClock, Watch
from tests.tasks.chat_model.scripted_server import Reply, ScriptedServer
from tests.tasks.chat_model.test_chat_model_asking import ask


def test_the_pace_of_the_last_half_minute_tells_how_long_it_takes():
    pace = Pace(0.0)
    assert pace.seconds_left(1.0, 1000, 2000) == 1.0  # a thousand answers from the log in a second
    for second in range(2, 61):
        left = pace.seconds_left(float(second), 1000 + second, 2000)
    assert left == 940.0  # one a second since


def test_nothing_is_told_that_cannot_be_known():
    assert Pace(0.0).seconds_left(1.0, 5, None) is None
    assert Pace(0.0).seconds_left(1.0, 0, 10) is None
    assert Pace(0.0).seconds_left(1.0, 10, 10) is None


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(0, 50)), max_size=50), st.integers(0, 2000))
def test_the_time_left_is_never_negative(steps, total):
    now, done, pace = 0.0, 0, Pace(0.0)
    for seconds, more in steps:
        now, done = now + seconds, done + more
        left = pace.seconds_left(now, done, total)
        assert left is None or left >= 0


def test_progress_of_planned_requests_has_a_total_an_eta_and_a_cost_to_expect():
    seen = []
    settings = ModelSettings(prompt_price=1000.0, completion_price=1000.0)
    accounts = Accounts(answered=30, cached=50, failed=0, prompt_tokens=200, completion_tokens=100)
    clock = ProgressClock(Watch(seen.append, "requests", 140), accounts, settings)
    clock.report(jobs_done=3)
    assert (seen[-1].done, seen[-1].total, seen[-1].unit) == (80, 140, "requests")
    assert ", ETA 0:00:0" in seen[-1].note
    assert seen[-1].note.endswith(", cost 0.3000 of about 0.9000")


def test_a_plan_that_was_too_small_grows_and_a_finished_run_is_whole():
    seen = []
    clock = ProgressClock(Watch(seen.append, "requests", 10), Accounts(answered=12), ModelSettings())
    clock.report(jobs_done=0)
    assert (seen[-1].done, seen[-1].total) == (12, 12)
    clock = ProgressClock(Watch(seen.append, "samples judged", 10), Accounts(answered=12), ModelSettings())
    clock.report(jobs_done=7)
    assert (seen[-1].done, seen[-1].total) == (7, 10)
    clock.report(jobs_done=7, finished=True)
    assert (seen[-1].done, seen[-1].total) == (7, 7)


def test_progress_goes_on_while_nothing_is_finished(tmp_path):
    seen = []
    with ScriptedServer(lambda asked: Reply(text="x", delay_seconds=1.5)) as server:
        list(ask_all([ask("a")], server.settings(timeout_seconds=5), str(tmp_path), Watch(seen.append, "requests", 1)))
    assert [(each.done, each.total) for each in seen] == [(0, 1), (1, 1)]


def test_an_event_is_handed_on_at_once():
    events = queue.SimpleQueue()
    events.put(("end", None))
    assert ProgressClock(Watch(), Accounts(), ModelSettings()).wait_for(events, 0) == ("end", None)
