# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Being told to end: by a signal, or because whoever started the task is gone.

A stopped run starts no further request, breaks off large bodies (the service keeps nothing of them), finishes a
replacement that has begun, and reports what is done and what is left.
"""

from __future__ import annotations

import contextlib
import threading
import time
import typing as t

from .process_tree import Lineage

_EVERY = 0.5  # seconds between two looks at the ancestors
_NAP = 0.1  # seconds of sleep at a time
_GONE = "the process that started this task has ended"


class Stop:
    """Asked by all threads, told by one. ``lineage``: the processes that the task works for, None for nobody."""

    def __init__(self, lineage: Lineage | None = None, clock: t.Callable[[], float] = time.monotonic) -> None:
        self._lineage, self._clock = lineage, clock
        self._why = _GONE if lineage is not None and lineage.is_orphaned else None
        self._next_look = clock() + _EVERY
        self._here = threading.local()

    def tell(self, why: str) -> None:
        """From now on nothing is started. May be called by a signal handler, so it takes no lock."""
        if self._why is None:
            self._why = why

    def why(self) -> str | None:
        """Why no further request may be sent, None where it may."""
        if getattr(self._here, "finishing", False):
            return None
        if self._why is None and self._lineage is not None and self._clock() >= self._next_look:
            self._next_look = self._clock() + _EVERY
            self.look()
        return self._why

    def look(self) -> str | None:
        """Whether the processes above still live, asked now. Before each phase, above all before deletes."""
        if self._why is None and self._lineage is not None and not self._lineage.lives():
            self._why = _GONE
        return self._why

    @contextlib.contextmanager
    def finishing(self) -> t.Iterator[None]:
        """What this thread does here is finished even if the run is told to stop: half of it would be worse."""
        before, self._here.finishing = getattr(self._here, "finishing", False), True
        try:
            yield
        finally:
            self._here.finishing = before

    def sleep(self, seconds: float) -> None:
        """Sleeps, and returns early where there is nothing left to wait for."""
        until = self._clock() + seconds
        while self.why() is None:
            left = until - self._clock()
            if left <= 0:
                return
            time.sleep(min(left, _NAP))
