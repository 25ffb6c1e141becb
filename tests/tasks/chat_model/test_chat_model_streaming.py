"""A server that goes away in the middle of an answer, on a real socket."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from schemas.errors import ModelServerError
from tasks.chat_model.streaming import ChattingModel, stream_answer

PIECE = json.dumps(
    {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "m",
        "choices": [{"index": 0, "delta": {"content": "The"}}],
    }
)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


@contextmanager
def server_that_stops(*, resets: bool) -> Iterator[str]:
    """Sends one piece of an answer and then closes, or resets, the connection."""

    def answer(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            sent = b""
            while b'"stream":true' not in sent.replace(b" ", b""):  # the request's body, or closing would reset
                sent += connection.recv(65536)
            body = f"data: {PIECE}\n\n".encode()
            connection.sendall(HEAD + f"{len(body):x}\r\n".encode() + body + b"\r\n")
            if resets:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=answer, args=(listening,))
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        thread.join(10)


@pytest.mark.parametrize("resets", [False, True], ids=["closed", "reset"])
def test_an_answer_that_breaks_off_is_said_to_have(resets: bool) -> None:
    with server_that_stops(resets=resets) as url:
        pieces = stream_answer(ChattingModel(url=url, name="new"), [{"role": "user", "content": "Which?"}])
        with pytest.raises(ModelServerError, match="new stopped in the middle of its answer"):
            list(pieces)
