# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A contract as JSON and back, for the control port and the command line.

``{"contracts": ["C-TEST001"], "zones": ["europe", …], "cp_codes": [123456, {"cpcodeId": …, "cpcodeName": …, "contractId": …}],
"storage_groups": [{…}], "upload_accounts": [{…}], "rule_sets": [{…}]}``. Groups and accounts are as they are posted. Besides,
groups may have ``storageGroupId``, ``allowEdit``, ``markedBy``, ``storageGroupPurpose`` and ``storageGroupType``, and a CP code
in them ``g2o``; keys ``id``, ``isActive`` and ``lastModifiedDate``. Everything has propagated.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

from ...exchange import Answered
from ..requests.documents import checked
from .account_documents import defaults
from .account_documents import present as account_document
from .contract import CONTRACT, KEY_TYPES, LOADED, Contract, Directory, Group, Key, Modified, UploadAccount, timestamp
from .group_documents import DIRECTORY_DEFAULTS, ZONE_DEFAULTS, merged
from .group_documents import present as group_document
from .keys import new_key

_FIELDS = ("contracts", "zones", "cp_codes", "storage_groups", "upload_accounts", "rule_sets")
_OF_GROUPS = ("storageGroupId", "allowEdit", "markedBy", "storageGroupPurpose", "storageGroupType")
_OF_KEYS = ("id", "isActive", "lastModifiedDate")
_SETTINGS = ("email", "enableFileManagerAccess", "enableAspera", "isEditable", "isVisible", "ruleSetId", "bruteForceAttackConfig",
             "technicalContactInfo", "enableZipFileAutoIndex")


class BadContract(ValueError):
    """A contract that cannot be loaded; the text says where it is wrong."""


def load(contract: Contract, document: object) -> None:
    """In the place of everything so far, all or nothing."""
    if not isinstance(document, dict) or document.keys() - set(_FIELDS):
        raise BadContract(f"a contract is an object with {', '.join(_FIELDS)}")
    made = Contract(contract.knobs, contract.store)
    try:
        _Loading(made).load(copy.deepcopy(document))
    except Answered as answered:
        errors = json.loads(answered.reply.body)["errors"]
        raise BadContract("; ".join(error["detail"] for error in errors)) from None
    except (KeyError, TypeError, AttributeError) as error:
        raise BadContract(f"a contract that is not whole: {type(error).__name__} {error}") from None
    contract.take(made)
    contract.network.propagate()


class _Loading:
    """Into an empty contract."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._modified = contract.modified(LOADED)

    def load(self, document: Mapping[str, Any]) -> None:
        self._contract.names = list(document.get("contracts", self._contract.names))
        self._contract.zones = list(document.get("zones", self._contract.zones))
        for entry in document.get("cp_codes", []):
            self._cp_code(entry)
        for entry in document.get("storage_groups", []):
            self._group(entry)
        for number, entry in enumerate(document.get("rule_sets", []), 3001):
            self._contract.rule_sets.append({"ruleSetId": number, "name": f"rules {number}", "lastModifiedDate": timestamp(),
                                             "allowRest": True, "uploadAccounts": [], **entry})
        for entry in document.get("upload_accounts", []):
            self._account(entry)

    def _cp_code(self, entry: Any) -> None:
        entry = {"cpcodeId": entry} if isinstance(entry, int) else entry
        number = entry["cpcodeId"]
        is_number = isinstance(number, int) and not isinstance(number, bool) and 0 < number < 10**15
        if not is_number or number in self._contract.cp_codes:
            raise BadContract(f"cpcodeId is a number, and there once, not {number!r}")
        contract = entry.get("contractId", next(iter(self._contract.names), CONTRACT))
        self._contract.add_cp_code(str(entry.get("cpcodeName", f"cp code {number}")), str(contract), number)

    def _group(self, entry: dict[str, Any]) -> None:
        more = {name: entry.pop(name) for name in _OF_GROUPS if name in entry}
        g2o = {one["cpcodeId"]: one.pop("g2o", None) for one in entry["cpcodes"]}
        entry.setdefault("contractId", next(iter(self._contract.names), CONTRACT))
        found = checked("storage_group_post", entry, unknown="refuse", zone="zone_of_samples")
        group = Group(more.get("storageGroupId", self._contract.next_group()), found["storageGroupName"], found["contractId"],
                      found["domainPrefix"], found.get("groupId"), self._modified, allows_edit=more.get("allowEdit", True),
                      marked_by=more.get("markedBy", ""), purpose=more.get("storageGroupPurpose", "NETSTORAGE"),
                      kind=more.get("storageGroupType", "OBJECTSTORE"))
        for one in found["cpcodes"]:
            number = one["cpcodeId"]
            if number not in self._contract.cp_codes:
                self._cp_code(number)
            group.directories[number] = Directory(number, merged(DIRECTORY_DEFAULTS, one), self._modified,
                                                  self._modified.stamp, g2o=g2o[number])
        group.zones = {zone["zoneName"]: {**ZONE_DEFAULTS, **self._modified.present(), **zone} for zone in found["zones"]}
        self._contract.groups[group.number] = group

    def _account(self, entry: dict[str, Any]) -> None:
        keys = {kind: [{name: key.pop(name) for name in _OF_KEYS if name in key} for key in entry.get("keys", {}).get(kind, [])]
                for kind in KEY_TYPES}
        zipped = entry.pop("enableZipFileAutoIndex", False)
        entry.setdefault("email", "loader@example.com")
        found = checked("upload_account_post", entry, unknown="refuse")
        if found["storageGroupId"] not in self._contract.groups:
            raise BadContract(f"there is no storage group {found['storageGroupId']}")
        usual = defaults(self._contract.knobs)
        settings = {**usual, **{name: found[name] for name in _SETTINGS if name in found}, "enableZipFileAutoIndex": bool(zipped),
                    "accessConfig": {**usual["accessConfig"], **found.get("accessConfig", {})}}
        account = UploadAccount(found["uploadAccountId"], found["storageGroupId"], settings, self._modified,
                                found.get("uploadAccountStatus", "ACTIVE") == "ACTIVE", found.get("enableHttpApiAccess", False))
        for kind, described in keys.items():
            for key, more in zip(found.get("keys", {}).get(kind, []), described, strict=True):
                account.keys[kind].append(self._key(key, more))
        self._contract.accounts[account.name] = account

    def _key(self, entry: Mapping[str, Any], more: Mapping[str, Any]) -> Key:
        modified = Modified(LOADED, self._modified.stamp, str(more.get("lastModifiedDate", self._modified.date)))
        key = new_key(self._contract, modified, entry.get("key"), entry)
        key.is_active = bool(more.get("isActive", True))
        if "id" in more:
            key.number = int(more["id"])
            self._contract.keep_key_numbers_above(key.number)
        return key


def state(contract: Contract) -> dict[str, Any]:
    """Everything there is, for tests; with keys and passwords."""
    codes = contract.cp_codes.values()
    return {
        "contracts": contract.names, "zones": contract.zones, "rule_sets": contract.rule_sets,
        "cp_codes": [{"cpcodeId": code.number, "cpcodeName": code.name, "contractId": code.contract} for code in codes],
        "unused": [code.number for code in contract.unused()],
        "storage_groups": [{**group_document(contract, group), "markedBy": group.marked_by, "markedCpcodes": {
            str(number): directory.marked_by for number, directory in group.directories.items() if directory.marked_by}}
            for group in contract.groups.values()],
        "upload_accounts": [{**account_document(contract, account), "secrets": {
            kind: [key.secret for key in keys] for kind, keys in account.keys.items()}}
            for account in contract.accounts.values()],
    }
