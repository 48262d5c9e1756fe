# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the lines of a list are: in a file, in one that is packed with gzip, or in all files of a directory.

They are read more than once and not from the beginning only, so all but a plain file is unpacked into a file without a name. Of a
list in a directory what is noted as purged is left out (``list_progress.py``).
"""

from __future__ import annotations

import contextlib
import gzip
import os
import stat
import tempfile
import typing as t
import zlib

from .._model.errors import BadSource, LocalFailed
from .._model.paths import encoded, join, shown
from .list_progress import ListPart, ListProgress, in_order

_GZIP = b"\x1f\x8b"
_BLOCK = 256 * 1024


class OpenedList(t.NamedTuple):
    """A descriptor of the lines.

    parts  the lists of a directory; none of a file
    """

    descriptor: int
    parts: t.Sequence[ListPart]


@contextlib.contextmanager
def opened_list(path: str, name: str, progress: ListProgress) -> t.Iterator[OpenedList]:
    """The lines, as long as the block takes.

    Args:
        path: a file, or a directory: then all lists in it, those that have progress first, in the order of names.
        name: of the option that says so.

    Raises:
        BadSource: it is neither, or cannot be read.
        LocalFailed: there is no room to unpack it.
    """
    place = encoded(path)
    if os.path.isdir(place):
        with _unpacked([join(place, one) for one in in_order(_names(place, name))], name, progress.lines) as found:
            yield found
        return
    with _opened(place, name) as file:
        if os.pread(file.fileno(), len(_GZIP), 0) != _GZIP:
            yield OpenedList(file.fileno(), ())
            return
    with _unpacked([place], name, lambda _path: 0) as found:
        yield found._replace(parts=())


def _names(folder: bytes, name: str) -> list[bytes]:
    try:
        return os.listdir(folder)
    except OSError as error:
        raise BadSource(f"{name}: {shown(folder)} cannot be read: {error.strerror}") from error


@contextlib.contextmanager
def _opened(path: bytes, name: str) -> t.Iterator[t.BinaryIO]:
    try:
        file = open(path, "rb")  # noqa: SIM115  # closed below; an error of what is done with it is another one
    except OSError as error:
        hint = "It is read on the machine where the module runs."
        raise BadSource(f"{name}: {shown(path)} cannot be read: {error.strerror}", hint=hint) from error
    with file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise BadSource(f"{name}: {shown(path)} is not a file", hint="It is read more than once.")
        yield file


@contextlib.contextmanager
def _unpacked(paths: t.Sequence[bytes], name: str, lines_to_skip: t.Callable[[bytes], int]) -> t.Iterator[OpenedList]:
    parts: list[ListPart] = []
    with tempfile.TemporaryFile() as lines:
        for path in paths:
            parts.append(ListPart(path, lines.tell(), lines_to_skip(path)))
            with _opened(path, name) as file:
                last = b"\n"
                for block in _without_lines(_blocks(file, path, name), parts[-1].skipped):
                    _write(lines, block)
                    last = block[-1:]
                _write(lines, b"" if last == b"\n" else b"\n")
        lines.flush()
        yield OpenedList(lines.fileno(), parts)


def _without_lines(blocks: t.Iterator[bytes], number: int) -> t.Iterator[bytes]:
    """What follows the first so many lines, in blocks that are not empty."""
    for block in blocks:
        while number and block:
            number -= b"\n" in block
            block = block.partition(b"\n")[2]
        if block:
            yield block


def _blocks(file: t.BinaryIO, path: bytes, name: str) -> t.Iterator[bytes]:
    is_packed = os.pread(file.fileno(), len(_GZIP), 0) == _GZIP
    source = t.cast("t.IO[bytes]", gzip.GzipFile(fileobj=file, mode="rb")) if is_packed else file
    try:
        while block := source.read(_BLOCK):
            yield block
    except (OSError, EOFError, zlib.error) as error:
        hint = "Fetch or write it again. If there is no other copy of it, purge by CP code or cache tag."
        raise BadSource(f"{name}: {shown(path)} is damaged: {error}", path=path, hint=hint) from error


def _write(lines: t.IO[bytes], block: bytes) -> None:
    try:
        lines.write(block)
    except OSError as error:
        hint = f"It is unpacked in {tempfile.gettempdir()}. Free some space there, or set TMPDIR."
        raise LocalFailed(f"The list cannot be unpacked: {error.strerror}", hint=hint) from error
