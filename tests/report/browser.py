"""Chromium, driven over its own pipe (the DevTools protocol): no package is needed for it.

>>> with Chromium(find_chromium()) as browser:  # doctest: +SKIP
...     page = browser.open(path.as_uri(), width=390, dark=True)
...     page.run("document.title")
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-extensions",
    "--hide-scrollbars", "--mute-audio", "--remote-debugging-pipe",
)  # fmt: skip
# What a page may say of itself: Chromium's own messages about a missing device are not the page's.
_SAID = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
_KEYS = {"ArrowRight": 39, "ArrowLeft": 37, "ArrowUp": 38, "ArrowDown": 40, "Home": 36, "End": 35,
         "Tab": 9, "Enter": 13, " ": 32}  # fmt: skip


def find_chromium() -> str:
    """Where it is; "" where it is not installed."""
    return next((found for name in NAMES if (found := shutil.which(name))), "")


class Chromium:
    """One browser for many pages; leaves nothing behind."""

    def __init__(self, program: str) -> None:
        self.program = program

    def __enter__(self) -> Chromium:
        self.home = tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True)
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()

        # Far from 3 and 4, so that neither copy is made over the other's end.
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (theirs_in, theirs_out)]

        def at_3_and_4() -> None:
            for end, number in zip(ends, (3, 4)):
                os.dup2(end, number)

        # Chromium reads descriptor 3 and writes 4; nothing else can be said to Popen about them.
        self.process = subprocess.Popen(
            [self.program, *_FLAGS, f"--user-data-dir={self.home.name}", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            close_fds=False, preexec_fn=at_3_and_4,
        )  # fmt: skip
        for end in (theirs_in, theirs_out, *ends):
            os.close(end)
        self._rest, self._number = b"", 0
        self.heard: list[dict[str, Any]] = []
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.terminate()
        self.process.wait()
        os.close(self._out)
        os.close(self._in)
        self.home.cleanup()

    def ask(self, method: str, session: str = "", **given: Any) -> dict[str, Any]:
        """Send one command, and wait for its answer; what is told meanwhile is kept."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": given}
        if session:
            message["sessionId"] = session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            told = self._next()
            if told.get("id") != self._number:
                self.heard.append(told)
            elif "error" in told:
                raise RuntimeError(f"{method}: {told['error']['message']}")
            else:
                return dict(told["result"])

    def wait(self, method: str, session: str) -> None:
        """Wait until an event has been told."""
        while not any(each.get("method") == method and each.get("sessionId") == session
                      for each in self.heard):  # fmt: skip
            self.heard.append(self._next())

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            more = os.read(self._in, 1 << 20)
            if not more:
                raise RuntimeError("the browser ended")
            self._rest += more
        first, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(first))

    def open(self, address: str, width: int = 1280, dark: bool = False) -> Page:
        """A new page of this width, in this theme, when it is loaded."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, target, session)
        for room in ("Page", "Runtime", "Log", "Network"):
            page.ask(f"{room}.enable")
        page.look(width, dark)
        page.ask("Page.navigate", url=address)
        self.wait("Page.loadEventFired", session)
        return page


@dataclass
class Page:
    """One page that is open."""

    browser: Chromium
    target: str
    session: str

    def ask(self, method: str, **given: Any) -> dict[str, Any]:
        """One command to this page."""
        return self.browser.ask(method, self.session, **given)

    def look(self, width: int, dark: bool) -> None:
        """Set the width of the screen, and light or dark."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=900,
                 deviceScaleFactor=1, mobile=False)  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        calm = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme, calm])

    def run(self, script: str) -> Any:
        """The value of an expression of JavaScript; RuntimeError where it throws."""
        told = self.ask("Runtime.evaluate", expression=script, returnByValue=True,
                        awaitPromise=True)  # fmt: skip
        if "exceptionDetails" in told:
            raise RuntimeError(json.dumps(told["exceptionDetails"], ensure_ascii=False)[:600])
        return told["result"].get("value")

    def call(self, function: str, *given: Any) -> Any:
        """The value of a function of JavaScript at these arguments."""
        return self.run(f"({function})({', '.join(map(json.dumps, given))})")

    def press(self, key: str) -> None:
        """One key, as a reader presses it."""
        code = {"key": key, "windowsVirtualKeyCode": _KEYS[key], "code": key}
        for kind in ("rawKeyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=kind, **code)

    def said(self) -> list[str]:
        """Every line of the console, and every error."""
        return [json.dumps(each["params"], ensure_ascii=False)[:400] for each in self._told(*_SAID)]

    def requests(self) -> list[str]:
        """Every address that was asked for, but for what is inside the page."""
        found = [each["params"]["request"]["url"] for each in
                 self._told("Network.requestWillBeSent")]  # fmt: skip
        return [each for each in found if not each.startswith("data:")]

    def picture(self, path: Path, whole: bool = True) -> Path:
        """Save what is seen."""
        told = self.ask("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(told["data"]))
        return path

    def close(self) -> None:
        """Close it."""
        self.browser.ask("Target.closeTarget", targetId=self.target)

    def _told(self, *methods: str) -> list[dict[str, Any]]:
        self.run("1")  # whatever was told before has come by now
        heard = [each for each in self.browser.heard if each.get("sessionId") == self.session]
        return [each for each in heard if each["method"] in methods]


__all__ = ["Chromium", "Page", "find_chromium"]
