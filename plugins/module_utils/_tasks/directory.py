# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_directory: one explicit directory is wanted, or none."""

from __future__ import annotations

import dataclasses
import typing as t

from .._model.entries import Entry, Kind
from .._model.errors import BadOptions, GuardTripped, LinkInTheWay
from .._model.paths import is_cp_code_root, shown
from .._plan.outcome import Outcome
from .._plan.policy import Policy
from .._plan.steps import Amount, Plan, StepKind, Why
from .._usage_api.client import Client
from .base import Comparison, EntryTask
from .location import place_of
from .options import DirectoryOptions
from .remote_tree import Stats


class DirectoryTask(EntryTask):
    """``leave`` leaves the ancestors; the directory itself is always wanted explicit."""

    def __init__(self, options: DirectoryOptions) -> None:
        self.parallel = 16 if options.recurse else 1
        super().__init__(options.common, place_of(options.common, options.path, is_directory=options.state == "present"))
        if is_cp_code_root(self.path):
            raise BadOptions(
                f"{shown(self.path)} is a CP code: it is always there and cannot be removed",
                path=self.path,
                hint="Name a directory below it.",
            )
        self.present = options.state == "present"
        if self.present and options.recurse:
            raise BadOptions("recurse needs state: absent, and state is present", hint="Leave one of them out.")
        if options.quick_delete != "never" and not options.recurse:
            raise BadOptions(
                f"quick_delete: {options.quick_delete} needs state: absent and recurse: true",
                hint="Set both, or leave quick_delete out.",
            )
        if not 0 <= options.quick_delete_wait <= 86_400:
            raise BadOptions(f"quick_delete_wait: {options.quick_delete_wait} is not between 0 and 86,400 seconds")
        self.recurse = options.recurse
        self.quick_delete, self.quick_delete_wait = options.quick_delete, options.quick_delete_wait
        if options.quick_delete == "allowed":
            self.listed = DirectoryTask(dataclasses.replace(options, quick_delete="never"))
        self.policy = Policy(
            explicit=self.present,
            ancestors=options.common.directories == "explicit" and self.present,
            delete=not self.present,
            unusual_names=options.common.unusual_names == "allow",
            delete_because=Why.UNWANTED,
        )

    def comparison(self, client: Client, stats: Stats) -> Comparison:
        comparison = super().comparison(client, stats)
        if not self._goes_whole(stats):
            return comparison
        usage = client.du(self.path)
        return dataclasses.replace(comparison, policy=dataclasses.replace(self.policy, whole=Amount(usage.files, usage.bytes)))

    def _goes_whole(self, stats: Stats) -> bool:
        return self.quick_delete != "never" and self.found(stats).directory is not None

    def want(self, client: Client, stats: Stats, ordered: bool) -> t.Iterable[Entry]:
        return [Entry(self.name, Kind.DIRECTORY)] if self.present else []

    def have(self, client: Client, stats: Stats, ordered: bool) -> t.Iterable[Entry]:
        found = self.found(stats)
        row = self.named(found.directory)
        if (self.present or row is not None) and found.link is not None:
            # A service that follows links in paths would create, or remove, the directory that the link points to.
            raise LinkInTheWay(
                "A symlink of the directory's name stands there",
                path=self.path,
                hint="Remove it with ns_symlink first, or name the directory it points to.",
            )
        if row is None:
            return []
        if self.present:
            return [row]
        if self._goes_whole(stats):
            return [row._replace(implicit=False)]  # what is below goes, whether or not the directory has an object of its own
        return self._doomed(client, row, ordered)

    def _doomed(self, client: Client, row: Entry, ordered: bool) -> t.Iterable[Entry]:
        if self.recurse:
            yield from self.tree(client, self.path, row, ordered)
            return
        if row.implicit or next(iter(client.children(self.path)), None) is not None:
            raise GuardTripped(
                "not_empty",
                f"{shown(self.path)} is not empty",
                path=self.path,
                hint="Set recurse: true to delete everything in it.",
            )
        yield row

    def inspect(self, plan: Plan) -> None:
        kept = plan.counts.unusual + plan.counts.shadowed
        if self.present or not kept:
            return
        raise GuardTripped(
            "unusual_names",
            f"{shown(self.path)} holds {kept} entries with empty, . or .. components or behind a symlink",
            path=self.path,
            hint="Nothing was removed. Set unusual_names: allow to delete such names as well.",
        )

    def report(self, stats: Stats, outcome: Outcome) -> None:
        if self._goes_whole(stats) and outcome.foreseen:
            otherwise = "the task fails" if self.quick_delete == "required" else "each object is deleted by itself"
            outcome.notes.append(f"Whether quick-delete is enabled shows only when it is tried; where it is not, {otherwise}")
        row = self.named(self.found(stats).directory)
        made = any(step.kind is StepKind.MKDIR and step.path == self.path for step in outcome.plan.steps)
        if self.present and row is not None and not made:
            outcome.entry = row
        if self.present:
            self.tell_of_twin(outcome, self.found(stats), Kind.DIRECTORY)
