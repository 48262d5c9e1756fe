# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of a plan that changes a local directory."""

from __future__ import annotations

from .._model.entries import Entry, Kind
from .._model.errors import BadReply, LocalFailed, ObjectChanged
from .._model.paths import shown
from .._plan.steps import Step, StepKind
from .._tasks.base import Task
from .._tasks.download_sink import DownloadSink
from .._threads.cancellation import Cancellation
from .._usage_api.client import Client
from .._usage_api.download import md5_in
from .remote_steps import StepRunner


class LocalSteps(StepRunner):
    """One method for each kind of step."""

    def __init__(self, client: Client, task: Task, sink: DownloadSink, cancellation: Cancellation) -> None:
        self._client, self._sink, self._cancellation = client, sink, cancellation
        self.parallel = task.parallel
        self._writer = sink.writer()
        self._does = {
            StepKind.MKDIR: self._mkdir,
            StepKind.DOWNLOAD: self._download,
            StepKind.SYMLINK: self._symlink,
            StepKind.MTIME: lambda step: self._writer.touch(step.entry.name, step.entry.mtime or 0),
            StepKind.REPLACE: self._replace,
            StepKind.DELETE: lambda step: self._writer.remove(step.entry.name),
            StepKind.RMDIR: lambda step: self._writer.rmdir(step.entry.name),
        }

    def _mkdir(self, step: Step) -> None:
        if step.base == self._sink.folder:
            self._writer.mkdir(step.entry.name)
        else:
            self._writer.make_way(step.path)

    def _symlink(self, step: Step) -> None:
        self._writer.symlink(step.entry.name, step.entry.target or b"")

    def _replace(self, step: Step) -> None:
        if step.entry.kind is Kind.SYMLINK:
            self._symlink(step)
        else:
            self._download(step)

    def _download(self, step: Step) -> None:
        """The downloaded file must have the listed md5, or if none is listed, the md5 in its ETag. If it has not, and the service
        still lists the same, it is downloaded once more."""
        wanted, path = step.entry, self._sink.remote_path(step.entry.name)
        listed = wanted.md5 is not None
        try:
            with self._writer.arriving(wanted.name, wanted.size or 0, self._cancellation.reason, noted=not listed) as file:
                for _turn in range(2):
                    try:
                        self._client.fetch(path, wanted.size or 0, file, digested=listed)
                        said = wanted.md5 or md5_in(file.version)
                        if said in (None, file.md5):
                            file.settle(wanted.mtime)
                            return
                        why = f"it has md5 {file.md5}, and {said} {'was listed' if listed else 'is in its ETag'}"
                    except ObjectChanged as error:
                        why = error.message
                    file.restart()
                    self._still_listed(path, wanted)
                raise BadReply(f"{shown(path)} was not downloaded as it is listed: {why}", path=path, action="download")
        except LocalFailed:
            if self._writer.full:
                self._cancellation.cancel(self._writer.full)
            raise

    def _still_listed(self, path: bytes, wanted: Entry) -> None:
        now = self._client.stat(path).object
        if now is None or _version(now) != _version(wanted):
            raise ObjectChanged(f"{shown(path)} changed on the service while it was fetched", path=path, action="download")


def _version(row: Entry) -> tuple[int | str | None, ...]:
    """What distinguishes versions of a file in listings."""
    return (row.size, row.md5) if row.md5 is not None else (row.size, None, row.mtime)
