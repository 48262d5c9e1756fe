# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run that was killed in the middle of a replacement leaves behind: the next one uses or removes it."""

from __future__ import annotations

import os
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.paths import basename
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.temp_names import temporary
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import FileOptions, SymlinkOptions
from ansible_collections.edgeops.netstorage.tests.contract.scene import Scene

STUBBORN = {"symlink_existing": 409, "rename_existing": 409}


def waiting(scene: Scene, name: str, kind: Kind) -> str:
    """The temporary name of something below the directory that is synced."""
    path = scene.place + b"/s/" + name.encode()
    return name.rpartition("/")[0] + os.fsdecode(basename(temporary(path, kind)))


@pytest.mark.parametrize("knobs", [{}, STUBBORN])
@pytest.mark.parametrize("target", ["v2", "v1"])
def test_a_flip_that_was_killed_is_made_again(scene: Scene, knobs: dict[str, t.Any], target: str) -> None:
    """The link that waits may have the target of another release."""
    scene.control.set_knobs(**knobs)
    scene.there({"current": "-> v0"})
    if knobs:
        scene.there({waiting(scene, "current", Kind.SYMLINK): "-> v1"})
    assert scene.run(SymlinkOptions(scene.common, "s/current", target)).error is None
    assert scene.tree() == [f"current -> {target}"]


@pytest.mark.parametrize("knobs", [{"symlink_existing": 409}, STUBBORN])
def test_a_link_that_is_gone_is_made_although_one_waits(scene: Scene, knobs: dict[str, t.Any]) -> None:
    """By ns_sync, which sees what waits and removes it."""
    scene.control.set_knobs(**knobs)
    scene.there({waiting(scene, "current", Kind.SYMLINK): "-> v1", "other": "stays"})
    scene.here({"current": "-> v2"})
    assert [change.split()[0] for change in scene.sync()] == ["symlink", "delete"]
    assert scene.tree() == ["current -> v2", "other"]


@pytest.mark.parametrize("knobs", [{}, {"rename_existing": 409}, {"upload_onto_symlink": "write_through"}])
def test_a_file_for_a_link_is_uploaded_again_under_the_same_name(scene: Scene, knobs: dict[str, t.Any]) -> None:
    scene.control.set_knobs(**knobs)
    scene.there({"page": "-> elsewhere", "elsewhere": "safe", waiting(scene, "page", Kind.FILE): "half"})
    source = scene.source / "page"
    source.write_text("whole")
    assert scene.run(FileOptions(scene.common, "s/page", source=str(source))).error is None
    assert scene.tree() == ["elsewhere", "page"]


def test_a_file_that_was_killed_between_delete_and_rename_is_made(scene: Scene) -> None:
    """Nothing stands at its place then, and what waits may be older than what is wanted now."""
    scene.control.set_knobs(rename_existing=409)
    scene.there({waiting(scene, "page", Kind.FILE): "older"})
    source = scene.source / "page"
    source.write_text("whole")
    options = FileOptions(scene.common, "s/page", source=str(source))
    assert [step.kind.value for step in scene.run(options, check=True).plan.steps] == ["upload", "delete"]
    assert scene.changes() == []
    assert scene.run(options).error is None
    assert scene.changes() == ["upload page", "delete .page.new-*"]
    assert scene.tree() == ["page"]
    assert scene.run(options).api_calls == {"stat": 3}  # of what it is, and the directories above


@pytest.mark.parametrize(("kind", "what"), [(Kind.FILE, "half"), (Kind.SYMLINK, "-> v1")])
def test_what_waits_goes_with_what_it_waits_for(scene: Scene, kind: Kind, what: str) -> None:
    scene.there({"page": "-> elsewhere", waiting(scene, "page", kind): what, "elsewhere": "safe"})
    if kind is Kind.FILE:
        assert scene.run(FileOptions(scene.common, "s/page", "absent")).error is None
    else:
        assert scene.run(SymlinkOptions(scene.common, "s/page", None, "absent")).error is None
    assert scene.tree() == ["elsewhere"]


def test_somebody_elses_object_of_such_a_name_is_left(scene: Scene) -> None:
    """A directory or a link where a file would wait, and a name whose digits are of another path."""
    scene.there({waiting(scene, "page", Kind.FILE): "-> elsewhere", ".page.new-0123456789ab": "theirs"})
    source = scene.source / "page"
    source.write_text("whole")
    assert scene.run(FileOptions(scene.common, "s/page", source=str(source))).error is None
    assert len(scene.tree()) == 3


def test_a_sync_removes_it_although_it_deletes_nothing_else(scene: Scene) -> None:
    scene.there({"page": "done", waiting(scene, "page", Kind.FILE): "done", ".other": "stays", "extra": "stays"})
    scene.here({"page": "done"})
    assert [change.split()[0] for change in scene.sync(exclude=[".*"])] == ["delete"]
    assert scene.tree() == [".other", "extra", "page"]
