# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a contract has: CP codes, storage groups, upload accounts and their keys, as objects without any HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ...knobs import Knobs
from ...store import Store
from ..requests.problems import not_accessible
from .lagging import Network, Stamp

CONTRACT = "C-TEST001"
ZONES = ("europe", "global", "asia", "australia", "us", "useast", "uswest", "JP", "IN", "AU", "CA-nearby")
KEY_TYPES = ("ssh", "ftp", "rsync", "g2o")
LOADED = "loader"
REMEMBERED_CHANGES = 50


def timestamp() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


@dataclass(slots=True)
class Modified:
    """Who changed something last, when, and the stamp of the network for it."""

    by: str
    stamp: Stamp
    date: str = field(default_factory=timestamp)

    def present(self) -> dict[str, str]:
        return {"lastModifiedBy": self.by, "lastModifiedDate": self.date}


@dataclass(slots=True)
class CpCode:
    """One CP code. ``former`` are groups, as (id, name), that were deprovisioned with content in it."""

    number: int
    name: str
    contract: str
    made: Stamp
    former: list[tuple[int, str]] = field(default_factory=list)


@dataclass(slots=True)
class Directory:
    """A CP code in a storage group since ``made``. ``settings`` are its members as they are written, all of them."""

    cp_code: int
    settings: dict[str, Any]
    modified: Modified
    made: Stamp
    marked_by: str = ""
    g2o: dict[str, Any] | None = None


@dataclass(slots=True)
class Group:
    """One storage group. ``marked_by`` is the person who asked for its deletion; one that ``is_gone`` had content."""

    number: int
    name: str
    contract: str
    domain_prefix: str
    group_id: int | None
    modified: Modified
    directories: dict[int, Directory] = field(default_factory=dict)
    zones: dict[str, dict[str, Any]] = field(default_factory=dict)
    purpose: str = "NETSTORAGE"
    kind: str = "OBJECTSTORE"
    allows_edit: bool = True
    marked_by: str = ""
    is_gone: bool = False

    @property
    def status(self) -> str:
        if self.is_gone:
            return "DEPROVISIONED"
        return "MARKED_FOR_DEPROVISIONING" if self.marked_by else "PROVISIONED"


@dataclass(slots=True)
class Key:
    """One key of an account. The secret is in no ``repr``."""

    number: int
    secret: str = field(repr=False)
    modified: Modified
    is_active: bool = True
    comments: str = ""
    email: str = ""


@dataclass(slots=True)
class Change:
    """An entry of the history of an account."""

    kind: str
    action: str
    modified: Modified


@dataclass(slots=True)
class UploadAccount:
    """One upload account. ``settings`` are its writable members, as they are written."""

    name: str
    group: int
    settings: dict[str, Any]
    modified: Modified
    is_active: bool = True
    has_http_api: bool = False
    kind: str = "NORMAL"
    keys: dict[str, list[Key]] = field(default_factory=lambda: {name: [] for name in KEY_TYPES})
    history: list[Change] = field(default_factory=list)

    def note(self, kind: str, action: str, modified: Modified) -> None:
        self.modified = modified
        self.history.append(Change(kind, action, modified))
        del self.history[:-REMEMBERED_CHANGES]


class Contract:
    """All of it, with the look-ups that the operations share."""

    def __init__(self, knobs: Knobs, store: Store) -> None:
        self.knobs, self.store = knobs, store
        self.network = Network(knobs)
        self.clear()

    def clear(self) -> None:
        self.names: list[str] = [CONTRACT]
        self.zones: list[str] = list(ZONES)
        self.cp_codes: dict[int, CpCode] = {}
        self.groups: dict[int, Group] = {}
        self.accounts: dict[str, UploadAccount] = {}
        self.rule_sets: list[dict[str, Any]] = []
        self._last_group, self._last_key = 2_000_000, 7000

    def take(self, other: Contract) -> None:
        """Everything that another one has, in the place of what is here."""
        self.names, self.zones, self.cp_codes, self.groups = other.names, other.zones, other.cp_codes, other.groups
        self.accounts, self.rule_sets = other.accounts, other.rule_sets
        self._last_group, self._last_key = other._last_group, other._last_key

    def modified(self, user: str) -> Modified:
        return Modified(user, self.network.stamp())

    def is_pending(self, modified: Modified) -> bool:
        return not self.network.knows(modified.stamp)

    # CP codes

    def add_cp_code(self, name: str, contract: str, number: int | None = None) -> CpCode:
        number = max((1_000_000, *self.cp_codes)) + 1 if number is None else number
        made = self.cp_codes[number] = CpCode(number, name, contract, self.network.stamp())
        return made

    def group_with(self, cp_code: int) -> Group | None:
        return next((group for group in self.standing() if cp_code in group.directories), None)

    def unused(self) -> Iterator[CpCode]:
        """Those that a group can be given now."""
        used = {number for group in self.standing() for number in group.directories}
        for number, code in sorted(self.cp_codes.items()):
            is_there = self.knobs.new_cpcode == "at_once" or self.network.knows(code.made)
            if number not in used and not code.former and is_there:
                yield code

    def content(self, cp_code: int) -> tuple[int, int]:
        """Files (and links and directories) and bytes."""
        totals = self.store.index.totals(b"%d/" % cp_code)
        return totals.files, totals.size

    def has_content(self, cp_codes: Iterable[int]) -> bool:
        return any(self.store.index.has_below(b"%d/" % number) for number in cp_codes)

    # Groups and accounts

    def standing(self) -> Iterator[Group]:
        """The groups that are not deprovisioned."""
        return (group for group in self.groups.values() if not group.is_gone)

    def next_group(self) -> int:
        """No number comes twice, also of what was deleted."""
        self._last_group = max(self._last_group, *self.groups, 0) + 1
        return self._last_group

    def accounts_of(self, group: int) -> list[UploadAccount]:
        return [account for account in self.accounts.values() if account.group == group]

    def account(self, name: str) -> UploadAccount:
        """The account of this name; raises Answered."""
        if name not in self.accounts:
            raise not_accessible("uploadAccountId", name, "upload account", self.knobs.unknown_id)
        return self.accounts[name]

    def next_key(self) -> int:
        self._last_key += 1
        return self._last_key

    def keep_key_numbers_above(self, number: int) -> None:
        self._last_key = max(self._last_key, number)
