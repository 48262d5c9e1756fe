# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stacks of what the march has just passed and may still need: names that ``name/`` may follow, and directories to delete.

The march walks in key order, so neither stack becomes deeper than a path.
"""

from __future__ import annotations

import typing as t

from .._model.entries import Entry, Kind


class Passed:
    """The name of a file or link that was just passed; ``name/`` and what is below it may still come.

    link    what becomes of a symlink there: "stays", "goes" (it is extraneous and deleted first), or "" for none
    fresh   a link is wanted there and there is none yet
    """

    __slots__ = ("below", "fresh", "have", "limit", "link", "wanted")

    def __init__(self, name: bytes, wanted: Entry | None, have: Entry | None, link: str, fresh: bool) -> None:
        self.limit, self.below = name + b"0", name + b"/"
        self.wanted, self.have, self.link, self.fresh = wanted, have, link, fresh


class Ancestors:
    """The names that were passed and can still matter for the next ones."""

    def __init__(self) -> None:
        self.around: list[Passed] = []
        self._last: tuple[bytes, Entry | None, Entry | None, str, bool] | None = None

    def move_to(self, key: bytes) -> None:
        """Forget what is irrelevant for this key and all later ones."""
        last = self._last
        if last is not None:
            self._last = None
            if key < last[0] + b"0":  # seldom true, and an object for each file of a large tree would be expensive
                self.around.append(Passed(*last))
        while self.around and key >= self.around[-1].limit:
            self.around.pop()

    def went_by(self, name: bytes, wanted: Entry | None, have: Entry | None, link: str, fresh: bool = False) -> None:
        """A file or link, wanted or present or both. ``move_to`` its key came before."""
        self._last = (name, wanted, have, link, fresh)

    def twins(self, name: bytes) -> t.Iterable[Passed]:
        """The file or link of a directory's own name."""
        return [passed for passed in self.around if passed.below == name + b"/"] if self.around else ()

    def over(self, key: bytes) -> t.Iterable[Passed]:
        """Files and links whose name this key lies below."""
        return [passed for passed in self.around if key.startswith(passed.below)] if self.around else ()

    def links_over(self, key: bytes) -> int:
        """How many links that will be deleted are above this key."""
        return sum(over.link == "goes" for over in self.over(key))


class Leaving:
    """Extraneous directories that the march is in; anything in them that stays vetoes their rmdir."""

    def __init__(self) -> None:
        self.frames: list[tuple[Entry, bytes]] = []
        self._vetoed = 0  # that many frames from the outermost on stay

    def enter(self, directory: Entry) -> None:
        self.frames.append((directory, directory.key))

    def veto(self) -> None:
        """Something stays here: all directories around it stay as well."""
        self._vetoed = len(self.frames)

    def left_behind(self, key: bytes | None) -> t.Iterator[Entry]:
        """The directories that this key (None: the end) is no longer below and that nothing vetoed, innermost first."""
        while self.frames and (key is None or not key.startswith(self.frames[-1][1])):
            directory, _key = self.frames.pop()
            if len(self.frames) < self._vetoed:
                self._vetoed = len(self.frames)
            elif not directory.implicit:
                yield directory


def is_link(entry: Entry | None) -> bool:
    return entry is not None and entry.kind is Kind.SYMLINK
