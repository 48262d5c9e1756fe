# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The policy: everything about a plan that the options of the task decide."""

from __future__ import annotations

import dataclasses
import typing as t

from .._model.entries import Kind
from .._model.filters import Filter, Patterns
from .._model.pattern_syntax import Pattern
from .steps import Amount, StepKind, Why

PUBLISH_LAST = ("*.html", "*.htm", "*.m3u8", "*.mpd")
REFUSE = (
    ".git/", ".git", ".svn/", ".hg/", ".env*", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "*.key", "*.p12", "*.pfx",
)  # fmt: skip


class Move(t.NamedTuple):
    """Where wanted entries stand now: what is wanted as ``name`` below the base is at ``source``, an absolute path."""

    source: bytes
    name: bytes


class Limit(t.NamedTuple):
    """A limit as a count, or as a percentage, which applies from 20 objects up."""

    number: int
    percent: bool

    def exceeded_by(self, count: int, objects: int) -> bool:
        if self.percent:
            return objects >= 20 and count * 100 > self.number * objects
        return count > self.number

    def __str__(self) -> str:
        return f"{self.number} %" if self.percent else str(self.number)


@dataclasses.dataclass(frozen=True)
class Policy:
    """How two trees are compared and what may be done about the differences.

    compare       checksum | size_mtime | size
    mtime         preserve | now | seconds since the epoch | wanted (the last two are part of the wanted state)
    brings        upload | download: the direction. The present side is local where files are downloaded
    explicit      make wanted directories explicit
    ancestors     make the directories on the way there explicit
    delete        remove what is present and not wanted
    may_replace   kinds of present objects that may be replaced by another object at the same key
    replaced_with  the option that allows to replace an object of a kind, where there is one
    keep_existing leave a file or link that is already there, whatever it holds
    last          patterns of entry points, a wave each
    index_zip     archives that the service adds an index to when they are sent
    delete_because   the reason that deletes are given
    move          wanted entries stand elsewhere on the service, and are renamed from there
    whole         how much the one directory that goes holds: it goes as a whole and not object by object
    fences_until  seconds since the epoch: an object that made room before that goes, one that made room later stays
    """

    compare: str = "checksum"
    mtime: str | int = "preserve"
    brings: StepKind = StepKind.UPLOAD
    explicit: bool = True
    ancestors: bool = True
    delete: bool = False
    may_replace: frozenset[Kind] = frozenset({Kind.FILE, Kind.SYMLINK})
    replaced_with: t.Mapping[Kind, str] = dataclasses.field(default_factory=dict)
    keep_existing: bool = False
    replace_links: bool = False
    filter: Filter = dataclasses.field(default_factory=Filter)
    protect: Patterns = dataclasses.field(default_factory=lambda: Patterns(()))
    immutable: Patterns = dataclasses.field(default_factory=lambda: Patterns(()))
    last: tuple[Patterns, ...] = ()
    index_zip: Patterns = dataclasses.field(default_factory=lambda: Patterns(()))
    unusual_names: bool = False
    delete_because: Why = Why.EXTRANEOUS
    move: Move | None = None
    whole: Amount | None = None
    fences_until: int | None = None

    @property
    def fetches(self) -> bool:
        return self.brings is StepKind.DOWNLOAD


@dataclasses.dataclass(frozen=True)
class GuardRules:
    """What the guards check in a finished plan. The defaults are those of a plan with one entry: no tree guards.

    objects        how many objects there are, where the plan did not see each of them
    source, place  the options that name the wanted and the present side
    """

    tree: bool = False
    allow_empty_source: bool = False
    allow_root: bool = False
    adopt: bool = False
    max_delete: Limit | None = None
    max_replace: Limit | None = None
    refuse: tuple[str | Pattern, ...] = ()
    objects: int | None = None
    source: str = "src"
    place: str = "path"
