# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# This room is private to edgeops.netstorage: nothing here is a promise to other collections.

"""The draft: pairs in, plan out.

The draft looks at each pair of the march once and keeps differences only. It does no I/O: where a digest decides, it hands
back a question, and whoever drives it answers later, in any order.
"""

from __future__ import annotations

import dataclasses
import typing as t
import unicodedata

from .._model.entries import Entry, Kind, Withheld, same_target
from .._model.errors import BadReply, LinkInTheWay
from .._model.paths import decoded, is_unusual, join
from .policy import Policy
from .steps import Counts, Phase, Plan, Step, StepKind, Why

_DEEPEST = 1_000_000


class Question(t.NamedTuple):
    """Two files of one size: only the digest of the wanted one tells whether they differ."""

    want: Entry
    have: Entry


@dataclasses.dataclass
class _Passed:
    """A name that is no directory and went by just now; ``name/`` and what is below it may still come.

    link    a symlink stands there: "stays", "goes" (it is extraneous and deleted first), or "" for none
    fresh   a link is wanted there and none stands yet
    """

    limit: bytes
    below: bytes
    wanted: Entry | None
    have: Entry | None
    link: str = ""
    fresh: bool = False


@dataclasses.dataclass
class _Leaving:
    """An extraneous directory whose descendants are going by; anything that stays vetoes its rmdir."""

    entry: Entry
    vetoed: bool = False


class Draft:
    """Collects the plan for the tree at ``base``."""

    def __init__(self, base: bytes, policy: Policy) -> None:
        self.base = base
        self.policy = policy
        self._steps: list[Step] = []
        self._tally = dict.fromkeys(Counts._fields, 0)
        self._regions: list[Withheld] = []
        self._unknown: list[tuple[bytes, str]] = []
        self._passed: list[_Passed] = []
        self._leaving: list[_Leaving] = []
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
            self._notes.append(f"{decoded(path)} lies above what the account may see (403) and was left alone")
            return
        if any(row.kind is Kind.SYMLINK for row in rows):
            raise LinkInTheWay(
                "A symlink stands where a directory must be",
                path=path,
                hint="Deploy to the place it points to, or remove the link with ns_symlink first.",
            )
        present = next((row for row in rows if row.kind is Kind.DIRECTORY), None)
        if self.policy.ancestors and (present is None or present.implicit):
            self._mkdir(path, present, Entry(path, Kind.DIRECTORY))

    def consider(self, want: Entry | Withheld | None, have: Entry | None) -> Question | None:
        """The next pair of the march. Returns a question where only a digest can tell."""
        key = have.key if have is not None else t.cast(Entry, want).key
        self._pass_by(key)
        if isinstance(want, Withheld):
            self._regions.append(want)
            if want.unknown:
                self._unknown.append((want.name, want.why))
            want = None
        if have is not None and self._is_withheld(key):
            self._stays(have)
            return None
        if want is None:
            if have is not None:
                self._extraneous(have)
            return None
        return self._wanted(want, have)

    def answer(self, question: Question, md5: str) -> None:
        """The digest of a wanted file: now it is known whether the two differ."""
        want, have = question.want._replace(md5=md5), question.have
        if md5 != have.md5:
            self._change(StepKind.UPLOAD, want, have, Why.CONTENT)
        else:
            self._same_content(want, have)

    def finish(self) -> Plan:
        """The plan. Both streams have ended and every question was answered."""
        self._pass_by(None)
        steps = [self._placed(step) for step in self._steps]
        if self._unknown:
            kept = [step for step in steps if step.phase < Phase.DELETES]
            if len(kept) < len(steps):
                left = len(steps) - len(kept)
                self._notes.append(f"{left} deletes and links that wait for them were left out: parts of the source are unknown")
            steps = kept
        steps.extend(self._obstruction(name, depth) for name, depth in self._obstructions.items())
        steps.sort(key=lambda step: (step.phase, step.wave, step.key))
        return Plan(
            self.base,
            tuple(steps),
            Counts(**self._tally),
            tuple(self._unknown),
            tuple(self._immutable),
            tuple(self._look_alikes) + _respelled(steps),
            tuple(self._notes),
        )

    # -- the two sides -----------------------------------------------------------------------------------------------

    def _wanted(self, want: Entry, have: Entry | None) -> Question | None:
        self._spelling(want.name)
        self._way_there(want)
        if have is not None and not have.implicit:
            self._tally["objects"] += 1
        if want.kind is Kind.DIRECTORY:
            self._wanted_directory(want, have)
            return None
        self._tally["wanted"] += 1
        if have is not None:
            self._tally["content"] += 1
            self._tally["shared"] += 1
        link = "stays" if self._link_stays(want, have) else ""
        fresh = want.kind is Kind.SYMLINK and not link and not self._is_kept(have)
        self._went_by(want.name, want, have, link, fresh)
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
        if not self.policy.delete and any(self._is_shadowed(twin) for twin in self._twins(want.name)):
            self._tally["shadowed"] += 1
        if self.policy.explicit and (have is None or have.implicit):
            if have is not None and self.policy.protect.match(have.key):
                self._tally["protected"] += 1
            else:
                self._mkdir(join(self.base, want.name), have, want)
        elif have is not None:
            self._tally["unchanged"] += 1

    def _is_shadowed(self, twin: _Passed) -> bool:
        """Whether a wanted directory's twin is extraneous, and stays for no other reason than that nothing is deleted."""
        name = twin.below[:-1]
        left = twin.wanted is None and name not in self._obstructions
        return left and self.policy.filter.takes(name) and not self.policy.protect.match(name)

    def _compared(self, want: Entry, have: Entry) -> Question | None:
        if want.size != have.size:
            self._change(StepKind.UPLOAD, want, have, Why.SIZE)
        elif self.policy.compare == "size" or (self.policy.compare == "size_mtime" and want.mtime == have.mtime):
            self._same_content(want, have)
        elif want.md5 is None:
            return Question(want, have)
        else:
            self.answer(Question(want, have), want.md5)
        return None

    def _same_content(self, want: Entry, have: Entry) -> None:
        if isinstance(self.policy.mtime, int) and have.mtime != self.policy.mtime:
            self._change(StepKind.MTIME, want, have, Why.MTIME)
        else:
            self._tally["unchanged"] += 1

    def _extraneous(self, have: Entry) -> None:
        key = have.key
        directory = have.kind is Kind.DIRECTORY
        if not self.policy.filter.takes(key):
            if not directory:
                self._went_by(have.name, None, have, "stays" if have.kind is Kind.SYMLINK else "")
            self._leave(have, key)
            return
        self._count_object(have)
        stays = self._why_it_stays(have, key)
        if stays:
            self._tally[stays] += 1
        if not directory:
            goes = self.policy.delete and not stays
            state = ("goes" if goes else "stays") if have.kind is Kind.SYMLINK else ""
            self._went_by(have.name, None, have, state)
        if stays or not self.policy.delete:
            self._leave(have, key)
        elif directory:
            self._leaving.append(_Leaving(have))
        else:
            self._steps.append(self._delete(StepKind.DELETE, have))

    def _why_it_stays(self, have: Entry, key: bytes) -> str:
        if self.policy.protect.match(key):
            return "protected" if self.policy.delete else ""
        if not self.policy.unusual_names and is_unusual(have.name):
            return "unusual"
        if any(over.link == "stays" or (over.fresh and not self.policy.delete) for over in self._over(key)):
            return "shadowed"
        if have.kind is Kind.DIRECTORY and not self.policy.delete and any(twin.wanted for twin in self._twins(have.name)):
            return "shadowed"
        for over in self._over(key):
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
        self._steps.append(Step(kind, join(self.base, want.name), have, want, why, phase, wave))

    def _place_of(self, kind: StepKind, want: Entry) -> tuple[Phase, int]:
        if kind in (StepKind.SYMLINK, StepKind.REPLACE):
            return Phase.LINKS, 0
        if kind is StepKind.UPLOAD:
            for wave, patterns in enumerate(self.policy.last):
                if patterns.match(want.name):
                    return Phase.ENTRY_POINTS, wave
        return Phase.ASSETS, 0

    def _mkdir(self, path: bytes, have: Entry | None, want: Entry) -> None:
        why = Why.ABSENT if have is None else Why.IMPLICIT
        self._steps.append(Step(StepKind.MKDIR, path, have, want, why, Phase.DIRECTORIES))

    def _delete(self, kind: StepKind, have: Entry) -> Step:
        # Links first, one behind another after it: nothing behind a link that goes is deleted while the link still stands.
        # Then files, then directories from the deepest up.
        depth = have.name.count(b"/")
        waves = {Kind.SYMLINK: self._links_over(have.key), Kind.FILE: _DEEPEST, Kind.DIRECTORY: 2 * _DEEPEST - depth}
        wave = waves[have.kind]
        return Step(kind, join(self.base, have.name), have, None, self.policy.delete_because, Phase.DELETES, wave)

    def _obstruction(self, name: bytes, depth: int) -> Step:
        link = Entry(name, Kind.SYMLINK)
        return Step(StepKind.DELETE, join(self.base, name), link, None, Why.OBSTRUCTS, Phase.OBSTRUCTIONS, depth)

    def _placed(self, step: Step) -> Step:
        if step.after is not None and step.after.kind is Kind.SYMLINK and step.after.name in self._late:
            return step._replace(phase=Phase.LATE_LINKS)
        return step

    # -- what went by ------------------------------------------------------------------------------------------------

    def _pass_by(self, key: bytes | None) -> None:
        while self._passed and (key is None or key >= self._passed[-1].limit):
            self._passed.pop()
        while self._leaving and (key is None or not key.startswith(self._leaving[-1].entry.key)):
            frame = self._leaving.pop()
            if not frame.vetoed and not frame.entry.implicit:
                self._steps.append(self._delete(StepKind.RMDIR, frame.entry))
        while self._regions and (key is None or key >= self._regions[-1].name.rstrip(b"/") + b"0"):
            self._regions.pop()

    def _went_by(self, name: bytes, want: Entry | None, have: Entry | None, link: str, fresh: bool = False) -> None:
        self._passed.append(_Passed(name + b"0", name + b"/", want, have, link, fresh))

    def _twins(self, name: bytes) -> t.Iterator[_Passed]:
        """The file or link of a directory's own name."""
        return (passed for passed in self._passed if passed.below == name + b"/")

    def _over(self, key: bytes) -> t.Iterator[_Passed]:
        """Names that are no directories and that this key lies below."""
        return (passed for passed in self._passed if key.startswith(passed.below))

    def _links_over(self, key: bytes) -> int:
        """How many links that go this key lies behind."""
        return sum(over.link == "goes" for over in self._over(key))

    def _way_there(self, want: Entry) -> None:
        """No wanted entry is ever written through a symlink."""
        for over in self._over(want.key):
            if over.have is None or over.have.kind is not Kind.SYMLINK:
                continue
            name = over.have.name
            if not self.policy.replace_links or self.policy.protect.match(name) or not self.policy.filter.takes(name):
                raise LinkInTheWay(
                    "A symlink stands where a directory must be",
                    path=join(self.base, name),
                    hint="Remove it with ns_symlink first, or let ns_sync do so with replace_links: true.",
                )
            if name not in self._obstructions:
                self._obstructions[name] = self._links_over(name)
                over.link = "goes"
                gone = join(self.base, name)
                self._steps = [step for step in self._steps if step.path != gone or step.kind is not StepKind.DELETE]

    def _is_withheld(self, key: bytes) -> bool:
        return any(key == r.name or key.startswith(r.name.rstrip(b"/") + b"/") for r in self._regions)

    def _count_object(self, have: Entry) -> None:
        if not have.implicit:
            self._tally["objects"] += 1
            if have.kind is not Kind.DIRECTORY:
                self._tally["content"] += 1

    def _stays(self, have: Entry) -> None:
        if have.kind is not Kind.DIRECTORY:
            self._went_by(have.name, None, have, "stays" if have.kind is Kind.SYMLINK else "")
        self._leave(have, have.key)

    def _leave(self, have: Entry, key: bytes) -> None:
        """Something stays: the directories above it stay as well. An implicit directory is only as real as what is below."""
        if not have.implicit:
            self._veto()

    def _veto(self) -> None:
        for frame in self._leaving:
            frame.vetoed = True

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
        if step.path.isascii():
            continue
        if step.sign == "+":
            created[unicodedata.normalize("NFC", decoded(step.path))] = step.path
        elif step.sign == "-":
            deleted.append(step.path)
    pairs = ((created.get(unicodedata.normalize("NFC", decoded(path))), path) for path in deleted)
    return tuple((one, other) for one, other in pairs if one is not None and one != other)
