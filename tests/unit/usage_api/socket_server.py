# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the small servers on raw sockets have in common."""

from __future__ import annotations

import contextlib
import socket
import threading


class SocketServer:
    """Listens on a free port of this machine, and talks on each connection in a thread of its own.

    ``_listen`` comes last in a server's ``__init__``: the first connection may be there at once.
    """

    port: int

    def _listen(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        number = 0
        with contextlib.suppress(OSError):
            while True:
                sock, _address = self._listening.accept()
                threading.Thread(target=self._talk, args=(sock, number), daemon=True).start()
                number += 1

    def _talk(self, sock: socket.socket, number: int) -> None:
        """``number`` counts the connections from 0."""
        raise NotImplementedError
