# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An edge server: from a visitor's request to its answer, out of the cache or from the origin behind it."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Mapping

from ..actions import conditions
from ..actions.download import date_of, etag_of, type_of
from ..bodies import MemoryReader
from ..damage import damaged
from ..exchange import Exchange
from ..faults import instead, outcome_of
from ..objects import StoredObject
from ..reply import Reply
from ..service import Service
from ..side_house import Uncrowded
from .cache import Caches, Copy
from .origin import BadTarget, content_of, find
from .sites import Site

_MARK = b"\n<!-- changed by the edge -->\n"
_HERE = "a127-0-0-1.deploy.akamaitechnologies.com (AkamaiGHost/11.0-emulator) (-)"
_ASKS = b"akamai-x-cache-on"
_GHOST = ((b"Server", b"AkamaiGHost"),)
_ACTIONS = {"GET": b"edge:get", "HEAD": b"edge:head"}
HIT, MISS, NEGATIVE_HIT = "TCP_HIT", "TCP_MISS", "TCP_NEGATIVE_HIT"
REFRESH_HIT, REFRESH_MISS = "TCP_REFRESH_HIT", "TCP_REFRESH_MISS"


class EdgeService:
    """The edges of one network, as if they were one. They share faults, knobs and the clock with the NetStorage behind them."""

    def __init__(self, service: Service, sites: Mapping[str, Site], caches: Caches, network: str) -> None:
        self._service, self._sites, self._caches, self._network = service, sites, caches, network
        self._knobs = service.knobs
        self.store, self.throttle, self.postponed = service.store, Uncrowded(), service.postponed

    def begin(self, exchange: Exchange) -> None:
        exchange.action = _ACTIONS.get(exchange.method, b"edge:other")
        fault = exchange.fault = self._service.faults.for_request(exchange.action, exchange.target, exchange.announces_body)
        if fault is not None and not fault.lets_do(exchange.action):
            exchange.early = instead(fault.effect)

    def finish(self, exchange: Exchange) -> Reply:
        reply = self._done(exchange)
        fault = exchange.fault
        if fault is None:
            return reply
        if fault.lets_do(exchange.action):
            fault.outcome = outcome_of(reply)
        return damaged(fault, reply)

    def _done(self, exchange: Exchange) -> Reply:
        exchange.discard()
        if exchange.early is not None:
            return exchange.early
        host = exchange.headers.get(b"host", b"").decode("latin-1").partition(":")[0].lower()
        site = self._sites.get(host)
        exchange.account_name = host.encode("latin-1")
        if site is None:
            return Reply(400, b"Invalid URL\n", headers=_GHOST, note="no such host")
        if exchange.method not in _ACTIONS:
            return Reply(405, b"Method not allowed\n", headers=((b"Allow", b"GET, HEAD"), *_GHOST))
        try:
            copy, word = self._copy(site, exchange.target)
        except BadTarget:
            return Reply(400, b"Invalid URL\n", headers=_GHOST, note="the path cannot be decoded")
        except (OSError, sqlite3.Error) as error:
            print(f"netstorage-emulator: {error}", file=sys.stderr)
            return Reply(503, b"Service unavailable\n", headers=_GHOST, note=str(error))
        return self._answer(exchange, copy, word)

    # From where

    def _copy(self, site: Site, target: bytes) -> tuple[Copy, str]:
        """The copy to be delivered, and the word for where it comes from."""
        cache, now = self._caches.of(self._network), self._caches.clock()
        key = (site.host, target.decode("latin-1"))
        copy = cache.get(key)
        if copy is not None and copy.is_fresh(now, self._knobs):
            return copy, HIT if copy.entry is not None else NEGATIVE_HIT
        entry = find(self.store, self._knobs, site, target)
        if copy is not None and copy.entry is not None and entry is not None and self._is_unmodified(copy.entry, entry):
            copy.fetched, copy.is_old = now, False
            return copy, REFRESH_HIT
        fetched = self._fetched(entry, now)
        cache.keep(key, fetched)
        return fetched, MISS if copy is None else REFRESH_MISS

    def _is_unmodified(self, kept: StoredObject, present: StoredObject) -> bool:
        """What the origin says when it is asked whether there is something newer: by date, as edges ask, or by tag."""
        if self._knobs.edge_revalidation == "etag":
            return (kept.md5, kept.mtime, kept.changed) == (present.md5, present.mtime, present.changed)
        return present.mtime <= kept.mtime

    def _fetched(self, entry: StoredObject | None, now: float) -> Copy:
        if entry is None:
            return Copy(None, b"Not found\n", now)
        content = content_of(self.store, entry)
        is_page = type_of(entry.key) == b"text/html"
        return Copy(entry, content + _MARK if is_page and self._knobs.edge_html == "changed" else content, now)

    # To the visitor

    def _answer(self, exchange: Exchange, copy: Copy, word: str) -> Reply:
        headers = self._x_cache(exchange, word)
        note = f"{word} {self._network}"
        age = self._caches.clock() - copy.fetched
        if copy.entry is None:
            return Reply(404, copy.content, b"text/plain", headers, note=note)
        lasts = max(0, copy.lasts(self._knobs) - int(age))
        headers = (*headers, (b"Last-Modified", date_of(copy.entry.mtime)), (b"Age", b"%d" % age),
                   (b"Cache-Control", b"max-age=%d" % lasts))
        etag = etag_of(self._knobs, copy.entry) if self._knobs.edge_etag != "dropped" else b""
        if etag:
            headers = ((b"ETag", b"W/" + etag if self._knobs.edge_etag == "weak" else etag), *headers)
        refusal = conditions.must_not_be_sent(exchange.headers, copy.entry, etag)
        if refusal == 412:
            return conditions.FAILED
        if refusal == 304:
            return Reply(304, headers=headers, note=note)
        size = len(copy.content)
        return Reply(200, b"", type_of(copy.entry.key), headers, MemoryReader(copy.content), 0, size, note)

    def _x_cache(self, exchange: Exchange, word: str) -> tuple[tuple[bytes, bytes], ...]:
        asked = _ASKS in exchange.headers.get(b"pragma", b"").lower()
        if self._knobs.edge_x_cache == "asked" and not asked:
            return ()
        return ((b"X-Cache", f"{word} from {_HERE}".encode()),)
