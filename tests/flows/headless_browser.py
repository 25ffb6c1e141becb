"""A headless Chromium that is spoken to by its DevTools protocol: opens a page, asks it something, tells when it is quiet.

For pages that are drawn by scripts: what stands in the delivered HTML says nothing about them.
"""

import itertools
import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from websockets.sync.client import ClientConnection, connect

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
START_SECONDS = 60
QUIET_SECONDS = 1.0


class Page:
    """A tab."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket, self._numbers = socket, itertools.count(1)
        self._open: set[str] = set()
        self.last_answer = self.began = 0.0
        """Moments by ``time.monotonic``: of the last answer from the network, and when the page was asked for."""
        for domain in ("Page", "Network", "Runtime"):
            self._call(f"{domain}.enable")

    def open(self, url: str) -> None:
        self._open.clear()
        self.began = self.last_answer = time.monotonic()
        self._call("Page.navigate", url=url)

    def text(self) -> str:
        """What a person reads."""
        return str(self.value("document.body ? document.body.innerText : ''"))

    def html(self) -> str:
        return str(self.value("document.documentElement.outerHTML"))

    def value(self, expression: str) -> Any:
        """What an expression of the page is."""
        return self._call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def click(self, selector: str) -> None:
        """Clicks in the middle of an element, as a hand does: what lies above it gets the click."""
        self.value(f"document.querySelector({json.dumps(selector)}).scrollIntoView({{block: 'center'}})")
        box = self.value(f"document.querySelector({json.dumps(selector)}).getBoundingClientRect().toJSON()")
        place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2, "button": "left", "clickCount": 1}
        for what in ("mousePressed", "mouseReleased"):
            self._call("Input.dispatchMouseEvent", type=what, **place)

    def wait_for_tab(self, url: str, seconds: float = 60) -> str:
        """Waits until this tab or another shows an address; the page's title."""
        end = time.monotonic() + seconds
        while True:
            tabs = {each["url"]: each["title"] for each in self._call("Target.getTargets")["targetInfos"]}
            if tabs.get(url, url) not in (url, url.partition("://")[2], ""):  # before it has a title, that is its address
                return str(tabs[url])
            assert time.monotonic() < end, tabs
            time.sleep(0.1)

    def wait_for(self, wanted: str, seconds: float = 60) -> float:
        """Waits until a text is on the page; seconds since it was asked for."""
        end = time.monotonic() + seconds
        while wanted not in self.text():
            assert time.monotonic() < end, f"{wanted!r} is not on the page: {self.text()[:500]!r}"
            time.sleep(0.05)
        return time.monotonic() - self.began

    def wait_until_quiet(self, seconds: float = 60) -> float:
        """Waits until nothing has come from the network for a while; seconds from asking to the last answer."""
        end = time.monotonic() + seconds
        while time.monotonic() - self.last_answer < QUIET_SECONDS and time.monotonic() < end:
            self._hear(0.1)
        return self.last_answer - self.began

    def _call(self, method: str, **parameters: Any) -> Any:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            heard = self._hear(60)
            if heard and heard.get("id") == number:
                assert "error" not in heard, heard
                return heard["result"]

    def _hear(self, seconds: float) -> dict[str, Any] | None:
        try:
            heard: dict[str, Any] = json.loads(self._socket.recv(timeout=seconds))
        except TimeoutError:
            return None
        if heard.get("method") in ("Network.loadingFinished", "Network.requestWillBeSent"):
            self.last_answer = time.monotonic()
        return heard


@contextmanager
def headless_browser(folder: Path) -> Iterator[Page]:
    """A tab of a browser with a profile of its own, which ends with the block."""
    folder.mkdir(parents=True, exist_ok=True)
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", f"--user-data-dir={folder}/profile")
    with (folder / "browser.log").open("w") as log:
        process = subprocess.Popen([str(BROWSER), *flags, "about:blank"], stdout=log, stderr=log)
    try:
        with urlopen(f"http://{_door(folder / 'browser.log')}/json/list", timeout=START_SECONDS) as answer:
            (tab,) = (each for each in json.load(answer) if each["type"] == "page")
        with connect(tab["webSocketDebuggerUrl"], max_size=None, ping_interval=None) as socket:
            yield Page(socket)
    finally:
        process.terminate()
        process.wait(timeout=60)


def _door(log: Path) -> str:
    """Host and port on which the browser listens."""
    end = time.monotonic() + START_SECONDS
    while not (said := re.search(r"DevTools listening on ws://([^/]+)/", log.read_text(errors="replace"))):
        assert time.monotonic() < end, log.read_text(errors="replace")
        time.sleep(0.1)
    return said[1]
