# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps and plans: what will be done, in which order, and why. Immutable: diff, guards, results and execution share them."""

from __future__ import annotations

import collections
import enum
import itertools
import typing as t

from .._model.entries import Entry, Kind
from .._model.paths import join


class StepKind(enum.Enum):
    """What a step does. ``upload`` and ``download`` bring a file to where it is wanted; ``replace`` turns a file into a link at
    one key, or a link into a file; ``quick_delete`` takes a directory with all that is in it."""

    MKDIR = "mkdir"
    UPLOAD = "upload"
    DOWNLOAD = "download"
    SYMLINK = "symlink"
    MTIME = "mtime"
    REPLACE = "replace"
    RENAME = "rename"
    DELETE = "delete"
    RMDIR = "rmdir"
    QUICK_DELETE = "quick_delete"


class Why(enum.Enum):
    """Why a step is in the plan."""

    ABSENT = "absent"
    IMPLICIT = "implicit"
    SIZE = "size differs"
    CONTENT = "content differs"
    NOT_INDEXED = "not indexed"
    TARGET = "target differs"
    TYPE = "type differs"
    MTIME = "mtime differs"
    OBSTRUCTS = "obstructs a directory"
    EXTRANEOUS = "extraneous"
    UNWANTED = "wanted absent"
    LEFT_OVER = "left by a run that was killed"
    ARRIVED = "the same is at the destination"
    EMPTIED = "emptied by the renames"
    MATCHES = "matches"
    SURPLUS = "more than are kept"


class Phase(enum.IntEnum):
    """Each phase is finished before the next starts, so that a visitor never sees a page before what the page needs."""

    OBSTRUCTIONS = 0
    DIRECTORIES = 1
    ASSETS = 2
    ENTRY_POINTS = 3
    LINKS = 4
    DELETES = 5
    LATE_LINKS = 6


class Amount(t.NamedTuple):
    """How much is below a directory, as ``du`` counts it: objects (explicit directories and its own included), and bytes."""

    objects: int
    bytes: int


class Load(t.NamedTuple):
    """How much a phase has to do, or has done: steps, and the bytes that they send or fetch."""

    steps: int
    bytes: int

    def with_one(self, size: int) -> Load:
        """The same with another step, of so many bytes."""
        return Load(self.steps + 1, self.bytes + size)


class Step(t.NamedTuple):
    """One change.

    base      absolute path of the directory that the entries' names are relative to
    before    what stands there now, None for nothing
    after     what will stand there, None for nothing
    wave      order within the phase: a wave is finished before the next one starts
    source    absolute path of what is renamed, None where nothing is
    whole     how much goes with a directory that goes as a whole, None where each object has a step
    sha256    what the content to send must have, lower-case hex; None where it is not pinned
    """

    kind: StepKind
    base: bytes
    before: Entry | None
    after: Entry | None
    why: Why
    phase: Phase
    wave: int = 0
    source: bytes | None = None
    whole: Amount | None = None
    sha256: str | None = None

    @property
    def entry(self) -> Entry:
        """The object of the step: as it will be, or if it is deleted, as it was."""
        return t.cast(Entry, self.after or self.before)

    @property
    def path(self) -> bytes:
        """Absolute, without the directory's slash. Computed on demand: a plan may have a million steps."""
        return join(self.base, self.entry.name)

    @property
    def key(self) -> bytes:
        return self.path + b"/" if self.entry.kind is Kind.DIRECTORY else self.path

    @property
    def sends(self) -> bool:
        """Whether it sends or fetches a file."""
        return self.after is not None and self.after.kind is Kind.FILE and self.kind not in _SENDS_NOTHING

    @property
    def size(self) -> int:
        """Bytes that the step sends or fetches."""
        return (self.entry.size or 0) if self.sends else 0

    @property
    def sign(self) -> str:
        """``+`` for a new object, ``-`` for a deleted one, ``~`` for a change."""
        if self.after is None:
            return "-"
        return "+" if self.before is None and self.source is None else "~"

    @property
    def changed_keys(self) -> tuple[bytes, ...]:
        """The keys whose content changes for visitors. A directory that is deleted as a whole stands for all that is in it."""
        if self.kind is StepKind.QUICK_DELETE:
            return (self.key,)
        if self.kind not in _CHANGES_CONTENT:
            return ()
        return (self.path,) if self.source is None else (self.source, self.path)


_SENDS_NOTHING = frozenset({StepKind.MTIME, StepKind.RENAME})
_CHANGES_CONTENT = frozenset(
    {StepKind.UPLOAD, StepKind.DOWNLOAD, StepKind.SYMLINK, StepKind.REPLACE, StepKind.RENAME, StepKind.DELETE}
)

_SHA256 = 32
PIN = _SHA256 + 16
"""The bytes of one pin."""

Kept = t.Union[Step, Entry]
_BRINGS = frozenset({StepKind.UPLOAD, StepKind.DOWNLOAD})  # a plan has one of them


class Steps(t.Sequence[Step]):
    """The steps of a plan, in order. A new file is stored as its entry alone and becomes a step on access: the plan of 250,000
    new files peaks at 83 MiB instead of 113, for a tenth more processor time."""

    def __init__(
        self, base: bytes, waves: t.Sequence[tuple[Phase, int, t.Sequence[Kept]]], brings: StepKind = StepKind.UPLOAD
    ) -> None:
        self._base, self._schedule, self._brings = base, waves, brings
        self._length = sum(len(kept) for _phase, _wave, kept in waves)

    @staticmethod
    def kept(step: Step) -> Kept:
        """The compact form of a step."""
        is_new_file = step.kind in _BRINGS and step.before is None and step.why is Why.ABSENT
        return t.cast(Entry, step.after) if is_new_file else step

    def without(self, names: t.Collection[bytes], why: Why) -> Steps:
        """The steps, without those that have this reason and one of these names."""
        waves: list[tuple[Phase, int, t.Sequence[Kept]]] = []
        for phase, wave, kept in self._schedule:
            left = [one for one in kept if not isinstance(one, Step) or one.why is not why or one.entry.name not in names]
            waves.append((phase, wave, left))
        return Steps(self._base, waves, self._brings)

    def loads(self) -> dict[Phase, Load]:
        """As ``Plan.loads``, without making the steps."""
        found: dict[Phase, Load] = {}
        for phase, _wave, kept in self._schedule:
            steps, size = found.get(phase, (0, 0))
            if kept:
                found[phase] = Load(steps + len(kept), size + sum(one.size or 0 for one in kept))
        return found

    def only(self, takes: t.Callable[[Phase, bytes, bytes], bool]) -> Steps:
        """The steps that are taken, by phase, base and key; without making a step of each new file."""
        waves: list[tuple[Phase, int, t.Sequence[Kept]]] = []
        for phase, wave, kept in self._schedule:
            taken = [
                one
                for one in kept
                if (takes(phase, one.base, one.entry.key) if isinstance(one, Step) else takes(phase, self._base, one.key))
            ]
            waves.append((phase, wave, taken))
        return Steps(self._base, waves, self._brings)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> t.Iterator[Step]:
        for phase, wave, kept in self._schedule:
            for one in kept:
                yield one if isinstance(one, Step) else Step(self._brings, self._base, None, one, Why.ABSENT, phase, wave)

    @t.overload
    def __getitem__(self, index: int) -> Step:
        ...

    @t.overload
    def __getitem__(self, index: slice) -> tuple[Step, ...]:
        ...

    def __getitem__(self, index: int | slice) -> Step | tuple[Step, ...]:
        if isinstance(index, int):
            place = range(self._length)[index]
            return next(itertools.islice(self, place, None))
        start, cancellation, stride = index.indices(self._length)
        return tuple(itertools.islice(self, start, cancellation, stride)) if stride > 0 else tuple(self)[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (Steps, tuple)) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]


class Counts(t.NamedTuple):
    """What the march saw. Complete, whatever is cut from lists.

    unchanged   wanted entries that need no step
    protected   entries that would have been changed or deleted, and match ``protect``
    shadowed    entries of another kind under a wanted name, and entries behind a symlink: left as they are
    unusual     extraneous entries with empty, ``.`` or ``..`` components: left as they are
    wanted      files and links of the wanted side
    objects     objects of the present side that the filters include
    content     files and links among them
    shared      wanted files and links whose key is taken by a file or a link
    """

    unchanged: int = 0
    protected: int = 0
    shadowed: int = 0
    unusual: int = 0
    wanted: int = 0
    objects: int = 0
    content: int = 0
    shared: int = 0


class LookAlikes(t.NamedTuple):
    """Two names that are equal under Unicode NFC: ``both_wanted``, or ``one`` is made and ``other`` deleted."""

    one: bytes
    other: bytes
    both_wanted: bool


class Plan(t.NamedTuple):
    """The whole plan, in the order in which it is carried out.

    base        absolute path of the directory that entry names are relative to
    unknown     local regions that could not be read: (name, why). Their deletes are not in the plan
    immutable   names that match ``immutable`` and differ
    look_alikes pairs of names that are equal under Unicode NFC and would both be there
    brings      the direction: what brings a file to where it is wanted
    pins        of each step in order the SHA-256 and MD5 of what it sends, zeros where it sends nothing; empty where no content
                is pinned. Packed, because a plan may have a million steps
    others      new files that other hosts send, and that have no steps here
    """

    base: bytes
    steps: t.Sequence[Step]
    counts: Counts
    unknown: tuple[tuple[bytes, str], ...] = ()
    immutable: tuple[bytes, ...] = ()
    look_alikes: tuple[LookAlikes, ...] = ()
    notes: tuple[str, ...] = ()
    brings: StepKind = StepKind.UPLOAD
    pins: bytes | bytearray = b""
    others: Amount = Amount(0, 0)

    def __bool__(self) -> bool:
        return bool(self.steps)

    def path(self, name: bytes) -> bytes:
        return join(self.base, name)

    def pinned_steps(self) -> t.Iterator[Step]:
        """The steps, each with the digests of the content that it sends, where that is pinned."""
        if not self.pins:
            yield from self.steps
            return
        for number, step in enumerate(self.steps):
            pin = self.pins[number * PIN : (number + 1) * PIN]
            after = step.after
            if after is None or not step.sends:
                yield step
            else:
                yield step._replace(sha256=pin[:_SHA256].hex(), after=after._replace(md5=pin[_SHA256:].hex()))

    def waves(self) -> t.Iterator[tuple[Phase, list[Step]]]:
        """The steps in groups that may run side by side, in order."""
        for (phase, _wave), steps in itertools.groupby(self.pinned_steps(), lambda step: (step.phase, step.wave)):
            yield phase, list(steps)

    def stages(self) -> t.Iterator[tuple[Phase, list[Step]]]:
        """The waves, but for one overlap: while the last directories are made, the first assets may be on their way.

        Not so with renames. An implicit directory vanishes with its last object, and the next run would not know that it is to
        be made: so all are there before the first object goes.
        """
        directories: list[Step] = []
        for phase, wave in self.waves():
            if directories and (phase is not Phase.ASSETS or wave[0].source is not None):
                yield Phase.DIRECTORIES, directories
                directories = []
            if phase is Phase.DIRECTORIES:
                directories = wave
            else:
                yield phase, [*directories, *wave]
                directories = []
        if directories:
            yield Phase.DIRECTORIES, directories

    def loads(self) -> dict[Phase, Load]:
        """How much there is to do in each phase that has steps, in their order."""
        if isinstance(self.steps, Steps):
            return self.steps.loads()
        found: dict[Phase, Load] = {}
        for step in self.steps:
            found[step.phase] = found.get(step.phase, Load(0, 0)).with_one(step.size)
        return found

    def summary(self) -> dict[str, int]:
        """The counts of a result's ``plan.summary``."""
        signs: collections.Counter[str] = collections.Counter()
        for step in self.steps:
            signs[step.sign] += 1 if step.whole is None else max(1, step.whole.objects)
        return {
            "creates": signs["+"] + self.others.objects,
            "changes": signs["~"],
            "deletes": signs["-"],
            "unchanged": self.counts.unchanged,
            "protected": self.counts.protected,
            "shadowed": self.counts.shadowed,
            "bytes": sum(step.size for step in self.steps) + self.others.bytes,
        }
