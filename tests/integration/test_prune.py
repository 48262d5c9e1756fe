# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_prune in plays. What it selects is tried in tests/contract/flow/test_prune.py."""

from __future__ import annotations

import time

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import REFUSALS, RUNS, Case, Ran, play_all, verify
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Player
from ansible_collections.edgeops.netstorage.tests.integration.service import DIR, Link

WHY, SURPLUS = "(matches)", "(more than are kept)"
RELEASES = {f"releases/{number}/index.html": str(number) for number in range(1, 6)}

CASES = [
    Case(
        "maps",
        "Files that match go",
        before={"": DIR, "a.css": "a", "a.map": "a", "b/c.tmp": "c", "b/c.js": "c"},
        steps=[f"delete maps/a.map {WHY}", f"delete maps/b/c.tmp {WHY}"],
        after={"": DIR, "a.css": "a", "b/c.js": "c"},
        result={"path": "/123456/maps"},
        path="maps",
        pages=1,
    ),
    Case(
        "old",
        "Old ones go",
        before={"": DIR, "a.log": "a", "audit/b.log": "b", "c/d.log": "c", "c/": DIR},
        steps=[f"delete old/a.log {WHY}", f"delete old/c/d.log {WHY}", f"rmdir old/c/ {WHY}"],
        after={"": DIR, "audit/b.log": "b"},
        path="old",
        pages=1,
    ),
    Case(
        "keep",
        "The newest stay, and what is live",
        before={**RELEASES, "current": Link("releases/2")},
        steps=[f"delete keep/releases/1/index.html {SURPLUS}", f"delete keep/releases/3/index.html {SURPLUS}"],
        after={**{name: what for name, what in RELEASES.items() if what in "245"}, "current": Link("releases/2")},
        result={
            "kept": ["5", "4"],
            "live": {"/123456/keep/current": "/123456/keep/releases/2"},
        },
        path="keep/releases",
        pages=9,  # dir, and a list and a dir of each that goes, and the links twice
    ),
    Case("nowhere", "Nothing is there", path="nowhere/at-all", result={"matched": 0}),
]
REFUSED = [
    Case("nothing", "No criterion", before={"a": "a"}, fails=("bad_options", "None of patterns"), path="nothing"),
    Case(
        "unknown",
        "Nobody knows what is live",
        before={"releases/1/a": "a", "releases/2/a": "a"},
        fails=("protect_targets", "/123456/unknown/current is not a symlink"),
        path="unknown/releases",
        pages=4,
    ),
    Case(
        "many",
        "Too many",
        before={f"{number}.{'js' if number < 10 else 'map'}": "x" for number in range(30)},
        fails=("max_delete", "The plan deletes 20 of 30 objects"),
        path="many",
        pages=1,
    ),
    Case(
        "lists",
        "A list in a list",
        before={"a.map": "a", "keep/b.map": "b"},
        fails=("bad_options", "protect: element 1 is a list itself"),
        path="lists",
    ),
]


@pytest.fixture(scope="module")
def ran(stage: Player) -> dict[str, Ran]:
    return play_all(stage, "prune.yml", CASES, times={"old": int(time.time()) - 60 * 86_400})


@pytest.fixture(scope="module")
def refused(stage: Player) -> dict[str, Ran]:
    return play_all(stage, "prune_refusals.yml", REFUSED, REFUSALS)


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_matches_goes_and_the_rest_stays(case: Case, run: str, ran: dict[str, Ran]) -> None:
    verify(case, run, ran)


@pytest.mark.parametrize("run", REFUSALS)
@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_what_is_not_clear_deletes_nothing(case: Case, run: str, refused: dict[str, Ran]) -> None:
    verify(case, run, refused)
