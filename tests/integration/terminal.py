# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A terminal for ``ansible-playbook``: a user who looks at it, changes its size, and presses Ctrl-C."""

from __future__ import annotations

import dataclasses
import os
import re
import select
import subprocess
import sys
import tempfile
import termios
import time
import typing as t
from pathlib import Path

from ansible_collections.edgeops.netstorage.tests.fork_server.client import PROGRAM

PATIENCE = 60.0  # seconds
INTERRUPT = b"\x03"
# The terminal becomes that of the session, so that its Ctrl-C is a signal.
_STARTER = "import fcntl, os, sys, termios; fcntl.ioctl(2, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
_DRAWN = re.compile(r"\r\x1b\[K(  [^\r\n]+)")
_TASK = re.compile(r"^TASK \[(.*?)\] \**\r?$", re.M)


@dataclasses.dataclass(frozen=True)
class Seen:
    """What a terminal got, and what went to standard output where that was none."""

    status: int
    raw: str
    output: str = ""

    def of(self, task: str) -> Seen:
        """From the heading of a task to the next one."""
        parts = _TASK.split(self.raw)
        return Seen(self.status, dict(zip(parts[1::2], parts[2::2], strict=True))[task])

    @property
    def drawn(self) -> list[str]:
        """The lines that were drawn over each other."""
        return _DRAWN.findall(self.raw)

    @property
    def lines(self) -> list[str]:
        """What can be read in the end: a line is written over from its beginning, and erased to its end."""
        lines, column = [""], 0
        for part in re.split(r"(\r|\n|\x1b\[K)", self.raw):
            if part == "\n":
                lines.append("")
            elif part == "\x1b[K":
                lines[-1] = lines[-1][:column]
            else:
                lines[-1] = lines[-1][:column] + part.strip("\r") + lines[-1][column + len(part) :]
            column = 0 if part in ("\r", "\n") else column + len(part) * (part != "\x1b[K")
        return lines


class Terminal:
    """Of so many columns."""

    def __init__(self, columns: int = 80) -> None:
        self._above, self._below = os.openpty()
        self.resize(columns)

    def resize(self, columns: int) -> None:
        termios.tcsetwinsize(self._above, (24, columns))

    def press(self, keys: bytes) -> None:
        os.write(self._above, keys)

    def run(
        self,
        arguments: t.Sequence[str],
        environment: t.Mapping[str, str],
        folder: Path,
        *,
        piped: bool = False,
        when: t.Mapping[str, t.Callable[[Terminal], None]] | None = None,
    ) -> Seen:
        """A play until it has ended.

        Args:
            piped: standard output goes elsewhere.
            when: what the user does when a text is seen for the first time.
        """
        with tempfile.TemporaryFile() as output:
            process = subprocess.Popen(
                [sys.executable, "-c", _STARTER, str(PROGRAM), *arguments],
                env={**environment, "TERM": "xterm"}, cwd=folder, start_new_session=True,
                stdin=self._below, stdout=output if piped else self._below, stderr=self._below,
            )  # fmt: skip
            os.close(self._below)
            raw = self._read(dict(when or {}))
            os.close(self._above)
            status = process.wait(PATIENCE)
            output.seek(0)
            return Seen(status, raw, output.read().decode())

    def _read(self, when: dict[str, t.Callable[[Terminal], None]]) -> str:
        seen, deadline = b"", time.monotonic() + PATIENCE
        while True:
            assert select.select([self._above], [], [], max(0.0, deadline - time.monotonic()))[0], "the play does not end"
            try:
                received = os.read(self._above, 65_536)
            except OSError:  # nobody has the terminal open any more
                return seen.decode()
            seen += received
            for text in [text for text in when if text.encode() in seen]:
                when.pop(text)(self)
