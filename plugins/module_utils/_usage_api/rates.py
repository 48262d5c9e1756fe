# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# This room is private to edgeops.netstorage: nothing here is a promise to other collections.

"""How much a service takes, learnt from its answers. Pure: every moment is passed in, in seconds of one steady clock.

``Rate`` learns from refusals how many requests a second are admitted, ``Width`` from slow answers how many at a time.
"""

from __future__ import annotations

import collections
import math

_FLOOR = 4.0  # requests a second: a service that takes fewer is asked again soon all the same
_WINDOW = 2.0  # seconds of the past that count
_HALF, _RECENT, _LAST = 0.5, 0.25, 0.1
_EVIDENCE = 20  # requests that were taken; fewer say little about a rate
_SOON = 1.0  # seconds after a pause
_CUT = 0.9
_DEAR = 0.5  # seconds: a refusal that makes everybody wait longer must be rare
_SAVED = 1.0  # seconds' worth of requests that a service saves up, at most, in all likelihood
_FEW = 5  # requests that were taken beyond those
_DEAR_CUT = 0.95
_DEAR_HOLD = 20  # times what a refusal costs
_AGAIN = 0.85
_NEAR = 0.96  # of what was achieved: so far it goes back quickly, and stays there for a while
_FIRST_HOLD = 2.0
_LONGEST_HOLD = 60.0
# Refusals are single failures until there are so many more than one for each so many requests that were taken.
_CERTAIN = 4
_SINGLE = 1 / 16
# Growth per second: while nobody knows how much the service takes, while that is known roughly, and afterwards.
_FAST, _BRISK, _GENTLE = 2.5, 0.4, 0.04


class Rate:
    """limit   requests a second from now on, None for any number
    growth  of the limit per second, as a share of it

    A refusal cuts the limit to nine tenths of what was achieved. From there it goes back to just below that, stays there
    for some seconds (longer each time that the same limit is met), and then tries for more, faster and faster.
    """

    def __init__(self) -> None:
        self.limit: float | None = None
        self.growth = 0.0
        self._done: collections.deque[float] = collections.deque(maxlen=4096)
        self._busy_since = -math.inf
        self._resumed = -math.inf
        self._stepped = 0.0
        self._ceiling = 0.0
        self._hold = _FIRST_HOLD
        self._search = 0.0
        self._is_rough = True
        self._doubt = 0.0
        self._at_once: list[float] = []  # taken before the first refusal that cost much, or on their way then
        self._share = 0.0

    def admitted(self, now: float) -> None:
        """A request was taken."""
        done = self._done
        if not done or now - done[-1] > 1.0:
            self._busy_since = now  # what was not asked for in between was not refused either
        if self._share and now < self._resumed and self.limit is not None:
            self.limit += self._share
            self._at_once.append(now)
        done.append(now)
        self._doubt = max(0.0, self._doubt - _SINGLE)

    def is_single(self) -> bool:
        """Whether one more refusal is a matter of that request only: few of many say nothing about the rate."""
        self._doubt += 1
        return self._doubt < _CERTAIN

    def refused(self, now: float, resumes: float) -> bool:
        """A request was refused for there being too many; nothing is sent before ``resumes``. False where nothing was
        taken since the last refusal: that is still the same one, and says nothing more about the rate."""
        self._doubt = 0.0
        if self.limit is not None and (not self._done or self._done[-1] < self._resumed):
            self._resumed = self._stepped = resumes
            return False
        is_new = self.limit is None or self._search > 0
        if resumes - now > _DEAR:
            self._learn_dearly(now, resumes)
        else:
            self._learn(now, is_new)
        self._resumed = self._stepped = resumes
        return True

    def _learn(self, now: float, is_new: bool) -> None:
        low, high, count = self._achieved(now)
        found, search = high, 0.0
        if self.limit is None:
            if count < _EVIDENCE:
                found, search = high / 2, _FAST
            self._is_rough = True
        elif is_new or now - self._resumed >= _SOON:
            self._is_rough = False
        # Refused again so soon: what was high was only what the service had saved up while nobody sent.
        elif self._is_rough:
            found, search = math.sqrt(low * high), _BRISK
        else:
            found = high * _AGAIN
        self._found(found, search, _CUT, _FIRST_HOLD)

    def _learn_dearly(self, now: float, resumes: float) -> None:
        """A refusal that costs everybody a long wait: few of them must tell all."""
        waited = resumes - now
        if self.limit is None:
            # What was taken at once may be all that the service saves up, so it may take no more than that in the wait.
            begun = max(self._busy_since, self._done[0]) if self._done else now
            self._share = 1 / (now - begun + min(waited, _SAVED))
            self._at_once = [moment for moment in self._done if moment >= begun]
            self._found(len(self._at_once) * self._share, _FAST, 1.0, 0.0)
            return
        limit, self._share = self.limit, 0.0
        low, high, count = self._sustained(now, waited)
        if self._search and count < _FEW:
            self._found(max(low, limit / 2), _BRISK, _CUT, 0.0)
            return
        if not self._search:
            low = max(low, limit * _AGAIN) if now - self._resumed > 2 * waited else limit * _AGAIN
        self._found(min(low, limit), 0.0, _DEAR_CUT, _DEAR_HOLD * waited)
        self._ceiling = max(self._ceiling, min(high, limit))

    def _sustained(self, now: float, waited: float) -> tuple[float, float, int]:
        """Requests a second that the service must have let through whatever it had saved up before, and just so many if it
        had nothing left when it refused; the same if it had saved a little less; and from how many that is known."""
        since = [moment for moment in reversed(self._done) if moment >= self._resumed]
        lasted = self._at_once[-1] - self._at_once[0] if self._at_once else 0.0
        best = len(since) / max(now - self._resumed + waited, 0.02), waited, 0
        for _round in range(3):
            saved = max(1.0, len(self._at_once) - best[0] * lasted)
            for count, moment in enumerate(since, 1):
                if count >= _FEW + saved:
                    # Half of one more, because what has come together for the next one does not show.
                    span = max(now - moment, _LAST)  # in less time some come late, and others early
                    best = max(best, ((count + 0.5 - saved) / span, span, count))
        return best[0], best[0] + 0.5 / best[1], best[2]

    def _found(self, found: float, search: float, cut: float, hold: float) -> None:
        found = max(found, _FLOOR)
        met_again = self._ceiling * 0.85 < found < self._ceiling * 1.15
        self._hold = min(max(hold, self._hold * 2 if met_again else 0.0), max(_LONGEST_HOLD, hold))
        self._search, self._ceiling = search, found
        self.limit = max(cut * found, _FLOOR)

    def grow(self, now: float) -> float | None:
        """The limit as it is by now."""
        limit, seconds = self.limit, now - self._stepped
        if limit is None or seconds < 0.05:
            return limit
        self._stepped = now
        since = now - self._resumed
        if self._search:
            self.growth = self._search
        elif limit < self._ceiling * _NEAR:
            self.growth = _GENTLE
        elif since < self._hold:
            self.growth = 0.0
        else:
            self.growth = _GENTLE * 2 ** min((since - self._hold) / 3, 5)
        self.limit = limit = limit * math.exp(min(self.growth * seconds, 1.0))
        if since > (1.0 if self._search else 8.0) and limit > 4 * self._per_second(now):
            self.limit = limit = None  # far from what is asked for, so it limits nothing
        return limit

    def _per_second(self, now: float) -> float:
        return self._count(now - _HALF) / _HALF

    def _count(self, since: float) -> int:
        count = 0
        for moment in reversed(self._done):
            if moment <= since:
                break
            count += 1
        return count

    def _achieved(self, now: float) -> tuple[float, float, int]:
        """Requests taken per second: with the pauses of the last seconds, and without; and from how many that is known."""
        start = max(self._busy_since, now - _WINDOW)
        low = self._count(start - 1e-9) / max(now - start, 1.0)
        begun = max(start, self._resumed)
        for span in (_LAST if self._search else _RECENT, _RECENT, _HALF, _WINDOW):
            recent = max(begun, now - span)
            count = self._count(recent - 1e-9)
            if count >= _EVIDENCE / 2:
                break
        high = count / max(now - recent, 0.02)
        if self.limit is not None:
            # While the limit still rose quickly, the average is behind it.
            high = min(high * (1.15 if self._search else 1.0), self.limit)
        return min(low, high), high, count


_CROWDED = 1.0
_CALM = 0.4
_JUDGED_AFTER = 16  # answers, and
_JUDGED_EVERY = 0.5  # seconds


class Width:
    """limit  requests at a time from now on, None for any number

    Crowded is a service whose fastest answer of half a second took four times the fastest ever, and a quarter of a second
    more. Only the fastest counts: on a busy machine many answers are late for reasons of our own, but never all.
    """

    def __init__(self) -> None:
        self.limit: int | None = None
        self._least: dict[str, float] = {}
        self._load = math.inf
        self._seen = self._most = self._in_vain = 0
        self._since = -math.inf
        self._load_before = math.inf

    def answered(self, action: str, seconds: float, now: float, at_a_time: int) -> None:
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
                self._forget()  # it is not slow because of us
        elif self._load < _CALM and self.limit is not None:
            self._load_before = math.inf
            grown = int(self.limit * 1.15) + 1
            self.limit = grown if self._most * 2 > grown else None
        else:
            self._load_before = math.inf

    def _forget(self) -> None:
        self.limit = None
        self._least.clear()
        self._in_vain = 0
        self._load_before = math.inf
