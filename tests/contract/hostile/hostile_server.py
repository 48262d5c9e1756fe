# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that answers every request with the same stream of bytes, however long, until somebody has enough."""

from __future__ import annotations

import contextlib
import socket
import typing as t

from ansible_collections.edgeops.netstorage.tests.unit.usage_api.socket_server import SocketServer

Stream = t.Callable[[], t.Iterable[bytes]]

GIGABYTE = 1 << 30
_PIECE = 1 << 18
PLAIN = b"HTTP/1.1 200 OK\r\nServer: AkamaiNetStorage\r\nContent-Type: text/xml\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nServer: AkamaiNetStorage\r\nTransfer-Encoding: chunked\r\n\r\n"


class HostileServer(SocketServer):
    """``sent``: bytes that the clients took so far. ``requests``: how many came."""

    def __init__(self, stream: Stream) -> None:
        self.sent = 0
        self.requests = 0
        self._stream = stream
        self._listen()
        self.host = f"127.0.0.1:{self.port}"

    def __enter__(self) -> HostileServer:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _talk(self, sock: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError), sock:
            if not _heard(sock):
                return
            self.requests += 1
            for piece in self._stream():
                sock.sendall(piece)
                self.sent += len(piece)
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(65_536):
                pass


def _heard(sock: socket.socket) -> bool:
    head = b""
    while b"\r\n\r\n" not in head:
        received = sock.recv(65_536)
        if not received:
            return False
        head += received
    return True


def endless(what: bytes, limit: int = GIGABYTE) -> t.Iterator[bytes]:
    """``what`` again and again, a gigabyte of it."""
    piece = what * max(1, _PIECE // len(what))
    for _turn in range(limit // len(piece)):
        yield piece


def numbered(pattern: bytes, limit: int = GIGABYTE) -> t.Iterator[bytes]:
    """``pattern`` with another number each time."""
    number = sent = 0
    while sent < limit:
        piece = b"".join([pattern % (number + step) for step in range(4096)])
        number += 4096
        sent += len(piece)
        yield piece


def byte_by_byte(content: t.Iterable[bytes]) -> t.Iterator[bytes]:
    """Chunks of a single byte each."""
    for piece in content:
        yield b"".join([b"1\r\n%c\r\n" % byte for byte in piece])


def answered(*parts: bytes | t.Callable[[], t.Iterable[bytes]], head: bytes = PLAIN) -> Stream:
    """A head, and then the parts, made anew for each request."""

    def stream() -> t.Iterator[bytes]:
        yield head
        for part in parts:
            if isinstance(part, bytes):
                yield part
            else:
                yield from part()

    return stream
