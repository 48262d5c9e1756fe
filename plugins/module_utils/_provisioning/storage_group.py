# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_storage_group: a group is made, changed, or its deletion is requested."""

from __future__ import annotations

import functools
import typing as t

from .._config import guards
from .._config.accounts import account_id_of
from .._config.cp_codes import UNMADE, numbers_in
from .._config.differences import Change, added, differences, merged, removed, shown, wished
from .._config.groups import (
    GROUP,
    content_of,
    cp_codes_of,
    group_facts,
    hosts_of,
    id_of,
    is_gone,
    is_marked,
    marked_cp_codes,
    name_of,
    pending_in,
    zones_of,
)
from .._config.members import Document, Projection, document_of, number_of, projected
from .._config.secrets import without_secrets
from .._model.errors import BadOptions, GuardTripped, NotFound, Refused, Unproved
from .configuration_api import ChangeResponse
from .flow import Run, Task, Waiting
from .options import StorageGroupOptions

WHAT = "storage_group"
_PATH = "/storage-groups"
_NEEDED = ("storage_group", "contract_id", "domain_prefix", "cp_codes", "zones")
_STATUS = "provision_status"
_MARKED, _AS_BEFORE = "marked_for_deprovisioning", "provisioned"
_TO_APPROVE = "A second person must approve the deletion, in Control Center or with another API client."
_APPROVED = (
    "The service has accepted the approval, and still shows the deletion as waiting. The API client must be another person's "
    "than that of the first request."
)
_FORCE = "If it says that this is not empty: set force_delete: true, which the request then has too."


class StorageGroupTask(Task):
    """One group, by name or by id."""

    def __init__(self, options: StorageGroupOptions) -> None:
        super().__init__(options.api, Waiting(options.wait, options.wait_timeout, options.wait_interval))
        self._options = options
        self._want = _wanted(options)
        self._have: t.Optional[Document] = None
        self._others: list[Document] = []
        self._marked: set[int] = set()
        self._used: object = None
        self._edits: list[Change] = []
        self._going: list[int] = []
        self._cancelled: list[int] = []

    # -- looking

    def plan(self, run: Run) -> None:
        run.outcome.values["delete_pending"] = False
        self._have = self._looked_up(run)
        if self._have is not None:
            run.outcome.before = shown(GROUP, projected(GROUP, self._have))
            run.outcome.after = run.outcome.before
        self._tell(run, self._have)
        if self._options.state == "absent":
            self._plan_absent(run)
        elif self._have is None:
            self._plan_new(run)
        else:
            self._plan_changes(run, self._have)

    def _looked_up(self, run: Run) -> t.Optional[Document]:
        """The group that the task names, None where there is none. Raises GuardTripped (``ambiguous``), NotFound."""
        name, number = self._options.storage_group, self._options.storage_group_id
        groups = [group for group in run.api.groups() if not is_gone(group)]
        run.outcome.keep_secret(groups)
        found = [group for group in groups if (id_of(group) == number if number is not None else name_of(group) == name)]
        if len(found) > 1:
            numbers = ", ".join(str(id_of(group)) for group in found)
            hint = "Set storage_group_id to the one that is meant."
            raise GuardTripped("ambiguous", f"Several storage groups are called {name}: {numbers}", hint=hint)
        if not found and number is not None and self._options.state == "present":
            raise NotFound(f"There is no storage group {number}", hint="Leave storage_group_id out: the service gives a new one.")
        self._others = [group for group in groups if group not in found]
        return found[0] if found else None

    def _plan_new(self, run: Run) -> None:
        taken = [group for group in self._others if group.get("domainPrefix") == self._options.domain_prefix]
        if taken:
            message = f"domain_prefix: {self._options.domain_prefix} is that of the storage group {name_of(taken[0])}"
            raise BadOptions(message, hint="Each storage group has its own. Is storage_group misspelt?")
        missing = [name for name in _NEEDED if not getattr(self._options, name)]
        if missing:
            message = f"The storage group {self._options.storage_group} is to be made, and {', '.join(missing)} are missing"
            raise BadOptions(message, hint="All of these are needed for a new one; or is the name of an existing one misspelt?")
        if len(self._want["zones"]) < 2:
            raise BadOptions(
                "zones has less than two zones, and a new storage group needs two", hint="ns_config_info lists them."
            )
        guards.refuse_unknown_zones([zone["name"] for zone in self._want["zones"]], run.api.zones())
        self._check_new_cp_codes(run, self._options.contract_id or "", [row["cp_code"] for row in self._want["cp_codes"]])
        run.outcome.after = shown(GROUP, self._want)
        run.outcome.changes = [added(WHAT, "", run.outcome.after)]

    def _plan_changes(self, run: Run, group: Document) -> None:
        options, have = self._options, projected(GROUP, group)
        guards.refuse_immutable(GROUP, have, self._want, WHAT)
        taken = [id_of(other) for other in self._others if name_of(other) == options.storage_group]
        if taken:
            message = f"storage_group: {options.storage_group} is the name of the storage group {taken[0]}"
            raise BadOptions(message, hint="A name is unique in the account.")
        want = {name: value for name, value in self._want.items() if name not in ("contract_id", "group_id", "domain_prefix")}
        self._edits = differences(GROUP, have, want, WHAT)
        new = sorted({row["cp_code"] for row in want.get("cp_codes", [])} - set(cp_codes_of(group)))
        going = self._going = self._to_delete(run, group, new)
        run.outcome.changes = [*self._cancellations(group), *self._edits, *_deletions(group, going)]
        run.outcome.after = self._foreseen(have, want, going)
        if is_marked(group) and not options.cancel_deletion and run.outcome.changes:
            guards.refuse_marked(group)
        zones = {zone["name"] for zone in want.get("zones", [])}
        if options.zones_exact:
            guards.refuse_removed_zones(zones_of(group), zones)
        elif zones and set(zones_of(group)) - zones:
            left = ", ".join(sorted(set(zones_of(group)) - zones))
            run.outcome.note(f"Zones that the task does not name were kept: {left}.")
        if zones - set(zones_of(group)):
            guards.refuse_unknown_zones(zones, run.api.zones())
        if new:
            guards.refuse_new_beside_marked(group, new, set() if options.cancel_deletion else self._marked)
            self._check_new_cp_codes(run, str(group.get("contractId", "")), new)
        guards.refuse_last_cp_code(group, going, self._marked)
        guards.refuse_content(group, self._may_have_content, going)
        if self._edits and not self.waiting.is_wanted:
            guards.refuse_busy(group)

    def _plan_absent(self, run: Run) -> None:
        group = self._have
        if group is None:
            return
        name = self._options.storage_group
        if name is not None and name_of(group) != name:
            raise BadOptions(f"The storage group {id_of(group)} is called {name_of(group)}, and not {name}")
        if is_marked(group) and not self._options.second_approval:
            run.outcome.values["delete_pending"] = True
            run.outcome.note(
                "Its deletion was requested before, and waits for a second person. A request with the same API client might "
                "count as that person, so none was sent; second_approval: true sends it."
            )
            return
        files, size, is_known = content_of(group)
        told = {**run.outcome.before, "files": files if is_known else None, "bytes": size if is_known else None}
        run.outcome.changes = [removed(WHAT, "", told)]
        run.outcome.after = {}
        guards.refuse_content(group, self._may_have_content)
        accounts = [one for one in run.api.accounts() if number_of(one.get("storageGroupId")) == id_of(group)]
        run.outcome.keep_secret(accounts)
        guards.refuse_accounts(group, [account_id_of(one) for one in accounts])

    @property
    def _may_have_content(self) -> bool:
        return self._options.allow_content or self._options.force_delete

    def _to_delete(self, run: Run, group: Document, new: t.Collection[int]) -> list[int]:
        """The CP codes whose deletion this run requests. The document of a group does not say which wait for it."""
        options = self._options
        asked = sorted(set(options.delete_cp_codes).intersection(cp_codes_of(group)))
        if asked or new or options.cancel_deletion:
            self._used = run.api.used_cp_codes()
            self._marked = marked_cp_codes(group, self._used)
        waiting = self._marked.intersection(asked)
        if waiting and not options.second_approval:
            run.outcome.values["delete_pending"] = True
            told = ", ".join(map(str, sorted(waiting)))
            run.outcome.note(f"The deletion of CP code {told} was requested before, and waits for a second person.")
            return [one for one in asked if one not in waiting]
        return asked

    def _cancellations(self, group: Document) -> list[Change]:
        """Of the deletion of the group, else of those CP codes that the task names."""
        if not self._options.cancel_deletion:
            return []
        if is_marked(group):
            return [Change("~", WHAT, _STATUS, _MARKED, _AS_BEFORE)]
        self._cancelled = sorted(self._marked.intersection(row["cp_code"] for row in self._want.get("cp_codes", [])))
        return [Change("~", WHAT, f"cp_codes[{one}].{_STATUS}", _MARKED, _AS_BEFORE) for one in self._cancelled]

    def _foreseen(self, have: Projection, want: Projection, going: t.Collection[int]) -> dict[str, t.Any]:
        made = shown(GROUP, merged(GROUP, have, want))
        return {**made, "cp_codes": [row for row in made.get("cp_codes", []) if row["cp_code"] not in going]}

    def _check_new_cp_codes(self, run: Run, contract: str, new: t.Collection[int]) -> None:
        new = set(new) - {UNMADE}
        unused = numbers_in(run.api.unused_cp_codes(contract)) if new else []
        if new - set(unused) and self._used is None:
            self._used = run.api.used_cp_codes()
        guards.refuse_used_cp_codes(new, unused, self._used)

    # -- changing

    def carry_out(self, run: Run) -> None:
        if self._options.state == "absent":
            if run.outcome.changes:
                self._delete(run, t.cast(Document, self._have))
            return
        if any(row["cp_code"] == UNMADE for row in self._want.get("cp_codes", [])):
            hint = "It is what ns_cp_code returns in check mode in place of a CP code that it would make."
            raise BadOptions(f"cp_codes: {UNMADE} is no CP code", hint=hint)
        group = self._have
        if group is None:
            group = self._create(run)
        else:
            if self._options.cancel_deletion:
                group = self._cancel(run, group)
            if self._edits:
                group = self._edit(run, group)
            for cp_code in self._going:
                group = self._delete_cp_code(run, group, cp_code)
        if self.waiting.is_wanted:
            group = run.until_propagated(group, self._again(run, group), pending_in)
        self._tell(run, group)

    def _create(self, run: Run) -> Document:
        body = document_of(GROUP, self._want, is_new=True)
        response = run.change("create_storage_group", "POST", _PATH, body)
        found: t.Optional[Document]
        if isinstance(response.document, dict) and id_of(response.document):
            found = self._again(run, response.document)()
        else:
            found = run.confirmed(response, lambda: self._by_name(run), lambda group: group is not None, "the new storage group")
        found = t.cast(Document, found)
        self._tell(run, found)
        self._prove(run, found, response.document)
        return found

    def _by_name(self, run: Run) -> t.Optional[Document]:
        found = [group for group in run.api.groups() if name_of(group) == self._options.storage_group and not is_gone(group)]
        run.outcome.keep_secret(found)
        return found[0] if len(found) == 1 else None

    def _again(self, run: Run, group: Document) -> t.Callable[[], Document]:
        number = id_of(group)

        def look() -> Document:
            found = run.api.group(number)
            run.outcome.keep_secret(found)
            return found

        return look

    def _edit(self, run: Run, group: Document) -> Document:
        """One PUT with everything that can be written, as it is not known whether the service merges or replaces."""
        look = self._again(run, group)
        if self.waiting.is_wanted:
            group = run.until_propagated(group, look, pending_in)
        guards.refuse_busy(group)
        body = document_of(GROUP, merged(GROUP, projected(GROUP, group), self._want))
        response = run.change("update_storage_group", "PUT", f"{_PATH}/{id_of(group)}", body)
        group = run.confirmed(response, look, self._is_as_wanted)
        self._tell(run, group)
        self._prove(run, group, response.document)
        return group

    def _cancel(self, run: Run, group: Document) -> Document:
        look, own = self._again(run, group), f"{_PATH}/{id_of(group)}"
        if is_marked(group):
            response = run.change("cancel_deletion", "POST", f"{own}/cancel-delete")
            return run.confirmed(response, look, lambda found: not is_marked(found), "that the deletion is taken back")
        for cp_code in self._cancelled:
            response = run.change("cancel_deletion", "POST", f"{own}/cpcodes/{cp_code}/cancel-delete")
            told = f"that the deletion of CP code {cp_code} is taken back"
            run.confirmed(response, run.api.used_cp_codes, functools.partial(_is_unmarked, group, cp_code), told)
        return look() if self._cancelled else group

    def _delete(self, run: Run, group: Document) -> None:
        was_marked = is_marked(group)  # then this request approves, and only its absence proves that it was carried out
        response = self._request_deletion(run, "delete_storage_group", f"{_PATH}/{id_of(group)}")
        found = run.confirmed(
            response,
            lambda: self._by_id(run, group),
            lambda left: left is None or (is_marked(left) and not was_marked),
            "" if was_marked else "the deletion",
        )
        if found is not None:
            run.outcome.values["delete_pending"] = True
            run.outcome.note(_APPROVED if was_marked else _TO_APPROVE)
        self._tell(run, found)

    def _by_id(self, run: Run, group: Document) -> t.Optional[Document]:
        found = [one for one in run.api.groups() if id_of(one) == id_of(group) and not is_gone(one)]
        run.outcome.keep_secret(found)
        return found[0] if found else None

    def _delete_cp_code(self, run: Run, group: Document, cp_code: int) -> Document:
        response = self._request_deletion(run, "delete_cp_code", f"{_PATH}/{id_of(group)}/cpcodes/{cp_code}")
        look = self._again(run, group)

        def state() -> tuple[Document, bool, bool]:
            now = look()
            is_there = cp_code in cp_codes_of(now)
            return now, is_there, is_there and cp_code in marked_cp_codes(now, run.api.used_cp_codes())

        was_marked = cp_code in self._marked
        now, _is_there, is_waiting = run.confirmed(
            response,
            state,
            lambda found: not found[1] or (found[2] and not was_marked),
            "" if was_marked else f"the deletion of CP code {cp_code}",
        )
        if is_waiting:
            run.outcome.values["delete_pending"] = True
            run.outcome.note(f"CP code {cp_code}: {_APPROVED if was_marked else _TO_APPROVE}")
        return now

    def _request_deletion(self, run: Run, action: str, path: str) -> ChangeResponse:
        query = {"forceDelete": "true"} if self._options.force_delete else {}
        try:
            return run.change(action, "DELETE", path, **query)
        except Refused as error:
            if not self._options.force_delete:
                error.hint = _FORCE
            raise

    # -- telling

    def _is_as_wanted(self, group: Document) -> bool:
        return not differences(GROUP, projected(GROUP, group), _comparable(self._want), WHAT)

    def _prove(self, run: Run, group: Document, response: object) -> None:
        """Raises Unproved where the service shows something else than what it has accepted, in its response as well."""
        left = differences(GROUP, projected(GROUP, group), _comparable(self._want), WHAT)
        if left and isinstance(response, dict) and self._is_as_wanted(response):
            run.outcome.note("The service has accepted the change, and still shows the storage group as it was before.")
        elif left:
            told = ", ".join(f"{change.path} is {change.before!r}" for change in left[:5])
            raise Unproved(f"The service has accepted the change of {name_of(group)}, and shows another state: {told}")

    def _tell(self, run: Run, group: t.Optional[Document]) -> None:
        outcome = run.outcome
        outcome.values.update(group=None, hosts={}, provision_status=None)
        if group is None:
            prefix = self._options.domain_prefix if self._options.state == "present" else None
            outcome.values["hosts"] = hosts_of({"domainPrefix": prefix})
            outcome.pending = []
            return
        facts = without_secrets(group_facts(group))
        outcome.values.update(group=facts, hosts=hosts_of(group), provision_status=facts.get("provision_status"))
        outcome.pending = pending_in(group)


def _wanted(options: StorageGroupOptions) -> Projection:
    """The options as a projection of a group."""
    names = ("contract_id", "group_id", "domain_prefix")
    want: Projection = {"name": options.storage_group, **{name: getattr(options, name) for name in names}}
    want["cp_codes"] = None if options.cp_codes is None else list(options.cp_codes)
    want["zones"] = None if options.zones is None else [{"name": zone} for zone in dict.fromkeys(options.zones)]
    found: Projection = wished(want)
    return found


def _comparable(want: Projection) -> Projection:
    """Without what a response may not tell."""
    return {name: value for name, value in want.items() if name != "group_id"}


def _is_unmarked(group: Document, cp_code: int, used: object) -> bool:
    return cp_code not in marked_cp_codes(group, used)


def _deletions(group: Document, going: t.Sequence[int]) -> list[Change]:
    found = []
    for cp_code in going:
        files, size, is_known = content_of(group, [cp_code])
        held = {"files": files, "bytes": size} if is_known else {"files": None, "bytes": None}
        found.append(removed(WHAT, f"cp_codes[{cp_code}]", held))
    return found
