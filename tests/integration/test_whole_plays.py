# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole plays: a site on an empty service, and where the connection comes from."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.cores import IN_PROCESS, every_core
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Outcome, Player
from ansible_collections.edgeops.netstorage.tests.integration.service import ACCOUNT, DIR, KEY, Link, changes

SITE = {
    "uploads/": DIR,
    "uploads/incoming/": DIR,
    "releases/": DIR,
    "releases/1/": DIR,
    "releases/1/css/": DIR,
    "current": Link("releases/1"),
}


@pytest.fixture(scope="module")
def played(stage: Player) -> dict[str, tuple[Outcome, dict[str, t.Any]]]:
    stage.service.reset()
    runs = {"check": ("--check",), "diff": ("--check", "--diff"), "real": (), "again": ()}
    return {run: (stage.play("whole_site.yml", *options), stage.service.tree()) for run, options in runs.items()}


@every_core("module_defaults", ways=[IN_PROCESS])
@pytest.mark.parametrize("run", ["check", "diff"])
def test_check_mode_of_a_whole_play_on_an_empty_service(played: dict[str, tuple[Outcome, dict[str, t.Any]]], run: str) -> None:
    """Tasks that need what an earlier one would have made do not fail, and nothing is written."""
    outcome, tree = played[run]
    assert outcome.status == 0, outcome.output
    assert "changed=4" in outcome.output
    assert changes(outcome.requests) == []
    assert tree == {}
    assert any("releases/1 does not exist" in note for note in outcome.results["What is live"]["notes"])


@every_core("module_defaults", ways=[IN_PROCESS])
def test_the_real_run(played: dict[str, tuple[Outcome, dict[str, t.Any]]]) -> None:
    outcome, tree = played["real"]
    assert outcome.status == 0, outcome.output
    assert "changed=4" in outcome.output
    assert {name: value for name, value in tree.items() if not isinstance(value, str)} == SITE
    assert {name for name, value in tree.items() if isinstance(value, str)} == {
        "current.json", "releases/1/index.html", "releases/1/css/site.css",
    }  # fmt: skip


@every_core("module_defaults", ways=[IN_PROCESS])
def test_the_second_run_changes_nothing(played: dict[str, tuple[Outcome, dict[str, t.Any]]]) -> None:
    outcome, tree = played["again"]
    assert "changed=0" in outcome.output
    assert changes(outcome.requests) == []
    assert tree == played["real"][1]


def test_the_connection_comes_from_the_environment(player: Player) -> None:
    environment = {
        "NETSTORAGE_HOST": player.service.emulator.host_port,
        "NETSTORAGE_ROOT": "/123456/environment",
        "NETSTORAGE_ACCOUNT": ACCOUNT,
        "NETSTORAGE_KEY": KEY,
        "NETSTORAGE_PROTOCOL": "http",
    }
    outcome = player.play("environment.yml", variables={"folder": "site"}, environment=environment)
    assert outcome.status == 0, outcome.output
    wanted = {"environment/", "environment/site/", "behind/", "behind/a.txt", "option/", "option/b/"}
    assert set(player.service.tree()) == wanted
    given = outcome.results["All of it"]["invocation"]["module_args"]
    assert (given["host"], given["account"]) == (environment["NETSTORAGE_HOST"], ACCOUNT)
    assert KEY not in str(outcome.results)


def test_a_connection_that_nobody_gives(player: Player) -> None:
    outcome = player.play("environment.yml", variables={"folder": "site"})
    assert outcome.status != 0
    assert "missing required arguments" in outcome.output
    assert outcome.requests == []


def test_an_absolute_path_without_a_root(player: Player) -> None:
    outcome = player.task("ns_directory", path="/123456/a/b", root="")
    assert outcome.status == 0, outcome.output
    assert set(player.service.tree()) == {"a/", "a/b/"}


def test_a_directory_as_root_is_left_by_nobody(player: Player) -> None:
    outcome = player.task("ns_file", path="a.txt", content="a", root="/123456/customers/7")
    assert outcome.result["path"] == "/123456/customers/7/a.txt"
    assert set(player.service.tree()) == {"customers/", "customers/7/", "customers/7/a.txt"}
