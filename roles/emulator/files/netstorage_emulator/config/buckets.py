# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Token buckets of Fast Purge, for the whole account: requests, and objects of each kind (techdocs "rate-limiting")."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping

REQUESTS = "requests"
DOCUMENTED: Mapping[str, tuple[float, float]] = {
    REQUESTS: (100, 50), "url": (10_000, 200), "cpcode": (300, 0.5), "tag": (5_000, 500 / 60),
}
_MOST = 1e9


class BadLimit(ValueError):
    """A limit that cannot be understood."""


class Bucket:
    """``size`` tokens when it is full, ``refill`` more in a second."""

    def __init__(self, size: float, refill: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.size, self.refill, self._clock = size, refill, clock
        self._tokens, self._then = float(size), clock()

    @property
    def tokens(self) -> float:
        now = self._clock()
        self._tokens = min(self.size, self._tokens + (now - self._then) * self.refill)
        self._then = now
        return self._tokens

    def take(self, number: int) -> None:
        self._tokens = self.tokens - number

    def seconds_until_full(self) -> int:
        return math.ceil((self.size - self.tokens) / self.refill)

    def headers(self, ending: str) -> dict[str, str]:
        return {f"X-Ratelimit-Limit{ending}": f"{self.size:.0f}",
                f"X-Ratelimit-Limit-Per-Second{ending}": f"{self.refill:.2f}",
                f"X-Ratelimit-Remaining{ending}": f"{max(0, math.floor(self.tokens))}",
                f"X-Ratelimit-Seconds-To-Refresh-Limit{ending}": f"{self.seconds_until_full()}"}


class Buckets:
    """All of them. What is refused takes nothing."""

    def __init__(self) -> None:
        self.change({})

    def change(self, limits: Mapping[str, object]) -> None:
        """The documented limits, but for these: a name and ``[size, per second]``. All buckets are full then."""
        for name, limit in limits.items():
            numbers = list(limit) if isinstance(limit, (list, tuple)) else []
            if name not in DOCUMENTED or len(numbers) != 2 or not all(_is_number(number) for number in numbers):
                raise BadLimit(f'a limit of purges is {{"{name}": [size, per second]}} with numbers above 0, and a name out of '
                               f'{", ".join(DOCUMENTED)}')
        self._buckets = {name: Bucket(*limits.get(name, usual)) for name, usual in DOCUMENTED.items()}  # type: ignore[misc]

    def present(self) -> dict[str, list[float]]:
        return {name: [bucket.size, bucket.refill] for name, bucket in self._buckets.items()}

    def take(self, kind: str, objects: int) -> str:
        """The name of the bucket that has too little, or nothing where all tokens were taken."""
        wanted = ((REQUESTS, 1), (kind, objects))
        for name, number in wanted:
            if self._buckets[name].tokens < number:
                return name
        for name, number in wanted:
            self._buckets[name].take(number)
        return ""

    def headers(self, kind: str) -> dict[str, str]:
        return {**self._buckets[REQUESTS].headers(""), **self._buckets[kind].headers("-Objects")}


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value <= _MOST


def spelled(name: str, value: str) -> tuple[str, object]:
    """``url=10000/200`` of the command line."""
    try:
        return name, [float(number) for number in value.split("/")]
    except ValueError:
        raise BadLimit(f"a limit of purges is NAME=SIZE/PER_SECOND, not {value!r}") from None
