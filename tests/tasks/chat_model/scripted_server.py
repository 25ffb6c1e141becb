"""A scripted OpenAI-compatible server over real HTTP on 127.0.0.1, in a thread of its own, stopped with its ``with`` block.

A script is a function of the request's JSON body (and headers) that returns a ``Reply``; what was asked is kept for the test::

    with ScriptedServer(lambda asked: Reply(text="Paris")) as server:
        settings = server.settings()
"""

import asyncio
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from schemas.served_model_settings import ModelSettings
from tasks.chat_model.probe import ProbeAnswer

Asked = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What the server does: an answer, or one of the faults that real servers have."""

    text: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    """Sent as it is, instead of a chat completion."""
    message: dict[str, Any] = field(default_factory=dict)
    """Further fields of the message, for example reasoning_content."""
    finish: str = "stop"
    drop: bool = False
    """Close the connection without a word."""
    cut: bool = False
    """Close it in the middle of the body."""
    delay_seconds: float = 0.0


Script = Callable[[Asked], Reply]


def is_probe(asked: Asked) -> bool:
    """Whether this is the door's probe and not a request of the test."""
    return asked["messages"][-1]["content"] == "What is the weather like?"


PROBE_REPLY = Reply(text=ProbeAnswer(colour="vermilion", shade="dark").model_dump_json())


class ScriptedServer:
    """Answers the probe itself, and everything else as the script says.

    Args:
        script: What to answer.
        answers_probe: False hands the probe to the script too.
    """

    def __init__(self, script: Script, answers_probe: bool = True) -> None:
        self._script, self._answers_probe = script, answers_probe
        self.asked: list[Asked] = []
        self.headers: list[dict[str, str]] = []
        self.most_under_way = 0
        self._under_way = 0
        self.port = 0
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._started = threading.Event()

    def __enter__(self) -> "ScriptedServer":
        self._thread.start()
        assert self._started.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Closes the port and all connections."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopped.set)
            self._thread.join(10)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def settings(self, **changes: Any) -> ModelSettings:
        """Settings that point here, with small time limits."""
        given = {"name": "scripted", "endpoints": (self.url,), "concurrency": 8, "timeout_seconds": 2.0, "max_retries": 4}
        return ModelSettings(**{**given, **changes})

    async def _serve(self) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        server = await asyncio.start_server(self._talk, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._stopped.wait()
        server.close()
        for writer in self._writers:
            writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while await self._answer_one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        if lines[0].startswith("GET "):  # a health check
            return await _send(Reply(body=b"{}"), writer)
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:] if line)}
        asked = json.loads(await reader.readexactly(int(headers.get("content-length", 0))))
        asked["path"] = lines[0].split()[1]
        if self._answers_probe and is_probe(asked):
            reply = PROBE_REPLY
        else:
            self.asked.append(asked)
            self.headers.append(headers)
            reply = self._script(asked)
        self._under_way += 1
        self.most_under_way = max(self.most_under_way, self._under_way)
        await asyncio.sleep(reply.delay_seconds)
        self._under_way -= 1
        return await _send(reply, writer)


async def _send(reply: Reply, writer: asyncio.StreamWriter) -> bool:
    if reply.drop:
        return False
    body = reply.body if reply.body is not None else json.dumps(_completion(reply)).encode()
    head = {"Content-Type": "application/json", "Content-Length": str(len(body)), **reply.headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    writer.write(f"HTTP/1.1 {reply.status} Scripted\r\n{lines}\r\n".encode() + (body[: len(body) // 2] if reply.cut else body))
    await writer.drain()
    return not reply.cut


def _completion(reply: Reply) -> dict[str, Any]:
    if reply.status != 200:
        return {"error": {"message": reply.text}}
    message = {"role": "assistant", "content": reply.text, **reply.message}
    return {
        "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "finish_reason": reply.finish}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13},
    }
