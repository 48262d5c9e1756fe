# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several requests side by side: the order of answers, and what a failure ends."""

from __future__ import annotations

import threading
import time

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import NotFound
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.cancellation import Cancellation
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.worker_pool import concurrent_map


def test_the_answers_are_in_order() -> None:
    def ask(number: int) -> int:
        time.sleep(0.001 * (number % 3))
        return number * 2

    assert concurrent_map(ask, list(range(50)), 8, Cancellation()) == [number * 2 for number in range(50)]


def test_one_alone_needs_no_thread() -> None:
    assert concurrent_map(lambda _thing: threading.current_thread(), [1], 8, Cancellation()) == [threading.main_thread()]
    assert concurrent_map(lambda thing: thing, [], 8, Cancellation()) == []


def test_no_more_than_so_many_at_a_time() -> None:
    lock, now, most = threading.Lock(), 0, 0

    def ask(_number: int) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.005)
        with lock:
            now -= 1

    concurrent_map(ask, list(range(30)), 4, Cancellation())
    assert 1 < most <= 4


def test_a_failure_is_raised_and_nothing_more_is_started() -> None:
    asked, cancellation = [], Cancellation()

    def ask(number: int) -> int:
        asked.append(number)
        if number == 3:
            raise NotFound("the third")
        time.sleep(0.01)
        return number

    with pytest.raises(NotFound, match="the third"):
        concurrent_map(ask, list(range(500)), 4, cancellation)
    assert len(asked) < 100
    assert cancellation.reason()  # those that are at it send nothing more
