# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers as bytes, with the headers every answer of an ObjectStore has (recorded 2019, docs/usage-api.md#responses)."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus
from typing import NamedTuple

from .bodies import BodyReader

_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}
NEVER_A_BODY = frozenset((204, 304))
XML = b"text/xml"
NO_CACHING = b"Cache-Control: max-age=0, no-cache, no-store\r\nPragma: no-cache\r\nExpires: %b\r\n"


class Reply(NamedTuple):
    """One answer. A body is either at hand or read while it is sent (``stream`` from ``start``, ``length`` bytes).

    ``note`` is for the journal: why a request was refused. Text answers and errors carry no Content-Type.
    """

    status: int
    body: bytes = b""
    content_type: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    stream: BodyReader | None = None
    start: int = 0
    length: int = 0
    note: str = ""

    @property
    def content_length(self) -> int:
        return self.length if self.stream is not None else len(self.body)


class Heads:
    """Writes the head of an answer; the part that all answers of one second share is made once a second."""

    def __init__(self, skew: Callable[[], int], caching: bytes = NO_CACHING) -> None:
        """``caching`` are lines with what caches may do; ``%b`` in it is the time."""
        self._skew = skew
        self._caching = caching
        self._second = -1
        self._shared = b""
        self._beginnings: dict[tuple[int, bytes], bytes] = {}

    def _turn(self, second: int) -> None:
        """The clock has moved on by a second."""
        self._second = second
        date = formatdate(second, usegmt=True).encode()
        self._shared = (b"Server: AkamaiNetStorage\r\nAccept-Ranges: bytes\r\n" + self._caching.replace(b"%b", date) +
                        b"Date: %b\r\n" % date)
        self._beginnings.clear()

    def _beginning(self, status: int, content_type: bytes) -> bytes:
        line = _STATUS_LINES.get(status) or b"HTTP/1.1 %d Unknown\r\n" % status
        kind = b"Content-Type: %b\r\n" % content_type if content_type else b""
        made = self._beginnings[status, content_type] = line + self._shared + kind
        return made

    def render(self, reply: Reply, keep_alive: bool) -> bytes:
        second = int(time.time()) + self._skew()
        if second != self._second:
            self._turn(second)
        kind = reply.content_type
        head = self._beginnings.get((reply.status, kind)) or self._beginning(reply.status, kind)
        if keep_alive and reply.status == 200 and not reply.headers:
            return b"%bContent-Length: %d\r\nConnection: keep-alive\r\n\r\n" % (head, reply.content_length)
        if reply.status not in NEVER_A_BODY:
            head += b"Content-Length: %d\r\n" % reply.content_length
        for name, _value in reply.headers:
            head = _without(head, name)
        for name, value in reply.headers:
            head += b"%b: %b\r\n" % (name, value)
        return head + (b"Connection: keep-alive\r\n\r\n" if keep_alive else b"Connection: close\r\n\r\n")


def _without(head: bytes, name: bytes) -> bytes:
    """The head without our own header of this name: a fault can play another server."""
    start = head.lower().find(b"\r\n%b:" % name.lower())
    return head if start < 0 else head[:start] + head[head.index(b"\r\n", start + 2):]


def forbidden(note: str) -> Reply:
    """403 in one unstructured line (OAS errors/403; the text of an ObjectStore is not known)."""
    return Reply(403, b"Forbidden\n", note=note)


def bad_request(note: str) -> Reply:
    return Reply(400, f"Bad request: {note}\n".encode(), note=note)


def not_found() -> Reply:
    """The 404 of stat and download, with its odd header (recorded 2019)."""
    return Reply(404, b"Not found\n", headers=((b"X-N", b"S"),))


DIRECTORY_NOT_FOUND = Reply(404, b"Directory not found\n")
