# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The changed images of a plan, both sides, for a report that shows them side by side. In diff mode only, and bounded."""

from __future__ import annotations

import base64
import re
import typing as t

from .._model.entries import Entry, Kind
from .._model.errors import NetStorageError
from .._model.paths import encoded
from .._plan.steps import Plan, Step, StepKind
from .._review.document import named
from .._tasks.base import Task
from .._usage_api.client import Client

if t.TYPE_CHECKING:
    from .._tasks.upload_source import UploadSource

_MOST_ONE, _MOST_ALL = 256 * 1024, 8 * 1024 * 1024
_TYPES: dict[bytes, tuple[str, re.Pattern[bytes]]] = {
    b"png": ("png", re.compile(rb"\x89PNG\r\n\x1a\n")),
    b"jpg": ("jpeg", re.compile(rb"\xff\xd8\xff")),
    b"jpeg": ("jpeg", re.compile(rb"\xff\xd8\xff")),
    b"gif": ("gif", re.compile(rb"GIF8[79]a")),
    b"webp": ("webp", re.compile(rb"RIFF....WEBP", re.DOTALL)),
    b"avif": ("avif", re.compile(rb"....ftypavi[fs]", re.DOTALL)),
    b"svg": ("svg+xml", re.compile(rb"[^\x00]{0,4096}?<svg[\s>]", re.DOTALL)),
}
"""By the end of the name: the subtype of ``image/``, and what such a file begins with."""


def changed_images(client: Client, task: Task, plan: Plan) -> list[dict[str, t.Any]]:
    """Each with ``key``, and ``before`` and ``after`` as data URLs, None where there is none.

    At most 256 KiB a side, and 8 MiB in all, first come, first served in plan order. An older side costs one download.
    """
    images: list[dict[str, t.Any]] = []
    room = _MOST_ALL
    for step in plan.steps:
        if not _is_shown(task, step):
            continue
        room -= _size(step.before) + _size(step.after)
        if room < 0:
            break
        try:
            sides = {"before": _before(client, task, step), "after": _after(task, step)}
        except NetStorageError:  # a report is informative: an image that cannot be read is not an error
            continue
        if any(sides.values()):
            images.append({**named("key", step.key), **sides})
    return images


def _is_shown(task: Task, step: Step) -> bool:
    files = [entry for entry in (step.before, step.after) if entry is not None and entry.kind is Kind.FILE]
    if not files or step.kind is StepKind.MTIME or _ending(step) not in _TYPES:
        return False
    return max(_size(entry) for entry in files) <= _MOST_ONE and not task.hidden(step)


def _ending(step: Step) -> bytes:
    return step.entry.name.rpartition(b".")[2].lower()


def _size(entry: Entry | None) -> int:
    return (entry.size or 0) if entry is not None else 0


def _before(client: Client, task: Task, step: Step) -> str | None:
    if step.before is None or step.before.kind is not Kind.FILE:
        return None
    return _data_url(task, step, client.download(step.path, limit=_MOST_ONE))


def _after(task: Task, step: Step) -> str | None:
    if not step.sends:
        return None
    content = t.cast("UploadSource", task.source).text(step, _MOST_ONE)
    return _data_url(task, step, content) if isinstance(content, bytes) else None


def _data_url(task: Task, step: Step, content: bytes) -> str | None:
    """None for what is no image, whatever its name is, and for what has the key of the account in it."""
    kind, begins = _TYPES[_ending(step)]
    if not begins.match(content) or encoded(task.config.key) in content:
        return None
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
