# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way back from a shown name finds the name, whatever it is."""

from __future__ import annotations

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.paths import shown
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.unescape import readings
from hypothesis import given
from hypothesis import strategies as st

SIGNS = ["\u2028".encode(), "é".encode(), b"\xc2\x85"]
ODD = st.sampled_from([b"a", b"/", b"\\", b"\\x09", b"\t", b"\xff", b"\x85", b"\\u2028", *SIGNS])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a b/c.html", [b"a b/c.html"]),
        ("grün", ["grün".encode()]),
        ("a\\b", [b"a\\b"]),
        ("a\\x09b", [b"a\\x09b", b"a\tb"]),
        ("\\xe9", [b"\\xe9", b"\xe9"]),
        ("\\x85", [b"\\x85", b"\xc2\x85", b"\x85"]),
        ("\\u2028", [b"\\u2028", b"\xe2\x80\xa8"]),
        ("\\x41\\ud800", [b"\\x41\\ud800"]),
    ],
)
def test_a_shown_name_is_read_in_every_way_it_may_mean(text: str, names: list[bytes]) -> None:
    assert readings(text) == names


@given(st.lists(ODD, max_size=5).map(b"".join))
def test_the_name_is_among_them_and_all_are_shown_alike(name: bytes) -> None:
    found = readings(shown(name))
    assert name in found
    assert {shown(other) for other in found} == {shown(name)}
    assert len(found) == len(set(found))


def test_a_name_that_may_be_anything_is_refused() -> None:
    with pytest.raises(BadOptions, match="stands for more than 1024 names"):
        readings("\\x09" * 11)
