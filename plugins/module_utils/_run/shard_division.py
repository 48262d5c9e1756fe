# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One plan, carried out by several hosts: what this one judges, guards and carries out of it, and what it says of its share.

Each host makes the whole plan, and the guards see the whole plan. Only the content of files is compared for the own share alone,
because reading is what the hosts divide.
"""

from __future__ import annotations

import typing as t

from .._local.file_content import head_of
from .._model.entries import Entry, Rendered
from .._model.errors import GuardTripped
from .._model.filters import Patterns
from .._model.paths import is_within, relative, shown
from .._plan.guards import counts_of
from .._plan.march import Pair
from .._plan.outcome import Outcome
from .._plan.steps import Amount, Counts, Phase, Plan, StepKind, Steps
from .._shards.reports import refuse_other_trees, refuse_unfinished, values_of
from .._shards.share import ALL, is_early
from .._shards.share_schedule import ShareSchedule
from .._shards.want_digest import WantDigest
from .division import Division

if t.TYPE_CHECKING:
    from .._shards.shard_options import ShardOptions
    from .._tasks.sync import SyncTask

_NAMED = 5
_EARLY = frozenset({StepKind.MKDIR.value, StepKind.UPLOAD.value, StepKind.MTIME.value})


class _Divided(Division):
    """What both kinds of hosts share."""

    def __init__(self, task: SyncTask, options: ShardOptions, foreseen: bool) -> None:
        super().__init__(foreseen)
        self._task, self._options = task, options
        self._last = Patterns(one for patterns in task.policy.last for one in patterns.parsed)
        self._digest = WantDigest()

    def watched(self, pairs: t.Iterable[Pair]) -> t.Iterable[Pair]:
        self._digest = WantDigest()  # the march may begin anew
        add = self._digest.add
        for pair in pairs:
            if pair[0] is not None:
                add(pair[0])
            yield pair

    def _want_digest(self) -> str:
        return self._digest.text(lambda name, length: head_of(self._task.tree.local(name), length))

    def _name(self, key: bytes) -> bytes | None:
        """An absolute key relative to the tree; None for a directory above it, and the tree itself."""
        base = self._task.path
        return relative(key, base) if is_within(key, base) and key != base + b"/" else None

    def _is_early(self, step: str, key: bytes) -> bool:
        """Whether a reviewed step belongs to the early phases."""
        name = self._name(key)
        if step not in _EARLY or name is None:
            return step in _EARLY
        return step != StepKind.UPLOAD.value or not self._last.match(name)


class EarlyDivision(_Divided):
    """A host that carries out its share of the early phases."""

    def __init__(self, task: SyncTask, options: ShardOptions, foreseen: bool) -> None:
        super().__init__(task, options, foreseen)
        self._told = ""
        self._unjudged = 0
        self._judges_all = options.share == ALL or task.rules.max_replace is not None

    def watched(self, pairs: t.Iterable[Pair]) -> t.Iterable[Pair]:
        self._unjudged = 0
        return super().watched(pairs)

    def judges(self, want: Entry) -> bool:
        """The own share, and what a guard must know of the whole tree."""
        if self._judges_all or self._options.share.owns(want.key) or self._task.policy.immutable.match(want.key):
            return True
        self._unjudged += 1
        return False

    def schedule(self) -> ShareSchedule:
        self._schedule = ShareSchedule(self._task.path, self._options.share, Patterns(self._task.rules.refuse, "refuse"))
        return self._schedule

    def counted(self, plan: Plan) -> Plan:
        return self._schedule.counted(plan)

    def part(self, whole: Plan) -> Plan:
        share, base = self._options.share, whole.base

        def takes(phase: Phase, place: bytes, key: bytes) -> bool:
            return is_early(phase) and share.takes(key if place == base else None)

        # What stays as it is is counted by the late host alone.
        return whole._replace(steps=t.cast(Steps, whole.steps).only(takes), others=Amount(0, 0), counts=Counts())

    def guard(self, whole: Plan) -> None:
        self._told = self._want_digest()
        if self._options.share == ALL:
            return
        links = [shown(step.path) for step in whole.steps if step.phase is Phase.OBSTRUCTIONS]
        if links:
            raise GuardTripped(
                "shard_obstructions",
                f"{len(links)} symlinks stand where directories must be: {', '.join(links[:_NAMED])} ({counts_of(whole)}). "
                "One host would take them away while another one uploads through them",
                path=whole.base,
                hint="Run the task once without shard on one host, or remove them with ns_symlink.",
            )

    def concerns(self, step: str, key: bytes) -> bool:
        return self._is_early(step, key) and self._options.share.takes(self._name(key))

    def report(self, outcome: Outcome) -> None:
        share, task = self._options.share, self._task
        mine = self.part(outcome.plan)  # of a plan that a guard refused, all of it is shown
        more = {
            "planned": len(mine.steps),
            "done": len(outcome.done),
            "failures": len(outcome.failed),
            "left": len(mine.steps) - len(outcome.done) - len(outcome.failed),
            "bytes": sum(step.size for step in mine.steps),
            "unjudged": self._unjudged,
            "check": outcome.foreseen,
            "complete": outcome.error is None,
        }
        outcome.extra["shard"] = values_of(share, task.config.host.lower(), shown(task.path), self._told, more)


class LateDivision(_Divided):
    """The one host that carries out the late phases, when all shares are done."""

    def __init__(self, task: SyncTask, options: ShardOptions, foreseen: bool) -> None:
        """Raises GuardTripped where a share is not done."""
        super().__init__(task, options, foreseen)
        self.patience = 0.0 if foreseen else task.verify_wait
        self._believed = 0
        if options.reports is not None:
            refuse_unfinished(options.reports, task.config.host.lower(), shown(task.path), foreseen)

    def judges(self, want: Entry) -> bool:
        """Where the hosts have compared their shares, this one reads what it sends itself, and what is cheap."""
        if self._options.reports is None or isinstance(want, Rendered):
            return True
        if self._last.match(want.name) or self._task.source.indexes(want):
            return True
        self._believed += 1
        return False

    def watched(self, pairs: t.Iterable[Pair]) -> t.Iterable[Pair]:
        self._believed = 0
        return super().watched(pairs)

    def counted(self, plan: Plan) -> Plan:
        return plan._replace(counts=plan.counts._replace(unchanged=plan.counts.unchanged + self._believed))

    def waits_for(self, whole: Plan) -> bool:
        return any(is_early(step.phase) for step in whole.steps)

    def part(self, whole: Plan) -> Plan:
        return whole._replace(steps=t.cast(Steps, whole.steps).only(lambda phase, _base, _key: not is_early(phase)))

    def guard(self, whole: Plan) -> None:
        if self._options.reports is not None:
            refuse_other_trees(self._options.reports, self._want_digest())
        early = [step for step in whole.steps if is_early(step.phase)]
        if not early:
            return
        named = ", ".join(shown(step.path) for step in early[:_NAMED])
        if not self.foreseen:
            raise GuardTripped(
                "early_phases",
                f"{len(early)} steps of the early phases are not done: {named} ({counts_of(whole)})",
                path=early[0].path,
                hint="Run the task with phases: early on every host first. Where replicas lag, raise verify_wait.",
            )
        if self._options.reports is None:
            self.notes.append(f"{len(early)} steps are left to the task with phases: early, which comes before this one: {named}")

    def concerns(self, step: str, key: bytes) -> bool:
        """In check mode nobody has done the early steps."""
        return not self.foreseen or not self._is_early(step, key)
