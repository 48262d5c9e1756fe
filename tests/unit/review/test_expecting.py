# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Today's plan beside the reviewed one, as data: steps then, steps now, what stands there besides, and the differences."""

from __future__ import annotations

import os
import pathlib
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.steps import Counts, Phase, Plan, Step, StepKind, Why
from ansible_collections.edgeops.netstorage.plugins.module_utils._review.document import write_document
from ansible_collections.edgeops.netstorage.plugins.module_utils._review.expecting import MOST, Differences, PlanDiffers, compare
from ansible_collections.edgeops.netstorage.plugins.module_utils._review.reviewed_plan import ReviewedPlan
from ansible_collections.edgeops.netstorage.plugins.module_utils._review.step_record import Subject, digest_of

BASE = b"/1/s"
SUBJECT = Subject("host", BASE, {"mtime": "preserve", "delete": True})
OLD, NEW, OTHER = "0" * 32, "1" * 32, "2" * 32


def file(md5: str, name: bytes = b"a", **more: t.Any) -> Entry:
    return Entry(name, Kind.FILE, 5, md5, **{"mtime": 7, **more})


def upload(before: Entry | None, after: Entry, **more: t.Any) -> Step:
    why = Why.ABSENT if before is None else Why.CONTENT
    return Step(StepKind.UPLOAD, BASE, before, after, why, Phase.ASSETS, sha256=(after.md5 or "") * 2, **more)


def delete(before: Entry) -> Step:
    return Step(StepKind.DELETE, BASE, before, None, Why.EXTRANEOUS, Phase.DELETES)


def link(target: bytes, before: Entry | None = None) -> Step:
    return Step(StepKind.SYMLINK, BASE, before, Entry(b"l", Kind.SYMLINK, target=target), Why.TARGET, Phase.LINKS)


def mkdir(implicit: bool) -> Step:
    directory = Entry(b"d", Kind.DIRECTORY)
    before = directory._replace(implicit=True) if implicit else None
    return Step(StepKind.MKDIR, BASE, before, directory, Why.ABSENT, Phase.DIRECTORIES)


def mtime(seconds: int) -> Step:
    return Step(StepKind.MTIME, BASE, file(OLD), file(OLD)._replace(mtime=seconds), Why.MTIME, Phase.ASSETS)


LEFT_OVER = Step(StepKind.DELETE, BASE, file(OTHER, b"a.new-0"), None, Why.LEFT_OVER, Phase.DELETES)
DIRECTORY = Entry(b"d", Kind.DIRECTORY)
REPLACED = Step(StepKind.REPLACE, BASE, Entry(b"a", Kind.SYMLINK, target=b"x"), file(NEW), Why.TYPE, Phase.LINKS, sha256=NEW * 2)

Case = tuple[list[Step], list[Step], list[Entry], list[str]]
CASES: dict[str, Case] = {
    "nothing then and nothing now": ([], [], [], []),
    "nothing then and a step now": ([], [upload(None, file(NEW))], [], ["not_reviewed"]),
    "the same": ([upload(file(OLD), file(NEW))], [upload(file(OLD), file(NEW))], [file(OLD)], []),
    "half done by a run that was killed": ([upload(file(OLD), file(NEW)), mkdir(False)], [LEFT_OVER], [file(NEW), DIRECTORY], []),
    "killed when it had made room": ([REPLACED], [upload(None, file(NEW))], [], []),
    "sent by somebody else with the same bytes": ([upload(None, file(NEW))], [], [file(NEW)], []),
    "sent by somebody else with other bytes": (
        [upload(None, file(NEW))], [upload(file(OTHER), file(NEW))], [file(OTHER)], ["before_differs"]
    ),
    "a delete of what is gone": ([delete(file(OLD))], [], [], []),
    "a delete of what is other now": ([delete(file(OLD))], [delete(file(OTHER))], [file(OTHER)], ["before_differs"]),
    "a delete that is not made any more": ([delete(file(OLD))], [], [file(OLD)], ["not_done"]),
    "a directory that was implicit": ([mkdir(True)], [mkdir(False)], [], []),
    "a directory that is implicit now": ([mkdir(False)], [mkdir(True)], [Entry(b"d", Kind.DIRECTORY, implicit=True)], []),
    "a directory that somebody made": ([mkdir(False)], [], [DIRECTORY], []),
    "a directory that stays implicit": ([mkdir(False)], [], [Entry(b"d", Kind.DIRECTORY, implicit=True)], ["not_done"]),
    "a name that is no text": (
        [delete(file(OLD, b"\xff"))], [delete(file(OLD, b"\xfe"))], [file(OLD, b"\xfe")], ["not_reviewed"]
    ),
    "a file and a directory of one name": (
        [upload(None, file(NEW, b"d")), mkdir(False)], [mkdir(False)], [file(NEW, b"d")], []
    ),
    "a time alone": ([mtime(9)], [mtime(9)], [file(OLD)], []),
    "another time alone": ([mtime(9)], [mtime(10)], [file(OLD)], ["after_differs"]),
    "a time that is set already": ([mtime(9)], [], [file(OLD)._replace(mtime=9)], []),
    "a time that is not set and not wanted": ([mtime(9)], [], [file(OLD)], ["not_done"]),
    "content that differs each time": ([upload(None, file(NEW))], [upload(None, file(OTHER))], [], ["after_differs"]),
    "a link to another place": ([link(b"x")], [link(b"y")], [], ["after_differs"]),
    "a link that somebody has made": ([link(b"x")], [], [Entry(b"l", Kind.SYMLINK, target=b"x")], []),
    "a link that somebody has made with a slash": ([link(b"x")], [], [Entry(b"l", Kind.SYMLINK, target=b"x/")], []),
    "an upload that became a delete": ([upload(file(OLD), file(NEW))], [delete(file(OLD))], [file(OLD)], ["kind_differs"]),
    "an MD5 that is not listed, and the same time": (
        [upload(file(OLD), file(NEW))], [upload(file(OLD)._replace(md5=None), file(NEW))], [], []
    ),
    "an MD5 that is not listed, and another time": (
        [upload(file(OLD), file(NEW))], [upload(file(OLD)._replace(md5=None, mtime=8), file(NEW))], [], ["before_differs"]
    ),
    "source went back": ([upload(file(OLD), file(NEW))], [], [file(OLD)], ["not_done"]),
}  # fmt: skip


def plan_of(steps: list[Step]) -> Plan:
    pins = [bytes.fromhex(step.sha256 + (step.after.md5 or "")) if step.sha256 and step.after else bytes(48) for step in steps]
    return Plan(BASE, steps, Counts(), pins=b"".join(pins))


def differing(folder: pathlib.Path, case: Case, today: Subject = SUBJECT, **tail: t.Any) -> Differences:
    then, now, stands, _named = case
    path, plan = os.fsencode(folder / "plan.json"), plan_of(then)
    values = {"summary": {}, "digest": digest_of(plan, SUBJECT), "guard": None, "unknown": [], **tail}
    head = {"collection": "1", "made": "2026-11-30T12:00:00Z", "check": True}
    write_document(path, head, SUBJECT, plan, values, "").close()
    reviewed = ReviewedPlan(path, lambda _name: False)
    for entry in stands:
        reviewed.saw(BASE + b"/" + entry.key, None, entry)
    found = compare(reviewed, plan_of(now), today, age=60, within=3600, proves=lambda _number, _record: False)
    reviewed.close()
    return found


@pytest.mark.parametrize("name", CASES)
def test_what_differs_is_named_by_its_kind(tmp_path: pathlib.Path, name: str) -> None:
    found = differing(tmp_path, CASES[name])
    assert [difference.what for difference in found.first] == CASES[name][3]
    assert found.total == len(CASES[name][3])


@pytest.mark.parametrize(
    ("today", "tail", "named"),
    [
        (SUBJECT._replace(host="other"), {}, ["place"]),
        (SUBJECT._replace(path=b"/1/t"), {}, ["place"]),
        (SUBJECT._replace(policy={**SUBJECT.policy, "delete": False}), {}, ["policy"]),
        (SUBJECT, {"guard": {"code": "max_delete", "msg": ""}}, ["refused_then"]),
        (SUBJECT, {"unknown": [{"name": "x", "why": "no"}]}, ["unknown_then"]),
        (SUBJECT, {"summary": {"protected": 5}, "notes": ["note"]}, []),
    ],
)
def test_circumstances_that_differ_are_named(
    tmp_path: pathlib.Path, today: Subject, tail: dict[str, t.Any], named: list[str]
) -> None:
    assert [difference.what for difference in differing(tmp_path, CASES["the same"], today, **tail).first] == named


def test_twenty_differences_are_named_and_all_are_counted(tmp_path: pathlib.Path) -> None:
    now = [upload(None, file(NEW, b"%03d" % number)) for number in range(50)]
    found = differing(tmp_path, ([], now, [], []))
    assert (len(found.first), found.total) == (MOST, 50)
    refusal = PlanDiffers(found.first, found.total, "plan: 50 creates", "Review again.")
    failure = refusal.failure()
    assert (failure["code"], failure["differences_total"], len(failure["differences"])) == ("expect_plan", 50, 20)
    assert failure["differences"][0] == {
        "path": "/1/s/000", "what": "not_reviewed", "reviewed": "no step for it", "now": "upload (absent)",
    }  # fmt: skip
    assert str(refusal) == (
        "The plan is not the one that was reviewed: 50 differences. First: /1/s/000: reviewed: no step for it; now: upload "
        "(absent) (plan: 50 creates). Review again."
    )
