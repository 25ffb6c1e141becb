import asyncio

import pytest

from tasks.chat_model.endpoints import CONNECTION_FAILURES_TO_EJECT, FAILURES_TO_EJECT, Endpoint, Replicas, name_of


async def take_now(replicas: Replicas, priority: int = 0) -> Endpoint:
    return await asyncio.wait_for(replicas.take(priority), 0.2)


def test_the_least_loaded_endpoint_takes_the_next_request():
    async def scenario():
        small, large = Endpoint("http://a/v1", 2), Endpoint("http://b/v1", 4)
        replicas = Replicas([small, large])
        taken = [await take_now(replicas) for _ in range(6)]
        assert (taken.count(small), taken.count(large)) == (2, 4)
        with pytest.raises(TimeoutError):
            await take_now(replicas)
        replicas.give_back(large)
        assert await take_now(replicas) is large

    asyncio.run(scenario())


def test_older_work_goes_first_and_the_cancelled_wait_for_nothing():
    async def scenario():
        endpoint = Endpoint("http://a/v1", 1)
        replicas, order = Replicas([endpoint]), []
        await take_now(replicas)

        async def work(priority):
            order.append((priority, await replicas.take(priority)))
            replicas.give_back(endpoint)

        tasks = [asyncio.create_task(work(priority)) for priority in (5, 1, 3, 2)]
        await asyncio.sleep(0)
        tasks[3].cancel()
        replicas.give_back(endpoint)
        await asyncio.gather(*tasks, return_exceptions=True)
        assert [priority for priority, _ in order] == [1, 3, 5]
        assert endpoint.in_flight == 0

    asyncio.run(scenario())


def test_an_unreachable_endpoint_is_ejected_and_taken_back_after_a_trial():
    async def scenario():
        dead, alive = Endpoint("http://dead/v1", 1), Endpoint("http://alive/v1", 3)
        replicas = Replicas([dead, alive])
        for _ in range(CONNECTION_FAILURES_TO_EJECT):
            while (taken := await take_now(replicas)) is not dead:
                replicas.give_back(taken)
            replicas.give_back(dead, "refused", connection=True)
        assert dead.ejected
        assert replicas.all_ejected_since is None
        assert [await take_now(replicas) for _ in range(3)] == [alive] * 3
        trial = await asyncio.wait_for(replicas.take(0), 2)  # after a second
        assert trial is dead
        replicas.give_back(dead)
        assert not dead.ejected

    asyncio.run(scenario())


def test_failures_of_other_kinds_eject_later():
    endpoint = Endpoint("http://a/v1", 1)
    for count in range(1, FAILURES_TO_EJECT + 1):
        assert not endpoint.ejected
        endpoint.note_failure("status 500", connection=False, now=float(count))
    assert endpoint.ejected
    endpoint.note_success()
    assert not endpoint.ejected


def test_ejections_grow_longer_up_to_half_a_minute():
    endpoint, now, pauses = Endpoint("http://a/v1", 1), 0.0, []
    for _ in range(CONNECTION_FAILURES_TO_EJECT - 1):
        endpoint.note_failure("refused", connection=True, now=now)
    for _ in range(8):
        endpoint.note_failure("refused", connection=True, now=now)
        pauses.append(endpoint.opens_at(now) - now)
        now += pauses[-1]
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]


def test_three_requests_to_wait_in_a_row_close_the_endpoint_and_one_does_not():
    endpoint = Endpoint("http://a/v1", 8)
    endpoint.pause(50.0)
    endpoint.note_success()
    endpoint.pause(60.0)
    endpoint.pause(60.0)
    assert endpoint.opens_at(10.0) == 10.0
    endpoint.pause(60.0)
    assert endpoint.opens_at(10.0) == 60.0


def test_messages_name_an_endpoint_without_its_password():
    assert name_of("https://user:secret@host:8000/v1?token=x") == "https://host:8000/v1"
