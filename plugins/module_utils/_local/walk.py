# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A local directory as a stream of wanted entries, in the order of the store's keys.

Sorting each directory by ``name`` for files and links and by ``name + "/"`` for directories, depth first, gives exactly the
flat key order. What cannot be read is a Withheld region, never an absence.
"""

from __future__ import annotations

import operator
import os
import stat
import typing as t

from .._model.entries import Entry, Kind, Withheld
from .._model.errors import BadSource
from .._model.filters import Filter, taking_part
from .._model.paths import is_unusual, is_within, join, reached, shown
from .file_content import seconds_of

Wanted = t.Union[Entry, Withheld]


class _Child(t.NamedTuple):
    """One entry of a directory. Without a status it could not be read, and ``problem`` says why."""

    key: bytes
    name: bytes
    status: t.Optional[os.stat_result]
    problem: str = ""


_KEY = operator.itemgetter(0)
_MAKE = tuple.__new__  # a named tuple's own constructor takes three times as long
# Stands for the root when a link is resolved; no target can name it, so ../x never leads back in by chance.
_TOP = b"/\0"
_LINK_HINT = "Use links: follow to send what it points to, or links: skip to leave it out."


class Tree:
    """The tree below the directory ``root``, with ``links`` preserved, followed or skipped, or verbatim to be compared."""

    def __init__(self, root: bytes, links: str, taken: Filter) -> None:
        self.root = os.path.abspath(root)
        self._below = os.path.join(self.root, b"")
        self.links = links
        self.filter = taken
        if not os.path.isdir(self.root):
            why = _why_no_directory(self.root)
            raise BadSource(f"src: {shown(root)} {why}", hint="ns_sync sends the contents of a directory.")

    def local(self, name: bytes) -> bytes:
        """Where the entry ``name`` lies on this machine."""
        return self._below + name

    def holds(self, name: bytes, directory: bool) -> bool:
        """Whether the tree has an entry of this name now, a directory or anything else, filters aside.

        What is below a link belongs to the tree only where links are followed. No local file is called ``a//b`` or ``../c``: the
        file system would interpret that as another path.
        """
        if is_unusual(name):
            return False
        local = self.local(name)
        if self.links != "follow":
            parts = name.split(b"/")
            if any(os.path.islink(self.local(b"/".join(parts[:depth]))) for depth in range(1, len(parts))):
                return False
        is_directory = os.path.isdir(local) and (self.links == "follow" or not os.path.islink(local))
        return is_directory if directory else os.path.lexists(local) and not is_directory

    def entries(self) -> t.Iterator[Wanted]:
        """The wanted stream. With includes, a directory comes only if it is matched or something below it takes part."""
        return taking_part(self._all(), self.filter) if self.filter.include else self._all()

    def _all(self) -> t.Iterator[Wanted]:
        """Everything that takes part, and directories that no include matches: something below them may take part."""
        opened, trouble = self._children(b"")
        if trouble:
            raise BadSource(f"src: {shown(self.root)}: {trouble}")
        top = os.stat(self.root)
        stack = [(iter(opened), b"", (top.st_dev, top.st_ino))]
        everything, following = self.filter.everything, self.links == "follow"
        while stack:
            children, prefix, (device, _inode) = stack[-1]
            for key, short, status, problem in children:
                name = prefix + short
                mode = status.st_mode if status is not None else 0
                directory = stat.S_ISDIR(mode)
                if not everything and not (self.filter.enters if directory else self.filter.takes)(prefix + key):
                    continue
                if status is not None and stat.S_ISREG(mode):
                    yield _MAKE(Entry, (name, Kind.FILE, status.st_size, None, seconds_of(status), None, False))
                elif status is None or not directory:
                    yield self._odd(name, status, problem)
                else:
                    yield Entry(name, Kind.DIRECTORY)
                    identity = (status.st_dev, status.st_ino)
                    if following and any(identity == open_identity for _c, _p, open_identity in stack):
                        yield Withheld(name + b"/", "a link that was to be followed is part of a loop", True)
                        continue
                    opened, trouble = self._children(name)
                    trouble = trouble or self._unmounted(name, status.st_dev, device)
                    if trouble:
                        yield Withheld(name + b"/", trouble, True)
                        continue
                    stack.append((iter(opened), name + b"/", identity))
                    break
            else:
                stack.pop()

    def _odd(self, name: bytes, status: os.stat_result | None, problem: str) -> Wanted:
        """Neither a file nor a directory."""
        if status is None:
            return Withheld(name, problem, True)
        if stat.S_ISLNK(status.st_mode):
            return self._link(name, status)
        return Withheld(name, "neither file, directory nor symlink", True)

    def _link(self, name: bytes, status: os.stat_result) -> Wanted:
        if self.links == "skip":
            return Withheld(name, "a symlink, left out by links: skip", False)
        try:
            target = os.readlink(self.local(name))
        except OSError as error:
            return Withheld(name, error.strerror or "unreadable", True)
        if self.links == "follow":
            # Only a dangling link is still a link here.
            return Withheld(name, f"a dangling link to {shown(target)} that was to be followed", True)
        stored = target if self.links == "verbatim" else stored_target(self.root, name, target)
        return Entry(name, Kind.SYMLINK, target=stored, mtime=seconds_of(status))

    def _children(self, name: bytes) -> tuple[list[_Child], str]:
        try:
            with os.scandir(self.local(name) if name else self.root) as found:
                children = [self._child(entry) for entry in found]
        except OSError as error:
            return [], f"the directory cannot be read: {error.strerror}"
        children.sort(key=_KEY)
        return children, ""

    def _unmounted(self, name: bytes, seen: int, above: int) -> str:
        """Why the listing of a directory may lack its content: it was a mount point before it was listed, and no longer is."""
        if seen == above:
            return ""
        try:
            gone = os.stat(self.local(name)).st_dev == above
        except OSError as error:
            return f"the directory cannot be looked at: {error.strerror}"
        return "a file system was unmounted there while it was read" if gone else ""

    def _child(self, entry: os.DirEntry[bytes]) -> _Child:
        name = entry.name
        try:
            status = entry.stat(follow_symlinks=False)
            if stat.S_ISREG(status.st_mode):
                return _MAKE(_Child, (name, name, status, ""))
            if self.links == "follow" and stat.S_ISLNK(status.st_mode):
                status = _followed(entry.path, status)
        except OSError as error:
            return _Child(name, name, None, error.strerror or "vanished")
        return _Child(name + b"/" if stat.S_ISDIR(status.st_mode) else name, name, status)


def _why_no_directory(path: bytes) -> str:
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return "does not exist"
    except OSError as error:
        return f"cannot be looked at: {error.strerror}"
    return "is not a directory"


def _followed(path: bytes, link: os.stat_result) -> os.stat_result:
    try:
        return os.stat(path)
    except OSError:
        # Dangling, or a loop of links: what it stands for is unknown.
        return link


def stored_target(root: bytes, name: bytes, target: bytes) -> bytes:
    """The target to store for the link ``name`` below ``root``: relative ones verbatim, absolute ones made relative.

    Raises BadSource for a link that leads outside ``root``: its target is not deployed with it.
    """
    if not target:
        raise BadSource(f"The link {shown(name)} is empty", hint=_LINK_HINT)
    if not target.startswith(b"/"):
        if not is_within(reached(join(_TOP, name), target), _TOP):
            raise _leads_outside(name, target)
        return target
    for top in (root, os.path.realpath(root)):
        inside = os.path.normpath(target)
        if is_within(inside, top.rstrip(b"/")):
            return os.path.relpath(inside, os.path.join(top, os.path.dirname(name)))
    raise _leads_outside(name, target)


def _leads_outside(name: bytes, target: bytes) -> BadSource:
    return BadSource(f"The link {shown(name)} -> {shown(target)} leads outside src", hint=_LINK_HINT)
