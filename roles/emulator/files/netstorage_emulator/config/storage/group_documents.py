# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Storage groups as the Configuration API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .contract import Contract, Directory, Group
from .cpcodes import with_floats

DIRECTORY_DEFAULTS: Mapping[str, Any] = {
    "downloadSecurity": "ALL_EDGE_SERVERS", "useSsl": False, "serveFromZip": False, "sendHash": False, "enableQuickDelete": False,
    "requestUriCaseConversion": "NO_CONVERSION", "pathCheckAndConversion": "DO_NOT_CHECK_PATHS",
    "queryStringConversion": {"queryStringConversionMode": "STRIP_ALL_INCOMING_QUERY"},
    "encodingConfig": {"enforceEncoding": False, "encoding": "ISO_8859_1"},
    "dirListing": {"maxListSize": 0, "searchOn404": "DO_NOT_SEARCH"}, "ageDeletions": [],
}
ZONE_DEFAULTS: Mapping[str, Any] = {"noCapacityAction": "SPILL_OUTSIDE", "allowUpload": "YES", "allowDownload": "YES"}
_PENDING = ["PORTAL_COBRA_METADATA", "PORTAL_PLANNER_METADATA", "PLANNER_PLACEMENT", "CNAMES"]


def merged(old: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a CP code with those of an entry; objects in them member by member, lists as a whole."""
    changed = dict(old)
    for name, value in entry.items():
        if name != "cpcodeId":
            changed[name] = {**old.get(name, {}), **value} if isinstance(value, dict) else value
    return changed


def present(contract: Contract, group: Group) -> dict[str, Any]:
    is_pending = contract.is_pending(group.modified)
    return {
        "contractId": group.contract, "storageGroupId": group.number, "storageGroupName": group.name,
        "storageGroupType": group.kind, "storageGroupPurpose": group.purpose, "domainPrefix": group.domain_prefix,
        "uploadDomain": f"{group.domain_prefix}.upload.akamai.com", "asperaEnabled": False, "pciEnabled": False,
        "postFileDomainEnabled": False, "estimatedUsageGB": 0, "allowEdit": group.allows_edit, "migrationStatus": "-",
        "provisionStatus": group.status, "comments": [], **group.modified.present(),
        "propagationStatus": {"status": "PENDING" if is_pending else "ACTIVE", "pendingChanges": _PENDING if is_pending else [],
                              "activeChanges": [] if is_pending else _PENDING},
        "cpcodes": [_directory(contract, directory) for directory in group.directories.values()],
        "zones": list(group.zones.values()),
        "links": [{"rel": "self", "href": f"/storage-services/api/v1/storage-groups/{group.number}"},
                  {"rel": "uploadAccounts", "href": f"/storage-services/api/v1/upload-accounts?storageGroupId={group.number}"},
                  {"rel": "zones", "href": "/storage-services/api/v1/zones"}],
    }


def _directory(contract: Contract, directory: Directory) -> dict[str, Any]:
    """Quick-delete has another name than in what is sent, and age deletions are left out where there are none."""
    settings = dict(directory.settings)
    shown = {"cpcodeId": directory.cp_code, "quickDelete": settings.pop("enableQuickDelete")}
    age_deletions = settings.pop("ageDeletions")
    if age_deletions:
        settings["ageDeletions"] = [with_floats(row) for row in age_deletions]
    if directory.g2o:
        settings["g2o"] = directory.g2o
    is_pending = contract.is_pending(directory.modified)
    setting = contract.knobs.number_of_files
    is_unknown = setting == "never" or (setting == "later" and not contract.network.knows(directory.made))
    files, size = (-1, -1) if is_unknown else contract.content(directory.cp_code)
    return {**shown, **settings, "numberOfFiles": files, "numberOfBytes": size, "lastChangesPropagated": not is_pending,
            "rootDirectory": f"/{directory.cp_code}", **directory.modified.present()}
