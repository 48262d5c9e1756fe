# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any bytes at all are answered, or the connection closes: never an error of the emulator's own, never a leak, never no end."""

from __future__ import annotations

import contextlib
import pathlib
import random
import socket
import struct
import typing as t

import netstorage_emulator
import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests.after_faults import nobody_is_left
from ansible_collections.edgeops.netstorage.tests.emulator.tests.in_memory_emulator import CORPUS, Emulator
from ansible_collections.edgeops.netstorage.tests.emulator.tests.socket_client import ACCOUNT, CP_CODE, KEY, Client
from ansible_collections.edgeops.netstorage.tests.fuzz.guided import Mutator, fuzz
from netstorage_emulator.control import start

EMULATOR = sorted(pathlib.Path(netstorage_emulator.__file__).parent.rglob("*.py"))
VISITS = 250

FAULTS: list[list[dict[str, object]]] = [
    [{"kind": "hang", "probability": 0.3, "done": True}, {"kind": "refuse", "ms": 1, "probability": 0.2}],
    [{"kind": "late", "how": "delayed", "ms": 1, "probability": 0.5},
     {"kind": "late", "how": "accepted", "ms": 1, "times": None}],
    [{"kind": "reset", "when": "before_body", "probability": 0.2}, {"kind": "reset", "when": "in_body", "probability": 0.5},
     {"kind": "reset", "when": "in_answer", "probability": 0.3, "done": True}],
    [{"kind": "marker", "how": "back", "probability": 0.5}, {"kind": "flicker", "how": "appear", "times": None},
     {"kind": "truncate", "how": "closed", "probability": 0.5}, {"kind": "stale", "ms": 1000, "times": None}],
]


@pytest.fixture
def make() -> t.Iterator[t.Callable[..., Emulator]]:
    with contextlib.ExitStack() as stack, pytest.MonkeyPatch.context() as patched:
        def made(rules: list[dict[str, object]] | None = None) -> Emulator:
            return stack.enter_context(contextlib.closing(Emulator(patched, rules)))
        yield made


def test_no_bytes_of_a_request_crash_the_emulator(make: t.Callable[..., Emulator]) -> None:
    known = fuzz(make().take, CORPUS, EMULATOR, seconds=0, seed=0)
    report = fuzz(make().take, CORPUS, EMULATOR, seconds=3, seed=1)
    assert report.crashes == [], report
    assert report.kept > 0
    assert len(report.lines) > len(known.lines) > 500, "the corpus gets into the actions, and the fuzzer further than that"


@pytest.mark.parametrize("rules", FAULTS, ids=lambda rules: "-".join(rule["kind"] for rule in rules))
def test_any_bytes_while_things_go_wrong(make: t.Callable[..., Emulator], rules: list[dict[str, object]]) -> None:
    report = fuzz(make(rules).take, CORPUS, EMULATOR, seconds=1, seed=2)
    assert report.crashes == [], report


def test_any_bytes_over_the_wire(tmp_path: pathlib.Path) -> None:
    """With real sockets, which end in all the ways there are."""
    chance = random.Random(3)
    mutator = Mutator(chance)
    pool = [file.read_bytes() for file in sorted(CORPUS.iterdir())]
    for data in pool:
        mutator.learn(data)
    emulator = start(tmp_path, ACCOUNT, KEY, [CP_CODE], knobs={"clock_window": 10**10})
    try:
        for _visit in range(VISITS):
            visit(emulator.port, mutator.mutated(chance.choice(pool), chance.choice(pool)), chance)
        assert nobody_is_left(emulator.control)
        client = Client(emulator.port)
        assert client.get("/123456", "dir").status == 200
        client.close()
    finally:
        assert emulator.stop() == 0
    said = {line for file in tmp_path.rglob("errors") for line in file.read_text().splitlines()}
    assert said <= {"socket.send() raised exception."}, "asyncio's remark on a client that left before several answers"


def visit(port: int, data: bytes, chance: random.Random) -> None:
    """A client that sends, and then hears what is said to it, or just leaves, or is torn away."""
    middle, end = chance.randrange(len(data) + 1), chance.random()
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as place:
            place.sendall(data[:middle])
            place.sendall(data[middle:])
            if end < 0.5:
                place.shutdown(socket.SHUT_WR)
                while place.recv(1 << 16):
                    pass
            elif end < 0.75:
                place.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    except TimeoutError:
        raise
    except OSError:
        pass  # it was closed before all was said
