# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The review of a plan, as the flow sees it."""

from __future__ import annotations

import typing as t

from .._execute.progress import Progress
from .._plan.march import Pair
from .._plan.outcome import Outcome
from .._plan.steps import Plan
from .._tasks.base import Comparison, Task
from .._threads.cancellation import Cancellation
from .._usage_api.client import Client

Concerns = t.Callable[[str, bytes], bool]


class PlanReview:
    """The base class is for a task that writes no document and expects no plan: it does nothing. ``with`` closes documents."""

    def __enter__(self) -> PlanReview:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def watched(self, comparison: Comparison, pairs: t.Iterable[Pair]) -> t.Iterable[Pair]:
        """The pairs of the march; on the way it is noted which reviewed steps are done already."""
        return pairs

    def pinned(self, plan: Plan) -> Plan:
        """The plan with pins. Under a reviewed plan, left-overs of killed runs whose content nobody reviewed are not deleted."""
        return plan

    def compare(self, comparison: Comparison, outcome: Outcome, concerns: Concerns) -> None:
        """Refuse a plan that was not reviewed, before all guards.

        Args:
            concerns: whether this run answers for a reviewed step, by its kind and key.
        """

    def write(self, client: Client, outcome: Outcome, diff: bool) -> None:
        """Write the document, before the first change; in diff mode with texts and images. Raises LocalFailed."""

    def end(self, outcome: Outcome) -> None:
        """Add to the document what became of the plan. If it cannot be written, the run fails, but its outcome is told."""


def plan_review(task: Task, cancellation: Cancellation, progress: Progress) -> PlanReview:
    """The review of a task. Raises BadSource where the reviewed plan cannot be read."""
    if task.review_options is None:
        return PlanReview()
    from .documented_review import DocumentedReview  # by those that need it only, as in flow.py

    return DocumentedReview(task, task.review_options, cancellation, progress)
