# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The clock of the service, as far as its responses tell. Pure."""

from __future__ import annotations

import math
import typing as t
from email.utils import parsedate_to_datetime

_STEPS = (1000, 500, 100, 50, 10, 5, 1)
LATE = 0.5  # seconds
UNKNOWN = (-math.inf, math.inf)


class Skew:
    """By how many seconds the service's clock is ahead of the local one: the bounds that all responses together leave.

    A ``Date`` has no fraction, so one response leaves a second; those around the change from one second to the next leave little.
    """

    def __init__(self) -> None:
        self.low, self.high = UNKNOWN

    def heard(self, date: str | None, begun: float, ended: float) -> None:
        """A response with this ``Date``, whose request was sent and which was there at these times of the local clock. One that
        contradicts the bounds is of another clock, or the clock was set: what is known is forgotten."""
        said = _seconds(date)
        if said is None:
            return
        low, high = said - ended, said + 1 - begun
        low, high = (max(low, self.low), min(high, self.high)) if low <= self.high and high >= self.low else (low, high)
        self.low, self.high = low, high

    @property
    def is_known(self) -> bool:
        return self.low > -math.inf

    @property
    def width(self) -> float:
        """Seconds between the bounds."""
        return self.high - self.low

    @property
    def middle(self) -> float:
        return (self.low + self.high) / 2

    @property
    def whole(self) -> int:
        """The whole number of seconds between the bounds that is nearest to 0, or to the middle where none lies there."""
        if self.low <= 0 <= self.high:
            return 0
        first, last = math.ceil(self.low), math.floor(self.high)
        return round(self.middle) if first > last else first if first > 0 else last


def _seconds(date: str | None) -> float | None:
    if not date:
        return None
    try:
        return parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError, OverflowError, IndexError):  # Python 3.9 raises any of them for an invalid date
        return None


class Bracket(t.NamedTuple):
    """A time that was measured: it is longer than ``low`` and not longer than ``high``, in seconds."""

    low: float
    high: float

    @property
    def is_nothing(self) -> bool:
        """Whether the first look was right, and came soon."""
        return self.low <= 0 and self.high <= LATE

    @property
    def is_late(self) -> bool:
        """Whether the first look was right, and came so late that it tells little: it was slow, or was repeated."""
        return self.low <= 0 and self.high > LATE

    def met(self, other: Bracket) -> Bracket:
        """What holds of both where they can be one time, else of the longer one."""
        low = max(self.low, other.low)
        high = min(self.high, other.high)
        return Bracket(low, high if high > low else max(self.high, other.high))

    def milliseconds(self) -> int:
        """The roundest number that lies in it: 0 where the first look was late enough."""
        if self.low <= 0:
            return 0
        first, last = self.low * 1000, self.high * 1000
        for step in _STEPS:
            rounded = math.floor(last / step) * step
            if rounded > first:
                return rounded
        return math.ceil(last)

    def seconds(self) -> int | None:
        """The one whole number of seconds that lies in it, None where there are several or none."""
        first, last = math.floor(self.low) + 1, math.floor(self.high)
        return first if first == last else None

    def told(self) -> str:
        """In words."""
        if self.low <= 0:
            return f"not seen: the first look, after at most {self.high * 1000:.0f} ms, was right"
        return f"between {self.low * 1000:.0f} and {self.high * 1000:.0f} ms"
