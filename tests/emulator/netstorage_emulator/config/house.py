# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the connections to the port of the APIs share: all but the service is that of the NetStorage beside it."""

from __future__ import annotations

from ..connection import Connection, House
from ..door import Door
from ..exchange import Exchange
from .service import ConfigService


class ConfigHouse:
    """``connection.House`` for that port. Its door is shut by itself."""

    def __init__(self, house: House, service: ConfigService) -> None:
        self.service = service
        self.journal, self.counts, self.heads, self.latency = house.journal, house.counts, house.heads, house.latency
        self.connections = house.connections
        self.largest_body = house.largest_body
        self.door = Door(lambda: Connection(self))

    def refuse(self, seconds: float) -> None:
        self.door.shut(seconds)

    def carry_out(self, exchange: Exchange) -> None:
        """Nothing is carried out late here."""
        exchange.discard()
