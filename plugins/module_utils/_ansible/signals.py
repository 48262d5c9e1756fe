# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""After a signal (SIGTERM, Ctrl-C, a lost terminal) a module ends with a result, not in the middle of a change."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import typing as t

from .._threads.cancellation import Cancellation
from .._threads.process_tree import ProcessTree

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM)  # the last: the task's own timeout


@contextlib.contextmanager
def cancelled_by_signals() -> t.Iterator[Cancellation]:
    """A cancellation by signals, which also notices when Ansible is gone. A second signal ends the process at once.

    A signal that the process was started to ignore (``nohup``, the background of a script) stays ignored.
    """
    cancellation = Cancellation(_process_tree(os.getpid(), os.getppid()))
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    heard = [number for number, handler in before.items() if handler not in (signal.SIG_IGN, None)]
    # An earlier handler, which cleans up on the controller (plugin_utils/_private_files.py), runs then; no traceback for Ctrl-C.
    ending = {number: signal.SIG_DFL if before[number] is signal.default_int_handler else before[number] for number in heard}

    def hear(number: int, _frame: object) -> None:
        for each in heard:
            signal.signal(each, ending[each])
        cancellation.cancel(f"it was told to end by {signal.Signals(number).name}")

    for number in heard:
        signal.signal(number, hear)
    try:
        yield cancellation
    finally:
        for number in heard:
            signal.signal(number, before[number])


@functools.lru_cache(maxsize=1)
def _process_tree(_pid: int, _parent: int) -> ProcessTree:
    """Found once by the items of a loop, which run in one process. A fork of it has a tree of its own."""
    return ProcessTree.of_this_process()
