# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every task beside a service that misbehaves: a seeded sample of the whole matrix, which ``make soak`` runs to the end."""

from __future__ import annotations

import random

import pytest
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import Account
from ansible_collections.edgeops.netstorage.tests.matrix.faults import is_a_page
from ansible_collections.edgeops.netstorage.tests.matrix.scenarios import SCENARIOS, Scenario
from ansible_collections.edgeops.netstorage.tests.matrix.trial import Ground, Trial, attempt, trials
from netstorage_emulator.control import Running

SEED = 4
SAMPLE = 10


def sample(every: list[Trial], chance: random.Random) -> list[Trial]:
    """Of those, one that is late and one that is answered by a page, as far as there are any, and others."""
    kinds = ([one for one in every if one.fault["kind"] == "late"], [one for one in every if is_a_page(one.fault)])
    chosen = [chance.choice(trials) for trials in kinds if trials]
    return chosen + chance.sample([one for one in every if one not in chosen], SAMPLE - len(chosen))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_nothing_is_lost_and_nothing_is_a_lie(emulator: Running, account: Account, scenario: Scenario) -> None:
    ground = Ground(emulator, account)
    chosen = sample(trials(ground, scenario, SEED), random.Random(f"{SEED}/{scenario.name}"))
    wrong = {str(trial): problems for trial in chosen if (problems := attempt(ground, trial))}
    assert not wrong


def test_a_trial_stands_on_empty_ground(emulator: Running, account: Account) -> None:
    """Whatever was tried before: the soak finds a trial by its number, in every round of them."""
    ground = Ground(emulator, account)
    first, second = (trials(ground, SCENARIOS[0], SEED) for _round in range(2))
    assert [str(trial) for trial in first] == [str(trial) for trial in second]
