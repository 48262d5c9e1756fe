# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every change of accounts and keys under every knob and every fault, as in ``test_doubtful_changes.py``."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.edgeops.netstorage.tests.contract.provisioning.account_scene import ACCOUNT, ID, KEY, key, loaded
from ansible_collections.edgeops.netstorage.tests.contract.provisioning.config_scene import CODES, ConfigScene, Done
from ansible_collections.edgeops.netstorage.tests.contract.provisioning.test_doubtful_changes import FAULTS
from netstorage_emulator.config_knobs import CONFIG_TABLE

NAMED = {"upload_account_id": ID}
SSH = "ssh-rsa QUFBQQ== first"
OTHER_SSH = "ssh-rsa QkJCQg== second"
PASSWORD, OTHER_PASSWORD = "pass word 1", "pass word 2"
NO_LOG = {"_no_log": True}
CHANGES: dict[str, tuple[str, dict[str, t.Any]]] = {
    "make an account": ("account", ACCOUNT),
    "change an account": (
        "account",
        {**NAMED, "read_only": True, "cp_codes": [{"cp_code": CODES[0], "directories": []}, {"cp_code": CODES[1]}]},
    ),
    "switch it off": ("account", {**NAMED, "enabled": False}),
    "delete it": ("account", {**NAMED, "state": "absent"}),
    "first key": ("key", {**NAMED}),
    "another key": ("key", {**NAMED, "rotate": True, "overlap_hours": 24}),
    "switch a key off": ("key", {**NAMED, "identity": "7001", "enabled": False}),
    "remove a key": ("key", {**NAMED, "identity": "7001", "state": "absent"}),
    "add an SSH key": ("key", {**NAMED, "type": "ssh", "key": OTHER_SSH, "comments": "b", "email_id": "a@b"}),
    "change an SSH key": ("key", {**NAMED, "type": "ssh", "key": SSH, "comments": "b"}),
    "remove an SSH key": ("key", {**NAMED, "type": "ssh", "key": SSH, "state": "absent"}),
    "add a password": ("key", {**NAMED, "type": "rsync", "key": OTHER_PASSWORD, "comments": "b"}),
    "remove a password": ("key", {**NAMED, "type": "ftp", "comments": "a", "state": "absent"}),
}
OLD_KEYS = [key(7001, KEY)]
TWO_KEYS = [*OLD_KEYS, key(7002, "another-http-api-key-of-the-account")]
G2O: dict[str, list[dict[str, t.Any]]] = {"first key": [], "switch a key off": TWO_KEYS, "remove a key": TWO_KEYS}


def begin(config: ConfigScene, change: str) -> None:
    ssh = [{"key": SSH, "comments": "a"}, *([{"key": OTHER_SSH}] if change == "remove an SSH key" else [])]
    passwords = [{"key": PASSWORD, "comments": "a"}, {"key": OTHER_PASSWORD, "comments": "c"}]
    keys = {"ssh": ssh, "ftp": passwords, "rsync": passwords[:1]}
    contract = loaded(g2o=G2O.get(change, OLD_KEYS), keys=keys)
    if change == "make an account":
        contract["upload_accounts"] = []
    config.control.load_contract(contract)


def state(config: ConfigScene) -> object:
    """What there is, but for times and for what a knob is about."""
    return [
        (
            account["uploadAccountId"],
            account.get("uploadAccountStatus", account.get("status")),
            account["email"],
            account["accessConfig"]["hasReadOnlyAccess"],
            [(row["cpcodeId"], row["subDirectoryRestrictions"]) for row in account["accessConfig"]["cpcodes"]],
            {kind: [(one.get("comments"), one["isActive"]) for one in rows] for kind, rows in account["keys"].items()},
        )
        for account in config.control.contract()["upload_accounts"]
    ]


def play(config: ConfigScene, change: str, **knobs: t.Any) -> tuple[Done, Done, Done, object]:
    """Check mode, the change, the same again, and what there is then; under knobs that are set when everything is prepared."""
    module, options = CHANGES[change]
    begin(config, change)
    config.control.set_knobs(**knobs)
    foreseen = config.run(module, check=True, private=NO_LOG, **options)
    done = config.run(module, private=NO_LOG, **options)
    return foreseen, done, config.run(module, private=NO_LOG, **options), state(config)


def rounds() -> list[dict[str, t.Any]]:
    """Every setting of every knob, all at once: the first that is not the default of each, then the second of each."""
    knobs = {knob.name: [value for value in knob.settings if value != knob.default] for knob in CONFIG_TABLE if not knob.number}
    longest = max(map(len, knobs.values()))
    return [{name: values[turn % len(values)] for name, values in knobs.items()} for turn in range(longest)]


@pytest.mark.parametrize("change", CHANGES)
def test_every_setting_of_every_knob_treats_accounts_the_same(config: ConfigScene, change: str) -> None:
    _foreseen, first, _again, expected = play(config, change)
    assert (first.changed, first.code) == (True, "")
    for knobs in rounds():
        foreseen, done, again, found = play(config, change, **knobs)
        told = f"{knobs}: {done.values.get('msg')}"
        assert (foreseen.code, foreseen.sent, foreseen.values["plan"]) == ("", [], done.values["plan"]), told
        assert (done.code, done.changed, done.sent, found) == ("", True, first.sent, expected), told
        assert (again.code, again.changed, again.sent) == ("", False, []), told


@pytest.mark.parametrize("fault", FAULTS, ids=str)
@pytest.mark.parametrize("change", CHANGES)
def test_a_lost_response_makes_nothing_of_an_account_twice(config: ConfigScene, change: str, fault: dict[str, t.Any]) -> None:
    _foreseen, first, _again, expected = play(config, change)
    module, options = CHANGES[change]
    begin(config, change)
    for method in ("POST", "PUT", "DELETE"):
        config.control.add_faults({**fault, "action": f"config:{method} *"})
    done = config.run(module, private=NO_LOG, **options)
    assert done.sent == first.sent
    assert (done.code == "", done.changed) == (fault["done"], fault["done"]), done.values.get("msg")
    if fault["done"]:
        assert any("response to a change was lost" in note for note in done.values["notes"])
    config.control.clear_faults()
    again = config.run(module, private=NO_LOG, **options)
    assert (again.code, again.changed, again.sent) == ("", not fault["done"], [] if fault["done"] else first.sent)
    assert state(config) == expected
