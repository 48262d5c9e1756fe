# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# This room is private to edgeops.netstorage: nothing here is a promise to other collections.

"""One kept-alive connection, and one request on it.

The request's head is written here, byte for byte, and the answer is read by http.client. The layers above http.client
are left out on purpose: requests and urllib3 rewrite ``//``, ``.``, ``..`` and escapes in absolute targets (which
breaks the signature), send head and body in two writes, do not say whether a connection was reused, and cost twice the
time.
"""

from __future__ import annotations

import enum
import http.client
import select
import socket
import ssl
import typing as t

from .routes import Route

_FLUSH_LIMIT = 65_536  # what is left of an answer is read to keep the connection, up to this many bytes

_TROUBLE = (OSError, http.client.HTTPException)
_CLOSED = (ConnectionError, http.client.BadStatusLine, ssl.SSLEOFError, ssl.SSLZeroReturnError)


class Stage(enum.Enum):
    """How far a request had come when it broke: only before SEND is it sure that the service saw nothing."""

    CONNECT = "connect"
    SEND = "send"
    ANSWER = "answer"
    BODY = "body"


class Broken(Exception):
    """A request without a complete answer. Stays inside this room.

    reused  the connection had carried a request before, so the server may just have closed it while it was idle
    """

    def __init__(self, stage: Stage, reused: bool, cause: Exception) -> None:
        super().__init__(stage.value)
        self.stage = stage
        self.reused = reused
        self.cause = cause

    @property
    def stale(self) -> bool:
        """True where a kept connection turned out to be closed before a byte of answer."""
        return self.reused and self.stage in (Stage.SEND, Stage.ANSWER) and isinstance(self.cause, _CLOSED)


class Wire:
    """One socket. Used by one thread at a time."""

    def __init__(self, route: Route) -> None:
        self._route = route
        self._opened: http.client.HTTPConnection | None = None
        self._reused = False

    def exchange(self, method: str, head: bytes, blocks: t.Iterable[bytes]) -> Answer:
        """Sends one request and reads the answer's head.

        head    the whole head, with the body behind it where the body is small
        blocks  the rest of the body. An error of its reading closes the connection and passes: the service sees a
                request that broke off and keeps nothing of it
        """
        sock = self._connected()
        reused, self._reused = self._reused, True
        failure = self._send(sock, head, blocks)
        response = http.client.HTTPResponse(sock, method=method)
        try:
            if failure is not None:
                sock.settimeout(1.0)  # a server that refuses a body answers before it closes: look for that answer
            response.begin()
        except _TROUBLE as error:
            response.close()
            self.close()
            if failure is not None:
                raise Broken(Stage.SEND, reused, failure) from failure
            raise Broken(Stage.ANSWER, reused, error) from error
        if failure is not None:
            response.will_close = True
        return Answer(self, response)

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
        self._opened = None
        self._reused = False

    @property
    def is_open(self) -> bool:
        return self._opened is not None

    def _connected(self) -> socket.socket:
        if self._opened is not None and _is_readable(self._opened.sock):
            self.close()  # closed by the server while idle, or something unasked for has come: both mean a new one
        if self._opened is None:
            try:
                self._opened = self._route.open()
            except _TROUBLE as error:
                raise Broken(Stage.CONNECT, False, error) from error
        sock: socket.socket = self._opened.sock
        return sock

    def _send(self, sock: socket.socket, head: bytes, blocks: t.Iterable[bytes]) -> Exception | None:
        """The socket's failure, if any. Never mixes it up with a failure to read the blocks."""
        try:
            sock.sendall(head)
        except OSError as error:
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
                sock.sendall(block)  # the timeout counts for each call as a whole, so blocks are small
            except OSError as error:
                return error


def _is_readable(sock: socket.socket) -> bool:
    if not hasattr(select, "poll"):
        return bool(select.select([sock], [], [], 0)[0])
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


class Answer:
    """The head of an answer, and its body to be read. ``close`` before the wire is used again."""

    def __init__(self, wire: Wire, response: http.client.HTTPResponse) -> None:
        self._wire = wire
        self._response = response
        self.status: int = response.status

    def header(self, name: str) -> str | None:
        value: str | None = self._response.headers.get(name)
        return value

    def chunks(self, size: int = 65_536) -> t.Iterator[bytes]:
        """The body, as it comes. Raises Broken where it ends before its announced length."""
        while True:
            chunk = self._read(size)
            if not chunk:
                return
            yield chunk

    def read(self, limit: int) -> bytes:
        """At most ``limit`` bytes of the body."""
        parts: list[bytes] = []
        wanted = limit
        while wanted > 0:
            part = self._read(min(wanted, 1_048_576))
            if not part:
                break
            parts.append(part)
            wanted -= len(part)
        return b"".join(parts)

    def close(self) -> None:
        """Leaves the wire ready for the next request, or closed."""
        try:
            drained = not self._response.will_close and self._is_drained()
        except Broken:
            drained = False
        self._response.close()
        if not drained:
            self._wire.close()

    def _is_drained(self) -> bool:
        if self._response.isclosed():
            return True
        if (self._response.length or 0) > _FLUSH_LIMIT:
            return False
        self.read(_FLUSH_LIMIT)
        return self._response.isclosed()

    def _read(self, size: int) -> bytes:
        response = self._response
        try:
            chunk: bytes = response.read(size)
            missing = response.length if not chunk else 0
            if not missing:
                return chunk
            error: Exception = http.client.IncompleteRead(b"", missing)
        except _TROUBLE as trouble:
            error = trouble
        self._wire.close()
        raise Broken(Stage.BODY, True, error) from error
