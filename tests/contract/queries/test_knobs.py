# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What only reads, under every knob in every setting: the same answers. Emulator only.

A path that leads *through* a symlink (``links_in_path``) is answered as the service sees it. ``deviations.py`` says what is null
under a setting.
"""

from __future__ import annotations

import os
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.cancellation import Cancellation
from ansible_collections.edgeops.netstorage.tests.contract.deviations import untold_under
from ansible_collections.edgeops.netstorage.tests.contract.knob_settings import Patience, Setting, settings
from ansible_collections.edgeops.netstorage.tests.contract.queries.query_cases import QUERIES, SITE
from ansible_collections.edgeops.netstorage.tests.contract.scene import Scene

KINDS = {
    "s": "directory", "s/a": "file", "s/a-1": "file", "s/a/b": "file", "s/a/c/d": "file", "s/empty": "directory",
    "s/i/j/k": "file", "s/l": "symlink", "s/m": "symlink", "s/twin": "symlink", "s/twin/x": "file",
    "s/z b/c+d%20.txt": "file", "s/i": "implicit_directory", "s/i/j": "implicit_directory", "s/nothing": "absent",
    "s/a/nothing": "absent", "s/z": "absent",
}  # fmt: skip


def told(scene: Scene) -> dict[str, t.Any]:
    return {query.name: query.ask(scene, Cancellation()) for query in QUERIES}


def without(answer: t.Any, untold: t.Collection[str]) -> t.Any:
    """The same answer, with these values null in every entry of it."""
    if isinstance(answer, dict):
        return {name: None if name in untold else without(value, untold) for name, value in answer.items()}
    return [without(value, untold) for value in answer] if isinstance(answer, list) else answer


@pytest.mark.parametrize("setting", settings(), ids=str)
def test_every_setting_gives_the_same_answers(scene: Scene, setting: Setting) -> None:
    scene.there(SITE)
    expected = told(scene)
    patience = Patience(t.cast(t.Any, scene), setting)
    patience.settle()
    found = told(scene)
    for name, answer in expected.items():
        assert found[name] == without(answer, untold_under(setting)), name


def test_the_answers_are_the_ones_expected(scene: Scene) -> None:
    """What they are, so that nothing can be equally wrong everywhere."""
    scene.there(SITE)
    found = told(scene)
    prefix = f"{os.fsdecode(scene.place)}/"
    kinds = {entry["path"].removeprefix(prefix): entry["kind"] for entry in found["info"]}
    assert kinds == KINDS
    everything = [entry["name"] for entry in found["find: all"]["entries"]]
    assert everything == [
        "a", "a-1", "a", "a/b", "a/c", "a/c/d", "empty", "i", "i/j", "i/j/k", "l", "m", "twin", "twin", "twin/x", "z b",
        "z b/c+d%20.txt",
    ]  # fmt: skip
    assert found["find: all, no list"] == found["find: all"]
    assert [entry["name"] for entry in found["find: children"]["entries"]] == [name for name in everything if "/" not in name]
    assert [(entry["directory"] or entry)["files"] for entry in found["info: du"]] == [2, 1, 0, None, 1, None]
    assert found["info: credentials"] == [[True], [True]]
    assert (found["info: root"]["kind"], found["info: root"]["mtime"]) == ("directory", None)
    assert found["content"] == ["a", SITE["a-1"], None, None, "odd"]
    assert found["find: in nothing"]["exists"] is False
    assert found["find: in an empty directory"]["exists"] is True
