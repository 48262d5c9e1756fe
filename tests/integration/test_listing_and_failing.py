# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_sync on services that list in their own way, and when something fails in the middle."""

from __future__ import annotations

import os
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import build
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Outcome, Player
from ansible_collections.edgeops.netstorage.tests.integration.service import DIR, Link, actions, changes, described

TREE = {
    "index.html": "index",
    "css/site.css": "css",
    "css-old.txt": "between css and css/",
    "css.txt": "and this",
    "deep/er/a": "a",
    "deep/er/b": "b",
    "empty/": DIR,
    "link": Link("css"),
}
MADE = {**TREE, "": DIR, "css/": DIR, "deep/": DIR, "deep/er/": DIR}
EXTRA = {"old/a": "a", "old/b": "b", "old/": DIR, "deep/gone": "gone"}
GONE = {"delete /123456/site/deep/gone", "delete /123456/site/old/a", "delete /123456/site/old/b", "rmdir /123456/site/old"}


def sync(player: Player, *options: str, **more: t.Any) -> Outcome:
    return player.task("ns_sync", *options, src=str(player.work / "site"), path="site", delete=True, **more)


@pytest.mark.parametrize(
    ("knobs", "looks"),
    [
        ({"list_refused": 400}, {"stat": 1, "list": 1, "dir": 6}),
        ({"list_refused": 405}, {"stat": 1, "list": 1, "dir": 6}),
        ({"list_refused": 501}, {"stat": 1, "list": 1, "dir": 6}),
        ({"list_order": "per_directory"}, {"stat": 1, "list": 2}),
        ({"page_size": 1}, {"stat": 1, "list": 16}),
        ({"page_size": 5}, {"stat": 1, "list": 4}),
    ],
    ids=["list 400", "list 405", "list 501", "other order", "pages of 1", "pages of 5"],
)
def test_every_way_to_list_gives_the_same_plan(player: Player, knobs: dict[str, t.Any], looks: dict[str, int]) -> None:
    """The dir walk where list is refused; listed again and sorted where the order is another."""
    build(player.work / "site", TREE)
    player.service.load({**MADE, **EXTRA}, "/123456/site")
    player.service.emulator.control.set_knobs(**knobs)
    checked = sync(player, "--check")
    assert checked.status == 0, checked.output
    assert actions(checked.requests) == looks
    real = sync(player)
    assert real.status == 0, real.output
    assert set(changes(real.requests)) == GONE
    assert real.result["plan"] == checked.result["plan"]
    assert player.service.tree("/123456/site") == described(MADE)


@pytest.mark.parametrize("action", ["list", "dir"])
def test_a_listing_that_breaks_off_is_no_empty_destination(player: Player, action: str) -> None:
    build(player.work / "site", {"other": "other"})
    player.service.load(MADE, "/123456/site")
    control = player.service.emulator.control
    control.set_knobs(page_size=2, list_refused="no" if action == "list" else 400)
    control.add_faults({"status": 404, "action": action, "skip": 1, "times": 99})
    outcome = sync(player, adopt=True)
    assert outcome.result["failure"]["code"] == "listing_incomplete"
    assert changes(outcome.requests) == []
    assert player.service.tree("/123456/site") == described(MADE)


def test_nothing_is_deleted_after_a_failed_upload(player: Player) -> None:
    """Its siblings go on, later phases do not start, and the result says what is done and what is left."""
    build(player.work / "site", {**TREE, "css/new.css": "new", "a.js": "new", "news.html": "page"})
    player.service.load({**MADE, **EXTRA}, "/123456/site")
    player.service.emulator.control.add_faults({"status": 409, "action": "upload", "path": "*/new.css", "times": 9})
    outcome = sync(player)
    assert outcome.status != 0
    result = outcome.result
    assert result["failure"]["code"] == "partly_done"
    assert result["failure"]["status"] == 409
    assert "Run the task again" in result["msg"]
    assert result["changed"] is True
    assert result["done"] == ["/123456/site/a.js"]
    assert [failed["path"] for failed in result["failed_paths"]] == ["/123456/site/css/new.css"]
    assert set(result["left"]) == {"/123456/site/news.html", "/123456/site/deep/gone", "/123456/site/old/",
                                   "/123456/site/old/a", "/123456/site/old/b"}  # fmt: skip
    assert sorted(changes(outcome.requests)) == ["upload /123456/site/a.js", "upload /123456/site/css/new.css"]
    player.service.emulator.control.clear_faults()
    again = sync(player)
    assert again.status == 0
    assert set(changes(again.requests)) == {"upload /123456/site/css/new.css", "upload /123456/site/news.html", *GONE}


def test_an_unreadable_source_deletes_nothing(player: Player) -> None:
    """Unknown is not absent: what could be sent is sent, the deletes are left out, and the task fails in the end."""
    build(player.work / "site", {"index.html": "index", "a": "new"})
    os.mkfifo(player.work / "site" / "pipe")
    player.service.load({"": DIR, "index.html": "index", "old": "old", "pipe": "theirs"}, "/123456/site")
    outcome = sync(player)
    assert outcome.result["failure"]["code"] == "local_unknown"
    assert "pipe: neither file, directory nor symlink" in outcome.result["msg"]
    assert changes(outcome.requests) == ["upload /123456/site/a"]
    assert set(player.service.tree("/123456/site")) == {"", "a", "index.html", "old", "pipe"}


def test_a_whole_cp_code_if_it_is_meant(player: Player) -> None:
    build(player.work / "site", {"index.html": "index", "d/a": "a"})
    outcome = player.play("whole_cp_code.yml")
    assert outcome.status == 0, outcome.output
    assert set(player.service.tree()) == {"index.html", "d/", "d/a"}
    assert player.play("whole_cp_code.yml").result["changed"] is False


def test_the_budget_of_a_deep_destination(player: Player) -> None:
    """First sync: files, links, directories with all ancestors, pages, depth + 1. No-op: pages + depth + 1."""
    build(player.work / "site", TREE)
    arguments: dict[str, t.Any] = {"src": str(player.work / "site"), "path": "a/b/c"}
    first = player.task("ns_sync", **arguments)
    made = len(player.service.tree())
    assert made == len(MADE) + 2
    assert len(changes(first.requests)) == made
    assert len(first.requests) <= made + 1 + 3 + 1
    again = player.task("ns_sync", **arguments)
    assert len(again.requests) <= 1 + 3 + 1
