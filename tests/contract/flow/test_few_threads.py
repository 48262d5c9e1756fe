# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A system that gives no more threads ("can't start new thread"): all is done with those there are, or by the run itself."""

from __future__ import annotations

import collections
import dataclasses
import threading
import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import Outcome
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.cancellation import Cancellation
from ansible_collections.edgeops.netstorage.tests.contract.flow.fetch.fetch_scene import FetchScene
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import Account
from ansible_collections.edgeops.netstorage.tests.contract.scene import Scene
from netstorage_emulator.control import Running

FILES = {f"f{number:02}": f"{number}" for number in range(30)}
LARGE = {f"large{number}": f"{number}" * 70_000 for number in range(4)}  # hashed on threads where the sizes are the same
WANTED = {**FILES, **LARGE, "index.html": "page", "link": "-> index.html"}
THERE = {**{name: text[::-1].replace("1", "2") for name, text in LARGE.items()}, "old/a": "a", "old/b": "b"}

few = pytest.mark.parametrize("given", [0, 1, 3])


@pytest.fixture
def scene(emulator: Running, account: Account, place: bytes, tmp_path: Path) -> Scene:
    emulator.control.set_knobs(page_size="2/2")
    scene = Scene(emulator, account, place, tmp_path)
    scene.here(WANTED)
    scene.there(THERE)
    scene.sent()
    return scene


def starve(monkeypatch: pytest.MonkeyPatch, given: int) -> None:
    """Each pool gets so many threads and no more; the emulator's are spared."""
    start, started = threading.Thread.start, collections.Counter[str]()

    def start_or_not(thread: threading.Thread) -> None:
        pool = thread.name.rpartition("_")[0]
        if thread.name.startswith("ThreadPoolExecutor-"):
            if started[pool] >= given:
                raise RuntimeError("can't start new thread")
            started[pool] += 1
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_or_not)


def accounted(outcome: Outcome) -> None:
    """Every step is in exactly one list."""
    ended = [*outcome.done, *(failed.step for failed in outcome.failed), *outcome.left]
    assert sorted(step.path for step in ended) == sorted(step.path for step in outcome.plan.steps)


@few
def test_everything_is_done_once(scene: Scene, monkeypatch: pytest.MonkeyPatch, given: int) -> None:
    starve(monkeypatch, given)
    outcome = scene.run(delete=True, parallel=8)
    assert outcome.error is None, outcome.error
    accounted(outcome)
    assert len(outcome.done) == len(outcome.plan.steps)
    told = [note for note in outcome.notes if "can't start new thread" in note]
    assert len(told) == 1 and "Set parallel lower" in told[0] and "8 threads" in told[0]
    changes = scene.changes()
    assert sorted(changes) == sorted(set(changes))
    assert sorted(line for line in scene.tree()) == sorted([*FILES, *LARGE, "index.html", "link -> index.html"])
    assert not scene.run(check=True, delete=True).changed


@few
def test_a_failure_ends_in_the_same_lists(scene: Scene, monkeypatch: pytest.MonkeyPatch, given: int) -> None:
    """No later phase, and no second try by a thread that comes late."""
    starve(monkeypatch, given)
    scene.common = dataclasses.replace(scene.common, max_retries=0)
    scene.control.add_faults({"action": "upload", "path": "*/f07", "status": 409})
    outcome = scene.run(delete=True, parallel=8)
    accounted(outcome)
    assert outcome.error is not None and outcome.error.code == "partly_done"
    assert [failed.step.path.rpartition(b"/")[2] for failed in outcome.failed] == [b"f07"]
    changes = scene.changes()
    assert sorted(changes) == sorted(set(changes))
    assert not [line for line in changes if line.startswith(("delete", "rmdir")) or "index" in line or "link" in line]
    assert {line.split()[1] for line in changes if "409" not in line} == {os_name(step.path) for step in outcome.done}


def os_name(path: bytes) -> str:
    return path.decode().rpartition("/s/")[2]


@few
def test_a_stop_is_heard(scene: Scene, monkeypatch: pytest.MonkeyPatch, given: int) -> None:
    starve(monkeypatch, given)
    cancellation = Cancellation()
    monkeypatch.setattr(Cancellation, "reason", stopping_after(cancellation, 60))
    outcome = run(scene.options(delete=True, parallel=8), False, False, cancellation)
    accounted(outcome)
    assert outcome.error is not None and outcome.error.code == "stopped"
    assert 0 < len(outcome.done) < len(outcome.plan.steps) and outcome.left
    assert {line.split()[1] for line in scene.changes()} == {os_name(step.path) for step in outcome.done}


def stopping_after(cancellation: Cancellation, questions: int) -> t.Callable[[Cancellation], t.Optional[str]]:
    """Told to stop by the number of questions, so that it is somewhere in the uploads."""
    why, asked = Cancellation.reason, [0]

    def asked_once_more(self: Cancellation) -> str | None:
        asked[0] += 1
        if asked[0] > questions:
            cancellation.cancel("enough")
        return why(self)

    return asked_once_more


@few
def test_what_is_fetched_is_complete(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: int) -> None:
    starve(monkeypatch, given)
    fetching = FetchScene(scene, tmp_path)
    for name, text in LARGE.items():
        fetching.write(name, text)
    outcome = fetching.run(parallel=8)
    assert outcome.error is None, outcome.error
    accounted(outcome)
    assert {name: text for name, text in fetching.tree().items() if text is not None} == {**LARGE, **THERE}
