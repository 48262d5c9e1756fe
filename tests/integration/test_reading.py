# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_info and ns_find in playbooks: the results, the same in check mode, and nothing changed."""

from __future__ import annotations

import time
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Outcome, Player
from ansible_collections.edgeops.netstorage.tests.integration.service import (
    ACCOUNT,
    DIR,
    MTIME,
    Link,
    actions,
    changes,
    digest,
)

SITE = {
    "site/": DIR,
    "site/index.html": "<h1>front</h1>",
    "site/old.html": "old",
    "site/css/": DIR,
    "site/css/site.css": "body {}" * 200,
    "site/img/deep/x.png": "x",
    "site/latest": Link("index.html"),
    "site/both": "both",
    "site/both/a": "a",
    "strange//name/": Link("odd"),
    "site/\x1b[31mred": "red",
}
NOTHING: dict[str, t.Any] = {
    "size": None, "md5": None, "mtime": None, "target": None, "directory": None, "files": None, "bytes": None,
}  # fmt: skip


def play(stage: Player, playbook: str) -> Outcome:
    """In check mode and for real: the same results, and no change."""
    stage.service.reset()
    stage.service.load(SITE)
    checked, real = stage.play(playbook, "--check", "--diff"), stage.play(playbook)
    for outcome in (checked, real):
        assert outcome.status == 0, outcome.output
        assert changes(outcome.requests) == []
        assert not any(result.get("changed") for result in outcome.results.values())
        assert stage.service.emulator.control is not None
    for name, result in real.results.items():
        ignored = {"clock_skew", "invocation", "msg", "exception"}
        assert {key: value for key, value in result.items() if key not in ignored} == {
            key: value for key, value in checked.results[name].items() if key not in ignored
        }
    return real


@pytest.fixture(scope="module")
def info(stage: Player) -> Outcome:
    return play(stage, "info.yml")


@pytest.fixture(scope="module")
def found(stage: Player) -> Outcome:
    return play(stage, "find.yml")


def test_info_describes_each_of_several_paths(info: Outcome) -> None:
    result = info.results["Some paths"]
    kinds = [(entry["path"].removeprefix("/123456/site/"), entry["kind"]) for entry in result["entries"]]
    assert kinds == [
        ("index.html", "file"),
        ("css", "directory"),
        ("img", "implicit_directory"),
        ("latest", "symlink"),
        ("nothing", "absent"),
        ("both", "file"),
    ]
    assert [(entry["files"], entry["bytes"]) for entry in result["entries"]][1:3] == [(1, 1400), (1, 1)]
    assert result["entries"][3]["target"] == "index.html"
    assert result["entries"][4] == {**NOTHING, "path": "/123456/site/nothing", "kind": "absent"}
    assert result["entries"][5]["directory"] == {"kind": "implicit_directory", "mtime": None, "files": 1, "bytes": 1}
    assert result["account"] == ACCOUNT
    assert result["api_calls"] == {"stat": 6, "du": 3}
    assert "cp_codes" not in result


def test_info_describes_a_single_path(info: Outcome) -> None:
    (entry,) = info.results["One path"]["entries"]
    facts = {"kind": "file", "size": 14, "md5": digest("<h1>front</h1>"), "mtime": MTIME}
    assert entry == {**NOTHING, "path": "/123456/site/index.html", **facts}
    (odd,) = info.results["An absolute path with an odd name"]["entries"]
    assert (odd["path"], odd["kind"]) == ("/123456/strange//name/", "symlink")


def test_info_says_which_cp_codes_respond(info: Outcome) -> None:
    row = {"cp_code": "123456", "path": "/123456", "answers": True, "status": 200, "hint": ""}
    alone = info.results["The credentials"]
    assert alone["cp_codes"] == [row]
    assert alone["clock_skew"] in (0, 1)
    both = info.results["The credentials and another CP code"]["cp_codes"]
    assert both[0] == row
    assert (both[1]["cp_code"], both[1]["answers"], both[1]["status"]) == ("777777", False, 403)


def test_nobody_is_let_in(info: Outcome) -> None:
    result = info.results["The credentials with a wrong key"]
    assert info.became["The credentials with a wrong key"] == "failed"
    assert result["failure"]["code"] == "auth_refused"
    assert result["failure"]["status"] == 403
    assert "no access to any of 2 CP codes" in result["msg"]
    assert [row["answers"] for row in result["cp_codes"]] == [False, False]


@pytest.mark.parametrize(
    ("task", "said"), [("Two questions at once", "mutually exclusive"), ("A path outside of the root", "lies outside the root")]
)
def test_info_refuses_wrong_options(info: Outcome, task: str, said: str) -> None:
    assert info.results[task]["failure"]["code"] == "bad_options"
    assert said in info.results[task]["msg"]


def names(outcome: Outcome, task: str) -> list[str]:
    return [entry["name"] for entry in outcome.results[task]["entries"]]


def test_what_is_found(found: Outcome) -> None:
    assert names(found, "Files of a directory") == ["\\x1b[31mred", "both", "index.html", "old.html"]
    assert names(found, "Pages") == ["index.html"]
    assert names(found, "By regular expression") == ["css/site.css", "index.html", "old.html"]
    assert names(found, "Large and old") == ["css/site.css"]
    assert names(found, "Directories") == ["both", "css", "img"]
    assert names(found, "Implicit directories") == ["both", "img", "img/deep"]
    assert names(found, "Links") == ["latest"]


def test_find_counts_what_it_matched(found: Outcome) -> None:
    result = found.results["All that is below it"]
    assert (result["path"], result["exists"], result["truncated"]) == ("/123456/site", True, False)
    assert (result["matched"], result["examined"], result["files"]) == (12, 12, 7)
    assert result["bytes"] == 14 + 3 + 1400 + 1 + 4 + 1 + 3
    assert result["api_calls"] == {"stat": 1, "list": 1}
    assert result["entries"][1] == {
        "path": "/123456/site/both", "name": "both", "kind": "file", "size": 4, "md5": digest("both"), "mtime": MTIME,
        "target": None,
    }  # fmt: skip


def test_find_stops_at_its_limit(found: Outcome) -> None:
    result = found.results["No more than two"]
    assert (len(result["entries"]), result["matched"], result["truncated"]) == (2, 2, True)


def test_find_in_a_missing_directory_finds_nothing(found: Outcome) -> None:
    result = found.results["Nothing there"]
    assert (result["exists"], result["entries"]) == (False, [])
    assert result["notes"] == ["/123456/nowhere does not exist, so nothing was found"]
    assert "does not exist" in found.output


@pytest.mark.parametrize(
    ("task", "code"), [("A file", "not_a_directory"), ("A link", "link_in_the_way"), ("A size that is none", "bad_options")]
)
def test_a_refused_find_has_a_code_and_a_hint(found: Outcome, task: str, code: str) -> None:
    assert found.became[task] == "failed"
    assert found.results[task]["failure"]["code"] == code
    assert found.results[task]["failure"]["hint"]


def test_one_request_where_one_is_enough(player: Player) -> None:
    player.service.load(SITE)
    assert actions(player.task("ns_find", path="site").requests) == {"dir": 1}
    assert actions(player.task("ns_info", path="site").requests) == {"stat": 1}


def test_a_listing_that_breaks_off(player: Player) -> None:
    player.service.load({f"many/{number:03}": "" for number in range(100)})
    player.service.emulator.control.set_knobs(page_size="10/10")
    player.service.emulator.control.add_faults({"kind": "status", "status": 500, "action": "list", "skip": 4, "times": None})
    result = player.task("ns_find", path="many", recurse=True, max_retries=0).result
    assert result["failure"]["code"] == "listing_incomplete"
    assert "entries" not in result


def test_a_module_that_is_told_to_end(player: Player) -> None:
    player.service.emulator.control.add_faults({"kind": "status", "status": 503, "action": "stat", "times": None})
    task = {"name": "Task", "edgeops.netstorage.ns_info": {"path": ["a", "b"], "max_retries": 50}, "timeout": 2}
    begun = time.monotonic()
    outcome = player.play(player.write("task.json", [task]))
    assert outcome.status != 0
    assert time.monotonic() - begun < 20
