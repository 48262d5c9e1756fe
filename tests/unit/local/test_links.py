# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is stored for a local symlink."""

from __future__ import annotations

import os
import pathlib

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._local.walk import stored_target
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadSource

ROOT = b"/srv/site"


@pytest.mark.parametrize(
    ("name", "target"),
    [
        (b"l", b"a"),
        (b"l", b"./a"),
        (b"l", b"a/"),
        (b"l", b"."),
        (b"l", b"d/../a"),
        (b"d/l", b"../a"),
        (b"d/l", b".."),
        (b"d/e/l", b"../../a//b"),
        (b"l", b"\xff"),
        (b"l", b"l"),
    ],
)
def test_relative_targets_are_stored_verbatim(name: bytes, target: bytes) -> None:
    assert stored_target(ROOT, name, target) == target


@pytest.mark.parametrize(
    ("name", "target"),
    [
        (b"l", b".."),
        (b"l", b"../a"),
        (b"l", b"../_"),
        (b"l", b"../_/a"),
        (b"d/l", b"../../_"),
        (b"l", b"../site/a"),
        (b"d/l", b"../../a"),
        (b"d/l", b"x/../../../a"),
        (b"l", b"../../../../../../etc/passwd"),
        (b"l", b"/etc/passwd"),
        (b"l", b"/srv"),
        (b"l", b"/srv/site2/a"),
        (b"l", b"/srv/site/../a"),
        (b"l", b"/"),
        (b"l", b""),
    ],
)
def test_what_leads_outside_is_an_error(name: bytes, target: bytes) -> None:
    with pytest.raises(BadSource) as raised:
        stored_target(ROOT, name, target)
    assert "links: follow" in raised.value.hint


@pytest.mark.parametrize(
    ("name", "target", "stored"),
    [
        (b"l", b"/srv/site/a", b"a"),
        (b"d/l", b"/srv/site/a", b"../a"),
        (b"d/l", b"/srv/site/d/b", b"b"),
        (b"d/e/l", b"/srv/site/f/g", b"../../f/g"),
        (b"l", b"/srv/site", b"."),
        (b"d/l", b"/srv/site/", b".."),
        (b"l", b"/srv/site/x/../a", b"a"),
    ],
)
def test_absolute_targets_inside_become_relative(name: bytes, target: bytes, stored: bytes) -> None:
    assert stored_target(ROOT, name, target) == stored


def test_a_root_that_is_reached_through_a_link(tmp_path: pathlib.Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "current").symlink_to("real")
    root = os.fsencode(tmp_path / "current")
    assert stored_target(root, b"d/l", os.fsencode(tmp_path / "real" / "a")) == b"../a"
    assert stored_target(root, b"d/l", os.fsencode(tmp_path / "current" / "a")) == b"../a"


def test_the_root_of_the_machine() -> None:
    assert stored_target(b"/", b"d/l", b"/a") == b"../a"
