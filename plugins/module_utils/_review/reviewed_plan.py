# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan document that was reviewed, as far as a run needs it.

The steps stay in the file and are read again one by one. In memory is an index of 33 bytes a step: hashes of its key and of
what will stand there, the order of the keys, where its line begins, and what is known of it. The digest is computed anew, so
that an edited document is refused.
"""

from __future__ import annotations

import array
import bisect
import contextlib
import datetime
import json
import tempfile
import typing as t

from .._local.file_content import size_of
from .._model.entries import Entry, Found, Kind, trimmed_target
from .._model.errors import BadSource
from .._model.paths import encoded, shown
from .._plan.steps import StepKind
from .document import STEPS_BEGIN, STEPS_END, Values, name_in, record_in
from .step_record import HOUSEKEEPING, SCHEMA, PlanDigest, Side, StepRecord, Subject, side_of

_FAMILY = SCHEMA.rpartition("/")[0]
_MOST_HEAD = 4 * 1_048_576
_MOST_WHOLE = 64 * 1_048_576
_BITS = 0xFFFF_FFFF_FFFF_FFFF
_PLANNED, _STANDS, _PRESENT = 1, 2, 4
_EDITED = "It was edited or cut. Keep the file as it was written, and make and review a new plan."


class ReviewedPlan:
    """Opened for reading; close it.

    subject  host, path and policy of the plan
    made     when, seconds since the epoch
    digest   computed from the steps
    guard    the guard that refused the plan, as code and message; None
    unknown  names of the source that could not be read
    unclear  by number, pairs of files of which the listing does not tell whether they are equal
    """

    def __init__(self, path: bytes, indexes: t.Callable[[bytes], bool]) -> None:
        """Read all of it.

        Args:
            indexes: whether the service adds an index to the archive of this name, so that it is not what was sent.

        Raises:
            BadSource: it cannot be read, is no plan document, or was edited.
        """
        self._name, self._indexes = shown(path), indexes
        self._last: tuple[int, StepRecord] | None = None
        size_of(path)
        self._file: t.BinaryIO
        with contextlib.ExitStack() as on_failure:
            try:
                self._file = open(path, "rb")  # noqa: SIM115
                on_failure.callback(self.close)
                self._read()
            except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
                raise self._wrong("is no plan document", _EDITED) from error
            except OSError as error:
                raise BadSource(f"expect_plan: {self._name} cannot be read: {error.strerror}") from error
            on_failure.pop_all()

    def close(self) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._offsets)

    # -- while the plan is made ------------------------------------------------------------------------------------------

    def forget(self) -> None:
        """Before the march, and before it begins anew: nothing is known yet of what stands there."""
        self._states = bytearray(len(self))
        self.unclear: dict[int, tuple[Entry, Entry]] = {}

    def saw(self, key: bytes, want: Entry | None, have: Entry) -> None:
        """Note whether what the march found at a key is as the reviewed step leaves it. An implicit directory is nothing."""
        number = None if have.implicit else self.find(key)
        if number is None:
            return
        after = self._after_hashes[number]
        self._states[number] |= _PRESENT
        if after and _hash_of_side(side_of(have), self._timed(number)) == after:
            self._states[number] |= _STANDS
        elif after and want is not None and want.kind is have.kind is Kind.FILE and self._hides(want, have):
            self.unclear[number] = want, have

    def saw_ancestor(self, path: bytes, found: Found | None) -> None:
        """The same for a directory above the tree."""
        if found is not None and found.directory is not None:
            self.saw(path + b"/", None, found.directory)

    # -- when it is made -------------------------------------------------------------------------------------------------

    def find(self, key: bytes) -> int | None:
        """The number of the reviewed step with this key, from 0 on."""
        wanted = _hash(key)
        place = bisect.bisect_left(self._key_hashes, wanted)
        while place < len(self) and self._key_hashes[place] == wanted:
            number = self._order[place]
            if self.record(number).key == key:
                return number
            place += 1
        return None

    def record(self, number: int) -> StepRecord:
        """A reviewed step, read again. Fast when they are read in order."""
        if self._last is None or self._last[0] != number:
            offset = self._offsets[number]
            if self._file.tell() != offset:
                self._file.seek(offset)
            self._last = number, record_in(_step_in(self._file.readline()))
        return self._last[1]

    def records(self) -> t.Iterator[StepRecord]:
        """All reviewed steps, in order."""
        return map(self.record, range(len(self)))

    def planned(self, number: int) -> None:
        """Today's plan has a step for this one."""
        self._states[number] |= _PLANNED

    def left_out(self) -> t.Iterator[tuple[int, bool]]:
        """The reviewed steps that today's plan has no step for, and whether what they lead to is there."""
        for number, state in enumerate(self._states):
            if not state & _PLANNED:
                stands = state & _STANDS if self._after_hashes[number] else not state & _PRESENT
                yield number, bool(stands)

    # -- reading ---------------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        head = self._head()
        if head is None:
            self._file = self._rewritten()
            head = self._head()
        values = json.loads((head or b"") + b' "steps": []}')
        self._check_schema(values)
        self.subject = Subject(str(values["host"]), name_in("path", values), dict(values["policy"]))
        made = datetime.datetime.strptime(values["made"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
        self.made = int(made.timestamp())
        self._read_steps()
        tail = json.loads(b"{" + self._file.read())
        self.guard = tail.get("guard")
        self.unknown = [encoded(str(item["name"])) for item in tail.get("unknown") or []]
        if tail.get("masked"):
            hint = "The key of the account stands in a name of this plan, and the document hides it. Use expect_digest."
            raise self._wrong("does not have all names", hint)
        if tail["digest"] != self.digest:
            raise self._wrong("has another digest than its steps", _EDITED)
        self.forget()

    def _head(self) -> bytes | None:
        """The lines before the steps; None where the document was reformatted."""
        lines: list[bytes] = []
        size = 0
        while size < _MOST_HEAD:
            line = self._file.readline(_MOST_HEAD)
            if line == STEPS_BEGIN:
                return b"".join(lines)
            if not line:
                return None
            lines.append(line)
            size += len(line)
        return None

    def _rewritten(self) -> t.BinaryIO:
        """A reformatted document in the format in which it is written."""
        with self._file as file:
            file.seek(0)
            text = file.read(_MOST_WHOLE + 1)
        if len(text) > _MOST_WHOLE:
            raise self._wrong("was reformatted, and has more than 64 MiB", "Keep the file as it was written: one step a line.")
        values = json.loads(text)
        self._check_schema(values)
        steps = values.pop("steps")
        before = {name: values.pop(name) for name in ("schema", "host", "path", "path_b64", "policy", "made") if name in values}
        copy = t.cast(t.BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115  # closed with this object
        copy.write(_written(before)[:-1] + b",\n" + STEPS_BEGIN)
        copy.write(b",\n".join(_written(step) for step in steps) + b"\n" * bool(steps) + STEPS_END + _written(values)[1:])
        copy.seek(0)
        return copy

    def _check_schema(self, values: Values) -> None:
        schema = values.get("schema")
        if not isinstance(schema, str) or not schema.startswith(f"{_FAMILY}/"):
            raise self._wrong("is no plan document", f"It is made by ns_sync with plan_file, and its schema is {SCHEMA}.")
        if schema != SCHEMA:
            raise self._wrong(f"has the schema {schema!r}, and {SCHEMA} is known here", "Use one version for plan and apply.")

    def _read_steps(self) -> None:
        digest = PlanDigest(self.subject)
        hashes, self._after_hashes = array.array("Q"), array.array("Q")
        self._offsets, self._mtime_steps = array.array("Q"), set[int]()
        offset = self._file.tell()
        for line in iter(self._file.readline, STEPS_END):
            values = _step_in(line)
            record = record_in(values)
            if values["why"] != HOUSEKEEPING.value:
                digest.add(record)
            if record.step == StepKind.MTIME.value:
                self._mtime_steps.add(len(hashes))
            hashes.append(_hash(record.key))
            self._offsets.append(offset)
            self._after_hashes.append(_hash_of_side(record.after, self._timed(len(self._after_hashes))))
            offset += len(line)
        self.digest = digest.text()
        self._order = array.array("Q", sorted(range(len(hashes)), key=hashes.__getitem__))
        self._key_hashes = array.array("Q", (hashes[number] for number in self._order))

    def _hides(self, want: Entry, have: Entry) -> bool:
        """Whether the listing does not tell which content stands there."""
        return have.md5 is None or self._indexes(want.name)

    def _timed(self, number: int) -> bool:
        return self.subject.sets_mtime or number in self._mtime_steps

    def _wrong(self, what: str, hint: str) -> BadSource:
        return BadSource(f"expect_plan: {self._name} {what}", hint=hint)


def _step_in(line: bytes) -> Values:
    return t.cast(Values, json.loads(line.rstrip(b",\n")))


def _written(values: Values) -> bytes:
    return json.dumps(values, separators=(",", ":")).encode()


def _hash(key: bytes) -> int:
    return hash(key) & _BITS


def _hash_of_side(side: Side | None, timed: bool) -> int:
    """0 for nothing, else what tells two sides apart; the SHA-256 is left out, because no listing has it."""
    if side is None:
        return 0
    target = None if side.target is None else trimmed_target(side.target)
    return hash((side.kind, side.size, side.md5, target, side.mtime if timed else None)) & _BITS | 1
