# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sync whose source fails in one way, and when that is over once more. Judged from the two sides alone, as in ``trial.py``."""

from __future__ import annotations

import dataclasses
import hashlib
import tempfile
import typing as t
import zlib
from pathlib import Path

from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import NetStorageError
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import Outcome, result
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import Options, SyncOptions
from ansible_collections.edgeops.netstorage.tests.matrix.invariants import DIRECTORY, Doubts, Ended, State
from ansible_collections.edgeops.netstorage.tests.matrix.local_faults import LocalFault, Victim, local_faults
from ansible_collections.edgeops.netstorage.tests.matrix.scenarios import SCENARIOS, Scenario, Tree
from ansible_collections.edgeops.netstorage.tests.matrix.trial import Ground, Stage

_BLOCKS = 512 * 1024
_FOLLOWED: Tree = {"a": "new", "d/b": "b", "d/e/c": "c", "same": "same"}
_FOLLOWING = Scenario(
    "sync: links followed", {"a": "old", "d/b": "was b", "d/x": "x", "same": "same", "z": "z"}, _FOLLOWED,
    {**_FOLLOWED, "d/": None, "d/e/": None}, lambda scene: scene.options(parallel=4, delete=True, links="follow"),
)  # fmt: skip


class LocalTrial(t.NamedTuple):
    scenario: Scenario
    fault: LocalFault
    victim: str
    kind: str

    def __str__(self) -> str:
        return f"{self.scenario.name} | {self.fault.name} | {self.victim}"


def local_trials() -> list[LocalTrial]:
    """Every fault of every file and directory of every sync, and of a name that only the service has."""
    made = []
    for scenario in (*(one for one in SCENARIOS if one.name.startswith("sync") and not _needs_a_delete(one)), _FOLLOWING):
        links = "follow" if scenario is _FOLLOWING else "preserve"
        for fault in local_faults():
            if fault.links == links or not fault.unknown:
                made += [LocalTrial(scenario, fault, name, kind) for name, kind in _victims(scenario) if kind in fault.kinds]
    return made


def _victims(scenario: Scenario) -> t.Iterator[tuple[str, str]]:
    files = [name for name, what in scenario.here.items() if what is not None and not what.startswith("-> ")]
    for name in files:
        yield name, "file"
        if len(scenario.here[name] or "") > _BLOCKS:
            yield name, "large"
    parts = {"/".join(name.split("/")[:depth]) for name in files for depth in range(1, name.count("/") + 1)}
    for name in sorted(parts):
        yield name, "directory"
    taken = {name.split("/")[0] for name in scenario.here}
    for name in scenario.there:
        if "/" not in name and name not in taken:
            yield name, "nothing"


def attempt_local(ground: Ground, trial: LocalTrial) -> list[str]:
    """What is wrong; empty where nothing is."""
    with tempfile.TemporaryDirectory(prefix="ns-") as work:
        stage = _Local(ground, trial, Path(work))
        return stage.problems()


class _Local(Stage):
    """The two sides, and what must hold of them."""

    def __init__(self, ground: Ground, trial: LocalTrial, work: Path) -> None:
        super().__init__(ground, trial.scenario, f"local-{zlib.crc32(str(trial).encode()):08x}", work)
        self._trial = trial
        self._key = self._base + trial.victim.encode()
        options = t.cast(SyncOptions, trial.scenario.options(self.scene))
        self._options: Options = dataclasses.replace(options, max_delete=None)

    def problems(self) -> list[str]:
        trial = self._trial
        versions = {_digest(self._text())}
        with trial.fault.during(Victim(self.scene.source, trial.victim, trial.kind)):
            if trial.fault.unknown:
                self.run(check=True)
                if any(request.changes for request in self.scene.sent()):
                    return ["check mode changed something"]
            ended = self.run(check=False)
        versions.add(_digest(self._text()))
        judge = self._unknown if trial.fault.unknown else self._moved
        problems = judge(ended, self.state(), versions)
        self.scene.here(trial.scenario.here)
        return problems + self.problems_of_another_run(True, Doubts())

    def _text(self) -> bytes:
        path = self.scene.source / self._trial.victim
        return path.read_bytes() if path.is_file() else b""

    def _unknown(self, ended: Ended, after: State, _versions: set[str]) -> list[str]:
        """It fails by name; nothing of the region is touched, nothing at all is deleted, and all the rest is sent."""
        problems = self._named(ended)
        lost = [key for key in self.before if key not in after]
        problems += [f"{key!r} was deleted" for key in lost]
        changed = [key for key in self._differing(after) if self._is_inside(key) and not self._is_made_explicit(key, after)]
        problems += [f"{key!r} is unknown here, and changed there" for key in changed]
        if self._is_refused(ended):
            return problems + [f"refused, and {key!r} changed" for key in self._differing(after)]
        for key, what in self.wanted.items():
            if not self._is_inside(key) and not self._is_above_only(key) and after.get(key) != what:
                problems.append(f"{key!r} could have been made {what!r}, and is {after.get(key)!r}")
        return problems

    def _moved(self, ended: Ended, after: State, versions: set[str]) -> list[str]:
        """It fails by name and deletes nothing, or all is as wanted; and what moved is whole, in one of its versions."""
        failed = isinstance(ended, NetStorageError) or ended.error is not None
        problems = self._named(ended) if failed else []
        for key in {*self.before, *self.wanted, *after}:
            was, wanted, now = self.before.get(key), self.wanted.get(key), after.get(key)
            if key == self._key and now in {was, wanted, *versions}:
                continue
            if failed and now != was and (now != wanted or wanted is None):
                problems.append(f"it failed, and {key!r} is {now!r}; it was {was!r}, and is to be {wanted!r}")
            if not failed and now != wanted:
                problems.append(f"success, and {key!r} is {now!r} and not {wanted!r}")
        return problems

    def _named(self, ended: Ended) -> list[str]:
        """Whether the user hears of it: in the message, in a warning, or among what failed."""
        if isinstance(ended, NetStorageError):
            told = str(ended)
        elif ended.error is None:
            return ["it did not fail"]
        else:
            values = result(ended)
            told = " ".join([str(ended.error), *values.get("notes", ()), *(str(one) for one in values["failed_paths"])])
        return [] if self._trial.victim in told else [f"{self._trial.victim} is not named: {told}"]

    def _is_refused(self, ended: Ended) -> bool:
        """By a guard, before the first write: with an unknown part the source may be as good as empty."""
        return isinstance(ended, Outcome) and ended.error is not None and ended.error.code in ("empty_source", "adopt")

    def _differing(self, after: State) -> list[bytes]:
        return [key for key in {*self.before, *after} if self.before.get(key) != after.get(key)]

    def _is_inside(self, key: bytes) -> bool:
        return key == self._key or key.startswith(self._key + b"/")

    def _is_made_explicit(self, key: bytes, after: State) -> bool:
        """Where only the content of a directory is unknown."""
        return self._trial.fault.inside and key == self._key + b"/" and after.get(key) == DIRECTORY

    def _is_above_only(self, key: bytes) -> bool:
        """A directory that is wanted for what is unknown below it alone need not be made."""
        return self.wanted[key] == DIRECTORY and self._key.startswith(key)


def _needs_a_delete(scenario: Scenario) -> bool:
    """Whether something cannot be made while nothing is deleted: what takes the place of a directory."""
    return any(f"{name}/" in scenario.there for name in scenario.wanted if not name.endswith("/"))


def _digest(text: bytes) -> str:
    return hashlib.md5(text).hexdigest()
