# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What changed a moment ago, for the knobs that let the store look older than it is (``propagation``, ``rmdir_lag``).

The service keeps several replicas; a read just after a write may meet one that does not know of it yet (user guide,
"technical limits": usually under a second).
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from .index import Index, below
from .objects import StoredObject, Totals


class Reader(Protocol):
    """The reading side of the store."""

    def get(self, key: bytes) -> StoredObject | None:
        ...

    def rows(self, low: bytes, high: bytes, limit: int) -> list[StoredObject]:
        ...

    def totals(self, directory: bytes) -> Totals:
        ...

    def has_below(self, directory: bytes) -> bool:
        ...


class Change(NamedTuple):
    """One change: what the key held before, and the body that nobody needs once the change is old."""

    when: float
    key: bytes
    previous: StoredObject | None
    body: str | None


class History:
    """The changes of the last moments, oldest first."""

    def __init__(self) -> None:
        self._changes: deque[Change] = deque()

    def note(self, key: bytes, previous: StoredObject | None, body: str | None) -> None:
        self._changes.append(Change(time.monotonic(), key, previous, body))

    def forget(self, seconds: float) -> list[str]:
        """Drop what is older; returns the bodies that can go."""
        limit = time.monotonic() - seconds
        bodies = []
        while self._changes and self._changes[0].when <= limit:
            body = self._changes.popleft().body
            if body is not None:
                bodies.append(body)
        return bodies

    def before(self, seconds: float) -> dict[bytes, StoredObject | None]:
        """For every key changed within so many seconds: what it held at their beginning."""
        limit = time.monotonic() - seconds
        found: dict[bytes, StoredObject | None] = {}
        for change in self._changes:
            if change.when > limit:
                found.setdefault(change.key, change.previous)
        return found

    def lost(self, seconds: float) -> Iterator[bytes]:
        """The keys that held something until less than so many seconds ago, and may hold something again."""
        limit = time.monotonic() - seconds
        return (change.key for change in self._changes if change.when > limit and change.previous is not None)


class StaleReader:
    """The store as it was: the index with the youngest changes undone."""

    def __init__(self, index: Index, before: dict[bytes, StoredObject | None]) -> None:
        self._index = index
        self._before = before

    def get(self, key: bytes) -> StoredObject | None:
        return self._before[key] if key in self._before else self._index.get(key)

    def rows(self, low: bytes, high: bytes, limit: int) -> list[StoredObject]:
        """Asks the index for as many rows more as could be undone, so that the page is full."""
        undone = [entry for key, entry in self._before.items() if entry is not None and low <= key < high]
        present = self._index.rows(low, high, limit + len(self._before) if limit >= 0 else -1)
        merged = sorted(undone + [entry for entry in present if entry.key not in self._before])
        return merged[:limit] if limit >= 0 else merged

    def _below(self, directory: bytes) -> list[StoredObject]:
        low, high, hole, hole_end = below(directory)
        return [entry for entry in self.rows(low, high, -1) if entry.key != low and not hole <= entry.key < hole_end]

    def totals(self, directory: bytes) -> Totals:
        entries = self._below(directory)
        newest = max((entry.mtime for entry in entries), default=None)
        return Totals(len(entries), sum(entry.size or 0 for entry in entries), newest)

    def has_below(self, directory: bytes) -> bool:
        return bool(self._below(directory))
