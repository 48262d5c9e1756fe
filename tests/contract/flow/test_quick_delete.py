# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_directory with quick_delete: one request where it is enabled, and honest words about what it does not know."""

from __future__ import annotations

import threading
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import NetStorageError
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import Outcome, result
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import DirectoryOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.cancellation import Cancellation
from ansible_collections.edgeops.netstorage.tests.contract.knob_settings import Patience, Setting, settings
from ansible_collections.edgeops.netstorage.tests.contract.scene import Scene

TREE = {"old/": None, "old/a": "aa", "old/b/c": "c", "old/l": "-> a", "other": "x"}


@pytest.fixture(autouse=True)
def there(scene: Scene) -> None:
    scene.there(TREE)


def options(scene: Scene, quick_delete: str, wait: float = 20, path: str = "s/old", **more: t.Any) -> DirectoryOptions:
    given = {"state": "absent", "recurse": True, **more}
    return DirectoryOptions(scene.common, path, quick_delete=quick_delete, quick_delete_wait=wait, **given)


def notes(outcome: Outcome) -> str:
    return "\n".join(outcome.notes)


@pytest.mark.parametrize("word", ["allowed", "required"])
@pytest.mark.parametrize("setting", ["now", 1])
def test_one_request_and_gone(scene: Scene, word: str, setting: int | str) -> None:
    scene.control.set_knobs(quick_delete=setting)
    shown = run(options(scene, word), check=True, diff=True)
    assert scene.changes() == []
    assert shown.diff == [{"prepared": "- quick_delete old/ (wanted absent, 4 objects with 3 bytes)\n"}]
    assert "shows only when it is tried" in notes(shown)
    values = result(run(options(scene, word), check=False, diff=False))
    assert scene.changes() == ["quick-delete old"]
    assert values["plan"] == result(shown)["plan"]
    assert values["plan"]["summary"]["deletes"] == 4
    assert values["changed_paths"] == [f"{scene.common.root}/s/old/"]
    assert "notes" not in values and "failure" not in values
    assert scene.tree() == ["other"]
    again = run(options(scene, word), check=False, diff=False)
    assert not again.changed and scene.changes() == []


def test_an_implicit_directory(scene: Scene) -> None:
    scene.control.set_knobs(quick_delete="now")
    outcome = run(options(scene, "required", path="s/old/b"), check=False, diff=False)
    assert outcome.changed and outcome.error is None
    assert scene.tree() == ["old/", "old/a", "old/l -> a", "other"]


def test_where_it_is_off_it_is_done_object_by_object(scene: Scene) -> None:
    shown = run(options(scene, "allowed"), check=True, diff=False)
    assert "each object is deleted by itself" in notes(shown)
    values = result(outcome := run(options(scene, "allowed"), check=False, diff=True))
    assert outcome.error is None
    assert scene.tree() == ["other"]
    assert "- delete old/b/c (wanted absent, 1 bytes)" in values["diff"][0]["prepared"] and values["diff"][-1]["before"] == "c"
    assert len(outcome.notes) == 1
    assert sorted(values["changed_paths"]) == [f"{scene.common.root}/s/old/{name}" for name in ("a", "b/c", "l")]
    assert values["plan"]["summary"]["deletes"] == shown.plan.summary()["deletes"] == 4
    assert [step["step"] for step in values["plan"]["steps"]] == ["delete", "delete", "delete", "rmdir"]
    assert "not enabled (403)" in notes(outcome)
    assert scene.changes()[0] == "quick-delete old 403"


def test_where_it_is_off_and_required_nothing_happens(scene: Scene) -> None:
    assert "the task fails" in notes(run(options(scene, "required"), check=True, diff=False))
    outcome = run(options(scene, "required"), check=False, diff=False)
    assert outcome.error is not None and outcome.error.code == "quick_delete_off"
    assert "quick_delete: allowed" in outcome.error.hint
    assert not outcome.changed
    assert len(scene.tree()) == len(TREE)


def test_where_it_is_off_and_what_is_there_may_not_be_listed_away(scene: Scene) -> None:
    scene.there({"old/..": "x"})
    outcome = run(options(scene, "allowed"), check=False, diff=False)
    assert outcome.error is not None and outcome.error.code == "unusual_names"
    assert not outcome.changed
    assert len(scene.tree()) == len(TREE) + 1


def test_a_wait_that_is_too_short_fails_and_tells(scene: Scene) -> None:
    scene.control.set_knobs(quick_delete=3600)
    outcome = run(options(scene, "allowed", wait=0.3), check=False, diff=False)
    assert outcome.error is not None and outcome.error.code == "still_deleting"
    assert "after 0.3 seconds it is still there" in str(outcome.error)
    assert outcome.changed


def test_wait_0_leaves_the_deletion_unchecked(scene: Scene) -> None:
    scene.control.set_knobs(quick_delete=3600)
    outcome = run(options(scene, "allowed", wait=0), check=False, diff=False)
    assert outcome.error is None and outcome.changed
    assert "continues asynchronously" in notes(outcome)


def test_told_to_end_while_it_waits(scene: Scene) -> None:
    scene.control.set_knobs(quick_delete=3600)
    cancellation = Cancellation()
    timer = threading.Timer(0.7, cancellation.cancel, ["the test says so"])
    timer.start()
    outcome = run(options(scene, "allowed"), check=False, diff=False, cancellation=cancellation)
    timer.join()
    assert outcome.error is not None and outcome.error.code == "still_deleting"
    assert "the test says so" in str(outcome.error)
    assert outcome.changed


def test_what_comes_afterwards_is_not_removed(scene: Scene) -> None:
    scene.control.set_knobs(quick_delete=1)
    run(options(scene, "allowed", wait=0), check=False, diff=False)
    scene.there({"old/new": "new"})
    outcome = run(options(scene, "allowed", wait=0.1), check=True, diff=False)
    assert outcome.changed
    timer = threading.Event()
    timer.wait(1.3)
    assert scene.tree() == ["old/new", "other"]


@pytest.mark.parametrize(
    "more",
    [
        {"recurse": False},
        {"state": "present", "recurse": False},
        {"state": "present"},
        {"wait": -1},
        {"wait": 100_000},
        {"path": "/123456"},
    ],
)
def test_wrong_options_of_quick_delete_send_no_request(scene: Scene, more: dict[str, t.Any]) -> None:
    scene.sent()
    with pytest.raises(NetStorageError) as error:
        run(options(scene, "allowed", **more), check=False, diff=False)
    assert error.value.code == "bad_options"
    assert scene.sent() == []


@pytest.mark.parametrize("link", ["old", "far"])
def test_quick_delete_never_goes_through_a_link(scene: Scene, link: str) -> None:
    scene.control.set_knobs(quick_delete="now")
    scene.there({link: "-> other", "far/old/x": "x"})
    path = "s/old" if link == "old" else "s/far/old"
    with pytest.raises(NetStorageError) as error:
        run(options(scene, "required", path=path), check=False, diff=False)
    assert error.value.code == "link_in_the_way"
    assert scene.changes() == []


@pytest.mark.parametrize("setting", [setting for setting in settings() if setting.knob != "quick_delete"], ids=str)
@pytest.mark.parametrize("quick_delete", ["off", "now"])
def test_the_same_under_every_setting(scene: Scene, setting: Setting, quick_delete: str) -> None:
    scene.control.set_knobs(quick_delete=quick_delete)
    patience = Patience(t.cast(t.Any, scene), setting)
    outcome = run(options(scene, "allowed"), check=False, diff=False)
    assert outcome.error is None and outcome.changed
    patience.settle()
    assert scene.tree() == ["other"]
    assert not run(options(scene, "allowed"), check=False, diff=False).changed
