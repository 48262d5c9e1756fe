# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which part of a plan a task carries out."""

from __future__ import annotations

import dataclasses
import typing as t

from .._model.errors import BadOptions
from .reports import ShardReport, read_reports
from .share import ALL, Share, share_of


@dataclasses.dataclass(frozen=True)
class ShardOptions:
    """
    is_late  the late phases of the plan; else the early ones
    share    which of the early steps
    reports  what all hosts say of their shares, None where nobody is believed
    """

    is_late: bool
    share: Share
    reports: t.Optional[t.Sequence[ShardReport]]


def shard_options(phases: str, shard: str | None, shards: t.Sequence[t.Mapping[str, t.Any]] | None) -> ShardOptions | None:
    """The options, read together; None for a task that does everything.

    Raises:
        BadOptions: they do not go together, or are not readable.
        GuardTripped: ``shards`` does not have every share once.
    """
    if shard is not None and phases != "early":
        raise BadOptions("shard goes with phases: early only", hint="The late phases are for one host.")
    if shards is not None and phases != "late":
        raise BadOptions("shards goes with phases: late only", hint="It has what the early tasks of all hosts returned.")
    if shards is not None and not shards:
        hint = "An empty variable may have made it. Left out, the task compares everything by itself."
        raise BadOptions("shards is empty", hint=hint)
    if phases == "all":
        return None
    return ShardOptions(phases == "late", share_of(shard), None if shards is None else read_reports(shards))


def refuse_with_shards(options: ShardOptions | None, templates: bool, by_digest: bool) -> None:
    """Refuse other options of the task that contradict a divided plan.

    Args:
        templates: whether there are templates.
        by_digest: whether a digest alone says which plan was reviewed.

    Raises:
        BadOptions: there are such.
    """
    if options is None:
        return
    if by_digest:
        hint = "No single host has the whole plan. Give expect_plan the document, on every host."
        raise BadOptions("expect_digest without expect_plan goes with phases: all only", hint=hint)
    if templates and options.share != ALL:
        hint = "They are rendered on the controller, with the variables of one host. Render them before, and share the result."
        raise BadOptions("templates and shard contradict each other", hint=hint)
