"""Asking a model and not giving up easily: slots, retries, the log, the answer's form, and the accounts.

``Door.ask`` is what a pipeline is handed. For each request: the answer log first; then a slot of the least loaded replica;
faults that can pass are retried with exponential backoff and jitter (full jitter, after "Exponential Backoff And Jitter", AWS
Architecture Blog), never past the deadline; the answer is logged, held against its form, and asked once more with the complaint
where it does not fit. What still fails is an answer with a failure: the pipeline turns it into a rejected record. The run stops
only when the share of failures passes the limit, or when no endpoint could be used for a whole time-out. A server of ours that
has ended is waited for while it is started again; that costs no request one of its attempts.

Not covered: deciding what a failure means for a sample (the pipelines do), and starting a server (``managed_server``).
"""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from schemas.contracts import Usage
from schemas.errors import ModelServerError
from schemas.served_model_settings import ModelSettings
from tasks.chat_model.answer_log import AnswerLog, LoggedAnswer
from tasks.chat_model.chat import ChatAnswer, ChatRequest, Dialect, Message, add_usage, encode_request, request_id
from tasks.chat_model.endpoints import Endpoint, Replicas
from tasks.chat_model.structured import UnparsableAnswerError, form_instructions, parse_answer
from tasks.chat_model.wire import BusyFault, ConnectionFault, Fault, RefusedFault, Wire

FIRST_BACKOFF_SECONDS = 0.5
LONGEST_BACKOFF_SECONDS = 30.0
FEWEST_REQUESTS_TO_JUDGE = 20
"""Below this many settled requests a share of failures says little."""
_QUOTED_CHARACTERS = 2000
"""How much of an unusable answer is shown back to the model."""

_logger = logging.getLogger("labflow.chat_model")
_ONE_CACHED = Usage(cached=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """When a run gives up.

    Args:
        max_failed_share: Share of failed requests (0 to 1) at which the run stops.
        fewest: Requests that must have been settled before the share counts.
    """

    max_failed_share: float = 0.1
    fewest: int = FEWEST_REQUESTS_TO_JUDGE


DEFAULT_LIMITS = Limits()


@dataclass(slots=True)
class Accounts:
    """What happened at the door so far."""

    asked: int = 0
    answered: int = 0
    cached: int = 0
    failed: int = 0
    retries: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    last_failure: str = ""

    @property
    def settled(self) -> int:
        """Requests that came to an end, from the log or the server."""
        return self.answered + self.cached + self.failed

    def cost(self, settings: ModelSettings) -> float | None:
        """What the tokens of this run cost at the prices of the settings; None where no price is set."""
        if settings.prompt_price is None and settings.completion_price is None:
            return None
        prompt, completion = settings.prompt_price or 0.0, settings.completion_price or 0.0
        return (self.prompt_tokens * prompt + self.completion_tokens * completion) / 1_000_000

    def check(self, limits: Limits, finished: bool = False) -> None:
        """Stops a run that fails too often.

        Raises:
            ModelServerError: the share of failed requests is above the limit.
        """
        settled = self.settled
        if not self.failed or (settled < limits.fewest and not finished):
            return
        if self.failed > limits.max_failed_share * settled:
            raise ModelServerError(
                f"{self.failed} of {settled} requests failed, more than max_failed_share={limits.max_failed_share:g} allows; "
                f"the last: {self.last_failure}. Check the server and run again: answers that were paid for are kept."
            )


class Door:
    """Asks one model through its replicas.

    Args:
        settings: The model's name, concurrency, retries and deadline.
        replicas: The endpoints.
        wire: Sends a request to one of them.
        log: Where answers are kept.
        dialect: How the server wants to be addressed.
        limits: When the run stops.
    """

    def __init__(
        self, settings: ModelSettings, replicas: Replicas, wire: Wire, log: AnswerLog, dialect: Dialect, limits: Limits
    ) -> None:
        self._settings, self._replicas, self._wire, self._log = settings, replicas, wire, log
        self._dialect, self._limits = dialect, limits
        self.revive: Callable[[], bool] | None = None
        """Where the server is ours: starts it again if it has ended, and says whether that was so; blocks meanwhile."""
        self._reviving: asyncio.Future[bool] | None = None
        self._under_way: dict[tuple[str, str], asyncio.Future[LoggedAnswer | Fault]] = {}
        self.accounts = Accounts()
        self.pending = 0

    async def ask(self, request: ChatRequest, priority: int = 0) -> ChatAnswer:
        """The answer to a request; a failure of this request is in the answer, not an exception.

        Args:
            priority: Requests with the lowest number get the next free slots.

        Raises:
            ModelServerError: too many requests failed, or no endpoint could be used for too long.
            WorkspaceError: the answer cannot be logged.
        """
        messages = self._with_instructions(request)
        answer = await self._ask_once(request, messages, priority)
        if request.once or answer.failure not in ("model_answer_unparsable", "model_answer_truncated"):
            return answer
        complaint = (
            {"role": "assistant", "content": answer.text[:_QUOTED_CHARACTERS] or "(nothing)"},
            {"role": "user", "content": f"That answer cannot be used ({answer.detail}). Answer again, in the form asked for."},
        )
        again = await self._ask_once(request, (*messages, *complaint), priority)
        usage = add_usage(answer.usage, again.usage)
        return ChatAnswer(again.request_id, again.text, again.content, again.reasoning, again.failure, again.detail, usage)

    async def _ask_once(self, request: ChatRequest, messages: tuple[Message, ...], priority: int) -> ChatAnswer:
        encoded = encode_request(self._settings.name, request, messages, self._dialect)
        identity = request_id(encoded)
        self.accounts.asked += 1
        found = self._log.find(request.shard, identity)
        if found is not None:
            self.accounts.cached += 1
            return self._held_against_form(request, found, _ONE_CACHED)
        logged, paid = await self._pay_once((request.shard, identity), encoded, priority)
        if isinstance(logged, Fault):
            return ChatAnswer(identity, failure="model_request_failed", detail=str(logged), usage=paid)
        return self._held_against_form(request, logged, paid)

    async def _pay_once(self, place: tuple[str, str], encoded: bytes, priority: int) -> tuple[LoggedAnswer | Fault, Usage]:
        """What came of it and what it cost; whoever asks the same while it is under way waits for that answer."""
        if place in self._under_way:
            answer = await asyncio.shield(self._under_way[place])
            self.accounts.cached += isinstance(answer, LoggedAnswer)
            return answer, _ONE_CACHED
        future = self._under_way[place] = asyncio.get_running_loop().create_future()
        try:
            answer = await self._pay(place, encoded, priority)
        except BaseException:
            future.cancel()
            raise
        finally:
            del self._under_way[place]
        future.set_result(answer)
        self._settle(answer)
        if isinstance(answer, Fault):
            return answer, Usage(requests=1)
        return answer, Usage(requests=1, prompt_tokens=answer.prompt_tokens, completion_tokens=answer.completion_tokens)

    async def _pay(self, place: tuple[str, str], encoded: bytes, priority: int) -> LoggedAnswer | Fault:
        """Sends until there is an answer (logged) or no hope."""
        loop, deadline, attempt = asyncio.get_running_loop(), float("inf"), 0
        while True:
            self.pending += 1
            try:
                endpoint = await self._replicas.take(priority)
                deadline = min(deadline, loop.time() + self._settings.deadline_seconds)
                answer = await self._send(endpoint, encoded, place[1])
            finally:
                self.pending -= 1
            if isinstance(answer, LoggedAnswer):
                self._log.append(place[0], answer)
                return answer
            if isinstance(answer, ConnectionFault) and await self._is_revived():
                deadline = float("inf")
                continue
            delay = backoff_seconds(attempt, answer.retry_after, place[1])
            if not answer.retryable or attempt == self._settings.max_retries or loop.time() + delay > deadline:
                return answer
            self._stop_if_nobody_answers()
            self.accounts.retries += 1
            attempt += 1
            await asyncio.sleep(delay)

    async def _is_revived(self) -> bool:
        """Whether a server of ours had ended and runs again; all whom it failed wait for the same answer.

        Raises:
            ModelServerError: it ended a second time, or did not start again.
        """
        if self.revive is None:
            return False
        if self._reviving is None:
            self._reviving = asyncio.ensure_future(asyncio.to_thread(self.revive))
            self._reviving.add_done_callback(self._note_revival)
        return await asyncio.shield(self._reviving)

    def _note_revival(self, reviving: "asyncio.Future[bool]") -> None:
        self._reviving = None
        if not reviving.cancelled() and reviving.exception() is None and reviving.result():
            self._replicas.reopen()

    async def _send(self, endpoint: Endpoint, encoded: bytes, identity: str) -> LoggedAnswer | Fault:
        """One attempt; the endpoint's slot is given back with the blame where it belongs."""
        failure, pause, connection = None, 0.0, False
        try:
            return await self._wire.send(endpoint, encoded, identity)
        except BusyFault as fault:
            pause = fault.retry_after or 0.0
            return fault
        except RefusedFault as fault:
            return fault
        except Fault as fault:
            failure, connection = str(fault), isinstance(fault, ConnectionFault)
            return fault
        finally:
            self._replicas.give_back(endpoint, failure, connection, pause)

    def _settle(self, answer: LoggedAnswer | Fault) -> None:
        accounts = self.accounts
        if isinstance(answer, LoggedAnswer):
            accounts.answered += 1
            accounts.prompt_tokens += answer.prompt_tokens
            accounts.completion_tokens += answer.completion_tokens
            return
        accounts.failed += 1
        accounts.last_failure = str(answer)
        _logger.warning("a request failed for good: %s", answer)
        accounts.check(self._limits)

    def _stop_if_nobody_answers(self) -> None:
        since = self._replicas.all_ejected_since
        if since is None or asyncio.get_running_loop().time() - since < self._settings.timeout_seconds:
            return
        last = "; ".join(endpoint.last_failure for endpoint in self._replicas.endpoints)
        raise ModelServerError(
            f"no endpoint of {self._settings.name} was of use for {self._settings.timeout_seconds:g} s: {last}. "
            "Start the server and run again: answers that were paid for are kept."
        )

    def _with_instructions(self, request: ChatRequest) -> tuple[Message, ...]:
        """The messages, the last one followed by what to say about the answer's form."""
        messages = request.messages if self._settings.system_role else without_system_role(request.messages)
        if request.form is None:
            return messages
        *earlier, last = messages
        instructions = form_instructions(request.form, request.example, self._dialect.style)
        return (*earlier, {**last, "content": f"{last['content'].rstrip()}\n\n{instructions}"})

    def _held_against_form(self, request: ChatRequest, logged: LoggedAnswer, usage: Usage) -> ChatAnswer:
        answer = partial(ChatAnswer, logged.id, logged.text, reasoning=logged.reasoning, usage=usage)
        try:
            if request.form is not None:
                return answer(content=parse_answer(logged.text, request.form, self._dialect.style))
        except UnparsableAnswerError as error:
            if logged.finish != "length":
                return answer(failure="model_answer_unparsable", detail=str(error))
        else:
            if logged.text and logged.finish != "length":
                return answer()
            if not logged.text:
                return answer(failure="model_answer_unparsable", detail="the answer is empty")
        return answer(failure="model_answer_truncated", detail=f"it was cut off after {request.max_tokens} tokens: be shorter")


def without_system_role(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """The messages with the system's text at the head of the user's: some chat templates refuse the role."""
    first, *others = messages
    if first["role"] != "system" or not others:
        return messages
    return ({**others[0], "content": f"{first['content']}\n\n{others[0]['content']}"}, *others[1:])


def backoff_seconds(attempt: int, retry_after: float | None, identity: str) -> float:
    """How long to wait before the next attempt: what the server asks for at least, and a random share of the exponential bound.

    Args:
        attempt: Attempts that failed before this one, from 0.
        retry_after: Seconds that the server asked for.
        identity: Seeds the jitter: no two requests come back at the same moment, and each the same in every run.
    """
    bound = min(LONGEST_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2.0**attempt)
    jitter = random.Random(f"{identity}/{attempt}").uniform(0.1, 1.0) * bound  # noqa: S311 (spreads load, guards nothing)
    return jitter if retry_after is None else retry_after + 0.1 * jitter
