# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Threads, as many as the system gives: where a limit is reached (pids of a container, processes of a user), less is done at a
time, and nothing fails. Where there is none at all, whoever hands out the work does it: it can do what a thread can."""

from __future__ import annotations

import concurrent.futures
import threading
import typing as t

T = t.TypeVar("T")


class Threads:
    """Up to ``size`` of them, started as they are needed. The end of a ``with`` block waits for all that was handed out.

    short  why there are fewer than were wanted, in the system's words; empty where there were enough so far
    """

    def __init__(self, size: int) -> None:
        self._pool = concurrent.futures.ThreadPoolExecutor(size)
        self._has_one = False
        self.short = ""

    def __enter__(self) -> Threads:
        return self

    def __exit__(self, *_error: object) -> None:
        self.shutdown()

    def submit(self, work: t.Callable[..., T], *arguments: object) -> concurrent.futures.Future[T]:
        """Has ``work`` done once, soon or here. An error is in the future, wherever it was met."""
        item = _Item(work, arguments)
        try:
            self._pool.submit(item)
            self._has_one = True
        except RuntimeError as error:
            # The executor has it in its queue although no thread was started for it: another one takes it, perhaps much later.
            self.short = str(error)
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
