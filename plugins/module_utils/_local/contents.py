# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# This room is private to edgeops.netstorage: nothing here is a promise to other collections.

"""The bytes of a file on the machine the module runs on, with their digests and a watch on changes.

size, mtime_ns, ctime_ns and inode are taken before and after each reading; a difference is SourceChanged.
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


class Fingerprint(t.NamedTuple):
    """What must not move while a file is read."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


class FileContent:
    """A file as it was when it was hashed. Small ones (up to 1 MiB) are read once and kept."""

    def __init__(self, path: bytes, with_md5: bool = True) -> None:
        """Read and hash the file. Raises BadSource where it cannot be read, SourceChanged where it moved meanwhile.

        with_md5   whether anybody will compare the md5: without it a large file is hashed in a third of the time
        """
        self.path = path
        md5, sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
        digests = (md5, sha256) if with_md5 else (sha256,)
        kept: list[bytes] = []
        with _opened(path) as stream:
            self._fingerprint = _fingerprint(stream)
            self.size = self._fingerprint.size
            for block in _blocks(stream, self.size, path):
                for digest in digests:
                    digest.update(block)
                if self.size <= SMALL:
                    kept.append(block)
            self._unmoved(stream)
        self.md5 = md5.hexdigest() if with_md5 else None
        self.sha256 = sha256.hexdigest()
        self.mtime = max(0, self._fingerprint.mtime_ns // 1_000_000_000)
        self.data = b"".join(kept) if self.size <= SMALL else None

    @contextlib.contextmanager
    def open(self) -> t.Iterator[t.BinaryIO]:
        """A reader of exactly ``size`` bytes. Can be opened again, for another try."""
        if self.data is not None:
            yield io.BytesIO(self.data)
            return
        with _opened(self.path) as stream:
            self._unmoved(stream)
            yield t.cast(t.BinaryIO, _Exactly(stream, self.size, self.path))
            self._unmoved(stream)

    def _unmoved(self, stream: t.BinaryIO) -> None:
        if _fingerprint(stream) != self._fingerprint:
            raise changed(self.path)


def md5_of(path: bytes, size: int) -> str:
    """The md5 of a file, lower-case hex. Raises SourceChanged where it no longer has this size or moves meanwhile."""
    md5 = hashlib.md5(usedforsecurity=False)
    with _opened(path) as stream:
        before = _fingerprint(stream)
        if before.size != size:
            raise changed(path)
        for block in _blocks(stream, size, path):
            md5.update(block)
        if _fingerprint(stream) != before:
            raise changed(path)
    return md5.hexdigest()


def seconds_of(status: os.stat_result) -> int:
    """The modification time as the service takes it: whole seconds, and nothing before 1970."""
    return max(0, status.st_mtime_ns // 1_000_000_000)


def head_of(path: bytes, length: int) -> bytes:
    """The first bytes of a file."""
    with _opened(path) as stream:
        return _read(stream, length, path)


def changed(path: bytes) -> SourceChanged:
    return SourceChanged(f"{shown(path)} changed while it was being read", hint="Run the task again when nothing writes to it.")


class _Exactly(io.RawIOBase):
    """Gives ``size`` bytes and no more; a file that ends early is an error and not a hanging request."""

    def __init__(self, stream: t.BinaryIO, size: int, path: bytes) -> None:
        self._stream, self._left, self._path = stream, size, path

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size is None or size < 0 else min(size, self._left)
        block = _read(self._stream, wanted, self._path) if wanted else b""
        if len(block) < wanted:
            raise changed(self._path)
        self._left -= len(block)
        return block


@contextlib.contextmanager
def _opened(path: bytes) -> t.Iterator[t.BinaryIO]:
    try:
        # Without O_NONBLOCK, opening a FIFO waits for somebody to write.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise _unreadable(path, error) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise BadSource(f"{shown(path)} is not a regular file")
    with os.fdopen(descriptor, "rb", buffering=0) as stream:
        yield t.cast(t.BinaryIO, stream)


def _read(stream: t.BinaryIO, length: int, path: bytes) -> bytes:
    try:
        return stream.read(length)
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: bytes, error: OSError) -> BadSource:
    return BadSource(f"{shown(path)} cannot be read: {error.strerror}")


def _blocks(stream: t.BinaryIO, size: int, path: bytes) -> t.Iterator[bytes]:
    left = size
    while left:
        block = _read(stream, min(_BLOCK, left), path)
        if not block:
            raise changed(path)
        left -= len(block)
        yield block


def _fingerprint(stream: t.BinaryIO) -> Fingerprint:
    status = os.fstat(stream.fileno())
    return Fingerprint(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
