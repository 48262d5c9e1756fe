# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task is a request for a plan: whatever a run finds out, the task is as it was when it was made."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._run import flow
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.base import Task
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import (
    DirectoryOptions,
    FetchOptions,
    FileOptions,
    Options,
    RenameOptions,
    SymlinkOptions,
)
from ansible_collections.edgeops.netstorage.tests.contract.scene import Scene

HERE = {"a": "new", "d/b": "b", "l": "-> a", "f": "f"}
THERE = {"a": "old", "gone": "x", "l": "-> gone", "f": "f", "old/": None, "old/c": "c", "old/d/e": "e", "old-x": "x"}
OPTIONS: dict[str, t.Callable[[Scene, Path], Options]] = {
    "sync": lambda scene, work: scene.options(delete=True, verify="full", parallel=2),
    "file": lambda scene, work: FileOptions(scene.common, "s/a", source=str(scene.source / "a")),
    "file, equal": lambda scene, work: FileOptions(scene.common, "s/f", source=str(scene.source / "f")),
    "file, absent": lambda scene, work: FileOptions(scene.common, "s/a", state="absent"),
    "directory": lambda scene, work: DirectoryOptions(scene.common, "s/new/er"),
    "directory, absent": lambda scene, work: DirectoryOptions(scene.common, "s/old", state="absent", recurse=True),
    "directory, absent as a whole": lambda scene, work: DirectoryOptions(
        scene.common, "s/old", state="absent", recurse=True, quick_delete="required", quick_delete_wait=5.0
    ),
    "symlink": lambda scene, work: SymlinkOptions(scene.common, "s/l", "a", allow_dangling=False),
    "rename, file": lambda scene, work: RenameOptions(scene.common, "s/a", "s/gone"),
    "rename, directory": lambda scene, work: RenameOptions(scene.common, "s/old", "s/new"),
    "fetch, file": lambda scene, work: FetchOptions(scene.common, "s/a", str(work / "mirror")),
    "fetch, directory": lambda scene, work: FetchOptions(scene.common, "s", str(work / "mirror"), delete=True, adopt=True),
}  # fmt: skip


def state_of(task: Task) -> dict[str, tuple[int, str]]:
    """Each attribute: which object it is, and what that shows of itself."""
    return {name: (id(value), repr(value)) for name, value in vars(task).items()}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Task, dict[str, tuple[int, str]]]]:
    """The tasks that runs have made, each with its state before it was asked for anything."""
    tasks: list[tuple[Task, dict[str, tuple[int, str]]]] = []
    make = flow._task

    def making(options: Options) -> Task:
        tasks.append((task := make(options), state_of(task)))
        return task

    monkeypatch.setattr(flow, "_task", making)
    return tasks


@pytest.mark.parametrize("knobs", [{}, {"list_md5": "no"}, {"list_order": "per_directory"}], ids=str)
@pytest.mark.parametrize("kind", OPTIONS)
def test_a_run_leaves_its_task_as_it_was(
    scene: Scene, tmp_path: Path, made: list[tuple[Task, dict[str, tuple[int, str]]]], kind: str, knobs: dict[str, object]
) -> None:
    scene.here(HERE)
    scene.there(THERE)
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror/extraneous").write_text("x")
    scene.control.set_knobs(quick_delete="now", **knobs)
    options = OPTIONS[kind](scene, tmp_path)
    for check in (True, False):
        outcome = scene.run(options, check=check, diff=True)
        assert outcome.error is None
        assert outcome.changed is (kind != "file, equal")
    assert [state_of(task) for task, _before in made] == [before for _task, before in made]
    assert len(made) == 2


@pytest.mark.parametrize("kind", OPTIONS)
def test_no_attribute_of_a_task_can_be_set_twice(scene: Scene, tmp_path: Path, kind: str) -> None:
    scene.here(HERE)
    task = flow._task(OPTIONS[kind](scene, tmp_path))
    for name in vars(task):
        with pytest.raises(AttributeError, match=name):
            setattr(task, name, None)
