# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists of changed paths that wait for a purge: their names, and one as it is sent to NetStorage. No list is ever changed."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import tempfile
import time
import typing as t

from .._local.file_content import SMALL
from .._model.errors import LocalFailed

PLANNED, DEPLOYED = b".planned.gz", b".deployed.gz"
"""What the names of lists end in: of what a run is about to change, and of what it has changed."""
_BLOCK = 256 * 1024


def run_name() -> bytes:
    """Names of later runs sort behind; no two runs have one."""
    seconds, fraction = divmod(time.time_ns(), 10**9)
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(seconds))
    return f"{stamp}.{fraction:09d}-{os.urandom(4).hex()}".encode("ascii")


class PackedList:
    """The lines of a list, packed. Up to 1 MiB in memory, else in a file that has no name. The content of an upload.

    lines   how many there are
    sha256  lower-case hex, as soon as ``finish`` was called, as well as ``size``
    """

    size, lines = 0, 0
    sha256: str | None = None
    data: bytes | None = None

    def __init__(self) -> None:
        self._file: t.IO[bytes] = tempfile.SpooledTemporaryFile(SMALL)  # noqa: SIM115  # close() closes it
        self._packing = gzip.GzipFile(filename="", fileobj=self._file, mode="wb", compresslevel=6, mtime=0)

    def taking(self, lines: t.Iterable[bytes]) -> t.Iterator[bytes]:
        """The same lines; those that were asked for are in the list. Raises LocalFailed."""
        for line in lines:
            with _local_errors():
                self._packing.write(line)
            self.lines += 1
            yield line

    def finish(self) -> None:
        """The list is complete. Raises LocalFailed."""
        sha256 = hashlib.sha256()
        with _local_errors():
            self._packing.close()
            self.size = self._file.tell()
            for block in self._blocks():
                sha256.update(block)
        self.sha256 = sha256.hexdigest()

    def md5_now(self) -> str | None:
        md5 = hashlib.md5(usedforsecurity=False)
        with _local_errors():
            for block in self._blocks():
                md5.update(block)
        return md5.hexdigest()

    @contextlib.contextmanager
    def open(self) -> t.Iterator[t.IO[bytes]]:
        """It, from its beginning."""
        self._file.seek(0)
        yield self._file

    def close(self) -> None:
        self._file.close()

    def _blocks(self) -> t.Iterator[bytes]:
        self._file.seek(0)
        while block := self._file.read(_BLOCK):
            yield block


@contextlib.contextmanager
def _local_errors() -> t.Iterator[None]:
    try:
        yield
    except OSError as error:
        hint = f"It is packed in {tempfile.gettempdir()} before it is sent. Free some space there, or set TMPDIR."
        raise LocalFailed(f"The list of changed paths cannot be written: {error.strerror}", hint=hint) from error
