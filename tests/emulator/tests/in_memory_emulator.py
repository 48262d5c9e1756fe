# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator in this process and without a network: bytes go in, and what must hold for any bytes is looked at.

Signatures are checked up to the comparison and then believed, so that inputs get as far as the actions.
"""

from __future__ import annotations

import asyncio
import json
import pathlib
import random
import sys
import typing as t
import zlib

import pytest
from netstorage_emulator import auth, connection, faults, server
from netstorage_emulator.accounts import Account
from netstorage_emulator.connection import Connection
from netstorage_emulator.knobs import Knobs
from netstorage_emulator.store import Store

CORPUS = pathlib.Path(__file__).with_name("corpus")
TURNS = 400
MOST_OBJECTS = 300
FAILED = '"status": 500,'
KNOBS = {"clock_window": 10**10, "replay": "accept", "quick_delete": "now", "page_size": 2}


class Wire(asyncio.Transport):
    """A transport that keeps what is written. A client behind it leaves when it is told to."""

    def __init__(self, protocol: Connection) -> None:
        super().__init__()
        self._protocol = protocol
        self.written = b""
        self.is_lost = False
        self._is_closing = False

    def write(self, data: t.Any) -> None:
        assert not self.is_lost
        self.written += data

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        if not self._is_closing:
            self._is_closing = True
            asyncio.get_running_loop().call_soon(self.lose)

    abort = close

    def lose(self) -> None:
        self._is_closing = True
        if not self.is_lost:
            self.is_lost = True
            self._protocol.connection_lost(None)

    def pause_reading(self) -> None:
        """Who feeds goes on all the same: a client may send whatever it likes."""

    def resume_reading(self) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return 0


class Emulator:
    """One emulator for many inputs; ``rules`` are the faults of every input."""

    def __init__(self, patched: pytest.MonkeyPatch, rules: list[dict[str, object]] | None = None) -> None:
        self._rules = rules or []
        self._errors: list[BaseException] = []
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda _loop, context: self._errors.append(
            context.get("exception") or AssertionError(context["message"])))
        knobs = Knobs()
        knobs.change(KNOBS)
        account = Account(b"tester", b"key", frozenset([b"123456"]))
        options = server.Options(accounts=[account], knobs=knobs, largest_body=100_000)
        self.store = Store(":memory:", knobs, self._loop.call_soon)
        self._house = server.Emulator(options, self.store)
        patched.setattr(auth.hmac, "compare_digest", lambda _first, _second: True)
        patched.setattr(connection.traceback, "print_exc", self._swallowed)

    def close(self) -> None:
        self._loop.close()

    def notes(self) -> list[str]:
        """What the journal says besides, of all requests so far."""
        return [json.loads(line)["note"] for line in self._house.journal.since(0)[1]]

    def _swallowed(self) -> None:
        """The connection answers an error of its own with 500 and goes on; here it is a find."""
        error = sys.exc_info()[1]
        assert error is not None
        self._errors.append(error.__context__ or error)

    def take(self, data: bytes) -> None:
        """One client that sends these bytes and goes: it is answered or not, and nothing is left of it."""
        self._errors.clear()
        if len(self.store.index.rows(b"", b"\xff", MOST_OBJECTS)) == MOST_OBJECTS:
            self.store.clear()
            self.store.commit()
        self._house.service.begin_faults(1, faults.parsed_rules(self._rules))
        number, _lines = self._house.journal.since(sys.maxsize)
        wire = self._loop.run_until_complete(self._visit(data))
        is_left = not wire.is_lost
        wire.lose()
        if self._errors:
            raise self._errors[0]
        assert not wire.written or wire.written.startswith(b"HTTP/1.1 "), wire.written
        assert not [line for line in self._house.journal.since(number)[1] if FAILED in line], wire.written
        assert not is_left, "the connection is still there"
        assert not self._house.connections
        assert (self._house.counts.open_connections, self._house.counts.in_progress) == (0, 0)

    async def _visit(self, data: bytes) -> Wire:
        client = Connection(self._house)
        wire = Wire(client)
        client.connection_made(wire)
        for piece in _pieces(data):
            if wire.is_closing():
                break
            client.data_received(piece)
            await asyncio.sleep(0)
        if not wire.is_closing() and not client.eof_received():
            wire.close()
        for _turn in range(TURNS):
            if wire.is_lost:
                break
            await asyncio.sleep(0)
        return wire


def _pieces(data: bytes) -> t.Iterator[bytes]:
    """Cut as a network might, by what is in it: the same bytes always come in the same pieces."""
    chance = random.Random(zlib.crc32(data))
    most = chance.choice((1, 1, 1, 3, 10, 60))
    largest = 2 * len(data) // most
    start = 0
    while start < len(data):
        size = len(data) if most == 1 else chance.randint(1, max(largest, 1))
        yield data[start:start + size]
        start += size
