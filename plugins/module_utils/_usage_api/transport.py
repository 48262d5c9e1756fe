# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# This room is private to edgeops.netstorage: nothing here is a promise to other collections.

"""Kept-alive connections shared by threads: each request takes one, and gives it back when its answer is read."""

from __future__ import annotations

import contextlib
import threading
import typing as t

from .connection import Connection
from .routes import IMPORT_ERROR, Route
from .wire import Answer, Broken, Stage, Wire

__all__ = ["IMPORT_ERROR", "Answer", "Broken", "Stage", "Transport"]

_AGENT = "edgeops.netstorage"


class Transport:
    """Thread safe. At most ``connection.connections`` idle connections are kept."""

    def __init__(self, connection: Connection) -> None:
        self._route = Route(connection)
        self._keep = connection.connections
        self._idle: list[Wire] = []
        self._lock = threading.Lock()
        # Head lines that never change. No Expect: the service does not document it (reference, 5.13).
        self._fixed = (
            f"Host: {connection.host}\r\nUser-Agent: {_AGENT}\r\nAccept-Encoding: identity\r\n{self._route.extra}"
        )

    @property
    def proxy(self) -> str | None:
        """The proxy's ``name:port`` where one is used."""
        proxy = self._route.proxy
        return f"{proxy.host}:{proxy.port}" if proxy is not None else None

    @contextlib.contextmanager
    def exchange(
        self,
        method: str,
        target: str,
        headers: t.Mapping[str, str],
        data: bytes = b"",
        blocks: t.Iterable[bytes] = (),
        *,
        fresh: bool = False,
    ) -> t.Iterator[Answer]:
        """One request; the target goes out byte for byte.

        data    a small body, written together with the head
        blocks  a large body, written block by block
        fresh   do not use a kept connection: the last one turned out to be closed

        Raises Broken, here or while the answer is read, and whatever the reading of ``blocks`` raises.
        """
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        head = f"{method} {self._route.prefix}{target} HTTP/1.1\r\n{self._fixed}{lines}\r\n".encode("ascii")
        wire = self._take(fresh)
        answer = wire.exchange(method, head + data, blocks)
        try:
            yield answer
        finally:
            answer.close()
            self._give_back(wire)

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for wire in idle:
            wire.close()

    def _take(self, fresh: bool) -> Wire:
        with self._lock:
            if self._idle and not fresh:
                return self._idle.pop()
        return Wire(self._route)

    def _give_back(self, wire: Wire) -> None:
        if not wire.is_open:
            return
        with self._lock:
            if len(self._idle) < self._keep:
                self._idle.append(wire)
                return
        wire.close()
