# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Threads in a time of their own: it passes only when all of them sleep, and then at once. And a service in that time."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import random
import threading
import typing as t

from ansible_collections.edgeops.netstorage.plugins.module_utils._http.connection_pool import ConnectionPool
from ansible_collections.edgeops.netstorage.plugins.module_utils._http.rate_limiter import RateLimiter
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client_config import ClientConfig
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.request import Request
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.sender import Sender
from ansible_collections.edgeops.netstorage.tests.fake_cancellation import FakeCancellation


class VirtualTime:
    """One thread runs at a time, so nothing in here needs a lock, and every run is the same."""

    def __init__(self) -> None:
        self.now = 0.0
        self.errors: list[Exception] = []
        self._sleeping: list[tuple[float, int, threading.Semaphore]] = []
        self._numbers = itertools.count()
        self._all_asleep = threading.Semaphore(0)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        woken = threading.Semaphore(0)
        heapq.heappush(self._sleeping, (self.now + seconds, next(self._numbers), woken))
        self._all_asleep.release()
        woken.acquire()

    def run(self, *works: t.Callable[[], None]) -> None:
        """Until all have ended. Their errors are kept."""
        for work in works:
            threading.Thread(target=self._work, args=(work,), daemon=True).start()
            self._all_asleep.acquire()
        while self._sleeping:
            moment, _number, woken = heapq.heappop(self._sleeping)
            self.now = max(self.now, moment)
            woken.release()
            self._all_asleep.acquire()

    def _work(self, work: t.Callable[[], None]) -> None:
        self.sleep(0.0)
        try:
            work()
        except Exception as error:  # noqa: BLE001
            self.errors.append(error)
        self._all_asleep.release()


class Reply(t.NamedTuple):
    status: int
    retry_after: str | None

    def header(self, name: str) -> str | None:
        return self.retry_after if name == "Retry-After" else None

    def chunks(self, _size: int) -> t.Iterator[bytes]:
        return iter(())


class Service:
    """Admits ``rate`` requests a second, with a bucket of a tenth of a second's worth unless told; refuses the others.

    started, admitted   when each request came, and when each was admitted
    failing             share of the requests that are refused whatever the rate
    """

    def __init__(
        self,
        time: VirtualTime,
        rate: float,
        status: int = 429,
        retry_after: int | None = None,
        *,
        burst: float | None = None,
        latency: float = 0.02,
        failing: float = 0.0,
    ) -> None:
        self.time, self.rate, self.status = time, rate, status
        self.retry_after = None if retry_after is None else str(retry_after)
        self.latency = latency
        self.failing = failing
        self.started: list[float] = []
        self.admitted: list[float] = []
        self.refused: list[float] = []
        self._random = random.Random(5)
        self._tokens = self._depth = max(1.0, rate // 10) if burst is None else burst
        self._filled = 0.0
        self.proxy: str | None = None
        self.secrets: tuple[str, ...] = ()

    @contextlib.contextmanager
    def exchange(self, *_request: object, **_options: object) -> t.Iterator[Reply]:
        self.started.append(self.time.now)
        self.time.sleep(self.latency * (0.4 + 0.2 * self._random.random()))
        admitted = self._admits()
        self.time.sleep(self.latency * (0.4 + 0.2 * self._random.random()))
        yield Reply(200 if admitted else self.status, None if admitted else self.retry_after)

    def _admits(self) -> bool:
        now = self.time.now
        self._tokens = min(self._depth, self._tokens + (now - self._filled) * self.rate)
        self._filled = now
        if self._tokens < 1 or (self.failing and self._random.random() < self.failing):
            self.refused.append(now)
            return False
        self._tokens -= 1
        self.admitted.append(now)
        return True


def busy(service: Service, threads: int, requests: int, **options: t.Any) -> RateLimiter:
    """So many threads send so many requests through one sender. The sender's errors are in ``service.time``."""
    time = service.time
    pace = RateLimiter(random.Random(3).random, clock=time.clock, cancellation=FakeCancellation(time.sleep), **options)
    connection = ClientConfig("h.example", "uploader", "a-key-of-twenty-signs")
    sender = Sender(connection, t.cast(ConnectionPool, service), pace, time.clock, random.Random(4))
    left = iter(range(requests))

    def work() -> None:
        for number in left:
            sender.ask(Request("mtime", b"/1/%d" % number, (("mtime", 1),)), lambda _answer: None)

    time.run(*[work] * threads)
    return pace
