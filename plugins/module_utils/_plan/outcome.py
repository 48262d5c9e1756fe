# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The outcome of a run, from which the result is made; the same shape for all modules."""

from __future__ import annotations

import dataclasses
import itertools
import typing as t

from .._model.entries import Entry
from .._model.errors import NetStorageError
from .._model.paths import shown
from .facts import facts_of
from .guards import COUNTED
from .render import explained
from .steps import Plan, Step

LISTED = 1000
LISTED_ON_FAILURE = 20  # Ansible prints the whole result of a task that failed


class Failed(t.NamedTuple):
    """A step that failed, with its error."""

    step: Step
    error: NetStorageError


@dataclasses.dataclass
class Outcome:
    """What happened, or in check mode what would happen.

    diff        the value for ``diff``; empty unless diff was asked for
    entry       the one entry of a plan with one wanted entry, as it stands afterwards
    done        steps carried out, empty in check mode
    left        steps that were not started because something before failed
    error       why the run failed, None where it did not
    foreseen    nothing was carried out: the plan is what would happen
    digest      of the plan, where a document of it is written or expected
    """

    plan: Plan
    api_calls: dict[str, int]
    diff: list[dict[str, str]] = dataclasses.field(default_factory=list)
    notes: list[str] = dataclasses.field(default_factory=list)
    path: bytes | None = None
    entry: Entry | None = None
    extra: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    done: list[Step] = dataclasses.field(default_factory=list)
    failed: list[Failed] = dataclasses.field(default_factory=list)
    left: list[Step] = dataclasses.field(default_factory=list)
    error: NetStorageError | None = None
    foreseen: bool = False
    digest: str = ""

    @property
    def changed(self) -> bool:
        if self.error is not None and not self._is_forecast:
            return next(self._carried_out(), None) is not None
        return bool(self.plan)

    def changed_paths(self) -> t.Iterator[bytes]:
        """Files and symlinks whose bytes or target changed, that appeared or that vanished, in the order of execution. A
        directory that went as a whole is there with its slash."""
        return changed_keys(self.plan.steps if self._is_forecast else self._carried_out())

    def perhaps_changed_paths(self) -> t.Iterator[bytes]:
        """As well those of steps that failed: a request whose response was lost may have been carried out, or may yet be."""
        return changed_keys([*self.done, *(failed.step for failed in self.failed)])

    @property
    def _is_forecast(self) -> bool:
        """Whether the plan is a forecast (check mode), and no guard refused it."""
        return self.foreseen and not self.left

    def _carried_out(self) -> t.Iterator[Step]:
        """Also steps that failed and left a change behind: half of a replacement, or an object that could not be verified."""
        yield from self.done
        yield from (failed.step for failed in self.failed if failed.error.has_changed)


def changed_keys(steps: t.Iterable[Step]) -> t.Iterator[bytes]:
    """What visitors see changed by these steps, in their order."""
    return (key for step in steps for key in step.changed_keys)


def result(outcome: Outcome) -> dict[str, t.Any]:
    """The result of a module, in plain values. ``truncated`` says that a list had more entries than are returned: at most 1,000,
    and 20 in a failure, with complete ``counts``."""
    changed_paths = list(itertools.islice(outcome.changed_paths(), LISTED + 1))
    values: dict[str, t.Any] = {
        "changed": outcome.changed,
        "plan": described(outcome.plan) if outcome.error is None else _described_failure(outcome.plan, outcome.error),
        "changed_paths": [shown(path) for path in changed_paths[:LISTED]],
        "api_calls": outcome.api_calls,
    }
    if outcome.digest:
        values["plan"]["digest"] = outcome.digest
    if outcome.diff:
        values["diff"] = outcome.diff
    if outcome.notes:
        values["notes"] = outcome.notes[:LISTED]
    if outcome.path is not None:
        values["path"] = shown(outcome.path)
    if outcome.entry is not None:
        values.update(facts_of(outcome.entry))
    values.update(outcome.extra)
    is_truncated = len(changed_paths) > LISTED
    if outcome.error is not None:
        ended: dict[str, t.Sequence[object]] = {"done": outcome.done, "failed_paths": outcome.failed, "left": outcome.left}
        values["done"] = [shown(step.key) for step in outcome.done[:LISTED_ON_FAILURE]]
        values["failed_paths"] = [failure_of(failed) for failed in outcome.failed[:LISTED_ON_FAILURE]]
        values["left"] = [shown(step.key) for step in outcome.left[:LISTED_ON_FAILURE]]
        values["counts"] = {name: len(steps) for name, steps in ended.items()}
        is_truncated = is_truncated or max(values["counts"].values()) > LISTED_ON_FAILURE
    values["truncated"] = is_truncated
    return values


def described(plan: Plan, steps: t.Sequence[Step] | None = None, most: int = LISTED) -> dict[str, t.Any]:
    """The value of ``plan``: complete counts, and at most ``most`` of the steps, or of ``steps`` instead."""
    told = plan.steps if steps is None else steps
    return {
        "summary": plan.summary(),
        "steps": [_described_step(step) for step in told[:most]],
        "truncated": len(plan.steps) + plan.others.objects > min(most, len(told)),
    }


def _described_failure(plan: Plan, error: NetStorageError) -> dict[str, t.Any]:
    """The first steps; for a plan that exceeds a limit, the steps that this limit counts."""
    about = COUNTED.get(error.code)
    return described(plan, None if about is None else [step for step in plan.steps if about(step)], LISTED_ON_FAILURE)


def _described_step(step: Step) -> dict[str, t.Any]:
    values: dict[str, t.Any] = {
        "sign": step.sign,
        "step": step.kind.value,
        "path": shown(step.key),
        "why": step.why.value,
        "detail": explained(step),
        "phase": step.phase.name.lower(),
    }
    if step.size:
        values["size"] = step.size
    if step.source is not None:
        values["source"] = shown(step.source)
    if step.whole is not None:
        values.update(objects=step.whole.objects, bytes=step.whole.bytes)
    if step.after is not None and step.after.target is not None:
        values["target"] = shown(step.after.target)
    if step.before is not None and step.before.target is not None:
        values["previous_target"] = shown(step.before.target)
    return values


def failure_of(failed: Failed) -> dict[str, t.Any]:
    """A step that failed, as ``failed_paths`` of a result has it."""
    return {
        "path": shown(failed.step.key),
        "step": failed.step.kind.value,
        "status": failed.error.status,
        "why": failed.error.brief,
    }
