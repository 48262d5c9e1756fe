# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_rename: every way, four times."""

from __future__ import annotations

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import REFUSALS, RUNS, Case, Ran, play_all, verify
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Player
from ansible_collections.edgeops.netstorage.tests.integration.service import DIR, MTIME, Link, changes, digest

# Requests beyond those for one path: path and dest, and in trees their listings.
ONE, TREE, MERGE = 1, 4, 6

CASES = [
    Case(
        "file",
        "A file gets another name",
        before={"": DIR, "a.txt": "a"},
        steps=["rename file/b.txt (absent)"],
        after={"": DIR, "b.txt": "a"},
        result={"path": "/123456/file/a.txt", "dest": "/123456/file/b.txt", "md5": digest("a"), "size": 1, "mtime": MTIME},
        pages=ONE,
    ),
    Case(
        "way",
        "A file gets a place in directories that are not there",
        before={"": DIR, "a.txt": "a"},
        steps=["mkdir way/x/ (absent)", "mkdir way/x/y/ (absent)", "rename way/x/y/b.txt (absent)"],
        after={"": DIR, "x/": DIR, "x/y/": DIR, "x/y/b.txt": "a"},
        path="way/x/y/b.txt",
        pages=ONE,
    ),
    Case(
        "leave",
        "The same, and the directories are left as they are",
        before={"a.txt": "a"},
        steps=["rename leave/x/y/b.txt (absent)"],
        after={"x/y/b.txt": "a"},
        path="leave/x/y/b.txt",
        pages=ONE,
    ),
    Case(
        "exact",
        "Exactly this file",
        before={"": DIR, "a.txt": "a"},
        steps=["rename exact/b.txt (absent)"],
        after={"": DIR, "b.txt": "a"},
        pages=ONE,
    ),
    Case("before", "A file that was renamed before", before={"": DIR, "b.txt": "a"}, result={"size": 1}, pages=ONE),
    Case(
        "over",
        "A file takes the place of another",
        before={"": DIR, "a.txt": "a", "b.txt": "bb"},
        steps=["rename over/b.txt (size differs)"],
        after={"": DIR, "b.txt": "a"},
        pages=ONE,
    ),
    Case(
        "over-link",
        "A file takes the place of a link",
        before={"": DIR, "a.txt": "a", "b.txt": Link("live.txt"), "live.txt": "live"},
        steps=["rename over-link/b.txt (type differs)"],
        after={"": DIR, "b.txt": "a", "live.txt": "live"},
        pages=ONE,
    ),
    Case(
        "same",
        "A file that is there already",
        before={"": DIR, "a.txt": "a", "b.txt": "a"},
        steps=["delete same/a.txt (the same is at the destination)"],
        after={"": DIR, "b.txt": "a"},
        pages=ONE + 1,
    ),
    Case(
        "keep",
        "A file that keeps its place",
        before={"": DIR, "a.txt": "a", "b.txt": "b"},
        notes="are kept",
        result={"md5": digest("b")},
        pages=ONE,
    ),
    Case(
        "link",
        "A link",
        before={"": DIR, "current": Link("releases/1")},
        steps=["rename link/previous (absent)"],
        after={"": DIR, "previous": Link("releases/1")},
        result={"target": "releases/1"},
        pages=ONE,
    ),
    Case(
        "tree",
        "A directory",
        before={"": DIR, "old/": DIR, "old/a": "a", "old/b/c": "c", "old/l": Link("a"), "old/e/": DIR, "old.txt": "x"},
        steps=[
            "mkdir tree/new/ (absent)",
            "mkdir tree/new/b/ (absent)",
            "mkdir tree/new/e/ (absent)",
            "rename tree/new/a (absent)",
            "rename tree/new/b/c (absent)",
            "rename tree/new/l (absent)",
            "rmdir tree/old/e/ (emptied by the renames)",
            "rmdir tree/old/ (emptied by the renames)",
        ],
        after={"": DIR, "new/": DIR, "new/a": "a", "new/b/": DIR, "new/b/c": "c", "new/l": Link("a"), "new/e/": DIR,
               "old.txt": "x"},
        pages=TREE,
    ),
    Case(
        "twin",
        "A directory that shares its name",
        before={"": DIR, "old": "file", "old/a": "a"},
        steps=["mkdir twin/new/ (absent)", "rename twin/new/a (absent)"],
        after={"": DIR, "old": "file", "new/": DIR, "new/a": "a"},
        pages=TREE,
    ),
    Case(
        "other-twin",
        "A file that shares its name",
        before={"": DIR, "old": "file", "old/a": "a"},
        steps=["rename other-twin/new (absent)"],
        after={"": DIR, "new": "file", "old/a": "a"},
        pages=ONE,
    ),
    Case(
        "merge",
        "A directory moves in with another",
        before={"": DIR, "old/a": "a", "old/b": "b", "old/c": "c", "new/": DIR, "new/a": "other", "new/b": "b", "new/d": "d"},
        steps=[
            "rename merge/new/a (size differs)",
            "rename merge/new/c (absent)",
            "delete merge/old/b (the same is at the destination)",
        ],
        after={"": DIR, "new/": DIR, "new/a": "a", "new/b": "b", "new/c": "c", "new/d": "d"},
        pages=MERGE,
    ),
    Case(
        "rest",
        "The rest of a directory",
        before={"": DIR, "old/": DIR, "old/b": "b", "new/": DIR, "new/a": "a"},
        steps=["rename rest/new/b (absent)", "rmdir rest/old/ (emptied by the renames)"],
        after={"": DIR, "new/": DIR, "new/a": "a", "new/b": "b"},
        pages=MERGE,
    ),
    Case(
        "odd",
        "A directory with odd names in it",
        before={"": DIR, "old/..": "a", "old//b": "b"},
        steps=["mkdir odd/new/ (absent)", "mkdir odd/new// (absent)", "rename odd/new/.. (absent)", "rename odd/new//b (absent)"],
        after={"": DIR, "new/": DIR, "new//": DIR, "new/..": "a", "new//b": "b"},
        pages=TREE,
    ),
]  # fmt: skip
ASTRAY = Case(
    "astray",
    "A link that leads elsewhere then",
    before={"": DIR, "current": Link("releases/1")},
    steps=["mkdir astray/deep/ (absent)", "rename astray/deep/current (absent)"],
    after={"": DIR, "deep/": DIR, "deep/current": Link("releases/1")},
    pages=ONE + 1,
    notes="lead elsewhere",
)
STAYS = Case(
    "stays",
    "A directory of which something stays",
    before={"": DIR, "old/": DIR, "old/a": "a", "old/b": "b", "new/": DIR, "new/a": "other"},
    steps=["rename stays/new/b (absent)"],
    after={"": DIR, "old/": DIR, "old/a": "a", "new/": DIR, "new/a": "other", "new/b": "b"},
    notes="are kept",
    pages=MERGE,
)
REFUSED = [
    Case("refused-nothing", "Nothing at either end", fails=("not_found", "was not renamed before")),
    Case("refused-md5", "Another file than the one that is meant", before={"a": "a"}, fails=("md5", digest("a"))),
    Case("refused-taken", "A name that is taken", before={"": DIR, "a": "a", "b": "b"}, fails=("exists", "1 changes")),
    Case(
        "refused-tree",
        "A name in a tree that is taken",
        before={"old/a": "a", "old/b": "b", "new/b": "another"},
        fails=("exists", "/123456/refused-tree/new/b"),
    ),
    Case("refused-twin", "A name of two things", before={"a": "a", "a/b": "b"}, fails=("ambiguous", "file_type: directory")),
    Case("refused-within", "A directory into itself", before={"a/c": "c"}, fails=("bad_options", "lie within each other")),
    Case("refused-code", "Another CP code", before={"a": "a"}, fails=("bad_options", "different CP codes")),
    Case(
        "refused-link",
        "A directory through a link",
        before={"old/a": "a", "new": Link("live"), "live/b": "b"},
        fails=("link_in_the_way", "/123456/refused-link/new"),
    ),
    Case(
        "refused-odd",
        "A directory with odd names in it, without leave",
        before={"old/a": "a", "old/..": "a"},
        fails=("unusual_names", "unusual_names: allow"),
    ),
]


@pytest.fixture(scope="module")
def ran(stage: Player) -> dict[str, Ran]:
    return play_all(stage, "rename.yml", [*CASES, ASTRAY, STAYS])


@pytest.fixture(scope="module")
def refused(stage: Player) -> dict[str, Ran]:
    return play_all(stage, "rename_refusals.yml", REFUSED, REFUSALS)


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_rename_case_holds_in_every_run(case: Case, run: str, ran: dict[str, Ran]) -> None:
    verify(case, run, ran)


@pytest.mark.parametrize("run", RUNS[:-1])
def test_a_renamed_link_that_leads_elsewhere_is_noted_once(run: str, ran: dict[str, Ran]) -> None:
    """When it has been renamed, there is nothing to tell any more."""
    verify(ASTRAY, run, ran)
    assert not ran["again"].outcome.results[ASTRAY.task]["changed"]


@pytest.mark.parametrize("run", RUNS)
def test_what_a_rename_does_not_name_stays(run: str, ran: dict[str, Ran]) -> None:
    verify(STAYS, run, ran)


def test_every_rename_is_shown(ran: dict[str, Ran]) -> None:
    output = ran["diff"].outcome.output
    assert "~ rename a.txt -> b.txt (absent, 1 bytes)" in output
    assert "~ rename a.txt -> b.txt (size differs: 2 → 1 bytes, md5 " in output
    assert "~ rename old/b/c -> new/b/c (absent, 1 bytes)" in output
    assert "- rmdir old/ (emptied by the renames)" in output


@pytest.mark.parametrize("run", REFUSALS)
@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_each_refused_rename_changes_nothing(case: Case, run: str, refused: dict[str, Ran]) -> None:
    verify(case, run, refused)


def test_a_tree_of_a_thousand(player: Player) -> None:
    """One request for each file, one for each directory at each end, and the listing."""
    files = {f"d{number % 20}/f{number}": str(number) for number in range(1000)}
    player.service.load({"": DIR, **{f"d{number}/": DIR for number in range(20)}, **files}, "/123456/many")
    outcome = player.task("ns_rename", path="many", dest="moved")
    assert outcome.status == 0, outcome.output
    calls = outcome.result["api_calls"]
    assert calls == {"stat": 2, "list": 2, "mkdir": 21, "rename": 1000, "rmdir": 21}
    assert len(changes(outcome.requests)) == 1042
