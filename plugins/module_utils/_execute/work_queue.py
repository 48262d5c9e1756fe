# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thread-safe work queue of one stage; it records what became of each step."""

from __future__ import annotations

import threading
import typing as t

from .._model.errors import AuthRefused, BadReply, NetStorageError, ServiceFailed, Stopped, Throttled, Unreachable
from .._plan.outcome import Failed
from .._plan.steps import Phase, Step
from .._tasks.base import Task
from .._threads.cancellation import Cancellation
from .._usage_api.client import Client

# Errors that say more about the service, or the account, than about one path.
_OF_THE_SERVICE = (AuthRefused, BadReply, ServiceFailed, Throttled, Unreachable)
_FEWEST_IN_A_ROW = 8
_UNFORESEEN = "an unexpected error occurred"


class WorkQueue:
    """Thread safe.

    lost  why no more steps are handed out: cancelled, or the service no longer responds; else empty
    """

    def __init__(
        self,
        client: Client,
        task: Task,
        cancellation: Cancellation,
        steps: t.Sequence[Step],
        ended: t.Callable[[Step], None] = lambda _step: None,
    ) -> None:
        """``ended`` is called with each step that is done or has failed."""
        self._client, self._task, self._cancellation, self._ended = client, task, cancellation, ended
        self.steps = steps
        self.done: list[Step] = []
        self.failed: list[Failed] = []
        self.lost = ""
        self._undone: list[int] = []
        self._next = 0
        self._in_a_row = 0
        self._failed_phase: Phase | None = None
        self._asking = False
        self._lock = threading.Condition()

    def work(self, attempt: t.Callable[[Step], NetStorageError | None]) -> None:
        """Take steps and try them until there are none."""
        while True:
            place = self._take()
            if place is None:
                return
            try:
                error = attempt(self.steps[place])
            except BaseException:
                with self._lock:
                    self.lost = self.lost or _UNFORESEEN
                    self._undone.append(place)
                raise
            self._settle(place, error)

    def left(self) -> list[Step]:
        """Steps that were not handed out, or were cancelled before they had changed anything; in the order of the plan."""
        return [*(self.steps[place] for place in sorted(self._undone)), *self.steps[self._next :]]

    def _take(self) -> int | None:
        with self._lock:
            while self._asking:
                self._lock.wait()
            if not self.lost:
                self.lost = self._cancellation.reason() or ""
            place = self._next
            if self.lost or place >= len(self.steps):
                return None
            if self._failed_phase is not None and (
                self._task.on_error == "stop" or self.steps[place].phase > self._failed_phase
            ):
                return None
            self._next += 1
            return place

    def _settle(self, place: int, error: NetStorageError | None) -> None:
        step = self.steps[place]
        if not isinstance(error, Stopped):
            self._ended(step)
        with self._lock:
            if error is None:
                self.done.append(step)
                self._in_a_row = 0
                return
            if isinstance(error, Stopped):
                self._undone.append(place)
                return
            self.failed.append(Failed(step, error))
            self._failed_phase = step.phase if self._failed_phase is None else min(step.phase, self._failed_phase)
            self._in_a_row = self._in_a_row + 1 if isinstance(error, _OF_THE_SERVICE) else 0
            doubtful = not self._asking and self._in_a_row >= max(self._task.parallel, _FEWEST_IN_A_ROW)
            self._asking = self._asking or doubtful
        if doubtful:
            self._ask_whether_it_is_all()

    def _ask_whether_it_is_all(self) -> None:
        """Circuit breaker: after many failures in a row, a check whether the service is down; the other threads wait for it."""
        lost = _UNFORESEEN
        try:
            self._client.stat(self._task.path)
            lost = ""
        except Stopped as error:
            lost = error.message
        except NetStorageError as error:
            lost = f"the service no longer responds: {error.message}"
        finally:
            with self._lock:
                self.lost = self.lost or lost
                self._in_a_row = 0
                self._asking = False
                self._lock.notify_all()
