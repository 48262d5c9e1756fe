# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Client of the Usage API: bytes in, entries out.

What is unknown about the service (docs/usage-api.md#unknowns) is dealt with here: whatever its responses look like, a method
either does what it promises or raises an error that says what to do.
"""

from __future__ import annotations

import time
import typing as t
import weakref
from random import Random, SystemRandom

from .._http.endpoint import EndpointError
from .._http.kept_connections import KeepingPool
from .._http.rate_limiter import RateLimiter
from .._http.transport import Transport
from .._model.entries import Entry
from .._model.errors import BadOptions
from .._threads.cancellation import Cancellation
from . import dir_listing, mutations, tree_listing
from . import download as downloads
from . import stat as stats
from .client_config import ClientConfig
from .sender import Sender


class Client(Sender):
    """The sender of requests with a method for each action. Thread safe; threads share the kept connections.

    Paths are absolute bytes, ``b"/123456/site/a.html"``, without a slash for "directory". Every method may raise
    AuthRefused, Throttled, ServiceFailed, Unreachable and BadReply besides what it names.
    """

    stat = stats.stat
    du = stats.du
    children = dir_listing.children
    download = downloads.download
    piece_digest = downloads.piece_digest
    etag = downloads.etag
    digest = downloads.digest
    fetch = downloads.fetch
    upload = mutations.upload
    mkdir = mutations.mkdir
    rmdir = mutations.rmdir
    quick_delete = mutations.quick_delete
    delete = mutations.delete
    rename = mutations.rename
    symlink = mutations.symlink
    mtime = mutations.mtime

    def __init__(
        self,
        config: ClientConfig,
        *,
        clock: t.Callable[[], float] = time.time,
        random: Random | None = None,
        cancellation: Cancellation | None = None,
        transport: Transport = KeepingPool,
        moved: t.Callable[[int], None] = lambda _count: None,
        paused: t.Callable[[int, float], None] = lambda _status, _seconds: None,
    ) -> None:
        """Sends nothing.

        Args:
            clock: seconds since the epoch.
            random: for request numbers and the jitter of waits.
            cancellation: checked before each request, after each wait, between the blocks of a body and four times a second while
                waiting for the service; once it is set, methods raise Stopped. For the response to a change that has been sent
                they wait two seconds more. It also does the sleeping between tries.
            transport: makes the pool of connections that requests go over.
            moved: is told the bytes of large bodies that are sent, and of files that are fetched, piece by piece; and when such a
                request has ended, all of them once more with a minus. Called by any thread.
            paused: is told when the service has refused a request, so that all wait: the status, and the seconds.

        Raises:
            BadOptions: the proxy or the certificates cannot be used.
        """
        random = random or SystemRandom()
        limiter = RateLimiter(
            random.random,
            max_requests_per_second=config.max_requests_per_second,
            max_bandwidth=config.max_bandwidth,
            cancellation=cancellation,
            paused=paused,
        )
        try:
            pool = transport(config.endpoint, limiter.check_cancelled)
        except EndpointError as error:
            raise BadOptions(error.message, hint=error.hint) from error
        super().__init__(config, pool, limiter, clock, random, moved)
        self._listings: weakref.WeakSet[tree_listing.Entries] = weakref.WeakSet()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the kept connections, and unfinished listings, each of which may have a request for a page in progress. The
        traceback of a stored error keeps its listing alive, and the garbage collector would later wait for that page in an
        arbitrary thread, under an arbitrary lock."""
        for entries in list(self._listings):
            entries.close()
        self._pool.close()

    def listing(self, path: bytes, *, ordered: bool = True) -> t.Iterator[Entry]:
        """``tree_listing.listing``, which ``close`` ends too."""
        entries = tree_listing.listing(self, path, ordered=ordered)
        self._listings.add(entries)
        return entries

    @property
    def takes_digests_at_end(self) -> bool:
        """Whether content may be uploaded whose digest is not known yet. Plain HTTP proxies may drop trailers."""
        return self._pool.proxy is None or self.config.protocol == "https"
