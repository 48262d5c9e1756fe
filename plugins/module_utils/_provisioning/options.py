# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the modules that ask the Configuration API. ``_ansible/config_specs.py`` has what Ansible alone has to know."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .._config.cp_codes import UNMADE, name_fault
from .._edgegrid.api_settings import ApiSettings
from .._model.errors import BadOptions
from .._model.surrogates import refuse_halves

GATHERED = ("storage_groups", "upload_accounts", "cp_codes", "zones", "rule_sets")
LARGEST_ID = 2**53
_PREFIX = re.compile(r"[a-z0-9-]{1,60}\Z")
_LONGEST_WAIT = 604_800  # seconds, a week
_HANDED = {"handed": True}


def refuse_bad_waits(timeout: float, interval: float) -> None:
    """Raises BadOptions."""
    if not 0 <= timeout <= _LONGEST_WAIT:
        raise BadOptions("wait_timeout is not between 0 and 604,800 seconds (a week)")
    if not 1 <= interval <= 3600:
        raise BadOptions("wait_interval is not between 1 and 3,600 seconds", hint="50 requests a minute are all that is allowed.")


def refuse_bad_ids(**ids: t.Optional[int]) -> None:
    """Raises BadOptions for what cannot be the id of anything."""
    for name, value in ids.items():
        if value is not None and not 0 < value < LARGEST_ID:
            raise BadOptions(f"{name} is {value}, which cannot be an id")


@dataclasses.dataclass(frozen=True)
class ConfigInfoOptions:
    """ns_config_info. The constructor raises BadOptions.

    gather        what to list
    contract_id   of this contract the unused CP codes; None for those of the contracts that storage groups have
    with_secrets  whether results have the keys of accounts
    no_log        whether Ansible keeps the result of the task to itself
    """

    api: ApiSettings
    gather: t.Sequence[str] = GATHERED
    contract_id: t.Optional[str] = None
    with_secrets: bool = False
    no_log: bool = dataclasses.field(default=False, metadata=_HANDED)

    def __post_init__(self) -> None:
        refuse_halves({**vars(self.api), **vars(self)})
        odd = [name for name in self.gather if name not in GATHERED]
        if odd:
            raise BadOptions(f"gather: {', '.join(map(repr, odd))} is none of {', '.join(GATHERED)}")
        if self.with_secrets and not self.no_log:
            hint = "Set no_log: true for the task. What it registers has the keys all the same."
            raise BadOptions("with_secrets would show keys wherever the result of the task is shown", hint=hint)


@dataclasses.dataclass(frozen=True)
class CpCodeOptions:
    """ns_cp_code. The constructor raises BadOptions.

    cp_code          one that is there
    any_unused       one that no storage group has, before one is made
    cp_code_name     by which one is found, or that a new one gets
    find             where names are looked up: in the CP codes API, there if the API client may, or nowhere
    create_blindly   make one although nobody can say whether there is one of that name
    """

    api: ApiSettings
    contract_id: str
    cp_code: t.Optional[int] = None
    cp_code_name: t.Optional[str] = None
    any_unused: bool = False
    find: t.Literal["auto", "cprg", "none"] = "auto"
    create_blindly: bool = False
    wait: bool = False
    wait_timeout: float = 10_800.0
    wait_interval: float = 120.0

    def __post_init__(self) -> None:
        refuse_halves({**vars(self.api), **vars(self)})
        refuse_bad_waits(self.wait_timeout, self.wait_interval)
        refuse_bad_ids(cp_code=self.cp_code)
        if self.cp_code is not None and (self.cp_code_name is not None or self.any_unused):
            raise BadOptions("cp_code stands alone: neither cp_code_name nor any_unused belongs to it")
        if self.cp_code is None and self.cp_code_name is None and not self.any_unused:
            raise BadOptions("There is neither cp_code nor cp_code_name nor any_unused", hint="Set one of them.")
        fault = name_fault(self.cp_code_name) if self.cp_code_name is not None else ""
        if fault:
            raise BadOptions(f"cp_code_name: {self.cp_code_name!r} {fault}")
        if self.create_blindly and self.find == "cprg":
            raise BadOptions("create_blindly contradicts find: cprg", hint="Leave out one of them.")
        if self.cp_code_name is not None and self.find == "none" and not self.create_blindly:
            hint = "Each run would make one more CP code, and none can be deleted. Set create_blindly: true if that is meant."
            raise BadOptions("With find: none nobody looks whether there is a CP code of that name", hint=hint)


@dataclasses.dataclass(frozen=True)
class StorageGroupOptions:
    """ns_storage_group. The constructor raises BadOptions.

    storage_group, storage_group_id  which one; by its id it can be renamed
    contract_id, group_id, domain_prefix  set once
    zones            at least these; with ``zones_exact`` no others
    cp_codes         at least these, each with the settings that are named
    delete_cp_codes  those that are to go, with their content
    allow_content    delete what has content; ``force_delete`` says so to the service as well
    cancel_deletion  take back a deletion that waits for a second person
    second_approval  be that second person
    """

    api: ApiSettings
    state: t.Literal["present", "absent"] = "present"
    storage_group: t.Optional[str] = None
    storage_group_id: t.Optional[int] = None
    contract_id: t.Optional[str] = None
    group_id: t.Optional[int] = None
    domain_prefix: t.Optional[str] = None
    zones: t.Optional[t.Sequence[str]] = None
    zones_exact: bool = False
    cp_codes: t.Optional[t.Sequence[dict]] = None  # type: ignore[type-arg]  # the spec is made of it
    delete_cp_codes: t.Sequence[int] = ()
    allow_content: bool = False
    force_delete: bool = False
    cancel_deletion: bool = False
    second_approval: bool = False
    wait: bool = False
    wait_timeout: float = 10_800.0
    wait_interval: float = 120.0

    def __post_init__(self) -> None:
        refuse_halves({**vars(self.api), **vars(self)})
        refuse_bad_waits(self.wait_timeout, self.wait_interval)
        if self.storage_group is None and self.storage_group_id is None:
            raise BadOptions("There is neither storage_group nor storage_group_id", hint="Set the name of the storage group.")
        if self.storage_group is not None and not self.storage_group.strip():
            raise BadOptions("storage_group is empty", hint="An empty variable may have made it.")
        if self.domain_prefix is not None and _PREFIX.match(self.domain_prefix) is None:
            hint = "It is a part of host names: 1 to 60 small letters, digits and hyphens."
            raise BadOptions(f"domain_prefix: {self.domain_prefix!r} cannot be one", hint=hint)
        numbers = [row["cp_code"] for row in self.cp_codes or ()]
        for number in (*(one for one in numbers if one != UNMADE), *self.delete_cp_codes):
            refuse_bad_ids(cp_code=number)
        refuse_bad_ids(storage_group_id=self.storage_group_id, group_id=self.group_id)
        self._refuse_contradictions(numbers)

    def _refuse_contradictions(self, numbers: t.Sequence[int]) -> None:
        twice = sorted({one for one in numbers if numbers.count(one) > 1} - {UNMADE})
        if twice:
            raise BadOptions(f"cp_codes: {', '.join(map(str, twice))} is there twice")
        for row in self.cp_codes or ():
            self._refuse_bad_age_deletions(row)
        both = sorted(set(numbers).intersection(self.delete_cp_codes))
        if both:
            raise BadOptions(f"{', '.join(map(str, both))} is in cp_codes and in delete_cp_codes")
        if self.state == "absent" and (self.delete_cp_codes or self.cancel_deletion):
            raise BadOptions("state: absent deletes the whole group: neither delete_cp_codes nor cancel_deletion belongs to it")
        if self.cancel_deletion and self.second_approval:
            raise BadOptions("cancel_deletion and second_approval contradict each other")
        if self.zones_exact and self.zones is None:
            raise BadOptions("zones_exact is true, and there are no zones")

    @staticmethod
    def _refuse_bad_age_deletions(row: t.Mapping[str, t.Any]) -> None:
        """The directory is that of the CP code itself or below, and is the key of a routine."""
        root = f"/{row['cp_code']}"
        seen: set[str] = set()
        for routine in row.get("age_deletions") or ():
            directory: str = routine["directory"]
            if not f"{directory}/".startswith(f"{root}/"):
                raise BadOptions(f"age_deletions: {directory!r} is not below {root}", hint=f"Begin it with {root}.")
            if directory in seen:
                raise BadOptions(f"age_deletions: {directory} is there twice")
            seen.add(directory)
            for name in ("days", "size_bytes"):
                value = routine.get(name)
                if value is not None and not 0 <= value < LARGEST_ID:
                    raise BadOptions(f"age_deletions: {name} is {value}")
