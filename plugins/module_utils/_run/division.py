# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a plan a run carries out, as the flow sees it: all of it, unless several hosts divide it."""

from __future__ import annotations

import typing as t

from .._model.entries import Entry
from .._plan.march import Pair
from .._plan.outcome import Outcome
from .._plan.schedule import Schedule
from .._plan.steps import Plan
from .._tasks.base import Task

if t.TYPE_CHECKING:
    from .._tasks.sync import SyncTask


class Division:
    """The base class is for a task that does everything by itself.

    foreseen  nothing will be carried out
    patience  seconds to look again for what ``waits_for`` misses
    notes     for the outcome
    """

    patience = 0.0

    def __init__(self, foreseen: bool) -> None:
        self.foreseen = foreseen
        self.notes: list[str] = []

    def watched(self, pairs: t.Iterable[Pair]) -> t.Iterable[Pair]:
        """The pairs of the march, on their way to the planner."""
        return pairs

    def judges(self, want: Entry) -> bool:
        """Whether this host compares the content of a file that stands there."""
        return True

    def schedule(self) -> Schedule | None:
        """What the planner puts its steps into, anew for each draft; None for the usual one."""
        return None

    def counted(self, plan: Plan) -> Plan:
        """The plan, with the numbers of what the planner was not asked."""
        return plan

    def waits_for(self, whole: Plan) -> bool:
        """Whether the plan has steps that others have done, and that a replica may not show yet."""
        return False

    def part(self, whole: Plan) -> Plan:
        """What of the plan this host carries out."""
        return whole

    def guard(self, whole: Plan) -> None:
        """Refuse the plan before all other guards. Raises GuardTripped."""

    def concerns(self, step: str, key: bytes) -> bool:
        """Whether this host answers for the reviewed step at an absolute key: it must be in its part, or done already."""
        return True

    def report(self, outcome: Outcome) -> None:
        """Say in the outcome what became of the share."""


def division_of(task: Task, foreseen: bool) -> Division:
    """The division of a task.

    Args:
        foreseen: nothing will be carried out.

    Returns:
        What the flow asks.

    Raises:
        GuardTripped: it waits for shares that are not done.
    """
    options = task.shard_options
    if options is None:
        return Division(foreseen)
    from .shard_division import EarlyDivision, LateDivision  # by those that need it only, as in flow.py

    kind = LateDivision if options.is_late else EarlyDivision
    return kind(t.cast("SyncTask", task), options, foreseen)
