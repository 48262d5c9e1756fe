# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# This room is private to edgeops.netstorage: nothing here is a promise to other collections.

"""Several requests side by side, on threads that this one goes on listening beside: for signals, and for the first failure."""

from __future__ import annotations

import concurrent.futures
import contextlib
import typing as t

from .._usage_api.waiting import until_done
from .stopping import Stop

T = t.TypeVar("T")
R = t.TypeVar("R")


@contextlib.contextmanager
def crew(size: int, stop: Stop) -> t.Iterator[concurrent.futures.ThreadPoolExecutor]:
    """Threads that start nothing more when this one ends out of turn: leaving the pool waits for them."""
    with concurrent.futures.ThreadPoolExecutor(size) as pool:
        try:
            yield pool
        except BaseException:
            stop.tell("something unforeseen happened")
            raise


def side_by_side(ask: t.Callable[[T], R], things: t.Sequence[T], size: int, stop: Stop) -> list[R]:
    """The answers in the order of ``things``, up to ``size`` asked for at a time. After the first error nothing more is
    started; what it was is raised."""
    if len(things) < 2:
        return [ask(thing) for thing in things]
    with crew(min(size, len(things)), stop) as pool:
        asked = [pool.submit(ask, thing) for thing in things]
        until_done(asked, or_failed=True)
        for hand in asked:
            hand.cancel()
        return [hand.result() for hand in _failed_first(asked)]


def _failed_first(asked: list[concurrent.futures.Future[R]]) -> list[concurrent.futures.Future[R]]:
    """What was cancelled was so because something failed: that is what is told."""
    failed = [hand for hand in asked if hand.done() and not hand.cancelled() and hand.exception() is not None]
    return failed or asked
