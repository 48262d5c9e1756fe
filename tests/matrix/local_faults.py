# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can go wrong with the source of a sync, on the machine where it lies.

Two families. Something is **unknown**: it is there and cannot be read, or is nothing that can be sent. Or it **moves**: it
vanishes, shrinks, grows or becomes another while the run is at it. Where the system itself would have to fail, which it does not
for root, its answers are made up; the rest is real.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import socket
import threading
import typing as t
from pathlib import Path
from unittest import mock


class Victim(t.NamedTuple):
    """Something in the source. ``kind``: file, large (a file that is read in blocks), directory, or nothing:
    then only the service has something of this name."""

    source: Path
    name: str
    kind: str

    @property
    def path(self) -> Path:
        return self.source / self.name


Injected = t.Callable[[Victim], t.ContextManager[None]]


class LocalFault(t.NamedTuple):
    """``unknown``: what it hits is a region that nothing is known of, ``inside`` a directory that is known itself. Otherwise it
    moves, if the run comes to look at it."""

    name: str
    kinds: tuple[str, ...]
    unknown: bool
    during: Injected
    links: str = "preserve"
    inside: bool = False


# -- unknown: answers of the system


class _Entry:
    """A directory entry that cannot be looked at, or that was on another file system when it was."""

    def __init__(self, entry: os.DirEntry[bytes], number: int) -> None:
        self.name, self.path = entry.name, entry.path
        self._entry, self._number = entry, number

    def stat(self, follow_symlinks: bool = True) -> os.stat_result:
        if self._number:
            raise OSError(self._number, os.strerror(self._number))
        found = list(self._entry.stat(follow_symlinks=follow_symlinks))
        found[2] += 1  # st_dev
        return os.stat_result(found)


class _Scan:
    def __init__(self, entries: t.Iterable[t.Any]) -> None:
        self._entries = list(entries)

    def __enter__(self) -> list[t.Any]:
        return self._entries

    def __exit__(self, *_error: object) -> None:
        ...


def closed(number: int) -> Injected:
    """The directory cannot be listed."""

    def during(victim: Victim) -> t.ContextManager[None]:
        real, path = os.scandir, os.fsencode(victim.path)

        def scan(given: t.Any) -> t.Any:
            if os.fsencode(given) == path:
                raise OSError(number, os.strerror(number))
            return real(given)

        return _patched("scandir", scan)

    return during


def odd_entry(number: int) -> Injected:
    """The entry cannot be looked at; with 0, it was a mount point then, and is none any more."""

    def during(victim: Victim) -> t.ContextManager[None]:
        real, path = os.scandir, os.fsencode(victim.path)

        def scan(given: t.Any) -> t.Any:
            with real(given) as found:
                return _Scan(_Entry(entry, number) if os.fsencode(entry.path) == path else entry for entry in found)

        return _patched("scandir", scan)

    return during


@contextlib.contextmanager
def _patched(name: str, function: t.Any) -> t.Iterator[None]:
    with mock.patch.object(os, name, function):
        yield


# -- unknown: what is no file


@contextlib.contextmanager
def fifo(victim: Victim) -> t.Iterator[None]:
    _away(victim.path)
    os.mkfifo(victim.path)
    yield


@contextlib.contextmanager
def sock(victim: Victim) -> t.Iterator[None]:
    _away(victim.path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(victim.path))
        yield


def link(target: str) -> Injected:
    """To somewhere else; ``{}`` is the victim's own name."""

    @contextlib.contextmanager
    def during(victim: Victim) -> t.Iterator[None]:
        _away(victim.path)
        victim.path.symlink_to(target.format(victim.path.name))
        yield

    return during


def _away(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


# -- moving


Change = t.Callable[[Path], None]


def vanish(path: Path) -> None:
    _away(path)


def shrink(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def grow(path: Path) -> None:
    with path.open("ab") as stream:
        stream.write(b"grown")


def rewrite(path: Path) -> None:
    """The same size, other bytes."""
    path.write_bytes(path.read_bytes().swapcase()[::-1])


def swap(path: Path) -> None:
    """Another file of the same size takes its place, as an editor or a build does it."""
    other = path.with_name(path.name + "~")
    other.write_bytes(path.read_bytes().swapcase()[::-1])
    other.replace(path)


def become_fifo(path: Path) -> None:
    _away(path)
    os.mkfifo(path)


def become_directory(path: Path) -> None:
    _away(path)
    path.mkdir()


def at_open(change: Change, nth: int, before: bool) -> Injected:
    """The change comes just before the nth opening of the file, or of the first file of the directory; or just after it."""

    def during(victim: Victim) -> t.ContextManager[None]:
        real, path, lock = os.open, os.fsencode(victim.path), threading.Lock()
        seen, changing = 0, False

        def opened(given: t.Any, *rest: t.Any, **more: t.Any) -> int:
            nonlocal seen, changing
            is_it = isinstance(given, bytes) and (given == path or given.startswith(path + b"/"))
            if changing or not is_it:  # the change itself may open something
                return real(given, *rest, **more)
            with lock:
                seen += 1
                descriptor = -1 if before and seen == nth else real(given, *rest, **more)
                if seen == nth:
                    changing = True
                    change(victim.path)
                    changing = False
                return real(given, *rest, **more) if descriptor < 0 else descriptor

        return _patched("open", opened)

    return during


def in_the_middle(change: Change, nth: int) -> Injected:
    """The change comes when the first block has been read, at the nth reading of the file."""

    @contextlib.contextmanager
    def during(victim: Victim) -> t.Iterator[None]:
        real_open, real_read, path, lock = os.open, os.read, os.fsencode(victim.path), threading.Lock()
        opened: list[int] = []
        due = False

        def opens(given: t.Any, *rest: t.Any, **more: t.Any) -> int:
            nonlocal due
            descriptor = real_open(given, *rest, **more)
            if given == path:
                with lock:
                    opened.append(descriptor)
                    due = len(opened) == nth
            return descriptor

        def reads(descriptor: int, length: int) -> bytes:
            nonlocal due
            block = real_read(descriptor, length)
            with lock:
                if due and descriptor == opened[-1]:
                    due = False
                    change(victim.path)
            return block

        with _patched("open", opens), _patched("read", reads):
            yield

    return during


def refused(number: int) -> Injected:
    """The file cannot be opened."""

    def during(victim: Victim) -> t.ContextManager[None]:
        real, path = os.open, os.fsencode(victim.path)

        def opened(given: t.Any, *rest: t.Any, **more: t.Any) -> int:
            if given == path:
                raise OSError(number, os.strerror(number))
            return real(given, *rest, **more)

        return _patched("open", opened)

    return during


_ANY = ("file", "directory", "nothing")


def local_faults() -> t.Iterator[LocalFault]:
    for number in (errno.EACCES, errno.EIO, errno.ENOTCONN, errno.ESTALE):
        yield LocalFault(f"directory {errno.errorcode[number]}", ("directory",), True, closed(number), inside=True)
        yield LocalFault(f"entry {errno.errorcode[number]}", ("file", "directory"), True, odd_entry(number))
    yield LocalFault("entry vanished", ("file", "directory"), True, odd_entry(errno.ENOENT))
    yield LocalFault("unmounted", ("directory",), True, odd_entry(0), inside=True)
    yield LocalFault("FIFO", _ANY, True, fifo)
    yield LocalFault("socket", _ANY, True, sock)
    yield LocalFault("link to nothing, to be followed", _ANY, True, link("no such thing"), "follow")
    yield LocalFault("link to itself, to be followed", _ANY, True, link("{}"), "follow")
    yield LocalFault("link to its own directory, to be followed", _ANY, True, link("."), "follow", inside=True)
    for number in (errno.EACCES, errno.EIO, errno.ESTALE):
        yield LocalFault(f"file {errno.errorcode[number]}", ("file",), False, refused(number))
    for change in (vanish, shrink, grow, rewrite, swap, become_fifo, become_directory):
        for nth in (1, 2, 3):  # to look for what should not be public, to hash, to send
            for before in (True, False):
                name = f"{change.__name__} {'before' if before else 'after'} opening {nth}"
                yield LocalFault(name, ("file",), False, at_open(change, nth, before))
            yield LocalFault(f"{change.__name__} in reading {nth}", ("large",), False, in_the_middle(change, nth))
    yield LocalFault("directory vanishes", ("directory",), False, at_open(vanish, 1, True))
