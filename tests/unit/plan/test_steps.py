# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of a plan as a sequence, although most of them are not kept as steps."""

from __future__ import annotations

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.schedule import Schedule
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.steps import (
    Counts,
    Phase,
    Plan,
    Step,
    StepKind,
    Steps,
    Why,
)

BASE = b"/1/site"
OLD, NEW = Entry(b"b", Kind.FILE, 1, "0" * 32), Entry(b"b", Kind.FILE, 2)


def upload(name: bytes, wave: int = 0) -> Step:
    return Step(StepKind.UPLOAD, BASE, None, Entry(name, Kind.FILE, 1), Why.ABSENT, Phase.ENTRY_POINTS, wave)


EXPECTED = [
    Step(StepKind.MKDIR, BASE, None, Entry(b"d", Kind.DIRECTORY), Why.ABSENT, Phase.DIRECTORIES),
    Step(StepKind.UPLOAD, BASE, OLD, NEW, Why.SIZE, Phase.ASSETS),
    upload(b"a"),
    upload(b"c"),
    upload(b"b", 1),
]


@pytest.fixture
def steps() -> Steps:
    waves = Schedule(BASE)
    for step in reversed(EXPECTED):
        waves.add(step)
    return waves.in_order()


def test_they_are_what_was_added_in_the_order_of_execution(steps: Steps) -> None:
    assert list(steps) == EXPECTED
    assert list(steps) == EXPECTED  # and again
    assert (len(steps), bool(steps)) == (5, True)
    assert steps == tuple(EXPECTED)
    assert steps != tuple(EXPECTED[:-1])


@pytest.mark.parametrize("index", [0, 1, 4, -1, -5])
def test_one_of_them(steps: Steps, index: int) -> None:
    assert steps[index] == EXPECTED[index]


@pytest.mark.parametrize("index", [5, -6])
def test_none_of_them(steps: Steps, index: int) -> None:
    with pytest.raises(IndexError):
        steps[index]


PARTS = [slice(2), slice(1, 4), slice(-2, None), slice(None, None, 2), slice(None, None, -1), slice(9, 12)]


@pytest.mark.parametrize("part", PARTS)
def test_some_of_them(steps: Steps, part: slice) -> None:
    assert list(steps[part]) == EXPECTED[part]


def test_a_new_file_is_kept_as_its_entry() -> None:
    """What else has a reason of its own, or something that stands there, is kept whole."""
    assert [type(Steps.kept(step)) for step in EXPECTED] == [Step, Step, Entry, Entry, Entry]


DIRECTORY, CHANGED, ASSET = EXPECTED[0], EXPECTED[1], upload(b"z")._replace(phase=Phase.ASSETS)
LATER = DIRECTORY._replace(wave=1)
PAGE, PAGE_AFTER = EXPECTED[2], EXPECTED[4]


@pytest.mark.parametrize(
    ("steps", "stages"),
    [
        ([], []),
        ([DIRECTORY], [[DIRECTORY]]),
        ([DIRECTORY, CHANGED, ASSET], [[DIRECTORY, CHANGED, ASSET]]),
        ([DIRECTORY, PAGE], [[DIRECTORY], [PAGE]]),
        ([DIRECTORY, LATER, ASSET], [[DIRECTORY], [LATER, ASSET]]),
        ([CHANGED, PAGE, PAGE_AFTER], [[CHANGED], [PAGE], [PAGE_AFTER]]),
    ],
)
def test_only_directories_and_assets_overlap(steps: list[Step], stages: list[list[Step]]) -> None:
    plan = Plan(BASE, tuple(steps), Counts())
    assert [stage for _phase, stage in plan.stages()] == stages
    assert all(stage[-1].phase is phase for phase, stage in plan.stages())
