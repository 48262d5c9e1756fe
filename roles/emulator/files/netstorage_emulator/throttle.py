# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an account may ask in a second, and answers that take longer when many ask at once.

The throttle is one token bucket for the whole server: it holds ``burst`` tokens and is full at the start, gains
``requests_per_second`` of them a second, and every admitted request takes one. So no span of T seconds has more than
burst + requests_per_second * T admitted requests. A refused request takes nothing and changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields

from .reply import Reply

STATUSES = (429, 503, 423, 509)
_MOST = 1e9


class BadThrottle(ValueError):
    """A throttle that cannot be understood."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set; a field that is not given has its default.

    requests_per_second  None for no throttle
    burst          tokens that the bucket holds; None for a tenth of a second's worth, at least one
    status         of a refused request
    retry_after    seconds for the Retry-After of a refusal; None for none
    crowded_above  requests in progress that do not disturb each other; None for no crowding
    crowded_ms     what each one above that adds to the latency of a new one
    """

    requests_per_second: float | None = None
    burst: int | None = None
    status: int = 429
    retry_after: int | None = None
    crowded_above: int | None = None
    crowded_ms: float = 0

    def __post_init__(self) -> None:
        for field in ("requests_per_second", "burst", "retry_after", "crowded_above", "crowded_ms", "status"):
            _check(field, getattr(self, field))
        if self.status not in STATUSES:
            raise BadThrottle(f"status {self.status!r} is not one of {', '.join(map(str, STATUSES))}")
        if self.crowded_above is not None and not self.crowded_ms:
            raise BadThrottle("crowded_above needs crowded_ms")

    @property
    def depth(self) -> float:
        """The tokens of a full bucket."""
        if self.burst is not None:
            return self.burst
        return max(1, int((self.requests_per_second or 0) / 10))


_LOWEST = {"requests_per_second": 0.001, "burst": 1}
_FRACTIONS = ("requests_per_second", "crowded_ms")
_NEVER_NONE = ("status", "crowded_ms")


def _check(name: str, value: object) -> None:
    if value is None and name not in _NEVER_NONE:
        return
    kinds: tuple[type, ...] = (int, float) if name in _FRACTIONS else (int,)
    if type(value) not in kinds or not _LOWEST.get(name, 0) <= value <= _MOST:  # type: ignore[operator]
        raise BadThrottle(f"{name} {value!r} is not a number from {_LOWEST.get(name, 0)}")


NONE = Settings()


def described(given: object) -> Settings:
    """The settings as the control port gets them, an object of some of the fields."""
    known = [field.name for field in fields(Settings)]
    if not isinstance(given, Mapping) or not set(given) <= set(known):
        raise BadThrottle(f"a throttle is an object with some of {', '.join(known)}, not {given!r}")
    return Settings(**given)


def spelled(name: str, text: str) -> tuple[str, float | int]:
    """One setting of the command line."""
    try:
        return name, float(text) if name in _FRACTIONS else int(text)
    except ValueError:
        raise BadThrottle(f"{name} takes a number, not {text!r}") from None


class Throttle:
    """Admits a request or has the answer that refuses it, and counts both."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.reset()
        self.change(settings)

    def change(self, settings: Settings) -> None:
        """Other settings from now on, with a full bucket."""
        self.settings = settings
        self._rate = settings.requests_per_second
        self._tokens = settings.depth
        self._filled = self._clock()
        retry = settings.retry_after
        headers = () if retry is None else ((b"Retry-After", b"%d" % retry),)
        self._refusal = Reply(settings.status, b"Too many requests\n", headers=headers, note="throttled")
        self._crowd = settings.crowded_above
        self._crowded_seconds = settings.crowded_ms / 1000

    def refusal(self) -> Reply | None:
        """None for a request that is admitted."""
        if self._rate is not None and not self._take(self._rate):
            self._refused += 1
            return self._refusal
        self._admitted += 1
        return None

    def _take(self, rate: float) -> bool:
        now = self._clock()
        self._tokens = min(self._tokens + (now - self._filled) * rate, self.settings.depth)
        self._filled = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def crowding(self, in_progress: int) -> float:
        """Seconds that a request waits longer, when so many are in progress with it."""
        if self._crowd is None or in_progress <= self._crowd:
            return 0.0
        return (in_progress - self._crowd) * self._crowded_seconds

    def counts(self) -> dict[str, int]:
        return {"admitted": self._admitted, "throttled": self._refused}

    def reset(self) -> None:
        """Count from nothing; the bucket stays as it is."""
        self._admitted = self._refused = 0

    def present(self) -> dict[str, object]:
        """The settings, with the burst that holds."""
        burst = self.settings.depth if self._rate is not None else self.settings.burst
        return {**asdict(self.settings), "burst": burst}
