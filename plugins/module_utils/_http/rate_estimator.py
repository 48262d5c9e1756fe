# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Estimates how much load a service accepts, from its responses. Pure: times are passed in, in seconds of a monotonic clock.

``RateEstimator`` learns from refusals how many requests per second are admitted, ``Width`` from slow responses how
many at a time.
"""

from __future__ import annotations

import collections
import math

# Requests per second: the least, the least while the rate is unknown, and a number so large that it does not limit anything.
_FLOOR, _START, _NO_LIMIT = 4.0, 10.0, 10_000.0
# Growth per second, as a share: while the rate is unknown, at most and at least, and afterwards.
_FASTEST, _SLOWEST, _GENTLE = 6.0, 2.0, 0.04
_MOST_HELD = 1.0  # the largest burst that is assumed, in seconds' worth of requests
_LONG = 1.0  # seconds: what was admitted for so long is the rate itself
_TINY = 1.7  # requests of a burst; with no more than that, the rate is just below the limit that was refused
_COMING = 0.25  # of a request: the unseen part of the token for the next one
_MORE = 2  # requests beyond those taken at once; fewer say nothing about a rate
_LEAST_SPAN = 0.1  # seconds; in less, some responses come late and others early
_AGAIN = 0.9  # of a limit that went well until it was refused
_CUT, _NEAR = 0.95, 0.98  # of what is taken: after a refusal, and soon after
_HOLD, _LONGEST_HOLD, _DEAR_HOLD = 2.0, 60.0, 10  # seconds there, at first and at most; or times what the server asks to wait
_SHORTEST, _LONGEST = 0.05, 0.8  # seconds without a request after a refusal; longer while nothing is taken. Up to twice that
_FORGOTTEN = 8.0  # seconds
# Refusals are single failures until there are so many more than one for each so many requests that were taken.
_CERTAIN = 4
_SINGLE = 1 / 16


class RateEstimator:
    """limit   requests a second from now on, None for any number
    growth  as fast as it may grow in the next moments, per second, as a share of it
    slack   so many requests may start late and then at once with others

    A service takes some requests at once, and then so many a second: from a long pause to the next refusal, what it takes at
    once + rate * seconds; from one refusal to the next, never more than rate * seconds. The first refusal comes soon and
    shows what is taken at once, and nothing is sent for as long as the server asks. Then the limit climbs from little,
    doubling in tenths of a second, and the refusal that ends the climb shows the rate. From then on the limit stays just
    below that, longer each time that the same is found, and then tries for more, faster and faster.

    Where the server asks to wait, all wait after the first refusal, after any as long as the rate is unknown, and after one
    that comes although the limit was lowered, within the wait asked for by the one before. After the others all pause for a
    moment only, and go on below what was taken; the caller sees to it that the refused request itself waits.
    """

    def __init__(self) -> None:
        self.limit: float | None = None
        self.growth, self.slack = _GENTLE, math.inf
        self._done: collections.deque[float] = collections.deque(maxlen=4096)
        self._at_once: list[float] = []  # taken before the first refusal, or on their way then
        self._busy_since = self._cut = self._resumed = self._respite = self._first_until = -math.inf
        self._stepped = self._judged = 0.0
        self._search = 0.0  # growth while the rate is unknown
        self._found = 0.0
        self._hold = _HOLD
        self._short = _SHORTEST
        self._doubt = 0.0

    def admitted(self, now: float) -> None:
        """A request was taken."""
        done = self._done
        if not done or now - done[-1] > 1.0:
            self._busy_since = now  # nothing was sent in between, so nothing could be refused
        done.append(now)
        if now < self._first_until and self._search:
            self._at_once.append(now)
            self._begin()
        self._doubt = max(0.0, self._doubt - _SINGLE)

    def is_single(self) -> bool:
        """Whether one more refusal concerns that request only: a few among many say nothing about the rate."""
        self._doubt += 1
        return self._doubt < _CERTAIN

    def refused(self, now: float, sent: float, asked: float | None, random: float) -> float:
        """A request was refused because there were too many. Returns for how many seconds nothing may be sent.

        asked   seconds that the server asked to wait, None where it did not say
        random  from 0 to 1
        """
        self._doubt = 0.0
        pause = self._short * (1 + random)
        longest = stop = asked or pause
        if self.limit is None:
            self._first(now, now - sent)
            self._first_until = now + stop
        elif not self._done or self._done[-1] < self._resumed:
            self._short = min(self._short * 2, _LONGEST)  # still the same one: it says nothing more about the rate
        else:
            self._short = _SHORTEST
            if self._learn(now, sent, self.limit, asked or 0.0) and now >= self._respite:
                stop = pause
        self._cut, self._resumed, self._stepped = now, now + stop, now + stop
        self._respite = now + longest
        return stop

    def _first(self, now: float, delay: float) -> None:
        self._at_once = [moment for moment in self._done if moment >= self._busy_since]
        lasted = now - self._at_once[0] if self._at_once else 0.0
        if lasted >= _LONG and len(self._at_once) > _START * lasted:
            self._settle(len(self._at_once) / lasted, _HOLD)
            return
        # The longer the start took and the later the responses come, the slower the climb must be to be conclusive.
        self._search = min(_FASTEST, 1 / (lasted + 2 * delay + 0.15))
        self._begin()

    def _begin(self) -> None:
        """What was admitted so far may all have been one burst, so the rate may be low."""
        first = self._at_once
        lasted = first[-1] - first[0] if first else 0.0
        self.limit = max(len(first) / (lasted + _MOST_HELD), _START)
        self._allow(len(first) / 2)  # some of them were taken at the rate

    def _allow(self, at_once: float) -> None:
        self.slack = 0.0 if at_once < _TINY else math.inf

    def _learn(self, now: float, sent: float, limit: float, asked: float) -> bool:
        """False where the rate is still unknown."""
        at_once, rate = self._shown(now)
        if self._search and not rate:
            self._search /= 2
            self.limit = max(limit / 2, _FLOOR)
            return False
        if at_once < _TINY or not self._search:
            went_well = limit * math.exp((sent - 1 / limit - now) * self._grows(now, limit))
            rate = max(rate, _AGAIN * went_well)
        self._allow(at_once)
        hold = asked + _HOLD if self._search else max(asked * _DEAR_HOLD, _HOLD)
        self._search = 0.0
        self._settle(min(rate, limit), hold)
        return True

    def _shown(self, now: float) -> tuple[float, float]:
        """How many requests are taken at once, and how many must be taken a second for all those since the last pause; 0
        where that does not show."""
        since = [moment for moment in reversed(self._done) if moment >= self._resumed]
        first = self._at_once
        lasted = first[-1] - first[0] if first else 0.0
        rate = least = 0.0
        if len(since) >= _MORE and now - self._resumed >= self._resumed - self._cut:
            rate = least = len(since) / (now - self._cut)
        for _round in range(5):  # the two depend on each other
            at_once = max(1.0, len(first) - rate * lasted)
            shown = [
                (count + _COMING - at_once) / max(now - moment, _LEAST_SPAN)
                for count, moment in enumerate(since, 1)
                if count >= at_once + _MORE
            ]
            rate = max([least, *shown])
        return at_once, rate

    def _settle(self, found: float, hold: float) -> None:
        found = max(found, _FLOOR)
        met_again = self._found * 0.85 < found < self._found * 1.15
        self._hold = min(max(hold, self._hold * 2 if met_again else 0.0), max(_LONGEST_HOLD, hold))
        self._found = found
        self.limit = max(_CUT * found, _FLOOR)

    def grow(self, now: float) -> float | None:
        """The limit as it is by now."""
        limit, seconds = self.limit, min(now - self._stepped, 0.25)  # in an idle time nothing is tried
        if limit is None or seconds <= 0:
            return limit
        self._stepped = now
        growth = self._grows(now, limit)
        # A wait computed from a rate that is too low ends late, and then together with others.
        self.growth = max(growth, self._search, _GENTLE)
        self.limit = limit = limit * math.exp(growth * seconds)
        if limit > _NO_LIMIT or self._is_far(now, limit):
            self._search = 0.0
            self.limit = limit = None
        return limit

    def _is_far(self, now: float, limit: float) -> bool:
        """Whether the limit is far above the rate of requests, so that it limits nothing."""
        if now - self._judged < 0.1 or now - self._respite < _FORGOTTEN:
            return False
        self._judged = now
        return limit > 8 * sum(moment > now - 0.5 for moment in self._done)

    def _grows(self, now: float, limit: float) -> float:
        if self._search:
            return min(self._search, max(_SLOWEST, limit / 10))
        if now < self._respite:
            return 0.0
        if limit < self._found * _NEAR:
            return _GENTLE
        held = now - self._resumed - self._hold
        return _GENTLE * 2 ** min(held / 3, 5) if held > 0 else 0.0


_CROWDED = 1.0
_CALM = 0.4
_JUDGED_AFTER = 16  # responses, and
_JUDGED_EVERY = 0.5  # seconds


class Width:
    """limit  requests at a time from now on, None for any number

    A service counts as crowded when its fastest response of half a second took four times as long as the fastest ever, and a
    quarter of a second more. Only the fastest counts: on a busy machine many responses are late for local reasons, but never all.

    The bench case ``crowded`` takes 0.6 of the time with it. An action that was never seen quick is not judged.
    """

    def __init__(self) -> None:
        self.limit: int | None = None
        self._least: dict[str, float] = {}
        self._load = math.inf
        self._seen = self._most = self._in_vain = 0
        self._since = -math.inf
        self._load_before = math.inf

    def responded(self, action: str, seconds: float, now: float, at_a_time: int) -> None:
        """A small request of an action had its first byte after so many seconds, beside others."""
        least = self._least.get(action)
        if least is None or seconds < least:
            self._least[action] = least = seconds
        load = (seconds - least) / (3 * least + 0.25)
        self._load = min(self._load, load)
        self._most = max(self._most, at_a_time)
        self._seen += 1
        if self._seen >= _JUDGED_AFTER and now - self._since >= _JUDGED_EVERY:
            self._judge()
            self._since, self._seen, self._most, self._load = now, 0, 0, math.inf

    def _judge(self) -> None:
        if self._load > _CROWDED:
            self._in_vain = self._in_vain + 1 if self._load > 0.9 * self._load_before else 0
            self._load_before = self._load
            self.limit = max(2, int(0.8 * min(self.limit or self._most, self._most)))
            if self._in_vain >= 3:
                self._forget()  # it is not slow because of our requests
            return
        self._load_before = math.inf
        if self._load < _CALM and self.limit is not None:
            grown = int(self.limit * 1.15) + 1
            self.limit = grown if self._most * 2 > grown else None

    def _forget(self) -> None:
        self.limit = None
        self._least.clear()
        self._in_vain = 0
        self._load_before = math.inf
