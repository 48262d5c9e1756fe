# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes fetched files to a local directory.

Every name is reached from the directory down, component by component, and never through a symlink. A file arrives under a
temporary name beside its place (``_model/temp_names.py``), readable only by its owner, and is renamed when it is complete and
verified. A partial file stays there, and the next run continues it if it is proved to be of the same object.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import stat
import typing as t

from .._model.entries import Kind
from .._model.errors import LocalFailed, Stopped
from .._model.paths import basename, join, shown
from .._model.temp_names import note_beside, temporary
from .version_notes import VersionNote

_BLOCK = 1_048_576
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_WRITING = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})

Stopping = t.Callable[[], t.Optional[str]]


class Writer:
    """Thread safe. ``mode`` is for the files that arrive; None keeps that of the file that is replaced.

    full  why nothing more can be written (disk full); else empty
    """

    def __init__(self, root: bytes, mode: int | None = None) -> None:
        self.root, self._mode = root, mode
        mask = os.umask(0o077)
        os.umask(mask)
        self._usual = 0o666 & ~mask
        self.full = ""

    def make_way(self, path: bytes) -> None:
        """Creates the directory itself, or one above it. Links in this path are followed: the author of the task named it."""
        with self._told("mkdir", path):
            os.makedirs(path, exist_ok=True)

    def mkdir(self, name: bytes) -> None:
        with self._told("mkdir", self._path(name)), self._inside(name + b"/"):
            pass

    def remove(self, name: bytes) -> None:
        """Removes a file or symlink. No error if it is gone already."""
        self._take_away("delete", name, os.unlink)

    def rmdir(self, name: bytes) -> None:
        self._take_away("rmdir", name, os.rmdir)

    def _take_away(self, what: str, name: bytes, take: t.Callable[..., None]) -> None:
        gone = contextlib.suppress(FileNotFoundError)
        with self._told(what, self._path(name)), gone, self._above(name, makes=False) as (folder, leaf):
            take(leaf, dir_fd=folder)

    def symlink(self, name: bytes, target: bytes) -> None:
        """Creates a link, or replaces a file or link by one."""
        fresh = basename(temporary(self._path(name), Kind.SYMLINK))
        with self._told("symlink", self._path(name)), self._above(name) as (folder, leaf):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(fresh, dir_fd=folder)
            os.symlink(target, fresh, dir_fd=folder)
            try:
                os.replace(fresh, leaf, src_dir_fd=folder, dst_dir_fd=folder)
            except OSError:
                os.unlink(fresh, dir_fd=folder)
                raise

    def touch(self, name: bytes, mtime: int) -> None:
        with self._told("mtime", self._path(name)), self._above(name, makes=False) as (folder, leaf):
            os.utime(leaf, (mtime, mtime), dir_fd=folder, follow_symlinks=False)

    @contextlib.contextmanager
    def arriving(self, name: bytes, size: int, stopped: Stopping, noted: bool) -> t.Iterator[IncomingFile]:
        """The temporary file, with the part that an earlier run has downloaded. Without ``settle`` it stays for the next run.

        noted  whether its version is noted beside it, because no digest will tell whether all of it belongs together
        """
        with self._told("download", self._path(name)), self._above(name) as (folder, leaf):
            fresh = basename(temporary(self._path(name), Kind.FILE))
            note = VersionNote(folder, note_beside(fresh))
            file = IncomingFile(_opened(folder, fresh), size, stopped, note, noted)
            try:
                yield file
                if file.is_settled:
                    os.fchmod(file.descriptor, self._mode_of(folder, leaf))
                    if file.mtime is not None:
                        os.utime(file.descriptor, (file.mtime, file.mtime))
                    note.remove()  # afterwards both names may be those of another run
                    os.replace(fresh, leaf, src_dir_fd=folder, dst_dir_fd=folder)
            finally:
                if not file.at and not file.is_settled:
                    with contextlib.suppress(OSError):
                        note.remove()
                        os.unlink(fresh, dir_fd=folder)
                os.close(file.descriptor)

    def _mode_of(self, folder: int, leaf: bytes) -> int:
        if self._mode is not None:
            return self._mode
        try:
            there = os.stat(leaf, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return self._usual
        return stat.S_IMODE(there.st_mode) & 0o777 if stat.S_ISREG(there.st_mode) else self._usual

    def _path(self, name: bytes) -> bytes:
        return join(self.root, name)

    @contextlib.contextmanager
    def _above(self, name: bytes, makes: bool = True) -> t.Iterator[tuple[int, bytes]]:
        """The directory that a name is in, and its last component."""
        with self._inside(name, makes) as folder:
            yield folder, basename(name)

    @contextlib.contextmanager
    def _inside(self, name: bytes, makes: bool = True) -> t.Iterator[int]:
        """The directory that a name is in. Missing directories are created: all of them are wanted, and another thread may be
        about to create them."""
        if makes:
            os.makedirs(self.root, exist_ok=True)
        folder = os.open(self.root, _DIRECTORY)
        try:
            for part in name.split(b"/")[:-1]:
                if makes:
                    with contextlib.suppress(FileExistsError):
                        os.mkdir(part, dir_fd=folder)
                below = os.open(part, _DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
                os.close(folder)
                folder = below
            yield folder
        finally:
            os.close(folder)

    @contextlib.contextmanager
    def _told(self, what: str, path: bytes) -> t.Iterator[None]:
        try:
            yield
        except OSError as error:
            why = error.strerror or str(error)
            if error.errno in _NO_ROOM:
                self.full = self.full or f"nothing more can be written below {shown(self.root)}: {why}"
            raise LocalFailed(f"{what} of {shown(path)}: {why}", path=path) from error


class IncomingFile:
    """A file that is being downloaded.

    at       bytes
    md5      of them, lower-case hex
    version  the strong ETag of the object that all of them are of, None where that is not known
    """

    def __init__(self, descriptor: int, size: int, stopped: Stopping, note: VersionNote, noted: bool) -> None:
        self.descriptor, self._stopped = descriptor, stopped
        self._note, self._noted = note, noted
        self.at = 0
        self.version: str | None = None
        self.mtime: int | None = None
        self.is_settled = False
        self._md5 = hashlib.md5(usedforsecurity=False)
        if os.fstat(descriptor).st_size > size:
            os.ftruncate(descriptor, 0)
        for block in iter(lambda: os.read(descriptor, _BLOCK), b""):
            self._took(block)
        if self.at:
            self.version = note.read()

    @property
    def md5(self) -> str:
        return self._md5.hexdigest()

    def write(self, block: bytes) -> None:
        """Writes the next bytes. Raises Stopped if the run has been cancelled."""
        why = self._stopped()
        if why:
            raise Stopped(why)
        view = memoryview(block)
        while view:
            view = view[os.write(self.descriptor, view) :]
        self._took(block)

    def restart(self) -> None:
        """Discards all of it. The note is removed after the bytes that it is about."""
        os.lseek(self.descriptor, 0, os.SEEK_SET)
        os.ftruncate(self.descriptor, 0)
        self._note.remove()
        self.version = None
        self.at, self._md5 = 0, hashlib.md5(usedforsecurity=False)

    def belongs_to(self, version: str | None) -> None:
        """The version of the object whose bytes will be written. Called before the first of them."""
        self.version = version
        if version is not None and self._noted:
            self._note.write(version)

    def settle(self, mtime: int | None) -> None:
        """The file is complete and verified: renames it."""
        self.mtime, self.is_settled = mtime, True

    def _took(self, block: bytes) -> None:
        self.at += len(block)
        self._md5.update(block)


def _opened(folder: int, fresh: bytes) -> int:
    """The temporary file, locked by this run. Anything else under its name is removed, and never written to.

    Another run that fetches the same file has it locked, and may rename it just before we get the lock: then it is opened again.
    """
    for _try in range(3):
        try:
            descriptor = os.open(fresh, _WRITING, 0o600, dir_fd=folder)
        except OSError as error:
            if error.errno not in (errno.ELOOP, errno.ENXIO):
                raise
            os.unlink(fresh, dir_fd=folder)
            continue
        try:
            if _is_ours(descriptor, folder, fresh):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
    raise OSError(errno.EBUSY, "another run is fetching it")


def _is_ours(descriptor: int, folder: int, fresh: bytes) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        there = os.stat(fresh, dir_fd=folder, follow_symlinks=False)
    except (BlockingIOError, FileNotFoundError):
        return False
    status = os.fstat(descriptor)
    if (status.st_dev, status.st_ino) != (there.st_dev, there.st_ino):
        return False
    if stat.S_ISREG(status.st_mode) and status.st_nlink == 1 and status.st_uid == os.geteuid():
        os.fchmod(descriptor, 0o600)
        return True
    os.unlink(fresh, dir_fd=folder)
    return False
