# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""dir and du: one directory (OAS dir.yaml, du.yaml; docs/usage-api.md#dir, docs/usage-api.md#du)."""

from __future__ import annotations

import pytest
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import RawClient, kind_and_name, value_of

UTF = [("encoding", "utf-8"), ("slash", "both")]
NAMES = [b"File2", b"b", b"dir1/one", b"dir1/sub/two", b"z"]


@pytest.fixture
def filled(api: RawClient, place: bytes) -> bytes:
    for name in NAMES:
        api.put(place + b"/" + name, b"12345")
    api.mkdir(place + b"/empty")
    api.symlink(place + b"/link", b"b")
    return place


def test_the_children_and_nothing_deeper(api: RawClient, filled: bytes) -> None:
    """Not recursive; bytewise, so "File2" precedes "dir1" (td:usage-details-for-dir)."""
    reply = api.call("dir", filled, UTF)
    assert [kind_and_name(row) for row in reply.rows] == [
        ("file", b"File2"),
        ("file", b"b"),
        ("implicit", b"dir1"),
        ("dir", b"empty"),
        ("symlink", b"link"),
        ("file", b"z"),
    ]
    assert reply.document.attrib == {"directory": filled.decode()}


def test_a_directory_row_sums_up_what_is_below(api: RawClient, filled: bytes) -> None:
    """bytes and files; the directory object itself counts as a file (OAS dir.yaml; le:9325CDC7)."""
    rows = {row["name"].rstrip("/"): row for row in api.call("dir", filled, UTF).rows}
    assert (rows["dir1"]["bytes"], rows["dir1"]["files"]) == ("10", "2")
    assert (rows["empty"]["bytes"], rows["empty"]["files"]) == ("0", "1")
    assert "mtime" in rows["empty"]


def test_files_have_size_and_md5_and_symlinks_a_target(api: RawClient, filled: bytes) -> None:
    """OAS dir.yaml."""
    rows = {row["name"]: row for row in api.call("dir", filled, UTF).rows}
    assert set(rows["z"]) >= {"type", "name", "size", "md5", "mtime"}
    assert rows["link"]["target"] == "b"
    assert "size" not in rows["link"]


@pytest.mark.parametrize("slash", [b"", b"/"])
def test_one_slash_at_the_end_changes_nothing(api: RawClient, filled: bytes, slash: bytes) -> None:
    """The service adds it itself and takes one as a separator (le:4DE14A95)."""
    assert len(api.call("dir", filled + slash, UTF).rows) == 6


def test_an_empty_explicit_directory_has_no_rows(api: RawClient, filled: bytes) -> None:
    """200 and an empty element (recorded 2019)."""
    reply = api.call("dir", filled + b"/empty", UTF)
    assert (reply.status, reply.rows) == (200, [])


def test_dir_of_a_missing_directory_is_404(api: RawClient, filled: bytes) -> None:
    """elx: "Directory not found"."""
    assert api.call("dir", filled + b"/none", UTF).status == 404


def test_a_file_is_no_directory(api: RawClient, filled: bytes) -> None:
    """412 (le:228AEAA9, td:412)."""
    assert api.call("dir", filled + b"/z", UTF).status == 412


def test_pages_follow_each_other_without_gap_and_twice(api: RawClient, filled: bytes) -> None:
    """``<resume start>`` is what to give as ``start`` next (OAS dir.yaml)."""
    whole = [kind_and_name(row) for row in api.call("dir", filled, UTF).rows]
    for size in (1, 2, 4, 6, 100):
        found, start, pages = [], [], 0
        while True:
            reply = api.call("dir", filled, [*UTF, ("max_entries", size), *start])
            found += [kind_and_name(row) for row in reply.rows]
            pages += 1
            assert len(reply.rows) <= size
            if reply.resume is None:
                break
            start = [("start", reply.resume)]
        assert found == whole
        assert pages == max(1, -(-len(whole) // size))


def test_start_and_end_bound_and_prefix_chooses(api: RawClient, filled: bytes) -> None:
    """A full path without the leading slash (OAS dir.yaml); ``prefix`` is about the child's name."""
    below = filled[1:] + b"/"
    params = [*UTF, ("start", below + b"b"), ("end", below + b"empty")]
    assert [kind_and_name(row)[1] for row in api.call("dir", filled, params).rows] == [b"b", b"dir1", b"empty"]
    assert [kind_and_name(row)[1] for row in api.call("dir", filled, [*UTF, ("prefix", "di")]).rows] == [b"dir1"]


def test_file_and_directory_of_one_name_are_both_shown(api: RawClient, place: bytes) -> None:
    """With ``slash=both`` (le:9325CDC7). They are told apart by their type (le:8B6DA8DD)."""
    api.put(place + b"/x")
    api.mkdir(place + b"/x")
    assert [kind_and_name(row) for row in api.call("dir", place, UTF).rows] == [("file", b"x"), ("dir", b"x")]


def test_dir_gives_odd_names_in_base64(api: RawClient, place: bytes) -> None:
    """td:parse-xml-responses."""
    api.put(place + b"/\xff")
    (row,) = api.call("dir", place, UTF).rows
    assert "name" not in row
    assert value_of(row, "name") == b"\xff"


def test_du_counts_everything_below(api: RawClient, filled: bytes) -> None:
    """``<du-info files bytes>`` (OAS du.yaml)."""
    reply = api.call("du", filled)
    assert reply.document.attrib == {"directory": filled.decode()}
    (info,) = reply.document.iter("du-info")
    assert info.attrib == {"files": "7", "bytes": "25"}


def test_du_of_an_empty_explicit_directory_counts_itself(api: RawClient, filled: bytes) -> None:
    """files 1, bytes 0 (OAS du.yaml, base64 example)."""
    (info,) = api.call("du", filled + b"/empty").document.iter("du-info")
    assert info.attrib == {"files": "1", "bytes": "0"}


def test_du_of_a_file_or_of_nothing_is_404(api: RawClient, filled: bytes) -> None:
    """elx."""
    assert api.call("du", filled + b"/none").status == 404
    assert api.call("du", filled + b"/z").status == 404
