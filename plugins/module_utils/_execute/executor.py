# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carries out a plan: wave after wave, the steps of a wave concurrently.

A failing step does not stop its siblings (``on_error: stop`` does). No later wave starts after a failure, so deletes never
run after one. The plan decides which waves may overlap (``Plan.stages``).

Only the attempt shows whether quick-delete is enabled. If it is refused, nothing has changed, and a second plan, which deletes
object by object, is carried out instead.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._model.errors import QuickDeleteOff, Stopped
from .._plan.outcome import Failed, Outcome
from .._plan.steps import Phase, Plan, Step
from .._tasks.base import Comparison, Task
from .._threads.cancellation import Cancellation
from .._threads.waiting import until_done
from .._threads.worker_pool import WorkerPool
from .._usage_api.client import Client
from .progress import Progress, Stage
from .remote_steps import RemoteSteps, StepRunner
from .settle import undone_steps
from .verify import Proof
from .work_queue import WorkQueue

if t.TYPE_CHECKING:
    from .._tasks.download_sink import DownloadSink

_FEWER = (
    "The system did not start {} threads ({}), so less was sent at a time. Set parallel lower, or raise the limit of processes "
    "(pids of a container, nproc of a user) where the module runs."
)
_LISTED = "quick-delete is not enabled (403), so the directory was listed and deleted object by object"
_SETTLINGS = 3  # the responses to the requests that repair late changes may be lost as well


@dataclasses.dataclass
class Carried:
    """What became of the steps: every step of the plan is in exactly one of the lists.

    lost   why the run was given up: it was cancelled, or the service no longer responded
    proof  what was verified of the objects that were sent
    instead  the other plan that was carried out, or that a guard refused
    """

    done: list[Step] = dataclasses.field(default_factory=list)
    failed: list[Failed] = dataclasses.field(default_factory=list)
    left: list[Step] = dataclasses.field(default_factory=list)
    notes: list[str] = dataclasses.field(default_factory=list)
    lost: str = ""
    proof: Proof | None = None
    instead: Outcome | None = None


Review = t.Callable[[Task], tuple[Comparison, Outcome]]


def execute(
    client: Client,
    task: Task,
    plan: Plan,
    cancellation: Cancellation,
    review: Review,
    sink: DownloadSink | None = None,
    progress: Progress | None = None,
) -> Carried:
    """Carry out the plan with up to ``task.parallel`` requests at a time, and verify what was sent.

    Args:
        review: makes the plan of another task, with its guards.
        sink: the local directory that is changed, if files are fetched.
        progress: is told how far it has come.
    """
    progress = progress or Progress()
    carried = _carry_out(client, task, plan, cancellation, sink, progress)
    if task.listed is None or not any(isinstance(failed.error, QuickDeleteOff) for failed in carried.failed):
        return carried
    _comparison, listed = review(task.listed)
    carried = Carried(left=listed.left)
    if listed.error is None:
        carried = _carry_out(client, task.listed, listed.plan, cancellation, None, progress)
    carried.notes.append(_LISTED)
    carried.instead = listed
    return carried


def _carry_out(
    client: Client, task: Task, plan: Plan, cancellation: Cancellation, sink: DownloadSink | None, progress: Progress
) -> Carried:
    carried = Carried()
    progress.plan(plan)
    proof = Proof(client, task, plan.base, cancellation, progress)
    runner: StepRunner
    if sink is not None:
        from .local_steps import LocalSteps  # by those that bring something only, as in flow.py

        runner = LocalSteps(client, task, sink, cancellation)
    else:
        runner = RemoteSteps(client, task, cancellation, proof, carried.notes.append)
    with WorkerPool(task.parallel, cancellation) as pool:
        for phase, steps in plan.stages():
            if phase >= Phase.DELETES and not carried.failed:
                _prove(client, cancellation, runner, proof, carried, progress)
            if carried.failed or carried.lost or cancellation.check_parents():
                carried.left.extend(steps)
                carried.lost = carried.lost or cancellation.reason() or ""
                continue
            progress.enter(phase)
            _run(pool, WorkQueue(client, task, cancellation, steps, progress.step_ended), runner, carried)
    if pool.shortage:
        carried.notes.append(_FEWER.format(task.parallel, pool.shortage))
    if not carried.failed and not carried.lost:
        _prove(client, cancellation, runner, proof, carried, progress)
    _settle(client, cancellation, runner, carried, progress)
    unsettled = [note for note in (client.pending.told(), runner.leave()) if note]
    if unsettled:
        carried.lost = carried.lost or cancellation.reason() or ""
    carried.notes.extend([*unsettled, *proof.notes()])
    carried.proof = proof if proof.asked else None
    if proof.unfinished:
        carried.lost = f"{cancellation.reason()}; not all that was sent is verified"
    return carried


def _run(pool: WorkerPool, queue: WorkQueue, runner: StepRunner, carried: Carried) -> None:
    """Each thread takes the next step when it has finished one."""
    size = min(runner.parallel, len(queue.steps))
    if size == 1:
        queue.work(runner.attempt)
    else:
        at_work = [pool.submit(queue.work, runner.attempt) for _thread in range(size)]
        until_done(at_work)
        for future in at_work:
            future.result()
    carried.done.extend(queue.done)
    carried.failed.extend(queue.failed)
    carried.left.extend(queue.left())
    carried.lost = queue.lost


def _prove(
    client: Client, cancellation: Cancellation, runner: StepRunner, proof: Proof, carried: Carried, progress: Progress
) -> None:
    if proof.is_due:
        _settle(client, cancellation, runner, carried, progress)
        _replace_done(carried, proof.failures())


def _settle(client: Client, cancellation: Cancellation, runner: StepRunner, carried: Carried, progress: Progress) -> None:
    """Waits until nothing that was sent can be carried out late. A cancelled run does not wait, and reports what may be."""
    progress.begin(Stage.SETTLING)
    try:
        for _turn in range(_SETTLINGS):
            if cancellation.reason():
                break
            late_changes = client.pending.settled()
            trouble = runner.settle(late_changes)
            if trouble:
                _replace_done(carried, [Failed(step, trouble[step.path]) for step in carried.done if step.path in trouble])
            if not late_changes:
                break
            _replace_done(carried, undone_steps(client, late_changes, carried.done, runner.attempt))
    except Stopped as error:
        carried.lost = carried.lost or error.message


def _replace_done(carried: Carried, failed: list[Failed]) -> None:
    if failed:
        wrong = {failure.step.key for failure in failed}
        carried.done = [step for step in carried.done if step.key not in wrong]
        carried.failed.extend(failed)
