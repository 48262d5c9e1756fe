# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The barrier: only reports of all shares, each of them done, let the late phases begin."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import GuardTripped
from ansible_collections.edgeops.netstorage.plugins.module_utils._shards.reports import (
    read_reports,
    refuse_other_trees,
    refuse_unfinished,
)

Report = dict[str, t.Any]


def report(index: int, count: int = 3, **more: t.Any) -> Report:
    return {
        "index": index, "count": count, "host": "h", "path": "/1/s", "want_digest": "sha256:1", "planned": 4, "done": 4,
        "failures": 0, "left": 0, "bytes": 7, "unjudged": 0, "check": False, "complete": True, **more,
    }  # fmt: skip


def all_of(*changed: Report) -> list[Report]:
    by_index = {one["index"]: one for one in changed}
    return [by_index.get(index, report(index)) for index in (1, 2, 3)]


def accept(given: t.Sequence[t.Any], foreseen: bool = False) -> None:
    reports = read_reports(given)
    assert [one.index for one in reports] == list(range(1, len(given) + 1))
    refuse_unfinished(reports, "h", "/1/s", foreseen)
    refuse_other_trees(reports, "sha256:1")


def as_text(given: Report) -> Report:
    """As templates may make them."""
    return {name: str(value) for name, value in given.items()}


ACCEPTED = {
    "in order": all_of(),
    "in any order": [report(3), report(1), report(2)],
    "texts": [as_text(report(2, 2)), as_text(report(1, 2))],
    "one alone": [report(1, 1)],
    "nothing to do": all_of(report(2, planned=0, done=0)),
    "with members of a later version": all_of(report(2, more="more")),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_shares_that_are_all_done_let_it_begin(case: str) -> None:
    accept(ACCEPTED[case])


def test_in_check_mode_a_share_that_was_planned_is_done() -> None:
    planned = [report(index, check=True, done=0, left=4) for index in (1, 2, 3)]
    accept(planned, foreseen=True)
    accept(all_of(planned[1]), foreseen=True)
    with pytest.raises(GuardTripped, match="The share 1/3 was only planned, in check mode"):
        accept(planned)


REFUSED: dict[str, tuple[t.Sequence[t.Any], str]] = {
    "one is missing": ([report(1), report(3)], "shards lacks 1 of 3 shares: 2"),
    "many are missing": ([report(256, 256)], "shards lacks 255 of 256 shares: 1, 2, 3, 4, 5"),
    "one twice": ([*all_of(), report(2)], "shards has the share 2 more than once"),
    "one twice in place of another": ([report(1), report(1), report(3)], "shards lacks 1 of 3 shares: 2"),
    "of two numbers of hosts": ([report(1, 2), report(2, 3)], "shards has shares of 2 and of 3 hosts"),
    "no report": ([report(1), {}, report(3)], r"shards\[1\] is not what a host says of its share"),
    "nothing": ([report(1), None, report(3)], r"shards\[1\] is not what a host says"),
    "a text": ([report(1), "shard", report(3)], r"shards\[1\] is not what a host says"),
    "a result": ([report(1), {"shard": report(2)}, report(3)], r"shards\[1\] is not what a host says"),
    "a number of no host": ([report(1), {**report(2), "index": 0}, report(3)], r"shards\[1\] is not what"),
    "a number beyond the last host": ([report(4, 3)], r"shards\[0\] is not what"),
    "no number": (all_of(report(2, done="many")), r"shards\[1\] is not what"),
    "no word for yes": (all_of(report(2, complete="perhaps")), r"shards\[1\] is not what"),
    "one failed": (all_of(report(2, done=3, failures=1, complete=False)), "The share 2/3 is not done: 3 of 4 steps were carried"),
    "one failed after all steps": (all_of(report(2, complete=False)), "The share 2/3 is not done"),
    "fewer done than planned": (all_of(report(2, done=3, left=1)), "1 were not started"),
    "more done than planned": (all_of(report(2, done=5)), "The share 2/3 is not done: 5 of 4"),
    "another host of the service": (all_of(report(2, host="other")), "is about other/1/s, and this task about h/1/s"),
    "another path": (all_of(report(2, path="/1/t")), "is about h/1/t, and this task about h/1/s"),
    "another tree": (all_of(report(2, want_digest="sha256:2")), "that of the share 2 differs from the one here"),
    "other trees": (all_of(report(1, want_digest="sha256:2"), report(3, want_digest="")), "that of the shares 1, 3 differs"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_anything_else_is_refused(case: str) -> None:
    given, words = REFUSED[case]
    with pytest.raises(GuardTripped, match=words) as told:
        accept(given)
    assert told.value.code == "shards"
    assert told.value.hint


@pytest.mark.parametrize("member", sorted(set(report(1)) - {"bytes", "unjudged"}))
def test_a_report_needs_each_member(member: str) -> None:
    given = {name: value for name, value in report(2).items() if name != member}
    with pytest.raises(GuardTripped, match="is not what a host says"):
        read_reports([report(1), given, report(3)])
