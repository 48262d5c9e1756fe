# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan document as what was deployed: which files are there now, with their digests, and which are not any more.

It is read step by step and never in memory. What was edited or cut is refused by its digest, as where a plan is reviewed.
"""

from __future__ import annotations

import contextlib
import json
import typing as t

from .._local.file_content import size_of
from .._model.errors import BadSource
from .._model.filters import Patterns
from .._model.paths import encoded, shown
from .._plan.steps import Phase, StepKind, Why
from .._review.document import STEPS_BEGIN, STEPS_END, Values, name_in, record_in
from .._review.step_record import HOUSEKEEPING, SCHEMA, PlanDigest, StepRecord, Subject

_MOST_HEAD = 4 * 1_048_576
_MOST_TAIL = 64 * 1_048_576
_LONGEST_STEP = 1_048_576
_EDITED = "It was edited, reformatted or cut. Keep the file as ns_sync has written it."
_STORES = frozenset({StepKind.UPLOAD.value, StepKind.REPLACE.value, StepKind.RENAME.value})
_LINKS = frozenset({StepKind.SYMLINK.value, StepKind.REPLACE.value})
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)


class Deployed(t.NamedTuple):
    """A path after the deploy.

    md5, sha256, size  of the file that is there; None where the service changes what is sent
    is_absent  whether there is nothing any more
    is_entry   whether it was published last, as visitors come in there
    """

    path: bytes
    md5: str | None
    sha256: str | None
    size: int | None
    is_absent: bool
    is_entry: bool


class DeployedPlan:
    """Opened for reading; close it. ``notes`` tell what of it cannot be looked at, after all of it was read once."""

    def __init__(self, path: bytes) -> None:
        """Raises BadSource: it cannot be read."""
        self._name = shown(path)
        self.notes: list[str] = []
        self._links = self._trees = 0
        try:
            size_of(path)
            self._file = open(path, "rb")  # noqa: SIM115  # closed with this object
        except BadSource as error:
            raise BadSource(f"plan_file: {error.message}", hint=error.hint) from error
        except OSError as error:
            hint = "It is read on the machine where the module runs, and written by ns_sync with plan_file."
            raise BadSource(f"plan_file: {self._name} cannot be read: {error.strerror}", hint=hint) from error

    def close(self) -> None:
        self._file.close()

    def checked(self) -> t.Iterator[Deployed]:
        """All paths whose content has changed, in the order of the plan. Raises BadSource, at the end too."""
        self._links = self._trees = 0
        with self._readable():
            subject = self._subject()
            digest = PlanDigest(subject)
            indexed = Patterns(subject.policy.get("index_zip") or ())
            for values, record in self._steps():
                if values["why"] != HOUSEKEEPING.value:
                    digest.add(record)
                found = self._deployed(values, record, subject, indexed)
                if found is not None:
                    yield found
            tail = json.loads(b"{" + self._file.read(_MOST_TAIL))
            self._judge(tail, digest.text())

    def read(self) -> t.Iterator[Deployed]:
        """The same once more, after it was checked."""
        with self._readable():
            subject = self._subject()
            indexed = Patterns(subject.policy.get("index_zip") or ())
            for values, record in self._steps():
                found = self._deployed(values, record, subject, indexed)
                if found is not None:
                    yield found

    @contextlib.contextmanager
    def _readable(self) -> t.Iterator[None]:
        try:
            yield
        except _UNREADABLE as error:
            raise self._wrong("is no plan document", _EDITED) from error
        except OSError as error:
            raise BadSource(f"plan_file: {self._name} cannot be read: {error.strerror}") from error

    def _subject(self) -> Subject:
        self._file.seek(0)
        lines: list[bytes] = []
        size = 0
        while not lines or lines[-1] != STEPS_BEGIN:
            lines.append(self._file.readline(_MOST_HEAD))
            size += len(lines[-1])
            if not lines[-1] or size > _MOST_HEAD:
                raise self._wrong("is no plan document", _EDITED)
        values = json.loads(b"".join(lines[:-1]) + b' "steps": []}')
        if values.get("schema") != SCHEMA:
            hint = "It is made by ns_sync with plan_file, by the same version of this collection."
            raise self._wrong(f"has the schema {str(values.get('schema'))[:80]!r}, and {SCHEMA} is known here", hint)
        return Subject(str(values["host"]), name_in("path", values), dict(values["policy"]))

    def _steps(self) -> t.Iterator[tuple[Values, StepRecord]]:
        while True:
            line = self._file.readline(_LONGEST_STEP)
            if line == STEPS_END:
                return
            values = t.cast(Values, json.loads(line.rstrip(b",\n")))
            yield values, record_in(values)

    def _deployed(self, values: Values, record: StepRecord, subject: Subject, indexed: Patterns) -> Deployed | None:
        """None where what visitors get has not changed, or the document does not tell what they get."""
        after, before = record.after, record.before
        is_entry = values.get("phase") == Phase.ENTRY_POINTS.name.lower()
        if record.step in _STORES and after is not None and after.kind == "file":
            if indexed.match(record.key[len(subject.path) + 1 :]):
                return Deployed(record.key, None, None, None, False, is_entry)
            return Deployed(record.key, after.md5, after.sha256, after.size, False, is_entry)
        if record.step == StepKind.DELETE.value and after is None and before is not None:
            is_name = values["why"] not in (HOUSEKEEPING.value, Why.OBSTRUCTS.value)
            return Deployed(record.key, None, None, None, True, False) if is_name and before.kind == "file" else None
        self._links += record.step in _LINKS and after is not None and after.kind == "symlink"
        self._trees += record.step == StepKind.QUICK_DELETE.value
        return None

    def _judge(self, tail: Values, digest: str) -> None:
        if tail.get("masked"):
            raise self._wrong("does not have all names", "The key of the account stands in one of them. Use expect.")
        if tail["digest"] != digest:
            raise self._wrong("has another digest than its steps", _EDITED)
        outcome = tail.get("outcome") or {}
        state = outcome.get("state")
        self.notes = []
        if state not in (None, "done"):
            self.notes.append(f"plan_file: the run of {self._name} ended as {str(state)[:20]}, so not all of it was deployed")
        if self._links:
            self.notes.append(f"plan_file: {self._links} symlinks are not looked at, as the plan does not tell where they lead")
        if self._trees:
            self.notes.append(f"plan_file: {self._trees} directories were deleted as a whole; what was in them is not looked at")

    def _wrong(self, what: str, hint: str) -> BadSource:
        return BadSource(f"plan_file: {self._name} {what}", hint=hint)


def opened(path: str) -> contextlib.closing[DeployedPlan]:
    return contextlib.closing(DeployedPlan(encoded(path)))
