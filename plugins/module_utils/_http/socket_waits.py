# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waits for a socket in short steps, so that every wait notices a cancellation, and no response may trickle for ever.

The timeout of a socket in this room is one such step (``nap_of``). An operation that need not wait costs no extra system call.
"""

from __future__ import annotations

import os
import select
import socket
import ssl
import time
import typing as t

from .._threads.cancellation import Cancelled

_NAP = 0.25  # seconds
_GRACE = 2.0  # seconds to wait for the response to a change after the run was cancelled

CancelCheck = t.Callable[[], None]
"""Raises Cancelled if the run has been cancelled."""

T = t.TypeVar("T")
A = t.TypeVar("A")


class Unfinished(OSError):
    """The wait for a response was given up although more of it may have come."""


def nap_of(silence: float) -> float:
    """The timeout of a socket that may be silent for so many seconds."""
    return min(_NAP, silence)


def send(sock: socket.socket, data: bytes | memoryview, silence: float, check_cancelled: CancelCheck) -> None:
    """Sends all of the data. Raises Cancelled, and socket.timeout if nothing can be sent for ``silence`` seconds; how much was
    sent is then unknown, only that it was not all."""
    sent = _patiently(sock.send, data, silence, check_cancelled)
    while sent < len(data):
        check_cancelled()
        sent += _patiently(sock.send, memoryview(data)[sent:], silence, check_cancelled)


def connect(sock: socket.socket, place: tuple[t.Any, ...], seconds: float, check_cancelled: CancelCheck) -> None:
    """To an address as ``getaddrinfo`` gives it. Raises OSError, socket.timeout after so many seconds, and Cancelled."""
    try:
        return sock.connect(place)
    except socket.timeout:
        waited = nap_of(seconds)
    while waited < seconds:
        check_cancelled()
        if is_ready(sock, nap_of(seconds), to_read=False):
            failed = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if failed:
                raise OSError(failed, os.strerror(failed))
            return None
        waited += nap_of(seconds)
    raise socket.timeout("timed out")


def is_ready(sock: socket.socket, seconds: float, *, to_read: bool) -> bool:
    """Whether there is something to read within so many seconds, or whether a connection attempt has succeeded or failed."""
    if not hasattr(select, "poll"):
        return any(select.select([sock] if to_read else [], [] if to_read else [sock], [], seconds))
    poll = select.poll()
    poll.register(sock, select.POLLIN if to_read else select.POLLOUT)
    return bool(poll.poll(seconds * 1000))


def shake_hands(sock: ssl.SSLSocket, seconds: float, check_cancelled: CancelCheck) -> None:
    """The TLS handshake, for so many seconds in all. Raises Cancelled, socket.timeout, ssl.SSLError."""
    until = time.monotonic() + seconds
    while True:
        try:
            return sock.do_handshake()
        except socket.timeout:
            if time.monotonic() >= until:
                raise
            check_cancelled()


class Reception:
    """Receives one response: a socket with timeouts and cancellation.

    silence    seconds without a byte after which it is given up
    total      seconds from the first byte of the head to its end; for a change also from there to the end of the response
    is_change  the server may carry the request out even if the wait for its response is cancelled: so wait a little longer
    """

    def __init__(self, sock: socket.socket, silence: float, total: float, check_cancelled: CancelCheck, is_change: bool) -> None:
        self._sock, self._check_cancelled = sock, check_cancelled
        self._silence, self._total, self._is_change = silence, total, is_change
        self._has_begun = False
        self._is_timed = True
        self._until: float | None = None
        self._told: float | None = None

    def recv(self, size: int) -> bytes:
        """Raises Cancelled, Unfinished, and socket.timeout after the silence."""
        if self._has_begun:
            if self._is_timed and self._until is None:
                self._until = time.monotonic() + self._total
            self._go_on()
        piece = _patiently(self._sock.recv, size, self._silence, self._go_on)
        self._has_begun = True
        return piece

    def body(self) -> None:
        """The head has ended. The body of a read may take as long as it likes, while bytes keep coming."""
        self._is_timed, self._until = self._is_change, None

    def end_within(self, seconds: float) -> None:
        """The rest of the response is only read to reuse the connection."""
        self._is_timed, self._until = True, time.monotonic() + seconds

    def _go_on(self) -> None:
        """Called before each further piece, and after each nap."""
        if self._until is not None and time.monotonic() >= self._until:
            raise Unfinished(f"its response was not complete {self._total:g} seconds after it had begun, see idle_timeout")
        try:
            self._check_cancelled()
        except Cancelled as cancelled:
            if not self._is_change:
                raise
            now = time.monotonic()
            if self._told is None:
                self._told = now
            elif now - self._told >= _GRACE:
                raise Unfinished(
                    f"no complete response within {_GRACE:g} seconds after the cancellation: {cancelled}"
                ) from cancelled


def _patiently(act: t.Callable[[A], T], argument: A, silence: float, hear: t.Callable[[], None]) -> T:
    waited = 0.0
    while True:
        try:
            return act(argument)
        except socket.timeout:
            waited += nap_of(silence)
            if waited >= silence:
                raise
            hear()
