# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""list: a scan of the sorted key space (OAS list.yaml, le:B02EF535; docs/usage-api.md#list, docs/usage-api.md#paging)."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import RawClient, Reply, value_of
from netstorage_emulator.control import Running

UTF = [("encoding", "utf-8"), ("mtime_all", "yes")]
KEYS = [b"a", b"d-1", b"d.txt", b"d/", b"d/one", b"d/sub/two", b"d0", b"link", b"z"]


@pytest.fixture
def filled(api: RawClient, place: bytes) -> bytes:
    for key in KEYS:
        if key.endswith(b"/"):
            api.mkdir(place + b"/" + key[:-1])
        elif key == b"link":
            api.symlink(place + b"/link", b"d/one")
        else:
            api.put(place + b"/" + key, b"123")
    return place


def ask(api: RawClient, path: bytes, *params: tuple[str, t.Any]) -> Reply:
    return api.call("list", path, [*UTF, *params])


def names(reply: Reply, base: bytes) -> list[bytes]:
    return [value_of(row, "name").removeprefix(base[1:] + b"/") for row in reply.rows]


def after(path: bytes) -> tuple[str, bytes]:
    """The ``end`` that closes a directory: "0" follows "/" in ASCII."""
    return ("end", path[1:] + b"0")


def test_everything_below_in_the_order_of_the_keys(api: RawClient, filled: bytes) -> None:
    """Names with CP code, without leading slash, directories with a slash; implicit ones (d/sub) are not listed (OAS)."""
    prefix = filled[1:] + b"/"
    assert [value_of(row, "name").removeprefix(prefix) for row in api.everything(filled)] == KEYS


def test_the_scan_does_not_stop_at_the_end_of_the_directory(api: RawClient, filled: bytes) -> None:
    """PowerShell module: "otherwise the API returns everything"; rclone and krys always add ``end``."""
    found = names(ask(api, filled + b"/d/", ("max_entries", 100)), filled)
    assert found[:4] == [b"d/", b"d/one", b"d/sub/two", b"d0"]


def test_end_is_inclusive_and_may_have_a_leading_slash(api: RawClient, filled: bytes) -> None:
    """OAS ``end``: the last object; rclone sends it with the slash."""
    for slash in (b"", b"/"):
        reply = ask(api, filled + b"/d/", ("end", slash + filled[1:] + b"/d0"))
        assert names(reply, filled) == [b"d/", b"d/one", b"d/sub/two", b"d0"]


def test_the_own_row_comes_first(api: RawClient, filled: bytes) -> None:
    """Of an explicit directory (recorded 2019; rclone skips it)."""
    assert names(ask(api, filled + b"/d/", after(filled + b"/d")), filled)[0] == b"d/"


def test_list_gives_all_attributes_of_files_only(api: RawClient, filled: bytes) -> None:
    """Files always have all; directories and symlinks mtime and target with ``mtime_all=yes`` only (OAS list.yaml)."""
    full = {value_of(row, "name"): row for row in api.everything(filled, UTF)}
    bare = {value_of(row, "name"): row for row in api.everything(filled)}
    prefix = filled[1:] + b"/"
    for rows in (full, bare):
        assert set(rows[prefix + b"a"]) == {"type", "name", "size", "md5", "mtime"}
    assert set(full[prefix + b"d/"]) == {"type", "name", "mtime"}
    assert set(bare[prefix + b"d/"]) == set(bare[prefix + b"link"]) == {"type", "name"}
    assert full[prefix + b"link"]["target"] == "d/one"


@pytest.mark.parametrize("school", ["path", "start"])
def test_a_page_goes_on_where_the_last_one_ended(api: RawClient, filled: bytes, school: str) -> None:
    """rclone, vimeo and krys ask for the resume value as the path; the documentation has it as ``start``. Each object
    exactly once."""
    for size in (1, 2, 5, len(KEYS), 100):
        path, start, found = filled + b"/", [], []
        while True:
            reply = ask(api, path, after(filled), ("max_entries", size), *start)
            found += names(reply, filled)
            assert len(reply.rows) <= size
            marker = reply.resume
            if marker is None:
                break
            assert marker.lstrip(b"/").startswith(filled[1:] + b"/")
            if school == "path":
                path = b"/" + marker.lstrip(b"/")
            else:
                start = [("start", marker)]
        assert found == KEYS


def test_max_entries_counts_rows(api: RawClient, filled: bytes) -> None:
    """The Node kit's live test: max_entries=5, exactly five rows."""
    assert len(ask(api, filled + b"/", after(filled), ("max_entries", 5)).rows) == 5


def test_a_resume_works_although_its_object_has_gone(api: RawClient, filled: bytes) -> None:
    """The value is used as a path, so it must not need an object (docs/usage-api.md#paging)."""
    reply = ask(api, filled + b"/", after(filled), ("max_entries", 5))
    assert reply.resume is not None
    marker = b"/" + reply.resume.lstrip(b"/")
    assert api.call("delete", marker).ok
    rest = ask(api, marker, after(filled))
    assert names(rest, filled) == KEYS[6:]


def test_list_of_a_missing_directory_is_404(api: RawClient, filled: bytes) -> None:
    """le:B02EF535; elx."""
    path = filled + b"/none"
    assert ask(api, path + b"/", after(path)).status == 404


def test_an_empty_explicit_directory(api: RawClient, place: bytes) -> None:
    """Its own row was recorded, a 404 is documented (le:B02EF535): either way there is nothing below."""
    api.mkdir(place)
    reply = ask(api, place + b"/", after(place))
    assert reply.status in (200, 404)
    if reply.status == 200:
        assert [value_of(row, "name") for row in reply.rows] == [place[1:] + b"/"]


def test_list_gives_odd_names_in_base64(api: RawClient, place: bytes) -> None:
    """td:parse-xml-responses; also in ``target`` and in the resume value."""
    for name in (b"\xff1", b"\xff2"):
        api.symlink(place + b"/" + name, b"to-\xfe")
    reply = ask(api, place + b"/", after(place), ("max_entries", 1))
    (row,) = reply.rows
    assert value_of(row, "target") == b"to-\xfe"
    assert "target" not in row
    assert "name" not in row
    assert reply.resume is not None
    assert reply.resume.endswith(b"/\xff2")


def test_a_store_without_list_refuses_it(api: RawClient, filled: bytes, emulator: Running) -> None:
    """400 was seen by the authors of cli. Emulator only: knob ``list_refused``."""
    for status in (400, 405, 501):
        emulator.control.set_knobs(list_refused=status)
        assert ask(api, filled + b"/", after(filled)).status == status


def test_the_other_order(api: RawClient, filled: bytes, emulator: Running) -> None:
    """Directory by directory. Emulator only: knob ``list_order``."""
    emulator.control.set_knobs(list_order="per_directory")
    found = names(ask(api, filled + b"/", after(filled)), filled)
    assert sorted(found) == sorted(KEYS)
    assert found.index(b"d/one") < found.index(b"d-1")


def test_the_largest_page(api: RawClient, filled: bytes, emulator: Running) -> None:
    """le:B02EF535: the server may cut a page at will. Emulator only: knob ``max_page``."""
    emulator.control.set_knobs(max_page=2)
    reply = ask(api, filled + b"/", after(filled), ("max_entries", 100))
    assert len(reply.rows) == 2
    assert reply.resume is not None
