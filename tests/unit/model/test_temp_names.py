# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Temporary names: the same in every run, known again by the next one, and never taken for somebody else's."""

from __future__ import annotations

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.paths import join, parent
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.temp_names import (
    fence,
    fence_at,
    may_wait,
    note_beside,
    owner_of,
    temporary,
    without_note,
)
from hypothesis import given
from hypothesis import strategies as st

KINDS = [Kind.FILE, Kind.SYMLINK]
names = st.binary(min_size=1, max_size=100).filter(lambda name: b"/" not in name)


@given(names, names, st.sampled_from(KINDS))
def test_the_owner_is_found_again(folder: bytes, name: bytes, kind: Kind) -> None:
    path = join(b"/123456/" + folder, name)
    fresh = temporary(path, kind)
    assert fresh == temporary(path, kind)
    assert parent(fresh) == parent(path)
    assert owner_of(fresh, kind) == path


@given(names, st.sampled_from(KINDS))
def test_no_path_is_its_own(name: bytes, kind: Kind) -> None:
    assert owner_of(b"/123456/" + name, kind) is None


def test_a_file_never_waits_where_a_link_does() -> None:
    path = b"/123456/current"
    assert temporary(path, Kind.FILE) != temporary(path, Kind.SYMLINK)
    assert owner_of(temporary(path, Kind.FILE), Kind.SYMLINK) is None


def test_an_archive_waits_as_an_archive() -> None:
    """The service adds an index under names that end in .zip only."""
    fresh = temporary(b"/1/a.zip", Kind.FILE)
    assert fresh.endswith(b".zip")
    assert owner_of(fresh, Kind.FILE) == b"/1/a.zip"
    assert owner_of(fresh[:-4], Kind.FILE) is None
    assert owner_of(temporary(b"/1/a", Kind.FILE) + b".zip", Kind.FILE) is None


@pytest.mark.parametrize("path", [b"/1/.a.new-0123456789ab", b"/1/a.new-0123456789ab", b"/1/.a.new-x", b"/1/..new-0123456789ab"])
def test_what_only_looks_like_one_is_none(path: bytes) -> None:
    assert [owner_of(path, kind) for kind in KINDS] == [None, None]


def test_two_long_names_do_not_share_one() -> None:
    one, other = b"/1/" + b"a" * 120 + b"1", b"/1/" + b"a" * 120 + b"2"
    assert temporary(one, Kind.FILE) != temporary(other, Kind.FILE)
    assert owner_of(temporary(one, Kind.FILE), Kind.FILE) is None


@given(names, st.sampled_from(KINDS))
def test_what_waits_is_known_and_so_is_its_note(name: bytes, kind: Kind) -> None:
    fresh = temporary(b"/1/" + name * 3, kind)
    assert may_wait(fresh, kind)
    assert not may_wait(note_beside(fresh), kind)
    assert without_note(note_beside(fresh)) == without_note(fresh) == fresh
    assert not may_wait(b"/1/" + name, kind)


@given(names, st.integers(0, 2**40 - 1), st.binary(min_size=8, max_size=8))
def test_a_fence_tells_whose_it_is_and_when_it_was_made(name: bytes, now: int, token: bytes) -> None:
    path = b"/123456/" + name
    made = fence_at(fence(path, now, token))
    assert made is not None and made.made == now
    assert path.startswith(made.owner)
    assert fence(path, now, token[::-1]) != fence(path, now, token) or token == token[::-1]
    assert not may_wait(fence(path, now, token), Kind.FILE) and fence_at(path) is None


@pytest.mark.parametrize("path", [temporary(b"/1/a", Kind.FILE), b"/1/.a.old-00000003e8-3031323334353637-000000000000"])
def test_what_is_no_fence(path: bytes) -> None:
    assert fence_at(path) is None
