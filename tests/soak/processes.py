# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The processes of one play, whatever session or parent they have by now: they are known by a variable that all inherit.

From ansible-core 2.19 on every worker leads a session of its own, and who has lost its parent gets another one. So neither
the process group nor the family tree finds them all.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time

import psutil

MARK = "SOAK_RUN"
_EVERY = 0.02  # seconds between two looks


def marked(mark: str) -> list[int]:
    """Who lives with this mark in its environment. Who is dead and not yet waited for does not count."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(MARK) == mark:
                found.append(process.pid)
    return found


def signal_all(mark: str, number: signal.Signals) -> int:
    """To each of them at once; again to those that were born meanwhile. How many got it."""
    told: set[int] = set()
    while fresh := set(marked(mark)) - told:
        for pid in fresh:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        told |= fresh
    return len(told)


def none_left(mark: str, seconds: float) -> bool:
    """Whether all have ended within so many seconds. Those that have not are killed."""
    until = time.monotonic() + seconds
    while marked(mark):
        if time.monotonic() > until:
            signal_all(mark, signal.SIGKILL)
            return False
        time.sleep(_EVERY)
    return True
