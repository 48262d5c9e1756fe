# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Every task beside a service that misbehaves: a seeded sample of the whole matrix, which ``make soak`` runs to the end."""

from __future__ import annotations

import random

import pytest
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import Account
from ansible_collections.edgeops.netstorage.tests.matrix.scenarios import SCENARIOS, Scenario
from ansible_collections.edgeops.netstorage.tests.matrix.trial import Ground, attempt, trials
from netstorage_emulator.control import Running

SEED = 4
SAMPLE = 10


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_nothing_is_lost_and_nothing_is_a_lie(emulator: Running, account: Account, scenario: Scenario) -> None:
    ground = Ground(emulator, account)
    sample = random.Random(f"{SEED}/{scenario.name}").sample(trials(ground, scenario, SEED), SAMPLE)
    wrong = {str(trial): problems for trial in sample if (problems := attempt(ground, trial))}
    assert not wrong


def test_a_trial_stands_on_empty_ground(emulator: Running, account: Account) -> None:
    """Whatever was tried before: the soak finds a trial by its number, in every round of them."""
    ground = Ground(emulator, account)
    first, second = (trials(ground, SCENARIOS[0], SEED) for _round in range(2))
    assert [str(trial) for trial in first] == [str(trial) for trial in second]
