# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of a plan, each as the requests that it takes."""

from __future__ import annotations

import contextlib
import functools
import typing as t

from .._local.file_content import FileContent
from .._model.entries import Entry, Kind
from .._model.errors import BeforeDiffers, NetStorageError, NotFound
from .._model.paths import shown
from .._plan.steps import Step, StepKind
from .._tasks.base import Task
from .._threads.cancellation import Cancellation
from .._usage_api.client import Client
from .._usage_api.pending import Late
from .quick_delete import QuickDelete
from .replace import Replacement
from .verify import Proof

if t.TYPE_CHECKING:
    from .._tasks.upload_source import UploadSource


_TAKES_AWAY = frozenset({StepKind.UPLOAD, StepKind.SYMLINK, StepKind.REPLACE, StepKind.DELETE})


class StepRunner:
    """Carries out steps, each for itself."""

    parallel = 1
    _does: t.Mapping[StepKind, t.Callable[[Step], None]]

    def attempt(self, step: Step) -> NetStorageError | None:
        """Do the step; a failure is returned, so that the other steps go on."""
        try:
            self._look_again(step)
            self._does[step.kind](step)
        except NetStorageError as error:
            error.path = error.path or step.path
            return error
        return None

    def _look_again(self, step: Step) -> None:
        """Raise where the step must not be done any more."""

    def settle(self, late_changes: t.Sequence[Late]) -> dict[bytes, NetStorageError]:
        """Called when nothing can be carried out late any more; ``late_changes`` are those that could have been. Returns by
        path the errors of steps that were undone."""
        return {}

    def leave(self) -> str:
        """What the run leaves behind because it ends before that, as text; empty where it leaves nothing."""
        return ""


class RemoteSteps(StepRunner):
    """One method for each kind of step."""

    def __init__(
        self, client: Client, task: Task, cancellation: Cancellation, proof: Proof, note: t.Callable[[str], None]
    ) -> None:
        self.client, self.task, self.proof = client, task, proof
        self.source = t.cast("UploadSource", task.source)  # a task without one has no step that asks for it
        self.parallel = task.parallel
        self._replacement = Replacement(client, cancellation, note)
        self._does = {
            StepKind.MKDIR: lambda step: client.mkdir(step.path),
            StepKind.UPLOAD: self._upload,
            StepKind.SYMLINK: self._symlink,
            StepKind.MTIME: lambda step: client.mtime(step.path, step.entry.mtime or 0),
            StepKind.REPLACE: self._replace,
            StepKind.RENAME: self._rename,
            StepKind.DELETE: functools.partial(self._remove, client.delete),
            StepKind.RMDIR: functools.partial(self._remove, client.rmdir),
            StepKind.QUICK_DELETE: QuickDelete(client, task, cancellation, note).quick_delete,
        }

    def settle(self, late_changes: t.Sequence[Late]) -> dict[bytes, NetStorageError]:
        return self._replacement.settle(late_changes)

    def leave(self) -> str:
        return self._replacement.leave()

    def _look_again(self, step: Step) -> None:
        """Under a reviewed plan, what is deleted or replaced must still be what was reviewed. It is no fault if nothing stands
        there, or what the step leads to, because a step is tried again if a late request has undone it."""
        options, before = self.task.review_options, step.before
        if options is None or not options.expects or before is None or step.kind not in _TAKES_AWAY:
            return
        from .._review.step_record import is_still, side_of, told  # by those that expect a plan only, as in flow.py

        present = side_of(self.client.stat(step.path).object)
        allowed = [side for side in (side_of(before), side_of(step.after)) if side is not None]
        if present is not None and not any(is_still(present, side) for side in allowed):
            raise BeforeDiffers(
                f"{shown(step.path)} was reviewed as {told(allowed[0])}, and {told(present)} stands there now",
                path=step.path,
            )

    def _upload(self, step: Step) -> None:
        content = self._content(step)
        self.client.upload(step.path, content, step.entry.mtime, self.source.indexes(step.entry))
        self.proof.expect_file(step, content)

    def _symlink(self, step: Step) -> None:
        target, mtime = step.entry.target or b"", step.entry.mtime
        if step.before is None:
            self.client.symlink(step.path, target, mtime)
        else:
            self._replacement.flip_symlink(step.path, target, mtime, step.before)
        self.proof.expect_link(step)

    def _replace(self, step: Step) -> None:
        if step.entry.kind is Kind.SYMLINK:
            self._symlink(step)
            return
        content = self._content(step)
        old = t.cast(Entry, step.before)
        self._replacement.replace_with_file(step.path, content, step.entry.mtime, old, self.source.indexes(step.entry))
        self.proof.expect_file(step, content)

    def _rename(self, step: Step) -> None:
        source = t.cast(bytes, step.source)
        if step.before is None:
            self.client.rename(source, step.path, step.entry)
        else:
            self._replacement.replace_with_renamed(source, step.path, step.entry, step.before)

    def _content(self, step: Step) -> FileContent:
        late = self.client.takes_digests_at_end and not self.source.indexes(step.entry)
        return self.source.content(step, self.proof.asked, late)

    def _remove(self, remove: t.Callable[[bytes], None], step: Step) -> None:
        veto = self.task.veto_delete(self.client, step)
        if veto is not None:
            raise veto
        with contextlib.suppress(NotFound):
            remove(step.path)
