# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Local files that have not the size that the system says they have: sent whole, or refused by name. Emulator only."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadSource
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import FileOptions
from ansible_collections.edgeops.netstorage.tests.contract.scene import Scene

WITHOUT_SIZE = Path("/proc/version")


def stored(scene: Scene, name: str) -> int | None:
    prefix = scene.place.decode() + "/s/" + name
    return next((int(row["size"]) for row in scene.control.tree(prefix)), None)


def test_one_file_is_sent_whole(scene: Scene) -> None:
    options = FileOptions(scene.common, "s/version", source=str(WITHOUT_SIZE))
    assert scene.run(options).error is None
    assert stored(scene, "version") == len(WITHOUT_SIZE.read_bytes()) > 0
    assert not scene.run(options).changed


def test_in_a_tree_it_is_refused_by_name(scene: Scene) -> None:
    """Its size is part of the plan. Also where an empty file was stored in its place, which looks equal."""
    scene.here({"version": f"-> {WITHOUT_SIZE}", "a": "a"})
    outcome = scene.run(links="follow", verify="full")
    assert [(failed.step.entry.name, failed.error.code) for failed in outcome.failed] == [(b"version", "bad_source")]
    assert "said to have 0 bytes" in str(outcome.error)
    assert (stored(scene, "version"), stored(scene, "a")) == (None, 1)
    scene.there({"version": ""})
    for check in (True, False):
        with pytest.raises(BadSource, match="version is said to have 0 bytes"):
            scene.run(links="follow", check=check)
