# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``--diff`` shows of each kind of change."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.cores import IN_PROCESS, every_core
from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import build
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Outcome, Player, Result
from ansible_collections.edgeops.netstorage.tests.integration.service import DIR, Link, actions

pytestmark = every_core("display", ways=[IN_PROCESS])

LIMIT = 2000
BEFORE = {
    "": DIR,
    "changed.txt": "same\nold line\n",
    "deleted.txt": "gone\n",
    "emptied.txt": "not empty\n",
    "filled.txt": "",
    "binary.bin": b"\x00old",
    "text-now.bin": b"\x00old",
    "large.txt": "x" * (LIMIT + 1),
    "latin.txt": b"caf\xe9\n",
    "same.txt": "same",
    "link": Link("old"),
    "escape.txt": "plain\n",
    "dir/": DIR,
}
WANTED = {
    "changed.txt": "same\nnew line\n",
    "created.txt": "fresh\n",
    "emptied.txt": "",
    "filled.txt": "full\n",
    "binary.bin": b"\x00new!",
    "text-now.bin": "text\n",
    "large.txt": "y" * (LIMIT + 1),
    "latin.txt": "café\n",
    "same.txt": "same",
    "link": Link("new"),
    "escape.txt": "\x1b[31mred\n",
    "made/file.txt": "a\n",
    "empty.txt": "",
}


@pytest.fixture(scope="module")
def played(stage: Player) -> Outcome:
    stage.service.reset()
    stage.service.load(BEFORE, "/123456/site")
    build(stage.work / "site", WANTED)
    task = {"name": "Task", "edgeops.netstorage.ns_sync": {"src": str(stage.work / "site"), "path": "site", "delete": True}}
    playbook = stage.write("diff.json", [task])
    return stage.play(playbook, "--check", "--diff", environment={"ANSIBLE_MAX_DIFF_SIZE": str(LIMIT)})


@pytest.fixture
def diffs(played: Outcome) -> dict[str, Result]:
    """The unified diffs, by name."""
    found = [item for item in played.result["diff"] if "before_header" in item]
    return {item["after_header"].removeprefix("/123456/site/"): item for item in found}


def test_one_line_for_each_step_in_the_order_of_the_plan(played: Outcome) -> None:
    lines = played.result["diff"][0]["prepared"].splitlines()
    assert [line.partition(" (")[0] for line in lines] == [
        "+ mkdir made/",
        "~ upload binary.bin",
        "~ upload changed.txt",
        "+ upload created.txt",
        "~ upload emptied.txt",
        "+ upload empty.txt",
        "~ upload escape.txt",
        "~ upload filled.txt",
        "~ upload large.txt",
        "~ upload latin.txt",
        "+ upload made/file.txt",
        "~ upload text-now.bin",
        "~ symlink link -> new",
        "- delete deleted.txt",
        "- rmdir dir/",
    ]
    assert "~ upload changed.txt (content differs: 14 bytes, md5 " in lines[2]
    assert lines[12:] == ["~ symlink link -> new (was -> old)", "- delete deleted.txt (extraneous, 5 bytes)",
                          "- rmdir dir/ (extraneous)"]  # fmt: skip


def test_text_is_shown(played: Outcome, diffs: dict[str, Result]) -> None:
    changed = diffs["changed.txt"]
    assert (changed["before"], changed["after"]) == ("same\nold line\n", "same\nnew line\n")
    assert "-old line\n" in played.output
    assert "+new line\n" in played.output


def test_creates_deletes_and_empty_files_are_shown(diffs: dict[str, Result]) -> None:
    created, emptied, filled = diffs["created.txt"], diffs["emptied.txt"], diffs["filled.txt"]
    assert (created["before_header"], created["before"], created["after"]) == ("/123456/site/created.txt (absent)", "", "fresh\n")
    assert (emptied["before"], emptied["after"]) == ("not empty\n", "")
    assert (filled["before"], filled["after"]) == ("", "full\n")
    assert (diffs["empty.txt"]["before"], diffs["empty.txt"]["after"]) == ("", "")
    deleted = next(item for name, item in diffs.items() if name.startswith("deleted.txt"))
    assert (deleted["after_header"], deleted["before"], deleted["after"]) == ("/123456/site/deleted.txt (absent)", "gone\n", "")


@pytest.mark.parametrize("name", ["binary.bin", "text-now.bin", "large.txt", "latin.txt", "same.txt", "link"])
def test_what_is_no_text_or_too_large_is_told_by_its_figures_only(diffs: dict[str, Result], name: str) -> None:
    assert name not in diffs


def test_it_says_what_it_does_not_show(played: Outcome) -> None:
    assert "(binary content and content over 2000 bytes is not shown)" in played.result["diff"][-1]["prepared"]


def test_nothing_reaches_the_terminal_raw(played: Outcome, diffs: dict[str, Result]) -> None:
    assert "\x1b" not in played.output
    assert "\\x1b[31mred" in diffs["escape.txt"]["after"]


def test_only_what_is_shown_is_downloaded(played: Outcome) -> None:
    asked = {request["path"].rpartition("/")[2] for request in played.requests if request["action"] == "download"}
    assert asked == {"changed.txt", "deleted.txt", "emptied.txt", "filled.txt", "text-now.bin", "latin.txt", "escape.txt",
                     "binary.bin"} & asked  # fmt: skip
    assert asked >= {"changed.txt", "deleted.txt", "emptied.txt"}
    assert "large.txt" not in asked


def test_twenty_files_at_most(player: Player) -> None:
    names = [f"{number:02}.txt" for number in range(25)]
    player.service.load({"": DIR, **dict.fromkeys(names, "old\n")}, "/123456/many")
    build(player.work / "many", dict.fromkeys(names, "new\n"))
    arguments: dict[str, t.Any] = {"src": str(player.work / "many"), "path": "many"}
    outcome = player.task("ns_sync", "--check", "--diff", **arguments)
    assert actions(outcome.requests)["download"] == 20
    assert sum("before" in item for item in outcome.result["diff"]) == 20
    assert len(outcome.result["diff"][0]["prepared"].splitlines()) == 25
    assert "content is shown for the first 20 files only" in outcome.result["diff"][-1]["prepared"]


def test_without_diff_nothing_is_downloaded(player: Player) -> None:
    """And ``diff: false`` on the task is honoured."""
    player.service.load({"site/a.txt": "old"})
    for options, keywords in [((), {}), (("--diff",), {"diff": False})]:
        task = {"name": "Task", "edgeops.netstorage.ns_file": {"path": "site/a.txt", "content": "new"}, **keywords}
        outcome = player.play(player.write("quiet.json", [task]), "--check", *options)
        assert "diff" not in outcome.result
        assert "download" not in actions(outcome.requests)
