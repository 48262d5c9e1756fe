# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The roles release and rollback where their molecule scenarios do not go."""

from __future__ import annotations

import json
import os
import pwd
import typing as t
from pathlib import Path

from ansible_collections.edgeops.netstorage.tests.integration.checkouts import git
from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import build
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Outcome, Player
from ansible_collections.edgeops.netstorage.tests.integration.service import Link, changes, digest

HOOKS = ("before_upload", "after_upload", "before_switch", "after_switch", "before_prune", "after_prune", "purge_tasks")
LOG = "/123456/www.revisions.jsonl"
SEEN = ("Upload the release", "Switch the link to the release", "Append a line to the log", "Remove the old releases")


def released(player: Player, *options: str, **variables: t.Any) -> Outcome:
    return player.play("release.yml", *options, variables={"work": str(player.work), **variables})


def rolled_back(player: Player, *options: str, **variables: t.Any) -> Outcome:
    """By somebody of whom the environment says nothing."""
    playbook = player.write("rollback.json", [], roles=[{"role": "edgeops.netstorage.rollback", "rollback_path": "www"}])
    return player.play(playbook, *options, variables=variables, environment={"USER": "", "LOGNAME": ""})


def hooks(folder: Path) -> dict[str, str]:
    """A file of tasks for each hook, whose only task has its name."""
    files = {hook: folder / f"{hook}.yml" for hook in HOOKS}
    for hook, file in files.items():
        file.write_text(json.dumps([{"name": f"Hook {hook}", "ansible.builtin.debug": {"msg": hook}}]))
    return {hook: str(file) for hook, file in files.items()}


def order(outcome: Outcome) -> list[str]:
    """The hooks, and what they stand around, as they came."""
    names = [name.split(" : ")[-1] for name, became in outcome.became.items() if became == "ok"]
    return [name.removeprefix("Hook ") for name in names if name in SEEN or name.startswith("Hook ")]


def log(player: Player, path: str) -> list[dict[str, t.Any]]:
    return [json.loads(line) for line in fetched(player, path).splitlines()]


def fetched(player: Player, path: str) -> bytes:
    copy = player.work / "log"
    outcome = player.task("ns_fetch", path=path, dest=str(copy))
    assert outcome.status == 0, outcome.output
    return copy.read_bytes()


def test_a_live_release_is_repaired_only_when_that_is_asked_for(player: Player) -> None:
    build(player.work / "site", {"index.html": "first"})
    assert released(player).status == 0
    live = player.service.tree("/123456")
    assert live["www/current"] == Link("releases/one")

    build(player.work / "site", {"index.html": "mended"})
    refused = released(player)
    assert refused.status != 0
    assert "Release one is live and is not what release_src is" in refused.output
    assert "Nothing was changed" in refused.output and "changed=0" in refused.output
    assert player.service.tree("/123456") == live

    repaired = released(player, release_if_live="repair")
    assert repaired.status == 0, repaired.output
    after = player.service.tree("/123456")
    assert {name for name in live if live[name] != after[name]} >= {"www/releases/one/index.html"}
    assert after["www/current"] == live["www/current"]


def test_a_tree_on_the_target(player: Player) -> None:
    """Here that is the same machine; what counts is that nothing is looked for on the controller."""
    build(player.work / "site", {"index.html": "built there"})
    check = released(player, "--check", release_remote_src=True)
    assert check.status == 0, check.output
    assert changes(check.requests) == []
    assert released(player, release_remote_src=True).status == 0
    assert {"www/releases/one/index.html", "www/current"} <= set(player.service.tree("/123456"))

    nameless = released(player, release_remote_src=True, release_id="")
    assert "the content is not on the controller" in nameless.output
    assert nameless.status != 0


def reports(folder: Path, release: str) -> bool:
    """Whether the plan of the upload has been written as a document and as a page, which are taken away."""
    document, page = folder / "plan.json", folder / "plan.html"
    planned, told = json.loads(document.read_bytes()), page.read_text(encoding="utf-8")
    for file in (document, page):
        assert file.stat().st_mode & 0o777 == 0o600
        file.unlink()
    keys = [step["key"].rpartition("/")[2] for step in planned["steps"]]
    return "index.html" in keys and planned["digest"] in told and release in told and planned["outcome"]["state"] == "done"


def test_every_hook_runs_at_its_place(player: Player) -> None:
    """And the plan of the upload is reported."""
    build(player.work / "site", {"index.html": "first"})
    given = hooks(player.work)
    files = {"release_plan_file": str(player.work / "plan.json"), "release_html": str(player.work / "plan.html")}
    outcome = released(
        player,
        release_before_upload=given["before_upload"],
        release_after_upload=given["after_upload"],
        release_before_switch=given["before_switch"],
        release_after_switch=given["after_switch"],
        release_before_prune=given["before_prune"],
        release_after_prune=given["after_prune"],
        release_purge="tasks",
        release_purge_tasks=given["purge_tasks"],
        **files,
    )
    assert outcome.status == 0, outcome.output
    assert reports(player.work, "Release one")
    upload = ["before_upload", "Upload the release", "after_upload"]
    switch = ["before_switch", "Switch the link to the release", "after_switch"]
    assert order(outcome) == [*upload, *switch, "Append a line to the log", "purge_tasks", "before_prune", "after_prune"]

    in_place = released(
        player, release_switch="in_place", release_path="plain",
        release_before_switch=given["before_switch"], release_after_switch=given["after_switch"], **files,
        release_purge="none", release_purge_tasks=given["purge_tasks"],
    )  # fmt: skip
    assert reports(player.work, "Release one")
    assert order(in_place) == ["before_switch", "after_switch", "Append a line to the log"]


def test_a_release_that_is_named_after_a_revision(player: Player) -> None:
    site = player.work / "site"
    build(site, {"index.html": "first"})
    git(site, "init", "--quiet")
    git(site, "add", ".")
    git(site, "commit", "--quiet", "--message", "First")
    revision = git(site, "rev-parse", "HEAD")[:12]
    named = {"release_id": "", "release_id_from": "git", "release_repository": str(site), "release_exclude": ["/.git/"]}

    elsewhere = {"GIT_DIR": str(player.work / "nowhere")}  # as git sets it for its hooks
    outcome = player.play("release.yml", variables={"work": str(player.work), **named}, environment=elsewhere)
    assert outcome.status == 0, outcome.output
    assert player.service.tree()["www/current"] == Link(f"releases/{revision}")
    assert {(entry["id"], entry["revision"]) for entry in log(player, "www.revisions.jsonl")} == {(revision, revision)}

    (site / "index.html").write_text("not committed")
    dirty = released(player, **named)
    assert f"{revision}-dirty cannot be the name of a release" in dirty.output
    assert changes(dirty.requests) == []


def test_what_takes_part_and_how_it_is_proved(player: Player) -> None:
    build(player.work / "site", {"index.html": "first", "notes.txt": "", "again.html": Link("index.html")})
    page = {"index.html": digest("first")}
    for given, expected in (
        ({"release_links": "follow", "release_verify": "full"}, {**page, "again.html": digest("first")}),
        ({"release_links": "skip", "release_verify": "none"}, page),
        ({"release_links": "preserve", "release_verify": "listing"}, {**page, "again.html": Link("index.html")}),
    ):
        links, verify = given["release_links"], given["release_verify"]
        outcome = released(player, release_id=links, release_include=["*.html"], **given)
        assert outcome.status == 0, outcome.output
        folder = f"/123456/www/releases/{links}"
        assert {name: what for name, what in player.service.tree(folder).items() if name} == expected
        read = {request["path"] for request in outcome.requests if request["action"] == "download"} - {LOG}
        assert read == ({f"{folder}/{name}" for name in expected} if verify == "full" else set())


def test_a_link_and_a_log_of_other_names(player: Player) -> None:
    """The link lies outside the directory of the releases; a rollback is told the same names, and has its hooks."""
    names = {"current": "live", "log": "logs/www.jsonl"}
    for release, content in (("one", "first"), ("two", "second")):
        build(player.work / "site", {"index.html": content})
        outcome = released(
            player,
            release_id=release,
            release_current=names["current"],
            release_log=names["log"],
            release_revision=f"build {release}",
        )
        assert outcome.status == 0, outcome.output
    assert player.service.tree()["live"] == Link("www/releases/two")

    given = hooks(player.work)
    back = rolled_back(
        player,
        rollback_current=names["current"],
        rollback_log=names["log"],
        rollback_before_switch=given["before_switch"],
        rollback_after_switch=given["after_switch"],
    )
    assert back.status == 0, back.output
    assert order(back) == ["before_switch", "Switch the link to the release", "after_switch", "Append a line to the log"]
    assert player.service.tree()["live"] == Link("www/releases/one")
    written = log(player, names["log"])
    assert [(entry["action"], entry["id"], entry["revision"]) for entry in written] == [
        ("release", "one", "build one"),
        ("release", "two", "build two"),
        ("rollback", "one", "build one"),
    ]
    assert written[-1]["by"] == pwd.getpwuid(os.geteuid()).pw_name


def test_texts_that_yaml_reads_as_numbers(player: Player) -> None:
    """As one writes a date, or gets a revision of digits only: without quotes. Also on an ansible-core that keeps the numbers."""
    build(player.work / "site", {"index.html": "first"})
    numbers = {"release_path": 2027, "release_id": 20261129, "release_revision": 4711, "release_by": 1000}
    names = {"release_current": 2028, "release_log": 2029}
    note = ("--extra-vars", "{release_note: 2026-11-29}")
    outcome = released(player, *note, **numbers, **names)
    assert outcome.status == 0, outcome.output
    assert player.service.tree()["2028"] == Link("2027/releases/20261129")

    outcome = released(player, *note, **{**numbers, **names, "release_id": 20261130})
    assert outcome.status == 0, outcome.output
    names = {"rollback_current": 2028, "rollback_log": 2029}
    back = rolled_back(player, rollback_path=2027, rollback_to=20261129, rollback_by=1000, rollback_note=7, **names)
    assert back.status == 0, back.output
    assert player.service.tree()["2028"] == Link("2027/releases/20261129")
    told = [[entry[name] for name in ("action", "id", "previous", "revision", "by", "note")] for entry in log(player, "2029")]
    assert told == [
        ["release", "20261129", "", "4711", "1000", "2026-11-29"],
        ["release", "20261130", "20261129", "4711", "1000", "2026-11-29"],
        ["rollback", "20261129", "20261130", "4711", "1000", "7"],
    ]


def test_a_number_that_may_have_been_written_otherwise(player: Player) -> None:
    build(player.work / "site", {"index.html": "first"})
    for name, value, shown in (("release_id", 1.10, "1.1"), ("release_note", True, "true")):
        refused = released(player, **{name: value})
        assert f"{name} is {shown} as YAML reads it, which may not be what was written" in refused.output
        assert f'{name}: \\"...\\"' in refused.output
        assert refused.requests == []


def test_a_rollback_before_the_first_release(player: Player) -> None:
    """In check mode an earlier task may be about to release something."""
    check = rolled_back(player, "--check")
    assert check.status == 0, check.output
    assert "so check mode cannot tell what there is to go back to" in check.output
    real = rolled_back(player)
    assert "Nothing was released to www yet" in real.output
    assert real.status != 0 and changes(real.requests) == []


def test_a_rollback_removes_a_release_with_the_name_of_a_pattern(player: Player) -> None:
    """Somebody has made it by hand, and another one that its name would match."""
    page = {f"www/releases/{name}/index.html": name for name in ("one", "t[w]o", "two")}
    entry = {"action": "release", "id": "one", "previous": "", "objects": 1, "bytes": 3}
    player.service.load({**page, "www/current": Link("releases/t[w]o"), "www.revisions.jsonl": json.dumps(entry) + "\n"})
    outcome = rolled_back(player, rollback_to="one", rollback_remove=True)
    assert outcome.status == 0, outcome.output
    left = {key for key, what in player.service.tree("/123456/www").items() if isinstance(what, (str, Link))}
    assert {"current", "releases/one/index.html", "releases/two/index.html"} <= left
    assert not [key for key in left if "t[w]o" in key]


BROKEN = (
    b'{"action": "release", "id": "two", "by": "x"',  # killed in the middle of a line
    b"<<<<<<< HEAD",
    b'{"action": "release", "id": "two",}',
    b'{"note": "a\tb"}',
    b'{"id": 7, "action": "release", "n": 1' + b"0" * 5000 + b"}",
)
ODD = (
    b'{"id": "three"}',
    b'{"id": "\xff\xfe", "note": "no UTF-8"}',
    b'{"id": 3, "action": "release"}',
    '{"note": "kept as it is, …"}'.encode(),
    b"{}",
)


def test_a_log_with_broken_lines(player: Player) -> None:
    """They are skipped with a warning, and stay as they are."""
    before = b"\n".join((*BROKEN, *ODD, b""))
    player.service.load({"www.revisions.jsonl": before})
    build(player.work / "site", {"index.html": "first"})
    for outcome in (released(player), released(player, release_id="two"), rolled_back(player)):
        assert outcome.status == 0, outcome.output
        assert "WARNING: www.revisions.jsonl has lines that are no entry, and were skipped: 1, 2, 3, 4, 5. " in outcome.output
    assert player.service.tree()["www/current"] == Link("releases/one")

    log_now = fetched(player, "www.revisions.jsonl")
    assert log_now.startswith(before)
    assert [json.loads(line)["id"] for line in log_now[len(before) :].splitlines()] == ["one", "two", "one"]
