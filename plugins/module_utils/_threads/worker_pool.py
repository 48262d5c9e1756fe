# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pool of as many threads as the system allows: where a limit is reached (pids of a container, processes of a user), less is
done at a time, and nothing fails. Without any thread, the work is done by the thread that submits it."""

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

    cancellation  is cancelled if the ``with`` block ends with an exception: nothing more is started then
    shortage      the system's error message if there are fewer threads than wanted; else empty
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
            self._cancellation.cancel("an unexpected error occurred")
        self.shutdown()

    def submit(self, work: t.Callable[..., T], *arguments: object) -> concurrent.futures.Future[T]:
        """Runs ``work`` once, in a thread of the pool or in this one. An exception is stored in the future in both cases."""
        item = _Item(work, arguments)
        try:
            self._pool.submit(item)
            self._has_one = True
        except RuntimeError as error:
            # The executor has queued it although no thread was started for it: another one may take it, perhaps much later.
            self.shortage = str(error)
            if not self._has_one:
                item()
        return item.future

    def shutdown(self, wait: bool = True) -> None:
        self._pool.shutdown(wait)


def beside(work: t.Callable[[], T]) -> concurrent.futures.Future[T] | None:
    """Runs ``work`` in a thread of its own, which the end of the process does not wait for. An exception is stored in the future.
    None where the system gives no thread: it is not done then."""
    item = _Item(work, ())
    try:
        threading.Thread(target=item, daemon=True).start()
    except RuntimeError:
        return None
    return item.future


class _Item(t.Generic[T]):
    """A work item, which is run only by the first thread that takes it."""

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
        """Stores any exception for the thread that asks for the result."""
        if error is not None:
            self.future.set_exception(error)
        return True


def concurrent_map(ask: t.Callable[[T], R], things: t.Sequence[T], size: int, cancellation: Cancellation) -> list[R]:
    """The results in the order of ``things``, up to ``size`` at a time. After the first error nothing more is started; it is
    raised."""
    if len(things) < 2:
        return [ask(thing) for thing in things]
    with WorkerPool(min(size, len(things)), cancellation) as pool:
        asked: list[concurrent.futures.Future[R]] = []
        for thing in things:
            asked.append(pool.submit(ask, thing))
            if _has_failed(asked[-1]):  # at once if there was no thread and it was done in this one
                break
        until_done(asked, or_failed=True)
        for future in asked:
            future.cancel()
        return [future.result() for future in _failed_first(asked)]


def _has_failed(future: concurrent.futures.Future[t.Any]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is not None


def _failed_first(asked: list[concurrent.futures.Future[R]]) -> list[concurrent.futures.Future[R]]:
    """Failed futures before cancelled ones: these were cancelled because another failed, whose error is raised."""
    failed = [future for future in asked if _has_failed(future)]
    return failed or asked
