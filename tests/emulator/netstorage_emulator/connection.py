# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

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

from .exchange import Exchange
from .journal import Counts, Journal
from .reply import Heads, Reply
from .service import Service

LARGEST_HEAD = 64 * 1024
PIECE = 256 * 1024
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Latency:
    """The delay before every answer, changed through the control port."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


class House(Protocol):
    """What all connections share."""

    service: Service
    journal: Journal
    counts: Counts
    heads: Heads
    latency: Latency
    connections: set[Connection]


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
        self._sending: tuple[Reply, int] | None = None
        self._paused = False
        self._closing = False
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
            self._stop_sending()
        for exchange in (self._answering, *self._queue, self._arriving):
            if exchange is not None:
                self._gone(exchange)
        self._answering = self._arriving = None
        self._queue.clear()

    def _gone(self, exchange: Exchange) -> None:
        """The client left before its answer; a request that was whole has been done all the same."""
        exchange.discard()
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
        waits = bool(self._answering is not None or self._queue)
        if waits and self._transport.get_extra_info("sslcontext") is None:
            last = self._queue[-1] if self._queue else self._answering
            if last is not None:
                last.keep_alive = False
            return True
        return False

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        if self._sending is not None:
            self._send_piece()

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
        headers, fed, self._head = self._headers, self._head, 0
        exchange = Exchange(self._parser.get_method().decode("latin-1"), self._target, headers)
        self._arriving = exchange
        self._house.counts.begun()
        if fed > LARGEST_HEAD and _size(headers) + len(self._target) > LARGEST_HEAD:
            exchange.early = Reply(431, b"Request header fields too large\n")
            return
        self._service.begin(exchange)
        if headers.get(b"expect", b"").lower() == b"100-continue" and self._answering is None and not self._queue:
            self._expected(exchange)

    def _expected(self, exchange: Exchange) -> None:
        """``Expect: 100-continue``: ask for the body, or answer right away and close, since it may come or not."""
        if exchange.early is None:
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

    def _refuse(self, status: int) -> None:
        """Bytes that are no HTTP request: answered after the requests before them, then the connection closes."""
        exchange = self._arriving or Exchange("?", self._target, {})
        if self._arriving is None:
            self._house.counts.begun()
        exchange.discard()
        self._arriving = None
        exchange.keep_alive = False
        exchange.early = Reply(status, b"Bad request\n" if status == 400 else b"", note="not understood as HTTP")
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
            self._service.store.when_settled(lambda worked: self._write(exchange, reply if worked else Reply(500)))

    def _write(self, exchange: Exchange, reply: Reply) -> None:
        if self._answering is not exchange:
            if reply.stream is not None:
                reply.stream.close()
            return
        head = self._house.heads.render(reply, exchange.keep_alive)
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
            first = min(reply.length, PIECE)
            self._sending = (reply, first)
            self._transport.write(head + reply.stream.read(reply.start, first))
            self._go_on_sending()

    def _go_on_sending(self) -> None:
        if self._sending is None:
            return
        reply, sent = self._sending
        if sent >= reply.length:
            self._stop_sending()
            self._answered()
        elif not self._paused:
            self._loop.call_soon(self._send_piece)

    def _send_piece(self) -> None:
        if self._sending is None or self._paused or self._transport.is_closing():
            return
        reply, sent = self._sending
        assert reply.stream is not None
        piece = reply.stream.read(reply.start + sent, min(PIECE, reply.length - sent))
        if not piece:
            self._transport.abort()
            return
        self._sending = (reply, sent + len(piece))
        self._transport.write(piece)
        self._go_on_sending()

    def _stop_sending(self) -> None:
        if self._sending is not None and self._sending[0].stream is not None:
            self._sending[0].stream.close()
        self._sending = None

    def _note(self, exchange: Exchange, status: int, bytes_out: int, note: str) -> None:
        self._house.counts.ended(exchange.action, exchange.bytes_in, bytes_out)
        self._house.journal.write(exchange, status, bytes_out, note)

    def _answered(self) -> None:
        exchange, self._answering = self._answering, None
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


def _size(headers: dict[bytes, bytes]) -> int:
    return sum(map(len, headers)) + sum(map(len, headers.values()))
