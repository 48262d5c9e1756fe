# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The bytes of files, kept apart from the index: one file per body on disk, or all in memory.

A body is written as ``….part``, renamed to its place when complete, and only then named in the index; so a kill leaves
at worst a file nobody names, which the next start sweeps away. An empty body is no file at all.
"""

from __future__ import annotations

import hashlib
import os
import pathlib
import time
from collections.abc import Iterable
from typing import Any, Protocol

SPILL = 256 * 1024
IN_ONE_FOLDER = 4096
PART = ".part"


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
    """A body on disk."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def read(self, start: int, length: int) -> bytes:
        return os.pread(self._descriptor, length, start)

    def close(self) -> None:
        os.close(self._descriptor)


class DiskBodies:
    """Bodies below a directory, 4096 to a folder; a body is named ``<folder>/<count>``, never the same name twice."""

    keeps_in_memory = False

    def __init__(self, directory: pathlib.Path) -> None:
        self._kept = str(directory / "bodies")
        os.makedirs(self._kept, exist_ok=True)
        self._born = f"{time.time_ns():x}"
        self._count = 0
        self._open: dict[int, str] = {}

    def _path(self, body: str) -> str:
        return f"{self._kept}/{body}"

    def start(self) -> int:
        """Open a temporary file for an arriving body, next to its later place."""
        folder = f"{self._born}-{self._count // IN_ONE_FOLDER:x}"
        if self._count % IN_ONE_FOLDER == 0:
            os.makedirs(self._path(folder), exist_ok=True)
        body = f"{folder}/{self._count:x}"
        self._count += 1
        descriptor = os.open(self._path(body) + PART, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._open[descriptor] = body
        return descriptor

    def keep(self, content: bytes) -> str:
        descriptor = self.start()
        try:
            write_all(descriptor, content)
        except OSError:
            self.abandon(descriptor)
            raise
        return self.keep_file(descriptor)

    def keep_file(self, descriptor: int) -> str:
        body = self._open.pop(descriptor)
        os.close(descriptor)
        place = self._path(body)
        os.rename(place + PART, place)
        return body

    def abandon(self, descriptor: int) -> None:
        body = self._open.pop(descriptor)
        os.close(descriptor)
        os.unlink(self._path(body) + PART)

    def open(self, body: str) -> BodyReader:
        return FileReader(os.open(self._path(body), os.O_RDONLY | os.O_CLOEXEC))

    def drop(self, body: str) -> None:
        try:
            os.unlink(self._path(body))
        except FileNotFoundError:
            pass

    def sweep(self, named: Iterable[str]) -> None:
        """Remove what a kill left behind: temporary files and bodies that no object names, and empty folders."""
        wanted = set(named)
        for folder in os.listdir(self._kept):
            bodies = {f"{folder}/{name}" for name in os.listdir(self._path(folder))}
            for body in bodies - wanted:
                os.unlink(self._path(body))
            if not bodies & wanted:
                os.rmdir(self._path(folder))


def write_all(descriptor: int, content: bytes) -> None:
    """``os.write`` may write less than it was given (a full disk, a limit): go on until it raises or is done."""
    written = os.write(descriptor, content)
    while written < len(content):
        written += os.write(descriptor, content[written:])


class Arrival:
    """A body on its way in: digests are computed as it comes, and beyond 256 KiB it goes to a temporary file."""

    def __init__(self, bodies: Bodies, digests: Iterable[str] = ()) -> None:
        self._bodies = bodies
        self._parts: list[bytes] = []
        self._held = 0
        self._file: int | None = None
        self.size = 0
        self._hashes: dict[str, Any] = {"md5": hashlib.md5(usedforsecurity=False)}
        for name in digests:
            self._hashes.setdefault(name, hashlib.new(name, usedforsecurity=False))

    def write(self, data: bytes) -> None:
        self.size += len(data)
        for running in self._hashes.values():
            running.update(data)
        self._parts.append(data)
        self._held += len(data)
        if self._held > SPILL and not self._bodies.keeps_in_memory:
            self._spill()

    def _spill(self) -> None:
        if self._file is None:
            self._file = self._bodies.start()
        write_all(self._file, b"".join(self._parts))
        self._parts.clear()
        self._held = 0

    def computes(self, name: str) -> bool:
        return name in self._hashes

    def digest(self, name: str) -> str:
        return str(self._hashes[name].hexdigest())

    def keep(self) -> str | None:
        """Put the complete body in its place; None stands for the empty body."""
        if not self.size:
            return None
        if self._file is None:
            return self._bodies.keep(b"".join(self._parts))
        self._spill()
        descriptor, self._file = self._file, None
        return self._bodies.keep_file(descriptor)

    def discard(self) -> None:
        self._parts.clear()
        if self._file is not None and isinstance(self._bodies, DiskBodies):
            descriptor, self._file = self._file, None
            self._bodies.abandon(descriptor)
