# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_cp_code and ns_config_info against the emulator: found in each way, made once, and listed without keys."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.edgeops.netstorage.tests.contract.provisioning.config_scene import CODES, CONTRACT, GROUP, ConfigScene

POST = "POST /storage/v1/cpcodes"
NEW = {"contract_id": CONTRACT, "cp_code_name": "shop"}
KEY = "a-key-that-nobody-may-see"
ACCOUNT = {
    "uploadAccountId": "deploy-bot", "storageGroupId": 2000001, "accessConfig": {"cpcodes": [{"cpcodeId": CODES[0]}]},
    "keys": {"g2o": [{"key": KEY}], "ssh": [{"key": "ssh-rsa AAAA"}]},
}  # fmt: skip
LOADED: dict[str, t.Any] = {
    "cp_codes": CODES,
    "storage_groups": [{
        "storageGroupName": "shop", "domainPrefix": "shop", "zones": [{"zoneName": "europe"}, {"zoneName": "global"}],
        "cpcodes": [{"cpcodeId": CODES[0], "g2o": {"user": "deploy-bot", "key": KEY}}],
    }],
    "upload_accounts": [ACCOUNT],
    "rule_sets": [{"name": "office"}],
}  # fmt: skip


def no_names(config: ConfigScene) -> None:
    """The API client has no grant for the CP codes API."""
    config.control.add_faults({"status": 403, "action": "config:GET /cprg/*", "times": None})


def test_a_cp_code_is_made_once_and_then_found_by_its_name(config: ConfigScene) -> None:
    foreseen = config.right("cp_code", check=True, **NEW)
    done = config.right("cp_code", **NEW)
    again = config.right("cp_code", **NEW)
    assert [(one.changed, one.sent, one.values["created"]) for one in (foreseen, done, again)] == [
        (True, [], False),
        (True, [POST], True),
        (False, [], False),
    ]
    assert foreseen.values["plan"] == done.values["plan"]
    assert (foreseen.values["cp_code"], done.values["cp_code"], again.values["cp_code"]) == (0, 1000004, 1000004)
    assert (again.values["purgeable"], again.values["used_by"], done.values["propagated"]) == (True, None, True)


def test_any_unused_cp_code_comes_before_a_new_one(config: ConfigScene) -> None:
    config.right("group", **GROUP)
    found = config.right("cp_code", contract_id=CONTRACT, any_unused=True)
    assert (found.changed, found.values["cp_code"]) == (False, CODES[1])
    config.control.load_contract({})
    assert config.run("cp_code", contract_id=CONTRACT, any_unused=True).code == "not_found"
    assert config.right("cp_code", **NEW, any_unused=True).changed


def test_a_given_cp_code_is_looked_up(config: ConfigScene) -> None:
    config.right("group", **GROUP)
    used = config.right("cp_code", contract_id=CONTRACT, cp_code=CODES[0]).values["used_by"]
    assert (used["name"], used["storage_group_id"], used["provision_status"]) == ("shop", 2000001, "provisioned")
    assert config.right("cp_code", contract_id=CONTRACT, cp_code=CODES[1]).values["used_by"] is None
    assert config.run("cp_code", contract_id=CONTRACT, cp_code=7).code == "not_found"


def test_a_cp_code_that_comes_later_is_waited_for(config: ConfigScene) -> None:
    config.control.set_knobs(propagation_config=3_600_000, new_cpcode="propagated")
    config.while_asleep = config.control.propagate
    without = config.right("cp_code", **NEW)
    assert (without.values["propagated"], without.values["pending"], config.slept) == (False, ["1000004"], [])
    waited = config.right("cp_code", contract_id=CONTRACT, cp_code=1000004, wait=True)
    assert (waited.changed, waited.values["propagated"], config.slept) == (False, True, [120])


def test_without_the_grant_nothing_is_made_unless_that_is_said(config: ConfigScene) -> None:
    no_names(config)
    for find in ("auto", "cprg"):
        for check in (True, False):
            refused = config.run("cp_code", check=check, **NEW, find=find)
            assert (refused.code, refused.sent, "create_blindly" in refused.values["failure"]["hint"]) == (
                "auth_refused",
                [],
                True,
            )
    for options in ({"create_blindly": True}, {"create_blindly": True, "find": "none"}):
        assert config.right("cp_code", **NEW, **options).sent == [POST]


def test_a_name_that_several_have_is_ambiguous(config: ConfigScene) -> None:
    config.control.load_contract({"cp_codes": [{"cpcodeId": 5, "cpcodeName": "shop"}, {"cpcodeId": 6, "cpcodeName": "shop"}]})
    done = config.run("cp_code", **NEW)
    assert (done.code, "5, 6" in done.values["msg"], done.sent) == ("ambiguous", True, [])


@pytest.mark.parametrize(
    "options",
    [{}, {"cp_code": 1, "any_unused": True}, {"cp_code_name": "a_b"}, {"cp_code_name": "a", "find": "none"},
     {"cp_code_name": "a", "find": "cprg", "create_blindly": True}, {"any_unused": True, "wait_interval": 0.5}],
)  # fmt: skip
def test_odd_options_of_a_cp_code_send_nothing(config: ConfigScene, options: dict[str, t.Any]) -> None:
    mark = config.control.journal_length()
    assert config.run("cp_code", contract_id=CONTRACT, **options).code == "bad_options"
    assert config.control.journal(mark) == []


def test_a_new_cp_code_that_nobody_names_is_told_and_not_guessed(config: ConfigScene) -> None:
    """The response says no id, names cannot be looked up, and two are new: somebody else has made one as well."""
    config.control.set_knobs(cpcode_post_answer="echo")
    blindly = {**NEW, "find": "none", "create_blindly": True}
    assert config.right("cp_code", **blindly).values["cp_code"] == 1000004
    config.control.set_knobs(new_cpcode="propagated", propagation_config=3_600_000)
    done = config.run("cp_code", **blindly)
    assert (done.code, done.changed, "none yet" in done.values["msg"]) == ("unknown_id", True, True)


def test_a_name_that_is_not_listed_yet_is_no_reason_to_lose_the_new_one(config: ConfigScene) -> None:
    """Its number is not in the response, and the other API does not know it yet; so it is the one that is new and unused."""
    config.control.set_knobs(cpcode_post_answer="echo")
    config.control.add_faults({"status": 200, "body": '{"cpcodes": []}', "action": "config:GET /cprg/*", "times": None})
    assert config.right("cp_code", **NEW).values["cp_code"] == 1000004


# -- ns_config_info


def test_everything_is_listed_in_few_requests_and_without_keys(config: ConfigScene) -> None:
    config.control.load_contract(LOADED)
    values = config.right("info").values
    assert values["api_calls"] == dict.fromkeys(
        [
            "list_storage_groups",
            "list_upload_accounts",
            "list_used_cp_codes",
            "list_unused_cp_codes",
            "list_zones",
            "list_rule_sets",
        ],
        1,
    )
    assert [group["name"] for group in values["storage_groups"]] == ["shop"]
    assert values["storage_groups"][0]["cp_codes"][0]["g2o"] == {"user": "deploy-bot"}
    assert values["upload_accounts"][0]["keys"]["ssh"][0]["key"] == "ssh-rsa AAAA"
    assert "key" not in values["upload_accounts"][0]["keys"]["g2o"][0]
    assert values["unused_cp_codes"] == [{"cp_code": code, "contract_id": CONTRACT} for code in CODES[1:]]
    assert [(row["cp_code"], row["storage_group_name"]) for row in values["used_cp_codes"]] == [(CODES[0], "shop")]
    assert ("europe" in values["zones"], values["rule_sets"][0]["name"]) == (True, "office")
    assert (KEY in str(values), values["changed"], values["propagated"]) == (False, False, True)


def test_keys_are_shown_only_to_a_task_that_ansible_keeps_to_itself(config: ConfigScene) -> None:
    config.control.load_contract(LOADED)
    wanted = {"gather": ["upload_accounts"], "with_secrets": True}
    mark = config.control.journal_length()
    assert (config.run("info", **wanted).code, config.control.journal(mark)) == ("bad_options", [])
    values = config.right("info", **wanted, private={"_no_log": True}).values
    assert values["upload_accounts"][0]["keys"]["g2o"][0]["key"] == KEY
    assert set(values) & {"storage_groups", "zones"} == set()


def test_an_empty_contract_is_told_and_a_named_one_is_asked(config: ConfigScene) -> None:
    without = config.right("info", gather=["cp_codes"]).values
    assert (without["unused_cp_codes"], "Set contract_id" in without["notes"][0]) == ([], True)
    named = config.right("info", gather=["cp_codes"], contract_id=CONTRACT).values
    assert len(named["unused_cp_codes"]) == 3
