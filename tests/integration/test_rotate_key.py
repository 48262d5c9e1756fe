# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role rotate_key: nights in which deploys read the file and never meet a key that does not work."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import build
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Outcome, Player

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
PROPAGATE = {"name": "Control POST /config/propagate {}", "ansible.builtin.debug": {"verbosity": 5}}
NIGHTS = ("switch", "make", "wait", "propagate", "switch", "disable", "propagate", "nothing")
"""What each run does. Between them everything propagates where it says so, as it would by the next night."""


def connection(player: Player) -> dict[str, t.Any]:
    """Of deploys, with the key that is in the file then."""
    return {
        "host": player.service.emulator.host_port, "protocol": "http", "root": f"/{CODE}", "account": "deploy",
        "key": "{{ lookup('ansible.builtin.file', rotate_key_file) }}",
    }  # fmt: skip


def night(player: Player, number: int, step: str, alone: bool, **options: t.Any) -> list[dict[str, t.Any]]:
    """A run of the role, and unless it is alone a deploy after it, whose site is another one each time."""
    role = {"name": "edgeops.netstorage.rotate_key"}
    content = {"path": "index.html", "content": f"night {number}"}
    return [
        {"name": f"Night {number}", "ansible.builtin.include_role": role, "vars": options},
        {"name": f"Step {number}", "ansible.builtin.assert": {"that": [f"rotate_key_result.step == '{step}'"], "quiet": True}},
        *([] if alone else [{"name": f"Deploy {number}", "edgeops.netstorage.ns_file": {**content, **connection(player)}}]),
    ]


@pytest.fixture
def rotation(player: Player) -> Player:
    """A contract with an old key, in which everything takes an hour until it is known."""
    control = player.service.emulator.control
    control.load_contract({"cp_codes": [CODE], "storage_groups": [GROUP], "upload_accounts": [ACCOUNT]})
    control.set_knobs(propagation_config=3_600_000)
    return player


def played(player: Player, tasks: t.Sequence[dict[str, t.Any]], *options: str) -> Outcome:
    emulator = player.service.emulator
    variables = {
        "rotate_key_account": "deploy",
        "rotate_key_file": str(player.work / "deploy.key"),
        "rotate_key_older_than": 90,
        "rotate_key_keep": 2,
        "rotate_key_probe_path": f"/{CODE}",
        "rotate_key_host": emulator.host_port,
    }
    defaults = {"edgerc": str(player.service.edgerc), "section": "ccu", "api_protocol": "http"}
    module_defaults = {"group/edgeops.netstorage.config": defaults, "edgeops.netstorage.ns_upload_key": {"protocol": "http"}}
    book = player.write("nights.yml", tasks, module_defaults=module_defaults, vars={"rotate_key_overlap_hours": 0})
    environment = {"ANSIBLE_CALLBACKS_ENABLED": "task_results,steering", "STEER": emulator.control.address}
    environment.update(STEER_IN=str(player.work), ANSIBLE_ASYNC_DIR=str(player.work / "jobs"))
    outcome = player.play(book, *options, variables=variables, environment=environment)
    assert outcome.status == 0, outcome.output
    return outcome


def test_deploys_go_on_while_their_key_is_replaced(rotation: Player) -> None:
    tasks: list[dict[str, t.Any]] = []
    for number, step in enumerate(NIGHTS):
        tasks += night(rotation, number, step, False) if step != "propagate" else [PROPAGATE]
    played(rotation, night(rotation, 0, "switch", True), "--check")
    assert not (rotation.work / "deploy.key").exists()
    outcome = played(rotation, tasks, "-vvv")
    keys = rotation.service.emulator.control.contract()["upload_accounts"][0]["keys"]["g2o"]
    assert [key["isActive"] for key in keys] == [False, True]
    assert (rotation.work / "deploy.key").read_text(encoding="utf-8").strip() == keys[1]["key"]
    assert not [key["key"] for key in keys if key["key"] in outcome.output]
    assert not [one for one in outcome.requests if one["status"] == 403], "no deploy met a key that does not work"


def test_a_deploy_that_runs_meanwhile_ends_with_the_old_key(rotation: Player) -> None:
    """It begins with the old key, and its uploads take their time until the rotation is as far as it may be: there is a new key
    that works, deploys get that, and the old one stays on. Afterwards that is switched off, and the next deploy has the new one.
    """
    build(rotation.work / "site", {f"{number:03}.txt": f"{number}" for number in range(200)})
    site = {**connection(rotation), "src": f"{rotation.work}/site/", "path": "www", "parallel": 1}
    slow = json.dumps([{"kind": "hang", "action": "upload", "ms": 400, "done": True, "times": None}])
    waited = {"until": "deployed.finished | bool", "retries": 600, "delay": 0.2, "register": "deployed"}
    counts = f"{rotation.service.emulator.control.address}/counts"
    begun = {"until": "counts.json.by_action.upload | default(0) > 0", "retries": 600, "delay": 0.2, "register": "counts"}
    outdated = {**connection(rotation), "key": OLD}
    outcome = played(rotation, [
        *night(rotation, 0, "switch", True),
        {"name": f"Control POST /faults {slow}", "edgeops.netstorage.ns_sync": site, "async": 600, "poll": 0, "register": "job"},
        {"name": "The deploy has begun", "ansible.builtin.uri": {"url": counts}, **begun},
        *night(rotation, 1, "make", True),
        PROPAGATE,
        *night(rotation, 2, "switch", True),
        *night(rotation, 3, "wait", True, rotate_key_overlap_hours=24),
        {"name": "Control DELETE /faults", "ansible.builtin.async_status": {"jid": "{{ job.ansible_job_id }}"}, **waited},
        *night(rotation, 4, "disable", True),
        PROPAGATE,
        {"name": "The next deploy", "edgeops.netstorage.ns_file": {**connection(rotation), "path": "next", "content": "next"}},
        {"name": "The old key", "edgeops.netstorage.ns_info": outdated, "ignore_errors": True},
    ])  # fmt: skip
    deployed = outcome.results["Control DELETE /faults"]
    assert (deployed["changed"], deployed["plan"]["summary"]["creates"]) == (True, 201)
    became = [f"{one['method']} {one['action'].rpartition('/')[2]}" for one in outcome.requests]
    uploads = [place for place, one in enumerate(became) if one == "PUT upload"][:-1]
    rotated = [became.index("PUT g2o"), became.index("GET stat", became.index("PUT g2o"))]
    assert uploads[0] < rotated[0] < rotated[1] < uploads[-1], "the deploy runs from before the new key until it is proved"
    assert [one["status"] for one in outcome.requests if one["status"] in (0, 401, 403) or one["status"] >= 500] == [403]
    assert outcome.results["The old key"]["failure"]["code"] == "auth_refused"
    assert outcome.results["The next deploy"]["changed"]
