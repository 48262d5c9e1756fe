# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The march and the implicit directories, against dictionaries."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind, Withheld
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import ListingDisorder
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.march import march, with_implicit
from ansible_collections.edgeops.netstorage.tests.unit.plan.worlds import (
    Store,
    World,
    entry_of,
    stores,
    wanted_stream,
    worlds,
)
from hypothesis import example, given
from hypothesis import strategies as st

odd_names = st.lists(st.sampled_from([b"a", b"b", b"/", b"/", b"-", b".", b"0", b"\xff"]), min_size=1, max_size=7).map(
    b"".join
)


def entries_of(store: Store) -> list[Entry]:
    return [entry_of(key, thing) for key, thing in sorted(store.items())]


@given(worlds)
def test_the_march_is_a_join_by_key(world: World) -> None:
    local = {name: thing for name, thing in world.local.items() if thing.kind not in ("gap", "dir")}
    want = wanted_stream(local, {}, True)
    have = entries_of(world.store)
    left = {entry.key: entry for entry in want}
    right = {entry.key: entry for entry in have}
    expected = [(left.get(key), right.get(key)) for key in sorted({*left, *right})]
    assert list(march(iter(want), iter(have))) == expected


def test_a_region_meets_what_has_its_name() -> None:
    region = Withheld(b"l", "", False)
    link, below = Entry(b"l", Kind.SYMLINK), Entry(b"l/x", Kind.FILE)
    assert list(march([region], [link, below])) == [(region, link), (None, below)]
    assert list(march([region], [below])) == [(region, None), (None, below)]


def test_the_march_takes_one_entry_at_a_time() -> None:
    def endless() -> t.Iterator[Entry]:
        number = 0
        while True:
            yield Entry(b"%09d" % number, Kind.FILE)
            number += 1

    pairs = march(endless(), endless())
    assert [next(pairs)[0] for _number in range(3)] == [Entry(b"%09d" % number, Kind.FILE) for number in range(3)]


@given(stores())
def test_implicit_directories_are_the_parents_that_the_listing_did_not_name(store: Store) -> None:
    have = entries_of(store)
    found = list(with_implicit(have))
    implied = {entry.name for entry in found if entry.implicit}
    named = {entry.name for entry in have if entry.kind is Kind.DIRECTORY}
    parents = {
        entry.name[:end] for entry in have for end in range(len(entry.name)) if entry.name[end : end + 1] == b"/"
    }
    assert implied == parents - named
    assert [entry for entry in found if not entry.implicit] == have
    keys = [entry.key for entry in found]
    assert keys == sorted(set(keys))


@given(st.sets(odd_names, max_size=12))
@example({b"a//b", b"a/", b"a"})
def test_implicit_directories_of_any_names(names: set[bytes]) -> None:
    found = list(with_implicit(Entry(name, Kind.FILE) for name in sorted(names)))
    implied = [entry.name for entry in found if entry.implicit]
    # An object whose name ends in a slash does not need the directory that ends there.
    assert set(implied) == {name[:end] for name in names for end in range(len(name) - 1) if name[end : end + 1] == b"/"}
    assert len(implied) == len(set(implied))
    for position, entry in enumerate(found):
        if entry.implicit:
            assert found[position + 1].key.startswith(entry.key)


@pytest.mark.parametrize(
    "keys",
    [
        ["b", "a"],
        ["a", "a"],
        ["d/x", "d/"],
        ["d/", "d/"],
        ["a/b", "a-", "a/c"],
        ["", "a"],
        # Sorted directory by directory, as a file system would have it.
        ["d/", "d/x", "d-x"],
    ],
)
def test_a_listing_out_of_order_is_an_error_and_never_a_short_listing(keys: list[str]) -> None:
    directory = [key.endswith("/") for key in keys]
    entries = [
        Entry(key.rstrip("/").encode(), Kind.DIRECTORY if is_directory else Kind.FILE)
        for key, is_directory in zip(keys, directory, strict=True)
    ]
    with pytest.raises(ListingDisorder):
        list(with_implicit(entries))
