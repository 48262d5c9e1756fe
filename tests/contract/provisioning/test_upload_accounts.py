# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_upload_account against the emulator: made, changed, switched on and off, deleted, waited for, and refused."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.edgeops.netstorage.tests.contract.provisioning.account_scene import ACCOUNT, ID, KEY, loaded
from ansible_collections.edgeops.netstorage.tests.contract.provisioning.config_scene import CODES, GROUP, ConfigScene

ACCOUNTS = "/storage/v1/upload-accounts"
POST, PUT, DELETE = f"POST {ACCOUNTS}", f"PUT {ACCOUNTS}/{ID}", f"DELETE {ACCOUNTS}/{ID}"
NAMED = {"upload_account_id": ID}


def test_an_account_is_made_once(config: ConfigScene) -> None:
    config.right("group", **GROUP)
    foreseen = config.right("account", check=True, **ACCOUNT)
    done = config.right("account", **ACCOUNT)
    again = config.right("account", **ACCOUNT)
    assert [(one.changed, one.sent) for one in (foreseen, done, again)] == [(True, []), (True, [POST]), (False, [])]
    assert foreseen.values["plan"] == done.values["plan"]
    assert done.values["plan"]["summary"] == {"creates": 1, "changes": 0, "deletes": 0}
    told = done.values["upload_account"]
    assert (told["upload_account_id"], told["status"], told["email"]) == (ID, "active", ACCOUNT["email"])
    assert done.values["diff"][0]["before"] == {}
    assert done.values["diff"][0]["after"]["cp_codes"] == ACCOUNT["cp_codes"]
    assert (done.values["propagated"], done.values["pending"]) == (True, [])
    assert again.values["api_calls"] == {"list_upload_accounts": 1, "list_storage_groups": 1}


def test_everything_of_an_account_is_found_again(config: ConfigScene) -> None:
    config.control.load_contract({**loaded(), "upload_accounts": [], "rule_sets": [{"name": "office"}]})
    phone = {"country_code": "+49", "area_code": "30", "number": "5550100"}
    every = {
        **NAMED, "storage_group_id": 2000001, "email": "ops@example.test", "enabled": False, "read_only": True,
        "cp_codes": [{"cp_code": CODES[0], "directories": [f"/{CODES[0]}/b", f"/{CODES[0]}/a"]}],
        "directory_limit": f"/{CODES[0]}/a", "login_directory": f"/{CODES[0]}/a/b", "enable_http_api": True,
        "enable_file_manager": True, "enable_aspera": True, "rule_set": "office",
        "technical_contact": {"first_name": "Ops", "last_name": "Team", "email": "ops@example.test", **phone},
    }  # fmt: skip
    assert config.right("account", **every).changed
    again = config.right("account", **every)
    assert (again.changed, again.sent) == (False, [])
    assert again.values["upload_account"]["status"] == "inactive"
    pins = {**NAMED, "technical_contact": {"primary_sf_pin": "A-1"}}
    assert config.right("account", **pins).paths == ["+ akamai_contact.primary_sf_pin"]
    assert not config.right("account", **pins).changed
    assert config.right("account", **NAMED, zip_auto_index=True).paths == ["~ zip_auto_index"]


def test_what_the_task_does_not_name_stays(config: ConfigScene) -> None:
    config.control.load_contract(loaded(enableFileManagerAccess=True, bruteForceAttackConfig={"failedLoginThreshold": 3}))
    before = config.account()
    foreseen = config.right("account", check=True, **NAMED, read_only=True)
    done = config.right("account", **NAMED, read_only=True)
    assert [(one.changed, one.sent, one.paths) for one in (foreseen, done)] == [
        (True, [], ["~ read_only"]),
        (True, [PUT], ["~ read_only"]),
    ]
    after = config.account()
    assert after["accessConfig"].pop("hasReadOnlyAccess") is True
    before["accessConfig"].pop("hasReadOnlyAccess", None)
    for account in (before, after):
        for name in ("changeHistory", "lastModifiedBy", "lastModifiedDate"):
            account.pop(name)
        for row in account["accessConfig"]["cpcodes"]:
            row.pop("lastModifiedBy")
            row.pop("lastModifiedDate")
    assert after == before


def test_cp_codes_are_exactly_those_of_the_task(config: ConfigScene) -> None:
    config.control.load_contract(loaded())
    one, other = f"/{CODES[0]}/site", f"/{CODES[1]}/www"
    wanted = [{"cp_code": CODES[0]}, {"cp_code": CODES[1], "directories": [other]}]
    assert config.right("account", **NAMED, cp_codes=wanted).paths == [f"+ cp_codes[{CODES[1]}]"]
    rows = config.account()["accessConfig"]["cpcodes"]
    assert [(row["cpcodeId"], row.get("subDirectoryRestrictions", [])) for row in rows] == [
        (CODES[0], [one]),
        (CODES[1], [other]),
    ]
    assert not config.right("account", **NAMED, cp_codes=wanted).changed
    less = [{"cp_code": CODES[1], "directories": []}]
    done = config.right("account", **NAMED, cp_codes=less)
    assert done.paths == [f"~ cp_codes[{CODES[1]}].directories", f"- cp_codes[{CODES[0]}]"]
    assert not config.right("account", **NAMED, cp_codes=less).changed


def test_an_account_is_switched_off_and_on(config: ConfigScene) -> None:
    config.control.load_contract(loaded())
    for enabled, verb in ((False, "disable"), (True, "enable")):
        foreseen = config.right("account", check=True, **NAMED, enabled=enabled)
        done = config.right("account", **NAMED, enabled=enabled)
        again = config.right("account", **NAMED, enabled=enabled)
        sent = [f"POST {ACCOUNTS}/{ID}/{verb}"]
        assert [(one.changed, one.sent) for one in (foreseen, done, again)] == [(True, []), (True, sent), (False, [])]
        assert done.paths == foreseen.paths == ["~ enabled"]
        assert done.values["diff"][0]["after"]["status"] == ("active" if enabled else "inactive")


def test_a_deleted_account_is_gone(config: ConfigScene) -> None:
    config.control.load_contract(loaded())
    foreseen = config.right("account", check=True, **NAMED, state="absent")
    done = config.right("account", **NAMED, state="absent")
    again = config.right("account", **NAMED, state="absent")
    assert [(one.changed, one.sent) for one in (foreseen, done, again)] == [(True, []), (True, [DELETE]), (False, [])]
    assert "last upload account" in done.values["notes"][0]
    assert (done.values["upload_account"], config.control.contract()["upload_accounts"]) == (None, [])


REFUSED: dict[str, tuple[dict[str, t.Any], str]] = {
    "another group": ({"storage_group": "other"}, "immutable_option"),
    "no such group": ({"storage_group": "none"}, "not_found"),
    "no such number": ({"upload_account_id": "a", "storage_group_id": 7, "email": "a@b", "cp_codes": []}, "not_found"),
    "no such rule set": ({"rule_set": "none"}, "not_found"),
    "foreign CP code": ({"cp_codes": [{"cp_code": CODES[0]}, {"cp_code": CODES[2]}]}, "bad_options"),
    "half a new account": ({"upload_account_id": "another"}, "bad_options"),
    "change in use": ({"read_only": True, "key_in_use": KEY}, "in_use"),
    "switched off in use": ({"enabled": False, "key_in_use": KEY}, "in_use"),
    "deleted in use": ({"state": "absent", "key_in_use": KEY}, "in_use"),
    "deleted, with delivery": ({"state": "absent"}, "delivery_key"),
    "switched off, with delivery": ({"enabled": False}, "delivery_key"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_an_account_cannot_become_is_refused_before_the_first_change(config: ConfigScene, case: str) -> None:
    config.control.load_contract(loaded(delivery="delivery" in case))
    options, code = REFUSED[case]
    for check in (True, False):
        done = config.run("account", check=check, **{**NAMED, **options})
        assert (done.code, done.sent, done.changed, bool(done.values["failure"]["hint"])) == (code, [], False, True)
        assert KEY not in str(done.values)


def test_check_mode_goes_through_from_nothing(config: ConfigScene) -> None:
    """What tasks before this one would have made is not there: the CP code is 0, and there is no storage group."""
    wanted = {**ACCOUNT, "cp_codes": [{"cp_code": 0, "directories": ["/0/site"]}]}
    foreseen = config.right("account", check=True, **wanted)
    assert (foreseen.changed, foreseen.sent, "no storage group shop yet" in foreseen.values["notes"][0]) == (True, [], True)
    assert config.run("account", **wanted).code == "not_found"
    config.right("group", **GROUP)
    assert (config.run("account", **wanted).code, config.control.contract()["upload_accounts"]) == ("bad_options", [])


def test_an_interruption_can_be_allowed(config: ConfigScene) -> None:
    config.control.load_contract(loaded())
    for options in ({"read_only": True}, {"enabled": False}, {"state": "absent"}):
        assert config.right("account", **NAMED, **options, key_in_use=KEY, allow_interruption=True).changed


@pytest.mark.parametrize(
    "options",
    [
        {"upload_account_id": "A b"},
        {"email": "nobody"},
        {"cp_codes": [{"cp_code": 1}, {"cp_code": 1}]},
        {"cp_codes": [{"cp_code": 1, "directories": ["/2/a"]}]},
        {"cp_codes": [{"cp_code": 1, "directories": ["/1/a/../b"]}]},
        {"cp_codes": [{"cp_code": 1, "directories": ["/1//b"]}]},
        {"cp_codes": [{"cp_code": -1}]},
        {"login_directory": "site"},
        {"directory_limit": "/site"},
        {"technical_contact": {"first_name": "Ops"}},
        {"technical_contact": {"secondary_sf_pin": "1"}},
        {"technical_contact": {"primary_sf_pin": "1", "first_name": "Ops"}},
        {"wait_timeout": -1},
    ],
)
def test_odd_options_of_an_account_send_nothing(config: ConfigScene, options: dict[str, t.Any]) -> None:
    mark = config.control.journal_length()
    assert config.run("account", **{**NAMED, **options}).code == "bad_options"
    assert config.control.journal(mark) == []


def test_propagation_of_an_account_is_told_and_waited_for(config: ConfigScene) -> None:
    config.control.load_contract(loaded())
    config.control.set_knobs(propagation_config=3_600_000)
    done = config.right("account", **NAMED, read_only=True)
    assert (done.values["propagated"], done.values["pending"], config.slept) == (False, [ID], [])
    late = config.run("account", **NAMED, read_only=True, wait=True, wait_timeout=240)
    assert (late.code, late.changed, config.slept) == ("not_propagated", False, [120, 120])
    config.while_asleep = config.control.propagate
    assert config.right("account", **NAMED, read_only=False, wait=True).values["propagated"]


def test_a_pending_account_that_cannot_be_changed_says_so(config: ConfigScene) -> None:
    config.control.load_contract(loaded())
    config.control.set_knobs(propagation_config=3_600_000, edit_while_pending="accounts_too")
    config.right("account", **NAMED, read_only=True)
    done = config.run("account", **NAMED, read_only=False)
    assert (done.code, "wait: true" in done.values["msg"]) == ("refused", True)


def test_an_account_of_a_pending_storage_group_and_its_key_are_refused_with_the_reason(config: ConfigScene) -> None:
    """As nobody knows whether the service takes them, they are tried, and the next run makes what this one could not."""
    config.control.load_contract({**loaded(), "upload_accounts": []})
    config.control.set_knobs(propagation_config=3_600_000, add_while_pending=400, edit_while_pending="allowed")
    config.right("group", storage_group="shop", cp_codes=[{"cp_code": CODES[0], "send_hash": True}])
    password = {**NAMED, "type": "rsync", "key": "pass word 1"}
    for module, options, what in (("account", ACCOUNT, "storage group"), ("key", password, "account")):
        early = config.run(module, **options)
        assert (early.code, early.changed) == ("refused", False)
        assert f"The {what} is still being propagated" in early.values["msg"]
        config.control.propagate()
        assert config.right(module, **options).changed


def test_no_result_of_an_account_has_its_key(config: ConfigScene) -> None:
    config.control.load_contract(loaded())
    for options in ({"read_only": True}, {"state": "absent"}):
        assert KEY not in str(config.right("account", **NAMED, **options).values)
