# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes that the service may still carry out, although the client no longer waits for their responses.

A request whose response was lost may be in transit for as long as its signature is valid. If its effect is seen after a
repetition, one of the two was carried out; the other may follow later, and overwrite whatever stands there by then. So a change
is *pending* when its response was lost and it was repeated, or its effect was not seen, until its signature has expired.

Two rules. While a change that takes something away is pending, nothing is put at its key, below it, or as a link above it.
And a run does not end before all requests that could still do harm have expired.
"""

from __future__ import annotations

import threading
import typing as t

from .._model.paths import is_within, shown
from .request import Request

_TAKES = frozenset({"delete", "rename", "rmdir", "quick-delete"})
_PUTS = frozenset({"upload", "symlink", "mkdir", "rename"})
_HARMLESS = frozenset({"mkdir"})  # carried out late, it makes explicit what is a directory anyway
_SHOWN = 3


class Late(t.NamedTuple):
    """One request that may still be carried out.

    call     what it asks for, without its content
    until    seconds since the epoch by the local clock; afterwards the service refuses its signature
    harms    whether the end of the run must wait for it
    fenced   a rename onto a name that is taken for as long as it is pending: the service refuses it
    """

    request: Request
    until: float
    harms: bool
    fenced: bool = False

    @property
    def action(self) -> str:
        return self.request.action

    @property
    def path(self) -> bytes:
        """Its subject."""
        return self.request.subject

    @property
    def place(self) -> bytes:
        """Where it puts something: the destination of a rename, the subject of all else."""
        return _place(self.request)

    @property
    def takes(self) -> bool:
        """Whether it takes something away."""
        return self.action in _TAKES

    @property
    def puts(self) -> bool:
        """Whether it puts something at its ``place``."""
        return self.action in _PUTS


class Pending:
    """Thread safe. While no response was lost, it only checks an empty list."""

    def __init__(
        self,
        settle: float,
        clock: t.Callable[[], float],
        ahead: t.Callable[[], float],
        rest: t.Callable[[float], None],
        note: t.Callable[[str], None],
    ) -> None:
        """
        Args:
            settle: seconds for which a signature is valid; 0 for a service that carries nothing out late.
            clock: seconds since the epoch.
            ahead: seconds by which that clock is ahead of the service's.
            rest: sleeps. Raises Stopped.
            note: reports something to the user.
        """
        self._settle, self._clock, self._ahead, self._rest, self._note = settle, clock, ahead, rest, note
        self._late: list[Late] = []
        self._over: list[Late] = []  # what could have done harm, and has expired
        self._lock = threading.Lock()

    def before(self, request: Request) -> None:
        """Returns when a change may be sent. Raises Stopped."""
        if not self._late:
            return
        with self._lock:
            self._outdate([late for late in self._late if late.until <= self._clock()])
            waits_for = [late for late in self._late if _forbids(late, request)]
        if waits_for:
            self._wait(waits_for)
        self._supersede(request)

    def repeated(self, request: Request, signed: t.Sequence[float], failed: bool, fenced: bool = False) -> None:
        """Records tries of a change whose responses were lost, and which are not known to have been carried out.

        Args:
            signed: when each of them was signed, seconds since the epoch by the local clock.
            failed: whether the change is given up. It may then still be carried out, contrary to what the run reports.
            fenced: see Late.
        """
        if not signed or self._settle <= 0 or request.action in _HARMLESS:
            return
        # The clocks differ by less than that, or the service would refuse the signature; a cached response may have any date.
        until = max(signed) + self._settle + min(max(0.0, self._ahead()), self._settle)
        takes = request.action in _TAKES
        harms = takes or failed or request.action == "symlink"  # carried out late, it would undo the next change of the link
        with self._lock:
            self._outdate([late for late in self._late if late.until <= self._clock()])
            # Without the content, which may be large.
            self._late.append(Late(request._replace(content=None), until, harms, takes and fenced))

    def done(self, request: Request) -> None:
        """A change was carried out. After a removal, a late repetition of the request that had created the object is harmful."""
        if self._late and request.action in _TAKES:
            path = request.subject
            with self._lock:
                self._late = [late._replace(harms=True) if is_within(late.path, path) else late for late in self._late]

    def holds(self, fence: bytes) -> bool:
        """Whether a name must stay taken, because a rename onto it is pending."""
        with self._lock:
            return any(late.fenced and late.place == fence for late in self._late)

    def settled(self) -> list[Late]:
        """Waits until nothing that could do harm is pending any more, and returns what has been pending since the last call.
        Raises Stopped."""
        with self._lock:
            harmful = [late for late in self._late if late.harms]
        if harmful:
            self._wait(harmful)
        with self._lock:
            over, self._over = self._over, []
        return over

    def told(self) -> str:
        """What may still be carried out, in words; empty where nothing may."""
        now = self._clock()
        with self._lock:
            harmful = [late for late in self._late if late.harms and late.until > now]
        if not harmful:
            return ""
        seconds = max(late.until for late in harmful) - now
        return f"For {seconds:.0f} more seconds the service may still carry out {_named(harmful)}: their responses were lost"

    def _wait(self, lates: t.Sequence[Late]) -> None:
        seconds = max(late.until for late in lates) - self._clock()
        if seconds > 0:
            self._note(
                f"A response was lost, so {seconds:.0f} seconds had to pass until the service could no longer carry out "
                f"{_named(lates)} (option settle)"
            )
            self._rest(seconds)
        with self._lock:
            self._outdate(lates)

    def _outdate(self, lates: t.Sequence[Late]) -> None:
        """These can no longer be carried out."""
        if lates:
            gone = set(map(id, lates))
            self._over += [late for late in self._late if late.harms and id(late) in gone]
            self._late = [late for late in self._late if id(late) not in gone]

    def _supersede(self, request: Request) -> None:
        """Something else is about to be put where a request that is pending would put what it has."""
        if request.action in _PUTS:
            place = _place(request)
            with self._lock:
                self._late = [
                    late._replace(harms=True) if late.place == place and not _is_same(late.request, request) else late
                    for late in self._late
                ]


def _place(request: Request) -> bytes:
    return next((t.cast(bytes, value) for name, value in request.parameters if name == "destination"), request.subject)


def _is_same(one: Request, other: Request) -> bool:
    return (one.action, one.parameters) == (other.action, other.parameters)


def _forbids(late: Late, request: Request) -> bool:
    """Whether a change must wait for one that is pending."""
    if late.fenced and late.place == request.subject and request.action in _TAKES:
        return True  # without its fence it would take away what has been put at the old place since
    if request.action not in _PUTS or not late.takes or late.fenced:
        return False
    place = _place(request)
    above = request.action in ("symlink", "rename")  # a rename may bring a link
    return is_within(place, late.path) or (above and is_within(late.path, place))


def _named(lates: t.Sequence[Late]) -> str:
    names = [f"the {late.action} of {shown(late.path)}" for late in lates[:_SHOWN]]
    more = len(lates) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")
