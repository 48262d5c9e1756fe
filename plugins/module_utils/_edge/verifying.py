# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_verify_edge: looks at all URLs once, then at those that are not right yet, until they are or the time is over."""

from __future__ import annotations

import collections
import contextlib
import time
import typing as t

from .._queries.base import Answer
from .._threads.cancellation import Cancellation
from .._threads.waiting import result_of
from .._threads.worker_pool import WorkerPool
from .expectations import Expectation
from .findings import LISTED, LISTED_ON_FAILURE, Findings, error_of
from .seen import Judgement, Seen, Verdict, judge
from .sources import Expected, opened_expectations
from .verify_options import VerifyOptions
from .visitor import Visitor

if t.TYPE_CHECKING:
    from concurrent.futures import Future

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 15.0  # seconds
_SILENT_ROUNDS = 3  # without any answer, after which none is awaited any more
_AGAIN, _FRESH, _FINAL = 0, 1, 2
_Looks = collections.deque[tuple[int, Expectation, "Future[Seen]"]]


def verify(options: VerifyOptions, cancellation: Cancellation, clock: t.Callable[[], float] = time.monotonic) -> Answer:
    """Look, and say what is served. A failure is in the answer.

    Args:
        cancellation: does the waiting.
        clock: seconds.

    Raises:
        NetStorageError: nothing can be looked at.
        Stopped: the run was cancelled.
    """
    with opened_expectations(options) as wanted, contextlib.closing(Visitor(options, cancellation)) as visitor:
        run = _Run(options, wanted, visitor, cancellation, clock)
        if wanted.sample.count:
            run.go()
        return run.answer()


def skipped() -> Answer:
    """In check mode: what is there is not what would be deployed."""
    values = _values(Findings(), 0, 0, 0, 0.0, LISTED)
    return Answer({**values, "skipped": True, "skip_reason": "Nothing is deployed in check mode, so nothing was looked at."})


class _Run:
    """Rounds of looks."""

    def __init__(
        self,
        options: VerifyOptions,
        wanted: Expected,
        visitor: Visitor,
        cancellation: Cancellation,
        clock: t.Callable[[], float],
    ) -> None:
        self._options, self._wanted, self._visitor = options, wanted, visitor
        self._cancellation, self._clock, self._begun = cancellation, clock, clock()
        self._states = bytearray(wanted.sample.count)
        self._fresh = {True: 0, False: 0}  # by whether they are pages
        self._settled = Findings()  # what is not looked at again
        self._open = Findings()
        self._without_etag = 0
        self._fresh_after = 0.0

    def go(self) -> None:
        pause, silent = _FIRST_PAUSE, 0
        with WorkerPool(min(self._options.parallel, self._wanted.sample.count), self._cancellation) as pool:
            while True:
                self._round(pool)
                left = self._options.within - self._elapsed()
                silent = silent + 1 if self._open.unanswered and self._open.unanswered == self._open.count else 0
                if not self._open.count or left <= 0 or (silent == _SILENT_ROUNDS and not any(self._fresh.values())):
                    return
                self._cancellation.sleep(min(pause, left))
                pause = min(2 * pause, _LONGEST_PAUSE)

    def answer(self) -> Answer:
        found = self._settled.joined(self._open)
        checked = len(self._states)
        error = error_of(found, checked, self._fresh[True], self._fresh[False])
        most = LISTED if error is None else LISTED_ON_FAILURE
        seconds = round(self._fresh_after, 1)
        values = _values(found, checked, sum(self._fresh.values()), self._wanted.sample.left_out, seconds, most)
        notes = list(self._wanted.notes)
        if self._without_etag:
            notes.append(f"{self._without_etag} URLs have no ETag of NetStorage at the edge, so their content was compared")
        return Answer(values, notes, error)

    def _elapsed(self) -> float:
        return self._clock() - self._begun

    def _round(self, pool: WorkerPool) -> None:
        """Look at all that is not right yet, in order. A few looks wait for the threads that are busy, and no more."""
        self._open, self._without_etag = Findings(), 0
        waiting: _Looks = collections.deque()
        for number, want in enumerate(self._wanted.read()):
            if self._states[number] == _AGAIN:
                waiting.append((number, want, pool.submit(self._visitor.look, want)))
            if len(waiting) > 2 * self._options.parallel:
                self._take(*waiting.popleft())
        while waiting:
            self._take(*waiting.popleft())

    def _take(self, number: int, want: Expectation, look: Future[Seen]) -> None:
        seen = result_of(look)
        judged = judge(want, seen)
        self._without_etag += seen.is_without_etag
        if judged.verdict is Verdict.FRESH:
            self._states[number] = _FRESH
            self._fresh[want.is_page] += 1
            self._fresh_after = self._elapsed()
            return
        self._note(number, want, seen, judged)

    def _note(self, number: int, want: Expectation, seen: Seen, judged: Judgement) -> None:
        if judged.is_final:
            self._states[number] = _FINAL
        (self._settled if judged.is_final else self._open).add(want, seen, judged, self._elapsed())


def _values(found: Findings, checked: int, verified: int, left_out: int, seconds: float, most: int) -> dict[str, t.Any]:
    return {
        "changed": False,
        "checked": checked,
        "verified": verified,
        "left_out": left_out,
        "stale": [one._asdict() for one in found.stale[:most]],
        "stale_count": found.stale_count,
        "missing": [one._asdict() for one in found.missing[:most]],
        "missing_count": found.missing_count,
        "stale_urls": found.urls,
        "seconds_until_fresh": seconds,
    }
