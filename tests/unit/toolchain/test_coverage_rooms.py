# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``make coverage`` makes of figures: rooms, and what is below the floor."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import types
import zipfile
from pathlib import Path

import pytest

TOOLCHAIN = Path(__file__).resolve().parents[2] / "toolchain"


@pytest.fixture
def rooms(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> types.ModuleType:
    monkeypatch.syspath_prepend(str(TOOLCHAIN))
    import coverage_run

    monkeypatch.setattr(coverage_run, "FOLDER", tmp_path)
    monkeypatch.setattr(coverage_run, "DATA", tmp_path / "data")
    monkeypatch.setattr(coverage_run, "SETTINGS", tmp_path / "coveragerc")
    return coverage_run


def test_a_room_below_its_floor_is_named(rooms: types.ModuleType) -> None:
    found = {"plugins/a": rooms.Room(1, 100, 90, 10, 5), "plugins/b": rooms.Room(1, 100, 90, 0, 0)}
    assert rooms.below(found, {"plugins/a": [90.0, 50.0], "plugins/b": [90.0, 100.0]}) == []
    assert rooms.below(found, {"plugins/a": [90.1, 50.1], "plugins/b": [0.0, 0.0]}) == [
        "plugins/a: the tests reach 50.0 % of the branches, and at least 50.1 % are asked for",
        "plugins/a: the tests reach 90.0 % of the lines, and at least 90.1 % are asked for",
    ]


def test_a_room_and_its_floor_come_and_go_together(rooms: types.ModuleType) -> None:
    wrong = rooms.below({"plugins/new": rooms.Room(1, 1, 1, 0, 0)}, {"plugins/old": [99.0, 99.0]})
    assert [line.partition(":")[0] for line in wrong] == ["plugins/new", "plugins/old"]


def test_the_floor_is_what_was_measured_less_one_point(rooms: types.ModuleType) -> None:
    assert rooms.floor_of({"plugins/a": rooms.Room(1, 1000, 956, 1000, 4)}) == {"plugins/a": [94.6, 0.0]}


def test_each_room_of_the_collection_has_a_floor(rooms: types.ModuleType) -> None:
    files = [*(rooms.ROOT / "plugins").rglob("*.py"), *rooms.PACKAGE.rglob("*.py")]
    assert set(json.loads(rooms.FLOOR.read_text(encoding="utf-8"))) == {rooms.room_of(file) for file in files}


def test_a_module_in_an_archive_counts_as_its_file(rooms: types.ModuleType, tmp_path: Path) -> None:
    """So Ansible starts modules; and the archive has package files that the collection has not."""
    source = rooms.ROOT / "plugins/module_utils/_model/masking.py"
    name = Path("ansible_collections/edgeops/netstorage") / source.relative_to(rooms.ROOT)
    archive = tmp_path / "payload.zip"
    with zipfile.ZipFile(archive, "w") as written:
        written.write(source, str(name))
        for folder in list(name.parents)[:-1]:
            written.writestr(f"{folder}/__init__.py", "x = 1\n")
    rooms.SETTINGS.write_text(rooms.CONFIGURATION, encoding="utf-8")
    environment = {**os.environ, "COVERAGE_PROCESS_START": str(rooms.SETTINGS), "COVERAGE_FILE": str(rooms.DATA)}
    program = f"import sys; sys.path.insert(0, {str(archive)!r}); import {'.'.join(name.with_suffix('').parts)}"
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)
    data = rooms.combined().get_data()
    assert data.measured_files() == {str(source)}
    assert len(data.lines(str(source))) > 5
