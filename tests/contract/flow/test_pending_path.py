# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""pending_path beside the emulator: at no time do lists on NetStorage have less than what a run has changed."""

from __future__ import annotations

import dataclasses
import gzip
import os
import random
import re
import typing as t
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadOptions, NetStorageError
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import Outcome, result
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import Options, SymlinkOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.cancellation import Cancellation
from ansible_collections.edgeops.netstorage.tests.contract.flow.test_killed_anywhere import Life
from ansible_collections.edgeops.netstorage.tests.contract.knob_settings import Patience, Setting, settings
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import RawClient
from ansible_collections.edgeops.netstorage.tests.contract.scene import Scene
from ansible_collections.edgeops.netstorage.tests.matrix.faults import faults, spelled
from ansible_collections.edgeops.netstorage.tests.matrix.trial import IDLE, Quick
from netstorage_emulator.control import Running

HERE = {"a b.html": "new", "css/größe%.css": "css", "same": "same", "l": "-> same"}
THERE = {"same": "same", "gone": "x", "old/": None, "old/x": "x"}
CHANGED = ["css/größe%.css", "a b.html", "l", "gone", "old/x"]
RELEASES = {"r1/a": "1", "r1/b": "b", "r2/a": "2", "r2/b": "b", "r2/c": "c", "current": "-> r1"}
FLIPPED = ["current", "current/a", "current/c"]
KINDS = {"sync": CHANGED, "symlink": FLIPPED}
LISTS = "wait.purge"


class Lists(t.NamedTuple):
    """What is in the directory of lists, by names; run by run in the order of their names."""

    scene: Scene
    api: RawClient

    def found(self, folder: str = LISTS) -> dict[str, list[str]]:
        """By what names end in, as no test has two lists of one kind."""
        lists: dict[str, list[str]] = {}
        for name in self.scene.tree(f"{folder}/"):
            match = re.fullmatch(r"\d{8}T\d{6}\.\d{9}-[0-9a-f]{8}\.(planned|deployed)\.gz", name)
            assert match, name
            assert match[1] not in lists
            lists[match[1]] = self._read(f"{folder}/{name}")
        return lists

    def _read(self, name: str) -> list[str]:
        path = self.scene.place + b"/" + name.encode()
        content = gzip.decompress(self.api.call("download", path).body)
        assert content.endswith(b"\n")
        paths = [unquote_to_bytes(line) for line in content.splitlines()]
        prefix = self.scene.place + b"/s/"
        assert all(path.startswith(prefix) for path in paths), paths
        return [os.fsdecode(path.removeprefix(prefix)) for path in paths]

    def all_of_them(self) -> set[str]:
        return {name for names in self.found().values() for name in names}

    def forget(self) -> None:
        for name in self.scene.tree(f"{LISTS}/"):
            self.api.call("delete", self.scene.place + f"/{LISTS}/{name}".encode())


@pytest.fixture
def lists(scene: Scene, api: RawClient) -> Lists:
    scene.here(HERE)
    scene.there({**THERE, **RELEASES})
    return Lists(scene, api)


def options_of(scene: Scene, kind: str, **more: t.Any) -> Options:
    given = {"pending_path": LISTS, **more}
    if kind == "symlink":
        return SymlinkOptions(scene.common, "s/current", "r2", **given)
    return scene.options(**{"delete": True, "publish_last": ["*.html"], "protect": ["r?/", "current"], **given})


def state_of(scene: Scene) -> dict[str, tuple[t.Any, ...]]:
    """Of all files and links that visitors see: below the directory that is synced, and below its link."""
    prefix = f"{os.fsdecode(scene.place)}/s/"
    rows = {row["key"].removeprefix(prefix): row for row in scene.control.tree(prefix) if row["type"] != "dir"}
    seen = {name: (row["type"], row.get("md5"), row.get("target")) for name, row in rows.items() if ".new-" not in name}
    live = f"{rows['current']['target']}/" if "current" in rows else "nothing"
    return {**seen, **{f"current/{name[3:]}": what for name, what in seen.items() if name.startswith(live)}}


def differences(before: t.Mapping[str, t.Any], after: t.Mapping[str, t.Any]) -> set[str]:
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}


# -- a run that works


@pytest.mark.parametrize("kind", KINDS)
def test_what_changed_waits_and_costs_three_changes(scene: Scene, lists: Lists, kind: str) -> None:
    without = result(scene.run(options_of(scene, kind, pending_path=None), check=True))
    assert result(scene.run(options_of(scene, kind), check=True)) == without
    assert (scene.changes(), lists.found()) == ([], {})
    values = result(scene.run(options_of(scene, kind)))
    sent = [request for request in scene.sent() if LISTS.encode() in request.path]
    assert [request.action for request in sent] == ["stat", "upload", "upload", "delete"]
    assert lists.found() == {"deployed": KINDS[kind]}
    assert values["pending_list"] == os.fsdecode(sent[2].path)
    assert (values["changed"], values["plan"]) == (True, without["plan"])
    assert len(values["changed_paths"]) == (1 if kind == "symlink" else len(CHANGED))


@pytest.mark.parametrize("kind", KINDS)
def test_the_list_is_there_before_the_first_change_and_until_the_last_one(scene: Scene, lists: Lists, kind: str) -> None:
    scene.sent()
    scene.run(options_of(scene, kind))
    changes = [request for request in scene.sent() if request.changes]
    ours = [number for number, request in enumerate(changes) if LISTS.encode() in request.path]
    assert ours == [0, len(changes) - 2, len(changes) - 1]


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_changes_nothing_stores_nothing(scene: Scene, lists: Lists, kind: str) -> None:
    scene.run(options_of(scene, kind))
    lists.forget()
    scene.sent()
    values = result(scene.run(options_of(scene, kind)))
    assert not values["changed"]
    assert "pending_list" not in values
    assert not any(LISTS.encode() in request.path for request in scene.sent())


def test_directories_and_times_alone_are_nothing_to_purge(scene: Scene, lists: Lists) -> None:
    scene.here({"d/": None, "f": "f"})
    scene.there({"f": "f"})
    outcome = scene.run(pending_path=LISTS, mtime=1_400_000_000)
    assert (outcome.changed, lists.found()) == (True, {})


def test_both_lists_have_the_same_lines(scene: Scene, lists: Lists, tmp_path: Path) -> None:
    """A link's targets are listed once for both."""
    file = tmp_path / "changed.txt"
    for kind in KINDS:
        lists.forget()
        alone = result(scene.run(options_of(scene, kind, pending_path=None, changed_paths_file=str(file)), check=True))
        both = result(scene.run(options_of(scene, kind, changed_paths_file=str(file)), check=True))
        assert both == alone
        scene.run(options_of(scene, kind, changed_paths_file=str(file)))
        (found,) = lists.found().values()
        prefix = len(scene.place) + len("/s/")
        assert [os.fsdecode(unquote_to_bytes(line)[prefix:]) for line in file.read_bytes().splitlines()] == found


def test_a_long_list_is_sent_from_a_file(scene: Scene, lists: Lists, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.edgeops.netstorage.plugins.module_utils._review.waiting_lists.SMALL", 1000)
    chance = random.Random(1)
    scene.here({f"{chance.getrandbits(64):016x}": "" for _number in range(600)})
    scene.run(pending_path=LISTS, parallel=8)
    assert len(lists.found()["deployed"]) == 600


# -- below the tree


def test_lists_below_the_tree_are_protected_by_themselves(scene: Scene, lists: Lists) -> None:
    folder = "s/in [it]/w"
    (scene.source / "in [it]/w").mkdir(parents=True)
    (scene.source / "in [it]/w/mine").write_text("takes no part")
    for delete in (True, True, False):
        outcome = scene.run(options_of(scene, "sync", pending_path=folder, delete=delete))
        assert outcome.error is None
    assert lists.found(folder) == {"deployed": CHANGED}
    assert "protected" not in outcome.notes
    values = result(scene.run(options_of(scene, "sync", pending_path=folder), check=True))
    assert (values["changed"], values["unmatched_patterns"]) == (False, {})
    scene.there({"in [it]/": None})
    scene.here({})
    outcome = scene.run(scene.options(delete=True, allow_empty_source=True, pending_path=folder))
    assert outcome.error is None
    assert [name for name in scene.tree() if not name.startswith("in [it]/")] == []
    assert len(scene.tree("s/in [it]/w/")) == 2


@pytest.mark.parametrize("pending", ["", ".", "s", "/654321/x", "s/", "{key}", "s/../x"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_place_that_is_none_of_its_own_sends_no_request(scene: Scene, lists: Lists, kind: str, pending: str) -> None:
    scene.sent()
    with pytest.raises(BadOptions) as told:
        scene.run(options_of(scene, kind, pending_path=pending.format(key=scene.common.key)))
    assert scene.common.key not in str(told.value)
    assert scene.sent() == []


def test_lists_do_not_lie_below_the_link_that_is_flipped(scene: Scene, lists: Lists) -> None:
    with pytest.raises(BadOptions, match="below the link"):
        scene.run(options_of(scene, "symlink", pending_path="s/current/w"))


@pytest.mark.parametrize(("what", "code"), [("-> s", "link_in_the_way"), ("a file", "not_a_directory")])
def test_nothing_is_stored_through_a_link_or_a_file(scene: Scene, lists: Lists, what: str, code: str) -> None:
    scene.there({"in": what}, below="")
    outcome = scene.run(options_of(scene, "sync", pending_path="in/w"))
    assert outcome.error is not None and outcome.error.code == code
    assert scene.changes() == []


# -- lists that cannot be stored


def fault(status: int = 403, path: str = f"*{LISTS}*", **more: t.Any) -> dict[str, t.Any]:
    return {"action": "upload", "path": path, "kind": "status", "status": status, "times": 99, **more}


@pytest.mark.parametrize("kind", KINDS)
def test_a_planned_list_that_is_refused_fails_the_task_before_the_first_change(
    scene: Scene, lists: Lists, kind: str, tmp_path: Path
) -> None:
    scene.control.add_faults(fault())
    file = tmp_path / "changed.txt"
    outcome = scene.run(options_of(scene, kind, changed_paths_file=str(file)))
    values = result(outcome)
    assert outcome.error is not None and outcome.error.code == "auth_refused"
    assert "was not stored, so nothing was changed" in str(outcome.error)
    assert (values["changed"], values["counts"]["left"]) == (False, len(outcome.plan.steps))
    assert file.read_bytes() == b""
    assert [change for change in scene.changes() if not change.endswith(" 403")] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_deployed_list_that_is_refused_leaves_the_planned_one(scene: Scene, lists: Lists, kind: str) -> None:
    scene.control.add_faults(fault(path=f"*{LISTS}*deployed*"))
    outcome = scene.run(options_of(scene, kind))
    values = result(outcome)
    assert outcome.error is not None
    assert "is purged in its place" in str(outcome.error)
    assert (values["changed"], values["counts"]["left"]) == (True, 0)
    assert values["pending_list"].endswith(".planned.gz")
    assert lists.found() == {"planned": KINDS[kind]}


def test_a_planned_list_that_cannot_be_removed_is_a_note(scene: Scene, lists: Lists) -> None:
    scene.control.add_faults({**fault(), "action": "delete"})
    outcome = scene.run(options_of(scene, "sync"))
    assert outcome.error is None
    assert "What is in it is purged for a day" in outcome.notes[-1]
    assert lists.found() == {"planned": CHANGED, "deployed": CHANGED}


# -- runs that end otherwise


def test_a_refused_plan_stores_nothing(scene: Scene, lists: Lists) -> None:
    outcome = scene.run(options_of(scene, "sync", max_delete="0"))
    assert outcome.error is not None
    assert lists.found() == {}


def test_a_run_that_fails_leaves_what_it_may_have_changed(scene: Scene, lists: Lists) -> None:
    scene.control.add_faults(fault(500, "*a%20b*", done=True))
    outcome = scene.run(options_of(scene, "sync"))
    assert outcome.failed
    assert lists.found() == {"deployed": ["css/größe%.css", "a b.html"]}
    assert len(result(outcome)["changed_paths"]) == 1


def test_where_nothing_changed_at_the_end_no_list_is_left(
    scene: Scene, lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancellation = Cancellation()
    monkeypatch.setattr(cancellation, "check_parents", lambda: "no phase begins")
    outcome = run(options_of(scene, "sync"), check=False, diff=False, cancellation=cancellation)
    assert len(outcome.left) == len(outcome.plan.steps)
    assert lists.found() == {}


def test_a_run_that_is_stopped_leaves_the_planned_list(scene: Scene, lists: Lists, monkeypatch: pytest.MonkeyPatch) -> None:
    cancellation = Cancellation()
    phases: list[None] = []

    def after_some_phases() -> str | None:
        phases.append(None)
        if len(phases) == 3:
            cancellation.cancel("the test says so")
        return cancellation.reason()

    monkeypatch.setattr(cancellation, "check_parents", after_some_phases)
    outcome = run(options_of(scene, "sync"), check=False, diff=False, cancellation=cancellation)
    assert outcome.error is not None and outcome.error.code == "stopped"
    assert lists.found() == {"planned": CHANGED}
    assert "is purged in its place" in " ".join(outcome.notes)


@pytest.mark.parametrize("kind", KINDS)
def test_lists_of_a_run_that_is_killed_anywhere_have_all_that_it_changed(
    scene: Scene, lists: Lists, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    life, seen = Life(monkeypatch), set[str]()
    for after in range(60):
        scene.control.reset_tree()
        scene.there({**THERE, **RELEASES})
        before = state_of(scene)
        is_killed = life.ends(options_of(scene, kind), after)
        changed = differences(before, state_of(scene))
        assert changed <= lists.all_of_them()
        seen |= changed if is_killed else set()
        if not is_killed:
            break
    else:
        pytest.fail("It never came to an end")
    assert seen == set(KINDS[kind])


# -- a service that misbehaves


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_goes_wrong_all_that_changed_waits(scene: Scene, lists: Lists, kind: str) -> None:
    """With each fault of requests that change something, in turn; about the lists as well as about what is synced."""
    scene.common = dataclasses.replace(scene.common, idle_timeout=IDLE, max_retries=1, settle=5.0)
    chance = random.Random(7)
    every = [one for one in faults({"upload": 5, "symlink": 1, "delete": 3}, chance) if one["kind"] not in ("trickle", "refuse")]
    wrong: list[str] = []
    for number, one in enumerate(chance.sample(every, 40)):
        scene.control.reset_tree()
        scene.there({**THERE, **RELEASES})
        before = state_of(scene)
        scene.control.rehearse({"seed": number, "faults": [one]})
        ended = _ended(options_of(scene, kind))
        scene.control.clear_faults()
        while scene.control.counts()["waiting"]:
            pass
        changed, waiting = differences(before, state_of(scene)), lists.all_of_them()
        if not changed <= waiting:
            wrong.append(f"{spelled(one)}: {sorted(changed - waiting)} is not listed")
        is_told = isinstance(ended, NetStorageError) or ended.error is not None
        if not is_told and "deployed" not in lists.found():
            wrong.append(f"{spelled(one)}: success, and no list")
    assert not wrong


def _ended(options: Options) -> Outcome | NetStorageError:
    try:
        return run(options, check=False, diff=False, cancellation=Quick())
    except NetStorageError as error:
        return error


@pytest.mark.parametrize("setting", settings(), ids=str)
def test_the_lists_are_right_under_every_knob(scene: Scene, lists: Lists, emulator: Running, setting: Setting) -> None:
    before, patience = state_of(scene), Patience(emulator, setting)
    ended = _ended(options_of(scene, "sync"))
    patience.settle()
    assert differences(before, state_of(scene)) <= lists.all_of_them()
    if isinstance(ended, Outcome) and ended.error is None:
        assert lists.found() == {"deployed": CHANGED}
