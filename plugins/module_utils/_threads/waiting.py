# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waits: for other threads, in short steps, and by polling with exponential back-off.

Python runs signal handlers in the main thread only, and the system may give a signal to another one, which does not wake the
main thread up. So a waiting thread wakes up now and then, and notices a cancellation.
"""

from __future__ import annotations

import time
import typing as t

from .cancellation import Cancellation

if t.TYPE_CHECKING:
    from concurrent.futures import Future

_NAP = 0.1  # seconds
_FIRST_PAUSE = 0.5

T = t.TypeVar("T")


def until_done(futures: t.Iterable[Future[t.Any]], or_failed: bool = False, seconds: float | None = None) -> None:
    """Returns when all of them have ended, successfully or not; with ``or_failed`` also when the first has failed, and at the
    latest after so many ``seconds``."""
    import concurrent.futures  # slow, and a listing of one page does without

    until = concurrent.futures.FIRST_EXCEPTION if or_failed else concurrent.futures.ALL_COMPLETED
    waiting = set(futures)
    latest = None if seconds is None else time.monotonic() + seconds
    while waiting and (latest is None or time.monotonic() < latest):
        ended, waiting = concurrent.futures.wait(waiting, _NAP, until)
        if or_failed and any(future.exception() is not None for future in ended):
            return


def result_of(future: Future[T]) -> T:
    """What ``future.result()`` gives or raises."""
    until_done([future])
    return future.result()


def looks(cancellation: Cancellation, seconds: float, longest: float) -> t.Iterator[None]:
    """Polls: one iteration at once, more after pauses that double up to ``longest`` seconds, and a last one when ``seconds`` are
    over; the time of the checks counts. A cancelled run goes on without pauses, so the caller must end the loop."""
    pause, left = _FIRST_PAUSE, seconds
    while True:
        begun = time.monotonic()
        yield
        left -= time.monotonic() - begun
        if left <= 0:
            return
        cancellation.sleep(min(pause, left))
        left -= pause
        pause = min(2 * pause, longest)
