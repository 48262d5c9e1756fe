# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One emulator for each worker, and for each test a folder of its own in it."""

from __future__ import annotations

import itertools
import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.tests.interop.peer_tree import make_tree
from ansible_collections.edgeops.netstorage.tests.interop.play_runner import Access
from ansible_collections.edgeops.netstorage.tests.interop.store import Store
from netstorage_emulator.control import Running, running

ACCOUNT, KEY, CP_CODE = "interop", "an-emulated-key-of-some-length", "123456"


@pytest.fixture(scope="session")
def emulator() -> t.Iterator[Running]:
    with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE]) as started:
        yield started


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shared tree. Read only."""
    return make_tree(tmp_path_factory.mktemp("peers") / "tree")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A small tree that a test may change."""
    root = tmp_path / "small"
    for name in ("index.html", "css/site.css", "a b/c+d.txt", "a b/e%20f.txt"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"content of {name}\n", encoding="utf-8")
    (root / "empty").mkdir()
    (root / "css" / "link").symlink_to("../index.html")
    return root


@pytest.fixture
def store(emulator: Running, tmp_path: Path) -> t.Iterator[Store]:
    work = tmp_path / "work"
    work.mkdir()
    emulator.control.reset_tree()
    emulator.control.set_knobs(quick_delete="off")
    emulator.control.reset_counts()
    yield Store(emulator, Access(emulator.host_port, ACCOUNT, KEY, f"/{CP_CODE}/case {next(_NUMBERS)}"), work)


_NUMBERS = itertools.count(1)
