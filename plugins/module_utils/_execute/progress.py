# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far a run has come: figures that its threads write, and that another thread may read at any moment.

A run counts whether or not anybody reads. There are only numbers, a stage and a phase in it, no name of anything.
"""

from __future__ import annotations

import collections
import enum
import threading
import time
import typing as t

from .._plan.steps import Load, Phase, Plan, Step

SHORTEST_PAUSE = 2.0
"""Seconds; a shorter pause of all requests is not told."""


class Stage(enum.Enum):
    """What a run does at the moment."""

    LOOKING = "looking"
    COMPARING = "comparing"
    HASHING = "hashing"
    GUARDING = "checking the plan"
    CHANGING = "changing"
    SETTLING = "waiting until nothing can be carried out late"
    VERIFYING = "verifying"


class Pause(t.NamedTuple):
    """The service has asked for a pause, with this status. No request is sent until then, in seconds of the clock."""

    status: int
    seconds: float
    until: float


class Figures(t.NamedTuple):
    """How far a run has come at one moment.

    stage           None before it has begun
    looked, differ  COMPARING: the entries that were looked at, and the steps that they have led to
    phase           CHANGING: the phase, which is the ``number``-th of ``phases``
    done, total     the steps of the phase that have ended, successfully or not; the files that are hashed or verified, and
                    their number as far as it is known
    moved, size     the same in bytes
    """

    stage: Stage | None = None
    looked: int = 0
    differ: int = 0
    phase: Phase | None = None
    number: int = 0
    phases: int = 0
    done: int = 0
    total: int = 0
    moved: int = 0
    size: int = 0
    pause: Pause | None = None


_NOTHING = Load(0, 0)


class Progress:
    """Thread safe.

    Args:
        clock: seconds, monotonic.
    """

    def __init__(self, clock: t.Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._stage: Stage | None = None
        self._phase: Phase | None = None
        self._planned: dict[Phase, Load] = {}
        self._ended: dict[Phase, int] = collections.defaultdict(int)
        self._settled: dict[Phase, int] = collections.defaultdict(int)  # bytes
        self._done, self._total = _NOTHING, _NOTHING
        self._on_the_way = 0
        self._compared: t.Callable[[], tuple[int, int]] = _none
        self._pause: Pause | None = None

    def begin(self, stage: Stage, total: Load = _NOTHING) -> None:
        """Begin a stage.

        Args:
            stage: any but COMPARING and CHANGING.
            total: the files that it is about, and their bytes.
        """
        with self._lock:
            self._stage, self._phase, self._compared = stage, None, _none
            self._done, self._total = _NOTHING, total

    def compare(self, compared: t.Callable[[], tuple[int, int]]) -> None:
        """Begin to compare.

        Args:
            compared: gives the entries that were looked at and the steps that they have led to, to any thread.
        """
        self.begin(Stage.COMPARING)
        with self._lock:
            self._compared = compared

    def add(self, size: int) -> None:
        """One more file is done in this stage.

        Args:
            size: its bytes.
        """
        with self._lock:
            self._done = self._done.with_one(size)

    def plan(self, plan: Plan) -> None:
        """The plan that will be carried out. Read once, before the first change."""
        planned = plan.loads()
        with self._lock:
            self._planned = planned
            self._ended.clear()
            self._settled.clear()

    def enter(self, phase: Phase) -> None:
        """Begin a phase of the plan, or another wave of it."""
        self.begin(Stage.CHANGING)
        with self._lock:
            self._phase = phase

    def step_ended(self, step: Step) -> None:
        """A step of the plan has been carried out, or has failed."""
        phase, size = step.phase, step.size
        with self._lock:
            self._ended[phase] += 1
            self._settled[phase] += size

    def moved(self, count: int) -> None:
        """Bytes of a file are sent or received. When its request has ended, they are taken back with a negative number, because
        the step counts as a whole then, or begins anew."""
        with self._lock:
            self._on_the_way += count

    def paused(self, status: int, seconds: float) -> None:
        """The service has refused a request, and no other is sent for a while."""
        if seconds >= SHORTEST_PAUSE:
            with self._lock:
                self._pause = Pause(status, seconds, self._clock() + seconds)

    def figures(self) -> Figures:
        """How far the run has come by now."""
        with self._lock:
            pause = self._pause if self._pause is not None and self._pause.until > self._clock() else None
            if self._phase is not None:
                return self._of_the_phase(self._phase)._replace(pause=pause)
            looked, differ = self._compared()
            done, total = self._done, self._total
        return Figures(self._stage, looked, differ, None, 0, 0, done.steps, total.steps, done.bytes, total.bytes, pause)

    def _of_the_phase(self, phase: Phase) -> Figures:
        """The first assets are sent while the last directories are made; until these are done, they are what is told."""
        before = Phase.DIRECTORIES
        if phase is Phase.ASSETS and self._ended[before] < self._planned.get(before, _NOTHING).steps:
            phase = before
        total = self._planned.get(phase, _NOTHING)
        number = sum(each <= phase for each in self._planned)
        moved = min(max(self._settled[phase] + self._on_the_way, 0), total.bytes)
        done = self._ended[phase]
        return Figures(Stage.CHANGING, 0, 0, phase, number, len(self._planned), done, total.steps, moved, total.bytes)


def _none() -> tuple[int, int]:
    return 0, 0
