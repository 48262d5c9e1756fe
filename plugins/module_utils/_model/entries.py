# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries: what a tree is made of, on both sides.

A tree is a stream of entries in key order. Names are relative to the tree's base directory. Plain tuples, because a tree
may have a million of them.
"""

from __future__ import annotations

import enum
import typing as t


class Kind(enum.Enum):
    """What an entry is. Decided by the ``type`` that the service reports, never by a slash."""

    FILE = "file"
    SYMLINK = "symlink"
    DIRECTORY = "directory"


class Entry(t.NamedTuple):
    """One object, or one implicit directory.

    name      bytes relative to the base, without the directory's slash
    kind      file, symlink or directory
    size      bytes; files only
    md5       lower-case hex; files only, None where not (yet) known
    mtime     whole seconds since the epoch, None where not known
    target    symlinks only, verbatim; None where a listing left it out
    implicit  a directory without an object of its own: it exists because something lies below it
    """

    name: bytes
    kind: Kind
    size: int | None = None
    md5: str | None = None
    mtime: int | None = None
    target: bytes | None = None
    implicit: bool = False

    @property
    def key(self) -> bytes:
        """The name as the store sorts it: directories end in a slash."""
        return self.name + b"/" if self.kind is Kind.DIRECTORY else self.name


class Rendered(Entry):
    """A wanted file that was rendered for this run. It has no time of its own, and is compared by its digest only."""

    __slots__ = ()


class Withheld(t.NamedTuple):
    """A region of the wanted tree that is left out: whatever is there on the service is left alone.

    name      the region is this name and everything below it; with a slash at the end, only what is below
    why       the reason, for messages
    unknown   True where the region could not be read (the task fails in the end), False where it was left out on purpose
    """

    name: bytes
    why: str
    unknown: bool

    @property
    def key(self) -> bytes:
        return self.name


def same_target(one: bytes | None, other: bytes | None) -> bool:
    """Targets are stored verbatim, so compared as bytes; one trailing slash is ignored (rclone trims it)."""
    return one is not None and other is not None and trimmed_target(one) == trimmed_target(other)


def is_same(one: Entry, other: Entry) -> bool:
    """Whether both are the same to a visitor. A digest that is not known is no proof."""
    if one.kind is not other.kind:
        return False
    if one.kind is Kind.SYMLINK:
        return same_target(one.target, other.target)
    return one.md5 is not None and (one.size, one.md5) == (other.size, other.md5)


def may_be_same(found: Entry, known: Entry) -> bool:
    """Whether both may be the same to a visitor, as far as is known: without a digest the size decides."""
    if found.kind is not known.kind:
        return False
    if found.kind is Kind.SYMLINK:
        return known.target is None or same_target(found.target, known.target)
    return found.size == known.size and (None in (found.md5, known.md5) or found.md5 == known.md5)


class Found(list[Entry]):
    """What stands at one path: nothing, a file or symlink, a directory, or both under one name, in this order."""

    @property
    def object(self) -> Entry | None:
        """The file or symlink."""
        return next((entry for entry in self if entry.kind is not Kind.DIRECTORY), None)

    @property
    def link(self) -> Entry | None:
        """The symlink."""
        return next((entry for entry in self if entry.kind is Kind.SYMLINK), None)

    @property
    def directory(self) -> Entry | None:
        """The explicit or implicit directory."""
        return next((entry for entry in self if entry.kind is Kind.DIRECTORY), None)

    @property
    def has_explicit_directory(self) -> bool:
        directory = self.directory
        return directory is not None and not directory.implicit


def trimmed_target(target: bytes) -> bytes:
    """A target without its trailing slash, as it is compared."""
    return target[:-1] if len(target) > 1 and target.endswith(b"/") else target
