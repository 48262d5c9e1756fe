# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which names of a remote tree can be stored in a local directory, and names that differ only by their Unicode form.

NetStorage accepts any name. A file system interprets some of them as other paths, and may treat two of them as the same. So an
included entry that cannot be stored under its name fails the task, before anything is planned. Two Unicode forms of one name look
the same to people, too.
"""

from __future__ import annotations

import typing as t
import unicodedata

from .._model.entries import Entry, Kind, Withheld
from .._model.errors import GuardTripped, LinkInTheWay
from .._model.paths import decoded, is_unusual, join, shown
from .._model.pattern_syntax import literal, quoted
from .ancestors import Ancestors, is_link
from .steps import LookAlikes, Step

Pairs = tuple[LookAlikes, ...]

_LEAVE_OUT = "Leave it out with exclude, or rename it on the service."


HoldsBoth = t.Callable[[bytes, bytes, bytes], bool]


class FileSystem(t.NamedTuple):
    """The names that the local directory can hold.

    holds_both    whether the directory of this name in it distinguishes two names that some file systems treat as the same
    longest_part  bytes of a component of a name
    longest       bytes of a name relative to the directory
    """

    holds_both: HoldsBoth
    longest_part: int = 255
    longest: int = 4000

    def has_room_for(self, name: bytes) -> bool:
        if len(name) <= self.longest_part:
            return True
        return len(name) <= self.longest and max(map(len, name.split(b"/"))) <= self.longest_part


def storable(path: bytes, entries: t.Iterable[Entry], links: str, local: FileSystem) -> t.Iterator[Entry | Withheld]:
    """The entries below ``path`` as a wanted stream. They come in key order, each directory before what is in it.

    links  preserve | skip
    """
    names = _Names(path, local.holds_both)
    for entry in entries:
        if is_unusual(entry.name) or b"\0" in entry.name:
            raise GuardTripped(
                "unsafe_name",
                f"{shown(join(path, entry.name))} cannot be a local name: it has an empty, . or .. component or a NUL",
                path=join(path, entry.name),
                hint=f"Leave it out with exclude: [{quoted(literal(entry.key))}], or rename it on the service.",
            )
        if not local.has_room_for(entry.name):
            raise GuardTripped(
                "name_too_long",
                f"{shown(join(path, entry.name))} is too long for the local file system: below dest it takes {local.longest} "
                f"bytes in all, and {local.longest_part} for each component",
                path=join(path, entry.name),
                hint=_LEAVE_OUT,
            )
        if entry.kind is Kind.SYMLINK and links == "skip":
            yield Withheld(entry.name, "a symlink, left out by links: skip", False)
            continue
        names.take(entry)
        if entry.kind is Kind.SYMLINK and not stays_inside(entry.name, entry.target or b""):
            raise GuardTripped(
                "unsafe_link",
                f"The symlink {shown(join(path, entry.name))} -> {shown(entry.target or b'')} may lead out of the directory",
                path=join(path, entry.name),
                hint="Leave it out with exclude, or all links with links: skip.",
            )
        yield entry


def stays_inside(name: bytes, target: bytes) -> bool:
    """Whether a link of this name leads to a place inside its tree, whatever other links are there.

    ``..`` is accepted only at the beginning, where it leads up real directories: after a name, that name may be a link.
    """
    if not target or target.startswith(b"/") or b"\0" in target:
        return False
    parts = [part for part in target.split(b"/") if part not in (b"", b".")]
    up = next((place for place, part in enumerate(parts) if part != b".."), len(parts))
    return up <= name.count(b"/") and b".." not in parts[up:]


def refuse_twins(base: bytes, name: bytes, passing: Ancestors) -> None:
    """Refuses a directory, wanted or present, with another kind of entry of its name on the other side: one would be deleted."""
    for twin in passing.twins(name):
        path = join(base, name)
        if is_link(twin.have):
            raise LinkInTheWay(
                "A local symlink stands where a directory must be",
                path=path,
                hint="Nothing is written through it. Remove it, or name another dest.",
            )
        there = "file" if twin.have is not None else "directory"
        raise GuardTripped(
            "kind_in_the_way",
            f"A {there} stands at {shown(path)}, and the service has another kind of entry of this name",
            path=path,
            hint="Remove it, or leave the name out with exclude.",
        )


class _Names:
    """The names in the directories that the march is in, as seen by a file system that does not distinguish all of them."""

    def __init__(self, path: bytes, holds_both: HoldsBoth) -> None:
        self._path, self._holds_both = path, holds_both
        self._open: list[tuple[bytes, dict[str, list[bytes]]]] = [(b"", {})]

    def take(self, entry: Entry) -> None:
        folder, slash, leaf = entry.name.rpartition(b"/")
        above = folder + slash
        while not above.startswith(self._open[-1][0]):
            self._open.pop()
        if self._open[-1][0] != above:
            self._open.append((above, {}))
        key = entry.key
        others = self._open[-1][1].setdefault(_folded(leaf), [])
        for other in others:
            if other != key and not self._are_apart(folder, other, leaf):
                one, two = shown(join(self._path, other)), shown(join(self._path, key))
                raise GuardTripped(
                    "name_twins",
                    f"{one} and {two} cannot both be in one local directory: its file system treats them as the same name",
                    path=join(self._path, entry.name),
                    hint="Leave one of them out with exclude, or rename it on the service.",
                )
        if key not in others:
            others.append(key)

    def _are_apart(self, folder: bytes, other: bytes, leaf: bytes) -> bool:
        """Whether the file system distinguishes them; a file and a directory of the very same name never can be."""
        name = other.rstrip(b"/").rpartition(b"/")[2]
        return name != leaf and self._holds_both(folder, name, leaf)


def _folded(leaf: bytes) -> str:
    return decoded(leaf).lower() if leaf.isascii() else unicodedata.normalize("NFC", _composed(leaf).casefold())


class Spelling:
    """Finds names that differ only by their Unicode form, among the wanted names and in the finished plan."""

    def __init__(self) -> None:
        self._spelled: dict[str, bytes] = {}
        self._pairs: list[LookAlikes] = []

    def wanted(self, name: bytes) -> None:
        if name.isascii():
            return
        other = self._spelled.setdefault(_composed(name), name)
        if other != name:
            self._pairs.append(LookAlikes(other, name, True))

    def look_alikes(self, steps: t.Iterable[Step]) -> Pairs:
        """Pairs of wanted names that are equal under NFC, and of a create and a delete that are."""
        return tuple(self._pairs) + _respelled(steps)


def _respelled(steps: t.Iterable[Step]) -> Pairs:
    """A create and a delete that differ only by Unicode form: a macOS checkout, not two files."""
    created: dict[str, bytes] = {}
    deleted: list[bytes] = []
    for step in steps:
        if step.entry.name.isascii():
            continue
        if step.sign == "+":
            created[_composed(step.path)] = step.path
        elif step.sign == "-":
            deleted.append(step.path)
    pairs = ((created.get(_composed(path)), path) for path in deleted)
    return tuple(LookAlikes(one, other, False) for one, other in pairs if one is not None and one != other)


def _composed(name: bytes) -> str:
    return unicodedata.normalize("NFC", decoded(name))
