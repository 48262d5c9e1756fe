# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The flow of all modules with a plan: want and have, march, plan, guards; then the plan is shown or carried out."""

from __future__ import annotations

import functools
import typing as t

from .._execute.executor import Review, execute
from .._execute.progress import Progress, Stage
from .._execute.verify import Proof
from .._model.errors import GuardTripped, ListingDisorder, LocalUnknown, NetStorageError, PartlyDone, Stopped
from .._model.paths import shown
from .._plan.guards import guard_plan
from .._plan.outcome import Outcome
from .._plan.planner import Planner
from .._plan.render import diffs
from .._plan.steps import Plan
from .._tasks.base import Comparison, Task
from .._tasks.options import (
    DirectoryOptions,
    FileOptions,
    Options,
    PruneOptions,
    RenameOptions,
    SymlinkOptions,
    SyncOptions,
)
from .._threads.cancellation import Cancellation
from .._threads.waiting import looks
from .._usage_api.client import Client
from .change_list import change_list
from .diff_contents import texts_of
from .division import Division, division_of
from .hashing import Digests
from .plan_review import PlanReview, plan_review

_SEEN_BY = "one replica, perhaps another one for each page of a listing and each download"
_AGAIN = "Run the task again: it does only what is left."
_LONGEST_PAUSE = 8.0  # seconds


def run(
    options: Options, check: bool, diff: bool, cancellation: Cancellation | None = None, progress: Progress | None = None
) -> Outcome:
    """Compare, plan, guard; carry the plan out unless ``check``. The outcome of both is made from the same plan.

    cancellation  ends the run: no further request is sent, and the outcome says what is done and left
    progress      is told how far the run has come

    Raises NetStorageError where there is no plan. What fails later, the guards first of all, is in the outcome beside the
    plan (``error``, ``failed``, ``left``).
    """
    task = _task(options)
    cancellation, progress = cancellation or Cancellation(), progress or Progress()
    changes = change_list(options, task)
    client_of = functools.partial(Client, cancellation=cancellation, moved=progress.moved, paused=progress.paused)
    with changes, plan_review(task, cancellation, progress) as reviewing, client_of(task.config) as client:
        division = division_of(task, check)
        review = functools.partial(_reviewed, _Looking(client, cancellation, progress, reviewing, division), diff)
        comparison, outcome = review(task)
        doubts = task.doubts(client) if outcome.error is None else []
        if outcome.foreseen:
            outcome.notes.extend(str(doubt) for doubt in doubts)
        elif doubts:
            raise doubts[0]
        reviewing.write(client, outcome, diff)
        changes.write_planned(client, outcome)
        if outcome.error is None and not outcome.foreseen:
            outcome = _applied(client, task, comparison, outcome, cancellation, progress, review)
        _tell_unknown(outcome)
        changes.write_changed(client, outcome)
        outcome.notes.extend(client.notes)
        outcome.api_calls = client.api_calls  # a copy, so taken after the last request
        comparison.report(outcome)
        reviewing.end(outcome)
        division.report(outcome)
        return outcome


def _task(options: Options) -> Task:
    """Imports only the task that is needed: Python compiles the package anew each time an Ansible module runs."""
    if isinstance(options, FileOptions):
        from .._tasks.file import FileTask

        return FileTask(options)
    if isinstance(options, DirectoryOptions):
        from .._tasks.directory import DirectoryTask

        return DirectoryTask(options)
    if isinstance(options, SymlinkOptions):
        from .._tasks.symlink import SymlinkTask

        return SymlinkTask(options)
    if isinstance(options, SyncOptions):
        from .._tasks.sync import SyncTask

        return SyncTask(options)
    if isinstance(options, RenameOptions):
        from .._tasks.rename import RenameTask

        return RenameTask(options)
    if isinstance(options, PruneOptions):
        from .._tasks.prune import PruneTask

        return PruneTask(options)
    from .._tasks.fetch import FetchTask

    return FetchTask(options)


class _Looking(t.NamedTuple):
    """What it takes to look at the service and to make a plan."""

    client: Client
    cancellation: Cancellation
    progress: Progress
    reviewing: PlanReview
    division: Division


def _reviewed(looking: _Looking, diff: bool, task: Task) -> tuple[Comparison, Outcome]:
    client, reviewing, division = looking.client, looking.reviewing, looking.division
    comparison, whole, plan = _planned(looking, task)
    looking.progress.begin(Stage.GUARDING)
    outcome = Outcome(plan, {}, notes=list(plan.notes), path=task.path, foreseen=division.foreseen)
    reviewing.compare(comparison, outcome, division.concerns)
    if outcome.error is None:
        _guard(comparison, outcome, whole, division)
        if outcome.error is not None and whole is not plan:
            outcome.plan = reviewing.pinned(whole)
    if diff and outcome.error is None:
        outcome.diff = diffs(plan, texts_of(client, task, comparison.sink, plan), task.diff_limit.lines)
    return comparison, outcome


def _planned(looking: _Looking, task: Task) -> tuple[Comparison, Plan, Plan]:
    """The plan as a whole, and what of it this run carries out."""
    division, cancellation = looking.division, looking.cancellation
    looking.progress.begin(Stage.LOOKING)
    try:
        for _look in looks(cancellation, division.patience, _LONGEST_PAUSE):
            comparison = task.look(looking.client)
            whole = _plan(looking, task, comparison)
            if not division.waits_for(whole):
                break
            why = cancellation.reason()
            if why:
                raise Stopped(why)
        plan = looking.reviewing.pinned(division.part(whole))
        return comparison, whole, plan
    except Stopped as error:
        message = f"Stopped while the plan was made: {error.message}. Nothing was changed"
        raise Stopped(message, path=task.path, hint="Run the task again.") from error


def _plan(looking: _Looking, task: Task, comparison: Comparison) -> Plan:
    try:
        return _drafted(looking, task, comparison, True)
    except ListingDisorder:
        return _drafted(looking, task, comparison, False)


def _drafted(looking: _Looking, task: Task, comparison: Comparison, ordered: bool) -> Plan:
    division, progress = looking.division, looking.progress
    planner = Planner(comparison.base, comparison.policy, division.schedule())
    progress.compare(planner.compared)
    for ancestor, found in comparison.ancestors:
        planner.ancestor(ancestor, found)
    with Digests(planner, comparison.digest, looking.cancellation, task.parallel, progress.add) as digests:
        for want, present in division.watched(looking.reviewing.watched(comparison, comparison.pairs(ordered))):
            question = planner.consider(want, present)
            if question is not None and division.judges(question.want):
                digests.ask(question)
    return division.counted(planner.finish())


def _guard(comparison: Comparison, outcome: Outcome, whole: Plan, division: Division) -> None:
    """A refused plan is still shown: the author of the task has to see what it would have done."""
    try:
        division.guard(whole)
        guard_plan(whole, comparison.policy, comparison.rules)
        comparison.guard(outcome.plan)
    except GuardTripped as refusal:
        outcome.error, outcome.left = refusal, list(whole.steps)
    outcome.notes.extend(division.notes)


def _applied(
    client: Client,
    task: Task,
    comparison: Comparison,
    outcome: Outcome,
    cancellation: Cancellation,
    progress: Progress,
    review: Review,
) -> Outcome:
    carried = execute(client, task, outcome.plan, cancellation, review, comparison.sink, progress)
    outcome = carried.instead or outcome
    outcome.done, outcome.failed, outcome.left = carried.done, carried.failed, carried.left
    outcome.notes.extend(carried.notes)
    if carried.proof is not None:
        outcome.extra["verified"] = _verified(carried.proof, task.verify)
    if carried.failed and len(outcome.plan.steps) == 1:
        outcome.error = carried.failed[0].error
    elif carried.failed:
        outcome.error = _partly_done(outcome, carried.lost)
    elif carried.lost:
        outcome.error = Stopped(
            f"Stopped: {carried.lost}. {len(carried.done)} of {len(outcome.plan.steps)} steps are done, "
            f"{len(carried.left)} were not started",
            path=task.path,
            hint=_AGAIN,
        )
    return outcome


def _verified(proof: Proof, by: str) -> dict[str, str | int]:
    return {"by": by, "files": proof.files, "links": proof.links, "by_size": proof.by_size, "seen_by": _SEEN_BY}


def _partly_done(outcome: Outcome, lost: str) -> NetStorageError:
    first = outcome.failed[0]
    return PartlyDone(
        f"{len(outcome.failed)} of {len(outcome.plan.steps)} steps failed, {len(outcome.done)} are done, "
        f"{len(outcome.left)} were not started. First: {first.error.brief}" + (f" Given up: {lost}." if lost else ""),
        path=first.step.path,
        action=first.error.action,
        status=first.error.status,
        hint=_AGAIN,
    )


def _tell_unknown(outcome: Outcome) -> None:
    """Unknown parts of the source fail the run. If it has failed already, they are reported besides."""
    unknown = _unknown(outcome.plan)
    if unknown is not None and outcome.error is not None:
        outcome.notes.append(str(unknown))
    outcome.error = outcome.error or unknown


def _unknown(plan: Plan) -> NetStorageError | None:
    if not plan.unknown:
        return None
    named = "; ".join(f"{shown(name)}: {why}" for name, why in plan.unknown[:5])
    return LocalUnknown(
        f"{len(plan.unknown)} parts of the source are unknown ({named})",
        path=plan.base,
        hint="What stands there on the service was left alone, and nothing was deleted. Make them readable or exclude them.",
    )
