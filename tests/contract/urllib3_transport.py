# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A second transport, made of urllib3: what ours would be exchanged for the day its figures no longer justify it.

The connections are those of ``urllib3.connection``, below urllib3's own pool: that one rewrites escapes in a target, repeats
requests and does not say whether a connection was reused. It writes head and body apart. ``LACKS`` is what ours does beyond
it, and ``client/test_transports.py`` proves each of it.
"""

from __future__ import annotations

import collections
import http.client
import os
import ssl
import typing as t

from ansible_collections.edgeops.netstorage.plugins.module_utils._http.connection_pool import ConnectionPool
from ansible_collections.edgeops.netstorage.plugins.module_utils._http.endpoint import Endpoint
from ansible_collections.edgeops.netstorage.plugins.module_utils._http.socket_waits import CancelCheck
from ansible_collections.edgeops.netstorage.plugins.module_utils._http.transport import (
    NO_BLOCKS,
    Block,
    Broken,
    Response,
    Stage,
    Transport,
)
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.cancellation import Cancelled
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import HTTPResponse

LACKS = {
    "stop": "A wait blocks for the whole idle_timeout; cancellation is checked between the blocks of a body only.",
    "trickling": "Its timeout is one of silence, and starts anew with every byte, so a head may take for ever.",
    "interim": "http.client skips 100 alone, and takes 102 and 103 for the response itself.",
    "strictness": "The e-mail parser takes a line that is no field for the end of the head, and drops what comes behind it.",
    "proxies": "It goes to the host itself. urllib3 has tunnels, but what the environment says of proxies is for others to read.",
}

_LEFT_OVER = 65_536  # what is left of a response is read to keep the connection, up to this many bytes
_LAST_WORDS = 1.0  # seconds for the response of a server that refused a body
_END_OF_CHUNKS = b"0\r\n\r\n"
_TROUBLE = (OSError, http.client.HTTPException, HTTPError)


class _Framed(HTTPConnection):
    """A connection on which whoever sends chunks writes their frames, because trailers follow. urllib3 would end them itself."""

    _is_framed = False

    def request(self, method: str, url: str, body: t.Any, headers: t.Mapping[str, str], **options: t.Any) -> None:  # type: ignore[override]
        self._is_framed = "Transfer-Encoding" in headers
        try:
            super().request(method, url, body, headers, **options)
        finally:
            self._is_framed = False

    def send(self, data: t.Any) -> None:
        if not (self._is_framed and data == _END_OF_CHUNKS):
            super().send(data)


class _Secured(_Framed, HTTPSConnection):
    pass


class Urllib3Pool:
    """A ``transport.Pool``."""

    proxy: str | None = None
    secrets: tuple[str, ...] = ()

    def __init__(self, endpoint: Endpoint, check_cancelled: CancelCheck = lambda: None) -> None:
        self._endpoint, self._check_cancelled = endpoint, check_cancelled
        self._idle: collections.deque[_Framed] = collections.deque()
        self._fixed = {"Host": endpoint.host, "User-Agent": endpoint.user_agent, "Accept-Encoding": "identity"}

    def exchange(
        self,
        method: str,
        target: str,
        headers: t.Mapping[str, str],
        data: bytes = b"",
        blocks: t.Iterable[Block] = NO_BLOCKS,
        *,
        fresh: bool = False,
    ) -> Urllib3Response:
        connection, reused = self._connected(fresh)
        try:
            failure = self._send(connection, method, target, {**self._fixed, **headers}, data, blocks)
            if isinstance(failure, Cancelled):
                raise Broken(Stage.SEND, reused, failure)
            # A server that refuses a body responds before it closes: look for that response.
            idle = self._endpoint.idle_timeout
            connection.timeout = idle if failure is None else min(_LAST_WORDS, idle)
            try:
                response = connection.getresponse()
            except _TROUBLE as error:
                if failure is not None:
                    raise Broken(Stage.SEND, reused, failure) from failure
                raise Broken(Stage.RESPONSE, reused, _cause(error)) from error
        except BaseException:
            connection.close()
            raise
        return Urllib3Response(self, connection, response, keeps=failure is None)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def give_back(self, connection: _Framed) -> None:
        if not connection.is_closed and len(self._idle) < self._endpoint.connections:
            self._idle.append(connection)
        else:
            connection.close()

    def _connected(self, fresh: bool) -> tuple[_Framed, bool]:
        """A connection, and whether it has carried a request before."""
        while self._idle and not fresh:
            try:
                kept = self._idle.pop()
            except IndexError:
                break  # another thread was quicker
            if kept.is_connected:
                return kept, True
            kept.close()
        connection = _new(self._endpoint)
        try:
            connection.connect()
        except _TROUBLE as error:
            connection.close()
            raise Broken(Stage.CONNECT, False, _cause(error)) from error
        connection.timeout = self._endpoint.idle_timeout
        return connection, False

    def _send(
        self,
        connection: _Framed,
        method: str,
        target: str,
        headers: t.Mapping[str, str],
        data: bytes,
        blocks: t.Iterable[Block],
    ) -> Exception | None:
        """The failure of the sending, if any, or Cancelled. Failures to read the blocks pass."""
        try:
            connection.request(method, target, data or None, headers, preload_content=False, decode_content=False)
        except _TROUBLE as error:
            return _cause(error)
        for block in blocks:
            try:
                self._check_cancelled()
                connection.send(block)
            except Cancelled as cancelled:
                return cancelled
            except _TROUBLE as error:
                return _cause(error)
        return None


class Urllib3Response(Response):
    def __init__(self, pool: Urllib3Pool, connection: _Framed, response: HTTPResponse, keeps: bool) -> None:
        super().__init__(response.status)
        self._pool, self._connection, self._response, self._keeps = pool, connection, response, keeps

    def __exit__(self, *_error: object) -> None:
        try:
            if self._keeps and (self._response.length_remaining or 0) <= _LEFT_OVER:
                self.read(_LEFT_OVER)
                self._keeps = not self._some(1)
            else:
                self._keeps = False
        except Broken:
            self._keeps = False
        finally:
            if not self._keeps:
                self._response.close()
                self._connection.close()
        self._pool.give_back(self._connection)

    def header(self, name: str) -> str | None:
        return self._response.headers.get(name)

    def receive(self, size: int) -> bytes:
        try:
            return self._response.read1(size, decode_content=False) or b""
        except _TROUBLE as error:
            self._connection.close()
            raise Broken(Stage.BODY, True, _cause(error)) from error


def _new(endpoint: Endpoint) -> _Framed:
    """Not connected yet."""
    where: dict[str, t.Any] = {"host": endpoint.name, "port": endpoint.port, "timeout": endpoint.connect_timeout}
    if endpoint.protocol == "http":
        return _Framed(**where)
    if not endpoint.validate_certs:
        return _Secured(**where, cert_reqs=ssl.CERT_NONE, assert_hostname=False)
    trusted = endpoint.ca_path or DEFAULT_CA_BUNDLE_PATH
    if os.path.isdir(trusted):
        return _Secured(**where, ca_cert_dir=trusted)
    return _Secured(**where, ca_certs=trusted)


def _cause(error: Exception) -> Exception:
    """What urllib3 has wrapped, often more than once."""
    while isinstance(error, HTTPError) and isinstance(error.__cause__, Exception):
        error = error.__cause__
    return error


TRANSPORTS: dict[str, Transport] = {"own": ConnectionPool, "urllib3": Urllib3Pool}
