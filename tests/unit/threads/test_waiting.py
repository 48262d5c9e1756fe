# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks with pauses that grow between them."""

from __future__ import annotations

import itertools

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads import waiting
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.cancellation import Cancellation
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.waiting import looks


class Clock(Cancellation):
    """Sleeps in no time, and remembers how long. A look takes ``look`` seconds."""

    def __init__(self, look: float) -> None:
        super().__init__()
        self.slept: list[float] = []
        self._look, self._moments = look, itertools.count()

    def monotonic(self) -> float:
        return self._look * next(self._moments)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.mark.parametrize(
    ("seconds", "look", "slept"),
    [
        (0, 0, []),
        (0.25, 0, [0.25]),
        (7.5, 0, [0.5, 1, 2, 4]),
        (20, 0, [0.5, 1, 2, 4, 4, 4, 4, 0.5]),
        (7.5, 1, [0.5, 1, 2]),
        (3, 5, []),
    ],
)
def test_pauses_double_and_end_with_the_time(
    monkeypatch: pytest.MonkeyPatch, seconds: float, look: float, slept: list[float]
) -> None:
    clock = Clock(look)
    monkeypatch.setattr(waiting, "time", clock)
    assert len(list(looks(clock, seconds, 4))) == len(slept) + 1
    assert clock.slept == slept


def test_a_cancelled_run_looks_again_at_once() -> None:
    cancellation = Cancellation()
    cancellation.cancel("enough")
    assert len(list(itertools.islice(looks(cancellation, 3600, 4), 3))) == 3
