# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The interface of a transport, between requests and sockets.

``connection_pool`` has ours. Another implementation of this interface can replace it: ``tests/contract/urllib3_transport.py`` is
one, and the contract suite's client tests run over both.
"""

from __future__ import annotations

import abc
import enum
import ssl
import typing as t

from .endpoint import Endpoint
from .socket_waits import CancelCheck

Block = t.Union[bytes, memoryview]
NO_BLOCKS: tuple[bytes, ...] = ()

_CLOSED = (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError)


class Stage(enum.Enum):
    """How far a request had come when it failed: only before SEND is it certain that the server saw nothing."""

    CONNECT = "connect"
    SEND = "send"
    RESPONSE = "response"
    BODY = "body"


class Broken(Exception):
    """A request failed without a complete response. Caught by the caller of the transport.

    cause   Cancelled if the run was cancelled and the server cannot have done anything
    reused  the connection had carried a request before, so the server may just have closed it while it was idle
    """

    def __init__(self, stage: Stage, reused: bool, cause: Exception) -> None:
        super().__init__(stage.value)
        self.stage = stage
        self.reused = reused
        self.cause = cause

    @property
    def stale(self) -> bool:
        """True if a kept connection turned out to be closed, before the first byte of a response."""
        return self.reused and self.stage in (Stage.SEND, Stage.RESPONSE) and isinstance(self.cause, _CLOSED)


class Response(abc.ABC):
    """The response to one request: its head, and its body to be read. A context manager, which closes it.

    status  of the final response
    """

    def __init__(self, status: int) -> None:
        self.status = status
        self._piece = 1_048_576
        self._spend: t.Callable[[int], object] | None = None

    def __enter__(self) -> Response:
        return self

    @abc.abstractmethod
    def __exit__(self, *_error: object) -> None:
        """Leaves the connection ready for the next request, or closed."""

    @abc.abstractmethod
    def header(self, name: str) -> str | None:
        """The value of a header field; the name in any case. Repeated fields are joined with a comma."""

    @abc.abstractmethod
    def receive(self, size: int) -> bytes:
        """Some bytes of the body, at most ``size``; none at its end. Raises Broken if it ends before its announced length."""

    def meter(self, piece: int, spend: t.Callable[[int], object]) -> None:
        """From now on the body is read in pieces of at most ``piece`` bytes, and ``spend`` is called with the size of each."""
        self._piece, self._spend = piece, spend

    def chunks(self, size: int = 262_144) -> t.Iterator[bytes]:
        """The body, as it comes. Raises Broken."""
        return iter(lambda: self._some(size), b"")

    def read(self, limit: int) -> bytes:
        """At most ``limit`` bytes of the body, fewer only at its end. Raises Broken."""
        parts: list[bytes] = []
        wanted = limit
        while wanted > 0 and (part := self._some(wanted)):
            parts.append(part)
            wanted -= len(part)
        return b"".join(parts)

    def _some(self, size: int) -> bytes:
        """As ``receive``, metered."""
        chunk = self.receive(min(size, self._piece))
        if self._spend is not None and chunk:
            self._spend(len(chunk))
        return chunk


class Pool(t.Protocol):
    """Kept-alive connections to one endpoint. Thread safe.

    proxy    the proxy's ``name:port`` where one is used
    secrets  what only the proxy may see: its password, and the encoded user and password
    """

    proxy: str | None
    secrets: tuple[str, ...]

    def exchange(
        self,
        method: str,
        target: str,
        headers: t.Mapping[str, str],
        data: bytes = ...,
        blocks: t.Iterable[Block] = ...,
        *,
        fresh: bool = ...,
    ) -> Response:
        """Sends one request; the target is sent byte for byte.

        data    a small body
        blocks  a large body, block by block. If the headers name a transfer coding, the blocks are encoded already
        fresh   open a new connection: the kept one turned out to be closed

        Raises Broken, here or while the response is read, and whatever reading ``blocks`` raises: the server then sees an
        incomplete request.
        """

    def close(self) -> None:
        """Closes what is kept."""


Transport = t.Callable[[Endpoint, CancelCheck], Pool]
"""Makes a pool. The second argument is called during every wait, and raises Cancelled."""
