# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether today's plan is the one that was reviewed; if not, what differs.

Nothing is written that was not reviewed, and what was reviewed and is not in today's plan must be done already. Two steps are the
same if their key and what they lead to are. What stands there before must be what was reviewed, or nothing: a run that is killed
after making room, and before sending, leaves nothing.
"""

from __future__ import annotations

import typing as t

from .._model.errors import GuardTripped
from .._model.paths import shown
from .._plan.steps import Plan, Step, StepKind
from .reviewed_plan import ReviewedPlan
from .step_record import HOUSEKEEPING, Side, StepRecord, Subject, is_still, record_of, told

MOST = 20


class Difference(t.NamedTuple):
    """One difference. ``what`` is the kind: not_reviewed, before_differs, after_differs, kind_differs, not_done, policy, place,
    refused_then, unknown_then, expired or digest."""

    path: str
    what: str
    reviewed: str
    now: str


class PlanDiffers(GuardTripped):
    """Today's plan is not the reviewed one. Nothing was written."""

    def __init__(self, differences: t.Sequence[Difference], total: int, counts: str, hint: str) -> None:
        first = differences[0]
        where = f"{first.path}: " if first.path else ""
        is_one = total == 1
        super().__init__(
            "expect_plan",
            f"The plan is not the one that was reviewed: {total} difference{'' if is_one else 's'}. "
            f"{'It is' if is_one else 'First'}: {where}reviewed: {first.reviewed}; now: {first.now} ({counts})",
            hint=hint,
        )
        self.differences, self.total = list(differences), total

    def failure(self) -> dict[str, t.Any]:
        """The ``failure`` value of a result, with at most 20 of the differences."""
        named = [difference._asdict() for difference in self.differences]
        return {**super().failure(), "differences": named, "differences_total": self.total}


class Differences:
    """Counts differences, and keeps the first ones."""

    def __init__(self) -> None:
        self.first: list[Difference] = []
        self.total = 0

    def add(self, what: str, reviewed: str, now: str, path: bytes | None = None) -> None:
        self.total += 1
        if len(self.first) < MOST:
            self.first.append(Difference("" if path is None else shown(path), what, reviewed, now))


Proves = t.Callable[[int, StepRecord], bool]
"""Whether a reviewed file stands there, where the listing alone does not tell."""


def compare(reviewed: ReviewedPlan, plan: Plan, subject: Subject, age: int, within: int, proves: Proves) -> Differences:
    """Compare today's plan with the reviewed one.

    Args:
        age, within: seconds since the document was made, and for how long it holds; 0 for ever.
        proves: asked for files whose MD5 is not listed, or not comparable.
    """
    found = Differences()
    _compare_circumstances(found, reviewed, subject, age, within)
    sets_mtime = subject.sets_mtime
    for step in plan.pinned_steps():
        if step.why is HOUSEKEEPING:
            continue
        number = reviewed.find(step.key)
        if number is None:
            found.add("not_reviewed", "no step for it", _told_step(step), step.key)
            continue
        reviewed.planned(number)
        _compare_step(found, step, reviewed.record(number), sets_mtime)
    for number, stands in reviewed.left_out():
        if stands:
            continue
        record = reviewed.record(number)
        if not proves(number, record):
            found.add("not_done", told(record.after), "neither wanted nor done", record.key)
    return found


def _compare_circumstances(found: Differences, reviewed: ReviewedPlan, subject: Subject, age: int, within: int) -> None:
    then = reviewed.subject
    for before, now in ((then.host, subject.host), (shown(then.path), shown(subject.path))):
        if before != now:
            found.add("place", before, now)
    for option in sorted({*then.policy, *subject.policy}):
        if then.policy.get(option) != subject.policy.get(option):
            found.add("policy", f"{option}: {then.policy.get(option)}", f"{option}: {subject.policy.get(option)}")
    if reviewed.guard is not None:
        found.add("refused_then", f"refused by the guard {reviewed.guard.get('code')}", "to be carried out")
    for name in reviewed.unknown:
        found.add("unknown_then", "not readable in the source", "to be carried out", name)
    if within and age > within:
        found.add("expired", f"{age} seconds ago", f"expect_within is {within} seconds")


def _compare_step(found: Differences, step: Step, record: StepRecord, sets_mtime: bool) -> None:
    today = record_of(step)
    before, after, reviewed = today.before, today.after, record.after
    if _kind_of(after) != _kind_of(reviewed):
        found.add("kind_differs", f"{record.step}: {told(reviewed)}", f"{today.step}: {told(after)}", step.key)
    elif after is not None and reviewed is not None and not _is_same_after(after, reviewed, sets_mtime, record.step):
        found.add("after_differs", told(reviewed), told(after), step.key)
    elif not _may_be_before(before, record.before, record.step):
        found.add("before_differs", f"over {told(record.before)}", f"{told(before)} stands there", step.key)


def _is_same_after(today: Side, reviewed: Side, sets_mtime: bool, step: str) -> bool:
    timed = sets_mtime or step == StepKind.MTIME.value
    if timed and today.mtime != reviewed.mtime:
        return False
    if today.sha256 is None and reviewed.sha256 is None:
        return (today.size, today.md5, today.target) == (reviewed.size, reviewed.md5, reviewed.target)
    return (today.size, today.sha256) == (reviewed.size, reviewed.sha256)


def _may_be_before(today: Side | None, reviewed: Side | None, step: str) -> bool:
    return today is None or step == StepKind.MKDIR.value or (reviewed is not None and is_still(today, reviewed))


def _kind_of(side: Side | None) -> str:
    return "" if side is None else side.kind


def _told_step(step: Step) -> str:
    return f"{step.kind.value} ({step.why.value})"
