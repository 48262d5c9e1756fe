# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a report says, whatever it is made from and written in. Texts are as they came: the writer escapes them."""

from __future__ import annotations

import collections
import dataclasses
import enum
import typing as t

COUNTS = ("creates", "changes", "deletes")
REMARKS = ("unchanged", "protected", "shadowed")


class Verdict(enum.Enum):
    """The one word that a reader meets first."""

    NOTHING = "No changes"
    CHANGES = "Changes"
    DEPLOYED = "Deployed"
    REFUSED = "Refused"
    FAILED = "Failed"
    PARTLY = "Failed half-way"
    IN_SYNC = "In sync"
    DRIFT = "Drift"


class Side(t.NamedTuple):
    """What stands at a path before or after a step. ``size`` is None where it is not known, or there is none."""

    kind: str = ""
    size: int | None = None
    target: str = ""


class Step(t.NamedTuple):
    """One step. ``sent``: bytes that it sends or fetches; ``objects``: how many go with a directory that goes as a whole."""

    sign: str
    kind: str
    path: str
    why: str
    detail: str
    phase: str
    source: str
    before: Side | None
    after: Side | None
    sent: int = 0
    objects: int = 0

    @property
    def weight(self) -> int:
        """What it counts for in a summary."""
        return max(1, self.objects)


class Problem(t.NamedTuple):
    """Why a task was refused or failed."""

    code: str
    message: str
    hint: str = ""


class Difference(t.NamedTuple):
    """What is not as it was reviewed."""

    path: str
    what: str
    reviewed: str
    now: str


class FailedStep(t.NamedTuple):
    path: str
    kind: str
    status: str
    why: str


class Unknown(t.NamedTuple):
    """A local region that could not be read."""

    name: str
    why: str


class Content(t.NamedTuple):
    """Two texts, or two images as ``data:`` URLs. None: there is nothing, or it is not shown."""

    path: str
    before: str | None
    after: str | None


class Origin(t.NamedTuple):
    """Where a plan comes from and what it is for."""

    host: str = ""
    path: str = ""
    revision: str = ""
    digest: str = ""
    made: str = ""
    schema: str = ""
    collection: str = ""
    policy: tuple[tuple[str, str], ...] = ()


class Ending(t.NamedTuple):
    """How a run ended. Empty texts and None where that was not written down."""

    state: str
    done: int | None
    failed: int
    left: int
    seconds: str = ""
    ended: str = ""
    api_calls: tuple[tuple[str, int], ...] = ()


@dataclasses.dataclass(frozen=True)
class Report:
    """One result or document, or several together.

    counts      the complete counts of all plans, whatever is cut from lists
    failures    the listed steps that failed
    differences those that are listed; there are ``differing`` of them
    remarks     what is not shown of the contents, and why
    """

    verdict: Verdict
    counts: t.Mapping[str, int]
    steps: tuple[Step, ...] = ()
    origins: tuple[Origin, ...] = ()
    problems: tuple[Problem, ...] = ()
    differences: tuple[Difference, ...] = ()
    differing: int = 0
    failures: tuple[FailedStep, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    notes: tuple[str, ...] = ()
    texts: tuple[Content, ...] = ()
    images: tuple[Content, ...] = ()
    remarks: tuple[str, ...] = ()
    endings: tuple[Ending, ...] = ()

    @property
    def planned(self) -> int:
        """What the plans count, which may be more than the steps that are listed."""
        return sum(self.counts[word] for word in COUNTS)

    @property
    def unlisted(self) -> int:
        """How many steps a result or document does not list."""
        return max(0, self.planned - sum(step.weight for step in self.steps))

    @property
    def base(self) -> str:
        """The one directory that the plans are about, or nothing where there are several."""
        places = {origin.path for origin in self.origins}
        return places.pop().rstrip("/") if len(places) == 1 else ""

    @property
    def fetches(self) -> bool:
        return any(step.kind == "download" for step in self.steps)

    def below(self, path: str) -> str:
        """A path relative to the directory of the plans, where it lies below."""
        base = self.base
        inside = base and path.startswith(base + "/") and len(path) > len(base) + 1
        return path[len(base) + 1 :] if inside else path


def together(parts: t.Sequence[Report], *, drift: bool = False) -> Report:
    """The reports of all results of a loop or list, as one."""
    counts: collections.Counter[str] = collections.Counter()
    for part in parts:
        counts.update(part.counts)

    def each(name: str) -> tuple[t.Any, ...]:
        return tuple(one for part in parts for one in getattr(part, name))

    lists = [field.name for field in dataclasses.fields(Report) if field.name not in ("verdict", "counts", "differing")]
    values: dict[str, t.Any] = {name: each(name) for name in lists}
    whole = {word: counts[word] for word in (*COUNTS, *REMARKS, "bytes")}
    verdict = _verdict([part.verdict for part in parts], drift=drift)
    return Report(verdict=verdict, counts=whole, differing=sum(part.differing for part in parts), **values)


def _verdict(verdicts: t.Sequence[Verdict], *, drift: bool) -> Verdict:
    """Of all parts: what went wrong first; half-way where another part was carried out."""
    found = set(verdicts)
    wrong = found & {Verdict.REFUSED, Verdict.FAILED}
    if Verdict.PARTLY in found or (wrong and Verdict.DEPLOYED in found):
        return Verdict.PARTLY
    for verdict in (Verdict.FAILED, Verdict.REFUSED, Verdict.DEPLOYED):
        if verdict in found:
            return verdict
    if Verdict.CHANGES in found:
        return Verdict.DRIFT if drift else Verdict.CHANGES
    return Verdict.IN_SYNC if drift else Verdict.NOTHING
