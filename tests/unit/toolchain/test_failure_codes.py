# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/failure-codes.md has every code that a task can fail with, once, with its cause and its cure."""

from __future__ import annotations

import collections
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SHORTEST = 12  # characters of a cause or a cure


def rows() -> list[list[str]]:
    """The rows of all tables whose first column is a code, as lists of cells."""
    found, is_inside = [], False
    for line in (ROOT / "docs/failure-codes.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        is_inside = line.startswith("| code |") or (is_inside and line.startswith("|"))
        if is_inside and line.startswith("| `"):
            found.append(cells)
    return found


def test_the_page_has_each_code_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tests/toolchain"))
    import surface_in_code

    counted = collections.Counter(cells[0].strip("`") for cells in rows())
    assert set(counted) == surface_in_code.failure_codes(ROOT)
    assert set(counted.values()) == {1}


def test_each_code_has_a_cause_and_a_cure() -> None:
    assert [cells[0] for cells in rows() if len(cells) not in (3, 4) or any(len(cell) < SHORTEST for cell in cells[-2:])] == []


def test_the_codes_of_errors_are_those_of_the_page() -> None:
    """The classes as they are loaded, where the other test reads their files."""
    from ansible_collections.edgeops.netstorage.plugins.module_utils._model import errors

    classes = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.NetStorageError)]
    told = {cells[0].strip("`") for cells in rows()}
    assert {one.code for one in classes} - told == {"error", "guard"}, "bases, which no task fails with"
