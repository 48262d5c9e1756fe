# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules of the Configuration API in plays: from nothing to a storage group and back, and as their examples say."""

from __future__ import annotations

import typing as t

import yaml
from ansible_collections.edgeops.netstorage.plugins.modules import ns_config_info, ns_cp_code, ns_storage_group
from ansible_collections.edgeops.netstorage.tests.integration.interpreters import plain_python
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Player
from ansible_collections.edgeops.netstorage.tests.integration.service import ACCESS_TOKEN, CLIENT_SECRET, CLIENT_TOKEN

KEY = "a-key-that-nobody-may-see"
GROUP = {
    "storageGroupName": "other", "domainPrefix": "other", "cpcodes": [{"cpcodeId": 1000009}],
    "zones": [{"zoneName": "europe"}, {"zoneName": "us"}],
}  # fmt: skip
ACCOUNT = {"uploadAccountId": "bot", "storageGroupId": 2000001, "keys": {"g2o": [{"key": KEY}]}}


def test_a_storage_group_comes_and_goes(player: Player) -> None:
    """One task runs by its module: that keeps secrets to itself, which the module finds out in another way."""
    outcome = player.play("provisioning.yml", "-vvv", variables={"other_python": str(plain_python(player.work))})
    assert outcome.status == 0, outcome.output
    sent = [(request["method"], request["path"]) for request in outcome.requests if request["method"] != "GET"]
    groups = "/storage/v1/storage-groups"
    assert sent == [("POST", "/storage/v1/cpcodes"), ("POST", groups), ("DELETE", f"{groups}/2000001")]
    assert not [secret for secret in (CLIENT_SECRET, CLIENT_TOKEN, ACCESS_TOKEN) if secret in outcome.output]
    assert '"serve_from_zip": true' in outcome.output, "the diff"


def test_the_examples_of_provisioning_work_and_show_no_key(player: Player) -> None:
    """All of them in one play; the keys that one reads are in its registered result, and nowhere in the output."""
    codes = [1000001, 1000002, 1000009]
    player.service.emulator.control.load_contract({"cp_codes": codes, "storage_groups": [GROUP], "upload_accounts": [ACCOUNT]})
    tasks: list[dict[str, t.Any]] = []
    for module in (ns_storage_group, ns_cp_code, ns_config_info):
        own = yaml.safe_load(module.EXAMPLES)
        options = own[0][f"edgeops.netstorage.{module.__name__.rpartition('.')[2]}"]
        assert [options.pop(name) for name in ("edgerc", "section")] == ["~/.edgerc", "storage"]
        tasks += own
    shown = "accounts.upload_accounts[0]['keys'].g2o[0].key | length == " + str(len(KEY))
    tasks.append({"name": "Assert that the keys were read", "ansible.builtin.assert": {"that": [shown], "quiet": True}})
    defaults = {"edgerc": str(player.service.edgerc), "section": "ccu", "api_protocol": "http"}
    playbook = player.write("examples.yml", tasks, module_defaults={"group/edgeops.netstorage.config": defaults})
    outcome = player.play(playbook, "-vvv")
    assert outcome.status == 0, outcome.output
    assert set(outcome.results) == {task["name"] for task in tasks}
    assert KEY not in outcome.output
    assert [group["storageGroupName"] for group in player.service.emulator.control.contract()["storage_groups"]] == ["other"]
