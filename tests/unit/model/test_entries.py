# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys and targets."""

from __future__ import annotations

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import (
    Entry,
    Kind,
    Withheld,
    same_target,
)


@pytest.mark.parametrize(
    ("entry", "key"),
    [
        (Entry(b"a", Kind.FILE), b"a"),
        (Entry(b"a", Kind.SYMLINK), b"a"),
        (Entry(b"a", Kind.DIRECTORY), b"a/"),
        (Entry(b"a", Kind.DIRECTORY, implicit=True), b"a/"),
        (Entry(b"a/", Kind.FILE), b"a/"),
        (Entry(b"a/", Kind.SYMLINK), b"a/"),
        (Entry(b"a/", Kind.DIRECTORY), b"a//"),
        (Withheld(b"a", "", True), b"a"),
        (Withheld(b"a/", "", True), b"a/"),
    ],
)
def test_the_kind_decides_the_slash(entry: Entry | Withheld, key: bytes) -> None:
    assert entry.key == key


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (b"a", b"a", True),
        (b"a", b"a/", True),
        (b"a/", b"a/", True),
        (b"a", b"a//", False),
        (b"a", b"A", False),
        (b"/", b"/", True),
        (b"/", b"", False),
        (b"../a", b"./../a", False),
        ("é".encode(), "e\u0301".encode(), False),
        (None, b"a", False),
        (None, None, False),
    ],
)
def test_targets_are_bytes(one: bytes | None, other: bytes | None, same: bool) -> None:
    assert same_target(one, other) is same
    assert same_target(*reversed((one, other))) is same
