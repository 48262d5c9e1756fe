# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One HTTP/1.1 connection: requests in, answers out in the same order.

httptools gives what most servers hide and NetStorage needs: the raw request target and the trailers of a chunked body.
Bodies go to their place as they arrive, so memory stays bounded; an answer is one write; while an answer is being
worked on and a further (pipelined) request has arrived, reading pauses.
"""

from __future__ import annotations

import asyncio
import traceback
from collections import deque
from typing import Protocol

import httptools

from . import misbehaving
from .exchange import Exchange
from .journal import Counts, Journal
from .misbehaving import Departure, Ending
from .postponed import Postponed
from .reply import Heads, Reply
from .sending import Sending
from .store import Store

LARGEST_HEAD = 64 * 1024
LARGEST_HELD = 256 * 1024  # more than any API but the Usage API takes
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Latency:
    """The delay before every answer, changed through the control port."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


class Crowding(Protocol):
    """How much longer an answer takes while so many are asked for."""

    def crowding(self, in_progress: int, /) -> float:
        """Seconds."""


class Serving(Protocol):
    """What answers the requests of a port."""

    @property
    def store(self) -> Store:
        """What is stored."""

    @property
    def throttle(self) -> Crowding:
        """Of all connections together."""

    @property
    def postponed(self) -> Postponed:
        """What is carried out later."""

    def begin(self, exchange: Exchange) -> None:
        """The head of a request is complete."""

    def finish(self, exchange: Exchange) -> Reply:
        """The request is."""


class House(Protocol):
    """What all connections share."""

    @property
    def service(self) -> Serving:
        """Of the port."""

    journal: Journal
    counts: Counts
    heads: Heads
    latency: Latency
    connections: set[Connection]
    largest_body: int

    def refuse(self, seconds: float) -> None:
        """No new connections for so long."""

    def carry_out(self, exchange: Exchange) -> None:
        """Do what a request asked for whose connection is lost."""


class Connection(asyncio.Protocol):
    """A client. ``_queue`` holds requests that arrived whole and wait for the answers before them."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._service = house.service
        self._transport: asyncio.Transport
        self._parser = httptools.HttpRequestParser(self)
        self._loop = asyncio.get_running_loop()
        self._queue: deque[Exchange] = deque()
        self._arriving: Exchange | None = None
        self._answering: Exchange | None = None
        self._sending: Sending | None = None
        self._paused = False
        self._closing = False
        self._hanging = False
        self._half_closed = False
        self._head = 0
        self._target = b""
        self._headers: dict[bytes, bytes] = {}

    # The transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._house.connections.add(self)
        self._house.counts.connected()

    def connection_lost(self, exc: Exception | None) -> None:
        self._closing = True
        self._house.connections.discard(self)
        self._house.counts.disconnected()
        if self._sending is not None:
            self._sending.stop()
        for exchange in (self._answering, *self._queue, self._arriving):
            if exchange is not None:
                self._gone(exchange)
        self._answering = self._arriving = None
        self._queue.clear()

    def _gone(self, exchange: Exchange) -> None:
        """The client left before its answer; a request that was whole has been done all the same."""
        exchange.discard()
        if not exchange.is_noted:
            self._note(exchange, 0, 0, "the client closed the connection")

    def data_received(self, data: bytes) -> None:
        if self._closing:
            return
        if self._arriving is None:
            self._head += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserCallbackError:
            traceback.print_exc()
            self._refuse(500)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._refuse(431 if self._head > LARGEST_HEAD else 400)
        else:
            if self._head > LARGEST_HEAD and not self._closing:
                self._refuse(431)

    def eof_received(self) -> bool:
        """A client that sends no more may still wait for its answers (not with TLS, which has no half-closing)."""
        waits = bool(self._answering is not None or self._queue) and not self._hanging
        if waits and self._transport.get_extra_info("sslcontext") is None:
            self._half_closed = True
            last = self._queue[-1] if self._queue else self._answering
            if last is not None:
                last.keep_alive = False
            return True
        return False

    def pause_writing(self) -> None:
        self._paused = True
        if self._sending is not None:
            self._sending.pause()

    def resume_writing(self) -> None:
        self._paused = False
        if self._sending is not None:
            self._sending.resume()

    def shut(self) -> None:
        """The server stops: nothing new is taken."""
        self._transport.close()

    # The parser

    def on_message_begin(self) -> None:
        self._target = b""
        self._headers = {}
        if self._answering is not None:
            self._transport.pause_reading()

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._arriving is None:
            self._headers[name.lower()] = value
            return
        self._arriving.trailers[name.lower()] = value
        self._head += len(name) + len(value)

    def on_headers_complete(self) -> None:
        if self._closing:
            return
        headers, fed, self._head = self._headers, self._head, 0
        exchange = Exchange(self._parser.get_method().decode("latin-1"), self._target, headers)
        self._arriving = exchange
        self._house.counts.begun()
        if fed > LARGEST_HEAD and _size(headers) + len(self._target) > LARGEST_HEAD:
            exchange.early = Reply(431, b"Request header fields too large\n")
            return
        self._service.begin(exchange)
        if b"content-length" in headers and exchange.announced > self._house.largest_body:
            self._refuse(413, "body too large")
        elif exchange.fault is not None and misbehaving.breaks_at_head(exchange.fault):
            self._break(exchange)
        elif headers.get(b"expect", b"").lower() == b"100-continue" and self._answering is None and not self._queue:
            self._expected(exchange)

    def _expected(self, exchange: Exchange) -> None:
        """``Expect: 100-continue``: ask for the body, or answer right away and close, since it may come or not."""
        if exchange.early is None or (exchange.fault is not None and exchange.fault.takes_body):
            self._transport.write(CONTINUE)
            return
        exchange.keep_alive = False
        self._arriving, self._answering = None, exchange
        self._closing = True
        self._answer(exchange, self._service.finish(exchange))

    def on_body(self, body: bytes) -> None:
        exchange = self._arriving
        if exchange is None:
            return
        exchange.bytes_in += len(body)
        if exchange.bytes_in > self._house.largest_body:
            self._refuse(413, "body too large")
            return
        if exchange.fault is not None and misbehaving.breaks_in_body(exchange, exchange.fault):
            self._break(exchange)
            return
        if exchange.held is not None and len(exchange.held) < LARGEST_HELD:
            exchange.held += body
        if exchange.arrival is not None:
            try:
                exchange.arrival.write(body)
            except OSError as error:
                exchange.discard()
                exchange.early = Reply(500, b"Internal error\n", note=str(error))

    def on_message_complete(self) -> None:
        exchange, self._arriving = self._arriving, None
        self._head = 0
        if exchange is None:
            return
        exchange.keep_alive = self._parser.should_keep_alive()
        self._queue.append(exchange)
        if self._answering is None:
            self._next()

    def _refuse(self, status: int, note: str = "not understood as HTTP") -> None:
        """Bytes that are not taken: answered after the requests before them, then the connection closes."""
        exchange = self._arriving or Exchange("?", self._target, {})
        if self._arriving is None:
            self._house.counts.begun()
        exchange.discard()
        self._arriving = None
        exchange.keep_alive = False
        exchange.early = Reply(status, b"Bad request\n" if status == 400 else b"", note=note)
        self._closing = True
        self._queue.append(exchange)
        if self._answering is None:
            self._next()

    # Answering

    def _next(self) -> None:
        exchange = self._answering = self._queue.popleft()
        reply = self._service.finish(exchange)
        seconds = self._house.latency.seconds + self._service.throttle.crowding(self._house.counts.in_progress)
        if seconds > 0:
            self._loop.call_later(seconds, self._answer, exchange, reply)
        else:
            self._answer(exchange, reply)

    def _answer(self, exchange: Exchange, reply: Reply) -> None:
        """The answer leaves when what it tells of is committed."""
        if self._service.store.is_settled:
            self._write(exchange, reply)
        else:
            self._service.store.when_settled(lambda worked: self._write(exchange, reply if worked else _not_kept(exchange)))

    def _write(self, exchange: Exchange, reply: Reply) -> None:
        if self._answering is not exchange:
            if reply.stream is not None:
                reply.stream.close()
            return
        head = self._house.heads.render(reply, exchange.keep_alive)
        if exchange.fault is not None:
            departure = misbehaving.departure(exchange, exchange.fault, reply, head)
            if departure is not None:
                self._misbehave(exchange, departure, reply.note)
                return
        silent = exchange.method == "HEAD"
        self._note(exchange, reply.status, 0 if silent else reply.content_length, reply.note)
        if reply.stream is None:
            self._transport.write(head if silent else head + reply.body)
            self._answered()
        elif silent:
            reply.stream.close()
            self._transport.write(head)
            self._answered()
        else:
            self._send(Sending(self._transport, reply.stream, reply.start, reply.start + reply.length, self._answered), head)

    def _send(self, sending: Sending, head: bytes = b"") -> None:
        self._sending = sending
        sending.begin(head, self._paused)

    def _note(self, exchange: Exchange, status: int, bytes_out: int, note: str) -> None:
        exchange.is_noted = True
        if exchange.fault is not None:
            note = exchange.fault.note(note)
            exchange.fault.over()
        self._house.counts.ended(exchange.action, exchange.bytes_in, bytes_out)
        self._house.journal.write(exchange, status, bytes_out, note)

    def _answered(self) -> None:
        exchange, self._answering = self._answering, None
        self._sending = None
        if exchange is not None and not exchange.keep_alive:
            self._closing = True
            self._transport.close()
        elif self._queue:
            self._loop.call_soon(self._next_if_idle)
        else:
            self._transport.resume_reading()

    def _next_if_idle(self) -> None:
        if self._queue and self._answering is None:
            self._next()

    # Misbehaving

    def _break(self, exchange: Exchange) -> None:
        """The connection ends while the request is still coming in; what stands behind it is not taken."""
        assert exchange.fault is not None
        exchange.discard()
        exchange.fault.strike()
        self._note(exchange, 0, 0, "")
        self._arriving = None
        self._end(exchange, Ending.RESET)

    def _misbehave(self, exchange: Exchange, departure: Departure, note: str) -> None:
        self._note(exchange, departure.status, departure.body_bytes, note)
        if departure.wait == 0:
            self._depart(exchange, departure)
            return
        self._hanging = True
        if departure.wait is None:
            departure.source.close()
            self._closing = True
            self._transport.resume_reading()  # paused, nobody would see that the client has gone
            if self._half_closed:  # and of one that has said its last word nobody hears more
                self._transport.close()
        else:
            self._loop.call_later(departure.wait, self._depart, exchange, departure)

    def _depart(self, exchange: Exchange, departure: Departure) -> None:
        self._hanging = False
        if self._answering is not exchange:
            departure.source.close()
            return
        self._send(Sending(self._transport, departure.source, 0, departure.length,
                           lambda: self._end(exchange, departure.ending), departure.bytes_per_second))

    def _postpone(self, exchange: Exchange) -> None:
        """A request that is to be carried out late is the connection's no longer, and its body does not go with it."""
        if exchange.is_postponed and exchange.fault is not None:
            self._answering = None
            self._service.postponed.add(exchange, (exchange.fault.effect.ms or 0) / 1000, self._house.carry_out)

    def _end(self, exchange: Exchange, ending: Ending) -> None:
        if ending is Ending.RESET:
            self._closing = True
            if exchange.fault is not None and exchange.fault.effect.kind == "refuse":
                self._house.refuse((exchange.fault.effect.ms or 0) / 1000)
            self._postpone(exchange)
            misbehaving.reset_when_sent(self._transport)
            return
        exchange.keep_alive = exchange.keep_alive and ending is Ending.KEPT
        self._answered()


def _not_kept(exchange: Exchange) -> Reply:
    """The commit failed, so what was done is not."""
    if exchange.fault is not None:
        exchange.fault.outcome = "answered 500"
    return Reply(500)


def _size(headers: dict[bytes, bytes]) -> int:
    return sum(map(len, headers)) + sum(map(len, headers.values()))
