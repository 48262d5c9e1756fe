# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One kept-alive connection, and one request on it.

The head of the request is written here, byte for byte, and ``response_reader`` reads the response. Why this room exists at all:
a signed upload of 1 KiB takes 0.06 ms of processor time over it, 0.13 with http.client, 0.20 with urllib3 and 0.48 with requests,
and over TLS 0.08, 0.15, 0.23 and 0.52 (``make bench ARGS=http``; docs/benchmark.md says how that was measured, and on what).
Besides, requests and urllib3's manager take ``.`` and ``..`` out of targets, which breaks a signature, and do not say whether a
connection was reused; none of them notices a cancellation while it waits, or writes head and body at once. ``transport`` is the
interface at which this can be exchanged: the contract suite's client tests run over urllib3 too
(tests/contract/urllib3_transport.py), so that this room can be dropped when the figures no longer justify it.
"""

from __future__ import annotations

import socket
import ssl
import typing as t

from .._threads.cancellation import Cancelled
from .connector import Connector
from .response_head import Malformed
from .response_reader import ResponseReader
from .socket_waits import CancelCheck, Reception, is_ready, send
from .transport import Block, Broken, Response, Stage

_FLUSH_LIMIT = 65_536  # bytes of an unread body that are read and dropped so that the connection can be reused
_FLUSH_TIME = 1.0  # seconds for that
_LAST_WORDS = 1.0  # seconds to wait for the response of a server that refused a body

_READS = frozenset({"GET", "HEAD"})
_TROUBLE = (OSError, Malformed, Cancelled)

Done = t.Callable[["HttpConnection"], None]


class HttpConnection:
    """One socket. Used by one thread at a time.

    Args:
        kept: a connection that another one has released.
    """

    def __init__(self, connector: Connector, check_cancelled: CancelCheck, kept: socket.socket | None = None) -> None:
        self._connector, self._check_cancelled = connector, check_cancelled
        self._sock = kept
        self._reused = kept is not None

    def exchange(self, method: str, head: bytes, blocks: t.Iterable[Block], done: Done) -> HttpResponse:
        """Sends one request and reads the response's head.

        head    the whole head, with the body behind it where the body is small
        blocks  the rest of the body. An error while it is read closes the connection and is passed on: the server sees an
                incomplete request and stores nothing of it
        done    gets this connection when the response has been read
        """
        sock = self._connected()
        reused, self._reused = self._reused, True
        failure = self._send(sock, head, blocks)
        if isinstance(failure, Cancelled):
            self.close()
            raise Broken(Stage.SEND, reused, failure) from failure
        idle = self._connector.idle_timeout
        # A server that refuses a body responds before it closes the connection: read that response.
        reception = Reception(
            sock, idle if failure is None else min(_LAST_WORDS, idle), idle, self._check_cancelled, method not in _READS
        )
        try:
            reader = ResponseReader(reception, method)
            reception.body()
        except _TROUBLE as error:
            self.close()
            if failure is not None:
                raise Broken(Stage.SEND, reused, failure) from failure
            raise Broken(Stage.RESPONSE, reused, error) from error
        return HttpResponse(self, reception, reader, failure is None and reader.head.keeps, done)

    def send_and_leave(self, request: bytes) -> None:
        """Sends a whole request and closes the connection. Raises Broken."""
        failure = self._send(self._connected(), request, ())
        self.close()
        if failure is not None:
            raise Broken(Stage.SEND, False, failure) from failure

    def close(self) -> None:
        if self._sock is not None:
            self._sock.close()
        self._sock = None
        self._reused = False

    def released(self) -> socket.socket | None:
        """The idle socket, which is no longer this connection's; None if it is closed."""
        sock, self._sock = self._sock, None
        self.close()
        return sock

    @property
    def is_open(self) -> bool:
        return self._sock is not None

    def _connected(self) -> socket.socket:
        if self._sock is not None and _has_input(self._sock):
            self.close()  # closed by the server while idle, or data came that no request asked for: open a new one
        if self._sock is None:
            try:
                self._sock = self._connector.open(self._check_cancelled)
            except _TROUBLE as error:
                raise Broken(Stage.CONNECT, False, error) from error
        return self._sock

    def _send(self, sock: socket.socket, head: bytes, blocks: t.Iterable[Block]) -> Exception | None:
        """Returns the socket's error, if any, or Cancelled. An error while the blocks are read is raised instead."""
        idle, check_cancelled = self._connector.idle_timeout, self._check_cancelled
        try:
            send(sock, head, idle, check_cancelled)
        except (OSError, Cancelled) as error:
            return error
        source = iter(blocks)
        while True:
            try:
                block = next(source, b"")
            except BaseException:
                self.close()
                raise
            if not block:
                return None
            try:
                send(sock, block, idle, check_cancelled)
            except (OSError, Cancelled) as error:
                return error


def _has_input(sock: socket.socket) -> bool:
    if isinstance(sock, ssl.SSLSocket) and sock.pending():
        return True  # decrypted already, so select() on the socket does not show it
    return is_ready(sock, 0, to_read=True)


class HttpResponse(Response):
    """When it has been read, ``done`` gets the connection, ready for the next request or closed."""

    def __init__(self, connection: HttpConnection, reception: Reception, reader: ResponseReader, keeps: bool, done: Done) -> None:
        super().__init__(reader.head.status)
        self._connection = connection
        self._reception = reception
        self._reader = reader
        self._keeps = keeps
        self._done = done

    def __exit__(self, *_error: object) -> None:
        drained = False
        try:
            drained = self._keeps and self._is_drained()
        except Broken:
            pass
        finally:
            if not drained:
                self._connection.close()
        self._done(self._connection)

    def header(self, name: str) -> str | None:
        return self._reader.head.fields.get(name.lower())

    def receive(self, size: int) -> bytes:
        try:
            return self._reader.read(size)
        except _TROUBLE as trouble:
            self._connection.close()
            raise Broken(Stage.BODY, True, trouble) from trouble

    def _is_drained(self) -> bool:
        reader = self._reader
        if not reader.ended and (reader.rest or 0) <= _FLUSH_LIMIT:
            self._reception.end_within(_FLUSH_TIME)
            self.read(_FLUSH_LIMIT)
            if not reader.ended:
                self._some(1)  # the end of a chunked body is only seen by reading on
        return reader.is_clean
