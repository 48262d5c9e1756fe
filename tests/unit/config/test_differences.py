# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs between a task and a document of the Configuration API, and what a PUT then says, case by case."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
import yaml
from ansible_collections.edgeops.netstorage.plugins.module_utils._config.accounts import ACCOUNT, account_facts
from ansible_collections.edgeops.netstorage.plugins.module_utils._config.differences import (
    HIDDEN,
    Change,
    differences,
    merged,
    shown,
    summary,
    wished,
)
from ansible_collections.edgeops.netstorage.plugins.module_utils._config.groups import DELIVERY_KEY, GROUP, group_facts
from ansible_collections.edgeops.netstorage.plugins.module_utils._config.members import document_of, projected

CASES = yaml.safe_load((pathlib.Path(__file__).parent / "cases/groups.yml").read_text(encoding="utf-8"))
GROUP_DOCUMENT: dict[str, t.Any] = {
    "storageGroupId": 2000001,
    "storageGroupName": "shop",
    "contractId": "C-1",
    "domainPrefix": "shop",
    "provisionStatus": "PROVISIONED",
    "propagationStatus": {"status": "ACTIVE"},
    "estimatedUsageGB": 0.0,
    "cpcodes": [{"cpcodeId": 1000001}],
    "zones": [{"zoneName": "europe"}, {"zoneName": "asia"}],
    "somethingNew": {"innerName": 1},
    "links": [{"rel": "self", "href": "/x"}],
}


def told(change: Change) -> str:
    return f"{change.sign} {change.path}: {change.before} -> {change.after}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_group_becomes_what_is_wanted(case: dict[str, t.Any]) -> None:
    have = projected(GROUP, {**GROUP_DOCUMENT, **case.get("have", {})})
    changes = differences(GROUP, have, case["want"], "storage_group")
    assert [told(change) for change in changes] == case["changes"]
    wanted = merged(GROUP, have, case["want"])
    assert differences(GROUP, wanted, case["want"], "storage_group") == []
    if changes:
        assert document_of(GROUP, wanted) == case["sent"]


def test_what_is_sent_back_reads_as_it_did() -> None:
    """Every member of the shape survives the way to a request and back, whatever it is called there."""
    everything = {
        **GROUP_DOCUMENT,
        "cpcodes": [{
            "cpcodeId": 1, "downloadSecurity": "G_2_O_ONLY", "useSsl": True, "serveFromZip": True, "sendHash": True,
            "quickDelete": True, "requestUriCaseConversion": "STREAM_OS", "pathCheckAndConversion": "TRANSLATE_TO_CANONICAL",
            "queryStringConversion": {
                "queryStringConversionMode": "APPLY_ACS_QUERY_CONVERSION", "queryStringConversionKeyOrder": "a",
                "queryStringConversionExclude": "b", "queryStringConversionVersion": "1",
            },
            "encodingConfig": {"encoding": "UTF_8", "enforceEncoding": True},
            "dirListing": {"indexFileName": "i", "maxListSize": -1, "searchOn404": "DO_NOT_SEARCH"},
            "ageDeletions": [{
                "ageDeletionDirectory": "/1/a", "ageDeletionDays": 1, "ageDeletionSizeBytes": 2,
                "ageDeletionRecursivePurge": True, "ageDeletionSelectionRegex": "a", "ageDeletionExclusionRegex": "b",
            }],
            "f2hConfig": {"f2hCookies": [], "f2hDirectories": ["/d"]},
        }],
    }  # fmt: skip
    once = projected(GROUP, everything)
    assert projected(GROUP, {**document_of(GROUP, once), "contractId": "C-1", "domainPrefix": "shop"}) == once


def test_only_the_first_request_has_what_is_set_once() -> None:
    want = {"name": "n", "contract_id": "C-1", "domain_prefix": "p", "group_id": 7, "cp_codes": [], "zones": []}
    once = {"contractId": "C-1", "domainPrefix": "p", "groupId": 7}
    assert document_of(GROUP, want) == {"storageGroupName": "n", "cpcodes": [], "zones": []}
    assert document_of(GROUP, want, is_new=True) == {**document_of(GROUP, want), **once}


def test_a_result_has_what_is_unknown_and_no_links() -> None:
    facts = group_facts(GROUP_DOCUMENT)
    assert facts["something_new"] == {"inner_name": 1}
    assert facts["estimated_usage_gb"] == 0
    assert facts["provision_status"] == "provisioned"
    assert facts["propagation_status"] == {"status": "ACTIVE"}
    assert [zone["name"] for zone in facts["zones"]] == ["asia", "europe"]
    assert "links" not in facts


def test_a_secret_is_never_shown() -> None:
    changes = differences(DELIVERY_KEY, {"user": "a", "key": "old"}, {"key": "new"}, "x")
    assert changes == [Change("~", "x", "key", HIDDEN, HIDDEN)]
    assert shown(DELIVERY_KEY, {"user": "a", "key": "old"}) == {"user": "a", "key": HIDDEN}


def test_a_plan_is_counted() -> None:
    changes = differences(GROUP, projected(GROUP, GROUP_DOCUMENT), {"name": "n", "zones": [{"name": "us"}]}, "storage_group")
    assert summary(changes) == {"creates": 1, "changes": 1, "deletes": 0}


def test_options_that_were_left_out_are_no_wish() -> None:
    given = {"a": None, "b": [{"c": None, "d": False}], "e": {"f": None}}
    assert wished(given) == {"b": [{"d": False}], "e": {}}


# -- accounts

ACCOUNT_DOCUMENT: dict[str, t.Any] = {
    "uploadAccountId": "deploy",
    "storageGroupId": 2000001.0,
    "storageGroupName": "shop",
    "email": "a@example.com",
    "uploadAccountStatus": "ACTIVE",
    "hasHttpApiAccess": True,
    "hasFileManagerAccess": False,
    "asperaEnabled": False,
    "hasPendingPropagation": False,
    "accessConfig": {
        "hasReadOnlyAccess": False, "hasDirectoryLimit": False, "newMember": 1,
        "cpcodes": [{"cpcodeId": 1000001, "subDirectoryRestrictions": ["/1000001/b", "/1000001/a"], "lastModifiedBy": "jo"}],
    },
    "keys": {"g2o": [{"id": "1", "key": "secret-key"}], "ssh": [{"identity": "2", "key": "ssh-rsa A"}]},
    "somethingNew": True,
}  # fmt: skip


def test_an_account_is_as_flat_as_its_options() -> None:
    found = projected(ACCOUNT, ACCOUNT_DOCUMENT)
    assert found["storage_group_id"] == 2000001
    assert found["status"] == "active"
    assert found["read_only"] is False
    assert found["cp_codes"] == [{"cp_code": 1000001, "directories": ["/1000001/a", "/1000001/b"]}]
    assert projected(ACCOUNT, {"status": "INACTIVE"}) == {"status": "inactive"}


def test_unknown_members_of_an_account_survive() -> None:
    have = projected(ACCOUNT, ACCOUNT_DOCUMENT)
    sent = document_of(ACCOUNT, merged(ACCOUNT, have, {"email": "b@example.com", "enable_aspera": True}), base=ACCOUNT_DOCUMENT)
    assert sent == {
        "email": "b@example.com",
        "accessConfig": {
            "hasReadOnlyAccess": False,
            "newMember": 1,
            "cpcodes": [{"cpcodeId": 1000001, "subDirectoryRestrictions": ["/1000001/a", "/1000001/b"]}],
        },
        "enableFileManagerAccess": False,
        "enableAspera": True,
        "somethingNew": True,
    }


@pytest.mark.parametrize("access", [None, "none", []])
def test_an_account_whose_access_is_no_object_has_none(access: object) -> None:
    assert projected(ACCOUNT, {"accessConfig": access, "email": "a@example.com"}) == {"email": "a@example.com"}


def test_the_order_of_directories_means_nothing() -> None:
    have = projected(ACCOUNT, ACCOUNT_DOCUMENT)
    rows = [{"cp_code": 1000001, "directories": ["/1000001/b", "/1000001/a"]}]
    assert differences(ACCOUNT, have, {"cp_codes": rows}, "upload_account") == []
    changes = differences(ACCOUNT, have, {"cp_codes": [{"cp_code": 2}]}, "upload_account")
    assert [(change.sign, change.path) for change in changes] == [("+", "cp_codes[2]"), ("-", "cp_codes[1000001]")]


def test_a_result_names_keys_alike() -> None:
    facts = account_facts(ACCOUNT_DOCUMENT)
    assert [key["identity"] for kind in ("g2o", "ssh") for key in facts["keys"][kind]] == ["1", "2"]
    assert facts["new_member"] == 1
