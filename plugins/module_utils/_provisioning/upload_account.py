# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_upload_account: an account is made, changed, switched on or off, or deleted."""

from __future__ import annotations

import typing as t
from urllib.parse import quote

from .._config import account_guards, guards
from .._config.accounts import ACCOUNT, account_facts, account_id_of, is_account_pending
from .._config.cp_codes import UNMADE
from .._config.differences import Change, added, differences, merged, removed, shown, wished
from .._config.groups import id_of, is_gone, name_of
from .._config.groups import is_pending as is_group_pending
from .._config.members import Document, Projection, document_of, number_of, projected
from .._config.secrets import without_secrets
from .._model.errors import BadOptions, GuardTripped, NotFound, Refused, Unproved
from .account_options import UploadAccountOptions
from .flow import Run, Task, Waiting

WHAT = "upload_account"
_CONTACTS = ("new_contact", "akamai_contact", "netstorage_contact")
_PHONE = ("country_code", "area_code", "number")
_AS_THEY_ARE = (
    "upload_account_id", "storage_group_id", "email", "read_only", "cp_codes", "directory_limit", "login_directory",
    "enable_http_api", "enable_file_manager", "enable_aspera", "zip_auto_index",
)  # fmt: skip
PENDING = "The {} is still being propagated, which takes 60 to 120 minutes. Run the task again later."


class UploadAccountTask(Task):
    """One account, by its id."""

    def __init__(self, options: UploadAccountOptions) -> None:
        super().__init__(options.api, Waiting(options.wait, options.wait_timeout, options.wait_interval))
        self._options = options
        self._want = _wanted(options)
        self._have: t.Optional[Document] = None
        self._edits: list[Change] = []
        self._switches = self._is_group_pending = False
        self._missing: t.Optional[NotFound] = None

    # -- looking

    def plan(self, run: Run) -> None:
        accounts = run.api.accounts()
        run.outcome.keep_secret(accounts)
        found = [account for account in accounts if account_id_of(account) == self._options.upload_account_id]
        self._have = found[0] if found else None
        if self._have is not None:
            run.outcome.before = run.outcome.after = shown(ACCOUNT, projected(ACCOUNT, self._have))
        self._tell(run, self._have)
        if self._options.state == "absent":
            self._plan_absent(run, accounts)
            return
        if self._options.rule_set is not None:
            self._want["rule_set_id"] = _rule_set_id(run, self._options.rule_set)
        if self._have is None:
            self._plan_new(run)
        else:
            self._plan_changes(run, self._have)

    def _plan_new(self, run: Run) -> None:
        options = self._options
        has_group = options.storage_group is not None or options.storage_group_id is not None
        missing = [] if has_group else ["storage_group"]
        missing += [name for name in ("email", "cp_codes") if getattr(options, name) is None]
        if missing:
            message = f"The upload account {options.upload_account_id} is to be made, and {', '.join(missing)} are missing"
            raise BadOptions(message, hint="All of these are needed for a new one; or is the id of an existing one misspelt?")
        try:
            group = self._group(run)
            self._is_group_pending = is_group_pending(group)
            self._want["storage_group_id"] = id_of(group)
            account_guards.refuse_foreign_cp_codes(group, self._named_cp_codes)
        except NotFound as error:  # in check mode, a task before this one would make it
            if options.storage_group is None:
                raise
            self._missing = error
            run.outcome.note(f"There is no storage group {options.storage_group} yet.")
        self._want.setdefault("read_only", False)  # the documents contradict each other about what it is otherwise
        if self._want.pop("zip_auto_index", None) is not None:
            run.outcome.note("zip_auto_index is in no document, so a new account cannot have it. Run the task again to set it.")
        self._want["status"] = "inactive" if options.enabled is False else "active"
        run.outcome.after = shown(ACCOUNT, self._want)
        run.outcome.changes = [added(WHAT, "", run.outcome.after)]

    def _plan_changes(self, run: Run, account: Document) -> None:
        options, have = self._options, projected(ACCOUNT, account)
        if options.storage_group is not None:
            self._want["storage_group_id"] = id_of(self._group(run))
        has_api, wants_api = have.get("enable_http_api", False), self._want.pop("enable_http_api", None)
        if wants_api is not None and wants_api != has_api:
            run.outcome.note("enable_http_api is for a new account. Afterwards an HTTP API key decides; ns_upload_key has them.")
        if "zip_auto_index" in self._want and "zip_auto_index" not in have:
            message = "zip_auto_index is set, and the service does not show it for this account"
            raise BadOptions(message, hint="It is in no document, so it is only changed where the service has it.")
        guards.refuse_immutable(ACCOUNT, have, self._want, WHAT)
        self._want = {name: value for name, value in self._want.items() if name not in ("upload_account_id", "storage_group_id")}
        self._edits = differences(ACCOUNT, have, self._want, WHAT)
        is_on = have.get("status") != "inactive"
        self._switches = options.enabled is not None and options.enabled != is_on
        switch = [Change("~", WHAT, "enabled", is_on, options.enabled)] if self._switches else []
        run.outcome.changes = [*self._edits, *switch]
        after = self._foreseen(have)
        run.outcome.after = shown(ACCOUNT, {**after, "status": "active" if options.enabled else "inactive"} if switch else after)
        if any(change.path.startswith("cp_codes[") and change.sign == "+" for change in self._edits):
            self._refuse_foreign(run, account)
        if self._edits:
            account_guards.refuse_in_use(account, options.key_in_use, options.allow_interruption, "a change")
        if self._switches and not options.enabled:
            account_guards.refuse_in_use(account, options.key_in_use, options.allow_interruption, "to switch it off")
            account_guards.refuse_delivery_account(account_id_of(account), self._groups(run), "to switch it off")

    def _plan_absent(self, run: Run, accounts: t.Sequence[Document]) -> None:
        account, options = self._have, self._options
        if account is None:
            return
        run.outcome.changes = [removed(WHAT, "", run.outcome.before)]
        run.outcome.after = {}
        account_guards.refuse_in_use(account, options.key_in_use, options.allow_interruption, "to delete it")
        account_guards.refuse_delivery_account(account_id_of(account), self._groups(run), "to delete it")
        number = number_of(account.get("storageGroupId"))
        if [account_id_of(one) for one in accounts if number_of(one.get("storageGroupId")) == number] == [account_id_of(account)]:
            run.outcome.note(f"It is the last upload account of the storage group {account.get('storageGroupName') or number}.")

    def _foreseen(self, have: Projection) -> Projection:
        """What will be there. There is one technical contact, so another kind of it takes its place."""
        contact = next((name for name in _CONTACTS if name in self._want), None)
        kept = {name: value for name, value in have.items() if contact is None or name == contact or name not in _CONTACTS}
        return merged(ACCOUNT, kept, self._want)

    def _refuse_foreign(self, run: Run, account: Document) -> None:
        number = number_of(account.get("storageGroupId"))
        for group in self._groups(run):
            if id_of(group) == number:
                account_guards.refuse_foreign_cp_codes(group, self._named_cp_codes)

    @property
    def _named_cp_codes(self) -> list[int]:
        """Those of the task that are there."""
        return [row["cp_code"] for row in self._want.get("cp_codes", []) if row["cp_code"] != UNMADE]

    def _group(self, run: Run) -> Document:
        """The storage group that the task names. Raises GuardTripped (``ambiguous``), NotFound."""
        name, number = self._options.storage_group, self._options.storage_group_id
        found = [one for one in self._groups(run) if name_of(one) == name or name is None]
        found = [one for one in found if id_of(one) == number or number is None]
        told = name if name is not None else number
        if len(found) > 1:
            raise GuardTripped("ambiguous", f"Several storage groups are called {told}", hint="Set storage_group_id instead.")
        if not found:
            raise NotFound(f"There is no storage group {told}", hint="ns_storage_group makes one, ns_config_info lists them.")
        return found[0]

    def _groups(self, run: Run) -> list[Document]:
        groups = [group for group in run.api.groups() if not is_gone(group)]
        run.outcome.keep_secret(groups)
        return groups

    # -- changing

    def carry_out(self, run: Run) -> None:
        account = self._have
        if self._missing is not None:
            raise self._missing
        if any(row["cp_code"] == UNMADE for row in self._want.get("cp_codes", [])):
            hint = "It is what ns_cp_code returns in check mode in place of a CP code that it would make."
            raise BadOptions(f"cp_codes: {UNMADE} is no CP code", hint=hint)
        if self._options.state == "absent":
            if account is not None:
                self._delete(run)
            return
        if account is None:
            account = self._create(run)
        if self._edits:
            account = self._edit(run, account)
        if self._switches:
            account = self._switch(run)
        if self.waiting.is_wanted:
            account = run.until_propagated(account, lambda: self._again(run), pending_in)
        self._tell(run, account)

    def _create(self, run: Run) -> Document:
        document = document_of(ACCOUNT, self._want, is_new=True)
        try:
            response = run.change("create_upload_account", "POST", "/upload-accounts", document)
        except Refused as error:
            error.hint = PENDING.format("storage group") if self._is_group_pending else error.hint
            raise
        found = run.confirmed(response, lambda: self._listed(run), lambda account: account is not None)
        if found is None:
            raise Unproved(f"The service has made the upload account {self._options.upload_account_id}, and does not list it")
        self._tell(run, found)
        self._prove(run, found, response.document)
        return found

    def _edit(self, run: Run, account: Document) -> Document:
        """One PUT with everything that can be written, as it is not known whether the service merges or replaces."""
        if self.waiting.is_wanted:
            account = run.until_propagated(account, lambda: self._again(run), pending_in)
        body = document_of(ACCOUNT, self._foreseen(projected(ACCOUNT, account)), base=account)
        try:
            response = run.change("update_upload_account", "PUT", self._own, body)
        except Refused as error:
            if is_account_pending(account):
                error.hint = PENDING.format("account") + " Or set wait: true."
            raise
        account = run.confirmed(response, lambda: self._again(run), lambda found: not self._left(found))
        self._tell(run, account)
        self._prove(run, account, response.document)
        return account

    def _switch(self, run: Run) -> Document:
        wanted = bool(self._options.enabled)
        verb = "enable" if wanted else "disable"
        response = run.change(f"{verb}_upload_account", "POST", f"{self._own}/{verb}")
        account = run.confirmed(response, lambda: self._again(run), lambda found: _is_on(found) == wanted)
        self._tell(run, account)
        if _is_on(account) != wanted:
            raise Unproved(f"The service has accepted to {verb} {account_id_of(account)}, and shows it as before")
        return account

    def _delete(self, run: Run) -> None:
        response = run.change("delete_upload_account", "DELETE", self._own)
        found = run.confirmed(response, lambda: self._listed(run), lambda account: account is None)
        self._tell(run, found)
        if found is not None:
            raise Unproved(f"The service has accepted the deletion of {account_id_of(found)}, and lists it as before")

    @property
    def _own(self) -> str:
        return f"/upload-accounts/{quote(self._options.upload_account_id, safe='')}"

    def _again(self, run: Run) -> Document:
        found = run.api.account(self._options.upload_account_id)
        run.outcome.keep_secret(found)
        return found

    def _listed(self, run: Run) -> t.Optional[Document]:
        accounts = run.api.accounts()
        run.outcome.keep_secret(accounts)
        return next((one for one in accounts if account_id_of(one) == self._options.upload_account_id), None)

    # -- telling

    def _left(self, account: Document) -> list[Change]:
        """What of the wishes the service does not show."""
        want = {name: value for name, value in self._want.items() if name != "enable_http_api"}
        return differences(ACCOUNT, projected(ACCOUNT, account), want, WHAT)

    def _prove(self, run: Run, account: Document, response: object) -> None:
        """Raises Unproved where the service shows something else than what it has accepted, in its response as well."""
        left = self._left(account)
        if left and isinstance(response, dict) and not self._left(response):
            run.outcome.note("The service has accepted the change, and still shows the upload account as it was before.")
        elif left:
            told = ", ".join(f"{change.path} is {change.before!r}" for change in left[:5])
            raise Unproved(f"The service has accepted the change of {account_id_of(account)}, and shows another state: {told}")

    def _tell(self, run: Run, account: t.Optional[Document]) -> None:
        run.outcome.values["upload_account"] = None if account is None else without_secrets(account_facts(account))
        run.outcome.pending = [] if account is None else pending_in(account)


def pending_in(account: Document) -> list[str]:
    """The account, where a change of it is still being propagated."""
    return [account_id_of(account)] if is_account_pending(account) else []


def _is_on(account: Document) -> bool:
    return projected(ACCOUNT, account).get("status") != "inactive"


def _rule_set_id(run: Run, name: str) -> object:
    """Raises NotFound, GuardTripped (``ambiguous``)."""
    found = [number_of(rules.get("ruleSetId")) for rules in run.api.rule_sets() if rules.get("name") == name]
    if len(found) > 1:
        raise GuardTripped("ambiguous", f"Several rule sets are called {name}", hint="Rename one of them in Control Center.")
    if not found:
        raise NotFound(f"There is no rule set {name}", hint="Rule sets are made in Control Center; ns_config_info lists them.")
    return found[0]


def _wanted(options: UploadAccountOptions) -> Projection:
    """The options as a projection of an account, without what only the service can tell."""
    want: Projection = {name: getattr(options, name) for name in _AS_THEY_ARE}
    want["cp_codes"] = None if options.cp_codes is None else list(options.cp_codes)
    contact = wished(options.technical_contact or {})
    if contact.get("primary_sf_pin"):
        want["akamai_contact"] = contact
    elif contact:
        phone = {name: contact.pop(name) for name in _PHONE if name in contact}
        want["new_contact"] = {**contact, "phone": phone}
    found: Projection = wished(want)
    return found
