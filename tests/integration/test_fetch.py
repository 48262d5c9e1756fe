# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_fetch: every option, four times; what it refuses, twice. The service is never changed."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import build
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Player
from ansible_collections.edgeops.netstorage.tests.integration.service import DIR, MTIME, Link, changes

THERE: dict[str, t.Any] = {
    "site/": DIR,
    "site/index.html": "<h1>new</h1>\n",
    "site/css/site.css": "body {}",
    "site/news/1.html": "news",
    "site/latest": Link("news/1.html"),
    "site/uploads/big.bin": "of others",
    "site/notes.txt": "theirs",
    "empty/": DIR,
}
HERE = {
    "site/index.html": "<h1>old</h1>\n", "site/old/a.txt": "old\n", "site/uploads/mine.bin": "mine", "site/notes.txt": "mine",
    "emptied/a": "a", "mixed/other.txt": "other",
}  # fmt: skip
ARRIVED = {
    "site/index.html": "<h1>new</h1>\n", "site/css/site.css": "body {}", "site/news/1.html": "news",
    "site/latest": "-> news/1.html", "site/uploads/mine.bin": "mine", "site/notes.txt": "mine",
    "pages/index.html": "<h1>new</h1>\n", "pages/news/1.html": "news",
    "mixed/1.html": "news", "mixed/other.txt": "other",
    "one/front.html": "<h1>new</h1>\n", "two/index.html": "<h1>new</h1>\n",
}  # fmt: skip


def local(player: Player) -> dict[str, str]:
    found = {}
    for folder in ("site", "pages", "emptied", "mixed", "one", "two", "mine", "x"):
        for path in sorted((player.work / folder).rglob("*")):
            if path.is_symlink():
                found[str(path.relative_to(player.work))] = f"-> {os.readlink(path)}"
            elif path.is_file():
                found[str(path.relative_to(player.work))] = path.read_text()
    return found


def test_check_diff_real_and_again(player: Player) -> None:
    player.service.load(THERE)
    build(player.work, HERE)
    plans = []
    for options in (("--check",), ("--check", "--diff"), (), ()):
        outcome = player.play("fetch.yml", *options)
        assert outcome.status == 0, outcome.output
        assert changes(outcome.requests) == []
        plans.append({name: result["plan"] for name, result in outcome.results.items()})
        assert local(player) == (HERE if options else ARRIVED)
        if "--diff" in options:
            assert "-<h1>old</h1>" in outcome.output and "+<h1>new</h1>" in outcome.output
            assert "- delete old/a.txt (extraneous, 4 bytes)" in outcome.output
    assert plans[0] == plans[1] == plans[2]
    assert all(plan["summary"]["deletes"] + plan["summary"]["creates"] > 0 for plan in plans[0].values())
    assert all(plan["steps"] == [] for plan in plans[3].values())
    assert plans[0]["A copy of the site, and nothing else"]["summary"]["protected"] == 1
    front = player.work / "one/front.html"
    assert (front.stat().st_mode & 0o777, int(front.stat().st_mtime)) == (0o640, MTIME)


def test_a_refused_fetch_writes_nothing(player: Player) -> None:
    player.service.load({
        **THERE, "hostile/names/../../../etc/passwd": "root", "hostile/links/l": Link("/etc/passwd"), "hostile/twins/a": "a",
        "hostile/twins/a/b": "b",
    })  # fmt: skip
    build(player.work, {"mine/a": "a"})
    for options in (("--check", "--diff"), ()):
        outcome = player.play("fetch_refusals.yml", *options)
        codes = [result["failure"]["code"] for result in outcome.results.values()]
        assert codes == [
            "not_found", "unsafe_name", "unsafe_link", "name_twins", "empty_source", "adopt", "bad_options", "bad_options",
        ], outcome.output  # fmt: skip
        assert changes(outcome.requests) == []
        assert local(player) == {"mine/a": "a"}
        assert not (player.work / "x").exists()
