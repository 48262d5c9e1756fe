# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads one response from a socket: the head, then the body piece by piece, up to its end and not a byte further."""

from __future__ import annotations

import re
import typing as t

from .response_head import MAX_HEAD, MAX_INTERIM, MAX_LINES, Malformed, ResponseHead, parse, split

_RECEIVE = 65_536
_MAX_LINE = 4_096  # bytes of the size line of a chunk, with extensions
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r?\n\Z")


class Receiving(t.Protocol):
    """A socket, or what waits for one (``socket_waits.Reception``)."""

    def recv(self, size: int, /) -> bytes:
        ...


class Closed(ConnectionError):
    """The server closed the connection before the first byte of a response."""


class ResponseReader:
    """Reads one response. Raises OSError and Malformed.

    head   of the final response; interim ones (1xx) are skipped
    ended  whether the whole body has been read
    """

    def __init__(self, sock: Receiving, method: str) -> None:
        self._sock = sock
        self._pending = b""
        self._at = 0  # start of the unread part; the read part is cut off seldom, or each small chunk would copy the buffer
        self.head = self._read_head(method)
        self._left = 0 if self.head.length is None else self.head.length
        self._started = False
        self.ended = self.head.length == 0

    @property
    def is_clean(self) -> bool:
        """Whether the response has ended and nothing came after it."""
        return self.ended and self.is_bare

    @property
    def is_bare(self) -> bool:
        """Whether nothing has come after the head so far."""
        return self._at >= len(self._pending)

    @property
    def rest(self) -> int | None:
        """Bytes of the body that are still to come, None if that is unknown."""
        return self._left if self.head.length is not None else None

    def read(self, size: int) -> bytes:
        """Some bytes of the body, at most ``size``; none at its end."""
        if self.ended:
            return b""
        if self.head.chunked:
            return self._of_chunk(size)
        if self.head.length is None:
            piece = self._some(size)
            self.ended = not piece
            return piece
        piece = self._promised(size)
        self.ended = not self._left
        return piece

    def _promised(self, size: int) -> bytes:
        """A piece of a body of known length."""
        piece = self._some(min(size, self._left))
        if not piece:
            raise Malformed(f"the response ended {self._left} bytes too early")
        self._left -= len(piece)
        return piece

    def _some(self, size: int) -> bytes:
        if self.is_bare:
            return self._sock.recv(size)
        piece = self._pending[self._at : self._at + size]
        self._at += len(piece)
        return piece

    def _of_chunk(self, size: int) -> bytes:
        if not self._left:
            # LF alone does not end a chunk (RFC 9112, 7.1): proxies that differ in it would read different sizes.
            if self._started and self._line() != b"\r\n":
                raise Malformed("the response has a chunk that is not as long as its size line says")
            self._started = True
            line = _CHUNK.match(self._line())
            if line is None:
                raise Malformed("the response has a chunk without a size")
            self._left = int(line.group(1), 16)
            if not self._left:
                self._skip_trailers()
                self.ended = True
                return b""
        return self._promised(size)

    def _skip_trailers(self) -> None:
        for _line in range(MAX_LINES):
            if self._line() in (b"\r\n", b"\n"):
                return
        raise Malformed("the response has too many trailers")

    def _line(self) -> bytes:
        while True:
            start, end = self._at, self._pending.find(b"\n", self._at) + 1
            if (end or len(self._pending)) - start > _MAX_LINE:
                raise Malformed("the response has a chunk whose size line is too long")
            if end:
                self._at = end
                return self._pending[start:end]
            if not self._receive():
                raise Malformed("the response ended within a chunk")

    def _read_head(self, method: str) -> ResponseHead:
        spent = 0
        for _response in range(MAX_INTERIM + 1):
            looked = 0
            while not (end := split(self._pending, max(0, looked - 2)) if self._pending else 0):
                looked = len(self._pending)
                if not self._receive():
                    if spent or looked:
                        raise Malformed("the response ended within its head")
                    raise Closed("the server closed the connection without a response")
            head = parse(self._pending[:end], method)
            self._pending = self._pending[end:]
            spent += end
            if head.status >= 200:
                return head
            if head.status == 101 or spent > MAX_HEAD:
                break
        raise Malformed("the response switches protocols, or is preceded by too many interim responses (1xx)")

    def _receive(self) -> bool:
        received = self._sock.recv(_RECEIVE)
        self._pending = self._pending[self._at :] + received
        self._at = 0
        return bool(received)
