# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests whose connection is lost already and that are carried out later (the fault ``late``)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from .exchange import Exchange


class Postponed:
    """They wait here with their bodies. Nothing survives the end of the server."""

    def __init__(self) -> None:
        self._waiting: dict[Exchange, asyncio.TimerHandle] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, exchange: Exchange, seconds: float, carry_out: Callable[[Exchange], None]) -> None:
        def now() -> None:
            try:
                carry_out(exchange)
            finally:
                del self._waiting[exchange]

        self._waiting[exchange] = asyncio.get_running_loop().call_later(seconds, now)

    def drop(self) -> None:
        """They are never carried out."""
        for exchange, timer in self._waiting.items():
            timer.cancel()
            exchange.discard()
        self._waiting.clear()
