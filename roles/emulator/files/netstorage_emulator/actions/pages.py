# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One page of list or dir, and what a fault makes of it: a marker that leads astray, rows that are not what they should be."""

from __future__ import annotations

import bisect
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ..call import Call
from ..faults import Injection
from ..objects import Kind, StoredObject

Row = TypeVar("Row")
Listing = tuple[bytes, ...]
REMEMBERED_LISTINGS = 1000
_APPEARED = b"!appeared"
_EMPTY = hashlib.md5(usedforsecurity=False).hexdigest()


@dataclass
class Page(Generic[Row]):
    """``resume`` is the key of the first object behind the page, None on the last one.

    ``key`` gives the key of a row, ``rank`` its place in the order of the listing, ``ghost`` a row like it that nobody
    stored, which stands close behind it. ``outside`` is a key behind the range.
    """

    listing: Listing
    is_first: bool
    rows: list[Row]
    resume: bytes | None
    outside: bytes
    key: Callable[[Row], bytes]
    ghost: Callable[[Row], Row]
    rank: Callable[[Row], Any]


class Trails:
    """Where the pages of listings began: of each its first, last but one and last page. Kept while markers go astray."""

    def __init__(self) -> None:
        self._begun: OrderedDict[Listing, list[bytes]] = OrderedDict()
        self._gone: set[tuple[Listing, bytes]] = set()

    def walk(self, page: Page[Row]) -> list[bytes]:
        """The beginnings so far, with this page as the last."""
        if page.is_first or page.listing not in self._begun:
            self._begun[page.listing] = []
        self._begun.move_to_end(page.listing)
        if len(self._begun) > REMEMBERED_LISTINGS:
            self._begun.popitem(last=False)
        trail = self._begun[page.listing]
        if page.rows:
            trail.append(page.key(page.rows[0]))
        del trail[1:-2]
        return trail

    def lose(self, listing: Listing, key: bytes) -> None:
        """Who goes on from this key next finds nothing."""
        self._gone.add((listing, key))

    def is_gone(self, listing: Listing, key: bytes) -> bool:
        """Once only."""
        if (listing, key) not in self._gone:
            return False
        self._gone.remove((listing, key))
        return True


def ghost(call: Call, key: bytes) -> StoredObject:
    """A file close behind a key that is not in the store."""
    return StoredObject(key + _APPEARED, Kind.FILE, 0, _EMPTY, int(time.time()), None, None, call.store.stamp())


def altered(call: Call, page: Page[Row]) -> None:
    """The page as it is shown to this client."""
    fault = call.exchange.fault
    trail = call.service.trails.walk(page) if call.service.faults.leads_astray else []
    if fault is None or not page.rows:
        return
    kind = fault.effect.kind
    if kind == "marker" and page.resume is not None:
        _lead_astray(call, fault, page, trail)
    elif kind == "disorder" and len(page.rows) > 1:
        fault.strike()
        page.rows[0], page.rows[-1] = page.rows[-1], page.rows[0]
    elif kind == "flicker":
        fault.strike()
        _flicker(page, fault.effect.how)


def _lead_astray(call: Call, fault: Injection, page: Page[Row], trail: list[bytes]) -> None:
    how = fault.effect.how
    if (how == "back" and len(trail) < 2) or (how == "cycle" and trail[-1] == trail[0]):
        return
    if how == "gone" and page.resume is not None:
        call.service.trails.lose(page.listing, page.resume)
    else:
        page.resume = {"repeat": trail[-1], "back": trail[-2:][0], "cycle": trail[0], "outside": page.outside}[how]
    fault.strike()


def _flicker(page: Page[Row], how: str) -> None:
    middle = len(page.rows) // 2
    if how == "vanish":
        del page.rows[middle]
        return
    ghost = page.ghost(page.rows[middle])
    page.rows.insert(bisect.bisect(page.rows, page.rank(ghost), key=page.rank), ghost)
