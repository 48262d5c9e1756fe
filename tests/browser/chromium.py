# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real browser: Debian's chromium without a window, spoken to over two pipes (Chrome DevTools Protocol)."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
import typing as t
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
PATIENCE = 60
KEYS = {"Tab": (9, ""), "Enter": (13, "\r"), " ": (32, " "), "Escape": (27, "")}
# Chromium reads commands from the descriptor 3 and writes what happens to 4.
_STARTER = """
import os, sys
commands, happened = (os.dup(int(number)) for number in sys.argv[1:3])
for given, wanted in ((commands, 3), (happened, 4)):
    os.dup2(given, wanted)
    os.set_inheritable(wanted, True)
os.execv(sys.argv[3], sys.argv[3:])
"""
_OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-extensions", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--mute-audio",
    "--remote-debugging-pipe",
)  # fmt: skip

Values = dict[str, t.Any]


def program() -> str | None:
    """The browser of this machine, if there is one."""
    return next((found for found in map(shutil.which, NAMES) if found), None)


class Browser:
    """One process of chromium. Commands are answered one after the other; events in between are kept for their page."""

    def __init__(self, commands: int, happened: int) -> None:
        self._commands, self._happened = commands, happened
        self._pending = b""
        self._number = 0
        self.events: dict[str, list[Values]] = {}

    def command(self, method: str, session: str = "", **parameters: t.Any) -> Values:
        self._number += 1
        message: Values = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            response = self._message()
            if response.get("id") == self._number:
                if "error" in response:
                    raise RuntimeError(f"{method}: {response['error']}")
                return t.cast(Values, response["result"])
            self._keep(response)

    def wait_for(self, method: str, session: str) -> None:
        """Until a page has told of an event."""
        while not any(one.get("method") == method for one in self.events.get(session, [])):
            self._keep(self._message())

    def _keep(self, event: Values) -> None:
        self.events.setdefault(event.get("sessionId", ""), []).append(event)

    def _message(self) -> Values:
        deadline = time.monotonic() + PATIENCE
        while b"\0" not in self._pending:
            ready = select.select([self._happened], [], [], max(0, deadline - time.monotonic()))[0]
            received = os.read(self._happened, 1 << 20) if ready else b""
            if not received:
                raise RuntimeError("The browser does not respond." if not ready else "The browser has ended.")
            self._pending += received
        message, _end, self._pending = self._pending.partition(b"\0")
        return t.cast(Values, json.loads(message))

    def open(self, file: Path, *, width: int = 1280, dark: bool = False, scripts: bool = True) -> Page:
        """A file in a page of its own, when it has been loaded."""
        target = self.command("Target.createTarget", url="about:blank")["targetId"]
        session = self.command("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.command(f"{domain}.enable")
        is_phone = width < 600
        page.command("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=is_phone)
        page.command(
            "Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        )
        page.command("Emulation.setScriptExecutionDisabled", value=not scripts)
        page.command("Page.navigate", url=file.resolve().as_uri())
        self.wait_for("Page.loadEventFired", session)
        return page


class Page:
    """One page of a browser."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser, self._session = browser, session

    def command(self, method: str, **parameters: t.Any) -> Values:
        return self._browser.command(method, self._session, **parameters)

    def _events(self, *methods: str) -> list[Values]:
        return [one["params"] for one in self._browser.events.get(self._session, []) if one.get("method") in methods]

    def run(self, script: str) -> t.Any:
        """The value of an expression."""
        response = self.command("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in response, response
        return response["result"].get("value")

    def press(self, key: str) -> None:
        """One of the keys in ``KEYS``."""
        code, text = KEYS[key]
        for kind in ("keyDown", "keyUp"):
            self.command("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, text=text)

    def write(self, text: str) -> None:
        """Into what has the focus."""
        self.command("Input.insertText", text=text)

    def complaints(self) -> list[t.Any]:
        """All that went to the console: of scripts, and of the browser (a policy that was broken)."""
        return self._events("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")

    def requests(self) -> list[str]:
        """What was asked for beside the page itself."""
        urls = [one["request"]["url"] for one in self._events("Network.requestWillBeSent")]
        return [url for url in urls[1:] if not url.startswith("data:")]

    def picture(self, *, top: float = 0, height: float = 20_000, quickly: bool = False) -> bytes:
        """A PNG of the whole page, or of a part of its height. ``quickly``: in more bytes."""
        size = self.command("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": top, "width": size["width"], "height": min(size["height"] - top, height), "scale": 1}
        options: Values = {"format": "png", "captureBeyondViewport": True, "optimizeForSpeed": quickly}
        picture = self.command("Page.captureScreenshot", clip=clip, **options)
        return base64.b64decode(picture["data"])


@contextlib.contextmanager
def browser() -> t.Iterator[Browser]:
    """Chromium, as long as it is needed.

    Raises:
        FileNotFoundError: this machine has none.
    """
    path = program()
    if path is None:
        raise FileNotFoundError("chromium")
    reads, commands = os.pipe()
    happened, writes = os.pipe()
    with tempfile.TemporaryDirectory() as profile:
        arguments = [sys.executable, "-c", _STARTER, str(reads), str(writes), path, *_OPTIONS, f"--user-data-dir={profile}"]
        environment = {**os.environ, "HOME": profile}
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(arguments, pass_fds=(reads, writes), stdout=quiet, stderr=quiet, env=environment)
        os.close(reads)
        os.close(writes)
        try:
            yield Browser(commands, happened)
        finally:
            os.close(commands)
            os.close(happened)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
