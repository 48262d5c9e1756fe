# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bytes of files, kept apart from the index: in files on disk, or all in memory.

On disk small bodies lie one behind the other in packs, and a body beyond 256 KiB has a file of its own: on some file
systems making a file takes longer than all the rest of a small upload. What holds: a body is written whole before the
index names it, and is not written over while its file lasts, so a kill leaves at worst bytes that nobody names. A file
goes with the last body in it, and at every start the files go that hold none. An empty body is no bytes at all.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pathlib
import re
import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

from .private_files import OWN_FILE, private_folder

_is_body = re.compile(r"[0-9a-f]+-[0-9a-f]+(@[0-9]+)?").fullmatch
PLACE = "bodies"  # in the data directory
SPILL = 256 * 1024
BLOCK = 1024 * 1024
PACK = 4 * 1024 * 1024

_HASHES = {"sha1": hashlib.sha1, "sha256": hashlib.sha256}
_hashers = ThreadPoolExecutor(os.cpu_count() or 2, "hashing")


class BodyReader(Protocol):
    """An open body: it stays readable after the object was replaced or deleted."""

    def read(self, start: int, length: int) -> bytes:
        ...

    def close(self) -> None:
        ...


class Bodies(Protocol):
    """Where bodies are kept."""

    keeps_in_memory: bool

    def start(self) -> int:
        ...

    def keep(self, content: bytes) -> str:
        ...

    def keep_file(self, descriptor: int) -> str:
        ...

    def open(self, body: str) -> BodyReader:
        ...

    def drop(self, body: str) -> None:
        ...

    def sweep(self, named: Iterable[str]) -> None:
        ...


class MemoryReader:
    """A body in memory."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self, start: int, length: int) -> bytes:
        return self._content[start:start + length]

    def close(self) -> None:
        """Nothing to give back."""


class MemoryBodies:
    """Bodies of ``--data :memory:``."""

    keeps_in_memory = True

    def __init__(self) -> None:
        self._contents: dict[str, bytes] = {}
        self._count = 0

    def start(self) -> int:
        raise NotImplementedError("bodies in memory are never spilled")

    def keep(self, content: bytes) -> str:
        self._count += 1
        body = str(self._count)
        self._contents[body] = content
        return body

    def keep_file(self, descriptor: int) -> str:
        raise NotImplementedError("bodies in memory are never spilled")

    def open(self, body: str) -> BodyReader:
        return MemoryReader(self._contents[body])

    def drop(self, body: str) -> None:
        self._contents.pop(body, None)

    def sweep(self, named: Iterable[str]) -> None:
        """Memory is empty at the start."""


class FileReader:
    """A body on disk, from ``begin`` on in its file; the index knows where it ends."""

    def __init__(self, descriptor: int, begin: int) -> None:
        self._descriptor = descriptor
        self._begin = begin

    def read(self, start: int, length: int) -> bytes:
        return os.pread(self._descriptor, length, self._begin + start)

    def close(self) -> None:
        os.close(self._descriptor)


class DiskBodies:
    """Bodies in the files of one directory; no file name is used twice.

    A body is named ``<file>@<place>`` in a pack and ``<file>`` if it has a file of its own. ``_held`` says how many
    bodies a file holds that are still needed. Packs are begun anew when 4 MiB are written, and with every start.
    """

    keeps_in_memory = False

    def __init__(self, directory: pathlib.Path) -> None:
        self._place = str(directory / PLACE)
        private_folder(self._place)
        self._born = f"{time.time_ns():x}"
        self._count = 0
        self._held: dict[str, int] = {}
        self._open: dict[int, str] = {}
        self._pack: int | None = None
        self._end = 0

    def _path(self, file: str) -> str:
        return f"{self._place}/{file}"

    def start(self) -> int:
        """A new file, for a large body or for a pack."""
        file = f"{self._born}-{self._count:x}"
        self._count += 1
        descriptor = os.open(self._path(file), os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, OWN_FILE)
        self._open[descriptor] = file
        return descriptor

    def keep(self, content: bytes) -> str:
        """Append to the pack; what a failed attempt (a full disk) left behind its end is written over."""
        if self._pack is not None and self._end >= PACK:
            self._close_pack()
        if self._pack is None:
            self._pack, self._end = self.start(), 0
        try:
            write_all(self._pack, content)
        except OSError:
            os.lseek(self._pack, self._end, os.SEEK_SET)
            raise
        file, begin = self._open[self._pack], self._end
        self._end += len(content)
        self._held[file] = self._held.get(file, 0) + 1
        return f"{file}@{begin}"

    def _close_pack(self) -> None:
        if self._pack is not None:
            del self._open[self._pack]
            os.close(self._pack)
            self._pack = None

    def keep_file(self, descriptor: int) -> str:
        file = self._open.pop(descriptor)
        os.close(descriptor)
        self._held[file] = 1
        return file

    def abandon(self, descriptor: int) -> None:
        file = self._open.pop(descriptor)
        os.close(descriptor)
        os.unlink(self._path(file))

    def open(self, body: str) -> BodyReader:
        file, _at, begin = body.partition("@")
        return FileReader(os.open(self._path(file), os.O_RDONLY | os.O_CLOEXEC), int(begin or 0))

    def drop(self, body: str) -> None:
        """The body is needed no more; its file goes with the last one, whoever reads it still can."""
        file = body.partition("@")[0]
        self._held[file] -= 1
        if self._held[file]:
            return
        del self._held[file]
        if self._pack is not None and self._open[self._pack] == file:
            self._close_pack()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path(file))

    def sweep(self, named: Iterable[str]) -> None:
        """Take up what the index names, and remove files of ours that nothing names, such as a kill leaves behind.

        An index that names anything else is not ours: its bodies would be read, and removed, out of this directory.
        """
        for body in named:
            if not _is_body(body):
                raise OSError(f"the index names {body!r}, which is no body of this store")
            file = body.partition("@")[0]
            self._held[file] = self._held.get(file, 0) + 1
        for file in os.listdir(self._place):
            if file not in self._held and _is_body(file):
                os.unlink(self._path(file))


def write_all(descriptor: int, content: bytes) -> None:
    """``os.write`` may write less than it was given (a full disk, a limit): go on until it raises or is done."""
    written = os.write(descriptor, content)
    while written < len(content):
        written += os.write(descriptor, content[written:])


class Arrival:
    """A body on its way in: digests are computed as it comes, and beyond 256 KiB it goes to a file of its own.

    It is worked on in blocks of 1 MiB. The md5 of one is computed on a thread while the other digests and the disk take
    the same one: with a single thread it would be the server's hashing that any client waits for.
    """

    def __init__(self, bodies: Bodies, digests: Iterable[str] = ()) -> None:
        self._bodies = bodies
        self._block: list[bytes] = []
        self._held = 0
        self._kept: list[bytes] = []
        self._file: int | None = None
        self.size = 0
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._hashing: Future[None] | None = None
        self._others = {name: _HASHES[name](usedforsecurity=False) for name in digests if name != "md5"}

    def write(self, data: bytes) -> None:
        self.size += len(data)
        self._block.append(data)
        self._held += len(data)
        if self._held >= BLOCK:
            self._work()

    def _work(self) -> None:
        """Hash the block, and put it where it belongs."""
        block = b"".join(self._block)
        self._block.clear()
        self._held = 0
        self._wait()
        if len(block) >= BLOCK:
            self._hashing = _hashers.submit(self._md5.update, block)
        else:
            self._md5.update(block)
        for running in self._others.values():
            running.update(block)
        self._kept.append(block)
        if self.size > SPILL and not self._bodies.keeps_in_memory:
            self._spill()

    def _spill(self) -> None:
        if self._file is None:
            self._file = self._bodies.start()
        write_all(self._file, b"".join(self._kept))
        self._kept.clear()

    def _wait(self) -> None:
        if self._hashing is not None:
            self._hashing.result()
            self._hashing = None

    def read(self, start: int, length: int) -> bytes:
        """Some of what has come so far."""
        if self._held:
            self._work()
        kept = b"".join(self._kept)
        spilled = self.size - len(kept)
        inside = b""
        if self._file is not None and start < spilled:
            inside = os.pread(self._file, min(length, spilled - start), start)
        begin = max(0, start - spilled)
        return inside + kept[begin:begin + length - len(inside)]

    def computes(self, name: str) -> bool:
        return name == "md5" or name in self._others

    def digest(self, name: str) -> str:
        """Of all that has come so far."""
        if self._held:
            self._work()
        self._wait()
        return str((self._md5 if name == "md5" else self._others[name]).hexdigest())

    def keep(self) -> str | None:
        """Put the complete body in its place; None stands for the empty body."""
        if not self.size:
            return None
        if self._held:
            self._work()
        if self._file is None:
            return self._bodies.keep(b"".join(self._kept))
        descriptor, self._file = self._file, None
        return self._bodies.keep_file(descriptor)

    def discard(self) -> None:
        self._block.clear()
        self._held = 0
        self._kept.clear()
        self._wait()
        if self._file is not None and isinstance(self._bodies, DiskBodies):
            descriptor, self._file = self._file, None
            self._bodies.abandon(descriptor)
