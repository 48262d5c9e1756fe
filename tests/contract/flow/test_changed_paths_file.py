# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""changed_paths_file beside the emulator: what is in the list of a run that works, is refused, fails, is stopped or killed."""

from __future__ import annotations

import dataclasses
import os
import typing as t
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadOptions, GuardTripped, NetStorageError
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import Outcome, result
from ansible_collections.edgeops.netstorage.plugins.module_utils._run import change_list
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import (
    DirectoryOptions,
    Options,
    PruneOptions,
    RenameOptions,
    SymlinkOptions,
)
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.cancellation import Cancellation
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client import Client
from ansible_collections.edgeops.netstorage.tests.contract.flow.test_killed_anywhere import Life
from ansible_collections.edgeops.netstorage.tests.contract.scene import Scene

Make = t.Callable[..., Options]
HERE = {"a b.html": "new", "css/größe%.css": "css", "same": "same", "l": "-> same"}
THERE = {"same": "same", "gone": "x", "old/": None, "old/x": "x", "old/y/z": "z", "a": "a"}
ODD = b"\xff\n\\x09"


def options_of(scene: Scene, kind: str, **more: t.Any) -> Options:
    common = scene.common
    return {
        "sync": lambda: scene.options(delete=True, publish_last=["*.html"], **more),
        "rename": lambda: RenameOptions(common, "s/old", "s/new", parallel=1, **more),
        "directory": lambda: DirectoryOptions(common, "s/old", state="absent", recurse=True, **more),
        "prune": lambda: PruneOptions(common, "s", patterns=["g*", "z"], max_delete=None, parallel=1, **more),
        "symlink": lambda: SymlinkOptions(common, "s/same-link", "same", **more),
    }[kind]()


EXPECTED = {
    "sync": ["css/größe%.css", "a b.html", "l", "a", "gone", "old/x", "old/y/z"],
    "rename": ["old/x", "new/x", "old/y/z", "new/y/z"],
    "directory": ["old/x", "old/y/z"],
    "prune": ["gone", "old/y/z"],
    "symlink": ["same-link"],
}


@pytest.fixture
def place_of_list(tmp_path: Path) -> Path:
    """With the list of another run in it."""
    place = tmp_path / "changed.txt"
    place.write_bytes(b"/1/of-another-run\n")
    return place


@pytest.fixture
def make(scene: Scene, place_of_list: Path) -> Make:
    scene.here(HERE)
    scene.there(THERE)
    return lambda kind, **more: options_of(scene, kind, changed_paths_file=str(place_of_list), **more)


def listed(scene: Scene, place: Path) -> list[str]:
    """The names in the list, below the directory that is synced."""
    content = place.read_bytes()
    assert content == b"" or content.endswith(b"\n")
    paths = [unquote_to_bytes(line) for line in content.splitlines()]
    assert all(path.startswith(scene.place + b"/s/") for path in paths), paths
    return [os.fsdecode(path.removeprefix(scene.place + b"/s/")) for path in paths]


def state_of(scene: Scene) -> dict[str, tuple[t.Any, ...]]:
    """Of all files and links below that directory."""
    prefix = f"{os.fsdecode(scene.place)}/s/"
    rows = {row["key"].removeprefix(prefix): row for row in scene.control.tree(prefix) if row["type"] != "dir"}
    return {name: (row["type"], row.get("md5"), row.get("target")) for name, row in rows.items()}


@pytest.mark.parametrize("kind", EXPECTED)
@pytest.mark.parametrize("check", [True, False])
def test_the_list_has_what_the_result_has(scene: Scene, make: Make, place_of_list: Path, kind: str, check: bool) -> None:
    values = result(scene.run(make(kind), check=check))
    assert (scene.changes() == []) is check
    names = listed(scene, place_of_list)
    assert values["changed_paths"] == [f"{scene.common.root}/s/{name}" for name in names]
    assert (sorted(names) if kind == "directory" else names) == EXPECTED[kind]  # its deletes go side by side
    assert values["changed_paths_file"] == str(place_of_list)
    assert place_of_list.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("kind", EXPECTED)
def test_a_run_that_changes_nothing_leaves_an_empty_list(scene: Scene, make: Make, place_of_list: Path, kind: str) -> None:
    scene.run(make(kind))
    again = scene.run(make(kind))
    assert (again.changed, place_of_list.read_bytes()) == (False, b"")


@pytest.mark.parametrize("kind", EXPECTED)
def test_the_option_sends_no_request_of_its_own(scene: Scene, make: Make, kind: str) -> None:
    """Only a link's targets are looked at, and only where it is changed: ``test_link_changes.py``."""
    without = result(scene.run(options_of(scene, kind), check=True))
    given = result(scene.run(make(kind), check=True))
    more = {"stat": without["api_calls"]["stat"] + (4 if kind == "symlink" else 0)}
    assert given["api_calls"] == {**without["api_calls"], **more}
    assert "changed_paths_file" not in without


def test_more_paths_than_a_result_shows(scene: Scene, place_of_list: Path) -> None:
    scene.here({f"{number:04}": "" for number in range(1005)})
    values = result(scene.run(changed_paths_file=str(place_of_list), parallel=8))
    assert (len(values["changed_paths"]), values["truncated"]) == (1000, True)
    assert sorted(listed(scene, place_of_list)) == [f"{number:04}" for number in range(1005)]


def test_names_that_are_no_text_are_listed_by_their_bytes(scene: Scene, place_of_list: Path) -> None:
    (scene.source / os.fsdecode(ODD)).write_bytes(b"odd")
    common = dataclasses.replace(scene.common, unusual_names="allow")
    options = dataclasses.replace(scene.options(changed_paths_file=str(place_of_list)), common=common)
    values = result(scene.run(options, check=True))
    assert place_of_list.read_bytes().endswith(b"/s/%FF%0A%5Cx09\n")
    assert values["changed_paths"][0].endswith("\\xff\\x0a\\x09")  # which cannot be read back


def test_the_key_in_a_name_is_masked_in_the_list(scene: Scene, place_of_list: Path) -> None:
    scene.here({f"x{scene.common.key}": "", "y": ""})
    scene.run(changed_paths_file=str(place_of_list))
    assert listed(scene, place_of_list) == ["x********", "y"]


def test_a_directory_that_goes_as_a_whole_is_one_line(scene: Scene, make: Make, place_of_list: Path) -> None:
    scene.control.set_knobs(quick_delete="now")
    scene.run(make("directory", quick_delete="required", quick_delete_wait=5.0))
    assert listed(scene, place_of_list) == ["old/"]


def test_a_directory_that_went_object_by_object_after_all(scene: Scene, make: Make, place_of_list: Path) -> None:
    scene.run(make("directory", quick_delete="allowed"))
    assert sorted(listed(scene, place_of_list)) == EXPECTED["directory"]


# -- runs that end otherwise


@pytest.mark.parametrize("check", [True, False])
def test_a_refused_plan_leaves_an_empty_list(scene: Scene, make: Make, place_of_list: Path, check: bool) -> None:
    outcome = scene.run(dataclasses.replace(make("sync"), max_delete="1"), check=check)  # type: ignore[type-var]
    assert outcome.error is not None and outcome.error.code == "max_delete"
    assert place_of_list.read_bytes() == b""
    assert result(outcome)["changed_paths_file"] == str(place_of_list)


@pytest.mark.parametrize("check", [True, False])
def test_a_task_that_is_refused_without_a_plan_leaves_one_too(scene: Scene, make: Make, place_of_list: Path, check: bool) -> None:
    with pytest.raises(GuardTripped):
        scene.run(DirectoryOptions(scene.common, "s/old", "absent", changed_paths_file=str(place_of_list)), check=check)
    assert place_of_list.read_bytes() == b""


def test_a_link_that_would_dangle_leaves_an_empty_list_unless_in_check_mode(scene: Scene, place_of_list: Path) -> None:
    options = SymlinkOptions(scene.common, "s/l", "no", allow_dangling=False, changed_paths_file=str(place_of_list))
    scene.run(options, check=True)
    assert listed(scene, place_of_list) == ["l"]
    with pytest.raises(GuardTripped):
        scene.run(options)
    assert place_of_list.read_bytes() == b""


def test_a_service_that_cannot_be_reached_leaves_an_empty_list(scene: Scene, make: Make, place_of_list: Path) -> None:
    scene.control.add_faults({"action": "list", "kind": "status", "status": 503, "times": 99})
    with pytest.raises(NetStorageError):
        scene.run(make("sync"))
    assert place_of_list.read_bytes() == b""


def test_a_run_that_fails_lists_what_it_changed(scene: Scene, make: Make, place_of_list: Path) -> None:
    scene.control.add_faults({"action": "upload", "path": "*a%20b*", "kind": "status", "status": 403, "times": 99})
    outcome = scene.run(make("sync"))
    assert outcome.error is not None and outcome.failed
    assert listed(scene, place_of_list) == ["css/größe%.css"]
    assert len(result(outcome)["changed_paths"]) == 1


def test_a_run_that_is_stopped_lists_what_it_changed(
    scene: Scene, make: Make, place_of_list: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancellation = Cancellation()
    check_parents = cancellation.check_parents
    phases: list[None] = []

    def after_some_phases() -> str | None:
        phases.append(None)
        if len(phases) == 3:
            cancellation.cancel("the test says so")
        return check_parents()

    monkeypatch.setattr(cancellation, "check_parents", after_some_phases)
    outcome = run(make("sync"), check=False, diff=False, cancellation=cancellation)
    assert outcome.error is not None and outcome.error.code == "stopped"
    assert outcome.left
    assert listed(scene, place_of_list) == [os.fsdecode(path[len(scene.place) + 3 :]) for path in outcome.changed_paths()]
    assert listed(scene, place_of_list) != EXPECTED["sync"]


@pytest.mark.parametrize("kind", EXPECTED)
def test_a_run_that_is_killed_anywhere_lists_all_that_it_changed(
    scene: Scene, make: Make, place_of_list: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    life, seen = Life(monkeypatch), set()
    for after in range(60):
        scene.there(THERE)
        before = state_of(scene)
        place_of_list.write_bytes(b"")
        is_killed = life.ends(make(kind), after)
        now = state_of(scene)
        changed = {name for name in {*before, *now} if before.get(name) != now.get(name)}
        assert changed <= set(listed(scene, place_of_list))
        seen |= changed if is_killed else set()
        if not is_killed:
            break
    else:
        pytest.fail("It never came to an end")
    assert seen or kind == "symlink"  # whose last request is its only change


# -- places


@pytest.mark.parametrize("kind", EXPECTED)
def test_a_place_that_cannot_be_written_fails_before_the_first_change(
    scene: Scene, make: Make, place_of_list: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests may run as root, who may write anywhere."""
    scene.sent()
    monkeypatch.setattr(change_list, "refuse_place", lambda *_given: None)
    options = dataclasses.replace(make(kind), changed_paths_file=f"{place_of_list}/in-a-file")  # type: ignore[type-var]
    for check in (True, False):
        with pytest.raises(NetStorageError) as told:
            scene.run(options, check=check)
        assert told.value.code == "local_failed"
        assert "cannot be written" in str(told.value)
    assert scene.changes() == []


def test_a_place_that_goes_while_the_task_runs(
    scene: Scene, make: Make, place_of_list: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was changed is in the result, beside the error."""
    real = change_list.WrittenList.write_changed

    def tell(changes: change_list.WrittenList, client: Client, outcome: Outcome) -> None:
        assert changes._place is not None
        changes._place += b"/in-a-file"
        real(changes, client, outcome)

    monkeypatch.setattr(change_list.WrittenList, "write_changed", tell)
    outcome = scene.run(make("prune"))
    assert outcome.error is not None and outcome.error.code == "local_failed"
    values = result(outcome)
    assert (values["changed"], len(values["changed_paths"]), values["counts"]["done"]) == (True, 2, 2)
    assert listed(scene, place_of_list) == EXPECTED["prune"]
    scene.control.add_faults({"action": "upload", "kind": "status", "status": 403, "times": 99})
    outcome = scene.run(make("sync"))
    assert outcome.error is not None and outcome.error.code != "local_failed"
    assert "in-a-file cannot be written" in " ".join(outcome.notes)


@pytest.mark.parametrize("kind", EXPECTED)
@pytest.mark.parametrize("name", ["", "nowhere/list", "source", "{key}"])
def test_a_wrong_place_sends_no_request(scene: Scene, make: Make, tmp_path: Path, kind: str, name: str) -> None:
    place = str(tmp_path / name.format(key=scene.common.key)) if name else ""
    options = dataclasses.replace(make(kind), changed_paths_file=place)  # type: ignore[type-var]
    scene.sent()
    with pytest.raises(BadOptions, match="changed_paths_file") as told:
        scene.run(options)
    assert scene.common.key not in str(told.value)
    assert scene.sent() == []


def test_a_list_is_not_written_into_what_is_sent(scene: Scene, make: Make) -> None:
    options = scene.options(changed_paths_file=str(scene.source / "changed.txt"))
    scene.sent()
    with pytest.raises(BadOptions, match="would be sent with it"):
        scene.run(options)
    assert scene.sent() == []
    assert not (scene.source / "changed.txt").exists()


@pytest.mark.parametrize("other", ["plan_file", "expect_plan"])
def test_a_list_is_not_written_over_a_plan(scene: Scene, make: Make, place_of_list: Path, other: str) -> None:
    options = scene.options(changed_paths_file=f"{place_of_list.parent}/./changed.txt", **{other: str(place_of_list)})
    scene.sent()
    with pytest.raises(BadOptions, match=f"changed_paths_file and {other} are the same file"):
        scene.run(options)
    assert scene.sent() == []
    assert place_of_list.read_bytes() == b"/1/of-another-run\n"


def test_a_plan_that_was_not_reviewed_leaves_an_empty_list(scene: Scene, make: Make, place_of_list: Path) -> None:
    outcome = scene.run(dataclasses.replace(make("sync"), expect_digest="sha256:" + 64 * "0"))  # type: ignore[type-var]
    assert outcome.error is not None and outcome.error.code == "expect_plan"
    assert place_of_list.read_bytes() == b""
