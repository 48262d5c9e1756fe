# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wanted entries that are renamed from elsewhere on the service: the steps at their old place.

A file or symlink is renamed by the service. A directory cannot be: it is made at the new place, and removed at the old one
when everything in it has gone, which is why a run that was killed leaves a tree from which the next run goes on.
"""

from __future__ import annotations

import typing as t

from .._model.entries import Entry, Kind, is_same
from .._model.paths import basename, join, parent
from .ancestors import Leaving
from .policy import Move
from .schedule import wave_of_delete
from .steps import Phase, Step, StepKind, Why


class Moving:
    """Gets the wanted entries in key order, directories by ``enter``."""

    def __init__(self, base: bytes, move: Move) -> None:
        self._base, self._move = base, move
        self._old_base, self._old_name = parent(move.source), basename(move.source)
        self._leaving = Leaving()

    def enter(self, directory: Entry) -> None:
        self._leaving.enter(directory)

    def step(self, want: Entry, have: Entry | None, keep: bool) -> Step | None:
        """The step that moves a file or link to its place. None where another is there and kept: then it stays where it is.

        If the same is there already, only the old one is deleted.
        """
        if have is not None and is_same(want, have):
            old = self._at_the_old_place(want)
            return Step(StepKind.DELETE, self._old_base, old, None, Why.ARRIVED, Phase.DELETES, wave_of_delete(old))
        if have is not None and keep:
            self._leaving.veto()
            return None
        links = want.kind is Kind.SYMLINK or (have is not None and have.kind is Kind.SYMLINK)
        phase = Phase.LINKS if links else Phase.ASSETS
        source = join(self._old_base, self._at_the_old_place(want).name)
        return Step(StepKind.RENAME, self._base, have, want, _why(want, have), phase, source=source)

    def emptied(self, key: bytes | None) -> t.Iterator[Step]:
        """Removes the old directories that this key (None: the end) is no longer below and in which nothing stays."""
        for directory in self._leaving.left_behind(key):
            old = self._at_the_old_place(directory)
            yield Step(StepKind.RMDIR, self._old_base, old, None, Why.EMPTIED, Phase.DELETES, wave_of_delete(old))

    def _at_the_old_place(self, entry: Entry) -> Entry:
        return entry._replace(name=self._old_name + entry.name[len(self._move.name) :])


def _why(want: Entry, have: Entry | None) -> Why:
    if have is None:
        return Why.ABSENT
    if want.kind is not have.kind:
        return Why.TYPE
    if want.kind is Kind.SYMLINK:
        return Why.TARGET
    return Why.SIZE if want.size != have.size else Why.CONTENT
