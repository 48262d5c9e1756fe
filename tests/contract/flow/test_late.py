# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A service that carries a change out after its connection was lost: each module, with clocks and pauses as they are.

The matrix has every action of every task; there the waits are short. Here one task of each module really waits.
"""

from __future__ import annotations

import dataclasses
import time
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import Outcome
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import (
    DirectoryOptions,
    FileOptions,
    Options,
    RenameOptions,
    SymlinkOptions,
)
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.cancellation import Cancellation
from ansible_collections.edgeops.netstorage.tests.contract.scene import Scene

SETTLE = 1.0  # seconds
LATE_MS = 700
STUBBORN = {"symlink_existing": 409, "rename_existing": 409}
Tree = t.Mapping[str, t.Optional[str]]
Task = t.Callable[[Scene], Options]

# The task, the action that is late, what stands there, and what must stand there in the end.
TASKS: dict[str, tuple[Task, str, Tree, Tree]] = {
    "ns_symlink": (
        lambda scene: SymlinkOptions(scene.common, "s/current", "v2"), "rename",
        {"current": "-> v1"}, {"current": "-> v2"},
    ),
    "ns_rename": (
        lambda scene: RenameOptions(scene.common, "s/only", "s/dest"), "rename",
        {"only": "the only copy", "dest": "another"}, {"dest": "the only copy"},
    ),
    "ns_sync": (
        lambda scene: scene.options(delete=True, verify="listing"), "rename",
        {"current": "-> v1", "page": "-> v1", "gone": "x"}, {"current": "-> v2", "page": "a file"},
    ),
    "ns_file": (
        lambda scene: FileOptions(scene.common, "s/gone", state="absent"), "delete", {"gone": "x", "a": "a"}, {"a": "a"},
    ),
    "ns_directory": (
        lambda scene: DirectoryOptions(scene.common, "s/d", state="absent", recurse=True, quick_delete="required"),
        "quick-delete", {"d/": None, "d/1": "1", "a": "a"}, {"a": "a"},
    ),
}  # fmt: skip


def played(scene: Scene, options: Options, cancellation: Cancellation | None = None) -> Outcome:
    return run(options, check=False, diff=False, cancellation=cancellation)


def tree_of(scene: Scene) -> dict[str, str | None]:
    base = len(scene.place) + len(b"/s/")
    rows = {row["key"][base:]: row for row in scene.control.tree(f"{scene.place.decode()}/s/")}
    return {name: f"-> {row['target']}" if row["type"] == "symlink" else row.get("size") for name, row in rows.items() if name}


def sizes(tree: Tree) -> dict[str, t.Any]:
    return {name: what if what is None or what.startswith("-> ") else len(what) for name, what in tree.items()}


@pytest.mark.parametrize("how", ["delayed", "accepted"])
@pytest.mark.parametrize("module", TASKS)
def test_what_comes_late_destroys_nothing(scene: Scene, module: str, how: str) -> None:
    """Every first try of the action is carried out when the run has long gone on. Nothing of it is left afterwards either."""
    task, action, there, wanted = TASKS[module]
    scene.control.set_knobs(**STUBBORN, quick_delete="now")
    scene.there(there)
    scene.here({name: what for name, what in wanted.items() if module == "ns_sync"} or {"unused": ""})
    scene.common = dataclasses.replace(scene.common, settle=SETTLE, max_retries=2)
    scene.control.add_faults({"kind": "late", "how": how, "ms": LATE_MS, "action": action, "path": "*/s/*", "times": 1})
    begun = time.monotonic()
    outcome = played(scene, task(scene))
    took = time.monotonic() - begun
    assert outcome.error is None, outcome.error
    assert SETTLE <= took < SETTLE + 5
    assert tree_of(scene) == sizes(wanted)
    assert scene.control.counts()["waiting"] == 0


@pytest.mark.parametrize("module", TASKS)
def test_where_no_answer_is_lost_nobody_waits(scene: Scene, module: str) -> None:
    task, _action, there, wanted = TASKS[module]
    scene.control.set_knobs(**STUBBORN, quick_delete="now")
    scene.there(there)
    scene.here({name: what for name, what in wanted.items() if module == "ns_sync"} or {"unused": ""})
    scene.common = dataclasses.replace(scene.common, settle=60.0)
    begun = time.monotonic()
    outcome = played(scene, task(scene))
    assert outcome.error is None, outcome.error
    assert tree_of(scene) == sizes(wanted)
    assert time.monotonic() - begun < 20
    assert not any("lost" in note for note in outcome.notes)


def test_a_rollback_is_not_overtaken_by_the_deploy_that_failed(scene: Scene) -> None:
    """A task that fails waits too: what it could not do might still be done, over what the next task does."""
    scene.there({"current": "-> v1"})
    scene.common = dataclasses.replace(scene.common, settle=SETTLE, max_retries=0)
    scene.control.add_faults({"kind": "late", "how": "accepted", "ms": LATE_MS, "action": "symlink", "times": None})
    failed = played(scene, SymlinkOptions(scene.common, "s/current", "v2"))
    assert failed.error is not None and failed.error.code == "unreachable"
    scene.control.clear_faults()
    rolled_back = played(scene, SymlinkOptions(scene.common, "s/current", "v1"))
    time.sleep(LATE_MS / 1000)
    assert rolled_back.error is None
    assert tree_of(scene) == {"current": "-> v1"}


def test_a_run_that_is_told_to_stop_says_what_may_still_come(scene: Scene) -> None:
    cancellation = Cancellation()
    scene.there({"gone": "x"})
    scene.common = dataclasses.replace(scene.common, max_retries=1, settle=60.0)
    scene.control.add_faults({"kind": "reset", "when": "before_answer", "action": "delete"})
    real = cancellation.sleep

    def sleep(seconds: float) -> None:
        if seconds > 30:
            cancellation.cancel("SIGTERM")
        real(seconds)

    cancellation.sleep = sleep  # type: ignore[method-assign]
    begun = time.monotonic()
    outcome = played(scene, FileOptions(scene.common, "s/gone", state="absent"), cancellation)
    assert time.monotonic() - begun < 20
    assert outcome.error is not None and outcome.error.code == "stopped"
    assert any("may still carry out the delete of" in note for note in outcome.notes)
