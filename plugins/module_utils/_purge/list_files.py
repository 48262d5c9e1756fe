# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Where the lines of a list are: in a file, in one that is packed with gzip, or in all files of a directory.

They are read more than once and not from the beginning only, so all but a plain file is unpacked into a file without a name.
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

_GZIP = b"\x1f\x8b"
_BLOCK = 256 * 1024


@contextlib.contextmanager
def opened_list(path: str, name: str) -> t.Iterator[int]:
    """A descriptor of the lines.

    Args:
        path: a file, or a directory: then all that is in it, in the order of names.
        name: of the option that says so.

    Raises:
        BadSource: it is neither, or cannot be read.
        LocalFailed: there is no room to unpack it.
    """
    place = encoded(path)
    if os.path.isdir(place):
        with _unpacked([join(place, one) for one in _names(place, name)], name) as descriptor:
            yield descriptor
        return
    with _opened(place, name) as file:
        if os.pread(file.fileno(), len(_GZIP), 0) != _GZIP:
            yield file.fileno()
            return
    with _unpacked([place], name) as descriptor:
        yield descriptor


def _names(folder: bytes, name: str) -> list[bytes]:
    try:
        return sorted(os.listdir(folder))
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
def _unpacked(paths: t.Sequence[bytes], name: str) -> t.Iterator[int]:
    with tempfile.TemporaryFile() as lines:
        for path in paths:
            with _opened(path, name) as file:
                last = b"\n"
                for block in _blocks(file, path, name):
                    _write(lines, block)
                    last = block[-1:]
                _write(lines, b"" if last == b"\n" else b"\n")
        lines.flush()
        yield lines.fileno()


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
