# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The yardstick: a server that reads HTTP as the emulator does, with the same parser, and answers all requests alike.

    python tests/bench/bare_server.py PORT_FILE

It looks at nothing, checks nothing and stores nothing: what it answers in a second is what the machine, Python's event loop
and the parser leave for any server in Python.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import httptools

ANSWER = b"HTTP/1.1 200 OK\r\nServer: bare\r\nContent-Type: text/xml\r\nContent-Length: 160\r\n\r\n" + b" " * 160


class Connection(asyncio.Protocol):
    """A client. Fields are taken apart and dropped."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._parser = httptools.HttpRequestParser(self)
        self._fields: dict[bytes, bytes] = {}

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._fields[name.lower()] = value

    def on_message_complete(self) -> None:
        self._fields = {}
        self._transport.write(ANSWER)


async def serve(port_file: Path) -> None:
    """Until the process is ended."""
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", 0, backlog=1024)
    port_file.write_text(f"{server.sockets[0].getsockname()[1]}\n", encoding="ascii")
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
