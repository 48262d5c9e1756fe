# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""quick-delete: the service deletes a directory as a whole, asynchronously and without reporting completion."""

from __future__ import annotations

import typing as t

from .._model.errors import AuthRefused, NetStorageError, NotFound, QuickDeleteOff, StillDeleting, Stopped
from .._model.paths import shown
from .._plan.steps import Step
from .._tasks.base import Task
from .._threads.cancellation import Cancellation
from .._threads.waiting import looks
from .._usage_api.client import Client

_LONGEST_PAUSE = 15.0  # seconds


class QuickDelete:
    """Sends the request, and polls until the directory is gone or ``quick_delete_wait`` seconds are over."""

    def __init__(self, client: Client, task: Task, cancellation: Cancellation, note: t.Callable[[str], None]) -> None:
        self._client, self._cancellation, self._note = client, cancellation, note
        self._wait = task.quick_delete_wait

    def quick_delete(self, step: Step) -> None:
        try:
            self._client.quick_delete(step.path)
        except (AuthRefused, NotFound) as error:
            if self._is_gone(step.path):
                return  # whatever the response was: the directory is gone
            if isinstance(error, NotFound):
                raise
            off = QuickDeleteOff(error.message, path=step.path, action=error.action, status=error.status)
            raise off from error
        if self._wait > 0:
            self._until_it_is_gone(step.path)
        else:
            what = f"The deletion of {shown(step.path)} continues asynchronously"
            self._note(f"{what}; completion was not checked (quick_delete_wait: 0).")

    def _until_it_is_gone(self, path: bytes) -> None:
        why = f"after {self._wait:g} seconds it is still there"
        for _look in looks(self._cancellation, self._wait, _LONGEST_PAUSE):
            try:
                if self._is_gone(path):
                    return
            except Stopped as stopped:
                raise _still_deleting(path, f"its completion was not awaited: {stopped.message}") from stopped
            except NetStorageError as error:
                why = f"whether it is gone is not known: {error.brief}"  # checked again
        raise _still_deleting(path, why)

    def _is_gone(self, path: bytes) -> bool:
        return self._client.stat(path).directory is None


def _still_deleting(path: bytes, why: str) -> StillDeleting:
    error = StillDeleting(f"The quick-delete of {shown(path)} was accepted, and {why}", path=path, action="quick-delete")
    error.has_changed = True
    return error
