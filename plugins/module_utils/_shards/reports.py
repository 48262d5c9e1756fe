# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each host says of its share, and whether all shares are done: the barrier between the early phases and the late ones.

It does not rely on the order in which a controller runs tasks: what is missing, failed or only planned is refused.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._model.errors import GuardTripped
from .share import MOST, Share

Values = dict[str, t.Any]
_AGAIN = "Run the whole play again, on all hosts: each does what is left."
_NO_REPORT = (
    "The early task of that host has failed before it had a plan, was not reached, or has not run yet. Give shards the value "
    "shard of the results of all hosts of the play, with the strategy linear and without serial."
)


@dataclasses.dataclass(frozen=True)
class ShardReport:
    """What a host says of its share, as ``shard`` of a result has it.

    host, path   where the tree goes
    want_digest  of the wanted tree, as that host has it
    planned      how many steps the share has
    done         how many of them were carried out
    failures     how many failed
    left         how many were not started
    check        whether it was only planned
    complete     whether the task succeeded
    """

    index: int
    count: int
    host: str
    path: str
    want_digest: str
    planned: int
    done: int
    failures: int
    left: int
    check: bool
    complete: bool


def read_reports(given: t.Sequence[t.Mapping[str, t.Any]]) -> list[ShardReport]:
    """The reports of all shares, by their numbers.

    Raises:
        GuardTripped: one is no report, or a share is there twice or not at all.
    """
    reports = [_report_in(place, values) for place, values in enumerate(given)]
    counts = sorted({report.count for report in reports})
    if len(counts) > 1:
        raise _refusal(f"shards has shares of {counts[0]} and of {counts[1]} hosts")
    found = sorted(report.index for report in reports)
    missing = [index for index in range(1, counts[0] + 1) if index not in found]
    if missing:
        raise _refusal(f"shards lacks {len(missing)} of {counts[0]} shares: {', '.join(map(str, missing[:5]))}", _NO_REPORT)
    twice = [index for index in range(1, counts[0] + 1) if found.count(index) > 1]
    if twice:
        hint = "Each host has a number of its own in shard, and is in shards once."
        raise _refusal(f"shards has the share {twice[0]} more than once", hint)
    return sorted(reports, key=lambda report: report.index)


def refuse_unfinished(reports: t.Sequence[ShardReport], host: str, path: str, foreseen: bool) -> None:
    """Refuse shares that are not done, or are about another place.

    Args:
        foreseen: nothing will be carried out, so a share that was only planned counts as done.

    Raises:
        GuardTripped: one of them is such.
    """
    for one in reports:
        name = f"The share {one.index}/{one.count}"
        if (one.host, one.path) != (host, path):
            raise _refusal(f"{name} is about {one.host}{one.path}, and this task about {host}{path}", "Give both tasks one tree.")
        if one.check and not foreseen:
            raise _refusal(f"{name} was only planned, in check mode", "Run both tasks in check mode, or neither.")
        if not one.complete or (one.done != one.planned and not one.check):
            numbers = f"{one.done} of {one.planned} steps were carried out, {one.failures} failed, {one.left} were not started"
            raise _refusal(f"{name} is not done: {numbers}", _AGAIN)


def refuse_other_trees(reports: t.Sequence[ShardReport], want_digest: str) -> None:
    """Refuse a wanted tree that is not the same on all hosts.

    Args:
        want_digest: of this host.

    Raises:
        GuardTripped: one is another.
    """
    others = [str(one.index) for one in reports if one.want_digest != want_digest]
    if others:
        raise _refusal(
            f"The source is not the same on all hosts: that of the share{'s' if len(others) > 1 else ''} {', '.join(others[:5])} "
            "differs from the one here in names, sizes, links or content",
            "Bring the same build to every host, with the same filters and options, and run the whole play again.",
        )


def values_of(share: Share, host: str, path: str, want_digest: str, more: Values) -> Values:
    """The value ``shard`` of a result."""
    return {"index": share.index, "count": share.count, "host": host, "path": path, "want_digest": want_digest, **more}


def _report_in(place: int, values: object) -> ShardReport:
    """Ansible may have made text of numbers on the way."""
    report: ShardReport | None = None
    try:
        given = t.cast("t.Mapping[str, t.Any]", values)
        read = {field.name: _READERS[str(field.type)](given[field.name]) for field in dataclasses.fields(ShardReport)}
        report = ShardReport(**read)
    except (KeyError, TypeError, ValueError):
        pass
    if report is None or not 1 <= report.index <= report.count <= MOST:
        raise _refusal(f"shards[{place}] is not what a host says of its share", _NO_REPORT)
    return report


def _flag(value: object) -> bool:
    text = str(value).lower()
    if text not in ("true", "false"):
        raise ValueError
    return text == "true"


_READERS: dict[str, t.Callable[[t.Any], t.Any]] = {"int": int, "str": str, "bool": _flag}


def _refusal(message: str, hint: str = _AGAIN) -> GuardTripped:
    return GuardTripped("shards", message, hint=hint)
