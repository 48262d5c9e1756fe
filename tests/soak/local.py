# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every sync whose source fails: each file and directory of it in every way of ``tests/matrix/local_faults.py``."""

from __future__ import annotations

import functools

from ansible_collections.edgeops.netstorage.tests.matrix.local_trial import LocalTrial, attempt_local, local_trials
from ansible_collections.edgeops.netstorage.tests.soak.matrix import Judged, Process, all_of
from ansible_collections.edgeops.netstorage.tests.soak.rows import Progress, Row

_WHAT = "every file and directory of the source unreadable, no file, or another in the middle of a sync; and again"


@functools.cache
def everything() -> list[LocalTrial]:
    return local_trials()


def number_of_trials() -> int:
    return len(everything())


def one(seed: int) -> Judged:
    trial = everything()[seed % number_of_trials()]
    problems = [f"{trial}: {problem}" for problem in attempt_local(Process.ground, trial)]
    return Judged(seed, "unknown" if trial.fault.unknown else "moving", problems)


def stage(seed: int, scale: float, progress: Progress) -> Row:
    return all_of("local", _WHAT, number_of_trials, one, seed, scale, progress)
