# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# This room is private to edgeops.netstorage: nothing here is a promise to other collections.

"""The draft: pairs in, plan out.

The draft looks at each pair of the march once and keeps differences only. It does no I/O: where a digest decides, it hands
back a question, and whoever drives it answers later, in any order.
"""

from __future__ import annotations

import typing as t
import unicodedata

from .._model.entries import Entry, Kind, Withheld, same_target
from .._model.errors import BadReply, LinkInTheWay
from .._model.filters import Patterns
from .._model.paths import decoded, is_unusual, join, relative, shown
from .._model.temporary import owner_of
from .comparing import Answer, Question, answered, compared
from .passing import Leaving, Passed, Passing, is_link
from .policy import Policy
from .steps import Counts, Phase, Plan, Step, StepKind, Why
from .waves import Waves

_DEEPEST = 1_000_000
_FILE = Kind.FILE
_OF_A_PAIR = frozenset({"objects", "wanted", "content", "shared"})


class Draft:
    """Collects the plan for the tree at ``base``."""

    def __init__(self, base: bytes, policy: Policy) -> None:
        self.base = base
        self.policy = policy
        self._last = Patterns(text for patterns in policy.last for text in patterns.texts)
        self._waves = Waves(base)
        self._tally = dict.fromkeys(Counts._fields, 0)
        self._pairs = 0
        self._regions: list[Withheld] = []
        self._unknown: list[tuple[bytes, str]] = []
        self._passing = Passing()
        self._leaving = Leaving()
        self._immutable: list[bytes] = []
        self._obstructions: dict[bytes, int] = {}
        self._late: set[bytes] = set()
        self._spelled: dict[str, bytes] = {}
        self._look_alikes: list[tuple[bytes, bytes]] = []
        self._notes: list[str] = []

    # -- what the driver calls ---------------------------------------------------------------------------------------

    def ancestor(self, path: bytes, rows: t.Sequence[Entry] | None) -> None:
        """A directory on the way to the tree, with what ``stat`` says of it; None where the account may not look."""
        if rows is None:
            self._notes.append(f"{shown(path)} lies above what the account may see (403) and was left alone")
            return
        if any(row.kind is Kind.SYMLINK for row in rows):
            raise LinkInTheWay(
                "A symlink stands where a directory must be",
                path=path,
                hint="Deploy to the place it points to, or remove the link with ns_symlink first.",
            )
        present = next((row for row in rows if row.kind is Kind.DIRECTORY), None)
        if self.policy.ancestors and (present is None or present.implicit):
            self._mkdir(b"", present, Entry(path[1:], Kind.DIRECTORY))

    def consider(self, want: Entry | Withheld | None, have: Entry | None) -> Question | None:
        """The next pair of the march. Returns a question where only a digest can tell."""
        if have is not None and have.kind is _FILE and isinstance(want, Entry) and self._is_plain(want, have.name):
            self._pairs += 1
            self._passing.went_by(want.name, want, have, "")
            return self._compared(want, have)
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
        if want is None:
            if have is not None:
                self._extraneous(have)
            return None
        return self._wanted(want, have)

    def answer(self, question: Question, answer: Answer) -> None:
        """Somebody has looked: now it is known whether the two differ."""
        want, have = question
        self._settle(want._replace(md5=answer.md5), have, answered(self.policy, question, answer))

    def finish(self) -> Plan:
        """The plan. Both streams have ended and every question was answered."""
        self._pass_by(None)
        if self._late:
            self._waves.put_off(self._late)
        if self._unknown:
            left = self._waves.drop_from(Phase.DELETES)
            if left:
                self._notes.append(f"{left} deletes and links that wait for them were left out: parts of the source are unknown")
        for name, depth in self._obstructions.items():
            self._waves.add(self._obstruction(name, depth))
        steps = self._waves.in_order()
        return Plan(
            self.base,
            steps,
            Counts(**self._counted()),
            tuple(self._unknown),
            tuple(self._immutable),
            tuple(self._look_alikes) + _respelled(steps),
            tuple(self._notes),
        )

    # -- the two sides -----------------------------------------------------------------------------------------------

    def _is_plain(self, want: Entry, name: bytes) -> bool:
        """Whether two files of one name, one on each side, concern nothing but each other: nearly all of a large tree do.

        What went by is no longer around them, and no rule but the comparison has a say.
        """
        passing, leaving = self._passing, self._leaving
        if want.kind is not _FILE or self._regions or leaving.frames or self.policy.keep_existing or not name.isascii():
            return False
        passing.move_to(name)
        return not passing.around

    def _wanted(self, want: Entry, have: Entry | None) -> Question | None:
        self._spelling(want.name)
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
        if have is None:
            self._change(StepKind.UPLOAD if want.kind is Kind.FILE else StepKind.SYMLINK, want, None, Why.ABSENT)
        elif have.kind is Kind.DIRECTORY:
            raise BadReply("A directory stands at a key that ends in a slash and is wanted as a file", path=want.name)
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
        if not self.policy.delete and any(self._is_shadowed(twin) for twin in self._passing.twins(want.name)):
            self._tally["shadowed"] += 1
        if self.policy.explicit and (have is None or have.implicit):
            if have is not None and self.policy.protect.match(have.key):
                self._tally["protected"] += 1
            else:
                self._mkdir(self.base, have, want)
        elif have is not None:
            self._tally["unchanged"] += 1

    def _is_shadowed(self, twin: Passed) -> bool:
        """Whether a wanted directory's twin is extraneous, and stays for no other reason than that nothing is deleted."""
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
            self._change(StepKind.UPLOAD, want, have, why)
        elif isinstance(self.policy.mtime, int) and have.mtime != self.policy.mtime:
            self._change(StepKind.MTIME, want, have, Why.MTIME)
        else:
            self._tally["unchanged"] += 1

    def _extraneous(self, have: Entry) -> None:
        key = have.key
        directory = have.kind is Kind.DIRECTORY
        left_over = self._is_left_over(have)
        if not self.policy.filter.takes(key) and not left_over:
            if not directory:
                self._passing.went_by(have.name, None, have, "stays" if is_link(have) else "")
            self._leave(have, key)
            return
        self._count_object(have)
        stays = self._why_it_stays(have, key)
        if stays:
            self._tally[stays] += 1
        goes = not stays and (self.policy.delete or left_over)
        if not directory:
            state = ("goes" if goes else "stays") if have.kind is Kind.SYMLINK else ""
            self._passing.went_by(have.name, None, have, state)
        if not goes:
            self._leave(have, key)
        elif directory:
            self._leaving.enter(have)
        else:
            self._waves.add(self._delete(StepKind.DELETE, have, Why.LEFT_OVER if left_over else self.policy.delete_because))

    def _is_left_over(self, have: Entry) -> bool:
        """Whether a run that was killed left this under a temporary name. It goes in any case, with what it was made for."""
        owner = owner_of(join(self.base, have.name), have.kind)
        if owner is None or self.policy.protect.match(have.key):
            return False
        return self.policy.filter.takes(relative(owner, self.base))

    def _why_it_stays(self, have: Entry, key: bytes) -> str:
        if self.policy.protect.match(key):
            return "protected" if self.policy.delete else ""
        if not self.policy.unusual_names and is_unusual(have.name):
            return "unusual"
        if any(over.link == "stays" or (over.fresh and not self.policy.delete) for over in self._passing.over(key)):
            return "shadowed"
        if have.kind is Kind.DIRECTORY and not self.policy.delete and any(twin.wanted for twin in self._passing.twins(have.name)):
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
        self._waves.add(Step(kind, self.base, have, want, why, phase, wave))

    def _place_of(self, kind: StepKind, want: Entry) -> tuple[Phase, int]:
        if kind in (StepKind.SYMLINK, StepKind.REPLACE):
            return Phase.LINKS, 0
        if kind is StepKind.UPLOAD and self._last.match(want.name):
            for wave, patterns in enumerate(self.policy.last):
                if patterns.match(want.name):
                    return Phase.ENTRY_POINTS, wave
        return Phase.ASSETS, 0

    def _mkdir(self, base: bytes, have: Entry | None, want: Entry) -> None:
        why = Why.ABSENT if have is None else Why.IMPLICIT
        self._waves.add(Step(StepKind.MKDIR, base, have, want, why, Phase.DIRECTORIES))

    def _delete(self, kind: StepKind, have: Entry, why: Why) -> Step:
        # Links first, one behind another after it: nothing behind a link that goes is deleted while the link still stands.
        # Then files, then directories from the deepest up.
        depth = have.name.count(b"/")
        waves = {Kind.SYMLINK: self._passing.links_over(have.key), Kind.FILE: _DEEPEST, Kind.DIRECTORY: 2 * _DEEPEST - depth}
        wave = waves[have.kind]
        return Step(kind, self.base, have, None, why, Phase.DELETES, wave)

    def _obstruction(self, name: bytes, depth: int) -> Step:
        link = Entry(name, Kind.SYMLINK)
        return Step(StepKind.DELETE, self.base, link, None, Why.OBSTRUCTS, Phase.OBSTRUCTIONS, depth)

    # -- what went by ------------------------------------------------------------------------------------------------

    def _pass_by(self, key: bytes | None) -> None:
        for directory in self._leaving.left_behind(key):
            self._waves.add(self._delete(StepKind.RMDIR, directory, self.policy.delete_because))
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
                self._waves.forget_delete(name)

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
        self._leave(have, have.key)

    def _counted(self) -> dict[str, int]:
        """The tally, with the plain pairs: each is an object on both sides."""
        return {name: count + (self._pairs if name in _OF_A_PAIR else 0) for name, count in self._tally.items()}

    def _leave(self, have: Entry, key: bytes) -> None:
        """Something stays: the directories above it stay as well. An implicit directory is only as real as what is below."""
        if not have.implicit:
            self._leaving.veto()

    # -- spelling ----------------------------------------------------------------------------------------------------

    def _spelling(self, name: bytes) -> None:
        if name.isascii():
            return
        composed = unicodedata.normalize("NFC", decoded(name))
        other = self._spelled.setdefault(composed, name)
        if other != name:
            self._look_alikes.append((other, name))


def _respelled(steps: t.Iterable[Step]) -> tuple[tuple[bytes, bytes], ...]:
    """A create and a delete that differ only by Unicode form: a macOS checkout, not two files."""
    created: dict[str, bytes] = {}
    deleted: list[bytes] = []
    for step in steps:
        if step.entry.name.isascii():
            continue
        if step.sign == "+":
            created[unicodedata.normalize("NFC", decoded(step.path))] = step.path
        elif step.sign == "-":
            deleted.append(step.path)
    pairs = ((created.get(unicodedata.normalize("NFC", decoded(path))), path) for path in deleted)
    return tuple((one, other) for one, other in pairs if one is not None and one != other)
