# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request on its way through: what arrived of it, and what was decided so far."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .bodies import Arrival
from .reply import Reply

if TYPE_CHECKING:
    from .call import Call
    from .faults import Injection

ACTION = b"x-akamai-acs-action"
AUTH_DATA = b"x-akamai-acs-auth-data"
AUTH_SIGN = b"x-akamai-acs-auth-sign"


class Answered(Exception):
    """Ends the work on a request with this reply."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.note)
        self.reply = reply


class Exchange:
    """Header and trailer names are in lower case; ``early`` is an answer that does not need the body.

    ``fault`` is what the fault plan has in mind for the request; ``is_noted`` says that the journal has its line,
    ``is_postponed`` that it is carried out when its connection is lost. ``held`` takes the body of a request that is no upload
    and needs it.
    """

    __slots__ = ("method", "target", "headers", "trailers", "begun", "bytes_in", "keep_alive", "action",
                 "account_name", "arrival", "held", "early", "call", "fault", "is_noted", "is_postponed")

    def __init__(self, method: str, target: bytes, headers: dict[bytes, bytes]) -> None:
        self.method = method
        self.target = target
        self.headers = headers
        self.trailers: dict[bytes, bytes] = {}
        self.begun = time.perf_counter()
        self.bytes_in = 0
        self.keep_alive = True
        self.action = b""
        self.account_name = b""
        self.arrival: Arrival | None = None
        self.held: bytearray | None = None
        self.early: Reply | None = None
        self.call: Call | None = None
        self.fault: Injection | None = None
        self.is_noted = False
        self.is_postponed = False

    @property
    def announced(self) -> int:
        """The length of the body as far as the head tells; the parser has seen that it is a number of at most 64 bits."""
        return int(self.headers.get(b"content-length", b"0"))

    @property
    def announces_body(self) -> bool:
        return b"transfer-encoding" in self.headers or self.announced > 0

    def discard(self) -> None:
        """Let go of the body, unless it was kept, and of the call, which knows its exchange (no work for the GC)."""
        self.call = None
        self.held = None
        if self.arrival is not None:
            self.arrival.discard()
            self.arrival = None
