# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""changed_paths_file of each module that has it, in both ways of running, foreseen and real."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.interpreters import by_the_module
from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import build
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Outcome, Player
from ansible_collections.edgeops.netstorage.tests.integration.service import DIR, Link, Service, changes

SITE = {"a b.css": "new", "größe/index.html": "page", "same.txt": "same"}
THERE = {
    "www/gone": "gone", "www/same.txt": "same", "old/a": "a", "old/b/c": "c", "archive/": DIR, "archive/x": "x",
    "spool/a.map": "map", "spool/b/c.map": "map", "spool/c.js": "js", "current": Link("releases/1"),
    "releases/1/index.html": "one", "releases/1/same.css": "same", "releases/1/x": "x",
    "releases/2/index.html": "two", "releases/2/same.css": "same", "releases/2/y": "y", "others/x": "x",
}  # fmt: skip
LISTS = {
    "A tree": ["www/a%20b.css", "www/gr%C3%B6%C3%9Fe/index.html", "www/gone"],
    "A rename": ["old/a", "new/a", "old/b/c", "new/b/c"],
    "A directory": ["archive/"],
    "What matches": ["spool/a.map", "spool/b/c.map"],
    "A flip": ["current", "current/index.html", "current/x", "current/y"],
    "Nothing": [],
    "A refusal": [],
}
WRONG = {"A list in the tree": "would be sent with it", "A list in a directory that is not there": "does not exist"}
OPTIONS = {"check": ("--check",), "real": ()}


class Ran(t.NamedTuple):
    """What came of a run, and its lists."""

    outcome: Outcome
    lists: dict[str, list[str]]


def play(service: Service, work: Path, run: str, way: str) -> Ran:
    service.reset()
    service.emulator.control.set_knobs(quick_delete="now")
    service.load(THERE)
    player = Player(service, work)
    build(work / "site", SITE)
    build(work / "lists", dict.fromkeys(LISTS, "/123456/of-another-run\n"))
    outcome = player.play("changed_paths.yml", *OPTIONS[run], *(by_the_module(work) if way == "module" else []))
    service.emulator.control.set_knobs(quick_delete="off")
    return Ran(outcome, {path.name: path.read_text("ascii").splitlines() for path in (work / "lists").iterdir()})


@pytest.fixture(scope="module")
def ran(service: Service, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Ran]:
    """In one place, since results name it."""
    work = tmp_path_factory.mktemp("lists")
    return {(run, way): play(service, work, run, way) for run in OPTIONS for way in ("here", "module")}


@pytest.mark.parametrize("run", OPTIONS)
@pytest.mark.parametrize("way", ["here", "module"])
def test_each_module_lists_what_it_changed(ran: dict[tuple[str, str], Ran], run: str, way: str) -> None:
    outcome, lists = ran[run, way]
    assert lists == {name: [f"/123456/{path}" for path in paths] for name, paths in LISTS.items()}, outcome.output
    for name in LISTS:
        assert outcome.results[name]["changed_paths_file"].endswith(f"/lists/{name}")
        assert outcome.results[name]["changed"] is bool(LISTS[name])
    assert outcome.results["A refusal"]["failure"]["code"] == "adopt"
    assert bool(changes(outcome.requests)) is (run == "real")


@pytest.mark.parametrize("run", OPTIONS)
@pytest.mark.parametrize("way", ["here", "module"])
@pytest.mark.parametrize(("name", "why"), WRONG.items())
def test_a_list_in_a_wrong_place_is_refused(ran: dict[tuple[str, str], Ran], run: str, way: str, name: str, why: str) -> None:
    result = ran[run, way].outcome.results[name]
    assert (result["failure"]["code"], result["changed"]) == ("bad_options", False)
    assert why in result["msg"]
    assert "changed_paths_file" not in result


@pytest.mark.parametrize("run", OPTIONS)
def test_both_ways_give_the_same_lists_and_results(ran: dict[tuple[str, str], Ran], run: str) -> None:
    here, module = (ran[run, way].outcome.results for way in ("here", "module"))
    for name in (*LISTS, *WRONG):
        differing = {key for key in {*here[name], *module[name]} if here[name].get(key) != module[name].get(key)}
        assert differing <= {"ansible_facts"}, name
