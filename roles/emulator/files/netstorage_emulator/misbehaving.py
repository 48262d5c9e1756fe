# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a connection goes wrong on the wire: where it breaks, and in what way an answer leaves other than it should."""

from __future__ import annotations

import asyncio
import enum
import socket
import struct
from typing import NamedTuple

from .bodies import BodyReader
from .damage import cut, opened
from .exchange import Exchange
from .faults import Injection
from .reply import Reply

FLUSH_SECONDS = 0.005


class Ending(enum.Enum):
    """What becomes of the connection behind an answer."""

    KEPT = "kept as the head says"
    CLOSED = "closed"
    RESET = "reset"


class Departure(NamedTuple):
    """An answer that leaves in a way of its own: ``length`` bytes of ``source``, after a wait (None: it never does).

    ``status`` and ``body_bytes`` are what the journal says of it.
    """

    source: BodyReader
    length: int
    ending: Ending
    status: int
    body_bytes: int
    bytes_per_second: float = 0.0
    wait: float | None = 0.0


class WholeAnswer:
    """The head and the body of an answer as one thing to read from."""

    def __init__(self, head: bytes, reply: Reply) -> None:
        self._head = head
        self._body, self._start = opened(reply)

    def read(self, start: int, length: int) -> bytes:
        if start < len(self._head):
            return self._head[start:start + length]
        return self._body.read(self._start + start - len(self._head), length)

    def close(self) -> None:
        self._body.close()


def breaks_at_head(fault: Injection) -> bool:
    return fault.effect.when == "before_body" or (fault.effect.kind == "refuse" and not fault.effect.done)


def breaks_in_body(exchange: Exchange, fault: Injection) -> bool:
    """Whether as much of the body has come as the fault lets through: half of it if nothing is said."""
    if fault.effect.when != "in_body":
        return False
    half = max((exchange.announced + 1) // 2, 1)
    return exchange.bytes_in >= (half if fault.effect.bytes is None else fault.effect.bytes)


def departure(exchange: Exchange, fault: Injection, reply: Reply, head: bytes) -> Departure | None:
    """How the answer leaves; None if as always."""
    effect = fault.effect
    sent = 0 if exchange.method == "HEAD" else reply.content_length
    whole = Departure(WholeAnswer(head, reply), len(head) + sent, Ending.KEPT, reply.status, sent)
    found: Departure | None = None
    if effect.kind == "refuse" or effect.is_late or effect.when == "before_answer":
        found = whole._replace(length=0, ending=Ending.RESET, status=0, body_bytes=0)
    elif effect.when == "in_answer":
        found = _broken_off(fault, whole, len(head), sent)
    elif effect.kind == "hang":
        found = _late(fault, whole)
    elif effect.kind == "trickle":
        found = whole._replace(bytes_per_second=effect.bytes_per_second)
    elif effect.kind == "truncate" and effect.how == "closed" and sent:
        kept = cut(reply, effect).content_length
        found = whole._replace(length=len(head) + kept, body_bytes=kept, ending=Ending.CLOSED) if kept < sent else None
    elif effect.kind == "content_length":
        found = _under_a_wrong_length(fault, reply, head, whole)
    if found is not None:
        fault.strike()
    return found


def _broken_off(fault: Injection, whole: Departure, head: int, sent: int) -> Departure:
    """In the middle of the body, or of the head if there is no body: never behind the last byte."""
    if not sent:
        return whole._replace(length=head // 2, ending=Ending.RESET, body_bytes=0)
    kept = min(sent // 2 if fault.effect.bytes is None else fault.effect.bytes, sent - 1)
    return whole._replace(length=head + kept, ending=Ending.RESET, body_bytes=kept)


def _late(fault: Injection, whole: Departure) -> Departure:
    wait = None if fault.effect.ms is None else fault.effect.ms / 1000
    if wait is not None and fault.outcome != "not done":
        return whole._replace(wait=wait)
    return whole._replace(wait=wait, length=0, ending=Ending.CLOSED, status=0, body_bytes=0)


def _under_a_wrong_length(fault: Injection, reply: Reply, head: bytes, whole: Departure) -> Departure | None:
    true = reply.content_length
    wrong = true + fault.effect.by if fault.effect.how == "larger" else max(true - fault.effect.by, 0)
    lying = head.replace(b"\r\nContent-Length: %d\r\n" % true, b"\r\nContent-Length: %d\r\n" % wrong, 1)
    if lying == head:
        return None
    return whole._replace(source=WholeAnswer(lying, reply), length=whole.length + len(lying) - len(head))


def reset(transport: asyncio.Transport) -> None:
    """End the connection with a TCP reset: closing with a linger of zero sends one, and throws away what is unsent."""
    place = transport.get_extra_info("socket")
    if place is not None:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def reset_when_sent(transport: asyncio.Transport) -> None:
    """The same, once what was written has left."""
    if transport.get_write_buffer_size() and not transport.is_closing():
        asyncio.get_running_loop().call_later(FLUSH_SECONDS, reset_when_sent, transport)
    else:
        reset(transport)
