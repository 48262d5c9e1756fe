# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The list of changed paths in the course of a run: in the file of ``changed_paths_file``, and at ``pending_path`` on NetStorage.

What the plan would change is written before the first change, and what has changed at the end. So a run that is killed leaves a
list that is rather too long than too short: a purge of what has not changed does no harm.
"""

from __future__ import annotations

import collections
import contextlib
import os
import typing as t

from .._local.whole_file import refuse_place
from .._model.errors import BadOptions, ListingDisorder, LocalFailed, NetStorageError
from .._model.paths import encoded, shown
from .._plan.outcome import Outcome, changed_keys
from .._plan.steps import Step
from .._review.changed_paths import lines_of, write_lines
from .._tasks.base import Task
from .._tasks.options import Options, SymlinkOptions, SyncOptions
from .._usage_api.client import Client

if t.TYPE_CHECKING:
    from .._review.waiting_lists import PackedList
    from .list_on_service import ListOnService

_OPTION = "changed_paths_file"


class ChangeList:
    """The base class is for a run without the options: it writes nothing.

    A run that ends in an error before its first change leaves an empty file, and not the list of an earlier run.
    """

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        if kind is not None and issubclass(kind, NetStorageError):
            self.write_empty()

    def write_planned(self, client: Client, outcome: Outcome) -> None:
        """Before the first change: what the plan would change. Where NetStorage does not take it, that is the outcome's error."""

    def write_changed(self, client: Client, outcome: Outcome) -> None:
        """At the end: what has changed, or in check mode would change."""

    def write_empty(self) -> None:
        """In place of ``write_changed``, where the run ends in an error without an outcome."""


def change_list(options: Options, task: Task) -> ChangeList:
    """The list of a run.

    Raises:
        BadOptions: no file can be where the option says.
    """
    given: str | None = getattr(options, _OPTION, None)
    if given is None and task.lists is None:
        return ChangeList()
    waiting: ListOnService | None = None
    if task.lists is not None:
        from .list_on_service import ListOnService  # by two modules only, as in flow.py

        waiting = ListOnService(task.lists, task)
    place = None if given is None else _place_of(given, options, task)
    return WrittenList(place, waiting, task, isinstance(options, SymlinkOptions))


def _place_of(given: str, options: Options, task: Task) -> bytes:
    task.config.refuse_key_in(_OPTION, given)
    place = encoded(given)
    refuse_place(_OPTION, place, encoded(options.src) if isinstance(options, SyncOptions) else None)
    for other in ("plan_file", "expect_plan"):
        path: str | None = getattr(options, other, None)
        if path is not None and os.path.abspath(encoded(path)) == os.path.abspath(place):
            raise BadOptions(f"{_OPTION} and {other} are the same file", hint="Write the list to another one.")
    return place


class WrittenList(ChangeList):
    """The list in its file, on NetStorage, or both.

    Where a link is made, flipped or removed, all that differs below it is on the list too, behind the link's own path. That is
    found out before the change, so if the link was changed, the planned list stays.
    """

    def __init__(self, place: bytes | None, waiting: ListOnService | None, task: Task, is_link: bool) -> None:
        self._place, self._waiting = place, waiting
        self._link, self._key = task.path if is_link else None, task.config.key
        self._is_planned = False

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        super().__exit__(kind, *error)
        if self._waiting is not None:
            self._waiting.close()

    def write_planned(self, client: Client, outcome: Outcome) -> None:
        """Raises LocalFailed where the file cannot be written, NetStorageError where a target of the link cannot be listed."""
        waiting = None if outcome.foreseen else self._waiting
        if outcome.error is not None or (self._place is None and waiting is None):
            return
        packed = None if waiting is None else waiting.begin()
        try:
            self._write(self._planned(client, outcome.plan.steps, True), packed)
        except ListingDisorder:
            packed = None if waiting is None else waiting.begin()
            self._write(self._planned(client, outcome.plan.steps, False), packed)
        if waiting is not None:
            waiting.send_planned(client, outcome)
        self._is_planned = outcome.error is None

    def write_changed(self, client: Client, outcome: Outcome) -> None:
        if self._waiting is not None and self._is_planned:
            self._waiting.send_deployed(client, outcome, self._link)
        if self._place is None:
            return
        outcome.extra[_OPTION] = shown(self._place)
        if self._is_planned and (outcome.foreseen or self._is_link_changed(outcome)):
            return
        try:
            self._write(outcome.changed_paths())
        except LocalFailed as error:
            if outcome.error is not None:
                outcome.notes.append(str(error))
            outcome.error = outcome.error or error

    def write_empty(self) -> None:
        """If the run had begun to change anything, the planned list stays."""
        if not self._is_planned and self._place is not None:
            with contextlib.suppress(LocalFailed):
                self._write(())

    def _is_link_changed(self, outcome: Outcome) -> bool:
        return self._link is not None and self._link in outcome.changed_paths()

    def _write(self, paths: t.Iterable[bytes], packed: PackedList | None = None) -> None:
        lines = lines_of(paths, self._key)
        if packed is not None:
            lines = packed.taking(lines)
        if self._place is not None:
            write_lines(self._place, lines)
        else:
            collections.deque(lines, maxlen=0)

    def _planned(self, client: Client, steps: t.Sequence[Step], ordered: bool) -> t.Iterator[bytes]:
        if self._link is None:
            yield from changed_keys(steps)
            return
        from .link_changes import changes_below  # by one module only, as in flow.py

        for step in steps:
            yield from step.changed_keys
            if step.path == self._link and step.changed_keys:
                yield from changes_below(client, step, ordered)
