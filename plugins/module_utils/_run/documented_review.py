# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The review of a plan: its document is written, and where a reviewed plan is expected, today's is compared with it."""

from __future__ import annotations

import time
import typing as t

from .._execute.progress import Progress, Stage
from .._local.file_content import FileContent
from .._model.entries import Withheld
from .._model.errors import BadSource, GuardTripped, LocalFailed, Stopped
from .._model.paths import join, shown
from .._plan.compare import Question, answered, compared
from .._plan.guards import counts_of
from .._plan.march import Pair
from .._plan.outcome import LISTED, Outcome, failure_of
from .._plan.steps import Load, Plan, Step, Steps
from .._review.document import COLLECTION, WrittenDocument, write_document
from .._review.expecting import Difference, PlanDiffers, compare
from .._review.left_over import unreviewed
from .._review.review_options import ReviewOptions
from .._review.reviewed_plan import ReviewedPlan
from .._review.step_record import HOUSEKEEPING, StepRecord, digest_of
from .._tasks.base import Comparison, Task
from .._threads.cancellation import Cancellation
from .._usage_api.client import Client
from .changed_images import changed_images
from .pinning import with_pins
from .plan_review import Concerns, PlanReview

if t.TYPE_CHECKING:
    from .._tasks.upload_source import UploadSource

_ABSENT = " (absent)"
_AGAIN = "Make and review a new plan; plan.steps of this result is today's."
_NAMED = "Give expect_plan the document, and the differences are named. " + _AGAIN


class DocumentedReview(PlanReview):
    """Of a task that writes a plan document or expects a reviewed plan."""

    def __init__(self, task: Task, options: ReviewOptions, cancellation: Cancellation, progress: Progress) -> None:
        """Reads the reviewed plan, before the first request. Raises BadSource."""
        self._task, self._cancellation, self._progress = task, cancellation, progress
        self._options, self._source = options, t.cast("UploadSource", task.source)
        self._begun = time.time()
        self._digest = ""
        self._written: WrittenDocument | None = None
        self._reviewed = _read(options, self._source)

    def __exit__(self, *_error: object) -> None:
        for document in (self._reviewed, self._written):
            if document is not None:
                document.close()

    def watched(self, comparison: Comparison, pairs: t.Iterable[Pair]) -> t.Iterable[Pair]:
        reviewed = self._reviewed
        if reviewed is None:
            return pairs
        reviewed.forget()
        for ancestor, found in comparison.ancestors:
            reviewed.saw_ancestor(ancestor, found)
        return _seen(reviewed, comparison.base, pairs)

    def pinned(self, plan: Plan) -> Plan:
        if self._options.expects:
            plan = self._without_unreviewed(plan)
        self._progress.begin(Stage.HASHING, Load(0, sum(load.bytes for load in plan.loads().values())))
        plan = with_pins(plan, self._hashed, self._cancellation)
        self._digest = digest_of(plan, self._options.subject)
        return plan

    def _hashed(self, step: Step) -> FileContent:
        content = self._source.content(step, with_md5=True)
        self._progress.add(step.size)
        return content

    def compare(self, comparison: Comparison, outcome: Outcome, concerns: Concerns) -> None:
        outcome.digest = self._digest
        refusal = self._refusal(comparison, outcome.plan, concerns) if self._options.expects else None
        if refusal is not None:
            outcome.error, outcome.left = refusal, list(outcome.plan.steps)

    def write(self, client: Client, outcome: Outcome, diff: bool) -> None:
        options = self._options
        if options.plan_file is None:
            return
        plan, error = outcome.plan, outcome.error
        head = {"collection": COLLECTION, "made": _moment(self._begun), "check": outcome.foreseen}
        tail = {
            "summary": plan.summary(),
            "digest": self._digest,
            "guard": {"code": error.code, "msg": str(error)} if isinstance(error, GuardTripped) else None,
            "unknown": [{"name": shown(name), "why": why} for name, why in plan.unknown[:LISTED]],
            "notes": outcome.notes[:LISTED],
            "texts": [{"key": item["after_header"].removesuffix(_ABSENT), **item} for item in outcome.diff if "before" in item],
            "images": changed_images(client, self._task, plan) if diff and error is None else [],
        }
        self._written = write_document(options.plan_file, head, options.subject, plan, tail, self._task.config.key)
        outcome.extra["plan_file"] = shown(options.plan_file)

    def end(self, outcome: Outcome) -> None:
        if self._written is None or outcome.foreseen:
            return
        error = outcome.error
        now = time.time()
        state = "done" if error is None else "refused" if isinstance(error, GuardTripped) else "failed"
        values = {
            "ended": _moment(now),
            "seconds": round(now - self._begun, 1),
            "state": "stopped" if isinstance(error, Stopped) else state,
            "done": len(outcome.done),
            "failed": [failure_of(failed) for failed in outcome.failed[:LISTED]],
            "left": len(outcome.left),
            "api_calls": outcome.api_calls,
            "error": None if error is None else {"code": error.code, "msg": str(error)},
        }
        try:
            self._written.add_outcome(values)
        except LocalFailed as failure:
            if outcome.error is not None:
                outcome.notes.append(str(failure))
            outcome.error = outcome.error or failure

    def _without_unreviewed(self, plan: Plan) -> Plan:
        left_over = [step for step in plan.steps if step.why is HOUSEKEEPING]
        kept = unreviewed(self._reviewed, left_over)
        if not kept:
            return plan
        note = f"{len(kept)} temporary objects of a killed run were left alone: the reviewed plan does not have their content"
        steps = t.cast(Steps, plan.steps).without(kept, HOUSEKEEPING)
        return plan._replace(steps=steps, notes=(*plan.notes, note))

    def _refusal(self, comparison: Comparison, plan: Plan, concerns: Concerns) -> GuardTripped | None:
        options = self._options
        if self._reviewed is None:
            if options.expect_digest == self._digest:
                return None
            only = Difference("", "digest", str(options.expect_digest), self._digest)
            return PlanDiffers([only], 1, counts_of(plan), _NAMED)
        age = int(self._begun) - self._reviewed.made

        def proves(number: int, record: StepRecord) -> bool:
            """Another host answers for what does not concern this one."""
            return not concerns(record.step, record.key) or self._proves(comparison, number, record)

        found = compare(self._reviewed, plan, options.subject, age, options.expect_within, proves)
        return PlanDiffers(found.first, found.total, counts_of(plan), _AGAIN) if found.total else None

    def _proves(self, comparison: Comparison, number: int, record: StepRecord) -> bool:
        """Whether the comparison finds the two files equal, and the local one is the reviewed one."""
        pair = self._reviewed.unclear.get(number) if self._reviewed is not None else None
        if pair is None or record.after is None or record.after.sha256 is None:
            return False
        want, have = pair
        if self._source.sha256(want) != record.after.sha256:
            return False
        why = compared(comparison.policy, want, have)
        return (answered(comparison.policy, why, comparison.digest(why)) if isinstance(why, Question) else why) is None


def _read(options: ReviewOptions, source: UploadSource) -> ReviewedPlan | None:
    if options.expect_plan is None:
        return None
    reviewed = ReviewedPlan(options.expect_plan, source.index_zip.match)
    if options.expect_digest not in (None, reviewed.digest):
        reviewed.close()
        raise BadSource(
            f"expect_plan has the digest {reviewed.digest}, and expect_digest is {options.expect_digest}",
            hint="It is the document of another plan, or was made anew. Take the one that was reviewed.",
        )
    return reviewed


def _seen(reviewed: ReviewedPlan, base: bytes, pairs: t.Iterable[Pair]) -> t.Iterator[Pair]:
    for want, have in pairs:
        if have is not None:
            reviewed.saw(join(base, have.key), None if isinstance(want, Withheld) else want, have)
        yield want, have


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
