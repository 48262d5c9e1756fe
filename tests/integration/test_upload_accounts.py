# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_upload_account and ns_upload_key in plays: from nothing to a deployed site, in check mode, and as their examples say."""

from __future__ import annotations

import typing as t

import pytest
import yaml
from ansible_collections.edgeops.netstorage.plugins.modules import ns_upload_account, ns_upload_key
from ansible_collections.edgeops.netstorage.tests.integration.interpreters import plain_python
from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import build
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Player
from ansible_collections.edgeops.netstorage.tests.integration.service import ACCESS_TOKEN, CLIENT_SECRET, CLIENT_TOKEN, Service

KEY, SECOND = "a-key-that-nobody-may-see", "another-key-that-nobody-may-see"
PASSWORD = "secret pass 1"
GROUP = {
    "storageGroupId": 2000001, "storageGroupName": "shop", "domainPrefix": "shop", "cpcodes": [{"cpcodeId": 1000001}],
    "zones": [{"zoneName": "europe"}, {"zoneName": "us"}],
}  # fmt: skip
CONTRACT: dict[str, t.Any] = {"cp_codes": [1000001], "storage_groups": [GROUP], "rule_sets": [{"name": "office"}]}


@pytest.fixture(autouse=True)
def _contract(service: Service) -> t.Iterator[None]:
    service.emulator.control.load_contract({})
    yield
    service.emulator.control.load_contract({})


def test_a_site_is_deployed_from_nothing_and_no_key_is_seen(player: Player) -> None:
    """One task runs by its module: that keeps secrets to itself, which the module finds out in another way."""
    build(player.work / "site", {"index.html": "hello"})
    variables = {
        "other_python": str(plain_python(player.work)),
        "key_file": str(player.work / "deploy.key"),
        "emulator_host": player.service.emulator.host_port,
        "site": str(player.work / "site"),
        "ftp_password": PASSWORD,
    }
    foreseen = player.play("upload_accounts.yml", "--check", "-vvv", variables=variables)
    assert foreseen.status == 0, foreseen.output
    assert {request["method"] for request in foreseen.requests} == {"GET"}
    assert not (player.work / "deploy.key").exists()
    outcome = player.play("upload_accounts.yml", "-vvv", variables=variables)
    assert outcome.status == 0, outcome.output
    sent = [
        f"{one['method']} {one['path']}" for one in outcome.requests if one["method"] != "GET" and "/storage/v1" in one["path"]
    ]
    accounts = "/storage/v1/upload-accounts"
    own = f"{accounts}/deploy-shop"
    assert sent[2:] == [f"POST {accounts}", f"PUT {own}/keys/g2o", f"PUT {own}/keys/ftp", f"DELETE {own}"]
    key = (player.work / "deploy.key").read_text(encoding="utf-8").strip()
    assert len(key) > 20
    secrets = (key, PASSWORD, CLIENT_SECRET, CLIENT_TOKEN, ACCESS_TOKEN)
    assert not [secret for secret in secrets if secret in outcome.output + foreseen.output]


def test_the_examples_of_accounts_and_keys_work_and_show_no_key(player: Player) -> None:
    control = player.service.emulator.control
    keys = {"g2o": [{"id": 7001, "key": KEY}, {"id": 7002, "key": SECOND}]}
    tasks: list[dict[str, t.Any]] = []
    for module in (ns_upload_account, ns_upload_key):
        own = yaml.safe_load(module.EXAMPLES)
        options = own[0][f"edgeops.netstorage.{module.__name__.rpartition('.')[2]}"]
        assert [options.pop(name) for name in ("edgerc", "section")] == ["~/.edgerc", "storage"]
        tasks += own
    account = {"uploadAccountId": "deploy-shop", "storageGroupId": 2000001, "keys": keys}
    control.load_contract({**CONTRACT, "upload_accounts": [account]})
    defaults = {"edgerc": str(player.service.edgerc), "section": "ccu", "api_protocol": "http"}
    playbook = player.write("examples.yml", tasks, module_defaults={"group/edgeops.netstorage.config": defaults})
    variables = {
        "key_file": str(player.work / "shop.key"),
        "netstorage_host": player.service.emulator.host_port,
        "netstorage_protocol": "http",
    }
    outcome = player.play(playbook, "-vvv", variables=variables)
    assert outcome.status == 0, outcome.output
    assert set(outcome.results) == {task["name"] for task in tasks}
    assert not [secret for secret in (KEY, SECOND, "not 4 real") if secret in outcome.output]
    assert outcome.results["Give the key to whoever keeps secrets, once it works"]["msg"] == f"A key of {len(SECOND)} characters"
    (left,) = control.contract()["upload_accounts"]
    assert [key["isActive"] for key in left["keys"]["ftp"]] == [False]
    assert [key["id"] for key in left["keys"]["g2o"]] == ["7002"]
