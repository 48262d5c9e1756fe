# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The running emulator: listeners, port files, signals and a clean end."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from . import self_signed, tree
from .accounts import Account
from .certificates import tls_context
from .config.edgegrid import ApiClient
from .config.purges import Grants
from .config.requests.limits import DOCUMENTED
from .config.service import ConfigService
from .connection import Connection, Latency
from .control_http import NO_HOSTS, ControlConnection, Hosts
from .control_port import ControlPort
from .door import Door
from .edge.cache import NETWORKS, Caches
from .edge.service import EdgeService
from .edge.sites import Site
from .exchange import Exchange
from .faults import FIRST_SEED, Rule
from .journal import Counts, Journal
from .knobs import Knobs
from .reply import Heads, Reply
from .service import Service
from .side_house import SideHouse
from .store import Store
from .throttle import NONE as NO_THROTTLE
from .throttle import Settings

LARGEST_BODY = 16 * 1024**3
PARENT_CHECK_SECONDS = 0.2


@dataclass(frozen=True)
class Options:
    """What ``serve`` was asked for. The ports of the edges by network, and ``https``, which is production's."""

    accounts: Sequence[Account]
    knobs: Knobs
    host: str = "127.0.0.1"
    port: int = 0
    port_file: str | None = None
    https_port: int | None = None
    https_port_file: str | None = None
    certificate: str | None = None
    private_key: str | None = None
    self_signed: str | None = None
    https_names: Sequence[str] = ()
    control_port: int | None = None
    control_port_file: str | None = None
    control_hosts: Hosts = NO_HOSTS
    control_listen: str = "127.0.0.1"
    config_port: int | None = None
    config_port_file: str | None = None
    config_clients: Sequence[ApiClient] = ()
    grants: Grants = field(default_factory=Grants)
    purge_limits: Mapping[str, object] = field(default_factory=dict)
    contract: Mapping[str, object] = field(default_factory=dict)
    config_limit: tuple[int, float] = DOCUMENTED
    edge_ports: Mapping[str, int] = field(default_factory=dict)
    edge_port_files: Mapping[str, str] = field(default_factory=dict)
    sites: Mapping[str, Site] = field(default_factory=dict)
    data: str = ":memory:"
    tree: Sequence[object] = ()
    largest_body: int = LARGEST_BODY
    latency_seconds: float = 0.0
    throttle: Settings = NO_THROTTLE
    seed: int = FIRST_SEED
    faults: Sequence[Rule] = ()
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
        self.largest_body = options.largest_body
        self.connections: set[Connection] = set()
        self.apis = ConfigService(self.service, options.config_clients, options.grants)
        self.doors: list[Door] = []
        self.caches = Caches(options.sites, options.knobs)
        self.apis.purge.told = self.caches.purged
        self.beside: list[SideHouse] = []
        self.control_door: Door | None = None
        self._options = options
        self._knobs = options.knobs.settings()
        self._begin()

    def begin_anew(self) -> None:
        """Everything as ``serve`` was asked for, and nothing has happened yet. What was stored is gone; connections stay."""
        options = self._options
        options.knobs.begin_anew(self._knobs)
        self.service.begin_anew(options.accounts, options.throttle)
        self.latency.seconds = options.latency_seconds
        self.apis.gate.begin_anew()
        self.apis.purge.forget()
        self._begin()
        self.caches.forget()
        for door in (*self.doors, *(door for house in self.beside for door in house.doors)):
            door.open_now()
        self.journal.forget()
        self.counts.reset()
        self.service.throttle.reset()

    def _begin(self) -> None:
        """What is there before the first request."""
        options = self._options
        self.apis.purge.buckets.change(options.purge_limits)
        self.apis.storage.limit.change(options.config_limit)
        self.apis.storage.load(options.contract)
        self.service.begin_faults(options.seed, [rule.unused() for rule in options.faults])
        tree.load(self.service.store, list(options.tree))
        self.service.store.has_been_there()

    async def listen(self, host: str, port: int, context: ssl.SSLContext | None = None) -> Door:
        door = Door(lambda: Connection(self), context)
        await door.open(host, port)
        self.doors.append(door)
        return door

    def refuse(self, seconds: float) -> None:
        """No new connections for so long; the control port stays open."""
        for door in self.doors:
            door.shut(seconds)

    def carry_out(self, exchange: Exchange) -> None:
        """Do what a request asked for whose connection is lost, and tell it once it is committed."""
        reply, store = self.service.carry_out(exchange), self.service.store
        if store.is_settled:
            self._tell_late(exchange, reply)
        else:
            store.when_settled(lambda worked: self._tell_late(exchange, reply if worked else Reply(500)))
            store.commit()

    def _tell_late(self, exchange: Exchange, reply: Reply) -> None:
        """The second line of a request: nothing comes in and nothing leaves."""
        exchange.bytes_in = 0
        if exchange.fault is not None:
            self.journal.write(exchange, 0, 0, exchange.fault.afterwards(reply))


async def serve(options: Options) -> None:
    """Run until told to stop."""
    is_secure = options.https_port is not None or "https" in {*options.edge_ports, *options.edge_port_files}
    context = _context(options) if is_secure else None
    parent = os.getppid()
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with Store(options.data, options.knobs, loop.call_soon).closing() as store:
        emulator = Emulator(options, store)
        _resume_quick_deletes(emulator)
        await _listen(emulator, options, context)
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
        watch = asyncio.ensure_future(_watch_parent(parent, stop)) if options.exit_with_parent else None
        await stop.wait()
        emulator.service.postponed.drop()
        if watch is not None:
            watch.cancel()
        await _close(emulator)
        emulator.journal.close()


def _context(options: Options) -> ssl.SSLContext:
    if options.self_signed is None:
        return tls_context(str(options.certificate), options.private_key)
    return self_signed.context(options.self_signed, [*options.https_names, *options.sites])


def _resume_quick_deletes(emulator: Emulator) -> None:
    """Those planned before a restart."""
    for _number, _directory, _until, due in emulator.service.store.index.planned_quick_deletes():
        emulator.service.later(max(due - time.time(), 0) + 0.01)


async def _listen(emulator: Emulator, options: Options, context: ssl.SSLContext | None) -> None:
    """HTTP first and its port file last: whoever sees that file finds the others."""
    plain = await emulator.listen(options.host, options.port)
    host = _in_url(options.host)
    places = [f"http://{host}:{plain.port}"]
    if options.https_port is not None:
        secure = await emulator.listen(options.host, options.https_port, context)
        places.append(f"https://{host}:{secure.port}")
        _write_port(options.https_port_file, secure.port)
    if options.config_port is not None or options.config_port_file is not None:
        house = SideHouse(emulator, emulator.apis)
        emulator.beside.append(house)
        apis = await house.listen(options.host, options.config_port or 0)
        places.append(f"APIs http://{host}:{apis.port}")
        _write_port(options.config_port_file, apis.port)
    places += await _listen_as_edges(emulator, options, context, host)
    if options.control_port is not None or options.control_port_file is not None:
        handle = ControlPort(emulator).handle
        emulator.control_door = Door(lambda: ControlConnection(handle, options.control_hosts))
        await emulator.control_door.open(options.control_listen, options.control_port or 0)
        places.append(f"control http://{_in_url(options.control_listen)}:{emulator.control_door.port}")
        _write_port(options.control_port_file, emulator.control_door.port)
    _write_port(options.port_file, plain.port)
    print(f"netstorage-emulator listens on {', '.join(places)}; {_introduction(options.accounts)}", flush=True)


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


async def _listen_as_edges(emulator: Emulator, options: Options, context: ssl.SSLContext | None, host: str) -> list[str]:
    """Where the edges are, in words."""
    places = []
    heads = Heads(lambda: options.knobs.clock_skew, caching=b"")
    for network in NETWORKS:
        house = SideHouse(emulator, EdgeService(emulator.service, options.sites, emulator.caches, network), heads)
        emulator.beside.append(house)
        ways = ((network, None), ("https", context)) if network == "production" else ((network, None),)
        for name, secure in ways:
            if name not in options.edge_ports and name not in options.edge_port_files:
                continue
            door = await house.listen(options.host, options.edge_ports.get(name, 0), secure)
            places.append(f"edge ({network}) {'https' if secure else 'http'}://{host}:{door.port}")
            _write_port(options.edge_port_files.get(name), door.port)
    return places


def _introduction(accounts: Sequence[Account]) -> str:
    return "; ".join(f"account {account.name.decode()} with CP code "
                     f"{', '.join(code.decode() for code in sorted(account.cp_codes))}" for account in accounts)


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


async def _close(emulator: Emulator) -> None:
    beside = [door for house in emulator.beside for door in house.doors]
    for door in (*emulator.doors, *beside, emulator.control_door):
        if door is not None:
            door.close()
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
