# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role rotate_key: nights in which deploys read the file and never meet a key that does not work."""

from __future__ import annotations

import typing as t

from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Player

OLD = "the-old-key-of-the-deploys"
CODE = 1000001
GROUP = {
    "storageGroupId": 2000001, "storageGroupName": "shop", "domainPrefix": "shop", "cpcodes": [{"cpcodeId": CODE}],
    "zones": [{"zoneName": "europe"}, {"zoneName": "us"}],
}  # fmt: skip
ACCOUNT = {
    "uploadAccountId": "deploy",
    "storageGroupId": 2000001,
    "accessConfig": {"cpcodes": [{"cpcodeId": CODE}]},
    "keys": {"g2o": [{"id": 7001, "key": OLD, "lastModifiedDate": "2020-01-02T03:04:05Z"}]},
}
NIGHTS = ("switch", "make", "wait", "propagate", "switch", "disable", "propagate", "nothing")
"""What each run does. Between them everything propagates where it says so, as it would by the next night."""


def night(player: Player, number: int, step: str, check: bool) -> list[dict[str, t.Any]]:
    """A run, and a deploy after it, whose site is another one each time."""
    role = {"name": "edgeops.netstorage.rotate_key"}
    content = {"path": "index.html", "content": f"night {number}"}
    connection = {
        "host": player.service.emulator.host_port, "protocol": "http", "root": f"/{CODE}", "account": "deploy",
        "key": "{{ lookup('ansible.builtin.file', rotate_key_file) }}",
    }  # fmt: skip
    return [
        {"name": f"Night {number}", "ansible.builtin.include_role": role},
        {"name": f"Step {number}", "ansible.builtin.assert": {"that": [f"rotate_key_result.step == '{step}'"], "quiet": True}},
        *([] if check else [{"name": f"Deploy {number}", "edgeops.netstorage.ns_file": {**content, **connection}}]),
    ]


def test_deploys_go_on_while_their_key_is_replaced(player: Player) -> None:
    control = player.service.emulator.control
    usual = control.knobs()
    control.load_contract({"cp_codes": [CODE], "storage_groups": [GROUP], "upload_accounts": [ACCOUNT]})
    control.set_knobs(propagation_config=3_600_000)
    tasks: list[dict[str, t.Any]] = []
    for number, step in enumerate(NIGHTS):
        propagate = {"url": f"{control.address}/config/propagate", "method": "POST"}
        tasks += (
            night(player, number, step, False) if step != "propagate" else [{"name": "Night", "ansible.builtin.uri": propagate}]
        )
    variables = {
        "rotate_key_account": "deploy",
        "rotate_key_file": str(player.work / "deploy.key"),
        "rotate_key_overlap_hours": 0,
        "rotate_key_older_than": 90,
        "rotate_key_keep": 2,
        "rotate_key_probe_path": f"/{CODE}",
        "rotate_key_host": player.service.emulator.host_port,
    }
    defaults = {"edgerc": str(player.service.edgerc), "section": "ccu", "api_protocol": "http"}
    module_defaults = {"group/edgeops.netstorage.config": defaults, "edgeops.netstorage.ns_upload_key": {"protocol": "http"}}
    try:
        foreseen = player.play(
            player.write("check.yml", night(player, 0, "switch", True), module_defaults=module_defaults),
            "--check",
            variables=variables,
        )
        assert foreseen.status == 0, foreseen.output
        assert not (player.work / "deploy.key").exists()
        outcome = player.play(player.write("nights.yml", tasks, module_defaults=module_defaults), "-vvv", variables=variables)
        assert outcome.status == 0, outcome.output
        keys = control.contract()["upload_accounts"][0]["keys"]["g2o"]
        assert [key["isActive"] for key in keys] == [False, True]
        assert (player.work / "deploy.key").read_text(encoding="utf-8").strip() == keys[1]["key"]
        assert not [key["key"] for key in keys if key["key"] in outcome.output]
        assert not [one for one in outcome.requests if one["status"] == 403], "no deploy met a key that does not work"
    finally:
        control.set_knobs(**usual)
        control.load_contract({})
