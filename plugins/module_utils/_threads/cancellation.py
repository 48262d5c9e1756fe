# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cooperative cancellation: by a signal, or because the processes that started the task have ended.

A cancelled run sends no further request, breaks off large bodies (nothing of them is stored), finishes a
replacement that has begun, and reports what is done and what is left.
"""

from __future__ import annotations

import contextlib
import threading
import time
import typing as t

from .process_tree import ProcessTree

_INTERVAL = 0.5  # seconds between two checks of the parent processes
_NAP = 0.1  # seconds of sleep at a time
_GONE = "the process that started this task has ended"


class Cancelled(Exception):
    """The run was cancelled; the text says why."""


class Cancellation:
    """Read by all threads, set by one; one object for a whole run.

    Args:
        process_tree: the parent processes that are watched, None for none.
        clock: seconds, monotonic.
    """

    def __init__(self, process_tree: ProcessTree | None = None, clock: t.Callable[[], float] = time.monotonic) -> None:
        self._process_tree, self._clock = process_tree, clock
        self._reason = _GONE if process_tree is not None and process_tree.is_orphaned else None
        self._next_look = clock() + _INTERVAL
        self._this_thread = threading.local()

    def cancel(self, reason: str) -> None:
        """From now on nothing is started. May be called by a signal handler, so it takes no lock."""
        if self._reason is None:
            self._reason = reason

    def reason(self) -> str | None:
        """Why no further request may be sent, None where it may. Called often, so it checks the processes only now and then."""
        if getattr(self._this_thread, "is_shielded", False):
            return None
        if self._reason is None and self._process_tree is not None and self._clock() >= self._next_look:
            self._next_look = self._clock() + _INTERVAL
            self.check_parents()
        return self._reason

    def check(self) -> None:
        """Raises Cancelled where no further request may be sent."""
        reason = self.reason()
        if reason is not None:
            raise Cancelled(reason)

    def check_parents(self) -> str | None:
        """The reason, with a check of the parent processes now. Called before each phase, above all before deletes."""
        if self._reason is None and self._process_tree is not None and not self._process_tree.is_alive():
            self._reason = _GONE
        return self._reason

    @contextlib.contextmanager
    def shielded(self) -> t.Iterator[None]:
        """A block that this thread finishes even if the run is cancelled, because half of it would be worse."""
        before, self._this_thread.is_shielded = getattr(self._this_thread, "is_shielded", False), True
        try:
            yield
        finally:
            self._this_thread.is_shielded = before

    def sleep(self, seconds: float) -> None:
        """Sleeps, and returns early if the run is cancelled."""
        until = self._clock() + seconds
        while self.reason() is None:
            left = until - self._clock()
            if left <= 0:
                return
            time.sleep(min(left, _NAP))
