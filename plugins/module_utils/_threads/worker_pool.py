# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Threads, as many as the system gives: where a limit is reached (pids of a container, processes of a user), less is done at a
time, and nothing fails. Where there is none at all, whoever hands out the work does it: it can do what a thread can."""

from __future__ import annotations

import concurrent.futures
import threading
import typing as t

from .cancellation import Cancellation
from .waiting import until_done

T = t.TypeVar("T")
R = t.TypeVar("R")


class WorkerPool:
    """Up to ``size`` threads, started as they are needed. The end of a ``with`` block waits for all that was submitted.

    cancellation  is cancelled where the ``with`` block ends with an exception: nothing more is started then
    shortage      why there are fewer than were wanted, in the system's words; empty where there were enough so far
    """

    def __init__(self, size: int, cancellation: Cancellation | None = None) -> None:
        self._cancellation = cancellation
        self._pool = concurrent.futures.ThreadPoolExecutor(size)
        self._has_one = False
        self.shortage = ""

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        if kind is not None and self._cancellation is not None:
            self._cancellation.cancel("something unforeseen happened")
        self.shutdown()

    def submit(self, work: t.Callable[..., T], *arguments: object) -> concurrent.futures.Future[T]:
        """Has ``work`` done once, soon or here. An error is in the future, wherever it was met."""
        item = _Item(work, arguments)
        try:
            self._pool.submit(item)
            self._has_one = True
        except RuntimeError as error:
            # The executor has it in its queue although no thread was started for it: another one takes it, perhaps much later.
            self.shortage = str(error)
            if not self._has_one:
                item()
        return item.future

    def shutdown(self, wait: bool = True) -> None:
        self._pool.shutdown(wait)


class _Item(t.Generic[T]):
    """Something to be done, by whoever comes first; all others find it taken."""

    def __init__(self, work: t.Callable[..., T], arguments: tuple[object, ...]) -> None:
        self._work, self._arguments = work, arguments
        self._untaken = threading.Lock()
        self.future: concurrent.futures.Future[T] = concurrent.futures.Future()

    def __call__(self) -> None:
        if not self._untaken.acquire(blocking=False) or not self.future.set_running_or_notify_cancel():
            return
        with self:
            self.future.set_result(self._work(*self._arguments))

    def __enter__(self) -> _Item[T]:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> bool:
        """Whatever it is, it is for those who ask for the result, on their thread."""
        if error is not None:
            self.future.set_exception(error)
        return True


def concurrent_map(ask: t.Callable[[T], R], things: t.Sequence[T], size: int, cancellation: Cancellation) -> list[R]:
    """The answers in the order of ``things``, up to ``size`` asked for at a time. After the first error nothing more is
    started; what it was is raised."""
    if len(things) < 2:
        return [ask(thing) for thing in things]
    with WorkerPool(min(size, len(things)), cancellation) as pool:
        asked: list[concurrent.futures.Future[R]] = []
        for thing in things:
            asked.append(pool.submit(ask, thing))
            if _has_failed(asked[-1]):  # as it does at once where there is no thread and it was done here
                break
        until_done(asked, or_failed=True)
        for hand in asked:
            hand.cancel()
        return [hand.result() for hand in _failed_first(asked)]


def _has_failed(hand: concurrent.futures.Future[t.Any]) -> bool:
    return hand.done() and not hand.cancelled() and hand.exception() is not None


def _failed_first(asked: list[concurrent.futures.Future[R]]) -> list[concurrent.futures.Future[R]]:
    """What was cancelled was so because something failed: that is what is told."""
    failed = [hand for hand in asked if _has_failed(hand)]
    return failed or asked
