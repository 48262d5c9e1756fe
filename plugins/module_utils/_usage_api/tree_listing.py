# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``list``: everything below one directory, all pages.

The service walks its whole sorted key space from the request's path on (docs/usage-api.md#list), so the range is bounded with
``end`` and every row is checked to lie below the directory, by segment. The next page begins at the marker of the last
one, sent as the request's path, as all clients in production do. A listing that contradicts itself is an error, never an end:
unknown is not absent.
"""

from __future__ import annotations

import typing as t

from .._model.entries import Entry, Kind
from .._model.errors import ListingDisorder, ListingIncomplete, NetStorageError, Refused, Stopped
from .._model.paths import SLASH, is_cp_code_root, shown
from .._threads.waiting import result_of, until_done
from .request import Request, Value
from .sender import Sender
from .stat import stat
from .xml_parser import XML, Page, Row, reader

if t.TYPE_CHECKING:
    from concurrent.futures import Future

Entries = t.Generator[Entry, None, None]
_MAKE = tuple.__new__  # a named tuple's own constructor takes three times as long
_LACKING = frozenset({400, 405, 501})
_MOST_EMPTY = 1_000  # pages in a row that have nothing new, but a marker that moves on


class ListRefused(Refused):
    """The account's store does not support ``list``. The tree can still be walked with ``dir``."""

    code = "list_refused"


def listing(sender: Sender, path: bytes, *, ordered: bool) -> Entries:
    """Everything below a directory, named relative to it; explicit directories only, its own row left out. Nothing is sent before
    the first ``next``.

    ordered  True raises ListingDisorder at the first key that does not increase, and so needs no memory. False takes
             any order, and remembers all keys to find one that is listed twice

    With ``ordered``, the next page is requested and parsed while the current one is used; never more than one. So a listing
    that is abandoned, or turns out to be wrong, may have sent one request more. Errors are raised when the page is needed.

    Raises NotFound (404) and ListRefused (400, 405, 501: then walk with ``children``) for the first page, ListingIncomplete for
    later ones.
    """
    return _Walk(sender, path, ordered).entries()


class _Walk:
    """One walk over all pages.

    last   the key of the last row; empty before the first
    start  where the current page begins
    fresh  whether the current page had a row that the one before had not
    """

    def __init__(self, sender: Sender, path: bytes, ordered: bool) -> None:
        self._sender = sender
        self._path = path
        self._ordered = ordered
        self._base = path + SLASH
        self._after = path + b"0"  # "0" follows "/" in ASCII, so nothing below the directory is greater
        self._parameters = self._range()
        self._last = b""
        self._start = self._base
        self._fresh = False
        self._empty = 0
        self._is_behind = False
        self._seen: set[bytes] = set()
        self._markers: set[bytes] = set()

    def _range(self) -> tuple[tuple[str, Value], ...]:
        parameters: tuple[tuple[str, Value], ...] = (("mtime_all", "yes"), *XML)
        # A CP code's listing ends with the CP code; the end of rclone and of Akamai's own PowerShell is left out there.
        return parameters if is_cp_code_root(self._path) else (*parameters, ("end", self._after))

    def entries(self) -> Entries:
        page: Page | None = self._first_page()
        ahead = _Ahead(self._page_at) if self._ordered and page is not None and page.resume is not None else None
        try:
            while page is not None:
                if ahead is not None:
                    ahead.begin(self._probable_marker(page))
                yield from self._entries_of(page)
                if self._is_behind or page.resume is None:
                    return
                marker = self._marker(page.resume, self._fresh)
                page = None  # never hold more than two pages in memory
                page = ahead.page(marker) if ahead is not None else self._page_at(marker)
        finally:
            if ahead is not None:
                ahead.close()

    def _entries_of(self, page: Page) -> t.Iterator[Entry]:
        seam: bytes | None = self._last
        self._fresh = False
        base, length, ordered = self._base, len(self._base), self._ordered
        for row in page.rows:
            kind, name, size, md5, mtime, _target, _implicit = row
            key = SLASH + name
            if kind is Kind.FILE and ordered and key > self._last and len(key) > length and key.startswith(base):
                # An ordinary row in its place: all that the checks below would find.
                self._last = key
                self._fresh = True
                seam = None
                yield _MAKE(Entry, (key[length:], kind, size, md5, mtime, None, False))
                continue
            key = _key(row)
            if key == seam and self._last:
                seam = None  # the service may list a key twice: as the last of a page and the first of the next one
                continue
            seam = None
            self._check(key)
            self._fresh = True
            if ordered and key > self._after and not key.startswith(base):
                self._is_behind = True  # a server without bounds: all that follows lies behind the range
                return
            if key.startswith(base) and key != base:
                yield self._entry(row, key)

    def _probable_marker(self, page: Page) -> bytes | None:
        """Where the next page begins; None if something is wrong with this one, so that no page is read ahead."""
        last = _key(page.rows[-1]) if page.rows else self._last
        marker = _absolute(page.resume) if page.resume is not None else b""
        in_range = last <= self._after and self._path < marker <= self._after
        return marker if in_range and marker > max(last, self._last, self._start) else None

    def _check(self, key: bytes) -> None:
        if self._ordered:
            if key <= self._last:
                raise self._disorder(key)
        elif key in self._seen:
            raise self._incomplete(f"{shown(key)} was listed twice")
        else:
            self._seen.add(key)
        self._last = key

    def _entry(self, row: Row, key: bytes) -> Entry:
        name = key[len(self._base) : -1] if row.kind is Kind.DIRECTORY else key[len(self._base) :]
        if row.kind is Kind.SYMLINK and row.target is None:
            return self._link(key, name)
        return row.entry(name)

    def _link(self, path: bytes, name: bytes) -> Entry:
        """The target of a symlink that was listed without one is requested with ``stat``."""
        link = stat(self._sender, path).link
        if link is not None and link.target is not None:
            return link._replace(name=name)
        raise self._incomplete(f"{shown(path)} is listed as a symlink without a target, and stat gives none either")

    def _marker(self, resume: bytes, fresh: bool) -> bytes:
        """The path of the next page.

        Where directories are sorted one by one, ``a-1`` follows ``a/z``, so any order may leave the directory on that
        side and still be within bounds; what is listed there is left out row by row.
        """
        marker = _absolute(resume)
        if not self._path < marker <= self._after:
            raise self._incomplete(f"its next page is {shown(marker)}, outside of the requested range")
        if marker in (self._last, self._start) or marker in self._markers or marker in self._seen:
            raise self._incomplete(f"it is in a loop at {shown(marker)}")
        if self._ordered and marker < max(self._last, self._start):
            raise self._disorder(marker)
        self._empty = 0 if fresh else self._empty + 1
        if self._empty > (_MOST_EMPTY if self._ordered else 0):
            raise self._incomplete(f"a page before {shown(marker)} is empty")
        self._markers.add(marker)
        self._start = marker
        return marker

    def _first_page(self) -> Page:
        try:
            return self._page(self._base)
        except Refused as error:
            if error.status not in _LACKING:
                raise
            raise ListRefused(error.message, path=self._path, action="list", status=error.status) from error

    def _page_at(self, marker: bytes) -> Page:
        try:
            return self._page(marker)
        except Stopped:
            raise
        except NetStorageError as error:
            raise self._incomplete(error.message, error) from error

    def _page(self, start: bytes) -> Page:
        return self._sender.ask(Request("list", start, self._parameters), reader("list"))

    def _disorder(self, key: bytes) -> ListingDisorder:
        return ListingDisorder(
            f"The listing of {shown(self._path)} is not in the order of its keys: {shown(key)} follows "
            f"{shown(max(self._last, self._start))}",
            path=self._path,
            action="list",
        )

    def _incomplete(self, why: str, cause: NetStorageError | None = None) -> ListingIncomplete:
        return ListingIncomplete(
            f"The listing of {shown(self._path)} broke off: {why}",
            path=self._path,
            action="list",
            status=cause.status if cause is not None else None,
            hint=cause.hint if cause is not None else "",
        )


def _key(row: Row) -> bytes:
    """The row's key as an absolute path. Names come with the CP code and without the first slash; a directory's ends in
    one. The kind comes from the type: a file's or symlink's name may end in a slash too."""
    name = _absolute(row.name)
    return name + SLASH if row.kind is Kind.DIRECTORY and not name.endswith(SLASH) else name


def _absolute(name: bytes) -> bytes:
    return name if name.startswith(SLASH) else SLASH + name


class _Ahead:
    """Reads one page ahead. Used by one thread."""

    def __init__(self, read: t.Callable[[bytes], Page]) -> None:
        from .._threads.worker_pool import WorkerPool  # slow, and only a listing of more than one page needs it

        self._read = read
        self._pool = WorkerPool(1)
        self._marker: bytes | None = None
        self._coming: Future[Page] | None = None

    def begin(self, marker: bytes | None) -> None:
        self._marker = marker
        self._coming = self._pool.submit(self._read, marker) if marker is not None else None

    def page(self, marker: bytes) -> Page:
        """The page at a marker, whether or not it was the one that was read ahead."""
        coming, self._coming = self._coming, None
        return result_of(coming) if coming is not None and marker == self._marker else self._read(marker)

    def close(self) -> None:
        """Waits for a request in progress, so that none is left behind. Does not join the thread: a join while the garbage
        collector runs during another thread's start waits for ever (tests/contract/flow/test_failures.py)."""
        until_done([self._coming] if self._coming is not None else [])
        self._pool.shutdown(wait=False)
