# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A contract with a storage group and one upload account."""

from __future__ import annotations

import typing as t

from ansible_collections.edgeops.netstorage.tests.contract.provisioning.config_scene import CODES, CONTRACT

ID = "deploy-bot"
KEY = "the-http-api-key-that-the-play-deploys-with"
OLD = "2020-01-02T03:04:05Z"
ACCOUNT: dict[str, t.Any] = {
    "upload_account_id": ID,
    "storage_group": "shop",
    "email": "ops@example.test",
    "cp_codes": [{"cp_code": CODES[0], "directories": [f"/{CODES[0]}/site"]}],
}


def key(number: int, text: str, is_active: bool = True, made: str = OLD) -> dict[str, t.Any]:
    """An HTTP API key of a contract that is loaded."""
    return {"id": number, "key": text, "isActive": is_active, "lastModifiedDate": made}


def loaded(
    *,
    g2o: t.Sequence[t.Mapping[str, t.Any]] = (key(7001, KEY),),
    keys: t.Mapping[str, t.Any] | None = None,
    delivery: bool = False,
    **account: object,
) -> dict[str, t.Any]:
    """A contract.

    Args:
        g2o: the HTTP API keys of the account.
        keys: its other keys.
        delivery: whether edges sign with its first key.
        account: more of its members.
    """
    first: dict[str, t.Any] = {"cpcodeId": CODES[0]}
    if delivery:
        first["g2o"] = {"user": ID, "key": KEY}
    zones = [{"zoneName": "europe"}, {"zoneName": "global"}]
    groups = [
        {
            "storageGroupId": 2000001,
            "storageGroupName": "shop",
            "domainPrefix": "shop",
            "cpcodes": [first, {"cpcodeId": CODES[1]}],
        },
        {"storageGroupId": 2000002, "storageGroupName": "other", "domainPrefix": "other", "cpcodes": [{"cpcodeId": CODES[2]}]},
    ]
    access = {"hasReadOnlyAccess": False, "cpcodes": [{"cpcodeId": CODES[0], "subDirectoryRestrictions": [f"/{CODES[0]}/site"]}]}
    return {
        "cp_codes": [{"cpcodeId": code, "cpcodeName": f"spare {code}"} for code in CODES],
        "storage_groups": [{**group, "contractId": CONTRACT, "zones": zones} for group in groups],
        "upload_accounts": [
            {
                "uploadAccountId": ID,
                "storageGroupId": 2000001,
                "email": "ops@example.test",
                "accessConfig": access,
                "keys": {"g2o": [dict(one) for one in g2o], **(keys or {})},
                **account,
            }
        ],
    }
