# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A seeded sample of the kills of ``make soak`` (docs/soak.md), of the play, of Ansible alone, and of the service.

A failure names what does not hold; the test's id has the seed, and ``tests/soak/run.py STAGE --seed SEED --scale 0`` plays the
same run with tasks before and behind the sync.
"""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.edgeops.netstorage.tests.soak import emulator_kills, kills, orphans
from ansible_collections.edgeops.netstorage.tests.soak.testbed import Testbed, ready_testbeds


@pytest.fixture(scope="module")
def testbed() -> t.Iterator[Testbed]:
    with ready_testbeds(1, around=False) as ready:
        yield ready[0]


@pytest.mark.parametrize("seed", [1, 2, 3, 5, 6, 8])
def test_a_killed_play_is_as_if_it_had_not_been(testbed: Testbed, seed: int) -> None:
    kills.attempt(testbed, seed)


@pytest.mark.parametrize("seed", [5, 6])
def test_what_ansible_leaves_behind_deletes_nothing(testbed: Testbed, seed: int) -> None:
    orphans.attempt(testbed, seed)


def test_a_service_that_was_killed_comes_back(testbed: Testbed) -> None:
    emulator_kills.attempt(testbed, 8)
