# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The request budget, by the server's own counts."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.tests.bench import budget
from ansible_collections.edgeops.netstorage.tests.interop.store import Store


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """1,200 objects, so that a listing has two pages, with links and nested directories."""
    root = tmp_path / "tree"
    for number in range(1150):
        folder = root / f"section {number % 40}" / "inner"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.txt").write_text(f"{number}\n", encoding="utf-8")
    for number in range(10):
        (root / f"link {number}").symlink_to(f"section {number}/inner")
    return root


def test_budget_is_kept(store: Store, tree: Path) -> None:
    """First sync, no-op and a small change of a destination that lies three directories deep."""
    path = "on/the way"
    destination = f"{store.folder}/{path}"
    contents = budget.contents_of(tree)
    assert contents == budget.Contents(files=1150, links=10, directories=80)

    store.calls()
    first = store.sync(tree, path)
    calls = store.calls()
    assert first["api_calls"] == calls, "the module counts what the server counts"
    assert sum(calls.values()) <= budget.first_sync(contents, destination)
    assert calls["upload"] == 1150
    assert calls["mkdir"] == 80 + budget.depth(destination)

    again = store.sync(tree, path)
    calls = store.calls()
    assert not again["changed"]
    assert again["api_calls"] == calls
    assert sum(calls.values()) <= budget.no_op(destination, contents.entries)

    for number in (1, 500, 1000):
        (tree / f"section {number % 40}" / "inner" / f"{number}.txt").write_text("changed\n", encoding="utf-8")
    update = store.sync(tree, path)
    calls = store.calls()
    assert update["changed"]
    assert calls["upload"] == 3
    assert sum(calls.values()) <= budget.update(3, destination, contents.entries)
