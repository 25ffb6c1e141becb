"""An OCI registry with one artefact in it, over HTTP on 127.0.0.1: as much of the protocol as a download uses.

What a test may ask of it: a token by challenge, a break in the middle of a blob, one that comes damaged, one that lies elsewhere.
"""

import hashlib
import json
import threading
from base64 import b64encode
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

OCTETS = "application/octet-stream"


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


class PretendRegistry:
    """Serves the files of a directory as ``team/tiny:1.0``."""

    def __init__(self, folder: Path, password: str = "") -> None:
        self.files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        self.password = password
        self.break_after: dict[str, int] = {}
        """Bytes of a file after which the connection is closed, once."""
        self.damaged: set[str] = set()
        """Files that come with another last byte, once."""
        self.elsewhere = False
        """Blobs are redirected to another host."""
        self.extra: list[dict[str, Any]] = []
        """More layers."""
        self.sent: Counter[str] = Counter()
        self.seen_elsewhere: set[str | None] = set()
        """Authorization headers that reached the other host."""

    def __enter__(self) -> "PretendRegistry":
        registry = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                pass

            def do_GET(self) -> None:
                registry.answer(self)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self.host = f"127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def manifest(self) -> bytes:
        layers = [
            {
                "mediaType": OCTETS,
                "digest": digest_of(content),
                "size": len(content),
                "annotations": {"org.opencontainers.image.title": name},
            }
            for name, content in sorted(self.files.items())
        ]
        kind = "application/vnd.oci.image.manifest.v1+json"
        return json.dumps({"schemaVersion": 2, "mediaType": kind, "layers": [*layers, *self.extra]}).encode()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path, _, query = request.path.partition("?")
        given = request.headers.get("Authorization")
        if path == "/token":
            basic = b64encode(f"token:{self.password}".encode()).decode()
            right = given == f"Basic {basic}" and "scope=repository%3Ateam%2Ftiny%3Apull" in query
            self._reply(request, 200 if right else 401, b'{"token": "short-lived"}' if right else b"{}")
        elif path.startswith("/store/"):
            self.seen_elsewhere.add(given)
            self._send(request, path.removeprefix("/store/"))
        elif self.password and given != "Bearer short-lived":
            challenge = f'Bearer realm="http://{self.host}/token",service="tiny",scope="repository:team/tiny:pull"'
            self._reply(request, 401, b"{}", {"WWW-Authenticate": challenge})
        elif path in ("/v2/team/tiny/manifests/1.0", f"/v2/team/tiny/manifests/{digest_of(self.manifest)}"):
            self._reply(request, 200, self.manifest, {"Content-Type": "application/vnd.oci.image.manifest.v1+json"})
        elif path.startswith("/v2/team/tiny/blobs/"):
            digest = path.rpartition("/")[2]
            if self.elsewhere:
                self._reply(request, 307, b"", {"Location": f"http://localhost:{self.port}/store/{digest}"})
            else:
                self._send(request, digest)
        else:
            self._reply(request, 404, b"{}")

    def _send(self, request: BaseHTTPRequestHandler, digest: str) -> None:
        name = next((name for name, content in self.files.items() if digest_of(content) == digest), None)
        if name is None:
            self._reply(request, 404, b"{}")
            return
        content = self.files[name]
        start = int((request.headers.get("Range") or "bytes=0-").removeprefix("bytes=").partition("-")[0])
        part = content[start:]
        if name in self.damaged:
            self.damaged.discard(name)
            part = part[:-1] + bytes([part[-1] ^ 255])
        stop = self.break_after.pop(name, len(part))
        self.sent[name] += len(part[:stop])
        request.send_response(206 if start else 200)
        request.send_header("Content-Length", str(len(part)))
        request.end_headers()
        request.wfile.write(part[:stop])
        if stop < len(part):
            request.wfile.flush()
            request.close_connection = True
            request.connection.close()

    def _reply(self, request: BaseHTTPRequestHandler, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        request.send_response(status)
        for key, value in {**(headers or {}), "Content-Length": str(len(content))}.items():
            request.send_header(key, value)
        request.end_headers()
        request.wfile.write(content)
