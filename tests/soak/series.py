# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many runs of one kind: each made by its own seed alone, a few of them side by side, none ended by another's failure."""

from __future__ import annotations

import collections
import concurrent.futures
import dataclasses
import subprocess
import threading
import typing as t

from ansible_collections.edgeops.netstorage.tests.soak.rows import Failure, Progress, Row
from netstorage_emulator.control import ControlError

_WRONG = (AssertionError, ControlError, subprocess.SubprocessError, OSError, ValueError, LookupError)
"""What one run may end with. Anything else is a mistake in the soak itself, and ends it."""


@dataclasses.dataclass(frozen=True)
class Ran:
    """A run in which everything held. ``where`` is where the kill or the fault fell, in a word for the table; empty for none."""

    where: str = ""
    injected: int = 1


Testbed = t.TypeVar("Testbed")


class Series(t.Generic[Testbed]):
    """Seeds are handed out one by one to the testbeds, each of which has an emulator and a folder of its own."""

    def __init__(
        self,
        stage: str,
        what: str,
        testbeds: t.Sequence[Testbed],
        attempt: t.Callable[[Testbed, int], Ran],
        phases: t.Sequence[str] = (),
    ) -> None:
        """``phases``: the order in which the table names the places where kills fell."""
        self._stage, self._what, self._testbeds, self._attempt = stage, what, testbeds, attempt
        self._phases = list(phases)
        self._ran: list[Ran] = []
        self._failures: list[Failure] = []
        self._stopped = False
        self._lock = threading.Lock()

    def run(self, seeds: t.Sequence[int], progress: Progress) -> Row:
        waiting = collections.deque(seeds)
        with concurrent.futures.ThreadPoolExecutor(len(self._testbeds)) as pool:
            futures = [pool.submit(self._work, testbed, waiting, len(seeds), progress) for testbed in self._testbeds]
            try:
                for future in futures:
                    future.result()
            except BaseException:
                self._stopped = True
                raise
        return self._row(len(seeds))

    def _work(self, testbed: Testbed, waiting: collections.deque[int], total: int, progress: Progress) -> None:
        while not self._stopped:
            try:
                seed = waiting.popleft()
            except IndexError:
                return
            ran, why = self._one(testbed, seed)
            with self._lock:
                self._ran += [ran] if ran else []
                self._failures += [] if ran else [Failure(seed, why)]
                ended = len(self._ran) + len(self._failures)
                progress(f"{ended} of {total} runs, {len(self._failures)} failures")

    def _one(self, testbed: Testbed, seed: int) -> tuple[Ran | None, str]:
        try:
            return self._attempt(testbed, seed), ""
        except _WRONG as error:
            return None, f"{type(error).__name__}: {error}"

    def _row(self, total: int) -> Row:
        fallen = collections.Counter(ran.where for ran in self._ran if ran.where)
        order = [*self._phases, *sorted(set(fallen) - set(self._phases))]
        note = ", ".join(f"{where} {fallen[where]}" for where in order)
        injected = sum(ran.injected for ran in self._ran) + len(self._failures)
        failures = tuple(sorted(self._failures, key=lambda one: one.seed))
        return Row(self._stage, self._what, total, injected, len(self._ran), failures, note=note)
