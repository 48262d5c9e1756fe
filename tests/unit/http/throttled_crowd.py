# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Senders that share one pace at a service that throttles, as events of one queue: no threads, 100,000 requests a second."""

from __future__ import annotations

import dataclasses
import heapq
import itertools
import random
import typing as t

from ansible_collections.edgeops.netstorage.plugins.module_utils._http.rate_limiter import RateLimiter, Turn

Event = t.Callable[[], None]


@dataclasses.dataclass
class Bucket:
    """Admits ``rate`` requests a second and ``depth`` at once; with an outage nothing from its first to its second moment."""

    rate: float
    depth: float
    outage: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        self._tokens, self._filled = self.depth, 0.0

    def admits(self, now: float) -> bool:
        self._tokens = min(self.depth, self._tokens + (now - self._filled) * self.rate)
        self._filled = now
        if self._tokens < 1 or self.outage[0] <= now < self.outage[1]:
            return False
        self._tokens -= 1
        return True


class Crowd:
    """admitted, refused  when; and told: when the answers of the refused ones came
    too_early          requests that were repeated before the wait had passed that the service had asked for
    failed             requests that used up their tries
    """

    def __init__(self, bucket: Bucket, threads: int, retry_after: float | None, latency: float, status: int = 429) -> None:
        self.bucket, self.retry_after, self.latency, self.status = bucket, retry_after, latency, status
        self.now = 0.0
        self.who = 0
        self.limiter = RateLimiter(random.Random(3).random, clock=lambda: self.now, who=lambda: self.who)
        self.random = random.Random(5)
        self.started: list[float] = []
        self.admitted: list[float] = []
        self.refused: list[float] = []
        self.told: list[float] = []
        self.too_early = self.failed = self.left = 0
        self._events: list[tuple[float, int, Event]] = []
        self._numbers = itertools.count()
        self._threads = threads

    def play(self, requests: int) -> float:
        """Sends so many. Returns the share of what the service would have admitted in that time."""
        self.left = requests
        senders = [_Sender(self, number) for number in range(self._threads)]
        for sender in senders:
            self.after(0.0, sender.next)
        while self._events:
            self.now, _number, event = heapq.heappop(self._events)
            event()
        return requests / self.admitted[-1] / self.bucket.rate

    def after(self, seconds: float, event: Event) -> None:
        heapq.heappush(self._events, (self.now + seconds, next(self._numbers), event))

    def way(self) -> float:
        return self.latency * (0.4 + 0.2 * self.random.random())


class _Sender:
    """One thread; it repeats as ``sending.Patience`` does, with five tries for what nobody else gets through either."""

    def __init__(self, crowd: Crowd, number: int) -> None:
        self.crowd, self.number = crowd, number
        self.not_before = 0.0
        self.turn: Turn | None = None
        self.tries = 0
        self.seen = 0

    def next(self) -> None:
        if self.crowd.left > 0:
            self.crowd.left -= 1
            self.tries, self.seen = 5, self.crowd.limiter.admitted
            self.ask()

    def ask(self) -> None:
        crowd = self.crowd
        crowd.who = self.number
        self.turn = self.turn or Turn("stat")
        wait = crowd.limiter.ask(self.turn)
        if wait > 0:
            crowd.after(wait + 1e-9, self.ask)
            return
        crowd.started.append(crowd.now)
        crowd.too_early += crowd.now < self.not_before
        crowd.after(crowd.way(), self.arrive)

    def arrive(self) -> None:
        crowd = self.crowd
        admitted = crowd.bucket.admits(crowd.now)
        (crowd.admitted if admitted else crowd.refused).append(crowd.now)
        crowd.after(crowd.way(), self.taken if admitted else self.refuse)

    def taken(self) -> None:
        self.leave(200)
        self.next()

    def refuse(self) -> None:
        crowd, wait = self.crowd, self.crowd.retry_after
        assert self.turn is not None
        self.turn.pause = wait
        crowd.told.append(crowd.now)
        self.not_before = crowd.now + (wait or 0.0) - 1e-6
        self.leave(crowd.status)
        others, self.seen = crowd.limiter.admitted - self.seen, crowd.limiter.admitted
        if others:
            self.ask()
        elif self.tries:
            self.tries -= 1
            crowd.after(max(crowd.random.random() * 2.0 ** (4 - self.tries), wait or 0.0, crowd.limiter.due()), self.ask)
        else:
            crowd.failed += 1
            self.next()

    def leave(self, status: int) -> None:
        crowd, turn = self.crowd, self.turn
        assert turn is not None
        crowd.who, self.turn = self.number, None
        crowd.limiter.responded(turn, status, True)
        crowd.limiter.leave(turn)


def share(rate: int, threads: int, retry_after: float | None, requests: int, latency: float, burst: int | None = None) -> float:
    """Of what the service admits, of a crowd that keeps the rules: nothing fails or is repeated too early."""
    bucket = Bucket(rate, max(1, rate // 10) if burst is None else burst)
    crowd = Crowd(bucket, threads, retry_after, latency, (429, 503)[(rate // 5 + threads) % 2])
    found = crowd.play(requests)
    assert (crowd.failed, crowd.too_early, len(crowd.admitted)) == (0, 0, requests)
    assert len(crowd.refused) < 2 * threads + 0.07 * requests
    return found
