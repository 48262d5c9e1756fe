# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_symlink: every state, four times."""

from __future__ import annotations

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import REFUSALS, RUNS, Case, Ran, play_all, verify
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Player
from ansible_collections.edgeops.netstorage.tests.integration.service import DIR, Link, Tree, changes

ODD = "a b+c%20&d=e#f?'\"größe"
ODD_TARGET = "../x y/日本+%41&b?c"


def _link(target: str) -> Tree:
    return {"": DIR, "current": Link(target)}


CASES = [
    Case(
        "fresh",
        "A link where nothing is",
        steps=["mkdir fresh/ (absent)", "symlink fresh/current (absent)"],
        after=_link("releases/1"),
        result={"path": "/123456/fresh/current", "target": "releases/1"},
    ),
    Case(
        "flip",
        "A link to another release",
        before=_link("releases/1"),
        steps=["symlink flip/current (target differs)"],
        after=_link("releases/2"),
        result={"target": "releases/2"},
    ),
    Case(
        "same",
        "A link that is as it should be",
        before=_link("releases/1"),
        result={"target": "releases/1", "previous_target": "releases/1"},
    ),
    Case("slash", "A link whose target ends in a slash", before=_link("releases/1")),
    Case(
        "slashes",
        "A link that keeps two slashes apart from one",
        before=_link("releases/1"),
        steps=["symlink slashes/current (target differs)"],
        after=_link("releases/1//"),
    ),
    Case(
        "absolute",
        "An absolute link",
        before={"": DIR, "releases/1/a": "a"},
        steps=["symlink absolute/current (absent)"],
        after={"": DIR, "releases/1/a": "a", "current": Link("/123456/absolute/releases/1")},
        pages=1,
    ),
    Case(
        "pointing",
        "A link to something that is there",
        before={"": DIR, "a/": DIR, "releases/1": "a file"},
        steps=["symlink pointing/a/current (absent)"],
        after={"": DIR, "a/": DIR, "releases/1": "a file", "a/current": Link("../releases/1")},
        pages=1,
        path="pointing/a/current",
    ),
    Case(
        "over-file",
        "A link where a file is",
        before={"": DIR, "latest.txt": "text", "guide-1.0.txt": "text"},
        steps=["replace over-file/latest.txt (type differs)"],
        after={"": DIR, "latest.txt": Link("guide-1.0.txt"), "guide-1.0.txt": "text"},
    ),
    Case(
        "twin",
        "A link beside a directory of its name",
        before={"": DIR, "current/": DIR, "current/a": "a"},
        steps=["symlink twin/current (absent)"],
        after={"": DIR, "current/": DIR, "current/a": "a", "current": Link("releases/1")},
        notes="A directory of the same name",
    ),
    Case(
        "never",
        "A link that may replace nothing, where nothing is",
        before={"": DIR},
        steps=["symlink never/current (absent)"],
        after=_link("releases/1"),
    ),
    Case(
        "leave",
        "A link, its parents left as they are",
        steps=["symlink leave/a/current (absent)"],
        after={"a/current": Link("b")},
        path="leave/a/current",
    ),
    Case(
        "gone",
        "No link",
        before={**_link("releases/1"), "releases/1": "a"},
        steps=["delete gone/current (wanted absent)"],
        after={"": DIR, "releases/1": "a"},
    ),
    Case("nothing", "No link where none is", before={"": DIR, "current/a": "a"}, result={"previous_target": None}),
    Case(
        "odd",
        "A link with an odd name to an odd target",
        before={"": DIR},
        steps=[f"symlink odd/{ODD} (absent)"],
        after={"": DIR, ODD: Link(ODD_TARGET)},
        result={"path": f"/123456/odd/{ODD}", "target": ODD_TARGET},
    ),
    Case(
        "unusual",
        "A link whose name ends in a slash",
        steps=["symlink unusual/..///newLink/ (absent)"],
        after={"..///newLink/": Link("a")},
        result={"path": "/123456/unusual/..///newLink/", "target": "a"},
        path="unusual/..///newLink/",
        pages=4,  # names that end in a slash are asked for twice
    ),
]
REFUSED = [
    Case(
        "refused-file",
        "A link where a file is, without leave",
        before={"": DIR, "latest.txt": "text"},
        fails=("exists", "replace: file replaces it, if that is meant"),
    ),
    Case(
        "refused-never",
        "Another link where one is, without leave",
        before=_link("releases/1"),
        fails=("exists", "A symlink that is not as wanted stands"),
    ),
    Case(
        "refused-absent",
        "No link where a file is",
        before={"": DIR, "current": "a file"},
        fails=("exists", "Remove it with ns_file"),
    ),
    Case(
        "refused-below",
        "A link below a link",
        before={"": DIR, "site": Link("a"), "a/b": "b"},
        fails=("link_in_the_way", "/123456/refused-below/site"),
    ),
]


@pytest.fixture(scope="module")
def ran(stage: Player) -> dict[str, Ran]:
    return play_all(stage, "symlink.yml", CASES)


@pytest.fixture(scope="module")
def refused(stage: Player) -> dict[str, Ran]:
    return play_all(stage, "symlink_refusals.yml", REFUSED, REFUSALS)


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_symlink_case_holds_in_every_run(case: Case, run: str, ran: dict[str, Ran]) -> None:
    verify(case, run, ran)


@pytest.mark.parametrize("run", REFUSALS)
@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_each_refused_symlink_task_changes_nothing(case: Case, run: str, refused: dict[str, Ran]) -> None:
    verify(case, run, refused)


def test_the_previous_target_is_told(ran: dict[str, Ran]) -> None:
    """In check mode and in the run that flips; the run after it finds the new one."""
    told = {run: ran[run].outcome.results["A link to another release"]["previous_target"] for run in RUNS}
    assert told == {**dict.fromkeys(RUNS, "releases/1"), "again": "releases/2"}


def test_both_targets_are_shown(ran: dict[str, Ran]) -> None:
    assert "~ symlink current -> releases/2 (was -> releases/1)" in ran["diff"].outcome.output


def test_a_flip_is_one_request(ran: dict[str, Ran]) -> None:
    """The name is never without a link in between."""
    flip = [request for request in ran["real"].outcome.requests if request["path"].startswith("/123456/flip/")]
    assert changes(flip) == ["symlink /123456/flip/current"]


def test_a_dangling_link_is_refused_where_it_matters(player: Player) -> None:
    """In check mode an earlier task may have made the target by then, so it is only told; a real run fails."""
    arguments = {"path": "site/current", "target": "releases/9", "allow_dangling": False}
    checked = player.task("ns_symlink", "--check", **arguments)
    assert checked.status == 0
    assert checked.result["changed"] is True
    assert "The target releases/9 does not exist" in "".join(checked.result["notes"])
    assert "The target releases/9 does not exist" in checked.output.replace("\n", " ")
    real = player.task("ns_symlink", **arguments)
    assert real.status != 0
    assert real.result["failure"]["code"] == "dangling"
    assert real.result["failure"]["path"] == "/123456/site/releases/9"
    assert changes(real.requests) == changes(checked.requests) == []
