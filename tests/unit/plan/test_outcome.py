# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The result of a module: its shape, its caps, and the words that it must not use."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import (
    Conflict,
    GuardTripped,
    LocalUnknown,
    PartlyDone,
    Unproved,
)
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.paths import shown
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import Failed, Outcome, result
from ansible_collections.edgeops.netstorage.tests.unit.plan.case_reader import plan_of
from ansible_collections.edgeops.netstorage.tests.unit.plan.test_render import EVERYTHING, MD5

RESERVED = {"failed", "skipped", "results", "items", "keys", "values", "update", "copy", "pop", "get"}


def words(value: t.Any) -> t.Iterator[str]:
    """Every key of a result, however deep."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield key
            yield from words(below)
    elif isinstance(value, list):
        for below in value:
            yield from words(below)


def a_failed_run(steps: int = 4) -> Outcome:
    plan = plan_of({"want": [f"{number:05}" for number in range(steps)]})
    third = steps // 3
    failed = [Failed(step, Conflict("No", path=step.path, status=409)) for step in plan.steps[third : 2 * third]]
    return Outcome(
        plan,
        {"stat": 1},
        done=list(plan.steps[:third]),
        failed=failed,
        left=list(plan.steps[2 * third :]),
        error=PartlyDone("No"),
    )


def full() -> Outcome:
    entry = Entry(b"a", Kind.FILE, 3, MD5, 5)
    return Outcome(
        plan_of(EVERYTHING), {"stat": 2, "upload": 1}, diff=[{"prepared": "x"}], notes=["n"], path=b"/1/\n",
        entry=entry, extra={"previous_target": "t"},
    )  # fmt: skip


def test_the_shape_of_a_result() -> None:
    values = result(full())
    assert set(values) == {
        "changed",
        "plan",
        "changed_paths",
        "truncated",
        "api_calls",
        "diff",
        "notes",
        "path",
        "mtime",
        "size",
        "md5",
        "previous_target",
    }
    assert values["changed"] is True
    assert values["plan"]["summary"] == {
        "creates": 5, "changes": 8, "deletes": 5, "unchanged": 0, "protected": 0, "shadowed": 0, "bytes": 8,
    }  # fmt: skip
    assert values["plan"]["truncated"] is False
    assert values["plan"]["steps"][0] == {
        "sign": "-",
        "step": "delete",
        "path": "/123456/site/r",
        "why": "obstructs a directory",
        "detail": "obstructs a directory",
        "phase": "obstructions",
    }
    assert values["plan"]["steps"][6] == {
        "sign": "+",
        "step": "upload",
        "path": "/123456/site/e/new",
        "why": "absent",
        "detail": "absent, 3 bytes",
        "phase": "assets",
        "size": 3,
    }
    assert values["plan"]["steps"][10]["target"] == "t"
    assert (values["plan"]["steps"][11]["previous_target"], values["plan"]["steps"][11]["target"]) == ("t", "u")
    assert values["path"] == "/1/\\x0a"
    json.dumps(values)


def test_nothing_to_do_is_no_change() -> None:
    values = result(Outcome(plan_of({"want": ["a"], "have": ["a"]}), {}))
    assert values == {
        "changed": False,
        "plan": {
            "summary": {
                "creates": 0,
                "changes": 0,
                "deletes": 0,
                "unchanged": 1,
                "protected": 0,
                "shadowed": 0,
                "bytes": 0,
            },
            "steps": [],
            "truncated": False,
        },
        "changed_paths": [],
        "truncated": False,
        "api_calls": {},
    }


def test_changed_paths_are_files_and_links_that_changed_appeared_or_vanished() -> None:
    plan = plan_of(EVERYTHING)
    foreseen = result(Outcome(plan, {}, foreseen=True))["changed_paths"]
    told = {step.kind.value: shown(step.key) in foreseen for step in plan.steps}
    assert told == {
        "mkdir": False, "upload": True, "symlink": True, "mtime": False, "replace": True, "delete": True, "rmdir": False,
    }  # fmt: skip
    assert result(Outcome(plan, {}, done=list(plan.steps)))["changed_paths"] == foreseen
    assert result(Outcome(plan, {}))["changed_paths"] == []


def test_changed_paths_come_one_by_one() -> None:
    """A list of them would take more memory than the plan of a million new files."""
    plan = plan_of({"want": ["a", "b"]})
    for outcome in (Outcome(plan, {}, foreseen=True), Outcome(plan, {}, done=list(plan.steps))):
        paths = outcome.changed_paths()
        assert [next(paths), *paths] == [b"/123456/site/a", b"/123456/site/b"]


def test_a_forecast_says_what_would_change_unless_it_was_refused() -> None:
    """Where a part of the source is unknown, the rest is done all the same."""
    plan = plan_of({"want": ["a"]})
    values = result(Outcome(plan, {}, error=LocalUnknown("No"), foreseen=True))
    assert (values["changed"], values["changed_paths"]) == (True, ["/123456/site/a"])
    values = result(Outcome(plan, {}, error=LocalUnknown("No"), foreseen=True, left=list(plan.steps)))
    assert (values["changed"], values["changed_paths"]) == (False, [])


def test_what_was_sent_and_is_not_proved_has_changed_all_the_same() -> None:
    plan = plan_of({"want": ["a", "b"]})
    unproved = Unproved("No")
    unproved.has_changed = True
    failed = [Failed(plan.steps[0], unproved), Failed(plan.steps[1], Conflict("No"))]
    values = result(Outcome(plan, {}, failed=failed, error=PartlyDone("No")))
    assert (values["changed_paths"], values["changed"]) == (["/123456/site/a"], True)


@pytest.mark.parametrize(
    ("entry", "facts"),
    [
        (Entry(b"a", Kind.FILE, 3, MD5, 5), {"mtime": 5, "size": 3, "md5": MD5}),
        (Entry(b"a", Kind.SYMLINK, mtime=5, target=b"\xff"), {"mtime": 5, "target": "\\xff"}),
        (Entry(b"a", Kind.DIRECTORY, mtime=5), {"mtime": 5}),
    ],
)
def test_the_facts_of_one_entry(entry: Entry, facts: dict[str, t.Any]) -> None:
    values = result(Outcome(plan_of({}), {}, entry=entry))
    assert {name: values[name] for name in ("mtime", "size", "md5", "target") if name in values} == facts


def test_a_failure_says_what_is_done_what_failed_and_what_is_left() -> None:
    values = result(a_failed_run())
    assert values["changed"] is True
    assert values["done"] == ["/123456/site/00000"]
    assert values["failed_paths"] == [
        {"path": "/123456/site/00001", "step": "upload", "status": 409, "why": "No (/123456/site/00001)."}
    ]
    assert values["left"] == ["/123456/site/00002", "/123456/site/00003"]
    assert values["truncated"] is False


def test_a_failure_before_anything_was_done_is_no_change() -> None:
    outcome = Outcome(plan_of({"want": ["a"]}), {}, error=LocalUnknown("No"))
    assert result(outcome)["changed"] is False


def test_lists_are_capped_and_counts_are_complete() -> None:
    values = result(a_failed_run(3600))
    assert [len(values[name]) for name in ("done", "failed_paths", "left")] == [20, 20, 20]
    assert values["counts"] == {"done": 1200, "failed_paths": 1200, "left": 1200}
    assert values["truncated"] is True
    assert len(values["plan"]["steps"]) == 20
    assert values["plan"]["truncated"] is True
    assert values["plan"]["summary"]["creates"] == 3600


@pytest.mark.parametrize(("guard", "told"), [("max_delete", ["old"]), ("max_replace", ["same"]), ("adopt", ["new"])])
def test_a_plan_that_does_too_much_shows_the_steps_that_do_it(guard: str, told: list[str]) -> None:
    new = [f"new{number:02}" for number in range(30)]
    plan = plan_of({"want": [*new, "same = b"], "have": ["old", "same = a"], "policy": {"delete": True}})
    values = result(Outcome(plan, {}, error=GuardTripped(guard, "No"), left=list(plan.steps)))["plan"]
    names = [step["path"].rpartition("/")[2] for step in values["steps"]]
    assert sorted({name.rstrip("0123456789") for name in names}) == told
    assert (values["truncated"], values["summary"]["creates"]) == (True, 30)


def test_no_word_of_a_result_is_taken_by_ansible_or_jinja() -> None:
    for outcome in (full(), a_failed_run()):
        assert not RESERVED & set(words(result(outcome)))
