# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verifies that what was sent is there: one listing of the tree, and with ``verify: full`` a download of each file.

A response shows one replica, perhaps another one with each page, and reads may lag behind writes (docs/usage-api.md#consistency).
So what is not listed yet is looked for again, for ``verify_wait`` seconds at most.
"""

from __future__ import annotations

import threading
import typing as t

from .._local.file_content import FileContent
from .._model.entries import Entry, Kind, same_target
from .._model.errors import ListingDisorder, NetStorageError, NotFound, Stopped, Unproved
from .._model.paths import basename, shown
from .._plan.outcome import Failed
from .._plan.steps import Load, Step
from .._tasks.base import Task
from .._tasks.content_checks import has_members, md5_there
from .._tasks.remote_tree import tree_of
from .._threads.cancellation import Cancellation
from .._threads.waiting import looks
from .._threads.worker_pool import concurrent_map
from .._usage_api.client import Client
from .progress import Progress, Stage

if t.TYPE_CHECKING:
    from .._tasks.upload_source import UploadSource

_LONGEST_PAUSE = 8.0  # seconds


class _Sent(t.NamedTuple):
    """``md5`` and ``sha256`` are None for links."""

    step: Step
    size: int | None
    md5: str | None
    sha256: str | None


class Proof:
    """Thread safe.

    asked       whether the task asks for verification at all
    unfinished  the run was cancelled before everything had been checked
    files, links  how many are verified
    by_size     how many of the files by their size alone
    """

    def __init__(
        self, client: Client, task: Task, base: bytes, cancellation: Cancellation, progress: Progress | None = None
    ) -> None:
        self._client, self._task, self._base, self._cancellation = client, task, base, cancellation
        self._progress = progress or Progress()
        self.asked = task.verify != "none"
        self.unfinished = False
        self.files = self.links = self.by_size = 0
        self._sent: dict[bytes, _Sent] = {}
        self._lock = threading.Lock()

    def expect_file(self, step: Step, content: FileContent) -> None:
        self._expect(_Sent(step, content.size, content.md5, content.sha256))

    def expect_link(self, step: Step) -> None:
        self._expect(_Sent(step, None, None, None))

    def _expect(self, sent: _Sent) -> None:
        if self.asked:
            with self._lock:
                self._sent[sent.step.entry.name] = sent

    @property
    def is_due(self) -> bool:
        """Whether something was sent since the last call that is to be verified."""
        return bool(self._sent)

    def failures(self) -> list[Failed]:
        """The steps since the last call whose result is not as it was sent."""
        waiting, self._sent = self._sent, {}
        if not waiting:
            return []
        reads_back = self._task.verify == "full"
        self._progress.begin(Stage.VERIFYING, Load(len(waiting), sum(sent.size or 0 for sent in waiting.values()) * reads_back))
        wrong = self._listed(waiting)
        if reads_back:
            named = {failed.step.entry.name for failed in wrong}
            wrong += self._read_back([sent for name, sent in waiting.items() if name not in named])
        if not self.unfinished:
            named = {failed.step.entry.name for failed in wrong}
            kinds = [sent.step.entry.kind for name, sent in waiting.items() if name not in named]
            self.files += kinds.count(Kind.FILE)
            self.links += kinds.count(Kind.SYMLINK)
        return wrong

    def notes(self) -> list[str]:
        if not self.by_size:
            return []
        why = "the service lists no MD5, and their ETags have none"
        return [f"Of {self.by_size} files only the size could be verified: {why}. verify: full reads them back"]

    @property
    def _source(self) -> UploadSource:
        return t.cast("UploadSource", self._task.source)  # there is one where anything was sent

    def _listed(self, waiting: t.Mapping[bytes, _Sent]) -> list[Failed]:
        missing = dict.fromkeys(waiting, "it is not in the listing")
        for _look in looks(self._cancellation, self._task.verify_wait, _LONGEST_PAUSE):
            trouble = self._look(waiting, missing)
            if not missing:
                return []
            if self._cancellation.reason():
                self.unfinished = True
                return []
        return [_unproved(waiting[name].step, trouble.brief if trouble else why) for name, why in missing.items()]

    def _look(self, waiting: t.Mapping[bytes, _Sent], missing: dict[bytes, str]) -> NetStorageError | None:
        """Removes from ``missing`` what is as it was sent. Returns an error of the listing itself."""
        base = Entry(basename(self._base), Kind.DIRECTORY)
        try:
            try:
                self._compare(waiting, missing, tree_of(self._client, self._base, base, True))
            except ListingDisorder:
                self._compare(waiting, missing, tree_of(self._client, self._base, base, False))
        except NetStorageError as error:
            return error
        return None

    def _compare(self, waiting: t.Mapping[bytes, _Sent], missing: dict[bytes, str], rows: t.Iterable[Entry]) -> None:
        unlisted: list[_Sent] = []
        for row in rows:
            if row.kind is Kind.DIRECTORY or row.name not in missing:
                continue
            sent = waiting[row.name]
            indexed = self._source.indexes(sent.step.entry)
            why = _difference(sent, row, indexed)
            if why:
                missing[row.name] = why
            elif row.kind is Kind.FILE and row.md5 is None and not indexed and self._task.verify != "full":
                unlisted.append(sent)
            else:
                del missing[row.name]
        self._compare_tags(unlisted, missing)

    def _compare_tags(self, unlisted: t.Sequence[_Sent], missing: dict[bytes, str]) -> None:
        """The rows of these have the right size and no md5."""
        tags = concurrent_map(self._md5_there, unlisted, self._task.parallel, self._cancellation)
        for sent, md5 in zip(unlisted, tags):
            name = sent.step.entry.name
            if md5 in (None, sent.md5):
                del missing[name]
                self.by_size += md5 is None
            else:
                missing[name] = f"its ETag has md5 {md5}, and {sent.md5} was sent" if md5 else "it is listed and cannot be read"

    def _md5_there(self, sent: _Sent) -> str | None:
        """Empty for a file that is not there."""
        try:
            return md5_there(self._client, sent.step.path)
        except NotFound:
            return ""

    def _read_back(self, sent: t.Sequence[_Sent]) -> list[Failed]:
        wrong = []
        for one in sent:
            if one.sha256 is None or one.size is None:
                continue
            try:
                why = self._difference_inside(one.step, one.size, one.sha256)
            except Stopped:
                self.unfinished = True
                break
            except NetStorageError as error:
                why = error.brief
            if why:
                wrong.append(_unproved(one.step, why))
            self._progress.add(one.size)
        return wrong

    def _difference_inside(self, step: Step, size: int, sha256: str) -> str:
        """Of an archive that got an index, only the list of members is as it was sent; it has their checksums."""
        if self._source.indexes(step.entry):
            as_sent = has_members(self._client, step.path, self._source.members(step.entry))
            return "" if as_sent else "downloaded it has other members"
        found = self._client.digest(step.path, size)
        return "" if found == (size, sha256) else f"downloaded it has {found[0]} bytes and sha256 {found[1][:12]}"


def _difference(sent: _Sent, row: Entry, indexed: bool) -> str:
    """Empty where the row shows what was sent."""
    wanted = sent.step.entry
    if row.kind is not wanted.kind:
        return f"a {row.kind.value} is listed there"
    if wanted.kind is Kind.SYMLINK:
        return "" if same_target(row.target, wanted.target) else f"it is listed with the target {shown(row.target or b'')}"
    if indexed:
        return "" if (row.size or 0) > (sent.size or 0) else f"it is listed with {row.size} bytes, so it has no index"
    if row.size != sent.size:
        return f"it is listed with {row.size} bytes, and {sent.size} were sent"
    if row.md5 not in (None, sent.md5):
        return f"it is listed with md5 {row.md5}, and {sent.md5} was sent"
    return ""


def _unproved(step: Step, why: str) -> Failed:
    error = Unproved(
        f"{shown(step.path)} was sent and accepted, but could not be verified: {why}",
        path=step.path,
        hint="Replicas may not agree yet: raise verify_wait, or run the task again; it sends what differs.",
    )
    error.has_changed = True
    return Failed(step, error)
