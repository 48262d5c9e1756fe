# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A small HTTP server for JSON, for the control port; it shares nothing with the NetStorage itself."""

from __future__ import annotations

import asyncio
import json
import sys
import traceback
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

import httptools

LARGEST_HEAD = 64 * 1024
LARGEST_BODY = 1024**3
Handler = Callable[[str, str, bytes, bytes], tuple[int, bytes]]


class ControlConnection(asyncio.Protocol):
    """Takes whole requests, gives whole answers; ``handle(method, path, query, body) -> (status, JSON)``."""

    def __init__(self, handle: Handler) -> None:
        self._handle = handle
        self._parser = httptools.HttpRequestParser(self)
        self._target = b""
        self._body: list[bytes] = []
        self._head = self._length = 0
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._head += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserCallbackError:
            traceback.print_exc()
            self._transport.abort()
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._transport.abort()
        if self._head > LARGEST_HEAD or self._length > LARGEST_BODY:
            self._transport.abort()

    def on_message_begin(self) -> None:
        self._target = b""
        self._body = []
        self._length = 0

    def on_headers_complete(self) -> None:
        """What comes from here on is no head until the message is complete."""
        self._head = -sys.maxsize

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_body(self, body: bytes) -> None:
        self._length += len(body)
        if self._length <= LARGEST_BODY:
            self._body.append(body)

    def on_message_complete(self) -> None:
        self._head = 0
        if self._length > LARGEST_BODY:
            return
        target = urlsplit(self._target)
        method = self._parser.get_method().decode("latin-1")
        path = unquote(target.path.decode("latin-1"))
        status, found = self._handle(method, path, target.query, b"".join(self._body))
        self._body = []
        keep = self._parser.should_keep_alive()
        self._transport.write(b"HTTP/1.1 %d Control\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
                              b"Connection: %b\r\n\r\n%b" % (status, len(found), b"keep-alive" if keep else b"close",
                                                             found))
        if not keep:
            self._transport.close()


def answer(value: object, status: int = 200) -> tuple[int, bytes]:
    return status, json.dumps(value).encode() + b"\n"
