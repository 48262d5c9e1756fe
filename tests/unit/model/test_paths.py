# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The algebra of paths: by bytes and by segment, never by prefix."""

from __future__ import annotations

import posixpath
import unicodedata

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model import paths
from hypothesis import example, given
from hypothesis import strategies as st

anything = st.lists(
    st.sampled_from([b"a", b"b", b"/", b".", b"..", b"\xff", "é".encode(), b"0", b" "]), max_size=8
).map(b"".join)
usual = st.lists(st.sampled_from([b"a", b"ab", b"a-b", b"...", b".x", b"\xff"]), min_size=1, max_size=5).map(b"/".join)
absolute = usual.map(lambda name: b"/123456/" + name)


@given(anything)
def test_text_and_bytes_go_round(name: bytes) -> None:
    assert paths.encoded(paths.decoded(name)) == name


@given(st.binary(max_size=20))
def test_any_bytes_go_round(name: bytes) -> None:
    assert paths.encoded(paths.decoded(name)) == name


@given(anything)
def test_segments_lose_nothing(name: bytes) -> None:
    assert b"/".join(paths.segments(b"/" + name)) == name
    if not name.startswith(b"/"):
        assert b"/".join(paths.segments(name)) == name


@given(absolute, anything.filter(bool))
def test_join_and_relative_are_each_others_way_back(base: bytes, name: bytes) -> None:
    path = paths.join(base, name)
    assert paths.relative(path, base) == name
    assert paths.is_within(path, base)
    assert paths.join(base, paths.relative(path, base)) == path


@given(absolute)
def test_the_empty_name_is_the_base_itself(base: bytes) -> None:
    assert paths.join(base, b"") == base + b"/"
    assert paths.relative(base, base) == b""
    assert paths.is_within(base, base)


@pytest.mark.parametrize(
    ("path", "name"), [(b"/1/a/link", b"link"), (b"/1/a/link/", b"link/"), (b"/1/a//", b"a//"), (b"/123456", b"123456")]
)
def test_slashes_at_the_end_belong_to_the_name(path: bytes, name: bytes) -> None:
    assert paths.name_of(path) == name


@given(absolute, st.sampled_from([b"", b"/"]), anything)
@example(b"/123456/a", b"", b"../../../b")
def test_a_link_leads_where_a_file_system_would_take_it(link: bytes, slash: bytes, target: bytes) -> None:
    place = posixpath.normpath(posixpath.join(paths.parent(link), target))
    assert paths.reached(link + slash, target) == b"/" + place.lstrip(b"/")


@given(absolute)
def test_parent_and_basename_make_the_path(path: bytes) -> None:
    assert paths.parent(path) + b"/" + paths.basename(path) == path
    assert paths.is_within(path, paths.parent(path))
    assert not paths.is_within(paths.parent(path), path)


@given(absolute, st.sampled_from([b"2", b"-x", b".old", b"\xff"]))
def test_a_name_that_begins_alike_is_not_within(path: bytes, more: bytes) -> None:
    assert not paths.is_within(path + more, path)
    assert not paths.is_within(path + more + b"/x", path)


@given(absolute, absolute)
def test_within_means_that_the_segments_begin_alike(path: bytes, base: bytes) -> None:
    parts = paths.segments(base)
    assert paths.is_within(path, base) is (paths.segments(path)[: len(parts)] == parts)


@given(absolute)
def test_the_ancestry_is_the_chain_of_parents(path: bytes) -> None:
    chain = []
    while not paths.is_cp_code_root(path):
        chain.append(path)
        path = paths.parent(path)
    assert path == b"/123456"
    assert paths.ancestry(chain[0]) == chain[::-1]


def test_the_ancestry_of_a_cp_code_is_empty() -> None:
    assert paths.ancestry(b"/123456") == []
    assert paths.parent(b"/123456") == b""


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (b"/123456", b"123456"),
        (b"/123456/a", b"123456"),
        (b"123456/a", None),
        (b"/", None),
        (b"", None),
        (b"/a/123456", None),
        (b"/12x/a", None),
        (b"/123456\n/a", None),
        ("/١٢٣/a".encode(), None),
        (b"//123456", None),
    ],
)
def test_the_cp_code_is_a_first_component_of_digits(path: bytes, code: bytes | None) -> None:
    assert paths.cp_code(path) == code


@pytest.mark.parametrize(("path", "root"), [(b"/123456", True), (b"/123456/a", False), (b"/123456/", False)])
def test_cp_code_root(path: bytes, root: bool) -> None:
    assert paths.is_cp_code_root(path) is root


@given(anything)
@example(b"")
@example(b"a/..")
@example(b"...")
def test_empty_and_dot_components_are_unusual(name: bytes) -> None:
    assert paths.is_unusual(name) is any(part in (b"", b".", b"..") for part in name.split(b"/"))


@given(
    st.one_of(anything, st.binary(max_size=30), st.text(max_size=20).map(lambda text: text.encode("utf-8", "replace")))
)
@example("a\u2028b\u2029c\u061cd\u202ee".encode())
@example(b"\x1b[31m\r\n\x00\x7f\xc2\x9b")
def test_shown_names_cannot_move_the_cursor_or_turn_the_line(name: bytes) -> None:
    text = paths.shown(name)
    text.encode()
    assert len(text.splitlines()) <= 1
    assert not [sign for sign in text if unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp")]
    turning = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
    assert not [sign for sign in text if unicodedata.bidirectional(sign) in turning or sign in "\u200e\u200f\u061c"]


@given(
    st.binary(max_size=4).filter(lambda name: b"\\" not in name),
    st.binary(max_size=4).filter(lambda name: b"\\" not in name),
)
def test_different_names_are_shown_differently_unless_they_hold_a_backslash(one: bytes, other: bytes) -> None:
    assert (paths.shown(one) == paths.shown(other)) is (one == other)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (b"a b", "a b"),
        ("é".encode(), "é"),
        (b"\xff", "\\xff"),
        (b"a\nb", "a\\x0ab"),
        ("\u202e".encode(), "\\u202e"),
        ("\x9b".encode(), "\\x9b"),
    ],
)
def test_a_shown_name_is_printable(name: bytes, text: str) -> None:
    assert paths.shown(name) == text
