# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Upload accounts as the Configuration API shows them. HTTP API keys are in it in clear text, as documented."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...knobs import Knobs
from .contract import Contract, Key, UploadAccount


def defaults(knobs: Knobs) -> dict[str, Any]:
    """The settings of an account that says nothing."""
    access = {"hasReadOnlyAccess": knobs.read_only_default == "yes", "cpcodes": []}
    return {"enableFileManagerAccess": False, "enableAspera": False, "isEditable": True, "isVisible": True,
            "enableZipFileAutoIndex": False, "accessConfig": access}


def present(contract: Contract, account: UploadAccount) -> dict[str, Any]:
    group = contract.groups[account.group]
    settings = dict(account.settings)
    shown: dict[str, Any] = {
        "uploadAccountId": account.name, "storageGroupId": group.number, "storageGroupName": group.name,
        "storageGroupType": group.kind, **_named(contract.knobs.account_status, "upload_account_status", "uploadAccountStatus",
                                                 "status", "ACTIVE" if account.is_active else "INACTIVE"),
        "asperaEnabled": settings.pop("enableAspera"), "hasFileManagerAccess": settings.pop("enableFileManagerAccess"),
        "hasHttpApiAccess": account.has_http_api or bool(account.keys["g2o"]),
        "hasPendingPropagation": contract.is_pending(account.modified), "eventSubEnabled": False, "quickDelete": False,
        "globalUploadAccount": False, "accessConfig": _access(contract, settings.pop("accessConfig"), account),
        "keys": keys_of(contract, account), **account.modified.present(),
        **{f"{kind}Enabled": any(key.is_active for key in account.keys[kind]) for kind in ("ftp", "ssh", "rsync")},
        "changeHistory": [
            {"changeType": change.kind, "action": change.action, "propagated": not contract.is_pending(change.modified),
             **change.modified.present()} for change in account.history],
    }
    if contract.knobs.zip_auto_index == "absent":
        settings.pop("enableZipFileAutoIndex", None)
    return {**shown, **settings}


def _named(knob: str, first_setting: str, first: str, second: str, value: str) -> dict[str, str]:
    if knob == "both":
        return {first: value, second: value}
    return {first if knob == first_setting else second: value}


def _access(contract: Contract, config: Mapping[str, Any], account: UploadAccount) -> dict[str, Any]:
    group = contract.groups[account.group]
    cpcodes = [{"cpcodeId": entry["cpcodeId"], "subDirectoryRestrictions": entry.get("subDirectoryRestrictions", []),
                "storageGroup": {"storageGroupId": group.number, "storageGroupName": group.name}, **account.modified.present()}
               for entry in config.get("cpcodes", [])]
    return {**config, "hasDirectoryLimit": bool(config.get("chrootDirectory")), "cpcodes": cpcodes}


def keys_of(contract: Contract, account: UploadAccount) -> dict[str, Any]:
    return {kind: [key_of(contract.knobs, kind, account.name, key) for key in keys] for kind, keys in account.keys.items()}


def key_of(knobs: Knobs, kind: str, account: str, key: Key) -> dict[str, Any]:
    """The values of FTP and rsync passwords are never shown."""
    shown: dict[str, Any] = {**_named(knobs.key_identity, "id", "id", "identity", str(key.number)), "isActive": key.is_active,
                             **key.modified.present()}
    if kind == "g2o":
        return {**shown, "user": account, "key": key.secret}
    if kind == "ssh":
        shown |= {"key": key.secret, "emailId": key.email}
    return {**shown, "comments": key.comments}
