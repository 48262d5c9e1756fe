# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The Usage API as this collection uses it: bytes in, entries out.

The service's open questions (docs/usage-api.md#unknowns) end here: whatever its answers look like, a method either does what
it says or raises an error that says what to do.
"""

from __future__ import annotations

import random as random_numbers
import time
import typing as t
import weakref

from .._http.connection_pool import ConnectionPool
from .._http.endpoint import EndpointError
from .._http.rate_limiter import RateLimiter
from .._http.transport import Transport
from .._model.entries import Entry, Found
from .._model.errors import BadOptions
from .._threads.cancellation import Cancellation
from . import dir_listing, download, mutations, stat, tree_listing
from .client_config import Connection, check
from .download import Sink
from .error_mapping import skew
from .pending import Late
from .request import AT_END, Content, Request, Value
from .sender import Random, Sender
from .xml_parser import Usage


class Client:
    """Thread safe; threads share the kept connections.

    api_calls  requests really sent, by action, repetitions included
    notes      what the user should hear of although nothing failed

    Paths are absolute bytes, ``b"/123456/site/a.html"``, without a slash for "directory". Every method may raise
    AuthRefused, Throttled, ServiceFailed, Unreachable and BadReply besides what it names.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        clock: t.Callable[[], float] = time.time,
        random: Random | None = None,
        cancellation: Cancellation | None = None,
        transport: Transport = ConnectionPool,
    ) -> None:
        """Sends nothing.

        Args:
            clock: seconds since the epoch.
            random: for request numbers and the jitter of waits.
            cancellation: asked before each request, after each wait, between the blocks of a body and four times a second while
                the service is waited for; its reason raises Stopped. The answer to a change that has been sent is awaited for two
                seconds more. It sleeps between tries.
            transport: makes the pool of connections that requests go over.

        Raises:
            BadOptions: the connection has an option that cannot be.
        """
        check(connection)
        random = random or random_numbers.SystemRandom()
        limiter = RateLimiter(
            random.random,
            max_requests_per_second=connection.max_requests_per_second,
            max_bandwidth=connection.max_bandwidth,
            cancellation=cancellation,
        )
        try:
            self._pool = transport(connection.endpoint, limiter.heed)
        except EndpointError as error:
            raise BadOptions(error.message, hint=error.hint) from error
        self._listings: weakref.WeakSet[tree_listing.Entries] = weakref.WeakSet()
        self._sender = Sender(connection, self._pool, limiter, clock, random)

    @property
    def api_calls(self) -> dict[str, int]:
        return self._sender.api_calls

    @property
    def clock_skew(self) -> float | None:
        """Seconds by which the clock here is ahead of the service's, by the last answer; None where that had no date."""
        return skew(*self._sender.dated)

    @property
    def notes(self) -> list[str]:
        return self._sender.notes

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the kept connections, and listings that were broken off: each may have a page on its way. An error that is
        kept keeps its listing too, and a garbage collector that comes across that one day would wait for the page in whatever
        thread and under whatever lock it is."""
        for entries in list(self._listings):
            entries.close()
        self._pool.close()

    def stat(self, path: bytes) -> Found:
        """What stands at ``path``: nothing, a file or symlink, a directory (explicit or implicit), or the first and the
        last under one name. Entries are named by the path's last component."""
        return stat.stat(self._sender, path)

    def children(self, path: bytes) -> t.Iterator[Entry]:
        """The children of a directory, named relative to it, in the order served. NotFound where it is none;
        ListingIncomplete where a later page fails. Nothing is sent before the first ``next``."""
        return dir_listing.children(self._sender, path)

    def listing(self, path: bytes, *, ordered: bool = True) -> t.Iterator[Entry]:
        """Everything below a directory, named relative to it; explicit directories only, its own row left out.

        NotFound, ListRefused (then walk with ``children``), ListingIncomplete, and with ``ordered`` ListingDisorder
        where keys do not increase. Nothing is sent before the first ``next``.
        """
        entries = tree_listing.listing(self._sender, path, ordered=ordered)
        self._listings.add(entries)
        return entries

    def du(self, path: bytes) -> Usage:
        """Objects and bytes below a directory; its own object counts where it is explicit. NotFound where it is none."""
        return stat.du(self._sender, path)

    def download(self, path: bytes, limit: int | None = None) -> bytes:
        """The content of a file, or its first ``limit`` bytes. NotFound."""
        return download.download(self._sender, path, limit)

    def piece_digest(self, path: bytes, offset: int, length: int) -> str:
        """The sha256 of ``length`` bytes of a file from ``offset`` on, of fewer where it ends before. NotFound."""
        return download.piece_digest(self._sender, path, offset, length)

    def etag(self, path: bytes) -> str | None:
        """The strong ETag of a file, None where it has none. Brings nothing but the head. NotFound."""
        return download.tag(self._sender, path)

    def digest(self, path: bytes, expected: int) -> tuple[int, str]:
        """Size and sha256 of the content of a file as it is downloaded, without keeping it. NotFound; BadReply where it is
        longer than ``expected``, the size that it should have."""
        return download.digest(self._sender, path, expected)

    def fetch(self, path: bytes, size: int, into: Sink, digested: bool) -> None:
        """The content of a file of this size, behind what ``into`` has of it, in blocks. What breaks is gone on with, where it is
        proved to be of one version: by a strong ETag, or because whoever asks compares the digest of it all (``digested``).
        NotFound; ObjectChanged where there are more or fewer bytes. Errors of the sink pass."""
        download.fetch(self._sender, path, size, into, digested)

    def upload(self, path: bytes, content: Content, mtime: int | None, index_zip: bool = False) -> None:
        """Stores a file; the service checks size and digest and stores nothing otherwise (Conflict). Without an mtime
        it takes the time at which the upload ends. Errors of reading the content pass.

        index_zip  an index for serve-from-zip is added. The path must end in .zip, and the digest be known
        """
        mutations.upload(self._sender, path, _upload(path, content, mtime, index_zip), mtime)

    @property
    def takes_digests_at_end(self) -> bool:
        """Whether a content may be uploaded whose digest is not known yet. Plain proxies may drop what follows a body."""
        return self._pool.proxy is None or self._sender.connection.protocol == "https"

    def mkdir(self, path: bytes) -> None:
        """Makes the directory explicit; a success where it is already."""
        mutations.mkdir(self._sender, path)

    def rmdir(self, path: bytes) -> None:
        """Removes an explicit, empty directory. NotFound; Conflict with the name of a child where it is not empty."""
        mutations.rmdir(self._sender, path)

    def quick_delete(self, path: bytes) -> None:
        """Asks the service to remove a directory with everything below it. It answers at once and takes its time, without
        telling when it is through. NotFound; AuthRefused where it is not enabled, as it is not by default."""
        mutations.quick_delete(self._sender, path)

    def delete(self, path: bytes) -> None:
        """Removes a file or symlink. NotFound."""
        mutations.delete(self._sender, path)

    def rename(self, path: bytes, destination: bytes, known: Entry | None = None, *, fenced: bool = False) -> None:
        """Renames a file or symlink. NotFound; Conflict where the destination exists and the service does not replace.

        known: what stands at ``path``, to recognise it at the destination after an answer was lost.
        fenced: the service refuses a rename onto a name that is taken, and nothing else ever has this destination: so something
            may be put at ``path`` although the rename might be carried out late. The destination goes only when it cannot.
        """
        mutations.rename(self._sender, path, destination, known, fenced)

    def must_stay(self, fence: bytes) -> bool:
        """Whether the destination of a fenced rename must not go yet."""
        return self._sender.pending.holds(fence)

    def settled(self) -> list[Late]:
        """Waits until no change whose answer was lost can be carried out late any more and do harm. Returns these changes.
        Raises Stopped."""
        return self._sender.pending.settled()

    def unsettled(self) -> str:
        """What could still be carried out late, in words; empty where nothing could."""
        return self._sender.pending.told()

    def symlink(self, path: bytes, target: bytes, mtime: int | None = None) -> None:
        """Stores a symlink, its target verbatim. Conflict where the name is taken and the service does not replace."""
        mutations.symlink(self._sender, path, target, mtime)

    def mtime(self, path: bytes, mtime: int) -> None:
        """Sets the time of a file. NotFound; some services answer so for directories and symlinks too."""
        mutations.mtime(self._sender, path, mtime)


def _upload(path: bytes, content: Content, mtime: int | None, index_zip: bool) -> Request:
    at_end: tuple[tuple[str, Value], ...] = () if mtime is None else (("mtime", mtime),)
    if index_zip and content.sha256 is not None:
        # The size that is stored is another one, so it is not said; nor do the kits of the service (docs/usage-api.md#upload).
        return Request("upload", path, (*at_end, ("sha256", content.sha256), ("index-zip", 1)), content)
    if content.sha256 is None:
        # In the words of rclone, which sends every upload so (docs/usage-api.md#upload).
        announced = (("sha256", AT_END), *((name, AT_END) for name, _value in at_end))
        return Request("upload", path, announced, content, at_end=at_end)
    return Request("upload", path, (*at_end, ("size", content.size), ("sha256", content.sha256)), content)


__all__ = ["Client", "Connection"]
