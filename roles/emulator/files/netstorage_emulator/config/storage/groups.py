# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Storage groups: made, changed, and deleted by two persons where there is content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...reply import Reply
from ..requests.problems import NOT_ACCESSIBLE, Flaw, invalid, not_accessible, problem, refused
from ..requests.request import Request, answered, done
from .contract import Contract, Directory, Group, Modified
from .group_documents import DIRECTORY_DEFAULTS, ZONE_DEFAULTS, merged, present

LARGEST_ID = 10**15


class Groups:
    """The operations on storage groups."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    def listed(self, request: Request) -> Reply:
        cp_code, purpose = request.number("cpcodeId"), request.query.get("storageGroupPurpose")
        found = [group for group in self._shown(request) if cp_code is None or cp_code in group.directories]
        return answered({"items": [present(self._contract, group) for group in found if purpose in (None, group.purpose)]})

    def one(self, request: Request, number: str) -> Reply:
        return answered(present(self._contract, self._known(request, number)))

    def made(self, request: Request) -> Reply:
        document = self._document(request, "storage_group_post")
        if "groupId" not in document and request.knobs.group_id_needed == 400:
            raise invalid(Flaw("groupId", None, "is missing"))
        if document["contractId"] not in self._contract.names:
            raise not_accessible("contractId", document["contractId"], "the contract")
        self._check_name(document["storageGroupName"], None)
        prefix = document["domainPrefix"]
        if any(group.domain_prefix == prefix for group in self._contract.groups.values()):
            raise refused("domainPrefix", prefix, "is in use")
        modified = self._contract.modified(request.user)
        group = Group(self._contract.next_group(), document["storageGroupName"], document["contractId"], prefix,
                      document.get("groupId"), modified)
        group.directories = self._directories(group, document["cpcodes"], modified, keeps=False)
        group.zones = self._zones(group, document["zones"], modified, keeps=False)
        self._contract.groups[group.number] = group
        return answered(present(self._contract, group), 201)

    def changed(self, request: Request, number: str) -> Reply:
        group = self._known(request, number)
        setting = request.knobs.put_group
        document = self._document(request, "storage_group_put")
        if setting != "merge":
            self._check_whole(group, document, names_all=setting == "replace_refuses_missing")
        if not group.allows_edit or group.is_gone:
            raise refused("storageGroupId", group.number, "may not be edited")
        if request.knobs.edit_while_pending != "allowed" and self._contract.is_pending(group.modified):
            raise refused("storageGroupId", group.number, "has not finished provisioning")
        name = document.get("storageGroupName", group.name)
        self._check_name(name, group)
        modified, keeps = self._contract.modified(request.user), setting == "merge"
        directories, zones = group.directories, group.zones
        if "cpcodes" in document:
            directories = self._directories(group, document["cpcodes"], modified, keeps=keeps)
        if "zones" in document:
            zones = self._zones(group, document["zones"], modified, keeps=keeps)
        for code in group.directories.keys() - directories.keys():
            self._let_go(group, code)
        group.name, group.directories, group.zones, group.modified = name, directories, zones, modified
        return answered(present(self._contract, group))

    def deleted(self, request: Request, number: str) -> Reply:
        group = self._known(request, number)
        accounts = self._contract.accounts_of(group.number)
        if accounts and request.knobs.group_with_accounts == 400:
            raise refused("storageGroupId", group.number, "has upload accounts")
        has_content = self._contract.has_content(group.directories)
        if has_content and not self._is_approved(request, group, "storageGroupId", group.number):
            return done(request.knobs)
        for code in list(group.directories):
            self._let_go(group, code)
        for account in accounts:
            del self._contract.accounts[account.name]
        group.is_gone = True
        if not has_content:
            del self._contract.groups[group.number]
        return done(request.knobs)

    def deletion_cancelled(self, request: Request, number: str) -> Reply:
        self._unmark(request, self._known(request, number), "storageGroupId", int(number))
        return done(request.knobs)

    def directory_deleted(self, request: Request, number: str, code: str) -> Reply:
        group, directory = self._directory(request, number, code)
        if len(group.directories) == 1:
            raise refused("cpcodeId", directory.cp_code, "is the last of its storage group")
        is_empty = not self._contract.has_content([directory.cp_code])
        if is_empty or self._is_approved(request, directory, "cpcodeId", directory.cp_code):
            self._let_go(group, directory.cp_code)
            del group.directories[directory.cp_code]
            group.modified = self._contract.modified(request.user)
        return done(request.knobs)

    def directory_deletion_cancelled(self, request: Request, number: str, code: str) -> Reply:
        self._unmark(request, self._directory(request, number, code)[1], "cpcodeId", int(code))
        return done(request.knobs)

    # Deletion by two persons

    def _is_approved(self, request: Request, marked: Group | Directory, field: str, number: int) -> bool:
        """Whether what has content goes now; if not, it is marked."""
        forced, knobs = request.flag("forceDelete"), request.knobs
        if forced and knobs.force_delete == "bypasses":
            return True
        if not forced and knobs.force_delete == "needed":
            raise refused(field, number, "has content, and forceDelete is not true")
        if not marked.marked_by:
            marked.marked_by = request.user
            return False
        if marked.marked_by != request.user or knobs.second_delete_same_user == "counts":
            return True
        if knobs.second_delete_same_user == 409:
            raise problem(409, "conflict", "Conflict", "Another person must approve the deletion.",
                          Flaw(field, number, "is marked by the same person", "error-types/not.allowed", "Not allowed"))
        return False

    def _unmark(self, request: Request, marked: Group | Directory, field: str, number: int) -> None:
        if not marked.marked_by:
            raise refused(field, number, "is not marked for deletion")
        marked.marked_by = ""
        marked.modified = self._contract.modified(request.user)

    def _let_go(self, group: Group, code: int) -> None:
        """What has content stays with the group that it was in."""
        if self._contract.has_content([code]):
            self._contract.cp_codes[code].former.append((group.number, group.name))

    # Looking up and checking

    def _shown(self, request: Request) -> list[Group]:
        with_gone = request.knobs.deprovisioned == "listed"
        return [group for group in self._contract.groups.values() if with_gone or not group.is_gone]

    def _known(self, request: Request, number: str) -> Group:
        found = next((group for group in self._shown(request) if group.number == int(number)), None)
        if found is None:
            raise not_accessible("storageGroupId", min(int(number), LARGEST_ID), "storage group", request.knobs.unknown_id)
        return found

    def _directory(self, request: Request, number: str, code: str) -> tuple[Group, Directory]:
        group = self._known(request, number)
        if int(code) not in group.directories:
            raise not_accessible("cpcodeId", min(int(code), LARGEST_ID), "CP code", request.knobs.unknown_id)
        return group, group.directories[int(code)]

    @staticmethod
    def _document(request: Request, schema: str) -> dict[str, Any]:
        zone = {"zone": "zone_of_samples"} if request.knobs.zone_members == "accepted" else {}
        found: dict[str, Any] = request.document(schema, of_group=True, **zone)
        return found

    def _check_name(self, name: str, own: Group | None) -> None:
        if any(group.name == name for group in self._contract.standing() if group is not own):
            raise refused("storageGroupName", name, "is in use")

    @staticmethod
    def _check_whole(group: Group, document: Mapping[str, Any], *, names_all: bool) -> None:
        """What takes the place of the whole group."""
        missing = [Flaw(name, None, "is missing") for name in ("storageGroupName", "cpcodes", "zones") if name not in document]
        if not missing and names_all:
            codes = {entry["cpcodeId"] for entry in document["cpcodes"]}
            zones = {entry["zoneName"] for entry in document["zones"]}
            missing = [*(Flaw("cpcodes", code, f"lacks {code}") for code in group.directories if code not in codes),
                       *(Flaw("zones", zone, f"lacks {zone}") for zone in group.zones if zone not in zones)]
        if missing:
            raise invalid(*missing)

    def _directories(self, group: Group, entries: list[dict[str, Any]], modified: Modified, *, keeps: bool
                     ) -> dict[int, Directory]:
        """Those of the group with these entries: merged into what is there if that ``keeps``, or in its place."""
        found = dict(group.directories) if keeps else {}
        unused = {code.number: code for code in self._contract.unused()}
        flaws: list[Flaw] = []
        for place, entry in enumerate(entries):
            number = entry["cpcodeId"]
            old = group.directories.get(number)
            if old is None:
                self._check_new(group, unused.get(number), number, f"cpcodes[{place}].cpcodeId", flaws)
            settings = merged(old.settings if old is not None and keeps else DIRECTORY_DEFAULTS, entry)
            if old is not None and old.settings == settings:
                found[number] = old
            else:
                found[number] = (replace(old, settings=settings, modified=modified) if old is not None
                                 else Directory(number, settings, modified, modified.stamp))
        if len({entry["cpcodeId"] for entry in entries}) != len(entries):
            flaws.append(Flaw("cpcodes", None, "has a CP code twice"))
        if not found:
            flaws.append(Flaw("cpcodes", None, "has no CP code"))
        if flaws:
            raise invalid(*flaws)
        return found

    @staticmethod
    def _check_new(group: Group, code: object, number: int, place: str, flaws: list[Flaw]) -> None:
        if code is None or getattr(code, "contract", "") != group.contract:
            flaws.append(Flaw(place, number, "is no unused CP code of the contract", *NOT_ACCESSIBLE))
        elif any(directory.marked_by for directory in group.directories.values()):
            flaws.append(Flaw(place, number, "cannot be added while another CP code is being deleted"))

    def _zones(self, group: Group, entries: list[dict[str, Any]], modified: Modified, *, keeps: bool
               ) -> dict[str, dict[str, Any]]:
        found = dict(group.zones) if keeps else {}
        flaws = []
        for place, entry in enumerate(entries):
            name = entry["zoneName"]
            if name not in self._contract.zones:
                flaws.append(Flaw(f"zones[{place}].zoneName", name, "is not known"))
            old = found.get(name) or {"zoneName": name, **ZONE_DEFAULTS, **modified.present()}
            found[name] = {**old, **entry}
        if len(found) < 2:
            flaws.append(Flaw("zones", None, "has less than two zones"))
        if flaws:
            raise invalid(*flaws)
        return found
