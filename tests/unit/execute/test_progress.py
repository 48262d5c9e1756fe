# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The figures of a run, as whoever looks on reads them."""

from __future__ import annotations

import threading

from ansible_collections.edgeops.netstorage.plugins.module_utils._execute.progress import Figures, Pause, Progress, Stage
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.schedule import Schedule
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.steps import (
    Counts,
    Load,
    Phase,
    Plan,
    Step,
    StepKind,
    Why,
)

BASE = b"/1/www"


def upload(name: bytes, size: int, phase: Phase = Phase.ASSETS, wave: int = 0) -> Step:
    return Step(StepKind.UPLOAD, BASE, None, Entry(name, Kind.FILE, size), Why.ABSENT, phase, wave)


DIRECTORIES = [
    Step(StepKind.MKDIR, BASE, None, Entry(name, Kind.DIRECTORY), Why.ABSENT, Phase.DIRECTORIES) for name in (b"a", b"b")
]
CHANGED = Step(StepKind.UPLOAD, BASE, Entry(b"c", Kind.FILE, 9), Entry(b"c", Kind.FILE, 300), Why.SIZE, Phase.ASSETS)
LAST = [upload(b"x.html", 10, Phase.ENTRY_POINTS), upload(b"y.html", 20, Phase.ENTRY_POINTS, 1)]
GONE = Step(StepKind.DELETE, BASE, Entry(b"z", Kind.FILE, 5), None, Why.EXTRANEOUS, Phase.DELETES)
STEPS = [*DIRECTORIES, upload(b"a/1", 100), CHANGED, *LAST, GONE]
LOADS = {
    Phase.DIRECTORIES: Load(2, 0), Phase.ASSETS: Load(2, 400), Phase.ENTRY_POINTS: Load(2, 30), Phase.DELETES: Load(1, 0),
}  # fmt: skip


def planned() -> Plan:
    schedule = Schedule(BASE)
    for step in STEPS:
        schedule.add(step)
    return Plan(BASE, schedule.in_order(), Counts())


def running() -> Progress:
    progress = Progress(lambda: 100.0)
    progress.plan(planned())
    return progress


def test_the_loads_of_a_plan_do_not_depend_on_how_it_is_kept() -> None:
    assert planned().loads() == LOADS
    assert Plan(BASE, tuple(STEPS), Counts()).loads() == LOADS
    assert list(planned().loads()) == sorted(LOADS)


def test_before_anything_there_are_no_figures() -> None:
    assert Progress().figures() == Figures()


def test_the_pairs_are_asked_for_while_they_are_compared() -> None:
    progress, seen = Progress(), [(0, 0), (7, 2)]
    progress.compare(lambda: seen[-1])
    assert progress.figures() == Figures(Stage.COMPARING, 7, 2)
    progress.add(1000)
    assert progress.figures() == Figures(Stage.COMPARING, 7, 2, done=1, moved=1000)
    progress.begin(Stage.GUARDING)
    assert progress.figures() == Figures(Stage.GUARDING)


def test_directories_are_told_until_they_are_done() -> None:
    """They are made beside the first assets."""
    progress = running()
    progress.enter(Phase.ASSETS)
    progress.step_ended(DIRECTORIES[0])
    progress.step_ended(CHANGED)
    assert progress.figures() == Figures(Stage.CHANGING, phase=Phase.DIRECTORIES, number=1, phases=4, done=1, total=2)
    progress.step_ended(DIRECTORIES[1])
    found = progress.figures()
    assert (found.phase, found.number, found.done, found.total) == (Phase.ASSETS, 2, 1, 2)
    assert (found.moved, found.size) == (300, 400)


def test_a_phase_goes_on_over_its_waves_and_what_is_verified_meanwhile() -> None:
    progress = running()
    for step in LAST:
        progress.enter(Phase.ENTRY_POINTS)
        progress.step_ended(step)
        progress.begin(Stage.VERIFYING, Load(1, 0))
    progress.enter(Phase.ENTRY_POINTS)
    found = progress.figures()
    assert (found.number, found.done, found.total, found.moved, found.size) == (3, 2, 2, 30, 30)
    progress.enter(Phase.DELETES)
    assert progress.figures() == Figures(Stage.CHANGING, phase=Phase.DELETES, number=4, phases=4, done=0, total=1)


def test_what_is_on_the_way_counts_until_its_request_has_ended() -> None:
    """A request that breaks off begins anew, so what it had sent counts no more."""
    progress = running()
    for step in DIRECTORIES:
        progress.step_ended(step)
    progress.enter(Phase.ASSETS)
    progress.moved(90)
    assert progress.figures().moved == 90
    progress.moved(-90)
    assert progress.figures().moved == 0
    progress.moved(100)
    progress.moved(-100)
    progress.step_ended(STEPS[2])
    progress.moved(1_000_000)  # the frame of a chunked body counts too
    assert (progress.figures().moved, progress.figures().size) == (400, 400)


def test_a_pause_is_told_until_it_is_over() -> None:
    now = 100.0
    progress = Progress(lambda: now)
    progress.paused(429, 1.9)
    assert progress.figures().pause is None
    progress.paused(429, 12.0)
    assert progress.figures().pause == Pause(429, 12.0, 112.0)
    now = 112.0
    assert progress.figures().pause is None


def test_threads_lose_no_step_of_each_other() -> None:
    progress = running()
    progress.enter(Phase.DELETES)
    threads = [threading.Thread(target=lambda: [progress.step_ended(GONE) for _time in range(2000)]) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert progress.figures().done == 8000
