# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The budget of a run, held where requests are sent: no request leaves that it does not allow, whoever sends it."""

from __future__ import annotations

import typing as t

from .._http.connection_pool import ConnectionPool
from .._http.endpoint import Endpoint
from .._http.socket_waits import CancelCheck
from .._http.transport import NO_BLOCKS, Block, Response

MOST = 300
"""Requests of one run, repeated ones and those that clean up included."""

SECONDS = 120.0
"""After so many seconds nothing more is asked; what was made is still removed."""

_APART = 12  # requests that cleaning up takes besides one for each object


class Spent(Exception):
    """There is no request left."""


class Budget:
    """Counts the requests of a run.

    made   how many objects there may be that the run has to remove: for each a request is kept back, and some more
    keeps  whether they are; no longer when the run removes them

    Args:
        ticks: seconds, monotonic.
        limit: requests.
        seconds: after which nothing more is asked.
    """

    def __init__(self, ticks: t.Callable[[], float], limit: int, seconds: float) -> None:
        self.limit, self.sent, self.made, self.keeps = limit, 0, 0, True
        self._ticks, self._seconds, self._until = ticks, seconds, ticks() + seconds

    def spend(self) -> None:
        """One request.

        Raises:
            Spent: there is none left for this purpose, or no time.
        """
        refused = self.refuses(1)
        if refused:
            raise Spent(refused)
        self.sent += 1

    @property
    def _kept(self) -> int:
        return self.made * 5 // 4 + _APART if self.keeps else 0

    def refuses(self, requests: int, objects: int = 0) -> str:
        """Why so many requests, which make so many objects, cannot be asked for any more; empty where they can."""
        if self.keeps and self._ticks() >= self._until:
            return f"the {self._seconds:g} seconds of a run"
        if self.sent + requests + objects > self.limit - self._kept:
            return f"the budget of {self.limit} requests"
        return ""


class CountedPool:
    """A pool of connections that asks the budget before each request. See ``transport.Pool``."""

    def __init__(self, endpoint: Endpoint, check_cancelled: CancelCheck, budget: Budget) -> None:
        self._pool, self._budget = ConnectionPool(endpoint, check_cancelled), budget
        self.proxy, self.secrets = self._pool.proxy, self._pool.secrets

    def exchange(
        self,
        method: str,
        target: str,
        headers: t.Mapping[str, str],
        data: bytes = b"",
        blocks: t.Iterable[Block] = NO_BLOCKS,
        *,
        fresh: bool = False,
    ) -> Response:
        """Raises Spent, and as ``transport.Pool``."""
        self._budget.spend()
        return self._pool.exchange(method, target, headers, data, blocks, fresh=fresh)

    def send_and_leave(self, method: str, target: str, headers: t.Mapping[str, str], data: bytes) -> None:
        """As a client that ends as soon as its request is sent. Raises Spent, and Broken where it could not be sent."""
        self._budget.spend()
        self._pool.send_and_leave(method, target, headers, data)

    def close(self) -> None:
        self._pool.close()
