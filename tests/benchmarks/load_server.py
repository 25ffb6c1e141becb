"""An OpenAI-compatible server that costs next to nothing and behaves like a busy one: slots, latency, jitter, faults.

A process of its own beside the benchmark::

    python -m tests.benchmarks.load_server --slots 256 --latency 0.2 --jitter 0.1 --faults 0.3

It prints its port on the first line. Requests beyond the slots wait their turn, as they do in a batching server. An answer is
invented from the request's JSON Schema (about one choice in ten is the worse end of an enum, so critics reject some), with words
that depend on the request, so that no two samples are alike. ``GET /stats`` tells how much of the slots was used::

    {"clock": 12.5, "busy_seconds": 3187.2, "answered": 15930, "faults": {"429": 12}, "cpu_seconds": 4.1}

Not covered: streaming, tokens per second, prefix caching.
"""

import argparse
import asyncio
import hashlib
import json
import random
import sys
import time
from collections import Counter, deque
from typing import Any

FAULTS = ("429", "500", "dropped", "stalled", "truncated_json", "wrong_schema")


class LoadServer:
    """Slots, faults and counts."""

    def __init__(self, slots: int, latency: float, jitter: float, faults: float, stall: float, seed: int) -> None:
        self.slots, self.latency, self.jitter, self.fault_share, self.stall = slots, latency, jitter, faults, stall
        self.random = random.Random(seed)
        self.busy, self.busy_seconds, self.since = 0, 0.0, time.monotonic()
        self.waiting: deque[tuple[LoadConnection, bytes]] = deque()
        self.answered, self.faults = 0, Counter[str]()
        self.schemas: dict[str, Any] = {}

    def count_busy(self, change: int) -> None:
        now = time.monotonic()
        self.busy_seconds += self.busy * (now - self.since)
        self.busy, self.since = self.busy + change, now

    def stats(self) -> dict[str, Any]:
        self.count_busy(0)
        return {
            "clock": self.since,
            "busy_seconds": self.busy_seconds,
            "answered": self.answered,
            "faults": dict(self.faults),
            "cpu_seconds": time.process_time(),
        }

    def accept(self, connection: "LoadConnection", body: bytes) -> None:
        if self.busy >= self.slots:
            self.waiting.append((connection, body))
            return
        self.count_busy(+1)
        seconds = self.latency * (1 + self.random.uniform(-self.jitter, self.jitter))
        fault = self.random.choice(FAULTS) if self.fault_share and self.random.random() < self.fault_share else None
        seconds = {"stalled": self.stall, "429": 0.001, "500": seconds / 2}.get(fault or "", seconds)
        asyncio.get_running_loop().call_later(seconds, self.finish, connection, body, fault)

    def finish(self, connection: "LoadConnection", body: bytes, fault: str | None) -> None:
        self.count_busy(-1)
        if fault:
            self.faults[fault] += 1
        self.answered += 1
        connection.reply(fault, b"" if fault in ("429", "500", "dropped") else self.completion(body, fault))
        if self.waiting:
            self.accept(*self.waiting.popleft())

    def completion(self, body: bytes, fault: str | None) -> bytes:
        asked = json.loads(body)
        schema = asked.get("response_format", {}).get("json_schema", {}).get("schema", {"type": "string"})
        digest = hashlib.sha256(body).digest()
        text = '{"unexpected": 1}' if fault == "wrong_schema" else json.dumps(Inventor(schema, digest).invent(schema))
        message = {"role": "assistant", "content": text}
        usage = {
            "prompt_tokens": len(body) // 4,
            "completion_tokens": len(text) // 4,
            "total_tokens": (len(body) + len(text)) // 4,
        }
        value = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": usage}
        encoded = json.dumps(value).encode()
        return encoded[: len(encoded) // 2] if fault == "truncated_json" else encoded


class Inventor:
    """Values that fit a schema, the same for the same request."""

    def __init__(self, schema: dict[str, Any], digest: bytes) -> None:
        self.definitions, self.digest, self.count = schema.get("$defs", {}), digest.hex(), 0

    def invent(self, schema: dict[str, Any]) -> Any:
        if "$ref" in schema:
            return self.invent(self.definitions[schema["$ref"].rpartition("/")[2]])
        self.count += 1
        if "enum" in schema:
            good = schema["enum"][-1] if schema["enum"][0] != "yes" else "yes"
            return good if int(self.digest[self.count : self.count + 4], 16) % 10 else schema["enum"][-1 if good == "yes" else 0]
        if schema["type"] == "object":
            return {name: self.invent(inner) for name, inner in schema["properties"].items()}
        if schema["type"] == "array":
            return [self.invent(schema["items"]) for _ in range(5)]
        if schema["type"] == "integer":
            return self.count
        return f"what the record {self.digest[:12]} says about item {self.count} of its list in the year {1900 + self.count}"


class LoadConnection(asyncio.Protocol):
    """HTTP/1.1 with Content-Length, one request at a time: all that the client under test sends."""

    def __init__(self, server: LoadServer) -> None:
        self.server, self.buffer = server, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self.buffer[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self.buffer) < end + 4 + length:
            return
        body, self.buffer = self.buffer[end + 4 : end + 4 + length], self.buffer[end + 4 + length :]
        if head.startswith(b"get "):
            self.write(b"200 OK", json.dumps(self.server.stats()).encode())
        else:
            self.server.accept(self, body)

    def reply(self, fault: str | None, body: bytes) -> None:
        if self.transport.is_closing():
            return
        if fault == "dropped":
            self.transport.abort()
        elif fault == "429":
            self.write(b"429 Too Many Requests\r\nRetry-After: 0.5", b'{"error": {"message": "slow down"}}')
        elif fault == "500":
            self.write(b"500 Internal Server Error", b'{"error": {"message": "out of luck"}}')
        else:
            self.write(b"200 OK", body)

    def write(self, status: bytes, body: bytes) -> None:
        head = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
        self.transport.write(head + body)


async def serve(options: argparse.Namespace) -> None:
    """Serves until the process is stopped, or its standard input is closed: it does not outlive the benchmark."""
    load = LoadServer(options.slots, options.latency, options.jitter, options.faults, options.stall, options.seed)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: LoadConnection(load), "127.0.0.1", options.port, backlog=4096)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    closed = loop.create_future()
    loop.add_reader(sys.stdin.fileno(), lambda: closed.done() or closed.set_result(None))
    await closed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--slots", type=int, default=256)
    parser.add_argument("--latency", type=float, default=0.2, help="seconds")
    parser.add_argument("--jitter", type=float, default=0.1, help="share of the latency")
    parser.add_argument("--faults", type=float, default=0.0, help="share of requests")
    parser.add_argument("--stall", type=float, default=10.0, help="seconds of a stalled request")
    parser.add_argument("--seed", type=int, default=7)
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
