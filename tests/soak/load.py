# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""64 clients at once for ten minutes: no error, and neither they nor the emulator need more and more memory or files."""

from __future__ import annotations

import collections
import contextlib
import json
import socket
import subprocess
import sys
import tempfile
import time
import typing as t
from pathlib import Path

from ansible_collections.edgeops.netstorage.tests.soak import load_client
from ansible_collections.edgeops.netstorage.tests.soak.growth import Grown, Use, grown, use_of
from ansible_collections.edgeops.netstorage.tests.soak.rows import Failure, Progress, Row
from netstorage_emulator.control import Running, running

ACCOUNT, KEY = "load", "an-emulated-key-of-some-length"
PROCESSES, THREADS = 8, 8
SECONDS = 600.0
LATENCY_MS = 100  # so that requests of all of them are under way at once, and the machine is not all that there is
_SHORTEST = 12.0
_LOOKS = 150  # at memory and files, evenly spread
_PATIENCE = 60.0  # seconds for the last operations
_REMEMBERED = 200_000  # requests that the emulator keeps for whoever asks for its journal
_WHAT = f"{PROCESSES * THREADS} clients in {PROCESSES} processes: syncs, files, links, listings, downloads"


def stage(seed: int, scale: float, progress: Progress) -> Row:
    seconds = max(_SHORTEST, SECONDS * scale)
    with tempfile.TemporaryDirectory(prefix="netstorage-soak-") as name:
        folder = Path(name)
        load_client.trees(folder)
        with running(account=ACCOUNT, key=KEY, cp_codes=["123456"], data=folder / "data") as emulator:
            shared = load_client.SHARED.items()
            emulator.control.load([{"key": f"/123456/shared/{name}", "content": text} for name, text in shared])
            _fill_the_journal(emulator.port)
            emulator.control.set_latency(LATENCY_MS)
            emulator.control.reset_counts()
            with _guests(emulator, folder, seconds, seed) as clients:
                uses = _watched(emulator, clients, seconds, progress)
                told = [_told(client) for client in clients]
            return _row(seed, seconds, emulator, uses, told)


def _fill_the_journal(port: int) -> None:
    """The emulator remembers its last requests. When that is full, what it needs more and more of is a leak.

    The path is longer than those of the load, because entries without an account and without a body are smaller.
    """
    path = b"/123456/" + b"x" * 130
    request = b"GET %b HTTP/1.1\r\nHost: x\r\nX-Akamai-ACS-Action: version=1&action=stat\r\n\r\n" % path
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for _turn in range(_REMEMBERED // 500):
            connection.sendall(request * 500)
            waiting, rest = 500, b""
            while waiting > 0:
                answers = rest + connection.recv(1 << 20)
                waiting -= answers.count(b"HTTP/1.1 ")
                rest = answers[-8:]


@contextlib.contextmanager
def _guests(emulator: Running, folder: Path, seconds: float, seed: int) -> t.Iterator[list[subprocess.Popen[str]]]:
    clients = []
    for number in range(PROCESSES):
        numbers = [number * THREADS + thread for thread in range(THREADS)]
        access = {"host": emulator.host_port, "account": ACCOUNT, "key": KEY, "folder": str(folder)}
        given = json.dumps({**access, "numbers": numbers, "seconds": seconds, "seed": seed})
        clients.append(subprocess.Popen([sys.executable, "-m", load_client.__name__, given], stdout=subprocess.PIPE, text=True))
    try:
        yield clients
    finally:
        for client in clients:
            client.kill()
            client.wait()


def _watched(
    emulator: Running, clients: list[subprocess.Popen[str]], seconds: float, progress: Progress
) -> dict[int, list[Use]]:
    """What the processes use, by their ids; the emulator's is among them."""
    uses: dict[int, list[Use]] = collections.defaultdict(list)
    begun = time.monotonic()
    for look in range(_LOOKS):
        time.sleep(max(0.0, begun + seconds * (look + 0.5) / _LOOKS - time.monotonic()))
        for pid in (emulator.process.pid, *(client.pid for client in clients)):
            use = use_of(pid)
            uses[pid] += [use] if use else []
        mib = uses[emulator.process.pid][-1].mib
        progress(f"{seconds * look / _LOOKS:.0f} of {seconds:.0f} s, {mib:.0f} MiB in the emulator")
    return uses


def _told(client: subprocess.Popen[str]) -> dict[str, t.Any]:
    output, _nothing = client.communicate(timeout=_PATIENCE)
    if client.returncode != 0 or not output:
        return {"operations": {}, "errors": [f"a process of the clients ended with status {client.returncode}"]}
    told: dict[str, t.Any] = json.loads(output)
    return told


def _row(seed: int, seconds: float, emulator: Running, uses: dict[int, list[Use]], told: list[dict[str, t.Any]]) -> Row:
    counts = emulator.control.counts()
    service = grown(uses.pop(emulator.process.pid))
    clients = [grown(looks) for looks in uses.values()]
    complaints = [error for one in told for error in one["errors"]]
    complaints += filter(None, (service.complaint("the emulator"), *(one.complaint("a client process") for one in clients)))
    operations = sum((collections.Counter(one["operations"]) for one in told), collections.Counter())
    note = (
        f"{counts['total']:,} requests, {counts['total'] / seconds:,.0f} a second, up to {counts['peak_concurrency']} at once; "
        + ", ".join(f"{name} {count:,}" for name, count in sorted(operations.items()))
        + f"; emulator {_figures([service])}; clients together {_figures(clients)}"
    )
    done, failures = operations.total(), tuple(Failure(seed, why) for why in complaints)
    return Row("load", _WHAT, done, 0, done - len(failures), failures, note=note)


def _figures(several: t.Sequence[Grown]) -> str:
    before, after = ([grown_one[place] for grown_one in several] for place in (0, 1))
    mib = [sum(use.mib for use in uses) for uses in (before, after)]
    files = [sum(use.files for use in uses) for uses in (before, after)]
    return f"{mib[0]:.0f} -> {mib[1]:.0f} MiB, {files[0]} -> {files[1]} files"
