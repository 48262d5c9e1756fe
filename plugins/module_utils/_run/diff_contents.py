# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The content that a diff shows. Old text is downloaded in diff mode only, up to a size limit, for the first files only."""

from __future__ import annotations

import typing as t

from .._model.entries import Entry, Kind
from .._model.errors import NetStorageError
from .._model.paths import shown
from .._plan.render import Elsewhere, Texts, is_text
from .._plan.steps import Plan, Step, StepKind
from .._tasks.base import Task
from .._usage_api.client import Client

if t.TYPE_CHECKING:
    from .._tasks.download_sink import DownloadSink
    from .._tasks.upload_source import UploadSource


def texts_of(client: Client, task: Task, sink: DownloadSink | None, plan: Plan) -> dict[bytes, Texts]:
    """By key of the step. Of binary or large content only sizes and digests are shown."""
    texts: dict[bytes, Texts] = {}
    for step in plan.steps:
        if not _changes_content(step):
            continue
        if len(texts) == task.diff_limit.files:
            note = f"content is shown for the first {task.diff_limit.files} files only: diff_limit.files"
            texts[step.key] = Texts(None, None, note)
            break
        why = task.hidden(step)
        texts[step.key] = Texts(None, None, why) if why else _texts(client, task, sink, step)
    return texts


def _changes_content(step: Step) -> bool:
    kinds = {entry.kind for entry in (step.before, step.after) if entry is not None}
    return Kind.FILE in kinds and step.kind not in (StepKind.MTIME, StepKind.RENAME)


def _texts(client: Client, task: Task, sink: DownloadSink | None, step: Step) -> Texts:
    note = f"binary content and content over {task.diff_size} bytes is not shown"
    if max(_size(step.before), _size(step.after)) > task.diff_size:
        return Texts(None, None, note)
    try:
        after = _new_text(client, task, sink, step) if _size_known(step.after) else None
        if after is Elsewhere.BINARY or (isinstance(after, bytes) and not is_text(after)):
            return Texts(None, None, note)
        before = _old_text(client, task, sink, step) if _size_known(step.before) else None
    except NetStorageError as error:
        # A diff is informative: content that cannot be shown is not an error.
        remote = "old" if sink is None else "new"
        return Texts(None, None, f"the {remote} content of {shown(step.path)} could not be read: {error.message}")
    if before is not None and not is_text(before):
        return Texts(None, None, note)
    return Texts(before, after)


def _new_text(client: Client, task: Task, sink: DownloadSink | None, step: Step) -> bytes | Elsewhere:
    if sink is not None:
        return sink.new_text(client, step, task.diff_size)
    return t.cast("UploadSource", task.source).text(step, task.diff_size)


def _old_text(client: Client, task: Task, sink: DownloadSink | None, step: Step) -> bytes:
    if sink is not None:
        return sink.old_text(step, task.diff_size)
    return client.download(step.path, limit=task.diff_size)


def _size(entry: Entry | None) -> int:
    return (entry.size or 0) if entry is not None else 0


def _size_known(entry: Entry | None) -> bool:
    return entry is not None and entry.kind is Kind.FILE
