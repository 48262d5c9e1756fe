# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Upload accounts: what their documents consist of, and what they tell. Pure."""

from __future__ import annotations

import typing as t

from .members import Document, Kind, Member, Projection, Shape, When, described, rows_of

_WORD, _NUMBER, _NAMES = Kind.WORD, Kind.NUMBER, Kind.NAMES
_ACCESS, _CONTACT = "accessConfig", "technicalContactInfo"

ACCOUNT_CP_CODE = Shape((
    Member("cp_code", _NUMBER, read=("cpcodeId",)),
    Member("directories", _NAMES, read=("subDirectoryRestrictions",), absent=[]),
))  # fmt: skip
PHONE = Shape((Member("country_code"), Member("area_code"), Member("number")))
NEW_CONTACT = Shape((Member("first_name"), Member("last_name"), Member("email"), Member("phone", parts=PHONE)))
KNOWN_CONTACT = Shape((Member("primary_sf_pin"), Member("secondary_sf_pin")))
LOCK_OUT = Shape((Member("failed_login_threshold", _NUMBER), Member("lock_down_duration_seconds", _NUMBER)))

ACCOUNT = Shape(
    (
        Member("upload_account_id", when=When.CREATE),
        Member("storage_group_id", _NUMBER, When.CREATE),
        Member("email"),
        Member("status", _WORD, When.CREATE, read=("uploadAccountStatus", "status"), write="uploadAccountStatus"),
        Member("read_only", read=("hasReadOnlyAccess",), inside=_ACCESS),
        Member("cp_codes", read=("cpcodes",), inside=_ACCESS, parts=ACCOUNT_CP_CODE, key="cp_code", is_exact=True),
        Member("directory_limit", read=("chrootDirectory",), inside=_ACCESS, absent=""),
        Member("login_directory", inside=_ACCESS, absent=""),
        Member(
            "enable_http_api", when=When.CREATE, read=("hasHttpApiAccess",), write="enableHttpApiAccess", absent=False
        ),
        Member(
            "enable_file_manager", read=("hasFileManagerAccess",), write="enableFileManagerAccess", absent=False
        ),
        Member("enable_aspera", read=("asperaEnabled",), write="enableAspera", absent=False),
        Member("is_editable"),
        Member("is_visible"),
        Member("rule_set_id", _NUMBER),
        Member("new_contact", read=("newTechnicalContact",), inside=_CONTACT, parts=NEW_CONTACT),
        Member("akamai_contact", read=("existingTechnicalContact",), inside=_CONTACT, parts=KNOWN_CONTACT),
        Member("netstorage_contact", read=("existingNetStorageTechnicalContact",), inside=_CONTACT, parts=KNOWN_CONTACT),
        Member("brute_force_attack_config", parts=LOCK_OUT),
        # No document has it; live accounts did. So it is sent only where a response has it.
        Member("zip_auto_index", read=("enableZipFileAutoIndex",)),
    ),
    unsent=frozenset({
        "storageGroupName", "storageGroupType", "ftpEnabled", "sshEnabled", "rsyncEnabled", "quickDelete", "globalUploadAccount",
        "hasPendingPropagation", "lastModifiedBy", "lastModifiedDate", "multiFactorAuthConfig", "changeHistory", "keys",
        "hasDirectoryLimit", "eventSubEnabled",
    }),
)  # fmt: skip


def account_id_of(account: Document) -> str:
    return str(account.get("uploadAccountId") or "")


def is_account_pending(account: Document) -> bool:
    """Whether a change of it is still being propagated."""
    return account.get("hasPendingPropagation") is True


def keys_of(account: Document, kind: str) -> list[t.Any]:
    """Its keys of a kind (``g2o``, ``ssh``, ``ftp``, ``rsync``), in the order in which they were made."""
    keys = account.get("keys")
    return rows_of(keys.get(kind)) if isinstance(keys, dict) else []


def key_id_of(key: Document) -> str:
    """By which requests know a key; the service calls it ``id`` or ``identity``."""
    return str(next((key[name] for name in ("id", "identity") if key.get(name) is not None), ""))


def account_facts(account: Document) -> Projection:
    """An upload account as results have it, with whatever secrets the response had; see ``secrets.py``."""
    told = described(ACCOUNT, account)
    for kind, keys in _keys(told):
        told["keys"][kind] = [_with_identity(key) for key in keys]
    return told


def _keys(told: Projection) -> list[tuple[str, list[t.Any]]]:
    keys = told.get("keys")
    return [(kind, rows_of(rows)) for kind, rows in keys.items()] if isinstance(keys, dict) else []


def _with_identity(key: Document) -> dict[str, t.Any]:
    rest = {name: value for name, value in key.items() if name not in ("id", "identity")}
    return {"identity": key_id_of(key), **rest}
