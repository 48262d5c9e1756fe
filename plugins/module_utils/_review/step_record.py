# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A step as it is reviewed: what stands there, what will stand there, and nothing that depends on the machine or the time.

The digest of a plan covers the host, the path, the policy, and of each step its kind, its key and both sides. It does not cover
reasons, phases, local paths, counts, the account, and times unless the task sets them. So the same tree over the same state has
the same digest on every machine.
"""

from __future__ import annotations

import hashlib
import json
import typing as t

from .._model.entries import Entry, Kind, same_target
from .._model.paths import shown
from .._plan.steps import Plan, Step, StepKind, Why

SCHEMA = "edgeops.netstorage/plan/1"
_DIGITS = 12  # of a digest, as in diffs
HOUSEKEEPING = Why.LEFT_OVER
"""The reason of steps that remove what a killed run left behind, which are no part of what is reviewed."""
Policy = t.Mapping[str, t.Any]
"""What of the options decides about a plan, in plain values (``_tasks/sync.py: _reviewed_policy``)."""


class Side(t.NamedTuple):
    """What stands at a key before or after a step.

    kind    file, symlink, directory or implicit_directory
    sha256  lower-case hex; only of a file that is to be sent
    mtime   seconds since the epoch
    """

    kind: str
    size: int | None = None
    md5: str | None = None
    sha256: str | None = None
    target: bytes | None = None
    mtime: int | None = None


class StepRecord(t.NamedTuple):
    """One step. ``step`` is the word of its kind; ``before`` and ``after`` are None for nothing."""

    step: str
    key: bytes
    before: Side | None
    after: Side | None


class Subject(t.NamedTuple):
    """What a plan is about: the host in lower case, the absolute path, and the policy."""

    host: str
    path: bytes
    policy: Policy

    @property
    def policy_text(self) -> str:
        return json.dumps(self.policy, sort_keys=True, separators=(",", ":"))

    @property
    def sets_mtime(self) -> bool:
        """Whether the modification time is part of the wanted state."""
        return self.policy["mtime"] not in ("preserve", "now")


def side_of(entry: Entry | None, sha256: str | None = None) -> Side | None:
    """An entry as one side of a step."""
    if entry is None:
        return None
    kind = "implicit_directory" if entry.implicit else entry.kind.value
    return Side(kind, entry.size, entry.md5, sha256, entry.target, entry.mtime)


def record_of(step: Step) -> StepRecord:
    """A step of a plan as it is reviewed."""
    before, after = step.before, step.after
    if step.kind is StepKind.MTIME and before is not None and after is not None:
        after = after._replace(md5=after.md5 or before.md5)  # the content stays
    return StepRecord(step.kind.value, step.key, side_of(before), side_of(after, step.sha256))


class PlanDigest:
    """The digest of a plan, step by step in plan order."""

    def __init__(self, subject: Subject) -> None:
        self._timed = subject.sets_mtime
        self._state = hashlib.sha256()
        for part in (SCHEMA.encode(), subject.host.encode(), subject.path, subject.policy_text.encode()):
            self._add(part)

    def add(self, record: StepRecord) -> None:
        """The next step. An implicit directory comes and goes with the files of others, so to mkdir it is the same as nothing."""
        makes_directory = record.step == StepKind.MKDIR.value
        self._add(record.step.encode())
        self._add(record.key)
        self._add(canonical(None if makes_directory else record.before, False))
        self._add(canonical(record.after, self._timed or record.step == StepKind.MTIME.value))

    def text(self) -> str:
        """``sha256:`` and 64 hex digits."""
        return f"sha256:{self._state.hexdigest()}"

    def _add(self, part: bytes) -> None:
        self._state.update(b"%d:%b," % (len(part), part))


def canonical(side: Side | None, timed: bool) -> bytes:
    """One side as bytes: netstrings of its members, ``-`` for nothing."""
    if side is None:
        return b"-"
    kind, size, md5, sha256, target, mtime = side
    members: list[bytes] = [kind.encode(), b"%d" % size if size is not None else b"", (md5 or "").encode()]
    members += [(sha256 or "").encode(), target or b"", b"%d" % mtime if timed and mtime is not None else b""]
    return b"".join([b"%d:%b," % (len(member), member) for member in members])


def digest_of(plan: Plan, subject: Subject) -> str:
    """The digest of a plan whose files to be sent are pinned."""
    digest = PlanDigest(subject)
    for step in plan.pinned_steps():
        if step.why is not HOUSEKEEPING:
            digest.add(record_of(step))
    return digest.text()


def is_still(today: Side, reviewed: Side) -> bool:
    """Whether what stands there today may be what was reviewed: where an MD5 is not known, size and time decide."""
    if today.kind != reviewed.kind or today.size != reviewed.size:
        return False
    if today.kind == Kind.SYMLINK.value:
        return reviewed.target is None or same_target(today.target, reviewed.target)
    if today.md5 is None or reviewed.md5 is None:
        return today.kind != Kind.FILE.value or today.mtime == reviewed.mtime
    return today.md5 == reviewed.md5


def told(side: Side | None) -> str:
    """One side for people: ``file of 131 bytes, sha256 9d4e1f…``."""
    if side is None:
        return "nothing"
    if side.target is not None:
        return f"{side.kind} -> {shown(side.target)}"
    text = side.kind.replace("_", " ") + (f" of {side.size} bytes" if side.size is not None else "")
    if side.sha256 is not None:
        return f"{text}, sha256 {side.sha256[:_DIGITS]}…"
    return f"{text}, md5 {side.md5[:_DIGITS]}…" if side.md5 is not None else text
