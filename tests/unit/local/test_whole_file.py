# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import pathlib
import stat

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._local.whole_file import whole_file
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import LocalFailed


def test_a_whole_file_takes_its_place_at_the_end(tmp_path: pathlib.Path) -> None:
    there = tmp_path / "plan.json"
    there.write_bytes(b"old")
    with whole_file(os.fsencode(there)) as file:
        file.write(b"new")
        assert there.read_bytes() == b"old"
    assert there.read_bytes() == b"new"
    assert stat.S_IMODE(there.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["plan.json"]


def test_a_block_that_raises_leaves_the_old_file_alone(tmp_path: pathlib.Path) -> None:
    there = tmp_path / "plan.json"
    there.write_bytes(b"old")
    with pytest.raises(KeyError), whole_file(os.fsencode(there)) as file:
        file.write(b"half")
        raise KeyError
    assert there.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["plan.json"]


def test_a_symlink_at_the_place_is_replaced(tmp_path: pathlib.Path) -> None:
    other, link = tmp_path / "other", tmp_path / "link"
    other.write_bytes(b"other")
    link.symlink_to(other)
    with whole_file(os.fsencode(link)) as file:
        file.write(b"new")
    assert other.read_bytes() == b"other"
    assert not link.is_symlink()
    assert link.read_bytes() == b"new"


@pytest.mark.parametrize("name", ["missing/plan.json", "directory"])
def test_what_cannot_be_written_names_the_path(tmp_path: pathlib.Path, name: str) -> None:
    (tmp_path / "directory").mkdir()
    with pytest.raises(LocalFailed, match=name), whole_file(os.fsencode(tmp_path / name)) as file:
        file.write(b"new")
    assert os.listdir(tmp_path) == ["directory"]
