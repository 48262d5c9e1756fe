# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What documents of the Configuration API tell, and which of it is a secret; the guards of plans for it."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._config import cp_codes, groups, guards
from ansible_collections.edgeops.netstorage.plugins.module_utils._config.accounts import (
    account_id_of,
    is_account_pending,
    key_id_of,
    keys_of,
)
from ansible_collections.edgeops.netstorage.plugins.module_utils._config.secrets import secrets_in_document, without_secrets
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadOptions, GuardTripped, NetStorageError

Group = dict[str, t.Any]
ACTIVE: Group = {"storageGroupName": "shop", "propagationStatus": {"status": "ACTIVE"}}


def with_codes(*rows: dict[str, t.Any], **more: object) -> Group:
    return {**ACTIVE, "cpcodes": list(rows), **more}


@pytest.mark.parametrize(
    ("group", "is_pending"),
    [
        ({}, False),
        (ACTIVE, False),
        ({"propagationStatus": {"status": "PENDING"}}, True),
        ({"propagationStatus": {"status": "SOMETHING"}}, True),
        (with_codes({"cpcodeId": 1, "lastChangesPropagated": True}), False),
        (with_codes({"cpcodeId": 1, "lastChangesPropagated": True}, {"cpcodeId": 2, "lastChangesPropagated": False}), True),
        (with_codes({"cpcodeId": 1}), False),
    ],
)
def test_a_group_is_pending_as_long_as_anything_in_it_is(group: Group, is_pending: bool) -> None:
    assert groups.is_pending(group) is is_pending


@pytest.mark.parametrize(
    ("rows", "content"),
    [
        ([{"cpcodeId": 1, "numberOfFiles": 0, "numberOfBytes": 0}], (0, 0, True)),
        ([{"cpcodeId": 1, "numberOfFiles": 2.0, "numberOfBytes": 10.0}, {"cpcodeId": 2, "numberOfFiles": 1}], (3, 10, True)),
        ([{"cpcodeId": 1, "numberOfFiles": -1, "numberOfBytes": -1}], (0, 0, False)),
        ([{"cpcodeId": 1}], (0, 0, False)),
        ([{"cpcodeId": 1, "numberOfFiles": "many"}], (0, 0, False)),
    ],
)
def test_content_that_is_not_known_is_not_taken_for_none(rows: list[Group], content: tuple[int, int, bool]) -> None:
    assert groups.content_of(with_codes(*rows)) == content


def test_a_marked_cp_code_is_known_by_the_list_of_used_ones() -> None:
    group = {**with_codes({"cpcodeId": 1}, {"cpcodeId": 2}), "storageGroupId": 7}
    marked = {"cpcodeId": 1, "storageGroupId": 7.0, "provisionStatus": "MARKED_FOR_DEPROVISIONING"}
    elsewhere = {"cpcodeId": 2, "storageGroupId": 8, "provisionStatus": "MARKED_FOR_DEPROVISIONING"}
    assert groups.marked_cp_codes(group, {"items": [marked, elsewhere]}) == {1}
    assert groups.marked_cp_codes({**group, "provisionStatus": "MARKED_FOR_DEPROVISIONING"}, {"items": [marked]}) == set()


def test_hosts_follow_from_the_domain_prefix() -> None:
    assert groups.hosts_of({"domainPrefix": "shop"})["usage"] == "shop-nsu.akamaihd.net"
    assert groups.hosts_of({}) == {}


def test_accounts_that_sign_delivery_are_known() -> None:
    rows = [{"cpcodeId": 1, "g2o": {"user": "edge", "key": "x"}}, {"cpcodeId": 2}]
    assert groups.delivery_accounts([with_codes(*rows)]) == {"edge": [1]}


@pytest.mark.parametrize(
    ("answer", "cp_code"),
    [
        ({"cpcodeId": 1234567}, 1234567),
        ({"cpcodeId": "1234567"}, 1234567),
        ({"cpcodeId": 1234567.0}, 1234567),
        ({"cpcodeName": "a", "contractId": "C"}, None),
        ({"cpcodeId": True}, None),
        ({"cpcodeId": "12 34"}, None),
        (None, None),
    ],
)
def test_the_id_of_a_new_cp_code_is_read_or_unknown(answer: object, cp_code: int | None) -> None:
    assert cp_codes.id_in(answer) == cp_code


def test_a_cp_code_is_used_by_the_group_that_still_has_it() -> None:
    rows = [
        {"cpcodeId": 5, "storageGroupId": 1, "storageGroupName": "old", "provisionStatus": "DEPROVISIONED"},
        {"cpcodeId": 5, "storageGroupId": 2, "storageGroupName": "new", "provisionStatus": "PROVISIONED"},
    ]
    expected = {"storage_group_id": 2, "name": "new", "provision_status": "provisioned"}
    assert cp_codes.user_of({"items": rows}, 5) == expected
    assert cp_codes.user_of({"items": rows[:1]}, 5) is None
    assert cp_codes.user_of({"items": rows}, 6) is None


def test_names_of_cp_codes_are_compared_whole() -> None:
    listed = {"cpcodes": [{"cpcodeId": 2, "cpcodeName": "shop"}, {"cpcodeId": 1, "cpcodeName": "shop two"}]}
    assert cp_codes.named(listed, "shop") == [{"cp_code": 2, "purgeable": None}]


@pytest.mark.parametrize("name", ["", "  ", "a_b", "a,b", "a#b", "it's", 'a"b', "a%b", "a\tb", "x" * 129])
def test_names_that_no_cp_code_has_are_refused(name: str) -> None:
    assert cp_codes.name_fault(name)


@pytest.mark.parametrize("name", ["shop", "Shop 2 - EU", "x" * 128])
def test_names_that_a_cp_code_may_have_are_taken(name: str) -> None:
    assert cp_codes.name_fault(name) == ""


@pytest.mark.parametrize(("items", "numbers"), [([3, "2", 1.0, True, None, "x"], [1, 2, 3]), ([], []), (None, [])])
def test_lists_of_cp_codes_are_numbers(items: object, numbers: list[int]) -> None:
    assert cp_codes.numbers_in({"items": items}) == numbers


# -- secrets


def test_secrets_go_wherever_they_are_and_public_keys_stay() -> None:
    account = {
        "uploadAccountId": "deploy",
        "keys": {
            "g2o": [{"id": "1", "key": "s3cret-1"}],
            "ssh": [{"id": "2", "key": "ssh-rsa A"}],
            "aspera": [{"key": "ssh-rsa B"}],
        },
        "multiFactorAuthConfig": {"ftpMode": "STRICT", "ftpSecrets": ["s3cret-2"]},
        "cpcodes": [{"g2o": {"user": "edge", "key": "s3cret-3"}}],
    }
    assert sorted(secrets_in_document(account)) == ["s3cret-1", "s3cret-2", "s3cret-3"]
    left = without_secrets(account)
    assert "s3cret" not in str(left)
    assert [left["keys"]["ssh"][0]["key"], left["keys"]["g2o"]] == ["ssh-rsa A", [{"id": "1"}]]


def test_secrets_of_any_shape_are_told_and_what_is_none_is_not() -> None:
    odd = {"secrets": [{"value": "s3cret-1"}, ["s3cret-2"], 7], "key": {"a": None}}
    assert secrets_in_document(odd) == ["s3cret-1", "s3cret-2"]
    assert without_secrets([odd, {"monkey": "x"}]) == [{}, {"monkey": "x"}]


def test_an_account_tells_its_keys_and_whether_it_is_pending() -> None:
    account = {"uploadAccountId": "a", "keys": {"g2o": [{"identity": 7}, {"id": "x"}]}, "hasPendingPropagation": True}
    assert [key_id_of(key) for key in keys_of(account, "g2o")] == ["7", "x"]
    assert (keys_of({}, "g2o"), is_account_pending(account), is_account_pending({}), account_id_of(account)) == (
        [],
        True,
        False,
        "a",
    )


# -- guards

FULL = with_codes({"cpcodeId": 1, "numberOfFiles": 5, "numberOfBytes": 50}, {"cpcodeId": 2, "numberOfFiles": 0})
USED = {"items": [{"cpcodeId": 9, "storageGroupId": 3, "storageGroupName": "other", "provisionStatus": "PROVISIONED"}]}
Guard = t.Callable[[], None]
REFUSED: dict[str, tuple[Guard, str, str]] = {
    "other contract": (
        lambda: guards.refuse_immutable(groups.GROUP, {"contract_id": "C-1"}, {"contract_id": "C-2"}, "storage_group"),
        "immutable_option",
        "contract_id is 'C-1'",
    ),
    "pending": (lambda: guards.refuse_busy({"propagationStatus": {"status": "PENDING"}}), "busy", "propagated"),
    "not editable": (lambda: guards.refuse_busy({**ACTIVE, "allowEdit": False}), "busy", "allowEdit"),
    "content": (lambda: guards.refuse_content(FULL, False), "has_content", "5 files with 50 bytes"),
    "content of a CP code": (lambda: guards.refuse_content(FULL, False, [1]), "has_content", "CP code 1 has 5 files"),
    "uncounted": (lambda: guards.refuse_content(with_codes({"cpcodeId": 1}), False), "has_content", "not counted"),
    "last CP code": (lambda: guards.refuse_last_cp_code(FULL, [1, 2], []), "last_cp_code", "no other CP code"),
    "last but marked": (lambda: guards.refuse_last_cp_code(FULL, [2], [1]), "last_cp_code", "no other CP code"),
    "new beside marked": (lambda: guards.refuse_new_beside_marked(FULL, [3], [1]), "busy", "CP code 3 cannot be added"),
    "used": (lambda: guards.refuse_used_cp_codes([9], [8], USED), "cp_code_in_use", "other (3)"),
    "unknown": (lambda: guards.refuse_used_cp_codes([7], [8], USED), "bad_options", "CP code 7"),
    "accounts": (lambda: guards.refuse_accounts(FULL, ["deploy"]), "has_accounts", "deploy"),
    "marked": (lambda: guards.refuse_marked(FULL), "busy", "second person"),
    "zones": (lambda: guards.refuse_removed_zones(["asia", "us"], ["us"]), "zones_removed", "asia"),
    "unknown zones": (lambda: guards.refuse_unknown_zones(["mars"], ["us"]), "bad_options", "mars is not known"),
}  # fmt: skip
PASSED: dict[str, Guard] = {
    "same contract": lambda: guards.refuse_immutable(groups.GROUP, {"contract_id": "C"}, {"contract_id": "C"}, "storage_group"),
    "untold group": lambda: guards.refuse_immutable(groups.GROUP, {}, {"group_id": 4}, "storage_group"),
    "idle": lambda: guards.refuse_busy(ACTIVE),
    "empty": lambda: guards.refuse_content(FULL, False, [2]),
    "allowed": lambda: guards.refuse_content(FULL, True),
    "one of two": lambda: guards.refuse_last_cp_code(FULL, [1], []),
    "nothing new": lambda: guards.refuse_new_beside_marked(FULL, [], [1]),
    "none marked": lambda: guards.refuse_new_beside_marked(FULL, [3], []),
    "unused": lambda: guards.refuse_used_cp_codes([8], [8], USED),
    "no accounts": lambda: guards.refuse_accounts(FULL, []),
    "nothing deleted": lambda: guards.refuse_last_cp_code(with_codes(), [], []),
    "more zones": lambda: guards.refuse_removed_zones(["us"], ["us", "asia"]),
    "known zones": lambda: guards.refuse_unknown_zones(["us"], ["us", "asia"]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_guard_refuses_with_its_code_and_a_hint(case: str) -> None:
    guard, code, told = REFUSED[case]
    with pytest.raises(NetStorageError) as refused:
        guard()
    assert isinstance(refused.value, (GuardTripped, BadOptions))
    assert (refused.value.code, told in refused.value.message, bool(refused.value.hint)) == (code, True, True), refused.value


@pytest.mark.parametrize("case", PASSED)
def test_a_guard_lets_pass_what_is_right(case: str) -> None:
    PASSED[case]()
