# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal: one line of JSON for every request, and the counts by action.

The line of a request is written before its answer leaves, so who has the answer can read the line.
"""

from __future__ import annotations

import itertools
import os
import time
from collections import deque
from json.encoder import encode_basestring_ascii as quoted
from typing import TYPE_CHECKING, NamedTuple

from .bodies import write_all

if TYPE_CHECKING:
    from .exchange import Exchange

REMEMBERED_ENTRIES = 200_000


class Entry(NamedTuple):
    """One request, kept as it is and put into words only when somebody reads."""

    time: float
    method: str
    action: bytes
    path: bytes
    status: int
    bytes_in: int
    bytes_out: int
    account: bytes
    seconds: float
    note: str

    def line(self) -> str:
        whole = int(self.time)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole))
        return (f'{{"time": "{stamp}.{int((self.time - whole) * 1000):03d}Z", "api": "{_api_of(self.action)}", '
                f'"method": {quoted(self.method)}, "action": {_or_null(self.action)}, '
                f'"path": {quoted(self.path.decode("latin-1"))}, "status": {self.status}, '
                f'"bytes_in": {self.bytes_in}, "bytes_out": {self.bytes_out}, '
                f'"account": {_or_null(self.account)}, "ms": {self.seconds * 1000:.3f}, "note": {quoted(self.note)}}}')


_APIS = (b"config", b"ccu", b"edge")


def _api_of(action: bytes) -> str:
    """Actions of all but the Usage API begin with the name of their API."""
    name, colon, _rest = action.partition(b":")
    return name.decode() if colon and name in _APIS else "usage"


class Journal:
    """Entries go to a file, if one was asked for, and to a ring in memory for the control port."""

    def __init__(self, path: str | None) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._file = None if path is None else os.open(path, flags, 0o644)
        self._ring: deque[Entry] = deque(maxlen=REMEMBERED_ENTRIES)
        self._written = 0

    def write(self, exchange: Exchange, status: int, bytes_out: int, note: str) -> None:
        entry = Entry(time.time(), exchange.method, exchange.action, exchange.target, status, exchange.bytes_in,
                      bytes_out, exchange.account_name, time.perf_counter() - exchange.begun, note)
        self._ring.append(entry)
        self._written += 1
        if self._file is not None:
            write_all(self._file, entry.line().encode() + b"\n")

    def since(self, number: int) -> tuple[int, list[str]]:
        """(number to ask with next, lines from that number on, as far as the ring still has them)."""
        first = max(number - (self._written - len(self._ring)), 0)
        return self._written, [entry.line() for entry in itertools.islice(self._ring, first, None)]

    def forget(self) -> None:
        """All that is in memory; the numbers go on."""
        self._ring.clear()

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)


def _or_null(name: bytes) -> str:
    return quoted(name.decode("latin-1")) if name else "null"


class Counts:
    """How many requests there were of each action, how many at once at most, and from when to when they came."""

    def __init__(self) -> None:
        self.open_connections = 0
        self.in_progress = 0
        self.reset()

    def reset(self) -> None:
        self._total = 0
        self._by_action: dict[bytes, int] = {}
        self._bytes_in = 0
        self._bytes_out = 0
        self._connections = 0
        self._peak = self.in_progress
        self._first = self._last = 0.0

    def connected(self) -> None:
        self._connections += 1
        self.open_connections += 1

    def disconnected(self) -> None:
        self.open_connections -= 1

    def begun(self) -> None:
        self.in_progress += 1
        if not self._first:
            self._first = self._last = time.perf_counter()
        if self.in_progress > self._peak:
            self._peak = self.in_progress

    def ended(self, action: bytes, bytes_in: int, bytes_out: int) -> None:
        self.in_progress -= 1
        self._total += 1
        self._last = time.perf_counter()
        self._first = self._first or self._last
        self._by_action[action] = self._by_action.get(action, 0) + 1
        self._bytes_in += bytes_in
        self._bytes_out += bytes_out

    def present(self) -> dict[str, object]:
        by_action = {(name or b"none").decode("latin-1"): number for name, number in sorted(self._by_action.items())}
        return {"total": self._total, "by_action": by_action, "bytes_in": self._bytes_in, "bytes_out": self._bytes_out,
                "connections": self._connections, "open_connections": self.open_connections,
                "peak_concurrency": self._peak, "seconds": self._last - self._first}
