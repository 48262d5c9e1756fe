# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which URLs of many are looked at: where visitors come in before the others, and both spread evenly. Pure."""

from __future__ import annotations


class Sample:
    """Asked about all of them in their order, it takes as many as were wanted, and no more.

    Args:
        entries, others: how many there are of each.
        most: how many are wanted; 0 for all.
    """

    def __init__(self, entries: int, others: int, most: int) -> None:
        wanted_entries = min(entries, most) if most else entries
        wanted_others = min(others, most - wanted_entries) if most else others
        self.count = wanted_entries + wanted_others
        self.left_out = entries + others - self.count
        self._spreads = {True: Spread(entries, wanted_entries), False: Spread(others, wanted_others)}

    def takes(self, is_entry: bool) -> bool:
        """Whether the next one is looked at."""
        return self._spreads[is_entry].takes()

    def again(self) -> None:
        """They are gone through from the beginning once more."""
        for spread in self._spreads.values():
            spread.at = 0


class Spread:
    """``wanted`` out of ``count``, at even distances. ``at`` is how many were asked about."""

    def __init__(self, count: int, wanted: int) -> None:
        self._count, self._wanted, self.at = count, wanted, 0

    def takes(self) -> bool:
        at, self.at = self.at, self.at + 1
        return at < self._count and (at + 1) * self._wanted // self._count > at * self._wanted // self._count
