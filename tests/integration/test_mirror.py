# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role mirror and its two playbooks: a git checkout, and NetStorage made to be the same."""

from __future__ import annotations

import json
import os
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.checkouts import SITE, Checkout, git
from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import build
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Player
from ansible_collections.edgeops.netstorage.tests.integration.service import changes, described

MIRRORED = {f"www/{name}": content for name, content in SITE.items()}
FOLDERS = {"www/", "www/css/", "www/news/"}


@pytest.fixture
def checkout(player: Player) -> Checkout:
    return Checkout(player)


def files(service_tree: dict[str, t.Any]) -> dict[str, t.Any]:
    return {name: value for name, value in service_tree.items() if isinstance(value, str) and name.startswith("www/")}


def test_from_an_empty_target(checkout: Checkout) -> None:
    """Check mode, the deploy, and once more."""
    check = checkout.deployed("--check", "--diff")
    assert "changed=2" in check.output
    assert changes(check.requests) == []
    assert checkout.report().startswith("### www at ")
    assert "**7 creates**" in checkout.report()

    real = checkout.deployed()
    assert "changed=2" in real.output
    assert files(checkout.service.tree()) == described(MIRRORED)
    assert set(checkout.service.tree()) - set(MIRRORED) == {*FOLDERS, "www.revision.json"}

    again = checkout.deployed()
    assert "changed=0" in again.output
    assert changes(again.requests) == []
    assert "**No changes**; 6 unchanged" in checkout.report()


def test_a_commit_is_mirrored_and_its_urls_are_purged(checkout: Checkout) -> None:
    checkout.deployed()
    before = checkout.marker()
    checkout.write("news/index.html", "news of today")
    (checkout.site / "news/1.html").unlink()
    head = checkout.commit("News")

    checkout.deployed(mirror_max_delete="1", **checkout.purging())

    assert files(checkout.service.tree()) == described({**without("www/news/1.html"), "www/news/index.html": "news of today"})
    assert checkout.hooked() == {
        "urls": [
            "https://www.example.com/news/index.html",
            "https://www.example.com/news/",
            "https://www.example.com/news/1.html",
        ],
        "complete": True,
        "paths": ["/123456/www/news/index.html", "/123456/www/news/1.html"],
    }
    assert head in checkout.report()
    assert checkout.marker() not in (None, before)


def without(name: str) -> dict[str, str]:
    return {other: content for other, content in MIRRORED.items() if other != name}


def test_nothing_changed_is_nothing_purged(checkout: Checkout) -> None:
    checkout.deployed()
    checkout.deployed(**checkout.purging())
    assert not (checkout.player.work / "purged.json").exists()


def test_more_deletes_than_were_allowed(checkout: Checkout) -> None:
    """Refused before the first write; the report says so, and the marker stays."""
    checkout.deployed()
    before = checkout.marker()
    for name in ("news/1.html", "news/index.html", "css/site.css"):
        (checkout.site / name).unlink()
    checkout.commit("Less")
    outcome = checkout.play("mirror.yml", mirror_max_delete="2")
    assert outcome.status != 0
    assert changes(outcome.requests) == []
    assert "**Failed** (`max_delete`)" in checkout.report()
    assert checkout.marker() == before


def test_what_others_put_there_is_protected(checkout: Checkout) -> None:
    checkout.deployed()
    checkout.service.load({"www/uploads/1.png": "of others"})
    checkout.deployed(mirror_protect=["uploads/"])
    assert "www/uploads/1.png" in checkout.service.tree()
    checkout.deployed(mirror_delete=False)
    assert "www/uploads/1.png" in checkout.service.tree()
    checkout.deployed(mirror_exclude=["/uploads/"], mirror_include=["*.html", "*.css", "*.png"], mirror_verify="full")
    assert "www/uploads/1.png" in checkout.service.tree()


def test_a_place_that_belongs_to_something_else(checkout: Checkout) -> None:
    checkout.service.load({"www/other.html": "another site"})
    refused = checkout.play("mirror.yml")
    assert refused.status != 0
    assert changes(refused.requests) == []
    checkout.deployed(mirror_adopt=True)
    assert files(checkout.service.tree()) == described(MIRRORED)


def test_only_what_is_committed(checkout: Checkout) -> None:
    checkout.write("entwürfe/draft.html", "not yet")
    refused = checkout.play("mirror.yml")
    assert refused.status != 0
    assert "Not committed below" in refused.output and "site/entwürfe/draft.html" in refused.output
    assert refused.requests == []
    checkout.deployed(mirror_uncommitted="allow")
    assert "-dirty" in checkout.report()
    assert "www/entwürfe/draft.html" in checkout.service.tree()


def test_another_repository_in_the_environment(checkout: Checkout) -> None:
    """As git sets it for its hooks."""
    other = checkout.folder / "other"
    build(other, {"a": "another one"})
    for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "Other"]):
        git(other, *arguments)
    (checkout.folder / ".git/info/exclude").write_text("/other/\n")
    checkout.surroundings = {"GIT_DIR": f"{other}/.git", "GIT_WORK_TREE": str(other), "GIT_INDEX_FILE": f"{other}/index"}
    checkout.deployed()
    assert checkout.report().startswith(f"### www at {checkout.git('rev-parse', 'HEAD')}\n")


ODD = ("[x]*.log", "2026.log", "a b .log ", "back\\slash.log", "{a,b}.log", "?.log", "tail.log", os.fsdecode(b"\xff.log"))
KEPT = {"x.log": "looks as if [x]*.log meant it", "built/kept.html": "tracked in an ignored directory", "a.log": "no ?.log"}


def test_what_git_ignores(checkout: Checkout) -> None:
    """It is in no revision. Patterns mean the very names that git ignores."""
    build(checkout.site, KEPT)
    checkout.git("add", "--force", "site")
    build(checkout.folder, {".gitignore": "*.log\n*.log\\ \nbuilt/\n"})
    checkout.commit("What is tracked")
    build(checkout.site, dict.fromkeys((*ODD, "built/1.js", "built/deep/2.js", "sub/b.log"), "ignored"))

    refused = checkout.play("mirror.yml", mirror_ignored="refuse", mirror_revision="1")
    assert refused.status != 0 and refused.requests == []
    assert "so it is in no revision" in refused.output and "2026.log" in refused.output and " more below" in refused.output

    checkout.deployed(mirror_ignored="leave_out", mirror_exclude="x, y")
    assert files(checkout.service.tree()) == described({**MIRRORED, **{f"www/{name}": content for name, content in KEPT.items()}})
    assert "-dirty" not in checkout.report()

    told = checkout.deployed()
    assert "It is in no revision, and is deployed where mirror_exclude does not" in told.output
    assert set(files(checkout.service.tree())) >= {"www/2026.log", "www/built/1.js", "www/sub/b.log"}
    assert "-dirty" in checkout.report()

    build(checkout.folder, {".gitignore": "site/\n"})
    below = str(checkout.site / "sub")
    emptied = checkout.play("mirror.yml", mirror_ignored="leave_out", mirror_uncommitted="allow", mirror_src=below)
    assert "Git ignores all of" in emptied.output and emptied.requests == []


def test_a_revision_that_the_pipeline_knows(checkout: Checkout) -> None:
    """Then git is not asked, so an artefact without a repository will do. Texts may be numbers, as YAML reads them."""
    build(checkout.player.work / "artefact", SITE)
    artefact = {"mirror_src": str(checkout.player.work / "artefact"), "mirror_revision": "v1.2.3", "mirror_path": 2026}
    checkout.deployed(**artefact, mirror_marker="deployed.json", mirror_report_title="Release")
    assert "deployed.json" in checkout.service.tree()
    assert checkout.report().startswith("### Release\n")
    numbers = {"mirror_revision": 20261129, "mirror_report_title": 7, "mirror_marker": ""}
    assert "changed=0" in checkout.deployed(**{**artefact, **numbers}).output
    assert checkout.report().startswith("### 7\n")
    assert "2026/index.html" in checkout.service.tree()


def test_half_a_deploy_is_purged_and_fails(checkout: Checkout) -> None:
    checkout.service.emulator.control.add_faults(
        {"kind": "status", "status": 409, "action": "upload", "path": "/123456/www/index.html", "times": None}
    )
    outcome = checkout.play("mirror.yml", **checkout.purging())
    assert outcome.status != 0
    assert checkout.marker() is None
    assert "**Failed** (`partly_done`)" in checkout.report()
    hooked = checkout.hooked()
    assert sorted(hooked["paths"]) == ["/123456/www/css/site.css", "/123456/www/news/1.html", "/123456/www/news/index.html"]
    assert "https://www.example.com/news/" in hooked["urls"]


def test_a_hook_without_urls(checkout: Checkout) -> None:
    checkout.deployed(mirror_purge="tasks", mirror_purge_tasks=str(checkout.player.work / "purge.yml"))
    hooked = checkout.hooked()
    assert (hooked["urls"], len(hooked["paths"]), hooked["complete"]) == ([], 4, True)


def test_more_paths_than_a_result_lists(checkout: Checkout) -> None:
    build(checkout.site, {f"many/{number}.txt": str(number) for number in range(1000)})
    checkout.commit("Many")
    outcome = checkout.play("mirror.yml", **checkout.purging())
    assert outcome.status != 0
    assert "More than 1,000 paths changed" in outcome.output
    checkout.service.reset()
    checkout.deployed(**checkout.purging(), mirror_purge="none")
    assert not (checkout.player.work / "purged.json").exists()
    checkout.service.reset()
    checkout.deployed(**checkout.purging(), mirror_purge_truncated="allow", mirror_purge_index=[])
    hooked = checkout.hooked()
    assert (hooked["complete"], len(hooked["urls"])) == (False, 1000)


# -- only what was reviewed


def test_a_reviewed_plan_is_applied_and_no_other(checkout: Checkout) -> None:
    """By its document, and by its digest, which a workflow hands from node to node."""
    work = checkout.player.work
    there = {"www/index.html": "somebody's", "www/old.html": "old"}
    checkout.service.load(there)
    checkout.surroundings = {"ANSIBLE_SHOW_CUSTOM_STATS": "1"}
    written = {"mirror_plan_file": str(work / "plan.json"), "mirror_html": str(work / "plan.html")}
    planned = checkout.deployed("--check", "--diff", **written)
    document = json.loads((work / "plan.json").read_bytes())
    published = json.loads(planned.output.partition("RUN: ")[2])["mirror_plan"]
    assert published["digest"] == document["digest"]
    assert published["summary"] == document["summary"]
    assert document["digest"] in (work / "plan.html").read_text(encoding="utf-8")
    assert f"`{document['digest']}`" in checkout.report()

    checkout.service.load({"www/index.html": "somebody else's", "www/more.html": "more"})
    reviewed = {"mirror_expect_plan": str(work / "plan.json")}
    refused = checkout.play("mirror.yml", **reviewed)
    by_digest = checkout.play("mirror.yml", mirror_expect_digest=published["digest"])
    for outcome in (refused, by_digest):
        assert outcome.status == 2
        assert changes(outcome.requests) == []
        assert "Nothing was written. Do not run this deploy again" in " ".join(outcome.output.split())
    assert "/123456/www/index.html; before_differs; reviewed: over file" in refused.output
    assert "/123456/www/more.html; not_reviewed; reviewed: " in refused.output

    checkout.service.emulator.control.reset_tree()
    checkout.service.load(there)
    checkout.deployed(**reviewed, mirror_expect_digest=published["digest"], mirror_expect_within=0)
    assert files(checkout.service.tree()) == described(MIRRORED)


def test_a_digest_that_did_not_come_along_is_an_error(checkout: Checkout) -> None:
    """The deploy does not go on as if nothing were expected."""
    outcome = checkout.play("mirror.yml", mirror_expect_digest="{{ mirror_plan.digest }}")
    assert outcome.status == 2
    assert outcome.requests == []
    assert "mirror_plan" in outcome.output


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"mirror_src": "site"}, "mirror_src is an absolute path"),
        ({"mirror_path": ""}, "mirror_path is not empty"),
        ({"mirror_marker": "www/revision.json"}, "mirror_marker does not lie below it"),
        ({"mirror_purge_url": "www.example.com"}, "with mirror_purge_url comes mirror_purge_base"),
        ({"mirror_purge_url": "grün.example", "mirror_purge_base": "/123456/www"}, "is not a delivery host name"),
        ({"mirror_verify": "often"}, "value of mirror_verify must be one of"),
    ],
)
def test_options_that_cannot_be_meant(checkout: Checkout, variables: dict[str, str], message: str) -> None:
    outcome = checkout.play("mirror.yml", **variables)
    assert outcome.status != 0
    assert message in " ".join(outcome.output.split())
    assert outcome.requests == []


# -- drift


def test_without_drift_the_report_has_no_changes(checkout: Checkout) -> None:
    checkout.deployed()
    outcome = checkout.play("drift.yml")
    assert outcome.status == 0, outcome.output
    assert changes(outcome.requests) == []
    assert "**No changes**" in checkout.report()


@pytest.mark.parametrize("what", ["fail", "report"])
def test_drift_is_reported_and_not_repaired(checkout: Checkout, what: str) -> None:
    """Also where a deploy would be refused, because it deletes more than it may."""
    checkout.deployed()
    checkout.service.load({**{f"www/by hand {number}.html": "x" for number in range(30)}, "www/index.html": "edited by hand"})
    outcome = checkout.play("drift.yml", mirror_drift=what, mirror_max_delete="1")
    assert (outcome.status == 0) is (what == "report")
    assert changes(outcome.requests) == []
    assert "**1 change, 30 deletes**" in checkout.report()
    assert "`/123456/www/by hand 7.html`" in checkout.report()
    assert what == "report" or "0 to create, 1 to change, 30 to delete. See" in " ".join(outcome.output.split())
