"""A program that takes vLLM's arguments and answers by what it is asked: what the tests of served evaluations start.

``silent`` gets an empty answer, ``long`` one that was cut off, ``broken`` a status 400; all else is repeated with the model's
name. Each line of ``asked.jsonl`` beside the program is what one request said; ``started.jsonl`` has the arguments of each start.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

notes = Path(sys.argv[1])
arguments = sys.argv[2:]


def note(file: str, value: object) -> None:
    with (notes / file).open("a") as stream:
        stream.write(json.dumps(value) + "\n")


class Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.reply(200, {})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        said = asked["messages"][-1]["content"]
        if "response_format" in asked:
            self.reply(200, completion('{"colour": "vermilion", "shade": "pale"}', "stop"))
            return
        note("asked.jsonl", [asked["model"], asked["temperature"], asked["messages"]])
        texts = {"silent": ("", "stop"), "long": ("and so on and", "length")}
        if said == "broken":
            self.reply(400, {"error": {"message": "this is longer than the model's context"}})
        else:
            self.reply(200, completion(*texts.get(said, (f"{asked['model']} heard {said}", "stop"))))

    def reply(self, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def completion(text: str, finish: str) -> dict[str, object]:
    return {"choices": [{"message": {"content": text}, "finish_reason": finish}], "usage": {}}


note("started.jsonl", arguments)
ThreadingHTTPServer(("127.0.0.1", int(arguments[arguments.index("--port") + 1])), Server).serve_forever()
