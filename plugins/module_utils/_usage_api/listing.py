# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# This room is private to edgeops.netstorage: nothing here is a promise to other collections.

"""``list``: everything below one directory, all pages.

The service walks its whole sorted key space from the request's path on (reference, 5.2), so the range is bounded with
``end`` and every row is checked to lie below the directory, by segment. The next page begins at the marker of the last
one, asked for as the request's path, as all clients in production do. A listing that contradicts itself is an error and
never an end: unknown is not absent.
"""

from __future__ import annotations

import typing as t

from .._model.entries import Entry, Kind
from .._model.errors import ListingDisorder, ListingIncomplete, NetStorageError, Refused
from .._model.paths import SLASH, is_cp_code_root, shown
from .calls import Call
from .looking import stat
from .pages import XML, entry, reader
from .replies import Page, Row
from .sending import Sender
from .targets import Value

_LACKING = frozenset({400, 405, 501})


class ListRefused(Refused):
    """The account's store does not do ``list``. The tree can still be walked with ``dir``."""

    code = "list_refused"


def listing(sender: Sender, path: bytes, *, ordered: bool) -> t.Iterator[Entry]:
    """Names relative to ``path``; its own row is left out; explicit directories only.

    ordered  True raises ListingDisorder at the first key that does not increase, and so needs no memory. False takes
             any order, and remembers all keys to find one that is listed twice

    Raises NotFound (404) and ListRefused (400, 405, 501) for the first page, ListingIncomplete for later ones.
    """
    return _Walk(sender, path, ordered).entries()


class _Walk:
    """One walk over all pages.

    last   the key of the last row; empty before the first
    start  where the page at hand begins
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
        self._seen: set[bytes] = set()
        self._markers: set[bytes] = set()

    def _range(self) -> tuple[tuple[str, Value], ...]:
        parameters: tuple[tuple[str, Value], ...] = (("mtime_all", "yes"), *XML)
        # A CP code's listing ends with the CP code; the end of rclone and of Akamai's own PowerShell is left out there.
        return parameters if is_cp_code_root(self._path) else (*parameters, ("end", self._after))

    def entries(self) -> t.Iterator[Entry]:
        page = self._first_page()
        while True:
            seam: bytes | None = self._last
            fresh = False
            for row in page.rows:
                key = _key(row)
                if key == seam and self._last:
                    seam = None  # where one page ends and the next begins, the service may serve a key twice
                    continue
                seam = None
                self._check(key)
                fresh = True
                if self._ordered and key > self._after and not key.startswith(self._base):
                    return  # a server without bounds: all that follows lies behind the range
                if key.startswith(self._base) and key != self._base:
                    yield self._entry(row, key)
            if page.resume is None:
                return
            page = self._page_at(self._marker(page.resume, fresh))

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
        return entry(row, name)

    def _link(self, path: bytes, name: bytes) -> Entry:
        """A symlink that the listing gave without its target is unknown, so it is asked for."""
        for found in stat(self._sender, path):
            if found.kind is Kind.SYMLINK and found.target is not None:
                return found._replace(name=name)
        raise self._incomplete(f"{shown(path)} is listed as a symlink without a target, and stat gives none either")

    def _marker(self, resume: bytes, fresh: bool) -> bytes:
        """The path of the next page.

        Where directories are sorted one by one, ``a-1`` follows ``a/z``, so any order may leave the directory on that
        side and still be within bounds; what is listed there is left out row by row.
        """
        marker = resume if resume.startswith(SLASH) else SLASH + resume
        if not self._path < marker <= self._after:
            raise self._incomplete(f"it goes on at {shown(marker)}, outside of what was asked for")
        if marker in (self._last, self._start) or marker in self._markers or marker in self._seen:
            raise self._incomplete(f"it goes round in circles at {shown(marker)}")
        if self._ordered and marker < max(self._last, self._start):
            raise self._disorder(marker)
        if not self._ordered and not fresh:
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
        except NetStorageError as error:
            raise self._incomplete(error.message, error) from error

    def _page(self, start: bytes) -> Page:
        return self._sender.ask(Call("list", start, self._parameters), reader("list"))

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
    name = row.name if row.name.startswith(SLASH) else SLASH + row.name
    return name + SLASH if row.kind is Kind.DIRECTORY and not name.endswith(SLASH) else name
