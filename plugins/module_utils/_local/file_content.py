# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The content of a file on the machine the module runs on, with its digests and a check for changes.

size, mtime_ns, ctime_ns and inode are taken before and after each reading; a difference is SourceChanged.

The system may report a wrong size: 0 bytes for files of /proc, a page for those of /sys, an old size on a network file system. So
after the reported size, one more byte is read. Small files are read to their end, whatever their reported size; a large one of
another size than reported is BadSource, by name.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import stat
import typing as t

from .._model.errors import BadSource, SourceChanged
from .._model.paths import shown

SMALL = 1024 * 1024
_BLOCK = 256 * 1024
_READING = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK  # without O_NONBLOCK, opening a FIFO waits for a writer


class Fingerprint(t.NamedTuple):
    """Attributes that must not change while a file is read."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


class FileContent:
    """A file as it was when it was hashed. Small ones (up to 1 MiB) are read once and kept.

    size          bytes that were read; for a small file this may differ from the size that the system reports
    md5, sha256   lower-case hex. None for a large file that is to be hashed while it is sent, until it has been
    """

    def __init__(self, path: bytes, with_md5: bool = True, late: bool = False, md5: str | None = None) -> None:
        """Read and hash the file. Raises BadSource where it cannot be read, SourceChanged where it changed meanwhile.

        with_md5   whether the md5 is needed: without it a large file is hashed in a third of the time
        late       hash a large file only while it is sent, so that it is read once
        md5        what it must have, where that is known: anything else is SourceChanged
        """
        self.path = path
        self.data: bytes | None = None
        self.md5: str | None = None
        self.sha256: str | None = None
        self._with_md5, self._wanted = with_md5 or md5 is not None, md5
        with _Opened(path) as descriptor:
            self._fingerprint = _fingerprint(descriptor, path)
            self.size = self._fingerprint.size
            self.mtime = max(0, self._fingerprint.mtime_ns // 1_000_000_000)
            if late and self.size > SMALL:
                return
            hashing = _Hashing(self._with_md5)
            if self.size <= SMALL:
                self.data = _small(descriptor, self.size, path)
                self.size = len(self.data)
                hashing.update(self.data)
            else:
                for block in _blocks(descriptor, self._fingerprint, path):
                    hashing.update(block)
            self._unmoved(descriptor)
            if self.size > SMALL and self.data is not None:
                raise _lies(path, self._fingerprint.size)
        self._hashed(hashing)

    def must_have(self, size: int | None) -> None:
        """Raises where it has another size than in the plan: SourceChanged, or BadSource where that size was always wrong."""
        if self.size != size:
            raise _lies(self.path, size) if self._fingerprint.size == size else changed(self.path)

    @contextlib.contextmanager
    def open(self) -> t.Iterator[t.BinaryIO]:
        """A reader of exactly ``size`` bytes. Can be opened again, for another try."""
        if self.data is not None:
            yield io.BytesIO(self.data)
            return
        hashing = _Hashing(self._with_md5) if self.sha256 is None else None
        with _Opened(self.path) as descriptor:
            self._unmoved(descriptor)
            reader = _Exactly(descriptor, self._fingerprint, self.path, hashing)
            yield t.cast(t.BinaryIO, reader)
            self._unmoved(descriptor)
            if reader.has_ended:
                _expect_end(descriptor, self._fingerprint, self.path)
        if hashing is not None and reader.has_ended:
            self._hashed(hashing)

    def md5_now(self) -> str | None:
        """The md5, read anew where it is not known; None where the file has changed since, or cannot be read."""
        if self.md5 is not None:
            return self.md5
        if self.data is not None:
            return hashlib.md5(self.data, usedforsecurity=False).hexdigest()
        try:
            return md5_of(self.path, self.size)
        except BadSource:
            return None

    def _hashed(self, hashing: _Hashing) -> None:
        md5 = hashing.md5.hexdigest() if hashing.md5 is not None else None
        if self._wanted not in (None, md5):
            raise changed(self.path)
        self.md5, self.sha256 = md5, hashing.sha256.hexdigest()

    def _unmoved(self, descriptor: int) -> None:
        if _fingerprint(descriptor, self.path) != self._fingerprint:
            raise changed(self.path)


class _Hashing:
    def __init__(self, with_md5: bool) -> None:
        self.sha256 = hashlib.sha256()
        self.md5 = hashlib.md5(usedforsecurity=False) if with_md5 else None

    def update(self, block: bytes) -> None:
        self.sha256.update(block)
        if self.md5 is not None:
            self.md5.update(block)


def md5_of(path: bytes, size: int) -> str:
    """The md5 of a file, lower-case hex. Raises SourceChanged where it no longer has this size or changes meanwhile.

    A small file is read at once, without a check for changes: an upload reads it again, and if it equals the stored object, the
    result is right.
    """
    if 0 < size <= _BLOCK:  # a FIFO without a writer looks like an empty file
        data = _beginning(path, size + 1)
        if len(data) == size:
            return hashlib.md5(data, usedforsecurity=False).hexdigest()
    return _watched_md5(path, size)


def _beginning(path: bytes, length: int) -> bytes:
    try:
        descriptor = os.open(path, _READING)
        try:
            return os.read(descriptor, length)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise _unreadable(path, error) from error


def _watched_md5(path: bytes, size: int) -> str:
    md5 = hashlib.md5(usedforsecurity=False)
    with _Opened(path) as descriptor:
        before = _fingerprint(descriptor, path)
        if before.size != size:
            raise changed(path)
        for block in _blocks(descriptor, before, path):
            md5.update(block)
        if _fingerprint(descriptor, path) != before:
            raise changed(path)
    return md5.hexdigest()


def seconds_of(status: os.stat_result) -> int:
    """The modification time as the service takes it: whole seconds, and nothing before 1970."""
    return max(0, status.st_mtime_ns // 1_000_000_000)


def head_of(path: bytes, length: int) -> bytes:
    """The first bytes of a file."""
    with _Opened(path) as descriptor:
        size = _fingerprint(descriptor, path).size  # no FIFO and no device
        head = _read(descriptor, length, path)
        while len(head) < length and len(head) != size:  # generated files (/proc) are returned piece by piece
            block = _read(descriptor, length - len(head), path)
            if not block:
                break
            head += block
        return head


def piece_of(path: bytes, offset: int, length: int) -> bytes:
    """``length`` bytes of a file from ``offset`` on, fewer where it ends before."""
    with _Opened(path) as descriptor:
        try:
            return os.pread(descriptor, length, offset)
        except OSError as error:
            raise _unreadable(path, error) from error


def size_of(path: bytes) -> int:
    """The size of a regular file. Raises BadSource for anything else."""
    with _Opened(path) as descriptor:
        return _fingerprint(descriptor, path).size


def changed(path: bytes) -> SourceChanged:
    return SourceChanged(f"{shown(path)} changed while it was being read", hint="Run the task again when nothing writes to it.")


class _Exactly(io.RawIOBase):
    """Reads exactly the announced number of bytes; a file that ends early is an error and not a hanging request."""

    def __init__(self, descriptor: int, announced: Fingerprint, path: bytes, hashing: _Hashing | None) -> None:
        self._descriptor, self._announced, self._path = descriptor, announced, path
        self._left, self._hashing = announced.size, hashing

    @property
    def has_ended(self) -> bool:
        return not self._left

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size is None or size < 0 else min(size, self._left)
        block = _read(self._descriptor, wanted, self._path) if wanted else b""
        if len(block) < wanted:
            raise _ends_elsewhere(self._descriptor, self._announced, self._path)
        self._left -= len(block)
        if self._hashing is not None:
            self._hashing.update(block)
        return block


class _Opened:
    """``with _Opened(path) as descriptor``: open for reading. BadSource where that cannot be.

    A class, because a generator would cost a third of what reading a small file does.
    """

    def __init__(self, path: bytes) -> None:
        self._path = path

    def __enter__(self) -> int:
        try:
            self._descriptor = os.open(self._path, _READING)
        except OSError as error:
            raise _unreadable(self._path, error) from error
        return self._descriptor

    def __exit__(self, *_error: object) -> None:
        os.close(self._descriptor)


def _read(descriptor: int, length: int, path: bytes) -> bytes:
    try:
        return os.read(descriptor, length)
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: bytes, error: OSError) -> BadSource:
    return BadSource(f"{shown(path)} cannot be read: {error.strerror}")


def _small(descriptor: int, size: int, path: bytes) -> bytes:
    """All of a small file, whatever its reported size; more than SMALL bytes if it turns out not to be small."""
    data = _read(descriptor, size + 1, path)
    if len(data) == size:  # one byte more was asked for, and there is none
        return data
    parts, left = [data], SMALL + 1 - len(data)
    while data and left > 0:
        data = _read(descriptor, min(_BLOCK, left), path)
        parts.append(data)
        left -= len(data)
    return b"".join(parts)


def _blocks(descriptor: int, announced: Fingerprint, path: bytes) -> t.Iterator[bytes]:
    left = announced.size
    while left:
        block = _read(descriptor, min(_BLOCK, left), path)
        if not block:
            raise _ends_elsewhere(descriptor, announced, path)
        left -= len(block)
        yield block
    _expect_end(descriptor, announced, path)


def _expect_end(descriptor: int, announced: Fingerprint, path: bytes) -> None:
    """The announced bytes have been read: the file must end there."""
    if _read(descriptor, 1, path):
        raise _ends_elsewhere(descriptor, announced, path)


def _ends_elsewhere(descriptor: int, announced: Fingerprint, path: bytes) -> BadSource | SourceChanged:
    """Why a file does not end where it should: it has just been written to, or its reported size was wrong."""
    return changed(path) if _fingerprint(descriptor, path) != announced else _lies(path, announced.size)


def _lies(path: bytes, size: int | None) -> BadSource:
    return BadSource(
        f"{shown(path)} is said to have {size} bytes, and has more or fewer",
        hint="Usual for files of /proc and /sys and of some network file systems. Copy it to an ordinary file, and send that.",
    )


def _fingerprint(descriptor: int, path: bytes) -> Fingerprint:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise BadSource(f"{shown(path)} is not a regular file")
    return Fingerprint(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
