# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rate limiter shared by all threads of one client: when the next request may start.

After a refusal (429, 503, 423, 509) no thread sends anything for a while, and then requests start at the rate that the server
has admitted; ``rate_estimator`` gives the pause and the rate. A request that was refused with a Retry-After is not repeated
earlier, whatever the others do meanwhile. A thread that must wait sleeps without holding the lock, and checks again afterwards:
by then the server may have refused another thread, or the run may have been cancelled.
"""

from __future__ import annotations

import math
import threading
import time
import typing as t

from .._threads.cancellation import Cancellation, Cancelled
from .rate_estimator import RateEstimator, Width

# Too many requests. 503 may have other causes, but means this in practice.
CONGESTED = frozenset({423, 429, 503, 509})

_LONGEST_LOOK = 0.25  # seconds after which a waiting thread checks whether the rate has grown
_HAIR = 1e-6  # tickets; a rounding error must not cause a second, empty sleep
_POLL = 0.02  # seconds between two checks for a free place among the concurrent requests
_PIECES = 20  # the bandwidth of a second is spent in so many pieces
_LARGEST_PIECE = 262_144


class Turn:
    """One try of one request.

    number   in the queue, None as long as it need not wait
    started  when it last asked to start; in the end, when it did start
    status   of the response, None where there was none
    seconds  to the first byte of the response; None for large requests, where it says nothing about the server
    pause    seconds that the server asked to wait
    """

    __slots__ = ("action", "number", "started", "status", "seconds", "pause")

    def __init__(self, action: str) -> None:
        self.action = action
        self.number: float | None = None
        self.started = 0.0
        self.status: int | None = None
        self.seconds: float | None = None
        self.pause: float | None = None


class RateLimiter:
    """Thread safe. Times are seconds of ``clock``.

    While nothing is limited, a request takes the lock twice, each time briefly.
    """

    def __init__(
        self,
        random: t.Callable[[], float],
        *,
        clock: t.Callable[[], float] = time.monotonic,
        max_requests_per_second: float | None = None,
        max_bandwidth: int | None = None,
        cancellation: Cancellation | None = None,
        who: t.Callable[[], object] = threading.get_ident,
        paused: t.Callable[[int, float], None] = lambda _status, _seconds: None,
    ) -> None:
        """random        from 0 to 1
        cancellation  for sleeps, and for the reason why nothing more is to be sent
        who           identifies the caller: a refused request is repeated by the thread that sent it
        paused        is told the status for which all requests wait, and for how many seconds; under the lock
        """
        self._random = random
        self._clock = clock
        self._cap = max_requests_per_second
        self._bandwidth = max_bandwidth
        self._cancellation = cancellation or Cancellation()
        self._who, self._paused = who, paused
        self._lock = threading.Lock()
        self._rate = RateEstimator()
        self._width = Width()
        self._reached = 0.0  # the end of the last sleep: the time is at least this
        self._in_progress = 0
        self._not_before = 0.0
        # FIFO tickets: how many have been drawn, and how many may start by now. The second number grows with the current rate,
        # so a changed rate applies to all that wait.
        self._drawn = 0.0
        self._called = 0.0
        self._counted = 0.0
        self._waiting = 0
        self._next_byte = 0.0
        self._last_cut = -1.0
        self._told: dict[object, float] = {}  # Retry-After: which caller is to wait, and until when
        self._free = max_requests_per_second is None  # nothing is limited at the moment
        self.admitted = 0

    @property
    def piece(self) -> int:
        """How many bytes of a body are sent or read at a time."""
        if self._bandwidth is None:
            return _LARGEST_PIECE
        return max(1, min(self._bandwidth // _PIECES, _LARGEST_PIECE))

    @property
    def is_metered(self) -> bool:
        return self._bandwidth is not None

    def check_cancelled(self) -> None:
        """Raises Cancelled if the run has been cancelled."""
        self._cancellation.check()

    def enter(self, action: str) -> Turn:
        """Returns when a request may start. Every turn must ``leave``. Raises Cancelled."""
        self.check_cancelled()
        turn = Turn(action)
        try:
            while (wait := self.ask(turn)) > 0:
                self.rest(wait)
        except Cancelled:
            with self._lock:
                self._waiting -= turn.number is not None
            raise
        return turn

    def ask(self, turn: Turn) -> float:
        """Seconds after which to ask again; 0 if the request may start now."""
        with self._lock:
            turn.started = now = max(self._clock(), self._reached)
            if turn.number is None and self._told:
                wait = self._told.get(self._who(), now) - now
                if wait > 0:
                    return wait  # not in the queue, where those behind it would wait as well
                self._told.pop(self._who(), None)
            if turn.number is None and not self._free:
                self._count(now)  # with a count from before an idle time, the next request would start together with this one
                turn.number = max(self._drawn, self._called)
                self._drawn = turn.number + 1
                self._waiting += 1
            wait = 0.0 if turn.number is None else self._wait(now, turn.number)
            if wait <= 0:
                self._in_progress += 1
                if turn.number is not None:
                    self._waiting -= 1
                    self._called = min(self._called, turn.number + self._rate.slack)
            return wait

    def responded(self, turn: Turn, status: int, is_small: bool) -> None:
        """The head of the response has been received."""
        turn.status = status
        if is_small:
            turn.seconds = self._clock() - turn.started

    def leave(self, turn: Turn) -> None:
        """The request has ended, successfully or not."""
        status = turn.status
        with self._lock:
            self._in_progress -= 1
            if status is None:
                return
            now = max(self._clock(), self._reached)
            if status in CONGESTED:
                self._refused(now, turn)
            elif status < 500:
                self.admitted += 1
                self._rate.admitted(now)
            if turn.seconds is not None:
                self._width.responded(turn.action, turn.seconds, now, self._in_progress + 1)
                if self._width.limit is not None:
                    self._free = False

    def rest(self, seconds: float) -> None:
        """Sleeps. Raises Cancelled."""
        until = max(self._clock(), self._reached) + seconds
        self._cancellation.sleep(seconds)
        self.check_cancelled()
        with self._lock:
            self._reached = max(self._reached, until)

    def due(self) -> float:
        """Seconds until another request could start, at the current rate."""
        if self._free:
            return 0.0
        with self._lock:
            now = max(self._clock(), self._reached)
            rate = self._count(now)
            ahead = max(0.0, self._drawn - self._called)
            return max(0.0, self._not_before - now) + (ahead / rate if rate else 0.0)

    def spend(self, size: int) -> None:
        """Accounts for ``size`` bytes of a body that are about to be sent, or have been read. Raises Cancelled."""
        self.check_cancelled()
        if self._bandwidth is None:
            return
        with self._lock:
            now = max(self._clock(), self._reached)
            moment = max(now, self._next_byte)
            self._next_byte = moment + size / self._bandwidth
        if moment > now:
            self.rest(moment - now)

    def _wait(self, now: float, number: float) -> float:
        """Seconds after which the holder of a ticket should ask again; 0 if it may start."""
        rate = self._count(now)
        if now < self._not_before:
            return self._not_before - now
        ahead = number - self._called
        if rate is not None and ahead > _HAIR:
            # A thread that slept through the growth of the rate would start late, and together with others.
            return min(math.log1p(self._rate.growth * ahead / rate) / self._rate.growth, _LONGEST_LOOK)
        width = self._width.limit
        return _POLL if width is not None and self._in_progress >= width else 0.0

    def _count(self, now: float) -> float | None:
        """Calls the tickets that are due. Returns the rate, None for no limit."""
        before, rate = self._rate.limit, self._rate.grow(now)
        if rate is None:
            rate = self._cap
            self._free = rate is None and self._width.limit is None and now >= self._not_before
        else:
            rate = min((rate + before) / 2 if before is not None else rate, self._cap or rate)
        seconds = now - max(self._counted, self._not_before)
        if rate is None:
            self._called = self._drawn
        elif seconds > 0:
            self._called += rate * seconds
        self._counted = max(now, self._counted)
        return rate

    def _refused(self, now: float, turn: Turn) -> None:
        if turn.pause:
            self._told[self._who()] = now + turn.pause
        if turn.started <= self._last_cut:
            return  # a request sent before the last cut says nothing about the rate since
        if not turn.pause and self._rate.is_single():
            return
        self._count(now)
        self._called = self._drawn - self._waiting  # after the pause the first in the queue starts, and no other together with it
        stop = self._rate.refused(now, turn.started, turn.pause or None, self._random())
        self._not_before = max(self._not_before, now + stop)
        self._paused(turn.status or 0, self._not_before - now)
        self._free = False
        self._last_cut = now
