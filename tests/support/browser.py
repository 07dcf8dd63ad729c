"""A real headless Chromium, driven through a pipe by the Chrome DevTools Protocol."""

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
_SECONDS = 180
"""The most that an answer may take; a busy machine starts a browser slowly."""

_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-pipe"),
)

_LAUNCHER = """\
import fcntl, os, sys
pipes = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 5) for end in sys.argv[1:3]]
os.dup2(pipes[0], 3)
os.dup2(pipes[1], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Becomes the browser, which reads commands from descriptor 3 and answers on descriptor 4."""


def find() -> str | None:
    """Return where a browser is, if there is one."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class BrowserError(Exception):
    """The browser did not do what it was told."""


@dataclass
class Page:
    """A tab that shows one page, and everything that the page made the browser tell."""

    browser: "Browser"
    session: str
    events: list[dict[str, Any]] = field(default_factory=list)

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self.browser.send(method, parameters, self.session)

    def open(self, address: str) -> None:
        """Load an address, and wait until it is there."""
        self.events.clear()
        self.send("Page.navigate", url=address)
        self.browser.wait_for(lambda: "Page.loadEventFired" in self.told())

    def told(self) -> list[str]:
        return [event["method"] for event in self.events]

    def complaints(self) -> list[str]:
        """Return what the console would show: errors, warnings, violations of the policy."""
        kinds = {"Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled"}
        return [json.dumps(event["params"]) for event in self.events if event["method"] in kinds]

    def requests(self) -> list[str]:
        """Return the URLs that were asked for, wherever they are."""
        asked = (e["params"] for e in self.events if e["method"] == "Network.requestWillBeSent")
        return [request["request"]["url"] for request in asked]

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression, waited for if it is a promise."""
        answer = self.send(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise BrowserError(json.dumps(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        """Press and release a key: one of those named below, or a character."""
        code = _KEY_CODES.get(key)
        text = {"Enter": "\r"}.get(key, "") if code else key
        what = {"key": key, "code": key, "windowsVirtualKeyCode": code or 0, "text": text}
        self.send("Input.dispatchKeyEvent", type="keyDown", **what)
        self.send("Input.dispatchKeyEvent", type="keyUp", **what)

    def resize(self, width: int, height: int, *, is_phone: bool = False) -> None:
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2 if is_phone else 1,
            mobile=is_phone,
        )

    def prefer(self, scheme: str, media: str = "screen") -> None:
        """Have the reader prefer ``light`` or ``dark``, on ``screen`` or in ``print``."""
        scheme_feature = {"name": "prefers-color-scheme", "value": scheme}
        self.send("Emulation.setEmulatedMedia", media=media, features=[scheme_feature])

    def screenshot(self, path: Path) -> None:
        """Write what is seen as a PNG."""
        picture = self.send("Page.captureScreenshot", format="png")["data"]
        path.write_bytes(base64.b64decode(picture))


_KEY_CODES = {"Tab": 9, "Enter": 13, "ArrowRight": 39}


class Browser:
    """A running browser."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._to, self._from = to_browser, from_browser
        self._ids = count(1)
        self._unread = b""
        self._answers: dict[int, dict[str, Any]] = {}
        self._pages: dict[str, Page] = {}

    def new_page(self) -> Page:
        """Open a tab, and listen to all it tells."""
        target = self.send("Target.createTarget", {"url": "about:blank"})["targetId"]
        attached = self.send("Target.attachToTarget", {"targetId": target, "flatten": True})
        page = self._pages[attached["sessionId"]] = Page(self, attached["sessionId"])
        for domain in ("Page", "Network", "Log", "Runtime"):
            page.send(f"{domain}.enable")
        page.prefer("light")
        page.resize(1200, 900)
        return page

    def send(self, method: str, parameters: dict[str, Any], session: str = "") -> dict[str, Any]:
        """Give a command and return its result; raises BrowserError."""
        number = next(self._ids)
        message = {"id": number, "method": method, "params": parameters}
        addressed = message | ({"sessionId": session} if session else {})
        os.write(self._to, json.dumps(addressed).encode() + b"\0")
        self.wait_for(lambda: number in self._answers)
        answer = self._answers.pop(number)
        if "error" in answer:
            raise BrowserError(f"{method}: {answer['error']}")
        result: dict[str, Any] = answer["result"]
        return result

    def wait_for(self, is_so: Any) -> None:
        """Read what the browser tells until something is so; raises BrowserError."""
        deadline = time.monotonic() + _SECONDS
        while not is_so():
            ready, _, _ = select.select([self._from], [], [], deadline - time.monotonic())
            content = os.read(self._from, 1 << 20) if ready else b""
            if not content:
                raise BrowserError("The browser tells nothing any more.")
            *messages, self._unread = (self._unread + content).split(b"\0")
            for message in messages:
                self._take(json.loads(message))

    def _take(self, message: dict[str, Any]) -> None:
        if "id" in message:
            self._answers[message["id"]] = message
        elif message.get("sessionId") in self._pages:
            self._pages[message["sessionId"]].events.append(message)


@contextmanager
def running(executable: str, folder: Path) -> Iterator[Browser]:
    """Run a browser with a profile of its own in a folder; what it logs goes there too."""
    to_read, to_write = os.pipe()
    from_read, from_write = os.pipe()
    pipes = (to_read, from_write)
    flags = (*_FLAGS, f"--user-data-dir={folder / 'profile'}")
    with (folder / "browser.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-IS", "-c", _LAUNCHER, *map(str, pipes), executable, *flags],
            pass_fds=pipes,
            stdout=log,
            stderr=log,
        )
    for end in pipes:
        os.close(end)
    browser = Browser(to_write, from_read)
    try:
        yield browser
    finally:
        with suppress(BrowserError, OSError):
            browser.send("Browser.close", {})
        os.close(to_write)
        os.close(from_read)
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
