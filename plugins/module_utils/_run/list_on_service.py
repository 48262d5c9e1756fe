# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The list of changed paths on NetStorage, where it waits for a purge by whichever machine comes next (``pending_path``).

Each run has objects of its own, which are never changed: *planned* before its first change, *deployed* at its end. The planned
one goes when the deployed one is there, so at no time is there less than what has changed.
"""

from __future__ import annotations

import contextlib
import typing as t

from .._model.entries import Kind
from .._model.errors import LinkInTheWay, NetStorageError, NotADirectory, NotFound
from .._model.paths import ancestry, join, shown
from .._plan.outcome import Outcome
from .._review.changed_paths import lines_of
from .._review.waiting_lists import DEPLOYED, PLANNED, PackedList, run_name
from .._tasks.base import Task
from .._tasks.remote_tree import look_at
from .._usage_api.client import Client

_OPTION = "pending_path"


class ListOnService:
    """The list of one run.

    Args:
        folder: where lists wait, an absolute path.
        task: its ancestors have been looked at.

    Raises:
        BadOptions: the key is in the path.
    """

    def __init__(self, folder: bytes, task: Task) -> None:
        task.config.refuse_key_in(_OPTION, shown(folder))
        self._folder, self._key = folder, task.config.key
        self._looked_at = ancestry(task.path)
        self._path = join(folder, run_name())
        self._packed: PackedList | None = None
        self._is_sent = False

    def begin(self) -> PackedList:
        """What takes the lines of the planned list."""
        self.close()
        self._packed = PackedList()
        return self._packed

    def send_planned(self, client: Client, outcome: Outcome) -> None:
        """Nothing is sent where there is nothing to purge. Where it is not taken, nothing of the plan may be carried out."""
        packed = t.cast(PackedList, self._packed)
        packed.finish()
        if not packed.lines:
            return
        try:
            self._check_folder(client)
            client.upload(self._path + PLANNED, packed, None)
        except NetStorageError as error:
            error.hint = f"The list of what is to be purged ({_OPTION}) was not stored, so nothing was changed. {error.hint}"
            outcome.error, outcome.left = error, list(outcome.plan.steps)
        else:
            self._is_sent = True

    def send_deployed(self, client: Client, outcome: Outcome, link: bytes | None) -> None:
        """It takes the place of the planned list. Where that fails, the planned one stays, and is purged in its place.

        Args:
            link: what the task is about, where all that is listed lies below it or is the link itself.
        """
        if not self._is_sent:
            return
        outcome.extra["pending_list"] = shown(self._path + PLANNED)
        try:
            if self._has_lines(outcome, link):
                client.upload(self._path + DEPLOYED, t.cast(PackedList, self._packed), None)
                outcome.extra["pending_list"] = shown(self._path + DEPLOYED)
            else:
                del outcome.extra["pending_list"]
        except NetStorageError as error:
            stays = f"{shown(self._path + PLANNED)} has what was to be changed, and is purged in its place."
            error.hint = f"The steps before it are done. {stays} {error.hint}"
            if outcome.error is not None:
                outcome.notes.append(str(error))
            outcome.error = outcome.error or error
            return
        self._remove_planned(client, outcome)

    def close(self) -> None:
        if self._packed is not None:
            self._packed.close()

    def _has_lines(self, outcome: Outcome, link: bytes | None) -> bool:
        """Whether there is anything to purge; it is packed then. The planned list serves where it is the same."""
        if link is not None:
            return link in outcome.perhaps_changed_paths()
        if outcome.failed or outcome.left:
            packed = self.begin()
            for _line in packed.taking(lines_of(outcome.perhaps_changed_paths(), self._key)):
                pass
            packed.finish()
        return bool(t.cast(PackedList, self._packed).lines)

    def _remove_planned(self, client: Client, outcome: Outcome) -> None:
        try:
            with contextlib.suppress(NotFound):
                client.delete(self._path + PLANNED)
        except NetStorageError as error:
            outcome.notes.append(f"{error} What is in it is purged for a day, which does no harm; remove it.")

    def _check_folder(self, client: Client) -> None:
        """Nothing is written through a symlink."""
        places = [place for place in ancestry(self._folder) if place not in self._looked_at]
        for place, found in look_at(client, [], places).items() if places else ():
            if found is None or found.object is None:
                continue
            if found.object.kind is Kind.SYMLINK:
                hint = f"Set {_OPTION} to a directory that no link leads to."
                raise LinkInTheWay(f"{_OPTION}: {shown(place)} is a symlink", path=place, hint=hint)
            if found.directory is None:
                hint = f"Set {_OPTION} to another name; it is a directory."
                raise NotADirectory(f"{_OPTION}: a file stands at {shown(place)}", path=place, hint=hint)
