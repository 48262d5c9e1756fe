# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a remote tree can stand in a local directory, and files that are listed without a digest."""

from __future__ import annotations

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import GuardTripped
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.names import FileSystem, stays_inside, storable


@pytest.mark.parametrize(("name", "target", "inside"), [
    (b"l", b"a", True), (b"l", b"a/b/", True), (b"l", b"./a//b", True), (b"d/l", b"../a", True), (b"d/e/l", b"../../a", True),
    (b"d/l", b"..", True), (b"l", b".", True),
    (b"l", b"..", False), (b"l", b"../a", False), (b"d/l", b"../../a", False), (b"l", b"/a", False), (b"l", b"", False),
    (b"l", b"a/..", False), (b"d/l", b"a/../../b", False), (b"d/l", b"./.././../x", False), (b"l", b"a\0b", False),
])  # fmt: skip
def test_where_links_lead(name: bytes, target: bytes, inside: bool) -> None:
    assert stays_inside(name, target) is inside


def never(_folder: bytes, _one: bytes, _other: bytes) -> bool:
    """A file system that takes all such names for one."""
    return False


def names(*keys: bytes) -> list[Entry]:
    return [Entry(key.rstrip(b"/"), Kind.DIRECTORY if key.endswith(b"/") else Kind.FILE, 1) for key in keys]


@pytest.mark.parametrize("keys", [
    (b"A", b"a"), (b"a", b"a/"), (b"D/", b"D/x", b"d/", b"d/y"), (b"d/", b"d/A", b"d/e/", b"d/e/x", b"d/a"),
    (b"stra\xc3\x9fe", b"strasse"), (b"e\xcc\x81", b"\xc3\xa9"), (b"\xc3\x89", b"\xc3\xa9"),
])  # fmt: skip
def test_names_that_fall_together_are_refused(keys: tuple[bytes, ...]) -> None:
    with pytest.raises(GuardTripped) as told:
        list(storable(b"/1/s", sorted(names(*keys), key=lambda entry: entry.key), "preserve", FileSystem(never)))
    assert told.value.code == "name_twins"


def test_the_file_system_is_asked_about_twins() -> None:
    """Each against all before it: that two are apart from a third says nothing of them."""
    asked: list[tuple[bytes, bytes, bytes]] = []

    def apart(folder: bytes, one: bytes, other: bytes) -> bool:
        asked.append((folder, one, other))
        return (one, other) != (b"a", b"\xc3\x80")

    assert len(list(storable(b"/1/s", names(b"d/", b"d/A", b"d/a", b"d/b"), "preserve", FileSystem(apart)))) == 4
    assert asked == [(b"d", b"A", b"a")]
    asked.clear()
    keys = names(b"\xc3\x89", b"\xc3\xa9", b"e\xcc\x81")
    assert len(list(storable(b"/1/s", keys, "preserve", FileSystem(apart)))) == 3
    assert len(asked) == 3
    with pytest.raises(GuardTripped):
        list(storable(b"/1/s", names(b"a", b"a/"), "preserve", FileSystem(apart)))


@pytest.mark.parametrize("keys", [(b"a", b"a-1", b"b/", b"b/a"), (b"d/", b"d/A", b"e/", b"e/a"), (b"\xff", b"\xfe")])
def test_names_that_stay_apart_are_storable(keys: tuple[bytes, ...]) -> None:
    assert len(list(storable(b"/1/s", names(*keys), "preserve", FileSystem(never)))) == len(keys)


@pytest.mark.parametrize(("name", "fits"), [
    (b"a" * 255, True), (b"a" * 256, False), (b"b/" * 1999 + b"b", True), (b"b/" * 2000 + b"b", False),
    (b"b/" + b"a" * 256, False),
])  # fmt: skip
def test_names_that_are_too_long(name: bytes, fits: bool) -> None:
    entries = storable(b"/1/s", [Entry(name, Kind.FILE, 1)], "preserve", FileSystem(never))
    if fits:
        assert len(list(entries)) == 1
        return
    with pytest.raises(GuardTripped) as told:
        list(entries)
    assert told.value.code == "name_too_long"


@pytest.mark.parametrize("name", [b"a\0b", b"..", b"a/../b", b"/a", b"a//b", b"a/", b""])
def test_names_that_are_none(name: bytes) -> None:
    with pytest.raises(GuardTripped) as told:
        list(storable(b"/1/s", [Entry(name, Kind.FILE, 1)], "preserve", FileSystem(never)))
    assert told.value.code == "unsafe_name"
    assert "\0" not in str(told.value)
