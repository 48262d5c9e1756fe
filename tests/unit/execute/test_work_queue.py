# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The feed: every step ends in one list, whatever happens to the threads."""

from __future__ import annotations

import concurrent.futures
import types
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._execute.work_queue import WorkQueue
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import NetStorageError, ServiceFailed, Stopped
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.steps import Phase, Step, StepKind, Why
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.cancellation import Cancellation

STEPS = [
    Step(StepKind.UPLOAD, b"/1", None, Entry(b"%03d" % number, Kind.FILE, 1), Why.ABSENT, Phase.ASSETS) for number in range(200)
]
Attempt = t.Callable[[Step], t.Optional[NetStorageError]]


def feed_of(answer: Exception | None = None, parallel: int = 8) -> WorkQueue:
    """``answer``: what becomes of the question whether the service is there."""

    def stat(path: bytes) -> list[Entry]:
        if answer is not None:
            raise answer
        return []

    client, task = types.SimpleNamespace(stat=stat), types.SimpleNamespace(path=b"/1", parallel=parallel, on_error="continue")
    return WorkQueue(t.cast(t.Any, client), t.cast(t.Any, task), Cancellation(), STEPS)


def work(queue: WorkQueue, attempt: Attempt, runner: int = 8) -> list[BaseException]:
    """What the threads raised. A thread that waits for ever would hang here."""
    with concurrent.futures.ThreadPoolExecutor(runner) as pool:
        futures = [pool.submit(queue.work, attempt) for _hand in range(runner)]
        raised = [future.exception(timeout=30) for future in futures]
    lists = [*queue.done, *(failed.step for failed in queue.failed), *queue.left()]
    assert sorted(step.path for step in lists) == [step.path for step in STEPS]
    return [error for error in raised if error is not None]


def failing(step: Step) -> NetStorageError:
    return ServiceFailed("No", path=step.path, status=500)


def test_a_service_that_answers_is_tried_for_every_step() -> None:
    queue = feed_of()
    assert work(queue, failing) == []
    assert (len(queue.failed), queue.lost) == (len(STEPS), "")


def test_a_service_that_does_not_is_given_up() -> None:
    queue = feed_of(ServiceFailed("It is down"))
    assert work(queue, failing) == []
    assert (len(queue.failed) < 20, queue.lost) == (True, "the service no longer responds: It is down")


def test_being_stopped_while_asking_is_no_answer() -> None:
    queue = feed_of(Stopped("it was told to end"))
    work(queue, failing)
    assert queue.lost == "it was told to end"


def test_something_unforeseen_while_asking_leaves_nobody_waiting() -> None:
    queue = feed_of(MemoryError())
    assert [type(error) for error in work(queue, failing)] == [MemoryError]


@pytest.mark.parametrize("number", [0, 3, 150])
def test_something_unforeseen_in_one_thread_stops_the_others(number: int) -> None:
    def attempt(step: Step) -> None:
        if step is STEPS[number]:
            raise MemoryError

    queue = feed_of()
    assert [type(error) for error in work(queue, attempt)] == [MemoryError]
    assert queue.lost == "an unexpected error occurred"
    assert len(queue.done) <= number + 8


def test_what_was_broken_off_is_left_in_its_place() -> None:
    def attempt(step: Step) -> NetStorageError | None:
        return Stopped("enough") if step in (STEPS[1], STEPS[3]) else None

    queue = feed_of()
    work(queue, attempt, runner=1)
    assert queue.left() == [STEPS[1], STEPS[3]]
