# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where files are fetched to: a local directory, or one name in it."""

from __future__ import annotations

import dataclasses
import os
import stat
import typing as t

from .._local.file_content import head_of, seconds_of
from .._local.name_probe import holds_both, longest_names
from .._local.walk import Tree
from .._local.writer import Writer
from .._model.entries import Entry, Found, Kind, Withheld
from .._model.errors import BadOptions, LocalUnknown
from .._model.filters import Filter
from .._model.paths import basename, join, shown
from .._model.temp_names import note_beside, temporary
from .._plan.names import FileSystem
from .._plan.policy import Policy
from .._plan.steps import Step
from .._usage_api.client import Client

_NO_FILTER = Filter()


@dataclasses.dataclass(frozen=True)
class DownloadSink:
    """The local directory or file that is written to.

    source  the absolute path on the service
    folder  the local directory
    file    the name in it, where ``source`` is a file; None for everything below ``source``
    mode    that of the files that are written, None to keep what is usual
    """

    source: bytes
    folder: bytes
    file: bytes | None
    mode: int | None

    @property
    def path(self) -> bytes:
        """Of the directory, or of the one file."""
        return self.folder if self.file is None else join(self.folder, self.file)

    def file_system(self) -> FileSystem:
        """What names it holds there."""
        return FileSystem(self._holds_both, *longest_names(self.folder))

    def _holds_both(self, name: bytes, one: bytes, other: bytes) -> bool:
        return holds_both(join(self.folder, name), one, other)

    def writer(self) -> Writer:
        return Writer(self.folder, self.mode)

    def remote_path(self, name: bytes) -> bytes:
        """The path on the service of what is here as ``name``."""
        return self.source if self.file is not None else join(self.source, name)

    def new_text(self, client: Client, step: Step, limit: int) -> bytes:
        """What a diff shows of a file as it will be."""
        return client.download(self.remote_path(step.entry.name), limit=limit)

    def old_text(self, step: Step, limit: int) -> bytes:
        """What a diff shows of a file as it is."""
        return head_of(step.path, limit)

    def missing(self) -> list[tuple[bytes, Found | None]]:
        """The directories that are not there yet, topmost first, the folder among them."""
        missing: list[tuple[bytes, Found | None]] = []
        path = self.folder
        while not os.path.isdir(path):
            if os.path.lexists(path):
                raise BadOptions(f"dest: {shown(path)} is not a directory")
            missing.append((path, Found()))
            path = os.path.dirname(path)
        return missing[::-1]

    def present(self, policy: Policy) -> t.Iterator[Entry]:
        """What is there, in key order. LocalUnknown for what cannot be read, unless the policy leaves it alone anyway."""
        if self.file is not None:
            yield from sorted([*self._one_present(self.file, policy), *self._left_over(self.file)], key=lambda entry: entry.key)
        elif os.path.isdir(self.folder):
            for entry in Tree(self.folder, "verbatim", _NO_FILTER).entries():
                if isinstance(entry, Entry):
                    yield entry
                else:
                    yield from self._odd(entry, policy)

    def _one_present(self, name: bytes, policy: Policy) -> t.Iterator[Entry]:
        path = join(self.folder, name)
        if not os.path.lexists(path):
            return
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            yield Entry(name, Kind.SYMLINK, target=os.readlink(path))
        elif stat.S_ISREG(status.st_mode):
            yield Entry(name, Kind.FILE, status.st_size, mtime=seconds_of(status))
        else:
            yield from self._odd(Withheld(name, "neither file, directory nor symlink", True), policy)

    def _left_over(self, name: bytes) -> t.Iterator[Entry]:
        """What a killed run has left of this one file."""
        waiting = temporary(join(self.folder, name), Kind.FILE)
        for path in (waiting, note_beside(waiting)):
            if os.path.isfile(path) and not os.path.islink(path):
                yield Entry(basename(path), Kind.FILE, os.lstat(path).st_size)

    def _odd(self, region: Withheld, policy: Policy) -> t.Iterator[Entry]:
        """Something that cannot be read, or is neither file, directory nor symlink: an error unless the task leaves it alone."""
        name = region.name
        inside = name.endswith(b"/")
        if (policy.filter.enters if inside else policy.filter.takes)(name) and not policy.protect.match(name):
            raise LocalUnknown(
                f"{shown(join(self.folder, name))}: {region.why}",
                path=join(self.folder, name),
                hint="Nothing was changed. Remove it, make it readable, or leave it out with exclude.",
            )
        if not inside:
            yield Entry(name, Kind.FILE, 0)
