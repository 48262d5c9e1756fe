# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A reviewed plan: what it lets through, what it refuses before the first change, and how a broken-off deploy is finished."""

from __future__ import annotations

import dataclasses
import shutil
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.tests.contract.flow.reviewed_scene import HERE, THERE, Reviewed, Tree, differences
from ansible_collections.edgeops.netstorage.tests.contract.scene import MTIME

ACCEPTED: dict[str, tuple[Tree, Tree, Tree, Tree]] = {
    # what is here and there at the review; what comes there before it is applied, and here
    "nothing to do": ({"a": "a"}, {"a": "a"}, {}, {}),
    "all kinds of steps": (HERE, THERE, {}, {}),
    "somebody sent the same bytes": (HERE, THERE, {"index.html": "new", "css/a.css": "a"}, {}),
    "somebody flipped the link already": (HERE, THERE, {"now": "-> css"}, {}),
    "an implicit directory came": ({"d/": None, "d/a": "a"}, {"x": "x"}, {"d/a": "a"}, {}),
    "an unchanged neighbour came on both sides": ({"a": "a", "b": "b"}, {"a": "x"}, {"n": "n"}, {"n": "n"}),
    "names that are no text": ({"a\udcff": "1", "line\u2028end": "2"}, {"b\udcfe": "3"}, {}, {}),
    "a file and a directory of one name": ({"x": "x"}, {"x/y": "y", "x/": None}, {}, {}),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_a_plan_that_is_still_the_reviewed_one_is_applied(reviewed: Reviewed, case: str) -> None:
    here, there, comes_there, comes_here = ACCEPTED[case]
    reviewed.scene.here(here)
    reviewed.scene.there(there)
    document = reviewed.review()
    reviewed.scene.there(comes_there)
    if comes_here:
        reviewed.scene.here({**here, **comes_here})
    before = reviewed.scene.tree()
    outcome = reviewed.apply()
    assert outcome.error is None, outcome.error
    assert outcome.changed == bool(document["steps"]) or before == reviewed.scene.tree()
    again = reviewed.apply()
    assert again.error is None, again.error
    assert not again.changed


REFUSED: dict[str, tuple[Tree, Tree, list[tuple[str, str]]]] = {
    # what comes here and there between review and deploy, and the differences that are named
    "a file came here": ({"more": "more"}, {}, [("not_reviewed", "more")]),
    "a file changed here": ({"css/a.css": "other"}, {}, [("after_differs", "css/a.css")]),
    "a file of the same size changed here": ({"css/a.css": "b"}, {}, [("after_differs", "css/a.css")]),
    "a file changed there": ({}, {"index.html": "by hand"}, [("before_differs", "index.html")]),
    "an object came there": ({}, {"css/a.css": "other"}, [("before_differs", "css/a.css")]),
    "what is to be deleted changed there": ({}, {"gone": "by hand"}, [("before_differs", "gone")]),
    "something to delete came there": ({}, {"extra": "extra"}, [("not_reviewed", "extra")]),
    "a link leads elsewhere there": ({}, {"now": "-> elsewhere"}, [("before_differs", "now")]),
    "a link became a file here": ({"now": "file"}, {}, [("kind_differs", "now")]),
    "a link leads elsewhere here": ({"now": "-> old"}, {}, [("not_done", "now")]),
    "the source went back": ({"index.html": "old"}, {}, [("not_done", "index.html")]),
}


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("case", REFUSED)
def test_another_plan_is_refused_before_the_first_change(reviewed: Reviewed, case: str, check: bool) -> None:
    here, there, named = REFUSED[case]
    reviewed.scene.here(HERE)
    reviewed.scene.there(THERE)
    reviewed.review()
    reviewed.scene.here({**HERE, **here})
    reviewed.scene.there(there)
    outcome = run(reviewed.scene.options(expect_plan=str(reviewed.document), delete=True), check=check, diff=False)
    assert differences(outcome) == named
    assert not outcome.changed
    assert len(outcome.left) == len(outcome.plan.steps)
    assert reviewed.scene.changes() == []


def test_an_empty_plan_that_was_reviewed_lets_nothing_through(reviewed: Reviewed) -> None:
    reviewed.scene.here({"a": "a"})
    reviewed.scene.there({"a": "a"})
    assert reviewed.review()["steps"] == []
    reviewed.scene.here({"a": "b"})
    assert differences(reviewed.apply()) == [("not_reviewed", "a")]
    assert reviewed.scene.changes() == []


def test_a_reviewed_delete_of_what_is_gone_counts_as_done(reviewed: Reviewed) -> None:
    reviewed.scene.here({"a": "a"})
    reviewed.scene.there({"a": "a", "b": "b", "c": "c"})
    reviewed.review()
    assert run(reviewed.scene.options(delete=True, exclude=["c"]), check=False, diff=False).error is None
    assert reviewed.scene.changes() == ["delete b"]
    outcome = reviewed.apply()
    assert outcome.error is None, outcome.error
    assert reviewed.scene.changes() == ["delete c"]


def test_a_deploy_that_was_broken_off_is_finished_under_the_same_plan(reviewed: Reviewed) -> None:
    reviewed.scene.here({**HERE, "z.css": "z"})
    reviewed.scene.there(THERE)
    steps = len(reviewed.review()["steps"])
    reviewed.scene.control.add_faults({"action": "upload", "path": "*/s/z.css", "status": 409})
    first = reviewed.apply(on_error="continue")
    assert first.error is not None
    assert first.done
    assert first.left
    reviewed.scene.control.clear_faults()
    second = reviewed.apply()
    assert second.error is None, second.error
    assert len(second.done) == steps - len(first.done)
    assert not reviewed.apply().changed


def test_times_alone_are_reviewed_as_well(reviewed: Reviewed) -> None:
    reviewed.options["mtime"] = MTIME + 5
    reviewed.scene.here({"a": "a", "b": "b"})
    reviewed.scene.there({"a": "a"})
    steps = [(step["step"], step["after"]["mtime"]) for step in reviewed.review()["steps"]]
    assert steps == [("upload", MTIME + 5), ("mtime", MTIME + 5)] or steps == [("mtime", MTIME + 5), ("upload", MTIME + 5)]
    reviewed.options["mtime"] = MTIME + 6
    assert {what for what, _name in differences(reviewed.apply())} == {"policy", "after_differs"}
    reviewed.options["mtime"] = MTIME + 5
    assert reviewed.apply().error is None
    assert not reviewed.apply().changed


def test_the_time_of_a_run_is_no_part_of_the_plan(reviewed: Reviewed, monkeypatch: pytest.MonkeyPatch) -> None:
    reviewed.options["mtime"] = "now"
    reviewed.scene.here({"a": "a"})
    digest = reviewed.review()["digest"]
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 60)
    assert reviewed.review()["digest"] == digest
    assert reviewed.apply().error is None


def test_the_digest_is_the_same_from_another_folder_and_account(reviewed: Reviewed, tmp_path: Path) -> None:
    reviewed.scene.here(HERE)
    reviewed.scene.there(THERE)
    digest = reviewed.review()["digest"]
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(reviewed.scene.source, elsewhere, symlinks=True, copy_function=shutil.copyfile)
    options = dataclasses.replace(reviewed.scene.options(delete=True, expect_digest=digest), src=str(elsewhere))
    common = dataclasses.replace(options.common, host=options.common.host.upper(), max_retries=5)
    assert run(dataclasses.replace(options, common=common), check=True, diff=True).error is None


@pytest.mark.parametrize("change", [{"delete": False}, {"exclude": ["*.map"]}, {"protect": ["x"]}, {"links": "skip"}])
def test_another_policy_is_another_plan(reviewed: Reviewed, change: dict[str, t.Any]) -> None:
    reviewed.scene.here({"a": "a"})
    reviewed.review()
    reviewed.options.update(change)
    assert "policy" in {what for what, _name in differences(reviewed.apply())}
    assert reviewed.scene.changes() == []


def test_the_spelling_of_a_pattern_is_no_difference(reviewed: Reviewed) -> None:
    reviewed.scene.here({"a": "a"})
    reviewed.options["exclude"] = ["x/y", "z "]
    reviewed.review()
    reviewed.options["exclude"] = ["/x/y", "z"]
    assert reviewed.apply().error is None


def test_what_does_not_decide_about_the_plan_may_differ(reviewed: Reviewed) -> None:
    reviewed.scene.here({"a": "a"})
    reviewed.review()
    assert reviewed.apply(parallel=4, verify="listing", on_error="stop", compare="size").error is None


def test_an_approval_ends(reviewed: Reviewed, monkeypatch: pytest.MonkeyPatch) -> None:
    reviewed.scene.here({"a": "a"})
    reviewed.review()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 86_401)
    assert [what for what, _name in differences(reviewed.apply())] == ["expired"]
    assert reviewed.scene.changes() == []
    assert reviewed.apply(expect_within=0).error is None
