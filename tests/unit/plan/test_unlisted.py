# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two files of one size, where the service lists no MD5: what is asked, and what the answers decide."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind, Rendered
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.compare import Answer, Question, time_tells
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.planner import Planner
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.policy import Policy
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.steps import Plan, StepKind

ONE, TWO = "1" * 32, "2" * 32
FETCHES = Policy(brings=StepKind.DOWNLOAD, mtime="wanted")


def file(mtime: int | None, md5: str | None = None) -> Entry:
    return Entry(b"a", Kind.FILE, 1, md5, mtime)


def planned(policy: Policy, want: Entry, have: Entry, answer: Answer | None) -> Plan:
    planner = Planner(b"/x", policy)
    question = planner.consider(want, have)
    assert (question is None) is (answer is None)
    if question is not None and answer is not None:
        assert question.asks
        planner.answer(question, answer)
    return planner.finish()


@pytest.mark.parametrize("policy", [Policy(), FETCHES])
@pytest.mark.parametrize(("answer", "times", "differs", "noted"), [
    (Answer(ONE, there=ONE), (5, 5), False, False), (Answer(ONE, there=TWO), (5, 5), True, False),
    (Answer(None), (5, 5), False, True), (Answer(None), (5, 6), True, False),
    (Answer(None, same=True), (5, 6), False, False), (Answer(None, same=False), (5, 5), True, False),
])  # fmt: skip
def test_unlisted_content_decides_before_the_time(
    policy: Policy, answer: Answer, times: tuple[int, int], differs: bool, noted: bool
) -> None:
    plan = planned(policy, file(times[0]), file(times[1]), answer)
    assert any(step.kind is policy.brings for step in plan.steps) is differs
    assert any("by size and time alone" in note for note in plan.notes) is noted


def test_a_digest_that_is_known_here_is_not_enough() -> None:
    """As ns_file knows it."""
    assert planned(Policy(), file(5, ONE), file(5), Answer(ONE, there=TWO)).steps
    assert not planned(Policy(), file(5, ONE), file(5, ONE), None).steps


@pytest.mark.parametrize(("compare", "times", "steps"), [
    ("size", (5, 6), ["mtime"]), ("size_mtime", (5, 5), []),
])  # fmt: skip
def test_nothing_is_asked_where_less_decides(compare: str, times: tuple[int, int], steps: list[str]) -> None:
    policy = Policy(brings=StepKind.DOWNLOAD, mtime="wanted", compare=compare)
    assert [step.kind.value for step in planned(policy, file(times[0]), file(times[1]), None).steps] == steps


@pytest.mark.parametrize(("policy", "want", "have", "tells"), [
    (Policy(), file(5), file(5), True), (Policy(), file(5), file(6), False), (Policy(mtime="now"), file(5), file(5), False),
    (Policy(mtime=5), file(5), file(5), False), (Policy(), Rendered(*file(None)), file(5), False),
    (FETCHES, file(5), file(6), True), (FETCHES, file(None), file(6), False),
])  # fmt: skip
def test_when_times_tell_anything(policy: Policy, want: t.Any, have: Entry, tells: bool) -> None:
    assert time_tells(policy, Question(want, have, True)) is tells
