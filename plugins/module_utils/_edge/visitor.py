# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks edges as a visitor does: a request, its head, and the digest of what is served. Content is never kept."""

from __future__ import annotations

import hashlib
import threading
import typing as t
import zlib

from .._http.connection_pool import ConnectionPool
from .._http.endpoint import EndpointError
from .._http.transport import Broken, Pool, Response
from .._model.errors import BadOptions, Stopped
from .._threads.cancellation import Cancellation, Cancelled
from .._usage_api.error_mapping import explained
from .expectations import Expectation
from .seen import Body, Seen, md5_of
from .verify_options import VerifyOptions

_NO_HEAD = frozenset({405, 501})
_BLOCK = 262_144
_GZIP = frozenset({"gzip", "x-gzip"})


class Visitor:
    """Thread safe. Keeps connections; close it."""

    def __init__(self, options: VerifyOptions, cancellation: Cancellation) -> None:
        self._options, self._cancellation = options, cancellation
        self._headers = options.sent_headers()
        self._pools: dict[tuple[str, str], Pool] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        for pool in self._pools.values():
            pool.close()

    def look(self, want: Expectation) -> Seen:
        """What is served now.

        Raises:
            Stopped: the run was cancelled.
            BadOptions: certificates or a proxy cannot be used.
        """
        try:
            self._cancellation.check()
            return self._look(want)
        except Cancelled as cancelled:
            raise Stopped(f"Stopped before everything was looked at: {cancelled}", hint="Run the task again.") from cancelled
        except EndpointError as error:
            raise BadOptions(error.message, hint=error.hint) from error

    def _look(self, want: Expectation) -> Seen:
        """By the head alone where that tells all: an edge that does not have NetStorage's ETag is asked for the content."""
        by_etag = self._options.compare == "etag" and want.md5 is not None
        if by_etag or not want.asks_for_content:
            seen = self._ask("HEAD", want)
            tells = not by_etag or seen.status != want.status or md5_of(seen.fields.get("etag")) is not None
            if tells and seen.status not in _NO_HEAD:
                return seen
        return self._ask("GET", want)._replace(is_without_etag=by_etag)

    def _ask(self, method: str, want: Expectation) -> Seen:
        address = want.address
        pool = self._pool(address.protocol, address.host)
        fresh = False
        while True:
            try:
                with pool.exchange(method, address.target, self._headers, fresh=fresh) as response:
                    body = read_body(response, want) if method == "GET" and response.status == want.status else None
                    return Seen(response.status, _fields(response, want), body)
            except Broken as broken:
                if isinstance(broken.cause, Cancelled):
                    raise broken.cause from None
                if not broken.stale or fresh:
                    endpoint = self._options.endpoint(address.protocol, address.host)
                    message, _hint, passing = explained(broken, endpoint, pool.proxy)
                    return Seen(None, {}, None, trouble=message, is_final=not passing)
                fresh = True

    def _pool(self, protocol: str, host: str) -> Pool:
        with self._lock:
            pool = self._pools.get((protocol, host))
            if pool is None:
                endpoint = self._options.endpoint(protocol, host)
                for wrong, message, hint in endpoint.problems():
                    if wrong:
                        raise BadOptions(message, hint=hint)
                pool = self._pools[protocol, host] = ConnectionPool(endpoint, self._cancellation.check)
            return pool


def _fields(response: Response, want: Expectation) -> dict[str, str]:
    names = ("age", "content-encoding", "etag", "location", "server", "x-cache", *(name.lower() for name, _value in want.headers))
    found = ((name, response.header(name)) for name in names)
    return {name: value for name, value in found if value is not None}


def read_body(response: Response, want: Expectation) -> Body | None:
    """What was served, as far as the expectation asks for it; None where it does not. Raises Broken.

    Nothing is read of a body whose announced length is another than the expected one, nor beyond that. What is coded with gzip,
    as the headers of a task may ask for, is digested as it is sent and as it is meant.
    """
    if not want.asks_for_content:
        return None
    is_gzip = (response.header("Content-Encoding") or "").strip().lower() in _GZIP
    length = response.header("Content-Length") or ""
    if not is_gzip and want.size is not None and length.isdecimal() and int(length[:18]) != want.size:
        return Body(int(length[:18]))
    digests = [Digesting(want)]
    unpacked = Digesting(want) if is_gzip else None
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    for chunk in response.chunks(_BLOCK):
        digests[0].update(chunk)
        if unpacked is not None and not unpacked.unpack(unpacker, chunk):
            unpacked = None
        if all(one.is_longer for one in (*digests, unpacked) if one is not None):
            break
    meant = digests[0] if unpacked is None else unpacked
    return Body(meant.size, meant.is_longer, tuple(one.hex for one in (meant, *digests) if not one.is_longer))


class Digesting:
    """Digests what it gets, until that is longer than it should be."""

    def __init__(self, want: Expectation) -> None:
        algorithm = want.digest[0] if want.digest is not None else "sha256"
        self._state = hashlib.sha256() if algorithm == "sha256" else hashlib.md5(usedforsecurity=False)
        self._most = want.size
        self.size = 0

    @property
    def is_longer(self) -> bool:
        return self._most is not None and self.size > self._most

    @property
    def hex(self) -> str:
        return self._state.hexdigest()

    def update(self, data: bytes) -> None:
        if not self.is_longer:
            self._state.update(data)
            self.size += len(data)

    def unpack(self, unpacker: t.Any, data: bytes) -> bool:  # noqa: ANN401  # zlib has no name for it
        """False where it is not what it says. A few bytes can stand for very many, which are never in memory together."""
        try:
            while data and not self.is_longer:
                self.update(unpacker.decompress(data, _BLOCK))
                data = unpacker.unconsumed_tail
        except zlib.error:
            return False
        return True
