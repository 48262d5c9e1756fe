# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CP codes: the lists of used and unused ones, names, and which one a request has made. Pure."""

from __future__ import annotations

import typing as t

from .members import Document, number_of, rows_of

LONGEST_NAME = 128
UNMADE = 0
"""Stands for a CP code that check mode does not make."""
_NOT_IN_NAMES = "_,#'\"%"


def numbers_in(document: object) -> list[int]:
    """The CP codes of a list of bare numbers (``items``), in ascending order."""
    listed = document.get("items") if isinstance(document, dict) else document
    found = [number_of(one) for one in listed] if isinstance(listed, list) else []
    return sorted({one for one in found if isinstance(one, int) and not isinstance(one, bool)})


def uses_of(used: object, cp_code: int) -> list[Document]:
    """The rows of the list of used CP codes about one of them: it may be in one group, and have been in others."""
    return [row for row in rows_of(used) if number_of(row.get("cpcodeId")) == cp_code]


def user_of(used: object, cp_code: int) -> t.Optional[dict[str, t.Any]]:
    """The storage group that has a CP code now, as results name it; None where none has."""
    for row in uses_of(used, cp_code):
        if row.get("provisionStatus") != "DEPROVISIONED":
            return {
                "storage_group_id": number_of(row.get("storageGroupId")),
                "name": row.get("storageGroupName"),
                "provision_status": str(row.get("provisionStatus", "")).lower(),
            }
    return None


def named(document: object, name: str) -> list[dict[str, t.Any]]:
    """The CP codes of exactly that name, of a response of the CP codes API; with ``cp_code`` and ``purgeable``."""
    listed = document.get("cpcodes") if isinstance(document, dict) else document
    found = []
    for row in rows_of(listed):
        cp_code = number_of(row.get("cpcodeId"))
        if row.get("cpcodeName") == name and isinstance(cp_code, int):
            found.append({"cp_code": cp_code, "purgeable": row.get("purgeable")})
    return sorted(found, key=lambda one: one["cp_code"])


def id_in(answer: object) -> t.Optional[int]:
    """The CP code in the response to the request that made it, which may have none, or have it as a text."""
    found = number_of(answer.get("cpcodeId")) if isinstance(answer, dict) else None
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def name_fault(name: str) -> str:
    """Why a name of a CP code cannot be right, empty where it can."""
    if not name.strip() or len(name) > LONGEST_NAME:
        return f"has not 1 to {LONGEST_NAME} characters"
    odd = sorted({sign for sign in name if sign in _NOT_IN_NAMES or not sign.isprintable()})
    return f"has {' '.join(map(repr, odd))} in it, which a name of a CP code cannot have" if odd else ""
