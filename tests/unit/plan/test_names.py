# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What of a remote tree can stand in a local directory, and files that are listed without a digest."""

from __future__ import annotations

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import GuardTripped
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.names import stays_inside, storable


@pytest.mark.parametrize(("name", "target", "inside"), [
    (b"l", b"a", True), (b"l", b"a/b/", True), (b"l", b"./a//b", True), (b"d/l", b"../a", True), (b"d/e/l", b"../../a", True),
    (b"d/l", b"..", True), (b"l", b".", True),
    (b"l", b"..", False), (b"l", b"../a", False), (b"d/l", b"../../a", False), (b"l", b"/a", False), (b"l", b"", False),
    (b"l", b"a/..", False), (b"d/l", b"a/../../b", False), (b"d/l", b"./.././../x", False), (b"l", b"a\0b", False),
])  # fmt: skip
def test_where_links_lead(name: bytes, target: bytes, inside: bool) -> None:
    assert stays_inside(name, target) is inside


def names(*keys: bytes) -> list[Entry]:
    return [Entry(key.rstrip(b"/"), Kind.DIRECTORY if key.endswith(b"/") else Kind.FILE, 1) for key in keys]


@pytest.mark.parametrize("keys", [
    (b"A", b"a"), (b"a", b"a/"), (b"D/", b"D/x", b"d/", b"d/y"), (b"d/", b"d/A", b"d/e/", b"d/e/x", b"d/a"),
    (b"stra\xc3\x9fe", b"strasse"), (b"e\xcc\x81", b"\xc3\xa9"), (b"\xc3\x89", b"\xc3\xa9"),
])  # fmt: skip
def test_twins(keys: tuple[bytes, ...]) -> None:
    with pytest.raises(GuardTripped) as told:
        list(storable(b"/1/s", sorted(names(*keys), key=lambda entry: entry.key), "preserve"))
    assert told.value.code == "name_twins"


@pytest.mark.parametrize("keys", [(b"a", b"a-1", b"b/", b"b/a"), (b"d/", b"d/A", b"e/", b"e/a"), (b"\xff", b"\xfe")])
def test_no_twins(keys: tuple[bytes, ...]) -> None:
    assert len(list(storable(b"/1/s", names(*keys), "preserve"))) == len(keys)


@pytest.mark.parametrize("name", [b"a\0b", b"..", b"a/../b", b"/a", b"a//b", b"a/", b""])
def test_names_that_are_none(name: bytes) -> None:
    with pytest.raises(GuardTripped) as told:
        list(storable(b"/1/s", [Entry(name, Kind.FILE, 1)], "preserve"))
    assert told.value.code == "unsafe_name"
    assert "\0" not in str(told.value)
