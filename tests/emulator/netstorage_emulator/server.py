# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The running emulator: listeners, port files, signals and a clean end."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass

from .accounts import Account
from .connection import Connection, Latency
from .control_http import ControlConnection
from .control_port import ControlPort
from .journal import Counts, Journal
from .knobs import Knobs
from .reply import Heads
from .service import Service
from .store import Store
from .throttle import NONE as NO_THROTTLE
from .throttle import Settings

BACKLOG = 1024
PARENT_CHECK_SECONDS = 0.2


@dataclass(frozen=True)
class Options:
    """What ``serve`` was asked for."""

    accounts: Sequence[Account]
    knobs: Knobs
    host: str = "127.0.0.1"
    port: int = 0
    port_file: str | None = None
    https_port: int | None = None
    https_port_file: str | None = None
    certificate: str | None = None
    private_key: str | None = None
    control_port: int | None = None
    control_port_file: str | None = None
    data: str = ":memory:"
    latency_seconds: float = 0.0
    throttle: Settings = NO_THROTTLE
    journal: str | None = None
    exit_with_parent: bool = False


class Emulator:
    """What the connections share (``connection.House``)."""

    def __init__(self, options: Options, store: Store) -> None:
        self.service = Service(store, list(options.accounts), options.knobs, options.throttle)
        self.journal = Journal(options.journal)
        self.counts = Counts()
        self.heads = Heads(lambda: options.knobs.clock_skew)
        self.latency = Latency(options.latency_seconds)
        self.connections: set[Connection] = set()


async def serve(options: Options) -> None:
    """Run until told to stop."""
    parent = os.getppid()
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with Store(options.data, options.knobs, loop.call_soon).closing() as store:
        emulator = Emulator(options, store)
        _resume_quick_deletes(emulator)
        servers = await _listen(emulator, options)
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
        watch = asyncio.ensure_future(_watch_parent(parent, stop)) if options.exit_with_parent else None
        await stop.wait()
        if watch is not None:
            watch.cancel()
        await _close(emulator, servers)
        emulator.journal.close()


def _resume_quick_deletes(emulator: Emulator) -> None:
    """Those planned before a restart."""
    for _number, _directory, _until, due in emulator.service.store.index.planned_quick_deletes():
        emulator.service.later(max(due - time.time(), 0) + 0.01)


async def _listen(emulator: Emulator, options: Options) -> list[asyncio.Server]:
    loop = asyncio.get_running_loop()
    plain = await loop.create_server(lambda: Connection(emulator), options.host, options.port, backlog=BACKLOG)
    servers, places = [plain], [f"http://{options.host}:{_port(plain)}"]
    if options.https_port is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(str(options.certificate), options.private_key)
        secure = await loop.create_server(lambda: Connection(emulator), options.host, options.https_port,
                                          backlog=BACKLOG, ssl=context)
        servers.append(secure)
        places.append(f"https://{options.host}:{_port(secure)}")
        _write_port(options.https_port_file, _port(secure))
    if options.control_port is not None or options.control_port_file is not None:
        control = ControlPort(emulator)
        listener = await loop.create_server(lambda: ControlConnection(control.handle), "127.0.0.1",
                                            options.control_port or 0)
        servers.append(listener)
        places.append(f"control http://127.0.0.1:{_port(listener)}")
        _write_port(options.control_port_file, _port(listener))
    _write_port(options.port_file, _port(plain))
    print(f"netstorage-emulator listens on {', '.join(places)}; {_introduction(options.accounts)}", flush=True)
    return servers


def _introduction(accounts: Sequence[Account]) -> str:
    return "; ".join(f"account {account.name.decode()} with CP code "
                     f"{', '.join(code.decode() for code in sorted(account.cp_codes))}" for account in accounts)


def _port(server: asyncio.Server) -> int:
    name = server.sockets[0].getsockname()
    return int(name[1])


def _write_port(path: str | None, port: int) -> None:
    """Whoever sees the file sees the whole number: written aside, then renamed."""
    if path is None:
        return
    aside = f"{path}.{os.getpid()}.new"
    with open(aside, "w", encoding="ascii") as file:
        file.write(f"{port}\n")
    os.replace(aside, path)


async def _watch_parent(parent: int, stop: asyncio.Event) -> None:
    while os.getppid() == parent:
        await asyncio.sleep(PARENT_CHECK_SECONDS)
    stop.set()


async def _close(emulator: Emulator, servers: Sequence[asyncio.Server]) -> None:
    for server in servers:
        server.close()
    for connection in list(emulator.connections):
        connection.shut()
    for _wait in range(20):
        if not emulator.connections:
            break
        await asyncio.sleep(0.01)


def is_loopback(host: str) -> bool:
    """Whether every address of a host name is on this machine only."""
    try:
        found = socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)
    except OSError:
        return False
    return all(str(address[4][0]) == "::1" or str(address[4][0]).startswith("127.") for address in found)
