# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A model of NetStorage: flat keys, directories that cannot be removed while they hold something, and two ways to take
a path that leads through a symlink.
"""

from __future__ import annotations

import posixpath

from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.steps import Step, StepKind
from ansible_collections.edgeops.netstorage.tests.unit.plan.worlds import BASE, Store, Thing


class ToyStore:
    """Applies steps one by one. ``follows``: a symlink in the middle of a path leads elsewhere, as in a file system."""

    def __init__(self, store: Store, follows: bool, contents: dict[bytes, str]) -> None:
        self.objects = dict(store)
        self.follows = follows
        self.contents = contents

    def apply(self, step: Step) -> None:
        assert step.path.startswith(BASE + b"/")
        name = self._reached(step.path[len(BASE) + 1 :])
        if step.kind is StepKind.DELETE:
            assert self.objects.pop(name).kind != "dir"
        elif step.kind is StepKind.RMDIR:
            assert not self._below(name), "rmdir refuses a directory that is not empty"
            assert self.objects.pop(name + b"/").kind == "dir"
        elif step.kind is StepKind.MKDIR:
            self.objects.setdefault(name + b"/", Thing("dir"))
        else:
            self._put(step, name)

    def _put(self, step: Step, name: bytes) -> None:
        assert step.after is not None
        there = self.objects.get(name)
        before = None if step.before is None else step.before.kind
        assert (there is None) is (before is None)
        if step.kind is StepKind.UPLOAD:
            assert before is not Kind.SYMLINK, "an upload onto a symlink may go through it"
        if step.kind is StepKind.MTIME:
            assert there is not None
            self.objects[name] = there._replace(mtime=step.after.mtime or 0)
        else:
            self.objects[name] = self._thing(step.after)

    def _thing(self, entry: Entry) -> Thing:
        if entry.kind is Kind.SYMLINK:
            return Thing("link", mtime=entry.mtime or 0, target=entry.target or b"")
        return Thing("file", self.contents[entry.name], entry.mtime or 0)

    def _below(self, name: bytes) -> list[bytes]:
        return [key for key in self.objects if key.startswith(name + b"/") and key != name + b"/"]

    def _reached(self, name: bytes) -> bytes:
        for _hop in range(20 if self.follows else 0):
            link = next((key for key in sorted(self.objects) if self._is_link_above(key, name)), None)
            if link is None:
                break
            rest = name[len(link) + 1 :]
            top = posixpath.join(BASE, posixpath.dirname(link), self.objects[link].target)
            name = posixpath.relpath(posixpath.normpath(posixpath.join(top, rest)), BASE)
        return name

    def _is_link_above(self, key: bytes, name: bytes) -> bool:
        return self.objects[key].kind == "link" and name.startswith(key + b"/")

    def standing_in_the_way(self, step: Step) -> list[bytes]:
        """Symlinks that the step's key leads through, as things are now."""
        target = step.key[len(BASE) + 1 :]
        return [link for link in self.objects if self._is_link_above(link, target)]
