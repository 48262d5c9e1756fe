# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Waiting for a socket in naps: whoever waits hears that the run is to stop, and no response may trickle for ever.

A socket of this room has a timeout of one nap (``nap_of``). What happens at once costs no system call more for that.
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
_GRACE = 2.0  # seconds that the response to a change is awaited after the run was told to stop

Heed = t.Callable[[], None]
"""Raises Cancelled where the run has been told to stop."""

T = t.TypeVar("T")
A = t.TypeVar("A")


class Unfinished(OSError):
    """A response that was given up although something of it may still have come."""


def nap_of(silence: float) -> float:
    """The timeout of a socket that may be silent for so many seconds."""
    return min(_NAP, silence)


def send(sock: socket.socket, data: bytes | memoryview, silence: float, heed: Heed) -> None:
    """All of the data. Raises Cancelled, and socket.timeout where nothing is taken for ``silence`` seconds; nobody knows then how
    much of it has left, only that it was not all."""
    sent = _patiently(sock.send, data, silence, heed)
    while sent < len(data):
        heed()
        sent += _patiently(sock.send, memoryview(data)[sent:], silence, heed)


def connect(sock: socket.socket, place: tuple[t.Any, ...], seconds: float, heed: Heed) -> None:
    """To an address as ``getaddrinfo`` gives it. Raises OSError, socket.timeout after so many seconds, and Cancelled."""
    try:
        return sock.connect(place)
    except socket.timeout:
        waited = nap_of(seconds)
    while waited < seconds:
        heed()
        if _is_ready(sock, nap_of(seconds)):
            failed = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if failed:
                raise OSError(failed, os.strerror(failed))
            return None
        waited += nap_of(seconds)
    raise socket.timeout("timed out")


def _is_ready(sock: socket.socket, seconds: float) -> bool:
    """Whether a connection that was begun has come to something."""
    if not hasattr(select, "poll"):
        return bool(select.select([], [sock], [], seconds)[1])
    poll = select.poll()
    poll.register(sock, select.POLLOUT)
    return bool(poll.poll(seconds * 1000))


def shake_hands(sock: ssl.SSLSocket, seconds: float, heed: Heed) -> None:
    """The TLS handshake, for so many seconds in all. Raises Cancelled, socket.timeout, ssl.SSLError."""
    until = time.monotonic() + seconds
    while True:
        try:
            return sock.do_handshake()
        except socket.timeout:
            if time.monotonic() >= until:
                raise
            heed()


class Reception:
    """One response, as a socket to read from.

    silence    seconds without a byte after which it is given up
    total      seconds from the first byte of the head to its end; for a change also from there to the end of the response
    is_change  the server may have done what was asked, whoever stops waiting for its word. So a stop is heard a little later
    """

    def __init__(self, sock: socket.socket, silence: float, total: float, heed: Heed, is_change: bool) -> None:
        self._sock, self._silence, self._total, self._heed, self._is_change = sock, silence, total, heed, is_change
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
        """The head has ended. That of a read may be followed by anything, for as long as something comes."""
        self._is_timed, self._until = self._is_change, None

    def end_within(self, seconds: float) -> None:
        """What comes is of no use any more."""
        self._is_timed, self._until = True, time.monotonic() + seconds

    def _go_on(self) -> None:
        """Before a further piece, and after each nap."""
        if self._until is not None and time.monotonic() >= self._until:
            raise Unfinished(f"its response was not complete {self._total:g} seconds after it had begun, see idle_timeout")
        try:
            self._heed()
        except Cancelled as cancelled:
            if not self._is_change:
                raise
            now = time.monotonic()
            if self._told is None:
                self._told = now
            elif now - self._told >= _GRACE:
                raise Unfinished(f"no complete response within {_GRACE:g} seconds after a stop: {cancelled}") from cancelled


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
