# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deletion in the emulated Configuration API: at once of what is empty, by two persons where there is content."""

from __future__ import annotations

import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests.config.config_api import (
    ACCOUNT,
    CODES,
    CONTRACT,
    GROUP,
    Caller,
    changed,
    flaws,
)
from netstorage_emulator.control import Control

ONE = "storage-groups/2000001"
FILE = {"key": f"/{CODES[0]}/a", "content": "a"}


@pytest.fixture
def filled(first: Caller, control: Control) -> None:
    """A group of two CP codes, the first of which has a file."""
    first.made("storage-groups", changed(GROUP, cpcodes=[{"cpcodeId": CODES[0]}, {"cpcodeId": CODES[1]}]))
    control.load([FILE])


def statuses(caller: Caller) -> dict[int, str]:
    return {row["cpcodeId"]: row["provisionStatus"] for row in caller.get("cpcodes/used")["items"]}


def test_an_empty_group_is_deleted_at_once(first: Caller) -> None:
    first.made("storage-groups", GROUP)
    reply = first.ask("DELETE", ONE)
    assert (reply.status_code, reply.text) == (200, "")
    assert first.get("storage-groups") == {"items": []}
    assert first.get(f"cpcodes/unused?contractId={CONTRACT}") == {"items": CODES}
    assert first.made("storage-groups", GROUP)["storageGroupId"] == 2000002, "no number comes twice"


@pytest.mark.usefixtures("filled")
def test_another_person_approves_a_deletion(first: Caller, second: Caller) -> None:
    assert first.ask("DELETE", ONE).status_code == 200
    assert first.get(ONE)["provisionStatus"] == "MARKED_FOR_DEPROVISIONING"
    assert statuses(first) == {CODES[0]: "MARKED_FOR_DEPROVISIONING", CODES[1]: "MARKED_FOR_DEPROVISIONING"}
    assert second.ask("DELETE", ONE).status_code == 200
    assert first.get("storage-groups") == {"items": []}
    assert statuses(first) == {CODES[0]: "DEPROVISIONED"}
    assert first.get(f"cpcodes/unused?contractId={CONTRACT}") == {"items": CODES[1:]}
    assert flaws(first.ask("GET", ONE)) == ["storageGroupId"]


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(("setting", "status", "left"), [(409, 409, 1), ("counts", 200, 0), ("ignored", 200, 1)])
def test_the_same_person_asks_twice(first: Caller, control: Control, setting: object, status: int, left: int) -> None:
    control.set_knobs(second_delete_same_user=setting)
    assert [first.ask("DELETE", ONE).status_code for _time in range(2)] == [200, status]
    assert len(first.get("storage-groups")["items"]) == left


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(("setting", "plain", "forced", "left"), [
    ("ignored", 200, 409, 1), ("needed", 400, 200, 1), ("bypasses", 200, 200, 0)])
def test_a_deletion_can_be_forced(first: Caller, control: Control, setting: str, plain: int, forced: int, left: int) -> None:
    control.set_knobs(force_delete=setting)
    assert first.ask("DELETE", ONE).status_code == plain
    assert first.ask("DELETE", f"{ONE}?forceDelete=true").status_code == forced
    assert len(first.get("storage-groups")["items"]) == left
    assert left == 0 or first.get(ONE)["provisionStatus"] == "MARKED_FOR_DEPROVISIONING"


@pytest.mark.usefixtures("filled")
def test_a_flag_of_a_deletion_is_true_or_false(first: Caller) -> None:
    assert flaws(first.ask("DELETE", f"{ONE}?forceDelete=maybe")) == ["forceDelete"]
    assert first.get(ONE)["provisionStatus"] == "PROVISIONED"
    assert first.ask("DELETE", f"{ONE}?forceDelete=False").status_code == 200


@pytest.mark.usefixtures("filled")
def test_what_is_deprovisioned_can_still_be_listed(first: Caller, second: Caller, control: Control) -> None:
    control.set_knobs(deprovisioned="listed")
    first.ask("DELETE", ONE)
    second.ask("DELETE", ONE)
    assert first.get(ONE)["provisionStatus"] == "DEPROVISIONED"
    assert flaws(first.ask("PUT", ONE, {"storageGroupName": "new"})) == ["storageGroupId"]


@pytest.mark.usefixtures("filled")
def test_a_deletion_is_cancelled(first: Caller, second: Caller) -> None:
    assert flaws(first.ask("POST", f"{ONE}/cancel-delete")) == ["storageGroupId"]
    first.ask("DELETE", ONE)
    assert second.ask("POST", f"{ONE}/cancel-delete").status_code == 200
    assert first.get(ONE)["provisionStatus"] == "PROVISIONED"
    assert second.ask("DELETE", ONE).status_code == 200, "it is the first one again"
    assert first.get(ONE)["provisionStatus"] == "MARKED_FOR_DEPROVISIONING"


@pytest.mark.usefixtures("filled")
def test_a_cp_code_leaves_its_group(first: Caller, second: Caller) -> None:
    codes = f"{ONE}/cpcodes"
    assert first.ask("DELETE", f"{codes}/{CODES[0]}").status_code == 200
    assert statuses(first) == {CODES[0]: "MARKED_FOR_DEPROVISIONING", CODES[1]: "PROVISIONED"}
    more = first.ask("PUT", ONE, {"cpcodes": [{"cpcodeId": CODES[2]}]})
    assert flaws(more) == ["cpcodes[0].cpcodeId"], "none is added meanwhile"
    assert first.ask("POST", f"{codes}/{CODES[0]}/cancel-delete").status_code == 200
    assert flaws(first.ask("POST", f"{codes}/{CODES[0]}/cancel-delete")) == ["cpcodeId"]
    assert [caller.ask("DELETE", f"{codes}/{CODES[0]}").status_code for caller in (first, second)] == [200, 200]
    assert [directory["cpcodeId"] for directory in first.get(ONE)["cpcodes"]] == [CODES[1]]
    assert statuses(first) == {CODES[0]: "DEPROVISIONED", CODES[1]: "PROVISIONED"}
    assert flaws(first.ask("DELETE", f"{codes}/{CODES[1]}")) == ["cpcodeId"], "the last one"
    assert flaws(first.ask("DELETE", f"{codes}/{CODES[0]}")) == ["cpcodeId"], "it is there no more"


@pytest.mark.usefixtures("filled")
def test_an_empty_cp_code_leaves_its_group_at_once(first: Caller) -> None:
    assert first.ask("DELETE", f"{ONE}/cpcodes/{CODES[1]}").status_code == 200
    assert CODES[1] in first.get(f"cpcodes/unused?contractId={CONTRACT}")["items"]


@pytest.mark.parametrize(("setting", "status", "left"), [("deleted", 200, 0), (400, 400, 1)])
def test_a_group_with_accounts_is_deleted(first: Caller, control: Control, setting: object, status: int, left: int) -> None:
    control.set_knobs(group_with_accounts=setting)
    first.made("storage-groups", GROUP)
    first.made("upload-accounts", ACCOUNT)
    assert first.ask("DELETE", ONE).status_code == status
    assert len(first.get("upload-accounts")["items"]) == left


@pytest.mark.parametrize(("setting", "status", "text"), [
    ("empty", 200, ""), (204, 204, ""), ("text", 200, '{"description": "Request OK.\\n"}')])
def test_what_a_deletion_is_answered(first: Caller, control: Control, setting: object, status: int, text: str) -> None:
    control.set_knobs(delete_answer=setting)
    first.made("storage-groups", GROUP)
    first.made("upload-accounts", ACCOUNT)
    account = "upload-accounts/deploy-bot"
    for method, path in (("POST", f"{account}/disable"), ("DELETE", account), ("DELETE", ONE)):
        reply = first.ask(method, path)
        assert (reply.status_code, reply.text) == (status, text)
