# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the edges keep, on each network, and what a purge does to it."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlsplit

from ..config.purges import Purge
from ..knobs import Knobs
from ..objects import StoredObject
from .sites import Site

NETWORKS = ("production", "staging")
LARGEST_KEPT = 64 * 1024**2
MOST_HELD = 1024**3
Key = tuple[str, str]
"""Host name and request target, as it was sent: what a URL is kept under."""


class Copy:
    """One response that is kept: of a file, or that there is none (``entry`` None). ``is_old`` after it was invalidated."""

    __slots__ = ("entry", "content", "fetched", "is_old")

    def __init__(self, entry: StoredObject | None, content: bytes, fetched: float) -> None:
        self.entry, self.content, self.fetched, self.is_old = entry, content, fetched, False

    def is_fresh(self, now: float, knobs: Knobs) -> bool:
        return not self.is_old and now - self.fetched < self.lasts(knobs)

    def lasts(self, knobs: Knobs) -> float:
        return float(knobs.edge_ttl if self.entry is not None else knobs.edge_missing_ttl)


class Cache:
    """The copies of one network, the one that was kept longest first. As much as fits."""

    def __init__(self) -> None:
        self._copies: OrderedDict[Key, Copy] = OrderedDict()
        self._held = 0

    def get(self, key: Key) -> Copy | None:
        return self._copies.get(key)

    def keep(self, key: Key, copy: Copy) -> None:
        self.drop(key)
        if len(copy.content) > LARGEST_KEPT:
            return
        self._copies[key] = copy
        self._held += len(copy.content)
        while self._held > MOST_HELD:
            self.drop(next(iter(self._copies)))

    def drop(self, key: Key) -> None:
        copy = self._copies.pop(key, None)
        if copy is not None:
            self._held -= len(copy.content)

    def copies(self) -> Iterator[tuple[Key, Copy]]:
        return iter(self._copies.items())


class Caches:
    """Those of both networks. A purge takes effect when it is due: at once, or as late as the knob ``edge_purge_lag`` says."""

    def __init__(self, sites: Mapping[str, Site], knobs: Knobs, clock: Callable[[], float] = time.monotonic) -> None:
        self._sites, self._knobs, self.clock = sites, knobs, clock
        self._waiting: deque[tuple[float, Purge]] = deque()
        self.forget()

    def forget(self) -> None:
        """Everything, on both networks."""
        self._caches = {network: Cache() for network in NETWORKS}
        self._waiting.clear()

    def of(self, network: str) -> Cache:
        """The cache of a network, after all purges that are due."""
        now = self.clock()
        while self._waiting and self._waiting[0][0] <= now:
            self._purge(self._waiting.popleft()[1])
        return self._caches[network]

    def purged(self, purge: Purge) -> None:
        """Fast Purge has accepted this."""
        self._waiting.append((self.clock() + self._knobs.edge_purge_lag / 1000, purge))

    def present(self) -> list[dict[str, object]]:
        now = self.clock()
        return [{"network": network, "host": host, "target": target, "status": 404 if copy.entry is None else 200,
                 "age": round(now - copy.fetched, 3), "is_fresh": copy.is_fresh(now, self._knobs)}
                for network in NETWORKS for (host, target), copy in self.of(network).copies()]

    def _purge(self, purge: Purge) -> None:
        cache = self._caches[purge.network]
        for key in self._meant(purge, cache):
            copy = cache.get(key)
            if purge.method == "delete":
                cache.drop(key)
            elif copy is not None:
                copy.is_old = True

    def _meant(self, purge: Purge, cache: Cache) -> list[Key]:
        if purge.kind == "url":
            return [key for one in purge.objects for key in _key_of(str(one))]
        meant = {host for host, site in self._sites.items()
                 if not (site.cp_codes if purge.kind == "cpcode" else site.tags).isdisjoint(purge.objects)}
        return [key for key, _copy in cache.copies() if key[0] in meant]


def _key_of(url: str) -> list[Key]:
    """Of both schemes alike. An ARL means nothing here."""
    if url.startswith("/"):
        return []
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return [((parts.hostname or "").lower(), (parts.path or "/") + query)]
