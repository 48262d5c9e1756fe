# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan is reviewed, applied, and applied again; another one is refused without a change. In both ways of running a task."""

from __future__ import annotations

import json
import os
import signal
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.cores import every_core
from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import build
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Outcome, Player
from ansible_collections.edgeops.netstorage.tests.integration.service import DIR, KEY, changes
from ansible_collections.edgeops.netstorage.tests.integration.test_stopped import KEYWORDS, uploads, wait_for_silence, wait_until

ways = pytest.mark.parametrize("way", KEYWORDS)
SYNC: dict[str, t.Any] = {"src": "{{ work }}/tree", "path": "site", "delete": True}
DOCUMENT = {"expect_plan": "{{ work }}/plan.json"}
THERE = {"site/": DIR, "site/index.html": "old", "site/gone": "gone", "site/kept": "kept"}
HERE = {"index.html": "new", "css/a.css": "a", "kept": "kept"}


def sync(name: str, way: str, options: t.Mapping[str, t.Any], **keywords: t.Any) -> dict[str, t.Any]:
    return {"name": name, "edgeops.netstorage.ns_sync": {**SYNC, **options}, **KEYWORDS[way], **keywords}


def played(player: Player, way: str) -> Outcome:
    """One play with everything, in which no refusal fails the play."""
    player.service.load(THERE)
    build(player.work / "tree", HERE)
    return player.play("reviewed.yml", variables={"surroundings": KEYWORDS[way].get("environment", {})})


@every_core("in process", "module_defaults")
@ways
def test_what_was_reviewed_is_applied_and_nothing_else(player: Player, way: str) -> None:
    outcome = played(player, way)
    assert {task: became for task, became in outcome.became.items() if became == "failed"}.keys() == {
        task for task in outcome.became if task.startswith("Refused")
    }
    what = {
        task: [(one["what"], one["path"].rpartition("/site/")[2]) for one in result["failure"]["differences"]]
        for task, result in outcome.results.items()
        if task.startswith("Refused")
    }
    assert what == {
        "Refused, the source changed": [("after_differs", "css/a.css")],
        "Refused by the digest, the source changed": [("digest", "")],
        "Refused, the service changed": [("before_differs", "index.html")],
        "Refused in check mode, the service changed": [("before_differs", "index.html")],
        "Refused by the digest, all is done": [("digest", "")],
    }
    by_hand_before = ["upload index.html", "upload index.html", "mkdir css", "upload css/a.css"]
    sent = [line.replace("/123456/site/", "") for line in changes(outcome.requests)]
    assert sent == [*by_hand_before, "upload index.html", "delete gone"]
    assert outcome.results["Applied"]["changed"]
    assert not outcome.results["Applied again"]["changed"]
    assert sorted(player.service.tree()) == ["site/", "site/css/", "site/css/a.css", "site/index.html", "site/kept"]
    applied = json.loads((player.work / "applied.json").read_bytes())
    assert (applied["outcome"]["state"], applied["outcome"]["done"], applied["check"]) == ("done", 2, False)
    assert applied["digest"] == outcome.results["Applied"]["plan"]["digest"]
    assert KEY not in (player.work / "plan.json").read_text()


@ways
def test_a_deploy_that_was_killed_is_finished_under_the_same_plan(player: Player, way: str) -> None:
    player.service.load({"site/": DIR, "site/000": "0", "site/old": "old"})
    build(player.work / "tree", {f"{number:03}": f"{number}" for number in range(60)})
    options = {**SYNC, "parallel": 2}
    review = [sync("Review", way, {**options, "plan_file": "{{ work }}/plan.json"}, check_mode=True)]
    assert player.play(player.write("review.json", review)).status == 0
    apply = player.write("apply.json", [sync("Apply", way, {**options, **DOCUMENT})])
    control = player.service.emulator.control
    control.set_latency(60)
    try:
        since = control.journal_length()
        running = player.start(apply)
        wait_until(lambda: uploads(control.journal(since)) >= 5)
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
        wait_for_silence(player)
    finally:
        control.set_latency(0)
    done = uploads(control.journal(since))
    assert done < 59
    finished = player.play(apply)
    assert finished.status == 0, finished.output
    assert 59 - done <= uploads(finished.requests) <= 61 - done
    assert "site/old" not in player.service.tree()
    assert not player.play(apply).result["changed"]
