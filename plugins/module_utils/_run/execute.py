# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# This room is private to edgeops.netstorage: nothing here is a promise to other collections.

"""Carrying out a plan: wave after wave, the steps of a wave side by side.

A failing step does not stop its siblings. No later wave starts after a failure, so deletes never run after one.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import typing as t

from .._model.entries import Kind
from .._model.errors import NetStorageError, NotFound, SourceChanged
from .._model.paths import shown
from .._plan.outcome import Failed
from .._plan.steps import Plan, Step, StepKind
from .._usage_api.client import Client
from .replacing import flip_symlink, replace_with_file
from .task import Task


@dataclasses.dataclass
class Carried:
    """What became of the steps: every step of the plan is in exactly one of the lists."""

    done: list[Step] = dataclasses.field(default_factory=list)
    failed: list[Failed] = dataclasses.field(default_factory=list)
    left: list[Step] = dataclasses.field(default_factory=list)
    notes: list[str] = dataclasses.field(default_factory=list)


def execute(client: Client, task: Task, plan: Plan) -> Carried:
    """Carry out the plan with up to ``task.parallel`` requests at a time."""
    carried = Carried()
    hands = _Hands(client, task, carried.notes.append)
    with concurrent.futures.ThreadPoolExecutor(task.parallel) as pool:
        for _phase, wave in plan.waves():
            if carried.failed:
                carried.left.extend(wave)
                continue
            tries = map(hands.attempt, wave) if task.parallel == 1 or len(wave) == 1 else pool.map(hands.attempt, wave)
            for step, error in zip(wave, tries):
                if error is None:
                    carried.done.append(step)
                else:
                    carried.failed.append(Failed(step, error))
    return carried


class _Hands:
    """One method for each kind of step."""

    def __init__(self, client: Client, task: Task, note: t.Callable[[str], None]) -> None:
        self.client, self.task, self.note = client, task, note
        self._does: dict[StepKind, t.Callable[[Step], None]] = {
            StepKind.MKDIR: self._mkdir,
            StepKind.UPLOAD: self._upload,
            StepKind.SYMLINK: self._symlink,
            StepKind.MTIME: self._mtime,
            StepKind.REPLACE: self._replace,
            StepKind.DELETE: self._delete,
            StepKind.RMDIR: self._rmdir,
        }

    def attempt(self, step: Step) -> NetStorageError | None:
        """Do the step; a failure is handed back, so that siblings go on."""
        try:
            self._does[step.kind](step)
        except NetStorageError as error:
            return error
        return None

    def _mkdir(self, step: Step) -> None:
        self.client.mkdir(step.path)

    def _upload(self, step: Step) -> None:
        self.client.upload(step.path, self.task.content(step), step.entry.mtime)

    def _symlink(self, step: Step) -> None:
        target, mtime = step.entry.target or b"", step.entry.mtime
        if step.before is None:
            self.client.symlink(step.path, target, mtime)
        else:
            flip_symlink(self.client, step.path, target, mtime, self.note)

    def _mtime(self, step: Step) -> None:
        self.client.mtime(step.path, step.entry.mtime or 0)

    def _replace(self, step: Step) -> None:
        if step.entry.kind is Kind.SYMLINK:
            self._symlink(step)
        else:
            replace_with_file(self.client, step.path, self.task.content(step), step.entry.mtime, self.note)

    def _delete(self, step: Step) -> None:
        self._not_wanted_now(step)
        try:
            self.client.delete(step.path)
        except NotFound:
            return

    def _rmdir(self, step: Step) -> None:
        self._not_wanted_now(step)
        try:
            self.client.rmdir(step.path)
        except NotFound:
            return

    def _not_wanted_now(self, step: Step) -> None:
        if self.task.is_wanted_after_all(step.entry):
            raise SourceChanged(
                f"{shown(step.path)} was to be deleted, and has appeared in the source since",
                path=step.path,
                hint="Nothing was deleted there. Run the task again.",
            )
