# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tasks and odd names: from the local file system to the service and back, byte for byte."""

from __future__ import annotations

import dataclasses
import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import NetStorageError
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.paths import has_control
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import result
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import (
    Common,
    DirectoryOptions,
    FileOptions,
    Options,
    SymlinkOptions,
    SyncOptions,
)
from ansible_collections.edgeops.netstorage.tests.contract.odd_names import ODD
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import Account, RawClient
from netstorage_emulator.control import Running


@pytest.fixture
def common(account: Account, place: bytes) -> Common:
    return Common(account.host, account.account, account.key, root=place.decode(), protocol=account.protocol)


def twice(options: Options) -> list[bool]:
    """Whether the first and the second run changed something."""
    return [t.cast(bool, result(run(options, check=False, diff=True))["changed"]) for _run in range(2)]


def test_a_tree_of_odd_names(api: RawClient, common: Common, place: bytes, tmp_path: Path) -> None:
    """Files, directories and links of every odd name; bytes that are no text in any encoding among them."""
    source = os.fsencode(tmp_path / "source")
    wanted: list[bytes] = []
    for name in ODD:
        folder = os.path.join(source, b"folders", name)
        os.makedirs(folder)
        Path(os.fsdecode(os.path.join(folder, b"in " + name[:100]))).write_bytes(name)
        os.symlink(b"folders/" + name, os.path.join(source, b"link " + name[:100]))
        wanted += [b"folders/" + name + b"/", b"folders/" + name + b"/in " + name[:100], b"link " + name[:100]]
    common = dataclasses.replace(common, unusual_names="allow")  # some have control characters
    options = SyncOptions(common, os.fsdecode(source), "odd", delete=True)
    assert twice(options) == [True, False]
    assert sorted(api.tree(place + b"/odd")) == sorted([*wanted, b"folders/"])
    assert twice(DirectoryOptions(common, "odd", state="absent", recurse=True)) == [True, False]
    assert api.tree(place) == []


@pytest.mark.parametrize("name", ODD, ids=[ascii(name)[:40] for name in ODD])
def test_single_entries_of_odd_names(api: RawClient, common: Common, place: bytes, tmp_path: Path, name: bytes) -> None:
    local = tmp_path / "a"
    local.write_bytes(b"abc")
    path = os.fsdecode(name)
    if has_control(name):
        with pytest.raises(NetStorageError, match="has a control character in it"):
            run(FileOptions(common, path, source=str(local)), check=True, diff=False)
        common = dataclasses.replace(common, unusual_names="allow")
    for present, absent in [
        (FileOptions(common, path, source=str(local)), FileOptions(common, path, state="absent")),
        (SymlinkOptions(common, path, path + ".target"), SymlinkOptions(common, path, state="absent")),
        (DirectoryOptions(common, path), DirectoryOptions(common, path, state="absent")),
    ]:
        assert twice(present) == [True, False]
        assert [key.rstrip(b"/") for key in api.tree(place)] == [name]
        assert twice(absent) == [True, False]
    assert api.tree(place) == []


def test_names_that_end_in_a_slash(emulator: Running, common: Common, place: bytes, tmp_path: Path) -> None:
    """Legal in NetStorage (le:4DE14A95). Emulator only: knob ``path_check``; and nothing may rely on replacing."""
    emulator.control.set_knobs(symlink_existing=409, rename_existing=409)
    local = tmp_path / "a"
    local.write_bytes(b"abc")
    odd = Common(**{**vars(common), "unusual_names": "allow", "directories": "leave"})
    steps: list[tuple[Options, dict[str, str]]] = [
        (DirectoryOptions(odd, "d/"), {"d//": "dir"}),
        (SymlinkOptions(odd, "l/", "one"), {"d//": "dir", "l/": "symlink"}),
        (SymlinkOptions(odd, "l/", "another"), {"d//": "dir", "l/": "symlink"}),
        (FileOptions(odd, "l/", source=str(local)), {"d//": "dir", "l/": "file"}),
        (SymlinkOptions(odd, "l/", "one", replace="file"), {"d//": "dir", "l/": "symlink"}),
        (DirectoryOptions(odd, "d/", state="absent"), {"l/": "symlink"}),
        (SymlinkOptions(odd, "l/", state="absent"), {}),
    ]
    prefix = place.decode() + "/"
    for options, expected in steps:
        assert twice(options) == [True, False], options
        tree = {entry["key"].removeprefix(prefix): entry["type"] for entry in emulator.control.tree(prefix)}
        assert {name: kind for name, kind in tree.items() if name} == expected
