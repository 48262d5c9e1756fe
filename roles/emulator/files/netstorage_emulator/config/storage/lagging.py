# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the network has of a configuration that was changed: the state of some time ago."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from ...knobs import Knobs

T = TypeVar("T")


class Stamp(NamedTuple):
    """When a change was made, and how many milliseconds changes were to take at that time."""

    made: float
    delay: int


class Network:
    """Knows of a change ``propagation_config`` milliseconds after it, or as soon as it is told to.

    A shorter time is that of all changes, a longer one that of those to come.
    """

    def __init__(self, knobs: Knobs, clock: Callable[[], float] = time.monotonic) -> None:
        self._knobs, self._clock = knobs, clock
        self._told = float("-inf")

    def stamp(self) -> Stamp:
        """Of a change that is made now."""
        return Stamp(self._clock(), self._knobs.propagation_config)

    def knows(self, stamp: Stamp) -> bool:
        delay = min(stamp.delay, self._knobs.propagation_config)
        return stamp.made <= self._told or stamp.made + delay / 1000 <= self._clock()

    def propagate(self) -> None:
        """Everything so far is known from now on."""
        self._told = self._clock()


class Lagging(Generic[T]):
    """A value that is changed here and known to the network later."""

    def __init__(self, network: Network, known: T) -> None:
        self._network = network
        self.latest = self._known = known
        self._changes: deque[tuple[Stamp, T]] = deque()

    def change(self, value: T) -> None:
        self.latest = value
        self._changes.append((self._network.stamp(), value))

    def known(self) -> T:
        while self._changes and self._network.knows(self._changes[0][0]):
            self._known = self._changes.popleft()[1]
        return self._known
