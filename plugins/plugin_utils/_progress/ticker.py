# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shows the progress of a task while it runs: a thread that looks at the figures of the run twice a second.

Nothing is shown in the first seconds, so short tasks look as ever. The thread waits for nothing but the time and Ansible's queue,
and the run never waits for the thread: a terminal that is held (Ctrl-S) does not hold the transfer.
"""

from __future__ import annotations

import collections
import os
import threading
import time
import typing as t

from ...module_utils._execute.progress import Figures, Progress
from ...module_utils._threads.waiting import until_done
from ...module_utils._threads.worker_pool import beside
from .screen import Manner, Screen
from .text import Moment, log_line, screen_line, sign_of_life

if t.TYPE_CHECKING:
    from concurrent.futures import Future

_WINDOW = 10.0  # seconds that a rate is taken from
_PATIENCE = 2.0  # seconds at the end, where the terminal is held


class Pace(t.NamedTuple):
    """Seconds.

    tick      between two looks at the figures
    first     before the first of them is shown
    lines     between two lines
    apart     between two lines where a phase has begun
    life      between two signs of life of a task without figures
    """

    tick: float = 0.5
    first: float = 5.0
    lines: float = 30.0
    apart: float = 5.0
    life: float = 60.0


PACE = Pace()


class Named(t.NamedTuple):
    """What a line says of the task. ``path`` may be empty."""

    module: str
    host: str
    path: str


class Ticker:
    """``with Ticker(...)``: the progress of the block is shown until it ends, and then nothing is left on the terminal."""

    def __init__(
        self,
        named: Named,
        screen: Screen,
        progress: Progress | None,
        pace: Pace | None = None,
        clock: t.Callable[[], float] = time.monotonic,
    ) -> None:
        """
        Args:
            named: the task.
            screen: where it is shown.
            progress: of the run; None for a module that runs elsewhere, of which there are no figures.
            pace: when it is shown.
            clock: seconds, monotonic.
        """
        self._named, self._screen, self._progress = named, screen, progress
        self._pace, self._clock = pace or PACE, clock
        self._begun = self._shown = clock()
        self._count = 0
        self._rate = Rate()
        self._told: object = None
        self._over = threading.Event()
        self._thread: Future[None] | None = None

    def __enter__(self) -> Ticker:
        if self._screen.how is not Manner.OFF:
            self._thread = beside(self._watch)
        return self

    def __exit__(self, *_error: object) -> None:
        """What fails in the thread fails no task. A thread that cannot get rid of its line is left behind."""
        self._over.set()
        if self._thread is None:
            return
        until_done([self._thread], seconds=_PATIENCE)
        if self._thread.done() and (error := self._thread.exception()) is not None:
            self._screen.debug(f"The progress of {self._named.module} could not be shown: {error}")

    def _watch(self) -> None:
        """Ends too when Ansible has been killed: nobody empties the queue then, and the orphan would wait for ever to fill it."""
        ansible = os.getppid()
        try:
            while not self._over.wait(self._pace.tick) and os.getppid() == ansible:
                self.look()
        finally:
            if os.getppid() == ansible:
                self._screen.clear()

    def look(self) -> None:
        """Show what is due."""
        now, pace = self._clock(), self._pace
        figures = self._progress.figures() if self._progress is not None else Figures()
        if figures.stage is None:
            if now - self._shown >= pace.life:
                self._add(now, sign_of_life(*self._named, now - self._begun, self._progress is None))
            return
        self._rate.take(now, figures)
        if now - self._begun < pace.first:
            return
        moment = Moment(figures, now - self._begun, now - self._rate.begun, self._rate.per_second())
        if self._screen.how is Manner.REDRAW:
            self._screen.draw(screen_line(self._named.path or self._named.module, moment, self._screen.columns))
        elif self._is_due(now, figures):
            self._told = _place(figures)
            self._add(now, log_line(*self._named, moment))

    def _is_due(self, now: float, figures: Figures) -> bool:
        since = now - self._shown
        return not self._count or since >= self._pace.lines or (since >= self._pace.apart and self._told != _place(figures))

    def _add(self, now: float, line: str) -> None:
        self._shown, self._count = now, self._count + 1
        self._screen.add(line)


class Rate:
    """How fast a stage or a phase comes along, by the last seconds of it.

    begun  when it began
    """

    def __init__(self) -> None:
        self.begun = 0.0
        self._place: object = None
        self._seen: collections.deque[tuple[float, int]] = collections.deque()

    def take(self, now: float, figures: Figures) -> None:
        if _place(figures) != self._place:
            self._place, self.begun = _place(figures), now
            self._seen.clear()
        self._seen.append((now, figures.moved if figures.size else figures.done))
        while now - self._seen[0][0] > _WINDOW:
            self._seen.popleft()

    def per_second(self) -> float:
        """Bytes where there are some, else steps; 0 as long as it is not known."""
        (since, before), (now, done) = self._seen[0], self._seen[-1]
        return max(done - before, 0) / (now - since) if now > since else 0.0


def _place(figures: Figures) -> object:
    return figures.stage, figures.phase
