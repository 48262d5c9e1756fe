# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every change under every knob and every fault: the same outcome, or a refusal before the first write; never two of anything."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.tests.contract.provisioning.config_scene import (
    CODES,
    CONTRACT,
    CONTRACT_LOADED,
    GROUP,
    ConfigScene,
    Done,
)
from netstorage_emulator.config_knobs import CONFIG_TABLE
from netstorage_emulator.knob import Knob

NAMED = {"storage_group": "shop"}
BOTH = {**GROUP, "cp_codes": [{"cp_code": one} for one in CODES[:2]]}
GOING = {**NAMED, "state": "absent", "allow_content": True}
TAKEN_OUT = {**NAMED, "delete_cp_codes": [CODES[0]], "force_delete": True}
CHANGES: dict[str, tuple[str, dict[str, t.Any]]] = {
    "make a CP code": ("cp_code", {"contract_id": CONTRACT, "cp_code_name": "shop"}),
    "make a group": ("group", GROUP),
    "change a setting": ("group", {**NAMED, "cp_codes": [{"cp_code": CODES[0], "serve_from_zip": True}]}),
    "add a CP code": ("group", {**NAMED, "cp_codes": [{"cp_code": CODES[2], "use_ssl": True}], "zones": ["us"]}),
    "rename": ("group", {"storage_group": "shop 2", "storage_group_id": 2000001}),
    "take a CP code out": ("group", {**NAMED, "delete_cp_codes": [CODES[1]]}),
    "take a full CP code out": ("group", TAKEN_OUT),
    "delete": ("group", {**NAMED, "state": "absent", "force_delete": True}),
    "take a deletion back": ("group", {**NAMED, "cancel_deletion": True}),
    "approve a deletion": ("group", {**GOING, "force_delete": True, "second_approval": True, "who": "second"}),
    "approve that of a CP code": ("group", {**TAKEN_OUT, "second_approval": True, "who": "second"}),
}
FULL = {"take a full CP code out", "delete", "take a deletion back", "approve a deletion", "approve that of a CP code"}
OF_ACCOUNTS = {
    "put_account", "account_status", "account_no_cpcodes", "read_only_default", "zip_auto_index", "http_access_makes_key",
    "key_identity", "g2o_put_key", "g2o_put_answer", "fourth_key", "last_key", "key_disable",
}  # fmt: skip
"""Knobs that nothing here meets."""

DIFFERENT: dict[tuple[str, str, object], str] = {
    ("make a group", "group_id_needed", 400): "refused",  # it is for the task to say
    ("take a CP code out", "number_of_files", "never"): "has_content",  # nobody knows that it is empty
    ("delete", "force_delete", "bypasses"): "",  # what waits for a second person otherwise is gone
    ("take a full CP code out", "force_delete", "bypasses"): "",
}
"""The failure, where the outcome is another one than by default: by change, knob and setting."""

ALONE = {(name, value) for _change, name, value in DIFFERENT}


def rounds() -> list[dict[str, t.Any]]:
    """Every setting of every knob: those that change nothing all at once, the first of each, the second of each; others alone."""
    assert {knob.name for knob in CONFIG_TABLE if knob.number} == {"propagation_config"}, "which is waited for elsewhere"
    knobs = {knob.name: others(knob) for knob in CONFIG_TABLE if knob.name not in OF_ACCOUNTS}
    longest = max(map(len, knobs.values()))
    together = [{name: values[turn % len(values)] for name, values in knobs.items() if values} for turn in range(longest)]
    return [*together, *({name: value} for name, value in sorted(ALONE, key=str))]


def others(knob: Knob) -> list[t.Any]:
    return [value for value in knob.settings if value != knob.default and (knob.name, value) not in ALONE]


def begin(config: ConfigScene, change: str) -> None:
    config.control.load_contract(CONTRACT_LOADED)
    config.control.reset_tree()
    if not change.startswith("make"):
        config.right("group", **BOTH)
    if change in FULL:
        config.fill()
    if change == "approve that of a CP code":
        assert config.right("group", **TAKEN_OUT).values["delete_pending"]
    elif change in ("take a deletion back", "approve a deletion"):
        config.right("group", **GOING)
        assert config.groups()[0]["provisionStatus"] == "MARKED_FOR_DEPROVISIONING"


def state(config: ConfigScene) -> object:
    """What there is, but for times and for what a knob is about."""
    contract = config.control.contract()
    groups = [
        (
            group["storageGroupName"],
            group["provisionStatus"],
            [(row["cpcodeId"], row["serveFromZip"], row["useSsl"]) for row in group["cpcodes"]],
            sorted(zone["zoneName"] for zone in group["zones"]),
        )
        for group in config.groups()
    ]
    return groups, len(contract["cp_codes"])


def play(config: ConfigScene, change: str, **knobs: t.Any) -> tuple[Done, Done, Done, object]:
    """Check mode, the change, the same again, and what there is then; under knobs that are set when everything is prepared."""
    module, options = CHANGES[change]
    begin(config, change)
    config.control.set_knobs(**knobs)
    foreseen = config.run(module, check=True, **options)
    done = config.run(module, **options)
    return foreseen, done, config.run(module, **options), state(config)


@pytest.mark.parametrize("change", CHANGES)
def test_every_setting_of_every_knob_gives_the_same_outcome(config: ConfigScene, change: str) -> None:
    usual = config.control.knobs()
    _foreseen, first, _again, expected = play(config, change)
    assert (first.changed, first.code) == (True, "")
    for knobs in rounds():
        foreseen, done, again, found = play(config, change, **knobs)
        different = [DIFFERENT[change, *one] for one in knobs.items() if (change, *one) in DIFFERENT]
        told = f"{change}, {knobs}: {done.values.get('msg')}"
        assert foreseen.sent == [], told
        assert done.code == (different[0] if different else ""), told
        if not different:
            assert (foreseen.changed, foreseen.code) == (True, ""), told
            assert foreseen.values["plan"] == done.values["plan"], told
            assert (done.sent, found) == (first.sent, expected), told
        if not done.code:
            assert (done.changed, again.changed, again.sent, again.code) == (True, False, [], ""), told
        config.control.set_knobs(**usual)


FAULTS: list[dict[str, t.Any]] = [
    {"kind": "reset", "when": "before_answer", "done": True},
    {"kind": "reset", "when": "before_answer", "done": False},
    {"status": 503, "done": True},
    {"status": 502, "done": False},
    {"status": 200, "body": "<html>hello</html>", "done": True},
    {"status": 200, "body": "<html>hello</html>", "done": False},
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_whose_response_is_lost_is_sent_once(config: ConfigScene, change: str, fault: dict[str, t.Any]) -> None:
    _foreseen, first, _again, expected = play(config, change)
    module, options = CHANGES[change]
    begin(config, change)
    for method in ("POST", "PUT", "DELETE"):
        config.control.add_faults({**fault, "action": f"config:{method} *"})
    done = config.run(module, **options)
    assert done.sent == first.sent
    assert (done.code == "", done.changed) == (fault["done"], fault["done"]), done.values.get("msg")
    if fault["done"]:
        assert any("response to a change was lost" in note for note in done.values["notes"])
    config.control.clear_faults()
    again = config.run(module, **options)
    assert (again.code, again.changed, again.sent) == ("", not fault["done"], [] if fault["done"] else first.sent)
    assert state(config) == expected


@pytest.mark.parametrize("change", ["approve a deletion", "approve that of a CP code"])
def test_an_approval_that_is_accepted_and_not_seen_is_still_pending(config: ConfigScene, change: str) -> None:
    """As by a service that deletes later, or that counts both requests as one person's."""
    module, options = CHANGES[change]
    begin(config, change)
    config.control.add_faults({"status": 200, "body": "{}", "done": False, "action": "config:DELETE *"})
    done = config.right(module, **options)
    assert (done.changed, done.values["delete_pending"], "another person" in done.values["notes"][-1]) == (True, True, True)


@pytest.mark.parametrize("change", [change for change in CHANGES if not change.startswith("approve")])
def test_a_change_that_is_accepted_and_not_seen_is_an_error(config: ConfigScene, change: str) -> None:
    """As by a service that takes its time; and nobody can say that nothing has changed."""
    module, options = CHANGES[change]
    begin(config, change)
    for method in ("POST", "PUT", "DELETE"):
        config.control.add_faults({"status": 200, "body": "{}", "done": False, "action": f"config:{method} *"})
    done = config.run(module, **options)
    assert (done.code, done.changed) == ("unknown_id" if module == "cp_code" else "unproved", True)
    assert done.values["failure"]["hint"] or "shows another state" in done.values["msg"]


def test_a_response_that_shows_the_change_is_believed(config: ConfigScene) -> None:
    begin(config, "rename")
    shown = json.dumps({**config.group(), "storageGroupName": "shop 2"})
    config.control.add_faults({"status": 200, "body": shown, "done": False, "action": "config:PUT *"})
    done = config.right("group", **CHANGES["rename"][1])
    assert (done.changed, done.values["group"]["name"]) == (True, "shop")
    assert "still shows the storage group as it was" in done.values["notes"][0]


LISTS = {
    "no list": ("[1", "bad_response"),
    "an object": ('{"zones": []}', "bad_response"),
    "two of one name": (
        '[{"storageGroupId": 1, "storageGroupName": "shop"}, {"storageGroupId": 2, "storageGroupName": "shop"}]',
        "ambiguous",
    ),
}


@pytest.mark.parametrize("case", LISTS)
def test_a_list_that_cannot_be_right_changes_nothing(config: ConfigScene, case: str) -> None:
    body, code = LISTS[case]
    config.control.add_faults({"status": 200, "body": body, "action": "config:GET /storage/v1/storage-groups", "times": None})
    for options in (GROUP, {**NAMED, "state": "absent"}):
        done = config.run("group", **options)
        assert (done.code, done.sent) == (code, [])


def test_a_deletion_that_needs_force_says_how(config: ConfigScene) -> None:
    begin(config, "delete")
    config.control.set_knobs(force_delete="needed")
    assert config.run("group", storage_group_id=2000001, storage_group="other", state="absent").code == "bad_options"
    done = config.run("group", **NAMED, state="absent", allow_content=True)
    assert (done.code, "force_delete: true" in done.values["failure"]["hint"], done.changed) == ("refused", True, False)


def test_a_lost_cp_code_without_a_name_is_not_taken_for_ones_own(config: ConfigScene) -> None:
    """Somebody else may have made the only new one, so it is told and not used."""
    config.control.add_faults({"kind": "reset", "when": "before_answer", "done": True, "action": "config:POST *"})
    done = config.run("cp_code", contract_id=CONTRACT, cp_code_name="shop", find="none", create_blindly=True)
    assert (done.code, "1000004" in done.values["msg"], len(done.sent)) == ("unreachable", True, 1)


def test_too_many_requests_are_waited_for(config: ConfigScene) -> None:
    config.control.limit_config(2, 3600)
    config.while_asleep = lambda: config.control.limit_config(100_000)
    done = config.right("group", **GROUP)
    assert (done.changed, len(config.slept), config.slept[0] >= 600) == (True, 1, True)


@pytest.mark.parametrize("status", [400, 401, 403, 409, 500])
def test_a_refusal_names_the_path_and_what_the_service_said(config: ConfigScene, status: int) -> None:
    problem = (
        '{"type": "validation-error", "title": "Validation failure", "detail": "the reason", "errors": [{"field": "zones"}]}'
    )
    config.control.add_faults({"status": status, "body": problem, "action": "config:POST *", "headers": {"Content-Type": "a/b"}})
    failure = config.run("group", **GROUP).values["failure"]
    assert (failure["action"], failure["path"], failure["status"]) == (
        "create_storage_group",
        "/storage/v1/storage-groups",
        status,
    )
    assert (failure["problem"]["detail"], failure["problem"]["errors"]) == ("the reason", [{"field": "zones"}])
    assert failure["hint"]


def test_two_clients_at_once_make_one_group(config: ConfigScene) -> None:
    """The other one is faster between the look and the POST; the service refuses the second, and the next run finds it."""
    config.control.set_knobs(cpcode_post_answer="id")
    config.control.add_faults({"status": 503, "action": "config:GET /storage/v1/zones"})
    config.while_asleep = lambda: config.right("group", who="second", **GROUP)
    slow = config.run("group", **GROUP)
    assert (slow.code, len(config.groups())) == ("cp_code_in_use", 1)
    assert not config.right("group", **GROUP).changed
