# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists of what is still to be purged, in files: so that a purge that fails, or a runner that dies, is made up for.

A list is written once, before its first request, and never changed; a small file beside it says how many of its objects the
service has accepted by now, in their order. Two runs may work at one list: each tells only what was really accepted, and purging
twice does no harm. The names begin with ``pending_file``; they sort by the time of their run.
"""

from __future__ import annotations

import contextlib
import gzip
import itertools
import json
import os
import time
import typing as t
import zlib

from .._local.whole_file import refuse_place, whole_file
from .._model.errors import BadOptions, BadSource, LocalFailed
from .._model.paths import basename, encoded, join, parent, shown
from .._review.waiting_lists import run_name
from .objects import NAMES, Kind, Object
from .options import Method, Network

_LIST, _PROGRESS = b".list.gz", b".progress"
_EVERY = 10.0  # seconds between two notes of the progress
_VERSION = 1
_LARGEST_NOTE = 100  # bytes


class Order(t.NamedTuple):
    """How the objects of a list are purged."""

    kind: Kind
    method: Method
    network: Network


class WaitingList:
    """A list in its file.

    done  how many of its objects were accepted, as far as it was noted
    """

    def __init__(self, path: bytes, file: t.BinaryIO) -> None:
        """Raises BadSource where it is no such list."""
        self.path, self._file = path, file
        self._noted_at = time.monotonic()
        try:
            head = json.loads(next(iter(self._lines())))
            self.order, self.count = Order(head["type"], head["method"], head["network"]), int(head["count"])
            is_known = head["version"] == _VERSION and self.order.kind in NAMES and self.count >= 0
        except (ValueError, KeyError, TypeError, StopIteration):
            is_known = False
        if not is_known:
            hint = "Remove it if it is none; its name begins with pending_file."
            raise BadSource(f"{shown(path)} is no list of purges", path=path, hint=hint)
        self.done = min(self._progress(), self.count)

    def objects(self) -> t.Iterator[Object]:
        """Those that are not noted as accepted."""
        for number, line in enumerate(itertools.islice(self._lines(), 1, None)):
            if number >= self.done:
                yield int(line) if self.order.kind == "cpcode" else line.decode("ascii")

    def note(self, done: int, at_once: bool = False) -> None:
        """So many were accepted. It is written now and then; what is not written is purged once more."""
        self.done = done
        if at_once or time.monotonic() - self._noted_at >= _EVERY:
            self._noted_at = time.monotonic()
            with whole_file(self._progress_path) as file:
                file.write(b"%d\n" % done)

    def remove(self) -> None:
        """All of it was accepted. Another run may have been faster."""
        for path in (self.path, self._progress_path):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)

    def close(self) -> None:
        self._file.close()

    @property
    def _progress_path(self) -> bytes:
        return self.path[: -len(_LIST)] + _PROGRESS

    def _progress(self) -> int:
        with contextlib.suppress(FileNotFoundError), open(self._progress_path, "rb") as file:
            text = file.read(_LARGEST_NOTE).strip()
            return int(text) if text.isdigit() else 0
        return 0

    def _lines(self) -> t.Iterator[bytes]:
        self._file.seek(0)
        try:
            with gzip.GzipFile(fileobj=self._file, mode="rb") as unpacked:
                for line in unpacked:
                    yield line.rstrip(b"\n")
        except (OSError, EOFError, zlib.error) as error:
            hint = "Something else has written there. Remove it, and purge by CP code or cache tag."
            raise BadSource(f"{shown(self.path)} is damaged", path=self.path, hint=hint) from error


class PendingFiles:
    """The lists whose names begin with ``pending_file``."""

    def __init__(self, pending_file: str) -> None:
        """Raises BadOptions where no file can be."""
        self._beginning = encoded(pending_file)
        refuse_place("pending_file", self._beginning)

    def waiting(self) -> list[WaitingList]:
        """Those of earlier runs, the oldest first. Raises BadSource, LocalFailed."""
        folder, name = self._folder, basename(self._beginning) + b"."
        try:
            names = sorted(one for one in os.listdir(folder) if one.startswith(name) and one.endswith(_LIST))
        except OSError as error:
            raise LocalFailed(f"{shown(folder)} cannot be read: {error.strerror}", path=folder) from error
        found: list[WaitingList] = []
        for one in names:
            with contextlib.suppress(FileNotFoundError):  # another run has purged it meanwhile
                found.append(_opened(join(folder, one)))
        return found

    def add(self, order: Order, count: int, objects: t.Iterable[Object]) -> WaitingList:
        """Write a list. Raises LocalFailed, and what reading the objects raises."""
        path = join(self._folder, basename(self._beginning) + b"." + run_name() + _LIST)
        head = {"version": _VERSION, "type": order.kind, "method": order.method, "network": order.network, "count": count}
        with whole_file(path) as file:
            with gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=6) as packed:
                packed.write(json.dumps(head).encode("ascii") + b"\n")
                packed.writelines(f"{one}\n".encode("ascii") for one in objects)
            file.flush()
            os.fsync(file.fileno())
        return _opened(path)

    @property
    def _folder(self) -> bytes:
        return (parent(self._beginning) or b"/") if b"/" in self._beginning else b"."


def _opened(path: bytes) -> WaitingList:
    try:
        file = open(path, "rb")  # noqa: SIM115  # the list closes it
    except PermissionError as error:
        raise LocalFailed(f"{shown(path)} cannot be read: {error.strerror}", path=path) from error
    try:
        return WaitingList(path, file)
    except BaseException:
        file.close()
        raise


def refuse_same_file(options: t.Mapping[str, str | None], pending_file: str) -> None:
    """Raises BadOptions where another option names the same file."""
    for name, path in options.items():
        if path is not None and os.path.abspath(encoded(path)) == os.path.abspath(encoded(pending_file)):
            raise BadOptions(f"{name} and pending_file are the same file", hint="Choose another name for pending_file.")
