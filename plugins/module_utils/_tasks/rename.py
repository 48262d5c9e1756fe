# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_rename: what stands at one path is wanted at another."""

from __future__ import annotations

import typing as t

from .._model.entries import Entry, Found, Kind, is_same
from .._model.errors import BadOptions, Conflict, GuardTripped, LinkInTheWay, NotFound
from .._model.paths import SLASH, ancestry, cp_code, is_cp_code_root, is_unusual, is_within, join, parent, reached, shown
from .._plan.ancestors import Ancestors
from .._plan.march import Pair, with_implicit
from .._plan.outcome import Outcome
from .._plan.policy import Move, Policy
from .._plan.steps import Step, StepKind, Why
from .._usage_api.client import Client
from .base import Comparison, EntryTask
from .content_checks import with_md5
from .location import check_parallel, config_of, place_of
from .options import RenameOptions
from .remote_tree import Stats, look_at

_ALL = frozenset({Kind.FILE, Kind.SYMLINK})
_MD5_LENGTH = 32


class RenameTask(EntryTask):
    """The tree is the parent directory of the destination, with one name in it; wanted is what stands at the source.

    The path of the task is the destination, ``origin`` that of the source.
    """

    def __init__(self, options: RenameOptions) -> None:
        check_parallel(options.parallel)
        self.parallel, self.on_error = options.parallel, options.on_error
        is_directory = options.file_type == "directory"
        source = place_of(options.common, options.path, is_directory=is_directory)
        config_of(options.common, 1, source)  # checks that the key is not part of this path either
        super().__init__(options.common, place_of(options.common, options.dest, "dest", is_directory))
        self.origin = source.path
        _check_paths(self.origin, self.path)
        self.md5 = _md5_of(options)
        self.file_type = options.file_type
        self.explicit = options.common.directories == "explicit"
        self.policy = Policy(
            ancestors=self.explicit,
            may_replace=_ALL if options.on_existing == "replace" else frozenset(),
            replaced_with=dict.fromkeys(Kind, "on_existing: replace"),
            keep_existing=options.on_existing == "keep",
            unusual_names=options.common.unusual_names == "allow",
            move=Move(self.origin, self.name),
        )

    # -- the two sides

    def look(self, client: Client) -> Comparison:
        above = ancestry(parent(self.origin))
        stats = look_at(client, [self.path, self.origin], list(dict.fromkeys([*self.ancestors(), *above])))
        for path in above:
            if any(row.kind is Kind.SYMLINK for row in stats[path] or ()):
                hint = "Name the place that it points to."
                raise LinkInTheWay("A symlink stands where a directory must be", path=path, hint=hint)
        self._check_moving(client, self._moving(stats), self.found(stats))
        return self.comparison(client, stats)

    def _moving(self, stats: Stats) -> Entry | None:
        """What stands at the source, None where nothing does."""
        return self._chosen(self.origin, stats[self.origin] or Found())

    def pairs(self, client: Client, stats: Stats, ordered: bool) -> t.Iterable[Pair]:
        """Where an object gets the name of another, the digests of both are needed."""
        for want, have in super().pairs(client, stats, ordered):
            if isinstance(want, Entry) and have is not None:
                want = with_md5(client, self._old(want.name), want)
                if want.size == have.size:
                    have = with_md5(client, join(self.base, have.name), have)
            yield want, have

    def want(self, client: Client, stats: Stats, ordered: bool) -> t.Iterable[Entry]:
        moving = self._moving(stats)
        if moving is None:
            return []
        if moving.kind is not Kind.DIRECTORY:
            return [moving]
        entries = self._wanted_tree(client, moving, ordered)
        return with_implicit(entries) if self.explicit else (entry for entry in entries if not entry.implicit)

    def have(self, client: Client, stats: Stats, ordered: bool) -> t.Iterable[Entry]:
        moving, found = self._moving(stats), self.found(stats)
        if moving is None:
            return []
        if moving.kind is not Kind.DIRECTORY:
            row = self.named(found.object)
            return [] if row is None else [row]
        row = self.named(found.directory)
        return [] if row is None else self.tree(client, self.path, row, ordered)

    def _wanted_tree(self, client: Client, row: Entry, ordered: bool) -> t.Iterator[Entry]:
        """Nothing below a link is renamed: a service that follows links would rename other objects."""
        passing = Ancestors()
        for entry in self.tree(client, self.origin, row, ordered):
            if not self.policy.unusual_names and is_unusual(entry.name):
                raise GuardTripped(
                    "unusual_names",
                    f"{shown(self._old(entry.name))} has an empty, . or .. component",
                    path=self._old(entry.name),
                    hint="Nothing was renamed. Set unusual_names: allow to rename such names as well.",
                )
            passing.move_to(entry.key)
            for link in passing.over(entry.key):
                hint = "A service that follows links would see other objects there. Remove the link with ns_symlink first."
                raise LinkInTheWay("Objects stand behind a symlink", path=self._old(link.below[:-1]), hint=hint)
            if entry.kind is Kind.SYMLINK:
                passing.went_by(entry.name, entry, None, "")
            yield entry

    def _old(self, name: bytes) -> bytes:
        return self.origin + name[len(self.name) :]

    # -- which of them is meant

    def _chosen(self, path: bytes, found: Found) -> Entry | None:
        """The entry that the task is about, at its source or destination."""
        file, directory = self.named(found.object), self.named(found.directory)
        if self.file_type == "any" and file is not None and directory is not None and path == self.origin:
            raise GuardTripped(
                "ambiguous",
                f"A {file.kind.value} and a directory share the name {shown(path)}",
                path=path,
                hint="Set file_type: file or file_type: directory.",
            )
        chosen = directory if self.file_type == "directory" or (self.file_type == "any" and file is None) else file
        if chosen is not None and chosen.kind is Kind.DIRECTORY and file is not None and file.kind is Kind.SYMLINK:
            hint = "Rename or remove it first."
            raise LinkInTheWay("A symlink of the directory's name stands there", path=path, hint=hint)
        return chosen

    def _check_moving(self, client: Client, moving: Entry | None, found: Found) -> None:
        if moving is None:
            there = self._chosen(self.path, found)
            if there is None:
                what = "" if self.file_type == "any" else f" as a {self.file_type}"
                raise NotFound(
                    f"Neither {shown(self.origin)} nor {shown(self.path)} is there{what}",
                    path=self.origin,
                    hint="Check path, dest and file_type: there is nothing to rename, and it was not renamed before.",
                )
            self._check_md5(client, self.path, there)
            return
        self._check_md5(client, self.origin, moving)
        if moving.kind is Kind.DIRECTORY and (self.origin.endswith(SLASH) or self.path.endswith(SLASH)):
            message, hint = "A directory whose name ends in a slash is not renamed", "Rename what is in it, one by one."
            raise GuardTripped("unusual_names", message, path=self.path, hint=hint)
        if moving.kind is Kind.DIRECTORY and found.link is not None:
            hint = "Remove it with ns_symlink first, or name the directory that it points to."
            raise LinkInTheWay("A symlink stands where a directory must be", path=self.path, hint=hint)

    def _check_md5(self, client: Client, path: bytes, entry: Entry) -> None:
        if self.md5 is None:
            return
        entry = with_md5(client, path, entry)
        if entry.kind is Kind.FILE and entry.md5 == self.md5:
            return
        found = f"has md5 {entry.md5}" if entry.kind is Kind.FILE else f"is a {entry.kind.value}"
        if entry.kind is Kind.FILE and entry.md5 is None:
            found = "has no known md5: the service lists none, and its ETag has none"
        raise GuardTripped(
            "md5",
            f"{shown(path)} {found}, and md5 of the task is {self.md5}",
            path=path,
            hint="It may be another file. Nothing was renamed.",
        )

    # -- while it is carried out, and afterwards

    def veto_delete(self, client: Client, step: Step) -> Conflict | None:
        """An object is deleted only because the same is at the destination: that must still be true."""
        if step.why is not Why.ARRIVED:
            return None
        twin = self.path + step.path[len(self.origin) :]
        if any(is_same(with_md5(client, twin, found), step.entry) for found in client.stat(twin)):
            return None
        return Conflict(f"{shown(step.path)} stays: {shown(twin)} is no longer the same", path=step.path)

    def report(self, stats: Stats, outcome: Outcome) -> None:
        moving, found = self._moving(stats), self.found(stats)
        outcome.path = self.origin
        outcome.extra["dest"] = shown(self.path)
        renames = [step for step in outcome.plan.steps if step.kind is StepKind.RENAME]
        kept = outcome.plan.counts.protected
        if kept:
            outcome.notes.append(f"{kept} stay at {shown(self.origin)}: others have their names at the destination, and are kept")
        astray = sum(self._leads_elsewhere(step) for step in renames if step.entry.kind is Kind.SYMLINK)
        if astray:
            outcome.notes.append(
                f"{astray} symlinks keep their targets as they are written, and so lead elsewhere or to what is no longer there"
            )
        if moving is not None and moving.kind is Kind.DIRECTORY:
            return
        outcome.entry = renames[0].after if renames else None if self.file_type == "directory" else self.named(found.object)
        if renames and found.directory is not None:
            outcome.notes.append(f"{shown(self.path)} is also a directory; dest is the new name, and nothing moves into it")

    def _leads_elsewhere(self, step: Step) -> bool:
        """Whether a renamed link leads to anything but the same object, or to where that was renamed with it."""
        target = step.entry.target or b""
        before, after = reached(t.cast(bytes, step.source), target), reached(step.path, target)
        if is_within(before, self.origin):
            return after != self.path + before[len(self.origin) :]
        return after != before


def _check_paths(source: bytes, path: bytes) -> None:
    for one in (source, path):
        if is_cp_code_root(one):
            raise BadOptions(f"{shown(one)} is a CP code and cannot be renamed", path=one, hint="Name an object below it.")
    if cp_code(source) != cp_code(path):
        raise BadOptions(
            f"{shown(source)} and {shown(path)} lie in different CP codes",
            path=path,
            hint="The service renames within one CP code only. Fetch it and send it to the other one.",
        )
    if is_within(path, source) or is_within(source, path):
        what = "are the same" if path == source else "lie within each other"
        hint = "Give dest a name outside of path; to move a directory up, rename it to a name beside first."
        raise BadOptions(f"path {shown(source)} and dest {shown(path)} {what}", path=path, hint=hint)


def _md5_of(options: RenameOptions) -> str | None:
    if options.md5 is None:
        return None
    md5 = options.md5.lower()
    if len(md5) != _MD5_LENGTH or set(md5) - set("0123456789abcdef"):
        hint = "It has 32 hexadecimal digits. An empty variable may have made it."
        raise BadOptions(f"md5: {options.md5!r} is not an md5", hint=hint)
    if options.file_type == "directory":
        raise BadOptions("md5 needs a file, and file_type is directory", hint="Leave one of them out.")
    return md5
