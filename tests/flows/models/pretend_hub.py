"""A Hugging Face hub with one model in it, over HTTP on 127.0.0.1: as much of the protocol as a download uses.

What a test may ask of it: a token, a break in the middle of a file, a file that comes damaged.
"""

import hashlib
import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

COMMIT = "0f" * 20


class PretendHub:
    """Serves the files of a directory as ``organisation/name`` at branch main."""

    def __init__(self, folder: Path, repo: str = "team/tiny", token: str = "") -> None:
        self.files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        self.repo, self.token = repo, token
        self.break_after: dict[str, int] = {}
        """Bytes of a file after which the connection is closed, once."""
        self.damaged: set[str] = set()
        """Files that come with another last byte, once."""
        self.sent: Counter[str] = Counter()
        self.authorisations: set[str | None] = set()

    def __enter__(self) -> "PretendHub":
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                pass

            def do_HEAD(self) -> None:
                hub.answer(self, body=False)

            def do_GET(self) -> None:
                hub.answer(self, body=True)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: BaseHTTPRequestHandler, body: bool) -> None:
        self.authorisations.add(request.headers.get("Authorization"))
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            self._reply(request, 401, b'{"error": "gated"}', {"X-Error-Code": "GatedRepo"}, body)
            return
        path = request.path.partition("?")[0]
        if path in (f"/api/models/{self.repo}/revision/main", f"/api/models/{self.repo}/revision/{COMMIT}"):
            self._reply(request, 200, json.dumps(self._info()).encode(), {"Content-Type": "application/json"}, body)
            return
        prefix = f"/{self.repo}/resolve/{COMMIT}/"
        name = path.removeprefix(prefix)
        if not path.startswith(prefix) or name not in self.files:
            self._reply(request, 404, b"{}", {"X-Error-Code": "RepoNotFound"}, body)
            return
        self._send_file(request, name, body)

    def _info(self) -> dict[str, Any]:
        siblings = []
        for name, content in sorted(self.files.items()):
            sibling: dict[str, Any] = {"rfilename": name, "size": len(content), "blobId": hashlib.sha1(content).hexdigest()}
            if name.endswith((".safetensors", ".gguf")):
                digest = hashlib.sha256(content).hexdigest()
                sibling["lfs"] = {"sha256": digest, "size": len(content), "pointerSize": 130}
            siblings.append(sibling)
        return {"id": self.repo, "modelId": self.repo, "sha": COMMIT, "siblings": siblings, "private": False, "tags": []}

    def _send_file(self, request: BaseHTTPRequestHandler, name: str, body: bool) -> None:
        content = self.files[name]
        etag = hashlib.sha256(content).hexdigest()
        start = int((request.headers.get("Range") or "bytes=0-").removeprefix("bytes=").partition("-")[0])
        headers = {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        if not body:
            self._reply(request, 200, content, headers, body)
            return
        part = content[start:]
        if name in self.damaged:
            self.damaged.discard(name)
            part = part[:-1] + bytes([part[-1] ^ 255])
        stop = self.break_after.pop(name, None)
        self.sent[name] += len(part if stop is None else part[:stop])
        request.send_response(206 if start else 200)
        for key, value in {**headers, "Content-Length": str(len(part))}.items():
            request.send_header(key, value)
        request.end_headers()
        request.wfile.write(part if stop is None else part[:stop])
        if stop is not None:
            request.wfile.flush()
            request.close_connection = True
            request.connection.close()

    def _reply(self, request: BaseHTTPRequestHandler, status: int, content: bytes, headers: dict[str, str], body: bool) -> None:
        request.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(content))}.items():
            request.send_header(key, value)
        request.end_headers()
        if body:
            request.wfile.write(content)
