# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A play that is forked from a server is the play that a user starts: the same output, results and requests."""

from __future__ import annotations

import shutil
import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.tests.fork_server.client import run_directly, run_playbook
from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import build
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import KEY, Outcome, Player, Result
from ansible_collections.edgeops.netstorage.tests.integration.service import MTIME, Link, Service

THERE = {"site/index.html": "old", "site/gone.html": "gone", "old/a": "a", "link": Link("site")}
HERE = {"site/index.html": "new", "site/a b/ü.css": "css", "pages/index.html.j2": "{{ 40 + 2 }}"}
TASKS: dict[str, tuple[str, Result]] = {
    "directory": ("ns_directory", {"path": "made/below"}),
    "fetch": ("ns_fetch", {"path": "site", "dest": "{{ work }}/fetched", "parallel": 1}),
    "file": ("ns_file", {"path": "a.txt", "content": "a text", "mtime": MTIME}),
    "rename": ("ns_rename", {"path": "old", "dest": "moved"}),
    "symlink": ("ns_symlink", {"path": "link", "target": "old"}),
    "sync": ("ns_sync", {"src": "{{ work }}/site", "path": "site", "delete": True, "parallel": 1}),
    "templates": ("ns_sync", {"src": "{{ work }}/pages", "path": "pages", "templates": ["*.j2"], "parallel": 1}),
    "find": ("ns_find", {"path": "site", "recurse": True}),
    "info": ("ns_info", {"path": ["site/index.html", "nothing"]}),
}
PLAYS: dict[str, tuple[tuple[str, Result], tuple[str, ...]]] = {
    **{f"{name}, check mode": (task, ("--check", "--diff")) for name, task in TASKS.items()},
    **{f"{name}, real": (task, ("-v",)) for name, task in TASKS.items()},
    "a failure": (("ns_file", {"path": "x", "content": "a", "key": "a-key-that-is-not-the-right-one"}), ()),
    "wrong options": (("ns_symlink", {"path": "x"}), ()),
}


@pytest.fixture(scope="module")
def _warm(stage: Player) -> None:
    """The first run of a configuration is not forked yet."""
    stage.task("ns_info")


@pytest.mark.usefixtures("_warm")
@pytest.mark.parametrize("name", PLAYS)
def test_both_ways_are_one(service: Service, tmp_path: Path, name: str) -> None:
    (module, arguments), options = PLAYS[name]
    told = []
    for run in (run_directly, run_playbook):
        player = Player(service, tmp_path / "work", run)
        shutil.rmtree(player.work, ignore_errors=True)
        build(player.work, HERE)
        service.reset()
        service.load(THERE)
        told.append(of(player.task(module, *options, **arguments)))
    for part in told[0]:
        assert told[1][part] == told[0][part]
    assert KEY not in str(told)


def of(outcome: Outcome) -> dict[str, t.Any]:
    # Looks go in parallel, so their order is no promise.
    requests = sorted((request["action"], request["path"], request["status"]) for request in outcome.requests)
    return {"status": outcome.status, "output": outcome.output, "results": outcome.results, "requests": requests}
