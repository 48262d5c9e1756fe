# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The clock of the service: how far it is from the local one, and how old a signature may be."""

from __future__ import annotations

import math
import time
import typing as t

from . import words
from .account import Heard
from .asker import Asker, Unanswered
from .questions import STAT
from .scenes import Ask

GUESS = 60  # seconds: the documented window
FARTHEST = 3600
_LOOKS = 14  # at the clock; as many as it takes for a second and a bit
_NARROW = 0.25  # seconds between the bounds of the skew that are narrow enough
_TRIES = 3
_APART = 0.1  # seconds between looks
_SAFE = (0.25, 0.75)  # of a second: where a request is signed, so that it arrives within the same one

_ASK = Ask("stat", "stat", "", words.read_status, STAT)


class ServiceClock:
    """Two questions, asked at the end of a run, when most of it is known already.

    Args:
        asker: asks.
        path: what is asked for.
        now: seconds since the epoch by the local clock.
    """

    def __init__(self, asker: Asker, path: bytes, now: t.Callable[[], float] = time.time) -> None:
        self._asker, self._path, self._now = asker, path, now

    def skew(self) -> Heard:
        """Whole seconds by which it is ahead."""
        for _number in range(_LOOKS):
            if self._asker.skew.width <= _NARROW:
                break
            self._asker.ask(_ASK, self._path)
            self._asker.sleep(_APART)
        skew = self._asker.skew
        if not skew.is_known:
            return Heard(None, [], "not known: the responses have no Date")
        return Heard(skew.whole, [f"between {_tenths(skew.low)} and {_tenths(skew.high)} seconds ahead of the local clock"])

    def window(self) -> Heard:
        """The oldest signature that is taken, in whole seconds, and whether one that is as far ahead is."""
        if self._asker.skew.width > 2 * _NARROW:
            return Heard(None, [], "not known: the clock of the service is not known well enough")
        low, high = self._bounds()
        if high > FARTHEST:
            return Heard(None, [f"taken {low} seconds later"], f"not known: it is more than {low} seconds")
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._takes(middle) else (low, middle)
        ahead = self._takes(-low), self._takes(-(low + 2))
        seen = [f"taken {low} seconds later, and refused {high} seconds later"]
        seen.append(f"{low} seconds ahead: {_TAKEN[ahead[0]]}; {low + 2} seconds ahead: {_TAKEN[ahead[1]]}")
        return Heard(low if ahead == (True, False) else None, seen)

    def _bounds(self) -> tuple[int, int]:
        """A number of seconds that is taken, and a larger one that is not; the documented window is likely."""
        if not self._takes(GUESS):
            return (GUESS - 1, GUESS) if self._takes(GUESS - 1) else (0, GUESS - 1)
        low, high = GUESS, GUESS + 1
        while high <= FARTHEST and self._takes(high):
            low, high = high, 2 * high
        return low, high

    def _takes(self, seconds: int) -> bool:
        """Whether a signature is taken that is so many whole seconds old, and a fraction of one."""
        for number in range(_TRIES):
            self._rest()
            try:
                reply = self._asker.send(self._asker.sign(_ASK, self._path, STAT, back=seconds))
            except Unanswered:
                if number == _TRIES - 1:
                    raise
                continue
            if _SAFE[0] - 0.2 < self._fraction() < _SAFE[1] + 0.2:
                return reply.status != 403
        raise Unanswered("it took so long that it is not certain when it arrived")

    def _rest(self) -> None:
        """Until the second of the service's clock is neither young nor old."""
        fraction = self._fraction()
        if fraction < _SAFE[0]:
            self._asker.sleep(_SAFE[0] - fraction)
        elif fraction > _SAFE[1]:
            self._asker.sleep(1 + _SAFE[0] - fraction)

    def _fraction(self) -> float:
        return math.modf(self._now() + self._asker.skew.middle)[0]


_TAKEN = {True: "taken", False: "refused"}


def _tenths(seconds: float) -> str:
    return f"{round(seconds, 1) + 0.0:.1f}"  # no -0.0
