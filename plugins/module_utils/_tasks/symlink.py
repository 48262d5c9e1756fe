# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_symlink: one symlink is wanted, or none."""

from __future__ import annotations

import typing as t

from .._model.entries import Entry, Kind
from .._model.errors import AuthRefused, BadOptions, GuardTripped, NetStorageError
from .._model.paths import cp_code, encoded, is_cp_code_root, is_within, reached, shown
from .._plan.outcome import Outcome
from .._plan.policy import Policy
from .._plan.steps import Why
from .._usage_api.client import Client
from .base import EntryTask
from .location import lists_place, place_of, refuse_control
from .options import SymlinkOptions
from .remote_tree import Stats

_MAY_REPLACE = {
    "link": frozenset({Kind.SYMLINK}),
    "file": frozenset({Kind.SYMLINK, Kind.FILE}),
    "never": frozenset[Kind](),
}


class SymlinkTask(EntryTask):
    """The target is stored verbatim, so it is compared as bytes."""

    def __init__(self, options: SymlinkOptions) -> None:
        super().__init__(options.common, place_of(options.common, options.path))
        if is_cp_code_root(self.path):
            raise BadOptions(f"{shown(self.path)} is a CP code and not a symlink", path=self.path)
        self.present = options.state == "present"
        refuse_control(options.common, "target", options.target or "")
        self.target = encoded(options.target or "")
        if self.present and not self.target:
            raise BadOptions("target is empty", hint="A symlink needs one; an empty variable may have made it so.")
        if self.present and reached(self.path, self.target) == self.path:
            raise BadOptions(f"{shown(self.path)} would point to itself", path=self.path)
        self.lists = lists_place(options.common, options.pending_path, self.path)
        if self.lists is not None and is_within(self.lists, self.path):
            hint = "Nothing is written through a symlink. Write a directory beside it."
            raise BadOptions(f"pending_path: {shown(self.lists)} lies below the link", path=self.lists, hint=hint)
        self.allow_dangling = options.allow_dangling
        self.policy = Policy(
            ancestors=options.common.directories == "explicit" and self.present,
            delete=not self.present,
            may_replace=_MAY_REPLACE[options.replace],
            replaced_with={Kind.SYMLINK: "replace: link", Kind.FILE: "replace: file"},
            unusual_names=options.common.unusual_names == "allow",
            delete_because=Why.UNWANTED,
        )

    def want(self, client: Client, stats: Stats, ordered: bool) -> t.Iterable[Entry]:
        return [Entry(self.name, Kind.SYMLINK, target=self.target)] if self.present else []

    def have(self, client: Client, stats: Stats, ordered: bool) -> t.Iterable[Entry]:
        row = self.named(self.found(stats).object)
        if row is None:
            return []
        if not self.present and row.kind is Kind.FILE:
            raise GuardTripped(
                "exists",
                f"A file stands at {shown(self.path)}, not a symlink",
                path=self.path,
                hint="Remove it with ns_file if that is intended.",
            )
        left_over = [] if self.present else self.left_over(client, Kind.SYMLINK)
        return sorted([row, *left_over], key=lambda entry: entry.key)

    def doubts(self, client: Client) -> list[NetStorageError]:
        if self.allow_dangling or not self.present:
            return []
        why = self._missing(client)
        if not why:
            return []
        message, hint = f"The target {shown(self.target)} {why}", "Deploy it first, or set allow_dangling: true."
        return [GuardTripped("dangling", message, path=reached(self.path, self.target), hint=hint)]

    def _missing(self, client: Client) -> str:
        path = reached(self.path, self.target)
        if cp_code(path) is None:
            return "leads out of the CP code"
        try:
            return "" if client.stat(path) else "does not exist"
        except AuthRefused:
            return "cannot be looked at with this account (403)"

    def report(self, stats: Stats, outcome: Outcome) -> None:
        found = self.found(stats)
        row = self.named(found.object)
        was_link = row is not None and row.kind is Kind.SYMLINK
        outcome.extra["previous_target"] = shown(row.target or b"") if row is not None and was_link else None
        if not self.present:
            return
        step = next((step for step in outcome.plan.steps if step.path == self.path), None)
        outcome.entry = step.after if step is not None else row
        self.tell_of_twin(outcome, found, Kind.SYMLINK)
