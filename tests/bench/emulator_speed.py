# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many requests the emulator answers in a second. The case ``emulator``, which has neither tree nor budget.

Where the machine has two cores the emulator has one, and its client another. Beside it stand yardsticks: a server that only reads
HTTP (``bare_server.py``) with the same client, and how many signatures Python makes in a second. How long the emulator's core was
busy with a request depends least on what else the machine does, and so does what that core would allow if nobody else had it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hmac
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
import typing as t
from pathlib import Path

import psutil
from ansible_collections.edgeops.netstorage.tests.bench.case_runs import ACCOUNT, CP_CODE, KEY, WrongResult
from ansible_collections.edgeops.netstorage.tests.bench.emulator_load import path_of, send_all, stats, uploads, walk
from ansible_collections.edgeops.netstorage.tests.bench.table import markdown
from netstorage_emulator.control import Running, running

NAME = "emulator"
TITLE = "how many small requests the emulator answers in a second, beside a server that only reads HTTP"
AS_RCLONE = "&implicit=yes&encoding=utf-8&slash=both"
_HEADINGS = ("what", "rounds", "best a second", "median", "least", "µs of its core", "a core allows", "target", "met")
_numbers = itertools.count(1, 1_000_000)


@dataclasses.dataclass(frozen=True)
class Size:
    """Of one round; signatures are made in advance, so they must not grow old meanwhile."""

    uploads: int = 6_000
    stats: int = 12_000
    rows: int = 100_000
    page: int = 1_000
    connections: int = 32
    signatures: int = 20_000


@dataclasses.dataclass
class Speed:
    """How many a second in each round, and how long the server's processor was busy with one. The best round has the target."""

    what: str
    target: float | None = None
    rates: list[float] = dataclasses.field(default_factory=list)
    microseconds: list[float] = dataclasses.field(default_factory=list)

    @property
    def best(self) -> float:
        return max(self.rates)


def measure_speeds(rounds: int, size: Size | None = None) -> list[Speed]:
    """All of it so many times; on a busy machine the best round says most."""
    size = size or Size()
    bare, signing = Speed("yardstick: HTTP alone"), Speed("yardstick: signatures")
    upload, stat, rclone = Speed("uploads of 352 bytes", 5_000), Speed("stats", 15_000), Speed("stats as rclone's")
    rows = Speed(f"rows of list, {size.page:,} to a page", 100_000)
    with _cores() as (server, client), contextlib.ExitStack() as stack:
        with server():
            bare_process, bare_port = stack.enter_context(_bare_server())
            emulator = stack.enter_context(running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], knobs={"clock_window": 600}))
        with client():
            for _round in range(rounds):
                seen = stats(size.stats, size.uploads, next(_numbers))
                _timed(bare, bare_process, size.stats, _sender(bare_port, seen, size))
                _signatures(signing, size.signatures)
                emulator.control.reset_tree()
                for speed, requests in (
                    (upload, uploads(size.uploads, next(_numbers))),
                    (stat, seen),
                    (rclone, stats(size.stats, size.uploads, next(_numbers), AS_RCLONE)),
                ):
                    _timed(speed, emulator.process, len(requests), _sender(emulator.port, requests, size))
                _seed(emulator, size.rows)
                _timed(rows, emulator.process, size.rows, lambda: _walked(emulator, size))
    return [bare, signing, upload, stat, rclone, rows]


def _sender(port: int, requests: list[bytes], size: Size) -> t.Callable[[], float]:
    return lambda: send_all(port, requests, size.connections)


def _timed(speed: Speed, server: subprocess.Popen[bytes], number: int, work: t.Callable[[], float]) -> None:
    before = _busy(server)
    seconds = work()
    speed.rates.append(number / seconds)
    speed.microseconds.append((_busy(server) - before) * 1e6 / number)


def _busy(server: subprocess.Popen[bytes]) -> float:
    used = psutil.Process(server.pid).cpu_times()
    return float(used.user + used.system)


def _signatures(speed: Speed, number: int) -> None:
    text = f"5, 0.0.0.0, 0.0.0.0, 1700000000, 1, bench{path_of(0)}\nx-akamai-acs-action:version=1&action=stat\n".encode()
    begun = time.perf_counter()
    for _number in range(number):
        hmac.digest(KEY.encode(), text, "sha256")
    speed.rates.append(number / (time.perf_counter() - begun))


def _seed(emulator: Running, rows: int) -> None:
    """The store of a ``list``."""
    emulator.control.reset_tree()
    for first in range(0, rows, 10_000):
        emulator.control.load(
            {"key": f"/{CP_CODE}/dir-{n // 200:04d}/file-{n:06d}.html", "content": "", "mtime": n}
            for n in range(first, min(first + 10_000, rows))
        )


def _walked(emulator: Running, size: Size) -> float:
    rows, pages, seconds = walk(emulator.port, size.page, next(_numbers))
    if rows != size.rows or pages != -(-size.rows // size.page):
        raise WrongResult(f"list gave {rows} rows in {pages} pages instead of {size.rows}")
    return seconds


Pinned = t.Callable[[], t.ContextManager[None]]


@contextlib.contextmanager
def _cores() -> t.Iterator[tuple[Pinned, Pinned]]:
    """A core for what is started, and one for this process; the same for both where there is no other, or no way to choose."""
    allowed = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []

    @contextlib.contextmanager
    def on(core: int) -> t.Iterator[None]:
        if len(allowed) > 1:
            os.sched_setaffinity(0, {allowed[core]})
        try:
            yield
        finally:
            if len(allowed) > 1:
                os.sched_setaffinity(0, allowed)

    yield (lambda: on(0)), (lambda: on(1))


@contextlib.contextmanager
def _bare_server() -> t.Iterator[tuple[subprocess.Popen[bytes], int]]:
    with tempfile.TemporaryDirectory(prefix="netstorage-bench-") as folder:
        port_file = Path(folder) / "port"
        process = subprocess.Popen([sys.executable, str(Path(__file__).with_name("bare_server.py")), str(port_file)])
        try:
            while not (port_file.exists() and port_file.read_text(encoding="ascii").endswith("\n")):
                if process.poll() is not None:
                    raise WrongResult("the bare server did not start")
                time.sleep(0.01)
            yield process, int(port_file.read_text(encoding="ascii"))
        finally:
            process.kill()
            process.wait()


def speeds_table(speeds: t.Sequence[Speed]) -> str:
    return markdown([_HEADINGS, *map(_row, speeds)], texts=1)


def speed_values(speeds: t.Sequence[Speed]) -> list[dict[str, t.Any]]:
    """Everything, for other programs."""
    return [dataclasses.asdict(speed) for speed in speeds]


def _row(speed: Speed) -> tuple[str, ...]:
    least = min((one for one in speed.microseconds if one > 0), default=None)
    busy, allows = ("", "") if least is None else (f"{least:.1f}", f"{1e6 / least:,.0f}")
    target = "" if speed.target is None else f"{speed.target:,.0f}"
    met = "" if speed.target is None else "yes" if speed.best >= speed.target else "NO"
    rates = (f"{rate:,.0f}" for rate in (speed.best, statistics.median(speed.rates), min(speed.rates)))
    return (speed.what, str(len(speed.rates)), *rates, busy, allows, target, met)
