# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_directory with quick_delete, where the service has it and where it has not."""

from __future__ import annotations

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import RUNS, Case, Ran, play_all, verify
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Player
from ansible_collections.edgeops.netstorage.tests.integration.service import DIR, changes

FULL = {"": DIR, "site/": DIR, "site/a": "a", "site/b/c": "c"}


def quickly(folder: str, task: str, notes: str) -> Case:
    step = f"quick_delete {folder}/site/ (wanted absent)"
    return Case(folder, task, before=FULL, steps=[step], after={"": DIR}, notes=notes, pages=2)


FORESEEN = "shows only when it is tried"
CASES = {
    "allowed": "No directory, by one request where that is allowed",
    "required": "No directory, by one request or not at all",
    "unseen": "No directory, and nobody waits",
}


@pytest.fixture(scope="module")
def ran(stage: Player) -> dict[str, Ran]:
    stage.service.reset()
    stage.service.knobs["quick_delete"] = "now"
    try:
        return play_all(stage, "quick_delete.yml", [quickly(folder, task, "") for folder, task in CASES.items()])
    finally:
        stage.service.knobs["quick_delete"] = "off"
        stage.service.reset()


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("folder", CASES)
def test_in_one_request(folder: str, run: str, ran: dict[str, Ran]) -> None:
    notes = FORESEEN if run in ("module", "diff") else "continues asynchronously" if (folder, run) == ("unseen", "real") else ""
    verify(quickly(folder, CASES[folder], notes), run, ran)


def test_nothing_is_no_work(ran: dict[str, Ran]) -> None:
    assert all(run.outcome.became["No directory where none is"] == "ok" for run in ran.values())
    assert "- quick_delete site/ (wanted absent, 3 objects with 2 bytes)" in ran["diff"].outcome.output


def test_where_the_service_has_it_not(player: Player) -> None:
    player.service.load(FULL, "/123456/x")
    task = {"path": "x/site", "state": "absent", "recurse": True}
    failed = player.task("ns_directory", quick_delete="required", **task)
    assert failed.status != 0
    assert failed.result["failure"]["code"] == "quick_delete_off"
    assert failed.result["left"] == [] and len(failed.result["failed_paths"]) == 1
    assert failed.result["changed"] is False
    listed = player.task("ns_directory", quick_delete="allowed", **task)
    assert listed.status == 0, listed.output
    assert any("not enabled (403)" in note for note in listed.result["notes"])
    assert [step["step"] for step in listed.result["plan"]["steps"]] == ["delete", "delete", "rmdir"]
    assert len(changes(listed.requests)) == 4
    assert set(player.service.tree("/123456/x")) == {""}
