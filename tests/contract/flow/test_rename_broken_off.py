# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rename of a tree that ends at any moment, or is cut off at any request, goes on where it was when it is run again."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import NetStorageError
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import RenameOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.cancellation import Cancellation
from ansible_collections.edgeops.netstorage.tests.contract.flow.test_rename import MOVED, TREE, Record, Tree, options
from ansible_collections.edgeops.netstorage.tests.contract.scene import Scene


class Countdown(Cancellation):
    """Tells to end when it has been asked so many times: before each request, and in between."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.left = times

    def reason(self) -> str | None:
        self.left -= 1
        if self.left <= 0:
            self.cancel("the test says so")
        return super().reason()


def _ended(scene: Scene, given: RenameOptions, cancellation: Cancellation | None = None) -> NetStorageError | None:
    try:
        return run(given, check=False, diff=False, cancellation=cancellation).error
    except NetStorageError as error:
        return error


STORIES: list[tuple[Tree, Record]] = [
    (TREE, {}),
    ({**TREE, "new/a": "another", "new/b/c": "c", "new/l": "-> x"}, {}),
    ({**TREE, "new/a": "another", "new/l": "x"}, {"rename_existing": 409}),
]


@pytest.mark.parametrize(("tree", "knobs"), STORIES)
@pytest.mark.parametrize("parallel", [1, 4])
def test_stopped_at_any_moment_it_goes_on_where_it_was(scene: Scene, tree: Tree, knobs: Record, parallel: int) -> None:
    scene.control.set_knobs(**knobs)
    given = options(scene, "old", "new", parallel=parallel)
    for moment in range(1, 500):
        _emptied(scene)
        scene.there(tree)
        error = _ended(scene, given, Countdown(moment))
        assert _ended(scene, given) is None
        assert scene.tree() == MOVED
        if error is None:
            break
        assert error.code == "stopped"
    assert 20 < moment < 499


@pytest.mark.parametrize(("tree", "knobs"), STORIES)
@pytest.mark.parametrize("done", [False, True])
def test_cut_off_at_any_request_it_goes_on_where_it_was(scene: Scene, tree: Tree, knobs: Record, done: bool) -> None:
    """As a kill is: from one request on nothing arrives, and of that one nobody knows."""
    scene.common = dataclasses.replace(scene.common, max_retries=0)
    scene.control.set_knobs(**knobs)
    given = options(scene, "old", "new")
    for request in range(500):
        _emptied(scene)
        scene.there(tree)
        fault = {"kind": "reset", "when": "before_answer", "skip": request}
        scene.control.add_faults({**fault, "done": done, "times": 1}, {**fault, "done": False, "times": None, "skip": request})
        error = _ended(scene, given)
        scene.control.clear_faults()
        assert _ended(scene, given) is None
        assert [name for name in scene.tree() if error is None or ".old-" not in name] == MOVED, request
        if error is None:
            break
    assert 15 < request < 499


def _emptied(scene: Scene) -> None:
    scene.control.reset_tree()
    scene.there({"": None, "s/": None}, below="")
