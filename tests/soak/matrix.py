# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every task beside every fault: the whole matrix of ``tests/matrix``, one emulator for each process.

Seed S is the trial S modulo their number, with the chances of the round S divided by it: as many seeds in a row as there
are trials are the whole matrix.
"""

from __future__ import annotations

import collections
import concurrent.futures
import contextlib
import multiprocessing
import os
import time
import typing as t

from ansible_collections.edgeops.netstorage.tests.contract.raw_client import Account
from ansible_collections.edgeops.netstorage.tests.matrix.scenarios import SCENARIOS
from ansible_collections.edgeops.netstorage.tests.matrix.trial import Ground, Trial, attempt, trials
from ansible_collections.edgeops.netstorage.tests.soak.rows import Failure, Progress, Row, how_many
from netstorage_emulator.control import running

ACCOUNT, KEY, CP_CODE = "tester", "a-key-of-the-fault-matrix", "123456"
_CHUNK = 8  # trials that a process takes at a time


class Judged(t.NamedTuple):
    """One trial; ``kind`` is the kind of its fault."""

    seed: int
    kind: str
    problems: list[str]


class Process:
    """What a process keeps from trial to trial: its emulator, and the trials of a round."""

    ground: Ground
    held = contextlib.ExitStack()
    rounds: t.ClassVar[dict[int, list[Trial]]] = {}

    @classmethod
    def begin(cls) -> None:
        """Its emulator ends with the process."""
        emulator = cls.held.enter_context(running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE]))
        cls.ground = Ground(emulator, Account(emulator.host_port, ACCOUNT, KEY, f"/{CP_CODE}".encode(), "http"))

    @classmethod
    def everything(cls, chances: int) -> list[Trial]:
        if chances not in cls.rounds:
            cls.rounds[chances] = [trial for one in SCENARIOS for trial in trials(cls.ground, one, chances)]
        return cls.rounds[chances]


def number_of_trials() -> int:
    return len(Process.everything(0))


def one(seed: int) -> Judged:
    total = number_of_trials()
    trial = Process.everything(seed // total)[seed % total]
    problems = [f"{trial}: {problem}" for problem in attempt(Process.ground, trial)]
    return Judged(seed, str(trial.fault["kind"]), problems)


def stage(seed: int, scale: float, progress: Progress) -> Row:
    what = f"{len(SCENARIOS)} tasks, each beside every fault, in check mode, for real, and again"
    return all_of("matrix", what, number_of_trials, one, seed, scale, progress)


def all_of(
    name: str, what: str, how_many_there_are: t.Callable[[], int], try_one: t.Callable[[int], Judged],
    seed: int, scale: float, progress: Progress,
) -> Row:  # fmt: skip
    """The trials of a stage, spread over a process for each core."""
    begun = time.monotonic()
    kinds: collections.Counter[str] = collections.Counter()
    failures: list[Failure] = []
    workers = os.cpu_count() or 2
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(workers, context, Process.begin) as pool:
        count = how_many(pool.submit(how_many_there_are).result(), scale)
        for judged in pool.map(try_one, range(seed, seed + count), chunksize=_CHUNK):
            kinds[judged.kind] += 1
            failures += [Failure(judged.seed, problem) for problem in judged.problems]
            progress(f"{kinds.total():,} of {count:,} trials, {len(failures)} problems")
    spread = ", ".join(f"{kind} {number:,}" for kind, number in kinds.most_common())
    survived = count - len({failure.seed for failure in failures})
    return Row(name, what, count, count, survived, tuple(failures), time.monotonic() - begun, spread)
