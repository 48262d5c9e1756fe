# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Kept-alive connections shared by threads: each request takes one, and gives it back when its response is read."""

from __future__ import annotations

import collections
import typing as t

from .connection import HttpConnection, HttpResponse
from .connector import Connector
from .endpoint import Endpoint
from .socket_waits import Heed
from .transport import NO_BLOCKS, Block


class ConnectionPool:
    """Thread safe. At most ``endpoint.connections`` idle connections are kept."""

    def __init__(self, endpoint: Endpoint, heed: Heed = lambda: None) -> None:
        """``heed`` is asked while anything is waited for, and raises Cancelled."""
        self._heed = heed
        self._connector = Connector(endpoint)
        proxy = self._connector.proxy
        self.proxy = f"{proxy.host}:{proxy.port}" if proxy is not None else None
        self.secrets: tuple[str, ...] = proxy.secrets if proxy is not None else ()
        self._keep = endpoint.connections
        # Taken and given back at the right end, each by one step that no other thread can divide, so without a lock.
        self._idle: collections.deque[HttpConnection] = collections.deque()
        # Head lines that never change. No Expect: not every server knows it, and a refused body is noticed anyway.
        self._fixed = (
            f"Host: {endpoint.host}\r\nUser-Agent: {endpoint.user_agent}\r\nAccept-Encoding: identity\r\n{self._connector.extra}"
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
        """As ``transport.Pool`` says it. A small body is written together with the head."""
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        head = f"{method} {self._connector.prefix}{target} HTTP/1.1\r\n{self._fixed}{lines}\r\n".encode("ascii")
        return self._take(fresh).exchange(method, head + data, blocks, self._give_back)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _give_back(self, connection: HttpConnection) -> None:
        """Keeps a connection for the next request, if it can carry one."""
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
        return HttpConnection(self._connector, self._heed)
