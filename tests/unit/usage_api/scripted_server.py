# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A tiny scripted HTTP server on a raw socket."""

from __future__ import annotations

import collections
import contextlib
import re
import socket
import ssl
import typing as t

from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client import Client
from ansible_collections.edgeops.netstorage.tests.unit.usage_api.socket_server import SocketServer

NOW = 1_800_000_000.0
DATE = "Fri, 15 Jan 2027 08:00:00 GMT"  # the same moment


class Request(t.NamedTuple):
    """What came in: ``head`` as raw bytes; ``connection`` counts the sockets from 0."""

    head: bytes
    body: bytes
    connection: int

    @property
    def line(self) -> bytes:
        return self.head.partition(b"\r\n")[0]

    @property
    def target(self) -> bytes:
        return self.line.split(b" ")[1]

    @property
    def method(self) -> str:
        return self.line.split(b" ")[0].decode()

    @property
    def headers(self) -> dict[str, str]:
        lines = self.head.decode("latin-1").split("\r\n")[1:]
        return {name.lower(): value for name, _colon, value in (line.partition(": ") for line in lines if line)}

    @property
    def action_header(self) -> str:
        return self.headers["x-akamai-acs-action"]

    @property
    def action(self) -> str:
        return self.action_header.split("&")[1].partition("=")[2]


def answer(status: int = 200, body: bytes = b"", **headers: str) -> bytes:
    """A whole answer; header names are written with ``_`` for ``-``."""
    known = {"Server": "AkamaiNetStorage", "Date": DATE, "Content-Length": str(len(body))}
    known.update({name.replace("_", "-"): value for name, value in headers.items()})
    lines = "".join(f"{name}: {value}\r\n" for name, value in known.items() if value)
    return f"HTTP/1.1 {status} Whatever\r\n{lines}\r\n".encode("latin-1") + body


def xml(root: str, *rows: str) -> bytes:
    """A whole answer with a document."""
    inside = "".join(f" {row}\n" for row in rows)
    return answer(200, f'<?xml version="1.0" encoding="UTF-8"?>\n<{root}>\n{inside}</{root}>\n'.encode())


LOST = None  # an answer that never comes: the connection is closed instead

MakeClient = t.Callable[..., Client]
Handler = t.Callable[[Request], t.Optional[bytes]]


class Server(SocketServer):
    """Answers by ``handler``, or by what was put on the ``script`` of an action, in order.

    ``answered`` may close a connection after some answers, as servers do with idle ones.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.handler: Handler = self._by_script
        self.closes_after_answer = False
        self._scripts: dict[str, collections.deque[bytes | None]] = collections.defaultdict(collections.deque)
        self._tls = tls
        self._sockets: list[socket.socket] = []
        self._listen()

    def script(self, action: str, *answers: bytes | None) -> None:
        self._scripts[action].extend(answers)

    def actions(self) -> list[str]:
        return [request.action for request in self.requests]

    def close(self) -> None:
        self.drop()
        super().close()

    def say(self, unasked: bytes) -> None:
        """On every open connection."""
        for sock in self._sockets:
            sock.sendall(unasked)

    def drop(self) -> None:
        """Closes every open connection."""
        for sock in self._sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self._sockets.clear()

    def _by_script(self, request: Request) -> bytes | None:
        waiting = self._scripts[request.action]
        return waiting.popleft() if waiting else answer(418, b"nothing is scripted for this")

    def _talk(self, sock: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            sock = self._tls.wrap_socket(sock, server_side=True) if self._tls else sock
            stack.enter_context(sock)
            self._sockets.append(sock)
            pending = b""
            while True:
                request, pending = read_request(sock, pending, number)
                if request is None:
                    return
                self.requests.append(request)
                said = self.handler(request)
                if said is None:
                    return
                sock.sendall(said)
                if self.closes_after_answer:
                    return


def read_request(sock: socket.socket, pending: bytes, number: int) -> tuple[Request | None, bytes]:
    while b"\r\n\r\n" not in pending:
        received = sock.recv(65536)
        if not received:
            return None, b""
        pending += received
    head, _end, pending = pending.partition(b"\r\n\r\n")
    match = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    length = int(match.group(1)) if match else 0
    while len(pending) < length:
        received = sock.recv(65536)
        if not received:
            return None, b""
        pending += received
    return Request(head, pending[:length], number), pending[length:]
