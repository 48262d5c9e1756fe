# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An answer on its way out in pieces, as fast as the client takes them or slower."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from .bodies import BodyReader

PIECE = 256 * 1024
PIECES_A_SECOND = 20


class Sending:
    """Sends what a reader holds from ``place`` to ``end``, then calls ``over``; the reader is closed whatever happens."""

    def __init__(self, transport: asyncio.Transport, reader: BodyReader, place: int, end: int, over: Callable[[], None],
                 bytes_per_second: float = 0.0) -> None:
        self._transport = transport
        self._reader: BodyReader | None = reader
        self._place = place
        self._end = end
        self._over = over
        self._piece = max(1, int(bytes_per_second / PIECES_A_SECOND)) if bytes_per_second else PIECE
        self._wait = self._piece / bytes_per_second if bytes_per_second else 0.0
        self._is_paused = False

    def begin(self, head: bytes, is_paused: bool) -> None:
        """The head and the first piece leave at once and together, even where the client is slow."""
        self._is_paused = is_paused
        self._send(head)

    def pause(self) -> None:
        self._is_paused = True

    def resume(self) -> None:
        self._is_paused = False
        self._send()

    def stop(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _send(self, head: bytes = b"") -> None:
        if self._reader is None or self._transport.is_closing():
            return
        data = self._reader.read(self._place, min(self._piece, self._end - self._place))
        if not data and self._place < self._end:
            self.stop()
            self._transport.abort()
            return
        self._place += len(data)
        if head or data:
            self._transport.write(head + data)
        self._go_on()

    def _go_on(self) -> None:
        """One call is waiting at most: the pause begins in a write, so nothing waits while it lasts."""
        if self._place >= self._end:
            self.stop()
            self._over()
        elif not self._is_paused and self._wait:
            asyncio.get_running_loop().call_later(self._wait, self._send)
        elif not self._is_paused:
            asyncio.get_running_loop().call_soon(self._send)
