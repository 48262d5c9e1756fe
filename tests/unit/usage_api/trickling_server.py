# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that takes its time: answers come byte by byte, or not at all, and bodies are not read."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import typing as t

from ansible_collections.edgeops.netstorage.tests.unit.usage_api.scripted_server import read_request
from ansible_collections.edgeops.netstorage.tests.unit.usage_api.socket_server import SocketServer


class TricklingServer(SocketServer):
    """Sends the first ``at_once`` bytes of ``said`` together, and then one each ``pause`` seconds.

    reads   False leaves the request where it is
    dozes   seconds before a request is read
    slowed  set when the slow part begins
    gone    set when the client has closed its connection in the middle
    """

    def __init__(
        self,
        said: bytes,
        at_once: int,
        pause: float = 0.1,
        reads: bool = True,
        dozes: float = 0.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.bodies: list[bytes] = []
        self._dozes = dozes
        self._said, self._at_once, self._pause, self._reads, self._tls = said, at_once, pause, reads, tls
        self.actions: list[str] = []
        self.slowed, self.gone = threading.Event(), threading.Event()
        self._over = threading.Event()
        self._listen()

    def close(self) -> None:
        self._over.set()
        super().close()

    def _talk(self, sock: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            sock = stack.enter_context(self._tls.wrap_socket(sock, server_side=True) if self._tls else sock)
            if not self._reads:
                self.slowed.set()
                self._over.wait(20)
                return
            self._over.wait(self._dozes)
            request, _pending = read_request(sock, b"", number)
            if request is None:
                return
            self.actions.append(request.action if b"Action" in request.head else request.method)
            self.bodies.append(request.body)
            sock.sendall(self._said[: self._at_once])
            self.slowed.set()
            self._trickle(sock)

    def _trickle(self, sock: socket.socket) -> None:
        try:
            for place in range(self._at_once, len(self._said)):
                if self._over.wait(self._pause):
                    return
                sock.sendall(self._said[place : place + 1])
        except OSError:
            self.gone.set()


Make = t.Callable[..., TricklingServer]
