# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pool of kept-alive connections: each request takes one, and returns it when its response has been read."""

from __future__ import annotations

import collections
import socket
import typing as t

from .connection import HttpConnection, HttpResponse
from .connector import Connector
from .endpoint import Endpoint
from .socket_waits import CancelCheck
from .transport import NO_BLOCKS, Block


class ConnectionPool:
    """Thread safe. At most ``endpoint.connections`` idle connections are kept."""

    def __init__(self, endpoint: Endpoint, check_cancelled: CancelCheck = lambda: None) -> None:
        """``check_cancelled`` is called during every wait, and raises Cancelled."""
        self._check_cancelled = check_cancelled
        self._connector = Connector(endpoint)
        proxy = self._connector.proxy
        self.proxy = f"{proxy.host}:{proxy.port}" if proxy is not None else None
        self.secrets: tuple[str, ...] = proxy.secrets if proxy is not None else ()
        self._keep = endpoint.connections
        # Taken from and returned to the right end (LIFO); deque.pop and deque.append are atomic, so there is no lock.
        self._idle: collections.deque[HttpConnection] = collections.deque()
        # Header fields that never change. No Expect: not every server supports it, and a refused body is noticed anyway.
        self._fixed = (
            f"Host: {endpoint.host}\r\nUser-Agent: {endpoint.user_agent}\r\n"
            f"Accept-Encoding: {endpoint.accept_encoding}\r\n{self._connector.extra}"
        )

    def exchange(
        self,
        method: str,
        target: str,
        headers: t.Mapping[str, str],
        data: bytes = b"",
        blocks: t.Iterable[Block] = NO_BLOCKS,
        *,
        fresh: bool = False,
    ) -> HttpResponse:
        """See ``transport.Pool``. A small body is written together with the head."""
        return self._take(fresh).exchange(method, self._head(method, target, headers) + data, blocks, self._give_back)

    def send_and_leave(self, method: str, target: str, headers: t.Mapping[str, str], data: bytes) -> None:
        """Sends one request over a connection of its own, and closes that without waiting for the response. Raises Broken where
        the request could not be sent as a whole."""
        HttpConnection(self._connector, self._check_cancelled).send_and_leave(self._head(method, target, headers) + data)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _head(self, method: str, target: str, headers: t.Mapping[str, str]) -> bytes:
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        return f"{method} {self._connector.prefix}{target} HTTP/1.1\r\n{self._fixed}{lines}\r\n".encode("ascii")

    def _give_back(self, connection: HttpConnection) -> None:
        """Keeps a connection for the next request, if it is still usable."""
        if not connection.is_open:
            return
        if len(self._idle) < self._keep:
            self._idle.append(connection)
        else:
            connection.close()

    def _take(self, fresh: bool) -> HttpConnection:
        if not fresh:
            try:
                return self._idle.pop()
            except IndexError:
                pass
            kept = self._kept_socket()
            if kept is not None:
                return HttpConnection(self._connector, self._check_cancelled, kept)
        return HttpConnection(self._connector, self._check_cancelled)

    def _kept_socket(self) -> socket.socket | None:
        """A connection of an earlier pool; a subclass may have some."""
        return None
