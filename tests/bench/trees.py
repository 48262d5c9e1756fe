# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Local trees to send, and the same trees as objects to put into the emulator without sending them."""

from __future__ import annotations

import dataclasses
import os
import tempfile
import typing as t
from pathlib import Path

MTIME = 1_700_000_000
_BLOCK = 1024 * 1024
_BATCH = 5000  # objects in one request to the control port

Object = dict[str, t.Any]
Load = t.Callable[[list[Object]], t.Any]


@dataclasses.dataclass(frozen=True)
class Tree:
    """``files`` files of about ``size`` bytes, spread over ``folders`` directories, and ``links`` symlinks.

    Every file and link has the modification time MTIME, and its content follows from its number.
    """

    files: int
    size: int
    folders: int
    links: int = 0

    def name(self, number: int) -> str:
        return f"section-{number % self.folders:04d}/page-{number:07d}.txt"

    def content(self, number: int, edition: int = 0) -> bytes:
        """The bytes of one small file; another edition has the same size."""
        start = f"page {number}, edition {edition}\n".encode()
        return (start * (self.size // len(start) + 1))[: self.size]

    def make(self, root: Path) -> None:
        """Writes the whole tree below ``root``, folder by folder (a million files take half a minute)."""
        for folder in range(self.folders):
            place = root / f"section-{folder:04d}"
            place.mkdir(parents=True)
            descriptor = os.open(place, os.O_RDONLY)
            for number in range(folder, self.files, self.folders):
                self._write(descriptor, number)
            os.close(descriptor)
        for number in range(self.links):
            link = root / f"link-{number:04d}"
            link.symlink_to(self.name(number))
            os.utime(link, (MTIME, MTIME), follow_symlinks=False)

    def _write(self, folder: int, number: int) -> None:
        """One new file in an open folder."""
        name = self.name(number).rpartition("/")[2]
        file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644, dir_fd=folder)
        if self.size <= _BLOCK:
            os.write(file, self.content(number))
        else:
            self._write_large(file)
        os.utime(file, (MTIME, MTIME))
        os.close(file)

    def _write_large(self, file: int) -> None:
        block = os.urandom(_BLOCK)
        for _count in range(self.size // _BLOCK):
            os.write(file, block)

    def load(self, place: str, load: Load) -> None:
        """Puts the tree below ``place`` (``/123456/...``), with all its directories and those on the way."""
        batch: list[Object] = []
        for made in self._objects(place):
            batch.append(made)
            if len(batch) == _BATCH:
                load(batch)
                batch = []
        load(batch)

    def _objects(self, place: str) -> t.Iterator[Object]:
        way = place.strip("/").split("/")
        yield from (directory("/" + "/".join(way[:depth])) for depth in range(2, len(way) + 1))
        yield from (directory(f"{place}/section-{folder:04d}") for folder in range(self.folders))
        yield from (self.file(place, number) for number in range(self.files))
        for number in range(self.links):
            yield {"key": f"{place}/link-{number:04d}", "type": "symlink", "target": self.name(number), "mtime": MTIME}

    def file(self, place: str, number: int, edition: int = 0) -> Object:
        content = self.content(number, edition).decode()
        return {"key": f"{place}/{self.name(number)}", "content": content, "mtime": MTIME + edition}


class KeptTree:
    """The tree of one case, kept for the next one if it has the same: no program changes its source."""

    def __init__(self, scratch: Path | None) -> None:
        self._scratch = scratch
        self._tree: Tree | None = None
        self._room: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> KeptTree:
        return self

    def __exit__(self, *_error: object) -> None:
        self._remove()

    def _remove(self) -> None:
        if self._room is not None:
            self._room.cleanup()
        self._tree = self._room = None

    def made(self, tree: Tree) -> Path:
        """Where the tree lies."""
        if self._room is None or tree != self._tree:
            self._remove()
            self._room = tempfile.TemporaryDirectory(prefix="netstorage-bench-", dir=self._scratch)
            tree.make(Path(self._room.name, "source"))
            self._tree = tree
        return Path(self._room.name, "source")


def read_once(root: Path) -> None:
    """Every file of a tree. A machine may have dropped some of a large one from its memory, and would charge the program that
    comes next with the reading."""
    block = bytearray(_BLOCK)
    for folder, _folders, names in os.walk(root):
        for name in names:
            with open(os.path.join(folder, name), "rb", buffering=0) as file:
                while file.readinto(block):
                    pass


def directory(path: str) -> Object:
    return {"key": f"{path}/", "type": "dir", "mtime": MTIME}
