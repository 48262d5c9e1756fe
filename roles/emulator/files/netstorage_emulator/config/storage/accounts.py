# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Upload accounts: made, changed, switched on and off, deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...reply import Reply
from ..requests.problems import NOT_ACCESSIBLE, Flaw, invalid, not_accessible, refused
from ..requests.request import Request, answered, done, taken
from .account_documents import defaults, present
from .contract import Contract, Group, UploadAccount
from .keys import checked_secret, new_key

_ZIP = "enableZipFileAutoIndex"
_SETTINGS = ("email", "enableFileManagerAccess", "enableAspera", "isEditable", "isVisible", "ruleSetId", "accessConfig",
             "bruteForceAttackConfig", "technicalContactInfo", _ZIP)


class UploadAccounts:
    """The operations on upload accounts."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    def listed(self, request: Request) -> Reply:
        group = request.number("storageGroupId")
        found = [account for account in self._contract.accounts.values() if group in (None, account.group)]
        return answered({"items": [present(self._contract, account) for account in found]})

    def one(self, request: Request, name: str) -> Reply:
        return answered(present(self._contract, self._contract.account(name)))

    def made(self, request: Request) -> Reply:
        document = request.document("upload_account_post", undocumented=self._undocumented(request))
        name, number = document["uploadAccountId"], document["storageGroupId"]
        if name in self._contract.accounts:
            raise refused("uploadAccountId", name, "is in use")
        group = self._contract.groups.get(number)
        if group is None or group.is_gone:
            raise not_accessible("storageGroupId", number, "storage group")
        if request.knobs.add_while_pending == 400 and self._contract.is_pending(group.modified):
            raise refused("storageGroupId", number, "has not finished provisioning")
        settings = self._with(defaults(request.knobs), taken(document, *_SETTINGS))
        self._check(group, settings)
        modified = self._contract.modified(request.user)
        account = UploadAccount(name, number, settings, modified, document.get("uploadAccountStatus", "ACTIVE") == "ACTIVE",
                                document.get("enableHttpApiAccess", False), document.get("uploadAccountType", "NORMAL"))
        self._give_keys(request, account, document)
        account.note("UPLOAD_ACCOUNT", "ADDED", modified)
        self._contract.accounts[name] = account
        return answered(present(self._contract, account), 201)

    def _give_keys(self, request: Request, account: UploadAccount, document: Mapping[str, Any]) -> None:
        for kind, entries in document.get("keys", {}).items():
            for entry in entries:
                secret = checked_secret(kind, entry.get("key", ""))
                account.keys[kind].append(new_key(self._contract, account.modified, secret, entry))
        if len(account.keys["g2o"]) > 3:
            raise refused("keys.g2o", None, "has more than three keys")
        if account.has_http_api and not account.keys["g2o"] and request.knobs.http_access_makes_key == "yes":
            account.keys["g2o"].append(new_key(self._contract, account.modified, None))

    def changed(self, request: Request, name: str) -> Reply:
        account = self._contract.account(name)
        document = request.document("upload_account_put", undocumented=self._undocumented(request))
        if request.knobs.edit_while_pending == "accounts_too" and self._contract.is_pending(account.modified):
            raise refused("uploadAccountId", name, "has not propagated")
        replaces = request.knobs.put_account == "replace"
        if replaces and "email" not in document:
            raise invalid(Flaw("email", None, "is missing"))
        if not account.settings["isEditable"] and not document.get("isEditable"):
            raise refused("uploadAccountId", name, "may not be edited")
        settings = self._with(defaults(request.knobs) if replaces else account.settings, document)
        self._check(self._contract.groups[account.group], settings)
        account.settings = settings
        account.note("UPLOAD_ACCOUNT", "UPDATED", self._contract.modified(request.user))
        return answered(present(self._contract, account))

    @staticmethod
    def _with(settings: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
        """Where a body has a part of ``accessConfig``, the rest stays; lists in it are taken as a whole."""
        access = {**settings["accessConfig"], **document.get("accessConfig", {})}
        return {**settings, **document, "accessConfig": access}

    def deleted(self, request: Request, name: str) -> Reply:
        del self._contract.accounts[self._contract.account(name).name]
        return done(request.knobs)

    def enabled(self, request: Request, name: str) -> Reply:
        return self._switched(request, name, True)

    def disabled(self, request: Request, name: str) -> Reply:
        return self._switched(request, name, False)

    def _switched(self, request: Request, name: str, is_active: bool) -> Reply:
        account = self._contract.account(name)
        if account.is_active != is_active:
            account.is_active = is_active
            account.note("UPLOAD_ACCOUNT", "ENABLED" if is_active else "DISABLED", self._contract.modified(request.user))
        return done(request.knobs)

    @staticmethod
    def _undocumented(request: Request) -> tuple[str, ...]:
        return (_ZIP,) if request.knobs.zip_auto_index == "shown" else ()

    def _check(self, group: Group, settings: Mapping[str, Any]) -> None:
        flaws = []
        for place, entry in enumerate(settings["accessConfig"].get("cpcodes", [])):
            code, where = entry["cpcodeId"], f"accessConfig.cpcodes[{place}]"
            if code not in group.directories:
                flaws.append(Flaw(f"{where}.cpcodeId", code, "is not in the storage group", *NOT_ACCESSIBLE))
            flaws += [Flaw(f"{where}.subDirectoryRestrictions", path, f"is not below /{code}")
                      for path in entry.get("subDirectoryRestrictions", []) if not f"{path}/".startswith(f"/{code}/")]
        rules = settings.get("ruleSetId")
        if rules is not None and rules not in {one["ruleSetId"] for one in self._contract.rule_sets}:
            flaws.append(Flaw("ruleSetId", rules, "is not known", *NOT_ACCESSIBLE))
        if len(settings.get("technicalContactInfo", {"one": 1})) != 1:
            flaws.append(Flaw("technicalContactInfo", None, "has one of its members"))
        if flaws:
            raise invalid(*flaws)
