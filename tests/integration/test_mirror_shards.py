# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role mirror with ``mirror_shards``: the hosts of a group share a deploy, and the first of them ends it."""

from __future__ import annotations

import sys
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._shards.share import Share
from ansible_collections.edgeops.netstorage.tests.integration.checkouts import SITE
from ansible_collections.edgeops.netstorage.tests.integration.cores import IN_PROCESS, every_core
from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import build
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Outcome, Player
from ansible_collections.edgeops.netstorage.tests.integration.service import changes, described
from ansible_collections.edgeops.netstorage.tests.integration.test_shards import assert_in_order

STYLES = {f"css/{number}.css": f"style {number}" for number in range(8)}
MARKER = "www.revision.json"
HERE = {**SITE, **STYLES}


class Pushers:
    """Two hosts on this machine, each with the same build."""

    def __init__(self, player: Player) -> None:
        self.player, self.service = player, player.service
        self.revisions = {"one": "v1", "two": "v1"}
        for host in self.revisions:
            build(player.work / host, HERE)

    def play(self, *options: str, **variables: t.Any) -> Outcome:
        work, emulator = self.player.work, self.service.emulator
        local = f"ansible_connection=local ansible_python_interpreter={sys.executable}"
        hosts = [f"{host} {local} mirror_src={work}/{host} mirror_revision={mark}" for host, mark in self.revisions.items()]
        (work / "inventory").write_text("\n".join(["[pushers]", *hosts, ""]), encoding="utf-8")
        given = {
            "mirror_path": "www", "mirror_shards": "pushers", "mirror_purge": "fast", "mirror_purge_section": "ccu",
            "mirror_purge_url": "www.example.com", "mirror_purge_base": "/123456/www",
        }  # fmt: skip
        playbook = self.player.write("mirrored.json", [], hosts="pushers", roles=["edgeops.netstorage.mirror"])
        environment = {
            "NETSTORAGE_HOST": emulator.host_port, "NETSTORAGE_API_PROTOCOL": "http", "AKAMAI_EDGERC": str(self.service.edgerc),
            "ANSIBLE_SHOW_CUSTOM_STATS": "1",
        }  # fmt: skip
        return self.player.play(
            playbook, "--inventory", str(work / "inventory"), *options, variables={**given, **variables}, environment=environment
        )

    def purged(self) -> set[str]:
        purges = self.service.emulator.control.purges()
        return {str(url).removeprefix("https://www.example.com/") for purge in purges for url in purge["objects"]}


@pytest.fixture
def pushers(player: Player) -> Pushers:
    player.service.emulator.control.set_knobs(purge_seconds=0)
    return Pushers(player)


def on_the_site(outcome: Outcome) -> list[str]:
    return [line for line in changes(outcome.requests) if " /123456/www/" in line]


def test_the_hosts_deploy_together(pushers: Pushers) -> None:
    """Checked, deployed, purged with the lists of all hosts, and recorded once; the second run changes nothing."""
    report = pushers.player.work / "plan.md"
    foreseen = pushers.play("--check", mirror_report=str(report))
    assert foreseen.status == 0, foreseen.output
    assert changes(foreseen.requests) == []
    planned = report.read_text(encoding="utf-8")
    assert all(name in planned for name in HERE)
    assert '"creates": 15' in foreseen.output

    pushers.service.load({"www/css/0.css": "STYLE 0", "www/old.html": "old"})
    real = pushers.play(mirror_max_delete="1")
    assert real.status == 0, real.output
    site = {name: what for name, what in pushers.service.tree("/123456/www").items() if isinstance(what, str)}
    assert site == described(HERE)
    assert len(on_the_site(real)) == len(set(on_the_site(real)))
    assert on_the_site(real)[-1].startswith("delete /123456/www/old.html")
    assert pushers.purged() >= {*HERE, "old.html"}
    assert [name for name in pushers.service.tree() if ".purge/" in name and name.endswith(".gz")] == []
    assert sum(line.endswith(MARKER) for line in changes(real.requests)) == 1

    again = pushers.play()
    assert again.status == 0, again.output
    assert changes(again.requests) == []


@every_core("roles", ways=[IN_PROCESS])
def test_a_host_that_fails_holds_the_pages_back(pushers: Pushers) -> None:
    """What the others have sent is purged all the same."""
    control = pushers.service.emulator.control
    failing = next(name for name in STYLES if Share(2, 2).owns(name.encode()))
    control.add_faults({"kind": "status", "status": 409, "action": "upload", "path": f"/123456/www/{failing}", "times": None})
    outcome = pushers.play()
    assert outcome.status != 0
    assert_no_page(outcome)
    assert MARKER not in pushers.service.tree()
    assert pushers.purged() | {failing} == {*STYLES, "css/site.css"}


def test_another_revision_on_one_host_sends_nothing(pushers: Pushers) -> None:
    pushers.revisions["two"] = "v2"
    outcome = pushers.play()
    assert "The hosts of pushers do not have the same revision: v1, v2." in outcome.output
    assert changes(outcome.requests) == []


@pytest.mark.parametrize(
    "options",
    [
        {"mirror_plan_file": "/tmp/plan.json"},
        {"mirror_expect_digest": f"sha256:{'0' * 64}"},
        {"mirror_shards": "others"},
    ],
    ids=list,
)
def test_what_does_not_go_with_shards_sends_nothing(pushers: Pushers, options: dict[str, t.Any]) -> None:
    outcome = pushers.play(**options)
    assert "With mirror_shards the play is for the hosts of that group" in " ".join(outcome.output.split())
    assert outcome.requests == []


def assert_no_page(outcome: Outcome) -> None:
    assert_in_order([request for request in outcome.requests if request["path"].startswith("/123456/www/")])
    assert not [line for line in changes(outcome.requests) if line.endswith(".html")]
