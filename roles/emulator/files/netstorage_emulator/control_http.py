# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small HTTP server for JSON, for the control port; it shares nothing with the NetStorage itself."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import re
import sys
import traceback
from collections.abc import Callable
from urllib.parse import unquote

import httptools

LARGEST_HEAD = 64 * 1024
LARGEST_BODY = 1024**3
Handler = Callable[[str, str, bytes, bytes], tuple[int, bytes]]
Hosts = frozenset[str]
NO_HOSTS: Hosts = frozenset()
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]/@]+)(?::[0-9]*)?").fullmatch


class ControlConnection(asyncio.Protocol):
    """Takes whole requests, gives whole answers; ``handle(method, path, query, body) -> (status, JSON)``.

    A web page in a browser of this machine reaches loopback, too. Its requests are refused by what a browser adds and a page
    cannot change: an ``Origin``, and a ``Host`` that is the name of the page's own site where DNS made that name loopback.
    """

    def __init__(self, handle: Handler, hosts: Hosts = NO_HOSTS) -> None:
        self._handle = handle
        self._hosts = hosts
        self._parser = httptools.HttpRequestParser(self)
        self._target = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._refusal = ""
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
            self._reply(*answer({"error": "not understood as HTTP"}, 400), keep=False)
        if self._head > LARGEST_HEAD or self._length > LARGEST_BODY:
            self._transport.abort()

    def on_message_begin(self) -> None:
        self._target = b""
        self._headers = []
        self._refusal = ""
        self._body = []
        self._length = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """What comes from here on is no head until the message is complete."""
        self._head = -sys.maxsize
        self._refusal = self._stranger()

    def _stranger(self) -> str:
        """What gives the request away as one of a web page, or nothing."""
        hosts = [value for name, value in self._headers if name == b"host"]
        if self._target.startswith(b"http://"):  # the absolute form (RFC 9112, 3.2.2)
            host, slash, path = self._target.removeprefix(b"http://").partition(b"/")
            hosts.append(host)
            self._target = slash + path
        if any(name == b"origin" for name, _value in self._headers):
            return "a request with an Origin comes from a web page"
        if not hosts or not all(is_known(host, self._hosts) for host in hosts):
            return "the Host is neither loopback nor given by --control-host"
        return ""

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_body(self, body: bytes) -> None:
        self._length += len(body)
        if self._length <= LARGEST_BODY and not self._refusal:
            self._body.append(body)

    def on_message_complete(self) -> None:
        self._head = 0
        if self._length > LARGEST_BODY:
            return
        keep = self._parser.should_keep_alive()
        if self._refusal:
            self._reply(*answer({"error": self._refusal}, 403), keep=keep)
        elif not self._target.startswith(b"/"):
            self._reply(*answer({"error": "the request has no path"}, 400), keep=keep)
        else:
            target, _mark, query = self._target.partition(b"?")
            method = self._parser.get_method().decode("latin-1")
            self._reply(*self._handle(method, unquote(target.decode("latin-1")), query, b"".join(self._body)), keep=keep)
        self._body = []

    def _reply(self, status: int, found: bytes, *, keep: bool) -> None:
        self._transport.write(b"HTTP/1.1 %d Control\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
                              b"Connection: %b\r\n\r\n%b" % (status, len(found), b"keep-alive" if keep else b"close",
                                                             found))
        if not keep:
            self._transport.close()


def is_known(host: bytes, hosts: Hosts) -> bool:
    """Whether a ``Host``, with a port or without, is loopback or one of these names."""
    whole = host.decode("latin-1").strip().lower()
    found = _HOST(whole)
    if found is None:
        return False
    name = found[1].strip("[]")
    if name == "localhost" or whole in hosts or found[1] in hosts:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def answer(value: object, status: int = 200) -> tuple[int, bytes]:
    return status, json.dumps(value).encode() + b"\n"
