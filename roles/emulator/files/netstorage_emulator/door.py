# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A listening port that can be shut for a while: then whoever connects is refused by the system, as by a dead server.

While it is shut a socket that does not listen holds the port, so that nobody else gets it; it is the one that listens next.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
from collections.abc import Callable

BACKLOG = 1024
NO_PRIVILEGE = ("ports below 1024 take a privilege. Choose another one; or on Linux allow them to everybody until the next "
                "start, `sysctl net.ipv4.ip_unprivileged_port_start=80` as root; or run the emulator as root, or in a container")
Protocol = Callable[[], asyncio.Protocol]


class Door:
    """One port on all addresses of a host."""

    def __init__(self, protocol: Protocol, context: ssl.SSLContext | None = None) -> None:
        self._protocol = protocol
        self._context = context
        self._servers: list[asyncio.Server] = []
        self._held: list[socket.socket] = []
        self._shut_until = 0.0
        self._opening: asyncio.Task[None] | None = None
        self.port = 0

    async def open(self, host: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        try:
            server = await loop.create_server(self._protocol, host, port, backlog=BACKLOG, ssl=self._context)
        except PermissionError as error:
            raise OSError(f"port {port} of {host} cannot be opened: {NO_PRIVILEGE}") from error
        self._servers = [server]
        self.port = int(server.sockets[0].getsockname()[1])

    def shut(self, seconds: float) -> None:
        """Refuse for so long; a longer time that is running already stays."""
        loop = asyncio.get_running_loop()
        self._shut_until = max(self._shut_until, loop.time() + seconds)
        if self._opening is None:
            places = [(place.family, place.getsockname()) for server in self._servers for place in server.sockets]
            self._stop_listening()
            self._held = [_held(family, address) for family, address in places]
            self._opening = loop.create_task(self._open_again())

    async def _open_again(self) -> None:
        loop = asyncio.get_running_loop()
        while (left := self._shut_until - loop.time()) > 0:
            await asyncio.sleep(left)
        held, self._held, self._opening = self._held, [], None
        for place in held:
            try:
                self._servers.append(await loop.create_server(self._protocol, sock=place, backlog=BACKLOG, ssl=self._context))
            except OSError as error:
                print(f"netstorage-emulator: port {self.port} stays shut: {error}", file=sys.stderr)

    def open_now(self) -> None:
        """Whatever time is running: who connects from now on is not refused."""
        if self._opening is None:
            return
        self._opening.cancel()
        self._shut_until = 0.0
        for place in self._held:
            place.listen(BACKLOG)
        self._opening = asyncio.get_running_loop().create_task(self._open_again())

    def _stop_listening(self) -> None:
        for server in self._servers:
            server.close()
        self._servers = []

    def close(self) -> None:
        self._stop_listening()
        if self._opening is not None:
            self._opening.cancel()
        for place in self._held:
            place.close()


def _held(family: int, address: tuple[object, ...]) -> socket.socket:
    place = socket.socket(family, socket.SOCK_STREAM)
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        place.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    place.bind(address)
    return place
