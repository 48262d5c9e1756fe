# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``dir``: the children of one directory, all pages."""

from __future__ import annotations

import typing as t

from .._model.entries import Entry, Kind
from .._model.errors import BadReply, Conflict, ListingIncomplete, NetStorageError, NotFound, Stopped
from .._model.paths import SLASH, join, shown
from .request import Request, Value, directory_path
from .sender import Sender
from .stat import stat
from .xml_parser import XML, Page, Row, reader

_PARAMETERS: tuple[tuple[str, Value], ...] = (*XML, ("slash", "both"))


def children(sender: Sender, path: bytes) -> t.Iterator[Entry]:
    """The children of a directory, named relative to it, in the order served. NotFound where it is none (404, 412);
    ListingIncomplete where a later page fails. Nothing is sent before the first ``next``."""
    names = _Names(sender, path)
    seen: set[tuple[bytes, Kind]] = set()
    markers: set[bytes] = set()
    marker: bytes | None = None
    seam: tuple[bytes, Kind] | None = None
    while True:
        page = _page(sender, path, marker)
        fresh = 0
        for row in page.rows:
            name = names.of(row)
            place = (name, row.kind)
            if place == seam:
                continue  # the service may list a row twice: as the last of a page and the first of the next one
            if place in seen:
                raise _incomplete(path, f"{shown(name)} was listed twice")
            seen.add(place)
            fresh += 1
            yield row.entry(name)
            last = place
        if page.resume is None:
            return
        if fresh:
            seam = last
        marker = page.resume
        if not fresh or marker in markers:
            raise _incomplete(path, f"it is in a loop at {shown(marker)}")
        markers.add(marker)


def _page(sender: Sender, path: bytes, marker: bytes | None) -> Page:
    start: tuple[tuple[str, Value], ...] = () if marker is None else (("start", marker),)
    try:
        return sender.ask(Request("dir", directory_path(path), _PARAMETERS + start), reader("stat"))
    except Stopped:
        raise
    except NetStorageError as error:
        if marker is not None:
            raise _incomplete(path, error.message, error) from error
        if isinstance(error, Conflict) and error.status == 412:  # the path names a file or a symlink (docs/usage-api.md#dir)
            raise NotFound(error.message, path=path, action="dir", status=412) from error
        raise


class _Names:
    """The names of the children of one directory.

    It is not known whether ``slash=both`` puts a slash behind the directories of ``dir`` as it does for ``stat``. A row without
    one shows that it does not. If the first row has one, the service has added it, or it is part of the name of a directory
    called ``x/``: one ``stat`` decides that.
    """

    def __init__(self, sender: Sender, path: bytes) -> None:
        self._sender = sender
        self._path = path
        self._slash_added: bool | None = None

    def of(self, row: Row) -> bytes:
        name = row.name
        if row.kind is Kind.DIRECTORY:
            if self._slash_added is None:
                self._slash_added = name.endswith(SLASH) and self._is_there(name[:-1])
            if self._slash_added and name.endswith(SLASH):
                name = name[:-1]
        if not name.strip(SLASH) or SLASH in name.rstrip(SLASH):
            raise BadReply(f"The response names {shown(row.name)!r} as a child", path=self._path, action="dir")
        return name

    def _is_there(self, name: bytes) -> bool:
        return stat(self._sender, join(self._path, name)).directory is not None


def _incomplete(path: bytes, why: str, cause: NetStorageError | None = None) -> ListingIncomplete:
    message = f"The listing of {shown(path)} broke off: {why}"
    return ListingIncomplete(message, path=path, action="dir", status=cause.status if cause else None)
