# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is measured: a tree, what the store holds at the start, a latency, a throttle, and which programs take part."""

from __future__ import annotations

import dataclasses
import enum

from ansible_collections.edgeops.netstorage.tests.bench import budget
from ansible_collections.edgeops.netstorage.tests.bench.trees import Load, Tree, directory


class Start(enum.Enum):
    """What the store holds before each run."""

    EMPTY = "nothing"
    SAME = "the same tree"
    STALE = "the same tree, 1 % of the files in an older edition"
    MORE = "the same tree and as many files again that are to be deleted"


CROWDED_ABOVE = 8  # requests in progress that do not disturb each other
OURS = ("play", "module")
OURS_AT_95 = ("play-95", "module-95")
PEERS = ("rclone", "rclone-fast")
REVIEWED = ("module", "module-plan", "module-expect")
USUAL = (*OURS, *PEERS, "idle-play")
WITH_95 = (*OURS, *OURS_AT_95, *PEERS, "idle-play")


@dataclasses.dataclass(frozen=True)
class Case:
    """One row of ``--list``.

    throttle  requests that the emulator admits in a second, 0 for all
    crowded_ms  what each request in progress above eight adds to the latency of a new one
    check     ours run in check mode, so they only plan
    programs  those that take part unless others are asked for
    default   part of a run that names no cases
    on_disk   the emulator keeps bodies in files
    tls       over https, as the service is
    """

    name: str
    title: str
    tree: Tree
    start: Start
    latency_ms: float = 0
    connections: int = 16
    throttle: float = 0
    crowded_ms: float = 0
    check: bool = False
    programs: tuple[str, ...] = USUAL
    default: bool = False
    on_disk: bool = False
    tls: bool = False

    @property
    def changed(self) -> range:
        """The numbers of the files that are stale at the start."""
        return range(0, self.tree.files, 100) if self.start is Start.STALE else range(0)

    def prepare(self, place: str, load: Load) -> None:
        """Fills the empty store."""
        if self.start is Start.EMPTY:
            return
        self.tree.load(place, load)
        if self.start is Start.MORE:
            load([directory(f"{place}/old")])
            old = dataclasses.replace(self.tree, links=0)
            old.load(f"{place}/old", load)

    def renew(self, place: str, load: Load) -> None:
        """Before each run: back to the start, where a run has changed only a part."""
        if self.changed:
            load([self.tree.file(place, number, edition=-1) for number in self.changed])

    @property
    def limits(self) -> dict[str, float | None]:
        """The settings of the emulator's throttle; empty for none."""
        rate = {"requests_per_second": self.throttle} if self.throttle else {}
        return {**rate, "crowded_above": CROWDED_ABOVE, "crowded_ms": self.crowded_ms} if self.crowded_ms else rate

    @property
    def latency_of_all_ms(self) -> float:
        """The latency while all connections are at work."""
        return self.latency_ms + max(0, self.connections - CROWDED_ABOVE) * self.crowded_ms

    @property
    def keeps_store(self) -> bool:
        """Whether ``renew`` is enough between two runs."""
        return self.start in (Start.SAME, Start.STALE)

    def requests_at_most(self, place: str) -> int:
        """The budget of ns_sync."""
        contents = budget.Contents(self.tree.files, self.tree.links, self.tree.folders)
        there = 0 if self.start is Start.EMPTY else contents.entries
        if self.start is Start.MORE:
            gone = self.tree.files + self.tree.folders + 1
            return budget.no_op(place, there + gone) if self.check else budget.update(gone, place, there + gone)
        if self.check:
            return budget.no_op(place, there)
        if self.start is Start.EMPTY:
            return budget.first_sync(contents, place)
        return budget.update(len(self.changed), place, there)


_SMALL = Tree(files=1000, size=350, folders=50)
_MEDIUM = Tree(files=10_000, size=350, folders=200)
_LARGE = Tree(files=100_000, size=350, folders=1000)
_HUGE = Tree(files=1_000_000, size=350, folders=5000)
_FLAT = Tree(files=500, size=350, folders=1)
_LINKED = dataclasses.replace(_SMALL, links=50)
_DELETED = Tree(files=5000, size=350, folders=50)

CASES = {
    case.name: case
    for case in (
        Case("first-30ms", "first sync, 1,000 files, 30 ms", _SMALL, Start.EMPTY, 30, programs=WITH_95, default=True),
        Case("first-0ms", "first sync, 1,000 files, no latency", _SMALL, Start.EMPTY, programs=WITH_95, default=True),
        Case("noop-30ms", "no-op, 1,000 files, 30 ms", _SMALL, Start.SAME, 30, default=True),
        Case("noop-0ms", "no-op, 1,000 files, no latency", _SMALL, Start.SAME, default=True),
        Case("changed-30ms", "1 % of 1,000 changed, 30 ms", _SMALL, Start.STALE, 30, default=True),
        Case("changed-0ms", "1 % of 1,000 changed, no latency", _SMALL, Start.STALE, default=True),
        Case("first-64", "first sync, 1,000 files, 30 ms, 64 connections", _SMALL, Start.EMPTY, 30, 64, programs=WITH_95),
        Case("throttled-95", "first sync, 1,000 files, 30 ms, 95 requests a second", _SMALL, Start.EMPTY, 30, throttle=95),
        Case("throttled-300", "first sync, 1,000 files, 30 ms, 300 requests a second", _SMALL, Start.EMPTY, 30, throttle=300),
        Case("crowded", "first sync, 500 files in one directory, 30 ms and 50 more for each request above 8, 32 connections",
             _FLAT, Start.EMPTY, 30, 32, crowded_ms=50),
        Case("links-30ms", "first sync, 1,000 files and 50 links, 30 ms", _LINKED, Start.EMPTY, 30),
        Case("changed-10k", "1 % of 10,000 changed, 30 ms", _MEDIUM, Start.STALE, 30, programs=WITH_95),
        Case("noop-10k", "no-op plan, 10,000 files, no latency", _MEDIUM, Start.SAME, check=True),
        Case("noop-100k", "no-op plan, 100,000 files, no latency", _LARGE, Start.SAME, check=True),
        Case("noop-1m", "no-op plan, 1,000,000 files, no latency", _HUGE, Start.SAME, check=True),
        Case("first-1m", "plan of a first sync, 1,000,000 files", _HUGE, Start.EMPTY, check=True,
             programs=(*OURS, "idle-play")),  # rclone --dry-run makes no plan
        Case("expect-1k", "plan of a first sync, its document, and the same expected, 1,000 files", _SMALL, Start.EMPTY,
             check=True, programs=REVIEWED),
        Case("expect-100k", "the same, 100,000 files", _LARGE, Start.EMPTY, check=True, programs=REVIEWED),
        Case("expect-1m", "the same, 1,000,000 files", _HUGE, Start.EMPTY, check=True, programs=REVIEWED),
        Case("deletes", "5,000 deletes, 20 ms", _DELETED, Start.MORE, 20, programs=WITH_95),
        Case("one-large", "one file of 1 GiB", Tree(files=1, size=2**30, folders=1), Start.EMPTY, on_disk=True),
        Case("many-large", "200 files of 8 MiB", Tree(files=200, size=2**23, folders=4), Start.EMPTY, on_disk=True),
        Case("first-30ms-tls", "first sync, 1,000 files, 30 ms, https", _SMALL, Start.EMPTY, 30, tls=True),
        Case("first-64-tls", "first sync, 1,000 files, 30 ms, 64 connections, https", _SMALL, Start.EMPTY, 30, 64, tls=True),
        Case("one-large-tls", "one file of 1 GiB, https", Tree(files=1, size=2**30, folders=1), Start.EMPTY, on_disk=True,
             tls=True),
    )
}  # fmt: skip
DEFAULT = [case.name for case in CASES.values() if case.default]
