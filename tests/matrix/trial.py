# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One task beside a service that misbehaves in one way: in check mode, for real, and again when all is well."""

from __future__ import annotations

import collections
import dataclasses
import random
import tempfile
import time
import typing as t
import zlib
from pathlib import Path

from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import NetStorageError
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import SyncOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.cancellation import Cancellation
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import Account
from ansible_collections.edgeops.netstorage.tests.contract.scene import Scene
from ansible_collections.edgeops.netstorage.tests.matrix.faults import Fault, faults, is_a_lie, is_hidden_above, spelled
from ansible_collections.edgeops.netstorage.tests.matrix.invariants import (
    Doubts,
    Ended,
    State,
    behind_a_link,
    fence,
    judged,
    state_of,
    state_wanted,
    temporary,
)
from ansible_collections.edgeops.netstorage.tests.matrix.scenarios import Scenario
from netstorage_emulator.control import Running

IDLE = 0.3  # seconds without a byte
RETRIES = 2
BUDGET = 30.0  # seconds, far above any sum of idle timeouts here: what takes longer does not end by itself
SETTLE = 5.0  # seconds, a tenth of one by the clock of Quick: longer than anything is late here
_QUICKER = 0.02
_LOOK_AGAIN = 0.01  # seconds
_NO_DOUBTS = Doubts()


class Quick(Cancellation):
    """Pauses between tries take a fiftieth of their time."""

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds * _QUICKER)


@dataclasses.dataclass(frozen=True)
class Trial:
    """``str(trial)`` names it; ``number`` seeds what its fault leaves to chance."""

    scenario: Scenario
    fault: Fault
    number: int

    def __str__(self) -> str:
        return f"{self.scenario.name} | {spelled(self.fault)} | {self.number}"


class Ground:
    """The service that misbehaves. Nobody else uses it: its faults and knobs are for all requests, and each stage empties it."""

    def __init__(self, emulator: Running, account: Account) -> None:
        self.emulator, self.account = emulator, account
        self.control = emulator.control
        self._knobs = self.control.knobs()

    def set_knobs(self, knobs: t.Mapping[str, t.Any]) -> None:
        self.control.set_knobs(**{**self._knobs, **knobs})


def trials(ground: Ground, scenario: Scenario, seed: int) -> list[Trial]:
    """All of a scenario, made from what it sends when nothing goes wrong. Raises AssertionError where that fails already."""
    made = faults(_sent(ground, scenario), random.Random(f"{seed}/{scenario.name}"))
    return [Trial(scenario, fault, number) for number, fault in enumerate(made)]


def _sent(ground: Ground, scenario: Scenario) -> t.Mapping[str, int]:
    with tempfile.TemporaryDirectory() as work:
        stage = Stage(ground, scenario, _place(scenario.name), Path(work))
        ended = stage.run(check=False)
        problems = judged(stage.before, stage.state(), stage.wanted, ended, Doubts(proves=scenario.proves))
        if isinstance(ended, NetStorageError) or ended.error is not None or problems:
            raise AssertionError(f"{scenario.name} fails beside a service that does nothing wrong: {ended} {problems}")
        return collections.Counter(request.action for request in stage.scene.sent())


def _place(name: str) -> str:
    return f"trial-{zlib.crc32(name.encode()):08x}"


def attempt(ground: Ground, trial: Trial) -> list[str]:
    """What is wrong; empty where nothing is."""
    with tempfile.TemporaryDirectory() as work:
        stage = Stage(ground, trial.scenario, _place(str(trial)), Path(work))
        fault = {"path": f"{stage.scene.place.decode()}*", **trial.fault}
        problems = []
        for check in (True, False):
            ground.control.rehearse({"seed": trial.number, "faults": [fault]})
            begun = time.monotonic()
            ended = stage.run(check=check)
            seconds = time.monotonic() - begun
            ground.control.clear_faults()
            if trial.fault["kind"] == "refuse":
                time.sleep(trial.fault["ms"] / 1000)  # no connection is taken before that
            while ground.control.counts()["waiting"]:
                time.sleep(_LOOK_AGAIN)  # what is late is judged when it has happened
            if seconds > BUDGET:
                problems.append(f"it took {seconds:.0f} s")
            if check:
                problems += [f"check mode sent {request}" for request in stage.scene.sent() if request.changes]
        doubts = Doubts(is_a_lie(trial.fault), is_hidden_above(trial.fault), trial.scenario.proves)
        problems += judged(stage.before, stage.state(), stage.wanted, ended, doubts)
        told = isinstance(ended, NetStorageError) or ended.error is not None
        return problems + stage.problems_of_another_run(told, doubts)


class Stage:
    """The two sides of one trial."""

    def __init__(self, ground: Ground, scenario: Scenario, name: str, work: Path) -> None:
        place = ground.account.root + b"/" + name.encode()
        self.scenario = scenario
        ground.control.reset_tree()
        self.scene = Scene(ground.emulator, ground.account, place, work)
        self.scene.common = dataclasses.replace(self.scene.common, idle_timeout=IDLE, max_retries=RETRIES, settle=SETTLE)
        ground.set_knobs(scenario.knobs)
        self.scene.there(scenario.there)
        self.scene.here(scenario.here)
        self._base = place + b"/s/"
        self.before = self.state()
        self.wanted = state_wanted(scenario.wanted, self._base)

    def state(self) -> State:
        found = state_of(self.scene.control.tree(self._base.decode()))
        found.pop(self._base, None)
        return found

    def run(self, check: bool) -> Ended:
        try:
            return run(self.scenario.options(self.scene), check=check, diff=check, cancellation=Quick())
        except NetStorageError as error:
            return error

    def problems_of_another_run(self, told: bool = True, doubts: Doubts = _NO_DOUBTS) -> list[str]:
        """When the service is well again, one more run does what is left, and another finds nothing to do.

        told  the run before told of a failure; otherwise nothing is left
        """
        ended = self.run(check=False)
        if isinstance(ended, NetStorageError) or ended.error is not None:
            return [f"the next run fails: {ended if isinstance(ended, NetStorageError) else ended.error}"]
        after = self.state()
        after = {key: what for key, what in after.items() if not ((told or doubts.lie) and fence(key))}
        if doubts.lie:
            after = self._without_hidden(after)
        wrong = [key for key in {*after, *self.wanted} if after.get(key) != self.wanted.get(key)]
        problems = [f"after the next run {key!r} holds {after.get(key)!r}, not {self.wanted.get(key)!r}" for key in wrong]
        problems += [f"{key!r} was left behind" for key in after if temporary(key)]
        if ended.changed and not (told or doubts.lie or doubts.hidden):
            problems.append("success, and the next run finds something to do")
        again = self.run(check=True)
        if isinstance(again, NetStorageError) or again.changed:
            problems.append("the run after the next one finds something to do")
        return problems

    def _without_hidden(self, after: State) -> State:
        """What a lie hid may lie behind a new link, or under the name where it waited, for which nothing but a sync looks."""
        cleans_up = isinstance(self.scenario.options(self.scene), SyncOptions)
        hidden = [key for key in after if behind_a_link(key, after) or (temporary(key) and not cleans_up)]
        return {key: what for key, what in after.items() if key not in hidden}
