# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The planner: pairs in, plan out.

The planner looks at each pair of the march once and keeps differences only. It does no I/O: where a digest decides, it returns
a question, and the caller answers later, in any order.
"""

from __future__ import annotations

import collections
import typing as t

from .._model.entries import Entry, Found, Kind, Withheld, same_target
from .._model.errors import BadReply, LinkInTheWay
from .._model.filters import Patterns
from .._model.paths import is_unusual, join, shown
from .ancestors import Ancestors, Leaving, Passed, is_link
from .compare import Answer, Question, answered, by_time_alone, compared
from .left_over import LeftOver
from .names import Spelling, refuse_twins
from .policy import Policy
from .renames import Moving
from .schedule import Schedule, wave_of_delete
from .steps import Counts, Phase, Plan, Step, StepKind, Why

_FILE = Kind.FILE
_OF_A_PAIR = frozenset({"objects", "wanted", "content", "shared"})


class Planner:
    """Collects the plan for the tree at ``base``."""

    def __init__(self, base: bytes, policy: Policy, schedule: Schedule | None = None) -> None:
        self.base, self.policy = base, policy
        self._last = Patterns(one for patterns in policy.last for one in patterns.parsed)
        self._fetches = policy.fetches
        self._schedule = Schedule(base, policy.brings) if schedule is None else schedule
        self._tally = dict.fromkeys(Counts._fields, 0)
        self._pairs = self._odd_pairs = 0
        self._regions: list[Withheld] = []
        self._unknown: list[tuple[bytes, str]] = []
        self._passing = Ancestors()
        self._leaving = Leaving()
        self._compares = not policy.keep_existing and policy.move is None
        self._moving = Moving(base, policy.move) if policy.move is not None else None
        self._immutable: list[bytes] = []
        self._obstructions: dict[bytes, int] = {}
        self._late: set[bytes] = set()
        self._spelling = Spelling()
        self._behind: collections.Counter[bytes] = collections.Counter()
        self._left_over = LeftOver(base, policy)
        self._notes: list[str] = []
        self._by_time = 0
        self._twins: list[bytes] = []

    # -- what the driver calls ---------------------------------------------------------------------------------------

    def ancestor(self, path: bytes, found: Found | None) -> None:
        """A directory above the tree, with what ``stat`` says of it; None where the account has no access."""
        if found is None:
            self._notes.append(f"{shown(path)} is above what the account has access to (403) and was left alone")
            return
        if found.link is not None:
            raise LinkInTheWay(
                "A symlink stands where a directory must be",
                path=path,
                hint="Deploy to the directory it points to, or remove the link with ns_symlink first.",
            )
        present = found.directory
        if self.policy.ancestors and (present is None or present.implicit):
            self._mkdir(b"", present, Entry(path[1:], Kind.DIRECTORY))

    def consider(self, want: Entry | Withheld | None, have: Entry | None) -> Question | None:
        """The next pair of the march. Returns a question where only a digest can tell."""
        if have is not None and have.kind is _FILE and isinstance(want, Entry) and self._is_plain(want, have.name):
            self._pairs += 1
            self._passing.went_by(want.name, want, have, "")
            return self._compared(want, have)
        self._odd_pairs += 1
        key = (have or t.cast(Entry, want)).key
        self._passing.move_to(key)
        self._pass_by(key)
        if isinstance(want, Withheld):
            self._regions.append(want)
            if want.unknown:
                self._unknown.append((want.name, want.why))
            want = None
        if have is not None and self._regions and self._is_withheld(key):
            self._stays(have)
            return None
        if self._fetches and key.endswith(b"/"):
            refuse_twins(self.base, key[:-1], self._passing)
        if want is None:
            if have is not None:
                self._extraneous(have)
            return None
        return self._wanted(want, have)

    def answer(self, question: Question, answer: Answer) -> None:
        """The answer to a question: now it is known whether the two files differ."""
        want, have, _asks = question
        why = answered(self.policy, question, answer)
        if why is None:  # nearly always, and a copy is expensive
            self._by_time += question.asks and by_time_alone(self.policy, question, answer)
            self._settle(want, have, why)
        elif self._fetches:
            self._settle(want, have._replace(md5=answer.md5), why)
        else:
            self._settle(want._replace(md5=want.md5 or answer.md5), have._replace(md5=have.md5 or answer.there), why)

    def compared(self) -> tuple[int, int]:
        """How many pairs were considered, and how many steps they led to. For any thread, at any moment."""
        return self._pairs + self._odd_pairs, len(self._schedule)

    def finish(self) -> Plan:
        """The plan. Both streams have ended and every question was answered."""
        self._pass_by(None)
        if self._late:
            self._schedule.put_off(self._late)
        if self._unknown:
            left = self._schedule.drop_from(Phase.DELETES)
            if left:
                self._notes.append(f"{left} deletes and links that wait for them were left out: parts of the source are unknown")
        self._notes += _out_of_reach(self._behind)
        self._notes += _beside(self._twins)
        if self._by_time:
            self._notes.append(
                f"{self._by_time} files were compared by size and time alone: the service lists no MD5, and their ETags have none"
            )
        self._notes += filter(None, [self._left_over.note()])
        for name, depth in self._obstructions.items():
            self._schedule.add(self._obstruction(name, depth))
        if self._left_over.waiting:
            self._schedule.keep_for_downloads(self._left_over.waiting)
        steps = self._schedule.in_order()
        return Plan(
            self.base,
            steps,
            Counts(**self._counted()),
            tuple(self._unknown),
            tuple(self._immutable),
            self._spelling.look_alikes(steps),
            tuple(self._notes),
            self.policy.brings,
        )

    # -- the two sides -----------------------------------------------------------------------------------------------

    def _is_plain(self, want: Entry, name: bytes) -> bool:
        """Fast path: whether a pair of two files has no influence on other pairs, as nearly all in a large tree.

        No earlier name is above them, and no rule but the comparison applies.
        """
        passing, leaving = self._passing, self._leaving
        if want.kind is not _FILE or self._regions or leaving.frames or not self._compares or not name.isascii():
            return False
        passing.move_to(name)
        return not passing.around

    def _wanted(self, want: Entry, have: Entry | None) -> Question | None:
        self._spelling.wanted(want.name)
        self._way_there(want)
        tally = self._tally
        if have is not None and not have.implicit:
            tally["objects"] += 1
        if want.kind is Kind.DIRECTORY:
            self._wanted_directory(want, have)
            return None
        tally["wanted"] += 1
        if have is not None:
            tally["content"] += 1
            tally["shared"] += 1
        link = "stays" if self._link_stays(want, have) else ""
        fresh = want.kind is Kind.SYMLINK and not link and not self._is_kept(have)
        self._passing.went_by(want.name, want, have, link, fresh)
        if have is not None and have.kind is Kind.DIRECTORY:
            raise BadReply("A directory stands at a key that ends in a slash and is wanted as a file", path=want.name)
        if self._moving is None:
            return self._sent(want, have)
        step = self._moving.step(want, have, self.policy.keep_existing)
        if step is None:
            tally["protected"] += 1
        else:
            self._schedule.add(step)
        return None

    def _sent(self, want: Entry, have: Entry | None) -> Question | None:
        """A wanted file or link from the source."""
        if have is None:
            self._change(self.policy.brings if want.kind is Kind.FILE else StepKind.SYMLINK, want, None, Why.ABSENT)
        elif self.policy.keep_existing:
            self._tally["unchanged"] += 1
        elif want.kind is not have.kind:
            self._change(StepKind.REPLACE, want, have, Why.TYPE)
        elif want.kind is Kind.SYMLINK:
            if same_target(want.target, have.target):
                self._tally["unchanged"] += 1
            else:
                self._change(StepKind.SYMLINK, want, have, Why.TARGET)
        else:
            return self._compared(want, have)
        return None

    def _link_stays(self, want: Entry, have: Entry | None) -> bool:
        if have is None or have.kind is not Kind.SYMLINK:
            return False
        return want.kind is Kind.SYMLINK or self._is_kept(have)

    def _is_kept(self, have: Entry | None) -> bool:
        return have is not None and (self.policy.keep_existing or self.policy.protect.match(have.key))

    def _wanted_directory(self, want: Entry, have: Entry | None) -> None:
        if have is not None and have.kind is not Kind.DIRECTORY:
            raise BadReply("An object whose name ends in a slash stands where a directory is wanted", path=want.name)
        if self._moving is not None:
            self._moving.enter(want)
        if not self.policy.delete and any(self._is_shadowed(twin) for twin in self._passing.twins(want.name)):
            self._tally["shadowed"] += 1
            self._twins.append(want.name)
        if self.policy.explicit and (have is None or have.implicit):
            if have is not None and self.policy.protect.match(have.key):
                self._tally["protected"] += 1
            else:
                self._mkdir(self.base, have, want)
        elif have is not None:
            self._tally["unchanged"] += 1

    def _is_shadowed(self, twin: Passed) -> bool:
        """Whether a wanted directory's twin is extraneous, and stays only because ``delete`` is false."""
        name = twin.below[:-1]
        left = twin.wanted is None and name not in self._obstructions
        return left and self.policy.filter.takes(name) and not self.policy.protect.match(name)

    def _compared(self, want: Entry, have: Entry) -> Question | None:
        why = compared(self.policy, want, have)
        if isinstance(why, Question):
            return why
        self._settle(want, have, why)
        return None

    def _settle(self, want: Entry, have: Entry, why: Why | None) -> None:
        if why is not None:
            self._change(self.policy.brings, want, have, why)
            return
        mtime = want.mtime if self.policy.mtime == "wanted" else self.policy.mtime
        if isinstance(mtime, int) and have.mtime != mtime:
            self._change(StepKind.MTIME, want, have, Why.MTIME)
        else:
            self._tally["unchanged"] += 1

    def _extraneous(self, have: Entry) -> None:
        key = have.key
        directory = have.kind is Kind.DIRECTORY
        if self._left_over.must_stay(have):
            self._stays(have)
            return
        waits = self._left_over.waits(have)
        left_over = waits and self._left_over.goes(have)
        if not self.policy.filter.takes(key) and not left_over:
            self._stays(have)
            return
        if not waits:
            self._count_object(have)
        stays = self._why_it_stays(have, key)
        if stays:
            self._tally[stays] += 1
        goes = not stays and (self.policy.delete or left_over)
        if not directory:
            state = ("goes" if goes else "stays") if have.kind is Kind.SYMLINK else ""
            self._passing.went_by(have.name, None, have, state)
        if not goes:
            self._leave(have)
        elif directory:
            self._leaving.enter(have)
        else:
            self._schedule.add(self._delete(StepKind.DELETE, have, Why.LEFT_OVER if left_over else self.policy.delete_because))

    def _why_it_stays(self, have: Entry, key: bytes) -> str:
        if self.policy.protect.match(key):
            return "protected" if self.policy.delete else ""
        if not self.policy.unusual_names and is_unusual(have.name):
            return "unusual"
        is_twin = have.kind is Kind.DIRECTORY and any(twin.wanted for twin in self._passing.twins(have.name))
        if is_twin and not self.policy.delete:
            self._twins.append(have.name)
        for over in self._passing.over(key):
            if over.link == "stays" or (over.fresh and not self.policy.delete):
                self._behind[over.below[:-1]] += self.policy.delete and not have.implicit
                return "shadowed"
        if is_twin and not self.policy.delete:
            return "shadowed"
        for over in self._passing.over(key):
            if over.fresh and over.wanted is not None:
                self._late.add(over.wanted.name)
        return ""

    # -- steps -------------------------------------------------------------------------------------------------------

    def _change(self, kind: StepKind, want: Entry, have: Entry | None, why: Why) -> None:
        if have is not None and self.policy.protect.match(have.key):
            self._tally["protected"] += 1
            return
        if have is not None and kind is not StepKind.MTIME and self.policy.immutable.match(have.key):
            self._immutable.append(want.name)
        phase, wave = self._place_of(kind, want)
        self._schedule.add(Step(kind, self.base, have, want, why, phase, wave))

    def _place_of(self, kind: StepKind, want: Entry) -> tuple[Phase, int]:
        if kind in (StepKind.SYMLINK, StepKind.REPLACE):
            return Phase.LINKS, 0
        if kind is self.policy.brings and self._last.match(want.name):
            for wave, patterns in enumerate(self.policy.last):
                if patterns.match(want.name):
                    return Phase.ENTRY_POINTS, wave
        return Phase.ASSETS, 0

    def _mkdir(self, base: bytes, have: Entry | None, want: Entry) -> None:
        why = Why.ABSENT if have is None else Why.IMPLICIT
        self._schedule.add(Step(StepKind.MKDIR, base, have, want._replace(implicit=False), why, Phase.DIRECTORIES))

    def _delete(self, kind: StepKind, have: Entry, why: Why) -> Step:
        wave = wave_of_delete(have, self._passing.links_over(have.key))
        return Step(kind, self.base, have, None, why, Phase.DELETES, wave)

    def _obstruction(self, name: bytes, depth: int) -> Step:
        link = Entry(name, Kind.SYMLINK)
        return Step(StepKind.DELETE, self.base, link, None, Why.OBSTRUCTS, Phase.OBSTRUCTIONS, depth)

    # -- what went by ------------------------------------------------------------------------------------------------

    def _pass_by(self, key: bytes | None) -> None:
        whole = self.policy.whole
        for directory in self._leaving.left_behind(key):
            kind = StepKind.RMDIR if whole is None else StepKind.QUICK_DELETE
            self._schedule.add(self._delete(kind, directory, self.policy.delete_because)._replace(whole=whole))
        for step in self._moving.emptied(key) if self._moving is not None else ():
            self._schedule.add(step)
        while self._regions and (key is None or key >= self._regions[-1].name.rstrip(b"/") + b"0"):
            self._regions.pop()

    def _way_there(self, want: Entry) -> None:
        """No wanted entry is ever written through a symlink."""
        for over in self._passing.over(want.key):
            if over.have is None or not is_link(over.have):
                continue
            name = over.have.name
            if not self.policy.replace_links or self.policy.protect.match(name) or not self.policy.filter.takes(name):
                raise LinkInTheWay(
                    "A symlink stands where a directory must be",
                    path=join(self.base, name),
                    hint="Remove it with ns_symlink first, or let ns_sync do so with replace_links: true.",
                )
            if name not in self._obstructions:
                self._obstructions[name] = self._passing.links_over(name)
                over.link = "goes"
                self._schedule.forget_delete(name)

    def _is_withheld(self, key: bytes) -> bool:
        return any(key == r.name or key.startswith(r.name.rstrip(b"/") + b"/") for r in self._regions)

    def _count_object(self, have: Entry) -> None:
        if not have.implicit:
            self._tally["objects"] += 1
            if have.kind is not Kind.DIRECTORY:
                self._tally["content"] += 1

    def _stays(self, have: Entry) -> None:
        if have.kind is not Kind.DIRECTORY:
            self._passing.went_by(have.name, None, have, "stays" if is_link(have) else "")
        self._leave(have)

    def _counted(self) -> dict[str, int]:
        """The tally, with the plain pairs: each is an object on both sides."""
        return {name: count + (self._pairs if name in _OF_A_PAIR else 0) for name, count in self._tally.items()}

    def _leave(self, have: Entry) -> None:
        """Something stays, so the directories above it stay as well. An implicit directory exists only by what is below it."""
        if not have.implicit:
            self._leaving.veto()


def _beside(twins: list[bytes]) -> t.Iterator[str]:
    if twins:
        named = ", ".join(shown(name) for name in twins[:5]) + (f" and {len(twins) - 5} more" if len(twins) > 5 else "")
        beside = "A file or link and a directory of the same name exist beside each other"
        yield f"{beside}: {named}. delete: true removes what is not wanted"


def _out_of_reach(behind: collections.Counter[bytes]) -> t.Iterator[str]:
    """On a service that follows links in paths, no delete could reach these while the link exists; and a plan in which a live
    link is missing during the deletes would be worse than leaving them."""
    left = [f"{count} behind {shown(name)}" for name, count in behind.items() if count]
    if left:
        named = ", ".join(left[:5]) + (f" and more behind {len(left) - 5} others" if len(left) > 5 else "")
        why = "a delete might go where the link leads. Remove the link with ns_symlink and run again"
        yield f"Extraneous objects were left behind symlinks that stay ({named}): {why}"
