# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who owns which step: no gap, no overlap, evenly, and the same for ever."""

from __future__ import annotations

import collections

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.steps import Phase, Step, Steps
from ansible_collections.edgeops.netstorage.plugins.module_utils._shards.share import ALL, MOST, Share, is_early, share_of
from ansible_collections.edgeops.netstorage.tests.unit.plan.example_count import examples
from ansible_collections.edgeops.netstorage.tests.unit.plan.oracle import Oracle
from ansible_collections.edgeops.netstorage.tests.unit.plan.test_random_plans import planned
from ansible_collections.edgeops.netstorage.tests.unit.plan.worlds import World, worlds
from hypothesis import assume, given
from hypothesis import strategies as st


def shares(count: int) -> list[Share]:
    return [Share(index, count) for index in range(1, count + 1)]


@examples(200)
@given(st.binary(), st.integers(1, MOST))
def test_every_key_has_one_owner(key: bytes, count: int) -> None:
    assert [share.owns(key) for share in shares(count)].count(True) == 1
    assert [share.takes(key) for share in shares(count)] == [share.owns(key) for share in shares(count)]
    assert [share.index for share in shares(count) if share.takes(None)] == [1]


def test_the_owner_of_a_key_never_moves() -> None:
    """Hosts may run different versions of the collection."""
    keys = [b"index.html", b"img/", b"img/logo.png", "entwürfe/ä.css".encode(), b"\xff"]
    assert [next(share.index for share in shares(7) if share.owns(key)) for key in keys] == OWNERS


OWNERS = [5, 5, 1, 1, 3]


@pytest.mark.parametrize("count", [2, 3, 4, 5, 7, 8, 16])
@pytest.mark.parametrize("name", ["img/%05d.jpg", "%03d/page.html", "v/seg-%06d.ts", "%d"])
def test_shares_are_even(name: str, count: int) -> None:
    """For names with running numbers as well, of which a checksum might make something regular."""
    owners = collections.Counter(
        share.index for number in range(8000) for share in shares(count) if share.owns((name % number).encode())
    )
    mean = 8000 / count
    assert 0.85 * mean < min(owners.values()) and max(owners.values()) < 1.15 * mean


@pytest.mark.parametrize("count", [2, 4])
@pytest.mark.parametrize("name", ["css/%d.css", "%d/", "a/%d/index", "part-%d.ts.gz"])
def test_names_that_differ_in_one_digit_are_not_all_of_one_share(name: str, count: int) -> None:
    owners = {share.index for digit in range(8) for share in shares(count) if share.owns((name % digit).encode())}
    assert len(owners) > 1


@examples(150)
@given(worlds, st.integers(1, 7))
def test_the_shares_and_what_is_late_are_the_whole_plan(world: World, count: int) -> None:
    oracle = Oracle(world)
    assume(not oracle.refused)
    plan = planned(oracle, world.store)
    assert isinstance(plan.steps, Steps)
    parts = [plan.steps.only(lambda phase, _base, key, one=one: is_early(phase) and one.owns(key)) for one in shares(count)]
    late = plan.steps.only(lambda phase, _base, _key: not is_early(phase))
    together: list[Step] = [step for part in (*parts, late) for step in part]
    assert sorted(together, key=_place) == list(plan.steps)
    assert sum(map(len, (*parts, late))) == len(plan.steps)
    for part in parts:
        assert list(part) == [step for step in plan.steps if step in set(part)]


def _place(step: Step) -> tuple[Phase, int, bytes]:
    return step.phase, step.wave, step.key


def test_what_visitors_see_first_is_late() -> None:
    assert [phase.name for phase in Phase if is_early(phase)] == ["OBSTRUCTIONS", "DIRECTORIES", "ASSETS"]


def test_a_share_is_written_as_a_fraction() -> None:
    assert share_of(None) == ALL == Share(1, 1)
    assert (share_of("2/4"), str(share_of("256/256"))) == (Share(2, 4), "256/256")


@pytest.mark.parametrize("text", ["", "1", "0/1", "2/1", "1/257", "257/257", "1/1/1", "a/b", " 1/2", "1/2\n", "+1/2", "1/0"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(BadOptions, match=r"^shard: .* is no share. Write the number of the host among all hosts"):
        share_of(text)
