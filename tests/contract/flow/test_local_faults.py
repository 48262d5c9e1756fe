# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Syncs whose source fails: what is unknown is named and left alone, and nothing is deleted then. A seeded sample; ``make soak``
has all of it."""

from __future__ import annotations

import random

import pytest
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import Account
from ansible_collections.edgeops.netstorage.tests.matrix.local_faults import local_faults
from ansible_collections.edgeops.netstorage.tests.matrix.local_trial import attempt_local, local_trials
from ansible_collections.edgeops.netstorage.tests.matrix.trial import Ground
from netstorage_emulator.control import Running

SEED = 4
SAMPLE = 4


@pytest.mark.parametrize("fault", [fault.name for fault in local_faults()])
def test_what_is_unknown_is_not_absent(emulator: Running, account: Account, fault: str) -> None:
    ground = Ground(emulator, account)
    every = [trial for trial in local_trials() if trial.fault.name == fault]
    sample = random.Random(f"{SEED}/{fault}").sample(every, min(SAMPLE, len(every)))
    wrong = {str(trial): problems for trial in sample if (problems := attempt_local(ground, trial))}
    assert not wrong
