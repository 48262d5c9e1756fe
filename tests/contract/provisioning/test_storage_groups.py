# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_storage_group against the emulator: made, changed, deleted by two persons, waited for, and refused."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.edgeops.netstorage.tests.contract.provisioning.config_scene import CODES, GROUP, ConfigScene

GROUPS = "/storage/v1/storage-groups"
POST, PUT, DELETE = f"POST {GROUPS}", f"PUT {GROUPS}/2000001", f"DELETE {GROUPS}/2000001"
NAMED = {"storage_group": "shop"}


def test_a_group_is_made_once(config: ConfigScene) -> None:
    foreseen = config.right("group", check=True, **GROUP)
    done = config.right("group", **GROUP)
    again = config.right("group", **GROUP)
    assert [(one.changed, one.sent) for one in (foreseen, done, again)] == [(True, []), (True, [POST]), (False, [])]
    assert foreseen.values["plan"] == done.values["plan"]
    assert done.values["plan"]["summary"] == {"creates": 1, "changes": 0, "deletes": 0}
    assert done.values["group"]["storage_group_id"] == 2000001
    assert done.values["hosts"]["usage"] == foreseen.values["hosts"]["usage"] == "shop-nsu.akamaihd.net"
    assert (done.values["propagated"], done.values["pending"]) == (True, [])
    assert done.values["diff"][0]["before"] == {}
    assert done.values["diff"][0]["after"]["cp_codes"] == [{"cp_code": CODES[0]}]
    assert again.values["api_calls"] == {"list_storage_groups": 1}


def test_a_setting_is_changed_and_the_others_stay(config: ConfigScene) -> None:
    config.right("group", **{**GROUP, "cp_codes": [{"cp_code": CODES[0], "enable_quick_delete": True}, {"cp_code": CODES[1]}]})
    wanted = [{"cp_code": CODES[0], "serve_from_zip": True, "dir_listing": {"index_file": "index.html"}}]
    foreseen = config.right("group", check=True, **NAMED, cp_codes=wanted)
    done = config.right("group", **NAMED, cp_codes=wanted)
    again = config.right("group", **NAMED, cp_codes=wanted)
    assert [(one.changed, one.sent) for one in (foreseen, done, again)] == [(True, []), (True, [PUT]), (False, [])]
    path = f"cp_codes[{CODES[0]}]"
    assert foreseen.paths == done.paths == [f"~ {path}.serve_from_zip", f"+ {path}.dir_listing.index_file"]
    first, second = config.group()["cpcodes"]
    assert (first["serveFromZip"], first["quickDelete"], first["dirListing"]["indexFileName"]) == (True, True, "index.html")
    assert second["cpcodeId"] == CODES[1]


def test_everything_that_can_be_set_is_found_again(config: ConfigScene) -> None:
    every = {
        "cp_code": CODES[0], "download_security": "streaming_servers_only", "use_ssl": True, "serve_from_zip": True,
        "send_hash": True, "enable_quick_delete": True, "case_conversion": "convert_to_lower",
        "path_check": "translate_to_canonical",
        "query_strings": {"mode": "apply_acs_query_conversion", "key_order": "a", "exclude": "b", "version": "1"},
        "encoding": {"encoding": "utf_8", "enforce": True},
        "dir_listing": {"index_file": "i.html", "max_list_size": 5, "search_on_404": "look_for_explicit_dir_only"},
        "age_deletions": [
            {"directory": f"/{CODES[0]}/logs", "days": 10,
             "size_bytes": 10**10, "recursive": True, "include": "a", "exclude": "b"},
        ],
    }  # fmt: skip
    wanted = {**GROUP, "group_id": 31415, "cp_codes": [every]}
    assert config.right("group", **wanted).changed
    assert not config.right("group", **wanted).changed
    less = {**every, "age_deletions": []}
    assert config.right("group", **NAMED, cp_codes=[less]).paths == [f"- cp_codes[{CODES[0]}].age_deletions[/{CODES[0]}/logs]"]
    assert not config.right("group", **NAMED, cp_codes=[less]).changed


def test_zones_and_cp_codes_are_added_and_a_group_is_renamed_by_its_id(config: ConfigScene) -> None:
    config.right("group", **GROUP)
    wanted: dict[str, t.Any] = {"storage_group": "shop 2", "storage_group_id": 2000001}
    wanted |= {"zones": ["us", "global"], "cp_codes": [{"cp_code": CODES[1]}]}
    done = config.right("group", **wanted)
    assert done.paths == ["~ name", f"+ cp_codes[{CODES[1]}]", "+ zones[us]"]
    assert "europe" in done.values["notes"][0]
    assert not config.right("group", **wanted).changed
    group = config.group()
    assert (group["storageGroupName"], len(group["cpcodes"]), len(group["zones"])) == ("shop 2", 2, 3)


REFUSED: dict[str, tuple[dict[str, t.Any], str]] = {
    "contract": ({"contract_id": "C-OTHER"}, "immutable_option"),
    "prefix": ({"domain_prefix": "other"}, "immutable_option"),
    "zones": ({"zones": ["europe", "us"], "zones_exact": True}, "zones_removed"),
    "no such zone": ({"zones": ["mars"]}, "bad_options"),
    "no such CP code": ({"cp_codes": [{"cp_code": 7}]}, "bad_options"),
    "used CP code": ({"cp_codes": [{"cp_code": CODES[2]}]}, "cp_code_in_use"),
    "last CP code": ({"delete_cp_codes": [CODES[0]]}, "last_cp_code"),
    "no such group": ({"storage_group_id": 7}, "not_found"),
    "half a new group": ({"storage_group": "another"}, "bad_options"),
    "one zone": ({**GROUP, "storage_group": "another", "domain_prefix": "another", "zones": ["us"]}, "bad_options"),
    "prefix of another": ({**GROUP, "storage_group": "another"}, "bad_options"),
    "name of another": ({"storage_group": "other", "storage_group_id": 2000001}, "bad_options"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_before_the_first_change(config: ConfigScene, case: str) -> None:
    config.right("group", **GROUP)
    other = {"storage_group": "other", "domain_prefix": "other", "cp_codes": [{"cp_code": CODES[2]}]}
    config.right("group", **{**GROUP, **other})
    options, code = REFUSED[case]
    for check in (True, False):
        done = config.run("group", check=check, **{**NAMED, **options})
        assert (done.code, done.sent, done.changed, bool(done.values["failure"]["hint"])) == (code, [], False, True), done.values[
            "msg"
        ]


def test_a_cp_code_that_is_not_made_yet_is_planned_with_and_not_sent(config: ConfigScene) -> None:
    """As check mode from nothing has it: ns_cp_code returns 0."""
    wanted = {**GROUP, "cp_codes": [{"cp_code": 0}, {"cp_code": 0}]}
    assert config.right("group", check=True, **wanted).changed
    refused = config.run("group", **wanted)
    assert (refused.code, refused.sent) == ("bad_options", [])


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"storage_group": " "},
        {**NAMED, "domain_prefix": "A_b"},
        {**NAMED, "cp_codes": [{"cp_code": 1}, {"cp_code": 1}]},
        {**NAMED, "cp_codes": [{"cp_code": 1}], "delete_cp_codes": [1]},
        {**NAMED, "state": "absent", "cancel_deletion": True},
        {**NAMED, "cancel_deletion": True, "second_approval": True},
        {**NAMED, "zones_exact": True},
        {**NAMED, "cp_codes": [{"cp_code": 1, "age_deletions": [{"directory": "/2/a"}]}]},
        {**NAMED, "cp_codes": [{"cp_code": 1, "age_deletions": [{"directory": "/1/a"}, {"directory": "/1/a"}]}]},
        {**NAMED, "cp_codes": [{"cp_code": 1, "age_deletions": [{"directory": "/1", "days": -1}]}]},
    ],
)
def test_options_that_contradict_each_other_send_nothing(config: ConfigScene, options: dict[str, t.Any]) -> None:
    mark = config.control.journal_length()
    assert config.run("group", **options).code == "bad_options"
    assert config.control.journal(mark) == []


# -- deletion


def test_an_empty_group_is_deleted_at_once(config: ConfigScene) -> None:
    config.right("group", **GROUP)
    foreseen = config.right("group", check=True, **NAMED, state="absent")
    done = config.right("group", **NAMED, state="absent")
    again = config.right("group", **NAMED, state="absent")
    assert [(one.changed, one.sent) for one in (foreseen, done, again)] == [(True, []), (True, [DELETE]), (False, [])]
    assert (done.values["delete_pending"], done.values["group"], config.groups()) == (False, None, [])
    assert done.paths == ["-"]


def test_a_group_with_content_waits_for_a_second_person_and_a_rerun_is_none(config: ConfigScene) -> None:
    config.right("group", **GROUP)
    config.fill()
    refused = config.run("group", check=True, **NAMED, state="absent")
    assert (refused.code, "1 files with 5 bytes" in refused.values["msg"]) == ("has_content", True)
    assert config.run("group", **NAMED, state="absent").sent == []
    allowed = {**NAMED, "state": "absent", "allow_content": True}
    done, again = config.right("group", **allowed), config.right("group", **allowed)
    assert [(one.changed, one.sent, one.values["delete_pending"]) for one in (done, again)] == [
        (True, [DELETE], True),
        (False, [], True),
    ]
    assert "second person" in again.values["notes"][0]
    assert config.run("group", **allowed, second_approval=True).code == "conflict"
    assert config.right("group", **allowed, second_approval=True, who="second").sent == [DELETE]
    assert config.groups() == []


def test_a_deletion_is_taken_back(config: ConfigScene) -> None:
    config.right("group", **GROUP)
    config.fill()
    config.right("group", **NAMED, state="absent", force_delete=True)
    renaming = {"cp_codes": [{"cp_code": CODES[0], "use_ssl": True}]}
    assert config.run("group", **NAMED, **renaming).code == "busy"
    done = config.right("group", **NAMED, **renaming, cancel_deletion=True)
    assert done.sent == [f"POST {GROUPS}/2000001/cancel-delete", PUT]
    assert done.paths == ["~ provision_status", f"~ cp_codes[{CODES[0]}].use_ssl"]
    assert done.values["provision_status"] == "provisioned"
    assert not config.right("group", **NAMED, **renaming, cancel_deletion=True).changed


def test_a_cp_code_with_content_leaves_a_group_by_two_persons(config: ConfigScene) -> None:
    config.right("group", **{**GROUP, "cp_codes": [{"cp_code": one} for one in CODES[:2]]})
    config.fill(CODES[1])
    going = {**NAMED, "delete_cp_codes": [CODES[1]]}
    assert config.run("group", **going).code == "has_content"
    done = config.right("group", **going, force_delete=True)
    path = f"{GROUPS}/2000001/cpcodes/{CODES[1]}"
    assert (done.sent, done.values["delete_pending"], done.paths) == ([f"DELETE {path}"], True, [f"- cp_codes[{CODES[1]}]"])
    again = config.right("group", **going, force_delete=True)
    assert (again.changed, again.sent, again.values["delete_pending"]) == (False, [], True)
    new = {**NAMED, "cp_codes": [{"cp_code": CODES[2]}]}
    assert config.run("group", **new).code == "busy"
    taken_back = config.right("group", **NAMED, cp_codes=[{"cp_code": CODES[1]}], cancel_deletion=True)
    assert taken_back.sent == [f"POST {path}/cancel-delete"]
    config.right("group", **going, force_delete=True)
    config.right("group", **going, force_delete=True, second_approval=True, who="second")
    assert [row["cpcodeId"] for row in config.group()["cpcodes"]] == [CODES[0]]
    assert not config.right("group", **going).changed


def test_an_empty_cp_code_leaves_at_once(config: ConfigScene) -> None:
    config.right("group", **{**GROUP, "cp_codes": [{"cp_code": one} for one in CODES[:2]]})
    done = config.right("group", **NAMED, delete_cp_codes=[CODES[1], CODES[2]])
    assert (done.changed, done.values["delete_pending"], len(config.group()["cpcodes"])) == (True, False, 1)


def test_a_group_with_accounts_is_not_deleted(config: ConfigScene) -> None:
    account = {"uploadAccountId": "deploy-bot", "storageGroupId": 2000001, "accessConfig": {"cpcodes": [{"cpcodeId": CODES[0]}]}}
    account |= {"keys": {"g2o": [{"key": "a-key-that-nobody-may-see"}]}}
    group = {"storageGroupName": "shop", "domainPrefix": "shop", "cpcodes": [{"cpcodeId": CODES[0]}]}
    group["zones"] = [{"zoneName": "europe"}, {"zoneName": "global"}]
    config.control.load_contract({"cp_codes": CODES, "storage_groups": [group], "upload_accounts": [account]})
    done = config.run("group", **NAMED, state="absent")
    assert (done.code, "deploy-bot" in done.values["msg"], done.sent) == ("has_accounts", True, [])


# -- propagation


def test_what_is_pending_is_told_and_not_edited(config: ConfigScene) -> None:
    config.control.set_knobs(propagation_config=3_600_000)
    done = config.right("group", **GROUP)
    assert (done.values["propagated"], done.values["pending"]) == (False, ["storage_group", f"cp_codes[{CODES[0]}]"])
    assert not config.right("group", **GROUP).changed
    edit = {**NAMED, "cp_codes": [{"cp_code": CODES[0], "use_ssl": True}]}
    for check in (True, False):
        assert (config.run("group", check=check, **edit).code, config.slept) == ("busy", [])
    config.control.propagate()
    assert config.right("group", **edit).changed


def test_propagation_is_waited_for_where_that_is_wanted(config: ConfigScene) -> None:
    config.control.set_knobs(propagation_config=3_600_000)
    config.while_asleep = lambda: config.control.propagate() if len(config.slept) % 3 == 0 else None
    done = config.right("group", **GROUP, wait=True, wait_interval=60)
    assert (done.values["propagated"], config.slept, done.values["api_calls"]["get_storage_group"]) == (True, [60, 60, 60], 4)
    config.right("group", **NAMED, cp_codes=[{"cp_code": CODES[0], "use_ssl": True}])
    config.slept.clear()
    edit = config.right("group", **NAMED, cp_codes=[{"cp_code": CODES[0], "use_ssl": False}], wait=True, wait_interval=60)
    assert (edit.values["propagated"], config.slept) == (True, [60] * 6), "before the change and after it"
    config.slept.clear()
    assert (config.right("group", **NAMED, wait=True).changed, config.slept) == (False, [])


def test_time_over_is_a_failure_of_a_task_that_has_changed_something(config: ConfigScene) -> None:
    config.control.set_knobs(propagation_config=3_600_000)
    done = config.run("group", **GROUP, wait=True, wait_interval=60, wait_timeout=150)
    assert (done.code, done.changed, done.values["pending"][0], config.slept) == (
        "not_propagated",
        True,
        "storage_group",
        [60, 60, 30],
    )
    later = config.run("group", **GROUP, wait=True, wait_timeout=0)
    assert (later.code, later.changed) == ("not_propagated", False)
