# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Before a run ends, and before it verifies what it has sent: nothing is left that the service could still carry out.

There is something to do only if responses were lost. The run waits until the requests have expired (``_usage_api/pending.py``),
checks the objects that they were about, and repeats the steps that were undone.
"""

from __future__ import annotations

import typing as t

from .._model.entries import Found, Kind, same_target
from .._model.errors import NetStorageError, Stopped, Undone
from .._model.paths import is_within, shown
from .._plan.outcome import Failed
from .._plan.steps import Step, StepKind
from .._usage_api.client import Client
from .._usage_api.pending import Late

Attempt = t.Callable[[Step], t.Optional[NetStorageError]]


def undone_steps(client: Client, late_changes: t.Sequence[Late], done: t.Sequence[Step], attempt: Attempt) -> list[Failed]:
    """The steps that were done, are no longer so after requests came late, and could not be done again.

    Args:
        late_changes: those that were pending; none can be carried out any more.
        done: the steps that are done.
        attempt: does a step.
    """
    found = []
    for step in done:
        if any(_may_have_hit(late, step) for late in late_changes):
            error = _mended(client, step, attempt)
            if error is not None:
                found.append(Failed(step, error))
    return found


def _may_have_hit(late: Late, step: Step) -> bool:
    """An object that was put may have been removed with a directory above it; one that was removed may have been put again under
    the same key. (Below a link that came late, other objects are seen.)"""
    puts_there = late.puts and late.place == step.path
    return puts_there or (step.after is not None and late.takes and is_within(step.path, late.path))


def _mended(client: Client, step: Step, attempt: Attempt) -> NetStorageError | None:
    try:
        if _is_so(client.stat(step.path), step):
            return None
        error = attempt(step) if step.source is None else None  # a rename cannot be repeated: its source is gone
        if error is None and _is_so(client.stat(step.path), step):
            return None
    except Stopped as stopped:
        error = stopped
    except NetStorageError as trouble:
        error = trouble
    undone = Undone(
        f"The {step.kind.value} of {shown(step.path)} was done, and is no longer so: a request whose response was lost was "
        "carried out after it" + (f" ({error.brief})" if error is not None else ""),
        path=step.path,
    )
    undone.has_changed = True
    return undone


def _is_so(found: Found, step: Step) -> bool:
    """Whether the object is as the step has made it."""
    wanted = step.after
    if wanted is None:
        return not found.has_explicit_directory if step.entry.kind is Kind.DIRECTORY else found.object is None
    if wanted.kind is Kind.DIRECTORY:
        return found.has_explicit_directory
    row = found.object
    if row is None or row.kind is not wanted.kind:
        return False
    if wanted.kind is Kind.SYMLINK:
        return same_target(row.target, wanted.target)
    if step.kind is StepKind.MTIME:
        return row.mtime == wanted.mtime
    if None in (row.md5, wanted.md5):
        return step.kind is not StepKind.RENAME or row.size == wanted.size
    return row.md5 == wanted.md5
