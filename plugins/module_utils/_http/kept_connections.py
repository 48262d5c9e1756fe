# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections that are kept between two pools of one process: the items of a loop run one after the other in one worker of
Ansible, each with a client of its own, and over TLS a new connection takes twice as long as what an item asks for."""

from __future__ import annotations

import collections
import contextlib
import contextvars
import functools
import os
import socket
import threading
import time
import typing as t

from .connection_pool import ConnectionPool
from .endpoint import Endpoint
from .socket_waits import CancelCheck

_MOST = 16
_LONGEST = 4.0  # seconds of idleness, after which servers and firewalls may forget a connection


class KeptConnections:
    """Thread safe. At most ``_MOST`` idle connections, none longer than ``_LONGEST`` seconds.

    Args:
        clock: seconds, monotonic.
    """

    def __init__(self, clock: t.Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: collections.deque[tuple[float, object, socket.socket]] = collections.deque()  # the oldest first

    def keep(self, key: object, sock: socket.socket) -> None:
        """Keep a connection that has been read to the end of its response."""
        with self._lock:
            self._kept.append((self._clock(), key, sock))
            self._close_old()

    def take(self, key: object) -> socket.socket | None:
        """The one with this key that was used last, which is then the caller's. The server may have closed it meanwhile."""
        with self._lock:
            self._close_old()
            for kept in reversed(self._kept):
                if kept[1] == key:
                    self._kept.remove(kept)
                    return kept[2]
        return None

    def close(self) -> None:
        """Close them all."""
        with self._lock:
            while self._kept:
                self._kept.popleft()[2].close()

    def _close_old(self) -> None:
        oldest = self._clock() - _LONGEST
        while self._kept and (len(self._kept) > _MOST or self._kept[0][0] < oldest):
            self._kept.popleft()[2].close()


_current: contextvars.ContextVar[KeptConnections | None] = contextvars.ContextVar("kept_connections", default=None)


@contextlib.contextmanager
def connections_kept() -> t.Iterator[KeptConnections]:
    """Pools that are made within the block keep their connections for those of the next block."""
    kept = _of_process(os.getpid())
    token = _current.set(kept)
    try:
        yield kept
    finally:
        _current.reset(token)


@functools.lru_cache(maxsize=1)
def _of_process(_pid: int) -> KeptConnections:
    """A fork has none of those of its parent, which both would read."""
    return KeptConnections()


class KeepingPool(ConnectionPool):
    """A pool whose connections outlive it within ``connections_kept``, for pools of the same endpoint, proxy and certificates."""

    def __init__(self, endpoint: Endpoint, check_cancelled: CancelCheck = lambda: None) -> None:
        super().__init__(endpoint, check_cancelled)
        self._kept = _current.get()  # here, because a thread of the run does not have it
        self._key = (endpoint, *self._connector.trusted)

    def close(self) -> None:
        while self._kept is not None and self._idle:
            sock = self._idle.pop().released()
            if sock is not None:
                self._kept.keep(self._key, sock)
        super().close()

    def _kept_socket(self) -> socket.socket | None:
        return None if self._kept is None else self._kept.take(self._key)
