# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Storage groups in the emulated Configuration API: made and changed. How they are deleted is in ``test_deletion.py``."""

from __future__ import annotations

import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests.config.config_api import CODES, GROUP, Caller, changed, flaws
from netstorage_emulator.control import Control

ONE = "storage-groups/2000001"
SETTINGS = {"cpcodeId": CODES[0], "serveFromZip": True, "enableQuickDelete": True, "dirListing": {"indexFileName": "index.html"}}


def test_a_storage_group_is_made(first: Caller) -> None:
    made = first.made("storage-groups", GROUP)
    assert made.items() >= {
        "storageGroupId": 2000001, "storageGroupName": "shop", "domainPrefix": "shop", "contractId": GROUP["contractId"],
        "provisionStatus": "PROVISIONED", "storageGroupType": "OBJECTSTORE", "storageGroupPurpose": "NETSTORAGE",
        "lastModifiedBy": "first-person", "allowEdit": True}.items()
    assert made["propagationStatus"]["status"] == "ACTIVE"
    assert "groupId" not in made
    (directory,) = made["cpcodes"]
    assert directory.items() >= {
        "cpcodeId": CODES[0], "quickDelete": False, "downloadSecurity": "ALL_EDGE_SERVERS", "lastChangesPropagated": True,
        "numberOfFiles": 0, "numberOfBytes": 0, "dirListing": {"maxListSize": 0, "searchOn404": "DO_NOT_SEARCH"}}.items()
    assert not {"enableQuickDelete", "ageDeletions", "g2o"} & directory.keys()
    assert [zone["zoneName"] for zone in made["zones"]] == ["europe", "global"]
    assert first.get(ONE) == made
    assert first.get("storage-groups") == {"items": [made]}


def test_storage_groups_are_listed_by_cp_code_and_purpose(first: Caller) -> None:
    first.made("storage-groups", GROUP)
    first.made("storage-groups", changed(GROUP, storageGroupName="b", domainPrefix="b", cpcodes=[{"cpcodeId": CODES[1]}]))
    found = {query: [group["storageGroupName"] for group in first.get(f"storage-groups?{query}")["items"]] for query in (
        "", f"cpcodeId={CODES[1]}", "cpcodeId=7", "storageGroupPurpose=NETSTORAGE", "storageGroupPurpose=FEO",
        "accountSwitchKey=A-TEST%3A1-2RBL")}
    assert list(found.values()) == [["shop", "b"], ["b"], [], ["shop", "b"], [], ["shop", "b"]]
    assert flaws(first.ask("GET", "storage-groups?cpcodeId=x")) == ["cpcodeId"]


@pytest.mark.parametrize(("members", "field"), [
    ({"contractId": None}, "contractId"), ({"contractId": "C-OTHER"}, "contractId"), ({"zones": None}, "zones"),
    ({"zones": [{"zoneName": "europe"}]}, "zones"), ({"zones": [{"zoneName": "mars"}, {"zoneName": "us"}]}, "zones[0].zoneName"),
    ({"cpcodes": []}, "cpcodes"), ({"cpcodes": [{"cpcodeId": 7}]}, "cpcodes[0].cpcodeId"),
    ({"cpcodes": [{"cpcodeId": CODES[0]}] * 2}, "cpcodes"), ({"domainPrefix": "Shop_1"}, "domainPrefix"),
    ({"cpcodes": [{"cpcodeId": CODES[0], "useSsl": "yes"}]}, "cpcodes[0].useSsl"),
    ({"cpcodes": [{"cpcodeId": CODES[0], "quickDelete": True}]}, "cpcodes[0].quickDelete"),
    ({"cpcodes": [{"cpcodeId": CODES[0], "downloadSecurity": "NONE"}]}, "cpcodes[0].downloadSecurity"),
    ({"storageGroupId": 5}, "storageGroupId"),
])
def test_a_wrong_storage_group_is_refused(first: Caller, members: dict[str, object], field: str) -> None:
    assert flaws(first.ask("POST", "storage-groups", changed(GROUP, **members))) == [field]
    assert first.get("storage-groups") == {"items": []}


@pytest.mark.parametrize(("members", "field"), [
    ({"domainPrefix": "b", "cpcodes": [{"cpcodeId": CODES[1]}]}, "storageGroupName"),
    ({"storageGroupName": "b", "cpcodes": [{"cpcodeId": CODES[1]}]}, "domainPrefix"),
    ({"storageGroupName": "b", "domainPrefix": "b"}, "cpcodes[0].cpcodeId")])
def test_what_a_storage_group_has_no_other_can_have(first: Caller, members: dict[str, object], field: str) -> None:
    first.made("storage-groups", GROUP)
    assert flaws(first.ask("POST", "storage-groups", changed(GROUP, **members))) == [field]


def test_a_group_id_can_be_needed(first: Caller, control: Control) -> None:
    control.set_knobs(group_id_needed=400)
    assert flaws(first.ask("POST", "storage-groups", GROUP)) == ["groupId"]
    first.made("storage-groups", changed(GROUP, groupId=31415))


def test_a_change_is_merged_into_the_storage_group(first: Caller) -> None:
    before = first.made("storage-groups", GROUP)
    reply = first.ask("PUT", ONE, {"storageGroupName": "new", "cpcodes": [SETTINGS, {"cpcodeId": CODES[1]}]})
    assert reply.status_code == 200
    after = reply.json()
    zipped, plain = after["cpcodes"]
    assert (after["storageGroupName"], after["zones"], plain["cpcodeId"]) == ("new", before["zones"], CODES[1])
    assert (zipped["serveFromZip"], zipped["quickDelete"]) == (True, True)
    assert zipped["dirListing"] == {"maxListSize": 0, "searchOn404": "DO_NOT_SEARCH", "indexFileName": "index.html"}
    assert first.ask("PUT", ONE, {"cpcodes": [{"cpcodeId": CODES[0], "useSsl": True}], "zones": [{"zoneName": "us"}]}).ok
    last = first.get(ONE)
    assert [zone["zoneName"] for zone in last["zones"]] == ["europe", "global", "us"]
    assert (last["cpcodes"][0]["serveFromZip"], last["cpcodes"][0]["useSsl"]) == (True, True)


@pytest.mark.parametrize("setting", ["replace", "replace_refuses_missing"])
def test_a_change_can_take_the_place_of_a_storage_group(first: Caller, control: Control, setting: str) -> None:
    first.made("storage-groups", changed(GROUP, cpcodes=[SETTINGS, {"cpcodeId": CODES[1]}]))
    control.set_knobs(put_group=setting)
    assert flaws(first.ask("PUT", ONE, {"storageGroupName": "new"})) == ["cpcodes", "zones"]
    zones = [{"zoneName": "us"}, {"zoneName": "europe"}]
    whole = {"storageGroupName": "new", "cpcodes": [{"cpcodeId": CODES[0]}], "zones": zones}
    reply = first.ask("PUT", ONE, whole)
    if setting == "replace_refuses_missing":
        assert flaws(reply) == ["cpcodes", "zones"]
        return
    assert reply.status_code == 200
    (directory,) = reply.json()["cpcodes"]
    assert (directory["cpcodeId"], directory["serveFromZip"]) == (CODES[0], False)
    assert {zone["zoneName"] for zone in reply.json()["zones"]} == {"us", "europe"}


@pytest.mark.parametrize(("setting", "status"), [("groups_400", 400), (400, 400), ("ignored", 200)])
def test_unknown_members_of_storage_groups(first: Caller, control: Control, setting: object, status: int) -> None:
    whole = first.made("storage-groups", GROUP)
    control.set_knobs(put_unknown_member=setting)
    reply = first.ask("PUT", ONE, whole)
    assert reply.status_code == status
    if status == 400:
        assert {"storageGroupId", "contractId", "links", "cpcodes[0].quickDelete", "zones[0].lastModifiedBy"} <= set(flaws(reply))


@pytest.mark.parametrize(("setting", "status"), [("accepted", 200), (400, 400)])
def test_members_of_zones_that_only_samples_have(first: Caller, control: Control, setting: object, status: int) -> None:
    first.made("storage-groups", GROUP)
    control.set_knobs(zone_members=setting)
    reply = first.ask("PUT", ONE, {"zones": [{"zoneName": "europe", "allowUpload": "FAILOVER"}]})
    assert reply.status_code == status
    assert first.get(ONE)["zones"][0]["allowUpload"] == ("FAILOVER" if status == 200 else "YES")


@pytest.mark.parametrize(("setting", "status"), [(400, 400), ("accounts_too", 400), ("allowed", 200)])
def test_a_storage_group_that_is_pending_is_not_edited(first: Caller, control: Control, setting: object, status: int) -> None:
    control.set_knobs(edit_while_pending=setting, propagation_config=60_000)
    made = first.made("storage-groups", GROUP)
    assert (made["propagationStatus"]["status"], made["cpcodes"][0]["lastChangesPropagated"]) == ("PENDING", False)
    assert first.ask("PUT", ONE, {"storageGroupName": "new"}).status_code == status
    control.propagate()
    assert first.get(ONE)["propagationStatus"]["status"] == "ACTIVE"
    assert first.ask("PUT", ONE, {"cpcodes": [SETTINGS]}).status_code == 200
    after = first.get(ONE)
    assert (after["propagationStatus"]["status"], after["cpcodes"][0]["lastChangesPropagated"]) == ("PENDING", False)


def test_a_change_propagates_in_its_time(first: Caller, control: Control) -> None:
    first.made("storage-groups", GROUP)
    control.set_knobs(propagation_config=60_000)
    first.ask("PUT", ONE, {"cpcodes": [SETTINGS]})
    assert first.get(ONE)["propagationStatus"]["status"] == "PENDING"
    control.set_knobs(propagation_config=0)
    assert first.get(ONE)["propagationStatus"]["status"] == "ACTIVE"


def test_a_group_that_may_not_be_edited(first: Caller, control: Control) -> None:
    control.load_contract({"storage_groups": [{**GROUP, "allowEdit": False, "storageGroupType": "FILESTORE"}]})
    shown = first.get(ONE)
    assert (shown["allowEdit"], shown["storageGroupType"]) == (False, "FILESTORE")
    assert flaws(first.ask("PUT", ONE, {"storageGroupName": "new"})) == ["storageGroupId"]


@pytest.mark.parametrize("status", [400, 403, 404])
def test_the_id_of_no_storage_group(first: Caller, control: Control, status: int) -> None:
    control.set_knobs(unknown_id=status)
    for method, document in (("GET", None), ("PUT", {}), ("DELETE", None)):
        assert flaws(first.ask(method, "storage-groups/7", document), status) == ["storageGroupId"]


@pytest.mark.parametrize(("setting", "pending", "then"), [("later", (-1, -1), (2, 3)), ("always", (2, 3), (2, 3)),
                                                          ("never", (-1, -1), (-1, -1))])
def test_the_files_of_a_cp_code_are_counted(first: Caller, control: Control, setting: str, pending: tuple[int, int],
                                            then: tuple[int, int]) -> None:
    control.set_knobs(number_of_files=setting, propagation_config=60_000)
    first.made("storage-groups", GROUP)
    control.load([{"key": f"/{CODES[0]}/a", "content": "a"}, {"key": f"/{CODES[0]}/d/b", "content": "bc"}])

    def counted() -> tuple[int, int]:
        (directory,) = first.get(ONE)["cpcodes"]
        return directory["numberOfFiles"], directory["numberOfBytes"]

    assert counted() == pending
    control.propagate()
    assert counted() == then
    assert first.ask("PUT", ONE, {"cpcodes": [SETTINGS]}).status_code == 200
    assert counted() == then, "what is pending once more is still known"
