# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook at the beginning of each role's README, as it stands there, but for where the service is."""

from __future__ import annotations

import json
import re
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.checkouts import git
from ansible_collections.edgeops.netstorage.tests.integration.cores import IN_PROCESS, every_core
from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import build
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import PLAYBOOKS, PROGRAM, Outcome, Player
from ansible_collections.edgeops.netstorage.tests.integration.service import KEY, Link, changes, digest

pytestmark = every_core("roles", ways=[IN_PROCESS])

ROLES = PLAYBOOKS.parents[2] / "roles"
_BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_API = "edgerc: ~/.edgerc\n      section: storage\n"
_HOST = "host: example-nsu.akamaihd.net\n"


class Reader:
    """Somebody who copies a playbook, and has a ``site`` and a ``netstorage.yml`` beside it."""

    def __init__(self, player: Player) -> None:
        self.player, self.work = player, player.work
        (self.work / "netstorage.yml").write_text(json.dumps({"netstorage_key": KEY}))

    def site(self, content: str) -> None:
        build(self.work / "site", {"index.html": content})

    def play(self, role: str, *options: str, **variables: t.Any) -> Outcome:
        text = _BLOCK.findall((ROLES / role / "README.md").read_text(encoding="utf-8"))[0]
        host = f"{_HOST.replace('example-nsu.akamaihd.net', self.player.service.emulator.host_port)}      protocol: http\n"
        api = f"edgerc: {self.player.service.edgerc}\n      section: ccu\n      api_protocol: http\n"
        api += "    group/edgeops.netstorage.usage:\n      protocol: http\n"
        (self.work / f"{role}.yml").write_text(text.replace(_HOST, host).replace(_API, api), encoding="utf-8")
        outcome = self.player.play(self.work / f"{role}.yml", *options, variables=variables)
        assert outcome.status == 0, outcome.output
        return outcome


@pytest.fixture
def reader(player: Player) -> Reader:
    return Reader(player)


def test_release_and_rollback(reader: Reader) -> None:
    reader.site("first")
    reader.play("release")
    first = reader.player.service.tree()["www/current"]
    assert changes(reader.play("release").requests) == []

    reader.site("second")
    reader.play("release")
    assert reader.player.service.tree()["www/current"] not in (first, None)
    reader.play("rollback")
    assert isinstance(first, Link)
    assert reader.player.service.tree()["www/current"] == first


def test_the_page_of_mirror_works_as_written(reader: Reader) -> None:
    reader.site("first")
    show = [{"name": "Purge", "ansible.builtin.debug": {"var": "mirror_purge_urls"}}]
    (reader.work / "purge.yml").write_text(json.dumps(show))
    for arguments in (["init", "--quiet"], ["add", "site"], ["commit", "--quiet", "--message", "First"]):
        git(reader.work, *arguments)
    outcome = reader.play("mirror")
    (shown,) = (result for name, result in outcome.results.items() if name.endswith("Purge"))
    assert shown["mirror_purge_urls"] == ["https://www.example.com/index.html", "https://www.example.com/"]
    assert "/123456/www/index.html" in (reader.work / "plan.md").read_text()
    assert reader.player.service.tree()["www/index.html"] == digest("first")
    assert changes(reader.play("mirror").requests) == []


def test_the_page_of_emulator_works_as_written(reader: Reader) -> None:
    """With an emulator that is installed already: installing is what the molecule scenario tries."""
    reader.site("first")
    settings = {
        "emulator_directory": str(reader.work / "emulator"),
        "emulator_program": str(PROGRAM.with_name("netstorage-emulator")),
    }
    check = reader.play("emulator", "--check", **settings)
    assert check.became["Deploy"] == "skipped"
    outcome = reader.play("emulator", **settings)
    assert outcome.results["Deploy"]["plan"]["summary"]["bytes"] == len("first")
    assert not list((reader.work / "emulator").glob("pid"))


def test_the_page_of_rotate_key_works_as_written(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """An old key is in the file after the first night; in the second there is a new one that does not work yet."""
    old = "the-old-key-of-the-deploys"
    keys = {"g2o": [{"id": 7001, "key": old, "lastModifiedDate": "2020-01-02T03:04:05Z"}]}
    account = {"uploadAccountId": "deploy", "storageGroupId": 2000001, "keys": keys}
    zones = [{"zoneName": "europe"}, {"zoneName": "us"}]
    group = {"storageGroupName": "a", "domainPrefix": "a", "zones": zones, "cpcodes": [{"cpcodeId": 1000001}]}
    control = reader.player.service.emulator.control
    control.load_contract({"cp_codes": [1000001], "storage_groups": [group], "upload_accounts": [account]})
    monkeypatch.setenv("HOME", str(reader.work))
    for step in ("switch", "make"):
        outcome = reader.play("rotate_key", "-vvv")
        (said,) = (result["msg"] for name, result in outcome.results.items() if name.endswith("Report the step"))
        assert said.startswith(f"deploy: {step}; ")
        assert old not in outcome.output
        assert (reader.work / "deploy.key").read_text(encoding="utf-8") == f"{old}\n"
    assert len(control.contract()["upload_accounts"][0]["keys"]["g2o"]) == 2
    control.load_contract({})


def test_the_page_of_storage_group_works_as_written(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """From nothing in check mode; then the storage group is pending, and after it has propagated nothing is any more."""
    monkeypatch.setenv("HOME", str(reader.work))
    emulator = reader.player.service.emulator
    everything = ["cp_code", "storage_group", "upload_account", "key"]
    for there, pending, options in ((0, 0, ["--check"]), (1, 1, []), (4, 0, [])):
        emulator.control.set_knobs(propagation_config=3_600_000 if pending else 0)
        outcome = reader.play("storage_group", "-vvv", *options, storage_group_host=emulator.host_port)
        (found,) = (one["ansible_facts"]["storage_group_state"] for one in outcome.results.values() if "ansible_facts" in one)
        assert (found["there"], found["pending"]) == (everything[:there], everything[there : there + pending])
        assert (found["ready"], found["cp_code"]) == (there == len(everything), 1000001 if there else 0)
    assert (reader.work / "deploy-shop.key").read_text(encoding="utf-8").strip() not in outcome.output
