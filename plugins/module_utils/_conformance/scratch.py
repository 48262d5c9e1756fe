# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scratch directory: that it is empty, that nothing else is touched, and that nothing is left.

All that a run makes is in one directory of it, WORK. What a run that was killed has left there is removed by the next one;
anything else in the scratch directory, and it is refused. Here the collection's client asks, with all its repairs: these are no
questions.
"""

from __future__ import annotations

import typing as t

from .._model.entries import Entry, Kind
from .._model.errors import AuthRefused, Conflict, GuardTripped, LinkInTheWay, NotADirectory, NotFound, Refused
from .._model.paths import join, shown
from .._tasks.remote_tree import tree_of
from .._usage_api.client import Client

WORK = b"ns-conformance-work"
"""What is in it was made by a run, and is removed by the next one."""
_SWEEPS = 3  # of what is left when all that is known was removed
_TROUBLE = (AuthRefused, Conflict, NotFound, Refused)


class Scratch:
    """The directory of a run.

    Args:
        client: whose repairs are wanted here.
        path: of the scratch directory.
    """

    def __init__(self, client: Client, path: bytes) -> None:
        self._client, self.path, self.work = client, path, join(path, WORK)
        self.was_there = False
        self.left = 0

    def refuse(self) -> bool:
        """Look, and refuse what is not empty. Returns whether an earlier run has left something.

        Raises:
            GuardTripped: something else is in it.
            NotADirectory, LinkInTheWay: it is none.
            NetStorageError: it cannot be looked at.
        """
        found = self._client.stat(self.path)
        if found.link is not None:
            raise LinkInTheWay(f"{shown(self.path)} is a symlink", path=self.path, hint="Write a directory of its own.")
        if found.object is not None:
            raise NotADirectory(f"{shown(self.path)} is a file", path=self.path, hint="Write a directory of its own.")
        self.was_there = found.has_explicit_directory
        if found.directory is None:
            return False
        is_left = False
        for child in self._client.children(self.path):
            is_left = True
            if child.name != WORK or child.kind is not Kind.DIRECTORY:
                raise GuardTripped(
                    "not_empty",
                    f"{shown(self.path)} is not empty: {shown(child.name)} is in it",
                    path=self.path,
                    hint="Nothing was asked and nothing was changed. Write another directory, one that is empty or not there.",
                )
        return is_left

    def begin(self) -> None:
        """Make the directories."""
        if not self.was_there:
            self._client.mkdir(self.path)
        self._client.mkdir(self.work)

    def remove(self, made: t.Mapping[tuple[bytes, bool], None], pause: float) -> None:
        """What a run has made, last things first, and the directories. What is left then is looked for, and removed too.

        Args:
            made: paths, and whether they are directories.
            pause: seconds after which a look meets no old state.

        Raises:
            as ``sweep``.
        """
        for path, is_directory in reversed(list(made)):
            _remove(self._client, path, is_directory)
        _remove(self._client, self.work, True)
        self._client.sleep(pause)
        self.sweep(pause)

    def sweep(self, pause: float) -> None:
        """Remove all that is in WORK, and the directories. How many entries cannot be is in ``left``.

        Raises:
            NetStorageError: it cannot be looked at.
            Spent: there is no request left.
        """
        for number in range(_SWEEPS + 1):
            directory = self._client.stat(self.work).directory
            entries = [] if directory is None else self._entries(directory)
            self.left = len(entries) + (directory is not None)
            if directory is None or number == _SWEEPS:
                break
            for entry in sorted(entries, key=lambda one: one.key, reverse=True):
                if not entry.implicit:
                    _remove(self._client, join(self.work, entry.name), entry.kind is Kind.DIRECTORY)
            if not directory.implicit:
                _remove(self._client, self.work, True)
            self._client.sleep(pause)
        if not self.left and not self.was_there:
            _remove(self._client, self.path, True)

    def _entries(self, directory: Entry) -> list[Entry]:
        try:
            return list(tree_of(self._client, self.work, directory, ordered=False))
        except NotFound:
            return []


def _remove(client: Client, path: bytes, is_directory: bool) -> None:
    try:
        (client.rmdir if is_directory else client.delete)(path)
    except _TROUBLE:
        pass  # what is still there is seen in the end
