# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Temporary objects of killed runs under a reviewed plan: what holds content that nobody reviewed stays."""

from __future__ import annotations

import typing as t

from .._plan.steps import Step
from .reviewed_plan import ReviewedPlan
from .step_record import Side, side_of

_Content = tuple[str, t.Optional[int], t.Optional[str], t.Optional[bytes]]


def unreviewed(reviewed: ReviewedPlan | None, left_over: t.Sequence[Step]) -> set[bytes]:
    """The names, among those that would be deleted, of objects whose content is in no step of the reviewed plan. Without a
    document that is all of them."""
    contents = {step.entry.name: _content(side_of(step.before)) for step in left_over}
    missing = set(contents.values())
    if missing and reviewed is not None:
        for record in reviewed.records():
            missing -= {_content(record.before), _content(record.after)}
    return {name for name, content in contents.items() if content in missing}


def _content(side: Side | None) -> _Content | None:
    if side is None:
        return None
    # Without a digest a file is like no other.
    unknown = side.kind == "file" and side.md5 is None
    return (side.kind, -1 if unknown else side.size, side.md5, side.target)
