# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wherever the main thread waits for another one, it hears a signal that the system has given to that one."""

from __future__ import annotations

import signal
import threading
import time
import types
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.signals import cancelled_by_signals
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.planner import Question
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.hashing import Digests
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.remote_tree import look_at
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.cancellation import Cancellation
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.tree_listing import listing
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.xml_parser import Page, Row

LARGE = Entry(b"large", Kind.FILE, 1 << 20)


class Worker:
    """Work for another thread, which gets the signal in the middle of it; ``heard`` is what it then knows."""

    def __init__(self, cancellation: Cancellation) -> None:
        self._cancellation = cancellation
        self.heard: str | None = None

    def work(self, *_given: object) -> str:
        assert threading.current_thread() is not threading.main_thread()
        time.sleep(0.3)  # until the main thread waits
        signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
        until = time.monotonic() + 5
        while self._cancellation.reason() is None and time.monotonic() < until:
            time.sleep(0.01)
        self.heard = self._cancellation.reason()
        return "0" * 32


def digest(worker: Worker, cancellation: Cancellation) -> None:
    planner = types.SimpleNamespace(answer=lambda *_given: None)
    with Digests(t.cast(t.Any, planner), worker.work, cancellation) as digests:
        digests.ask(Question(LARGE, LARGE))


def break_off_digests(worker: Worker, cancellation: Cancellation) -> None:
    with pytest.raises(LookupError), Digests(t.cast(t.Any, None), worker.work, cancellation) as digests:
        digests.ask(Question(LARGE, LARGE))
        time.sleep(0.1)
        raise LookupError


def look(worker: Worker, _cancellation: Cancellation) -> None:
    client = types.SimpleNamespace(stat=lambda path: [] if path == b"/1/a/b" else [worker.work()])
    look_at(t.cast(t.Any, client), [b"/1/a/b"], [b"/1/a", b"/1/a/b"])


def look_at_the_place(worker: Worker, _cancellation: Cancellation) -> None:
    client = types.SimpleNamespace(stat=lambda path: [worker.work()])
    look_at(t.cast(t.Any, client), [b"/1/a"], [b"/1/a"])


class Pages:
    """In place of a sender: the second page is slow."""

    def __init__(self, worker: Worker) -> None:
        self._worker, self._asked = worker, 0

    def ask(self, _call: object, _read: object) -> Page:
        self._asked += 1
        if self._asked == 1:
            return Page([Row(Kind.FILE, b"1/a/x", 1, None, None, None, False)], b"1/a/y", None)
        self._worker.work()
        return Page([], None, None)


def go_on_listing(worker: Worker, _cancellation: Cancellation) -> None:
    assert [entry.name for entry in listing(t.cast(t.Any, Pages(worker)), b"/1/a", ordered=True)] == [b"x"]


def break_off_listing(worker: Worker, _cancellation: Cancellation) -> None:
    rows = t.cast("t.Generator[Entry, None, None]", listing(t.cast(t.Any, Pages(worker)), b"/1/a", ordered=True))
    next(rows)
    rows.close()


@pytest.mark.parametrize(
    "wait", [digest, break_off_digests, look, look_at_the_place, go_on_listing, break_off_listing], ids=lambda wait: wait.__name__
)
def test_the_signal_is_heard(wait: t.Callable[[Worker, Cancellation], None]) -> None:
    with cancelled_by_signals() as cancellation:
        worker = Worker(cancellation)
        wait(worker, cancellation)
    assert worker.heard == "it was told to end by SIGTERM"
