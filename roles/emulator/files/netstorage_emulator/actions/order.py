# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The order of ``list``: by the bytes of the whole key, or (knob ``list_order``) directory by directory.

Directory by directory means: everything of ``x/`` stands where the name ``x`` belongs, in front of ``x-1`` and
``x.txt``. That is the order of the keys with the slash as the lowest byte.
"""

from __future__ import annotations

import bisect

from ..call import Call
from ..history import Reader
from ..keys import directory_key, following_prefix
from ..objects import StoredObject

EVERYTHING = -1


def rank(key: bytes) -> tuple[bytes, bytes]:
    return key.replace(b"/", b"\0"), key


class Orders:
    """The keys of one CP code directory by directory, made anew when the store has changed."""

    def __init__(self) -> None:
        self._made_for: tuple[int, bytes] | None = None
        self._ranks: list[tuple[bytes, bytes]] = []

    def page(self, call: Call, start: bytes, end: bytes | None, limit: int | None) -> list[StoredObject]:
        """At most so many objects from ``start`` on, ``end`` included if there is one."""
        reader = call.reader
        ranks = self._sorted(call, reader)
        first = bisect.bisect_left(ranks, rank(start))
        last = len(ranks) if end is None else bisect.bisect_right(ranks, rank(end))
        chosen = ranks[first:last]
        bounds = scan_bounds(call)
        if bounds[0] != root_bounds(call)[0]:
            chosen = [ranked for ranked in chosen if bounds[0] <= ranked[1] < bounds[1]]
        found = [reader.get(key) for _rank, key in chosen[:limit]]
        return [entry for entry in found if entry is not None]

    def _sorted(self, call: Call, reader: Reader) -> list[tuple[bytes, bytes]]:
        low, high = root_bounds(call)
        made_for = (call.store.generation, low)
        if made_for == self._made_for and reader is call.store.index:
            return self._ranks
        ranks = sorted(rank(entry.key) for entry in reader.rows(low, high, EVERYTHING))
        if reader is call.store.index:
            self._made_for, self._ranks = made_for, ranks
        return ranks


def root_bounds(call: Call) -> tuple[bytes, bytes]:
    root = call.location.cp_code + b"/"
    return root, following_prefix(root)


def scan_bounds(call: Call) -> tuple[bytes, bytes]:
    """What a scan may show: the CP code, or the sub-directory the account is limited to."""
    for limit in call.account.restrict:
        if directory_key(call.key).startswith(limit):
            return limit, following_prefix(limit)
    return root_bounds(call)


def page(call: Call, start: bytes, end: bytes | None, limit: int | None) -> list[StoredObject]:
    """The objects of one page of ``list``, inside the CP code."""
    if call.knobs.list_order == "per_directory":
        return call.service.orders.page(call, start, end, limit)
    low, high = scan_bounds(call)
    if end is not None:
        high = min(high, end + b"\0")
    return call.reader.rows(max(start, low), high, EVERYTHING if limit is None else limit)
