# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CP codes: those of NetStorage in ``/storage/v1/cpcodes``, with their names in ``/cprg/v1/cpcodes``, and age deletions."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from ...reply import Reply
from ..requests.problems import Flaw, invalid, not_accessible
from ..requests.request import Request, answered, done
from .contract import Contract, CpCode, Directory, Group


class CpCodes:
    """The operations on CP codes."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    def made(self, request: Request) -> Reply:
        document = request.document("cpcode_post")
        if document["contractId"] not in self._contract.names:
            raise not_accessible("contractId", document["contractId"], "the contract")
        code = self._contract.add_cp_code(document["cpcodeName"], document["contractId"])
        shapes: dict[str, dict[str, object]] = {
            "id": {"cpcodeId": code.number}, "echo": {}, "id_as_text": {"cpcodeId": str(code.number)}}
        return answered({**shapes[request.knobs.cpcode_post_answer], **document})

    def unused(self, request: Request) -> Reply:
        wanted = request.query.get("contractId")
        if not wanted:
            raise invalid(Flaw("contractId", None, "is missing"))
        if wanted not in self._contract.names:
            raise not_accessible("contractId", wanted, "the contract")
        return answered({"items": [code.number for code in self._contract.unused() if code.contract == wanted]})

    def used(self, _request: Request) -> Reply:
        """A CP code that was deprovisioned in one group can be there once more, for another."""
        rows = [self._used(number, group.number, group.name, "MARKED_FOR_DEPROVISIONING" if directory.marked_by else group.status)
                for group in self._contract.standing() for number, directory in group.directories.items()]
        rows += [self._used(code.number, number, name, "DEPROVISIONED")
                 for code in self._contract.cp_codes.values() for number, name in code.former]
        return answered({"items": rows})

    def _used(self, cp_code: int, group: int, name: str, status: str) -> dict[str, object]:
        known = self._contract.groups.get(group)
        return {"cpcodeId": cp_code, "storageGroupId": group, "storageGroupName": name,
                "storageGroupType": known.kind if known else "OBJECTSTORE", "provisionStatus": status, "migrationStatus": "-"}

    def named(self, request: Request) -> Reply:
        """The CP codes API, which knows names."""
        query = request.query
        found = [code for code in self._contract.cp_codes.values()
                 if query.get("contractId", code.contract) == code.contract and query.get("cpcodeName", code.name) == code.name]
        return answered({"cpcodes": [self._with_name(code) for code in found]})

    @staticmethod
    def _with_name(code: CpCode) -> dict[str, object]:
        return {"cpcodeId": code.number, "cpcodeName": code.name, "purgeable": True, "accountId": "A-TEST", "type": "Regular",
                "defaultTimezone": "GMT", "overrideTimezone": {"timezoneId": "0", "timezoneValue": "GMT 0 (Greenwich Mean Time)"},
                "contracts": [{"contractId": code.contract, "status": "ongoing"}],
                "products": [{"productId": "NetStorage", "productName": "NetStorage"}],
                "accessGroup": {"groupId": 31415, "contractId": code.contract}}

    # Age deletions

    def age_deletions(self, request: Request, number: str) -> Reply:
        directory = self._directory(request, number)[1]
        wanted = request.query.get("ageDeletionDirectoryPrefix", "")
        rows = [with_floats(row) for row in directory.settings["ageDeletions"] if row["ageDeletionDirectory"].startswith(wanted)]
        return answered({"items": rows} if request.knobs.age_deletions_shape == "items" else rows)

    def set_age_deletions(self, request: Request, number: str) -> Reply:
        group, directory = self._directory(request, number)
        directory.settings["ageDeletions"] = request.document("age_deletions")
        self._touched(request, group, directory)
        return self.age_deletions(request, number)

    def forget_age_deletions(self, request: Request, number: str) -> Reply:
        """Which ones is said in a form or in the query."""
        group, directory = self._directory(request, number)
        form = parse_qs(request.body.decode("latin-1"))
        prefix = request.query.get("ageDeletionDirectoryPrefix") or form.get("ageDeletionDirectoryPrefix", [""])[-1]
        if not prefix:
            raise invalid(Flaw("ageDeletionDirectoryPrefix", None, "is missing"))
        rows = directory.settings["ageDeletions"]
        directory.settings["ageDeletions"] = [row for row in rows if not row["ageDeletionDirectory"].startswith(prefix)]
        self._touched(request, group, directory)
        return done(request.knobs)

    def _directory(self, request: Request, number: str) -> tuple[Group, Directory]:
        group = self._contract.group_with(int(number))
        if group is None:
            raise not_accessible("cpcodeId", int(number), "the CP code", request.knobs.unknown_id)
        return group, group.directories[int(number)]

    def _touched(self, request: Request, group: Group, directory: Directory) -> None:
        group.modified = directory.modified = self._contract.modified(request.user)


def with_floats(row: dict[str, Any]) -> dict[str, Any]:
    """Numbers of age deletions as live answers have them, 10.0."""
    return {name: float(value) if isinstance(value, int) and not isinstance(value, bool) else value
            for name, value in row.items()}
