# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_sync: every kind of tree, four times."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.cores import IN_PROCESS, MODULE, every_core
from ansible_collections.edgeops.netstorage.tests.integration.interpreters import by_the_module, plain_python
from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import Case, Ran, build, play_all, verify
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Player
from ansible_collections.edgeops.netstorage.tests.integration.service import MTIME, Link, Request, Service, changes
from ansible_collections.edgeops.netstorage.tests.integration.sync_cases import CASES, REFUSED

# By the module the first and the last run would differ in nothing from those in the task's own process.
RUNS = {IN_PROCESS: ("check", "diff", "real", "again"), MODULE: ("diff", "real")}
REFUSALS = {IN_PROCESS: ("check", "real"), MODULE: ("real",)}
WAYS = (pytest.param(IN_PROCESS, marks=every_core("in process")), MODULE)


@pytest.fixture(scope="module", params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    """In the task's own process, as usual on the controller; or by the module, here because another Python is named."""
    return str(request.param)


@pytest.fixture(scope="module")
def options(way: str, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return by_the_module(tmp_path_factory.mktemp("python")) if way == MODULE else []


@pytest.fixture(scope="module")
def stage(service: Service, tmp_path_factory: pytest.TempPathFactory, way: str) -> Player:
    return Player(service, tmp_path_factory.mktemp("stage"))


@pytest.fixture(scope="module")
def ran(stage: Player, way: str, options: list[str]) -> dict[str, Ran]:
    return play_all(stage, "sync.yml", CASES, RUNS[way], options)


@pytest.fixture(scope="module")
def refused(stage: Player, way: str, options: list[str]) -> dict[str, Ran]:
    links = {"refused-path-link": Link("elsewhere")}
    return play_all(stage, "sync_refusals.yml", REFUSED, REFUSALS[way], options, besides=links)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_sync_case_holds_in_every_run(case: Case, ran: dict[str, Ran]) -> None:
    for run in ran:
        verify(case, run, ran)


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_each_refused_sync_changes_nothing(case: Case, refused: dict[str, Ran]) -> None:
    for run in refused:
        verify(case, run, refused)


def summary(ran: t.Mapping[str, Ran], task: str, run: str = "real") -> dict[str, int]:
    return dict(ran[run].outcome.results[task]["plan"]["summary"])


def sent(ran: t.Mapping[str, Ran], folder: str) -> list[Request]:
    requests = ran["real"].outcome.requests
    return [request for request in requests if f"{request['path']}/".startswith(f"/123456/{folder}/")]


def test_the_summary_counts(ran: dict[str, Ran]) -> None:
    assert summary(ran, "A tree where nothing is") == {
        "creates": 11, "changes": 0, "deletes": 0, "unchanged": 0, "protected": 0, "shadowed": 0, "bytes": 46,
    }  # fmt: skip
    assert summary(ran, "A tree that is there")["unchanged"] == 11 - 1
    assert summary(ran, "A tree with protected content")["protected"] == 3 + 2  # the two implicit directories count too
    assert summary(ran, "A tree beside twins")["shadowed"] > 0


def test_the_phases_follow_each_other(ran: dict[str, Ran]) -> None:
    """Read from the journal: directories with assets, entry points, links; and deletes at the very end."""
    order = changes(sent(ran, "first"))
    kinds = [change.split()[0] for change in order]
    assert sorted(kinds[:8]) == ["mkdir"] * 5 + ["upload"] * 3
    assert kinds[8:] == ["upload"] * 2 + ["symlink"]
    entry_points = [place for place, change in enumerate(order) if change.endswith(".html")]
    assert entry_points == [8, 9]
    kinds = [change.split()[0] for change in changes(sent(ran, "delete"))]
    assert kinds == ["delete"] * 3 + ["rmdir"] * 2


def test_entry_points_are_sent_in_the_order_of_their_patterns(ran: dict[str, Ran]) -> None:
    names = [change.rpartition("/")[2] for change in changes(sent(ran, "publish-last"))]
    assert sorted(names[:2]) == ["x.mp4", "z.js"]
    assert sorted(names[2:4]) == ["a.html", "c.html"]
    assert names[4:] == ["latest.json"]


def test_a_link_is_gone_before_what_takes_its_place_comes(ran: dict[str, Ran]) -> None:
    first, *others = (change.split()[0] for change in changes(sent(ran, "replace-links")))
    assert first == "delete"
    assert sorted(others) == ["mkdir", "upload"]  # in the phases of directories and assets, which overlap


def test_times_travel_with_uploads(ran: dict[str, Ran]) -> None:
    times = ran["real"].times
    assert times["first/index.html"] == MTIME
    assert times["epoch/a"] == times["epoch/b"] == 1234567890


def test_what_is_left_alone_is_told(ran: dict[str, Ran], refused: dict[str, Ran]) -> None:
    """A refusal says in its message what it would have done; nothing else is printed as done."""
    last = ran.get("again")
    assert last is None or last.outcome.output.count("changed=0") == 1
    assert refused["real"].outcome.output.count("changed=0") == 1


def test_both_ways_of_a_sync_give_the_same_result(player: Player, tmp_path: Path) -> None:
    """But for the time that it takes to pack a module and to start it."""
    build(player.work / "tree", {"a.txt": "a", "index.html": "page", "link": Link("a.txt")})
    python = f"ansible_python_interpreter={plain_python(tmp_path)}"
    tasks = [{"name": "Task", "edgeops.netstorage.ns_sync": {"src": str(player.work / "tree"), "path": "site"}}]
    playbook = player.write("ways.json", tasks)
    told = []
    for options in ([], ["--extra-vars", python]):
        player.service.reset()
        outcome = player.play(playbook, "-vvv", "--diff", *options)
        assert outcome.status == 0, outcome.output
        assert (" EXEC " in outcome.output) is bool(options)  # whether a process was started for it
        result = dict(outcome.result)
        result.pop("ansible_facts", None)
        told.append({name: value for name, value in result.items() if not name.startswith("_ansible")})
    assert told[0] == told[1]


@pytest.mark.parametrize(
    "keywords",
    [
        {"environment": {"NETSTORAGE_PROTOCOL": "http"}},
        {"async": 60, "poll": 1},
    ],
    ids=str,
)
def test_what_is_out_of_the_ordinary_is_left_to_the_module(player: Player, tmp_path: Path, keywords: dict[str, t.Any]) -> None:
    build(player.work / "tree", {"a.txt": "a"})
    options = {"src": str(player.work / "tree"), "path": "site"}
    variables, environment = {}, {}
    if "async" in keywords:
        # Ansible starts its jobs through a shell, unquoted, and the checkout may lie anywhere.
        variables = {"ansible_python_interpreter": str(plain_python(tmp_path))}
        environment = {"ANSIBLE_REMOTE_TMP": str(tmp_path / "remote"), "ANSIBLE_ASYNC_DIR": str(tmp_path / "async")}
    playbook = player.write("out.json", [{"name": "Task", "edgeops.netstorage.ns_sync": options, **keywords}], vars=variables)
    outcome = player.play(playbook, "-vvv", environment=environment)
    assert outcome.status == 0, outcome.output
    assert " EXEC " in outcome.output


def test_what_was_sent_is_proved(player: Player) -> None:
    build(player.work / "tree", {"a.txt": "a", "index.html": "page", "link": Link("a.txt")})
    outcome = player.play("proof.yml")
    assert outcome.status == 0, outcome.output
    assert outcome.results["By a listing"]["api_calls"] == {"stat": 1, "mkdir": 1, "upload": 2, "symlink": 1, "list": 1}
    assert outcome.results["By what comes back"]["api_calls"]["download"] == 2
    assert player.play("proof.yml").results["By what comes back"]["api_calls"] == {"stat": 1, "list": 1}
