# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Waiting for other threads in naps.

Python runs signal handlers in the main thread only, and the system may give a signal to another one, which does not wake the
main thread up. So whoever waits wakes up by itself now and then, and hears.
"""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from concurrent.futures import Future

_NAP = 0.1  # seconds

T = t.TypeVar("T")


def until_done(futures: t.Iterable[Future[t.Any]], or_failed: bool = False) -> None:
    """Returns when all of them have ended, in whatever way; with ``or_failed`` also when the first has failed."""
    import concurrent.futures  # slow, and a listing of one page does without

    until = concurrent.futures.FIRST_EXCEPTION if or_failed else concurrent.futures.ALL_COMPLETED
    waiting = set(futures)
    while waiting:
        ended, waiting = concurrent.futures.wait(waiting, _NAP, until)
        if or_failed and any(future.exception() is not None for future in ended):
            return


def result_of(future: Future[T]) -> T:
    """What ``future.result()`` gives or raises."""
    until_done([future])
    return future.result()
