# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a drift check says of the state: its status file, its metrics and its exit status."""

from __future__ import annotations

import json
import os
import signal
import time
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.checkouts import PLAYBOOKS, Checkout
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Outcome, Player
from ansible_collections.edgeops.netstorage.tests.integration.service import changes

State = dict[str, t.Any]


class Watched(Checkout):
    """A checkout that was deployed, and the drift check of a schedule."""

    def __init__(self, player: Player) -> None:
        super().__init__(player)
        self.status, self.metrics = player.work / "status.json", player.work / "drift.prom"
        self.page = player.work / "plan.html"

    def check(self, *, shows: bool = False, **variables: t.Any) -> Outcome:
        """The drift check with its status file, and where it ``shows`` more, with the page, the report and the metrics."""
        more = {"mirror_html": str(self.page), "mirror_metrics": str(self.metrics)} if shows else {"mirror_report": ""}
        given = {"mirror_status": str(self.status), "mirror_plan_file": str(self.player.work / "plan.json"), **more}
        outcome = self.play("drift.yml", **{**given, **variables})
        assert changes(outcome.requests) == []
        return outcome

    def state(self) -> State:
        return t.cast("State", json.loads(self.status.read_text(encoding="utf-8")))


@pytest.fixture
def watched(player: Player) -> Watched:
    return Watched(player)


def test_the_states_from_in_sync_to_refused(watched: Watched) -> None:
    watched.deployed()
    head = watched.git("rev-parse", "HEAD")
    seen = []
    for _night in range(2):
        assert watched.check().status == 0
        seen.append(watched.state())
    assert [{**state, "checked": ""} for state in seen] == [{**seen[0], "checked": ""}] * 2
    assert seen[0] == {
        "schema": "edgeops.netstorage/drift/1", "state": "in_sync", "checked": seen[0]["checked"],
        "host": watched.service.emulator.host_port, "path": "/123456/www", "revision": head, "deployed": head,
        "digest": seen[0]["digest"], "summary": seen[0]["summary"], "first": [], "error": None,
        "report": None, "html": None,
    }  # fmt: skip
    assert seen[0]["digest"].startswith("sha256:")
    assert seen[0]["summary"]["unchanged"] == 6

    watched.service.load({"www/index.html": "edited by hand"})
    assert watched.check(shows=True, mirror_drift="report").status == 0
    drift = watched.state()
    assert (drift["report"], drift["html"]) == (str(watched.player.work / "plan.md"), str(watched.page))
    assert (drift["state"], drift["deployed"], drift["error"]) == ("drift", head, None)
    assert [(step["sign"], step["path"]) for step in drift["first"]] == [("~", "/123456/www/index.html")]
    metrics = watched.metrics.read_text(encoding="utf-8")
    assert 'netstorage_drift_state{path="www"} 1\n' in metrics
    assert 'netstorage_drift_steps{path="www",sign="~"} 1\n' in metrics
    assert "index.html" in watched.page.read_text(encoding="utf-8")
    assert watched.page.stat().st_mode & 0o777 == 0o600
    assert "`/123456/www/index.html`" in watched.report()

    watched.write("news/2.html", "second")
    newer = watched.commit("More news")
    behind = watched.check()
    assert behind.status == 2
    assert "www has not got the revision" in " ".join(behind.output.split())
    state = watched.state()
    assert (state["state"], state["deployed"], state["revision"]) == ("behind", head, newer)

    watched.service.load({f"www/old/{number}.html": "old" for number in range(9)})
    assert watched.check(shows=True, mirror_drift="report", mirror_max_delete=1).status == 0
    refused = watched.state()
    assert (refused["state"], refused["error"]["code"]) == ("refused", "max_delete")
    assert (refused["summary"]["deletes"], len(refused["first"])) == (9, 11)
    assert refused["digest"].startswith("sha256:")
    assert 'netstorage_drift_state{path="www"} 3\n' in watched.metrics.read_text(encoding="utf-8")
    assert "**1 create, 1 change, 9 deletes**" in watched.report()


def test_what_could_not_be_seen_is_unknown(watched: Watched) -> None:
    """Yesterday's state does not stand, whatever mirror_drift says."""
    watched.check(shows=True, mirror_path='a"b\\c\nd', mirror_marker="", mirror_drift="report")
    assert 'netstorage_drift_state{path="a\\"b\\\\c\\nd"} 4\n' in watched.metrics.read_text(encoding="utf-8")

    watched.surroundings = {"NETSTORAGE_KEY": "not-the-key-of-this-account"}
    outcome = watched.check(shows=True, mirror_drift="report")
    assert outcome.status == 2
    state = watched.state()
    assert (state["state"], state["error"]["code"], state["deployed"], state["first"]) == ("unknown", "auth_refused", None, [])
    assert "It is unknown whether www is what the checkout is" in " ".join(outcome.output.split())
    metrics = watched.metrics.read_text(encoding="utf-8")
    assert 'netstorage_drift_state{path="www"} 4\n' in metrics
    assert "netstorage_drift_steps" not in metrics


def test_a_check_that_was_killed_leaves_unknown(watched: Watched) -> None:
    watched.status.write_text('{"state": "in_sync"}', encoding="utf-8")
    watched.service.emulator.control.add_faults({"kind": "hang", "times": None})
    files = {"mirror_status": str(watched.status), "mirror_metrics": str(watched.metrics)}
    given = {"mirror_src": str(watched.site), "mirror_path": "www", **files}
    running = watched.player.start(PLAYBOOKS / "drift.yml", variables=given, environment=watched.connection())
    deadline = time.monotonic() + 60
    while not watched.metrics.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()
    state = watched.state()
    assert (state["state"], state["error"], state["path"]) == ("unknown", None, "www")
    assert 'netstorage_drift_state{path="www"} 4\n' in watched.metrics.read_text(encoding="utf-8")


def test_a_place_that_belongs_to_something_else_is_refused(watched: Watched) -> None:
    watched.service.load({"www/other.html": "another site"})
    outcome = watched.check(mirror_marker="", mirror_report=str(watched.player.work / "plan.md"))
    assert outcome.status == 2
    assert "A deploy would be refused" in " ".join(outcome.output.split())
    state = watched.state()
    assert (state["state"], state["error"]["code"]) == ("refused", "adopt")
    assert "(`adopt`)" in watched.report()
