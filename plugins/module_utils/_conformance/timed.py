# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is a matter of time: how long reads show an old state, how long rmdir sees a deleted child, when a quick-delete is done.

Each is measured between two requests, so it lies in a bracket: the effect was not there when the last look before was answered,
and was there when the next one was.
"""

from __future__ import annotations

import functools
import typing as t

from .asker import Asker, Unanswered
from .clocks import Bracket
from .questions import UTF8
from .scenes import Ask, Reply
from .words import DONE, FILE, FIRST, NOTHING, OTHER_FILE, SECOND, changed, status_of, stood

LONGEST = 10.0  # seconds that an old state, or a deleted child, is waited for
LONGEST_QUICK_DELETE = 20.0
NOT_EMPTY = (403, 409, 412)
"""Statuses that may mean so."""
_PAUSE_FOR_SECONDS = 0.6  # so that there is one whole second between two looks
_BEGIN = 0.2  # seconds by which a job may begin later than it is due
_TRIES = 4
_FIRST_PAUSE, _GROWTH, _LONGEST_PAUSE = 0.02, 1.3, 1.5  # seconds between looks

Look = t.Callable[[], Reply]
Is = t.Callable[[Reply], bool]

_CHANGES: tuple[tuple[str, bytes | None, bytes | None, str, float], ...] = (
    ("new", None, FIRST, FILE, 1.0), ("replaced", FIRST, SECOND, OTHER_FILE, 1.3), ("gone", FIRST, None, NOTHING, 1.6),
)  # fmt: skip
"""What is there before and after it, what is seen then, and how much later the first look comes: at other times for each, so
that what they have in common is shorter."""

_STAT = Ask("stat", "stat", "", stood, (("implicit", "yes"), *UTF8, ("slash", "both")))


class Slow(Exception):
    """The effect was not seen in the time that it is waited for."""


def measured(
    asker: Asker, change: Reply, look: Look, is_there: Is, longest: float, pause: float = _FIRST_PAUSE
) -> Bracket:
    """How long after a change its effect was seen.

    Args:
        pause: seconds between the first two looks; the next ones grow.

    Raises:
        Slow: not at all.
        Unanswered, Spent, Stopped.
    """
    low = 0.0
    while True:
        reply = look()
        if is_there(reply):
            return Bracket(low, reply.ended - change.begun)
        low = max(low, reply.begun - change.ended, 0.0001)
        if reply.ended - change.ended > longest:
            raise Slow(f"not seen for {longest:g} seconds")
        asker.sleep(pause)
        pause = min(pause * _GROWTH, _LONGEST_PAUSE if longest < LONGEST_QUICK_DELETE else _PAUSE_FOR_SECONDS)


class Timed:
    """The measurements of a run.

    Args:
        asker: asks.
        work: the directory for them.
        pause: what is waited before something else than what is measured is looked at.
    """

    def __init__(self, asker: Asker, work: bytes) -> None:
        self._asker, self._work, self.pause = asker, work, 0.0
        self._is_slow = False

    def propagation(self) -> tuple[Bracket | None, str]:
        """How long reads show the state before a change: the longest of three times, for something new, for something that is
        replaced and for something that is gone. Or None, and why."""
        found: Bracket | None = None
        for name, begin, end, word, later in _CHANGES:
            bracket, why = self._tried(f"lag-{name}", functools.partial(self._lag_of, begin, end, word, later))
            if bracket is None and self._is_slow:
                return None, why
            found = bracket if found is None else found if bracket is None else found.met(bracket)
        return found, "" if found is not None else why

    def _lag_of(self, begin: bytes | None, end: bytes | None, word: str, later: float, place: bytes) -> Bracket:
        """Of one change: what was there before it is seen before it is made."""
        if begin is not None:
            self._until(self._put(place, begin), place, f"file of {len(begin)} bytes", LONGEST)
        change = self._changed("delete", place) if end is None else self._put(place, end)
        return self._until(change, place, word, LONGEST, later)

    def _put(self, path: bytes, body: bytes) -> Reply:
        return self._changed("upload", path, body)

    def _until(self, change: Reply, place: bytes, word: str, longest: float, later: float = 1.0) -> Bracket:
        def look() -> Reply:
            return self._asker.ask(_STAT, place)

        def is_there(reply: Reply) -> bool:
            return stood(reply, place, {}) == word

        return measured(self._asker, change, look, is_there, longest, later * _FIRST_PAUSE)

    def rmdir_lag(self) -> tuple[Bracket | None, str]:
        """How long rmdir sees a child that was deleted."""
        return self._tried("lag", self._rmdir_lag)

    def _rmdir_lag(self, place: bytes) -> Bracket:
        found = self._lag_in(place + b"-a")
        return found if found.is_nothing else found.met(self._lag_in(place + b"-b", 1.4))

    def _lag_in(self, place: bytes, later: float = 1.0) -> Bracket:
        self._changed("mkdir", place)
        self._put(place + b"/f", FIRST)
        self._asker.sleep(self.pause)
        gone, pause = self._changed("delete", place + b"/f"), later * _FIRST_PAUSE
        return measured(self._asker, gone, lambda: self._rmdir(place), lambda reply: reply.is_done, LONGEST, pause)

    def _rmdir(self, place: bytes) -> Reply:
        reply = self._asker.ask(Ask("rmdir", "rmdir", "", changed), place)
        if not reply.is_done and reply.status not in NOT_EMPTY:
            raise Refused(f"rmdir was answered with {reply.status}")
        return reply

    def quick_delete(self, lag: Bracket) -> tuple[str | int | None, str]:
        """The setting of the knob: whether quick-delete is on, and after how many seconds it is done.

        Args:
            lag: how long reads show an old state, which the measurement has in it.
        """
        found, why = self._tried("quick", self._quick_delete)
        if not isinstance(found, Bracket):
            return found, why
        taken = Bracket(max(found.low - lag.high - _BEGIN, 0.0), found.high - lag.low)
        seconds = "now" if taken.low <= 0 and taken.high < 1 else taken.seconds()
        return seconds, f"not known: it is on, and done {taken.told()} later" if seconds is None else ""

    def _quick_delete(self, place: bytes) -> str | Bracket:
        self._put(place + b"/f", FIRST)
        reply = self._asker.ask(Ask("quick-delete", "quick-delete", "", changed), place)
        if reply.status == 403:
            return "off"
        self._asker.sleep(self.pause)
        sure = (("quick-delete", "imreallyreallysure"),)
        reply = self._asker.ask(Ask("quick-delete", "quick-delete", "", changed, sure), place)
        if not reply.is_done:
            raise Refused(f"quick-delete, confirmed: {reply.status}; without the confirmation it was not refused")
        return self._until(reply, place, NOTHING, LONGEST_QUICK_DELETE)

    def _changed(self, action: str, path: bytes, body: bytes | None = None) -> Reply:
        reply = self._asker.ask(Ask(action, action, "", changed, (), body), path)
        if status_of(reply) != DONE:
            raise Refused(f"{action} was answered with {reply.status}")
        return reply

    def _tried(self, name: str, measure: t.Callable[[bytes], t.Any]) -> tuple[t.Any, str]:
        """The measurement, begun anew elsewhere where something was not answered."""
        why = ""
        for number in range(_TRIES):
            try:
                return measure(self._work + f"/{name}-{number}".encode()), ""
            except Unanswered as unanswered:
                why = f"not known: not answered ({unanswered})"
            except (Slow, Refused) as error:
                self._is_slow = isinstance(error, Slow)
                return None, f"not known: {error}"
        return None, why


class Refused(Exception):
    """The service does not do what the measurement needs."""
