# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pins the content of a plan that is to be reviewed: every file that will be sent is hashed, and other bytes cannot be sent."""

from __future__ import annotations

import collections
import os
import typing as t

from .._local.file_content import FileContent
from .._model.errors import Stopped
from .._plan.steps import PIN, Plan, Step
from .._threads.cancellation import Cancellation
from .._threads.waiting import result_of, until_done
from .._threads.worker_pool import WorkerPool

if t.TYPE_CHECKING:
    from concurrent.futures import Future

_INLINE = 64 * 1024  # below this a hop to another thread costs more than the hashing
_WAITING = 256  # files at a time, so that memory does not grow with the plan
_NOTHING = bytes(PIN)


def with_pins(plan: Plan, content: t.Callable[[Step], FileContent], cancellation: Cancellation) -> Plan:
    """The plan with the SHA-256 and MD5 of all that it sends.

    Args:
        content: of a step that sends a file, hashed with both.

    Raises:
        BadSource: a file cannot be read, or is no longer as the plan has it.
        Stopped: the run was cancelled.
    """
    pins = bytearray(PIN * len(plan.steps))  # of its full length at once: growing would copy it
    end = 0
    waiting: collections.deque[Future[bytes] | bytes] = collections.deque()
    pool = WorkerPool(os.cpu_count() or 2)

    def pin(step: Step) -> bytes:
        found = content(step)
        return bytes.fromhex(t.cast(str, found.sha256)) + bytes.fromhex(t.cast(str, found.md5))

    def take() -> None:
        nonlocal end
        first = waiting.popleft()
        pins[end : end + PIN] = first if isinstance(first, bytes) else result_of(first)
        end += PIN

    try:
        for step in plan.steps:
            why = cancellation.reason()
            if why:
                raise Stopped(why)
            if not step.sends:
                waiting.append(_NOTHING)
            elif step.size < _INLINE:
                waiting.append(pin(step))
            else:
                waiting.append(pool.submit(pin, step))
            if len(waiting) > _WAITING:
                take()
        while waiting:
            take()
    finally:
        until_done([one for one in waiting if not isinstance(one, bytes) and not one.cancel()])
        pool.shutdown()
    return plan._replace(pins=pins)
