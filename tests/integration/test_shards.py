# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One tree by the hosts of a play: what Ansible makes of the barrier, and that the late task does not rely on it."""

from __future__ import annotations

import sys
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.cores import IN_PROCESS, every_core
from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import build
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Outcome, Player
from ansible_collections.edgeops.netstorage.tests.integration.service import Request, changes, described

pytestmark = every_core("in process", "module_defaults", ways=[IN_PROCESS])

HERE = {
    **{f"css/{number}.css": f"style {number}" for number in range(9)},
    "index.html": "front", "news/index.html": "news",
}  # fmt: skip
THERE = {"www/index.html": "old", "www/gone": "gone"}
EARLY, LATE = "Assets, each host its share", "Pages, links and deletes, when all shares are done"
LATE_REQUESTS = ["delete /123456/www/gone", "upload /123456/www/index.html", "upload /123456/www/news/index.html"]


class Pushers:
    """Three hosts with a tree each, on this machine."""

    def __init__(self, player: Player) -> None:
        self.player = player
        self.hosts: dict[str, dict[str, t.Any]] = {name: {"ansible_connection": "local"} for name in ("a", "b", "c")}
        for name, variables in self.hosts.items():
            build(player.work / name, HERE)
            variables["tree"] = str(player.work / name)
        player.service.load(THERE)

    def play(self, *options: str, **variables: t.Any) -> Outcome:
        lines = [" ".join([name, *(f"{key}={value}" for key, value in given.items())]) for name, given in self.hosts.items()]
        inventory = self.player.work / "inventory"
        inventory.write_text("\n".join(["[pushers]", *lines, ""]), encoding="utf-8")
        outcome = self.player.play("shards.yml", "--inventory", str(inventory), *options, variables=variables)
        assert_in_order(outcome.requests)
        return outcome


@pytest.fixture
def pushers(player: Player) -> Pushers:
    return Pushers(player)


def assert_in_order(requests: list[Request]) -> None:
    """Whatever goes wrong, no page is there before the last asset, and nothing goes before the last page."""
    sent = changes(requests)
    kinds = [0 if line.endswith(".css") or line.startswith("mkdir") else 2 if line.startswith("delete") else 1 for line in sent]
    assert kinds == sorted(kinds), sent


def late(outcome: Outcome) -> list[str]:
    return sorted(line for line in changes(outcome.requests) if not line.endswith(".css") and not line.startswith("mkdir"))


def test_the_hosts_share_the_work_and_one_ends_it(pushers: Pushers) -> None:
    foreseen = pushers.play("--check")
    assert foreseen.status == 0, foreseen.output
    assert changes(foreseen.requests) == []
    told = {step["path"].removeprefix("/123456/www/") for step in foreseen.results[LATE]["plan"]["steps"]}
    assert told == {"index.html", "news/index.html", "gone"}

    real = pushers.play()
    assert real.status == 0, real.output
    assert late(real) == LATE_REQUESTS
    tree = pushers.player.service.tree()
    assert {name: what for name, what in tree.items() if isinstance(what, str)} == described(
        {f"www/{name}": content for name, content in HERE.items()}
    )
    assert sum(line.endswith(".css") for line in changes(real.requests)) == 9

    again = pushers.play()
    assert "changed=0" in again.output and "changed=1" not in again.output
    assert changes(again.requests) == []


def test_a_host_that_failed_is_waited_for_in_vain(pushers: Pushers) -> None:
    """Ansible runs the late task all the same, on the hosts that are left."""
    pushers.player.service.emulator.control.add_faults(
        {"kind": "status", "status": 409, "action": "upload", "path": "/123456/www/css/4.css", "times": None}
    )
    outcome = pushers.play()
    assert outcome.status != 0
    assert outcome.became[LATE] == "failed"
    failed = outcome.results[LATE]
    assert failed["failure"]["code"] == "shards"
    assert "is not done: " in failed["msg"]
    assert late(outcome) == []

    pushers.player.service.emulator.control.clear_faults()
    assert late(pushers.play()) == LATE_REQUESTS


def test_a_host_without_a_plan_is_waited_for_in_vain(pushers: Pushers) -> None:
    pushers.hosts["b"]["tree"] = "/nowhere"
    outcome = pushers.play()
    assert outcome.status != 0
    assert outcome.became[LATE] == "failed"
    assert "undefined" in outcome.results[LATE]["msg"] or "shard" in outcome.results[LATE]["msg"]
    assert late(outcome) == []


def test_a_host_that_cannot_be_reached_is_waited_for_in_vain(pushers: Pushers) -> None:
    pushers.hosts["c"].update(ansible_connection="ssh", ansible_host="127.0.0.1", ansible_port="9", ansible_ssh_retries="0")
    outcome = pushers.play()
    assert "unreachable=1" in outcome.output
    assert outcome.became[LATE] == "failed"
    assert late(outcome) == []


def test_without_any_host_nothing_is_late(pushers: Pushers) -> None:
    for variables in pushers.hosts.values():
        variables["tree"] = "/nowhere"
    outcome = pushers.play()
    assert outcome.status != 0
    assert LATE not in outcome.became
    assert changes(outcome.requests) == []


def test_another_tree_on_one_host(pushers: Pushers) -> None:
    build(pushers.player.work / "b", {"css/4.css": "STYLE 4"})
    outcome = pushers.play()
    assert outcome.results[LATE]["failure"]["code"] == "shards"
    assert "The source is not the same on all hosts: that of the share 2" in outcome.results[LATE]["msg"]
    assert late(outcome) == []


def test_a_strategy_without_a_barrier_fails(pushers: Pushers) -> None:
    """Each host goes on by itself, and those that are first see that the others are not done."""
    pushers.hosts["c"].update(slow="true", ansible_python_interpreter=sys.executable)
    outcome = pushers.play(strategy_of_play="free")
    assert outcome.status != 0
    assert "failed=1" in outcome.output
    assert_in_order(outcome.requests)


def test_a_part_of_the_hosts_at_a_time_fails(pushers: Pushers) -> None:
    outcome = pushers.play(hosts_at_a_time=2)
    assert outcome.status != 0
    assert outcome.became[LATE] == "failed"
    assert late(outcome) == []
