# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The digest of a plan: a literal value, so that it cannot change unnoticed, and what is part of it."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.steps import Counts, Phase, Plan, Step, StepKind, Why
from ansible_collections.edgeops.netstorage.plugins.module_utils._review.step_record import Subject, digest_of

BASE = b"/123456/www"
SUBJECT = Subject("example-nsu.akamaihd.net", BASE, {"delete": True, "mtime": "preserve", "exclude": ["*.map"]})
FILE = Entry(b"index.html", Kind.FILE, 131, None, 1_700_000_000)
OLD = Entry(b"index.html", Kind.FILE, 120, "0cc175b9c0f1b6a831c399e269772661", 1_600_000_000)
GONE = Entry(b"a\xff", Kind.FILE, 1, "92eb5ffee6ae2fec3ad71c777531578f")
STEPS = (
    Step(StepKind.MKDIR, BASE, None, Entry(b"img", Kind.DIRECTORY), Why.ABSENT, Phase.DIRECTORIES),
    Step(StepKind.UPLOAD, BASE, OLD, FILE, Why.CONTENT, Phase.ENTRY_POINTS),
    Step(StepKind.SYMLINK, BASE, None, Entry(b"now", Kind.SYMLINK, target=b"v2"), Why.ABSENT, Phase.LINKS),
    Step(StepKind.DELETE, BASE, GONE, None, Why.EXTRANEOUS, Phase.DELETES),
)
PINS = bytes(48) + bytes(range(48)) + bytes(96)
DIGEST = "sha256:484486366cd3f536ef7cdcedafe85fb7bd5a5267af1656c4b81e400d2d67541a"


def plan(steps: t.Sequence[Step] = STEPS) -> Plan:
    return Plan(BASE, steps, Counts(), pins=PINS)


def changed(number: int, **fields: t.Any) -> Plan:
    steps = list(STEPS)
    steps[number] = steps[number]._replace(**fields)
    return plan(steps)


def test_the_digest_of_a_plan_is_this_one_for_ever() -> None:
    assert digest_of(plan(), SUBJECT) == DIGEST


@pytest.mark.parametrize(
    "same",
    [
        changed(0, before=Entry(b"img", Kind.DIRECTORY, implicit=True), why=Why.IMPLICIT),
        changed(1, after=FILE._replace(mtime=1)),
        changed(1, before=OLD._replace(mtime=1)),
        changed(1, why=Why.SIZE),
        changed(1, phase=Phase.ASSETS),
        plan()._replace(counts=Counts(unchanged=5, protected=3), notes=("note",)),
        plan([*STEPS, STEPS[3]._replace(why=Why.LEFT_OVER)]),
    ],
)
def test_what_depends_on_machine_or_time_is_no_part_of_the_digest(same: Plan) -> None:
    assert digest_of(same, SUBJECT) == DIGEST


@pytest.mark.parametrize(
    "other",
    [
        changed(0, kind=StepKind.RMDIR),
        changed(1, after=FILE._replace(size=132)),
        changed(1, before=OLD._replace(md5="1" * 32)),
        changed(1, before=None),
        changed(2, after=Entry(b"now", Kind.SYMLINK, target=b"v3")),
        changed(3, before=GONE._replace(name=b"a\xfe")),
        plan(STEPS[:3]),
        plan((*STEPS[1:2], *STEPS[:1], *STEPS[2:])),
        plan()._replace(pins=bytes(48) + bytes(range(1, 49)) + bytes(96)),
    ],
)
def test_what_would_be_written_is_part_of_the_digest(other: Plan) -> None:
    assert digest_of(other, SUBJECT) != DIGEST


@pytest.mark.parametrize(
    "other",
    [
        SUBJECT._replace(host="other.akamaihd.net"),
        SUBJECT._replace(path=b"/123456/w"),
        SUBJECT._replace(policy={**SUBJECT.policy, "delete": False}),
    ],
)
def test_where_and_how_is_part_of_the_digest(other: Subject) -> None:
    assert digest_of(plan(), other) != DIGEST


def test_a_time_that_the_task_sets_is_part_of_the_digest() -> None:
    timed = SUBJECT._replace(policy={**SUBJECT.policy, "mtime": "1700000000"})
    assert digest_of(plan(), timed) != digest_of(changed(1, after=FILE._replace(mtime=1)), timed)
    now = SUBJECT._replace(policy={**SUBJECT.policy, "mtime": "now"})
    assert digest_of(plan(), now) == digest_of(changed(1, after=FILE._replace(mtime=1)), now)
