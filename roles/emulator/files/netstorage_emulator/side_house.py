# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the connections to the ports beside the Usage API's share: all but the service is that of the NetStorage beside it."""

from __future__ import annotations

import ssl

from .connection import Connection, House, Serving
from .door import Door
from .exchange import Exchange
from .reply import Heads


class SideHouse:
    """``connection.House`` for what one service answers. Its doors are shut by themselves."""

    def __init__(self, house: House, service: Serving, heads: Heads | None = None) -> None:
        self._service = service
        self.journal, self.counts, self.heads, self.latency = house.journal, house.counts, heads or house.heads, house.latency
        self.connections = house.connections
        self.largest_body = house.largest_body
        self.doors: list[Door] = []

    @property
    def service(self) -> Serving:
        return self._service

    async def listen(self, host: str, port: int, context: ssl.SSLContext | None = None) -> Door:
        door = Door(lambda: Connection(self), context)
        await door.open(host, port)
        self.doors.append(door)
        return door

    def refuse(self, seconds: float) -> None:
        for door in self.doors:
            door.shut(seconds)

    def carry_out(self, exchange: Exchange) -> None:
        """Nothing is carried out late here."""
        exchange.discard()


class Uncrowded:
    """The limits of the Usage API are not those of its neighbours."""

    @staticmethod
    def crowding(_in_progress: int) -> float:
        return 0.0
