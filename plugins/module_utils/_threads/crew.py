# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Several requests side by side, on threads that this one goes on listening beside: for signals, and for the first failure."""

from __future__ import annotations

import contextlib
import typing as t

from .cancellation import Stop
from .waiting import until_done
from .worker_pool import Threads

if t.TYPE_CHECKING:
    from concurrent.futures import Future

T = t.TypeVar("T")
R = t.TypeVar("R")


@contextlib.contextmanager
def crew(size: int, stop: Stop) -> t.Iterator[Threads]:
    """Threads that start nothing more when this one ends out of turn: leaving the pool waits for them."""
    with Threads(size) as pool:
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
        asked: list[Future[R]] = []
        for thing in things:
            asked.append(pool.submit(ask, thing))
            if _has_failed(asked[-1]):  # as it does at once where there is no thread and it was done here
                break
        until_done(asked, or_failed=True)
        for hand in asked:
            hand.cancel()
        return [hand.result() for hand in _failed_first(asked)]


def _has_failed(hand: Future[t.Any]) -> bool:
    return hand.done() and not hand.cancelled() and hand.exception() is not None


def _failed_first(asked: list[Future[R]]) -> list[Future[R]]:
    """What was cancelled was so because something failed: that is what is told."""
    failed = [hand for hand in asked if _has_failed(hand)]
    return failed or asked
