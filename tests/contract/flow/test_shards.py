# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One tree by several hosts: what each of them sends, read from the emulator's journal, and what a killed one leaves."""

from __future__ import annotations

import collections
import concurrent.futures
import dataclasses
import multiprocessing
import os
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import GuardTripped
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import result
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import SyncOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.sync import SyncTask
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.upload_source import TreeSource
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.sender import Sender
from ansible_collections.edgeops.netstorage.tests.contract.flow.shard_scene import (
    HERE,
    THERE,
    Shards,
    order_holds,
    refused,
    report_of,
)
from ansible_collections.edgeops.netstorage.tests.contract.scene import Scene

AFTER = sorted(
    [*(name for name in HERE if not str(HERE[name]).startswith("-> ")), *(f"d{number}/" for number in range(5)),
     "latest -> d1", "d3/now -> 3.css"]
)  # fmt: skip


def begun(scene: Scene) -> None:
    scene.here(HERE)
    scene.there(THERE)
    scene.sent()


@pytest.mark.parametrize("at_once", [False, True], ids=["in turn", "at once"])
@pytest.mark.parametrize("count", [1, 2, 5, 7])
def test_several_hosts_leave_what_one_leaves(scene: Scene, count: int, at_once: bool) -> None:
    begun(scene)
    shards = Shards(scene, count, parallel=3)
    alone = run(scene.options(delete=True), check=True, diff=False).plan
    scene.sent()

    parts, late = shards.play(at_once)

    sent = scene.sent()
    order_holds(sent)
    assert sorted(scene.tree()) == AFTER
    assert collections.Counter(step.key for part in (*parts, late) for step in part.done) == collections.Counter(
        step.key for step in alone.steps
    )
    summaries = [part.plan.summary() for part in (*parts, late)]
    for name in ("creates", "changes", "deletes", "bytes"):
        assert sum(summary[name] for summary in summaries) == alone.summary()[name]
    again = shards.early()
    assert [part.changed for part in again] == [False] * count
    assert result(shards.late(again))["plan"] == result(run(scene.options(delete=True), check=False, diff=False))["plan"]
    assert [request for request in scene.sent() if request.changes] == []


def test_each_host_asks_for_the_listing_and_for_its_own_steps(scene: Scene) -> None:
    """One page, a stat for each component of the path, its steps, and nothing else: the late task is the one that verifies."""
    begun(scene)
    for index in range(1, 4):
        part = run(Shards(scene, 3, verify="listing").options(index), check=False, diff=False)
        assert part.done
        assert part.api_calls == {"stat": 2, "list": 1, **collections.Counter(step.kind.value for step in part.done)}


def test_check_mode_of_the_whole_play_tells_what_the_play_does(scene: Scene) -> None:
    """Each host its share, and the late task what comes after, although nothing of the early phases is there."""
    begun(scene)
    shards = Shards(scene, 3)
    alone = run(scene.options(delete=True), check=True, diff=False).plan
    foreseen, late = shards.play(check=True)
    assert [request for request in scene.sent() if request.changes] == []
    told = [step for part in (*foreseen, late) for step in part.plan.steps]
    assert sorted(told, key=lambda step: (step.phase, step.wave, step.key)) == list(alone.steps)
    real, really = shards.play()
    assert [[step.key for step in part.done] for part in real] == [[step.key for step in part.plan.steps] for part in foreseen]
    assert [step.key for step in really.done] == [step.key for step in late.plan.steps]


def test_a_late_task_that_trusts_nobody_compares_all_of_it(scene: Scene) -> None:
    """As in a workflow whose nodes hand over nothing. In check mode it says what is still to come before it."""
    begun(scene)
    shards = Shards(scene, 2)
    foreseen = shards.late(None, check=True)
    assert foreseen.error is None
    assert [note for note in foreseen.notes if "are left to the task with phases: early" in note]
    shards.early()
    scene.there({"d4/4.css": "STYLE 4"})
    refused(shards.late(None), "early_phases", "1 steps of the early phases are not done: ")
    shards.early()
    late = shards.late(None)
    assert late.error is None, late.error
    assert sorted(scene.tree()) == AFTER


def test_a_late_task_alone_writes_nothing(scene: Scene) -> None:
    begun(scene)
    refused(Shards(scene, 2).late(None), "early_phases")
    assert scene.changes() == []


def test_replicas_that_lag_are_looked_at_again(scene: Scene) -> None:
    begun(scene)
    shards = Shards(scene, 2, verify_wait=20.0)
    parts = shards.early()
    scene.control.set_knobs(propagation=1500)
    scene.here({**HERE, "late.css": "late"})
    parts = shards.early()
    late = shards.late(parts)
    assert late.error is None, late.error
    assert [request.action for request in scene.sent()].count("list") > 5


def test_a_late_task_reads_pages_and_no_assets(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the hosts have compared by its content is compared by its size. But for the sample of the tree's digest."""
    begun(scene)
    shards = Shards(scene, 2)
    parts = shards.early()
    hashed: list[bytes] = []
    real = TreeSource.md5
    monkeypatch.setattr(TreeSource, "md5", lambda source, entry: hashed.append(entry.name) or real(source, entry))
    assert shards.late(parts).error is None
    assert sorted(hashed) == [b"d1/index.html"]
    hashed.clear()
    shards.late(None)
    assert len(hashed) > 24


def test_hosts_share_the_limit_on_requests(scene: Scene) -> None:
    scene.common = dataclasses.replace(scene.common, max_requests_per_second=90.0)

    def rate(**more: t.Any) -> float | None:
        return SyncTask(scene.options(**more)).config.max_requests_per_second

    assert [rate(), rate(phases="early"), rate(phases="early", shard="2/3"), rate(phases="late")] == [90, 90, 30, 90]


def test_a_share_says_what_it_has_done(scene: Scene) -> None:
    begun(scene)
    shards = Shards(scene, 2)
    part = shards.early()[1]
    report = report_of(part)
    assert report == {
        "index": 2, "count": 2, "host": scene.common.host, "path": f"{scene.place.decode()}/s",
        "want_digest": report["want_digest"], "planned": len(part.done), "done": len(part.done), "failures": 0, "left": 0,
        "bytes": sum(step.size for step in part.done), "unjudged": report["unjudged"], "check": False, "complete": True,
    }  # fmt: skip
    assert report["want_digest"].startswith("sha256:")
    assert 0 < report["unjudged"] < len(HERE) / 2
    assert result(part)["plan"]["summary"]["deletes"] == 0


# -- broken off


class Killed(BaseException):
    """As by SIGKILL: nothing catches it, and nothing more is sent."""


def killed_after(monkeypatch: pytest.MonkeyPatch, requests: int, options: t.Any) -> None:
    left, real = requests, Sender.once

    def once(sender: Sender, *given: t.Any, **more: t.Any) -> t.Any:
        nonlocal left
        if left <= 0:
            raise Killed
        left -= 1
        return real(sender, *given, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Sender, "once", once)
        with pytest.raises(Killed):
            run(options, check=False, diff=False)


@pytest.mark.parametrize("requests", [0, 3, 6, 9])
def test_a_host_that_was_killed_holds_the_late_task_back(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, requests: int
) -> None:
    begun(scene)
    shards = Shards(scene, 3)
    killed_after(monkeypatch, requests, shards.options(2))
    others = [run(shards.options(index), check=False, diff=False) for index in (1, 3)]
    before = scene.sent()

    with pytest.raises(GuardTripped, match="shards lacks 1 of 3 shares: 2"):
        shards.late(others)
    assert scene.sent() == []
    refused(shards.late(None), "early_phases")
    assert [request for request in scene.sent() if request.changes] == []

    shards.play()
    order_holds([*before, *scene.sent()])
    assert sorted(scene.tree()) == AFTER


def test_a_share_that_failed_holds_the_late_task_back(scene: Scene) -> None:
    begun(scene)
    shards = Shards(scene, 3)
    scene.control.add_faults({"action": "upload", "path": "*/s/d1/1.css", "status": 409, "times": None})
    parts = shards.early()
    assert [part.error is None for part in parts].count(False) == 1
    failed = next(report_of(part) for part in parts if part.error is not None)
    assert (failed["failures"], failed["complete"]) == (1, False)
    assert failed["planned"] == failed["done"] + failed["failures"] + failed["left"]
    scene.sent()
    numbers = f"The share {failed['index']}/3 is not done: {failed['done']} of {failed['planned']} steps"
    with pytest.raises(GuardTripped, match=numbers):
        shards.late(parts)
    assert scene.sent() == []
    scene.control.clear_faults()
    shards.play()
    assert sorted(scene.tree()) == AFTER


def test_a_file_that_cannot_be_read_holds_the_late_task_back(scene: Scene) -> None:
    """All of its share is done, and yet the task failed."""
    begun(scene)
    os.mkfifo(scene.source / "d1/pipe")
    shards = Shards(scene, 2)
    parts = shards.early()
    assert {part.error.code for part in parts if part.error is not None} == {"local_unknown"}
    assert [part.error is None for part in parts] == [False, False]
    with pytest.raises(GuardTripped, match="is not done"):
        shards.late(parts)


FILES, RATE = 120, 100


def test_hosts_that_are_throttled_together_all_come_through(scene: Scene) -> None:
    """Three processes: the service counts what they send together, and none knows of the others."""
    scene.here({f"{number}.css": str(number) for number in range(FILES)})
    scene.common = dataclasses.replace(scene.common, max_retries=5)
    shards = Shards(scene, 3, parallel=8)
    options = [shards.options(index) for index in (1, 2, 3)]
    scene.control.set_throttle(requests_per_second=RATE, status=503)
    try:
        with concurrent.futures.ProcessPoolExecutor(3, multiprocessing.get_context("spawn")) as pool:
            done = list(pool.map(sent_by_one_process, options))
    finally:
        scene.control.clear_throttle()
    assert [error for error, _count in done] == [""] * 3
    assert sum(count for _error, count in done) == FILES
    uploads = [request for request in scene.sent() if request.action == "upload" and request.status < 300]
    assert len(uploads) == len({request.path for request in uploads}) == FILES


def sent_by_one_process(options: SyncOptions) -> tuple[str, int]:
    outcome = run(options, check=False, diff=False)
    return "" if outcome.error is None else str(outcome.error), len(outcome.done)
