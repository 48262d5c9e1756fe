# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""rename, symlink and mtime (docs/usage-api.md#rename and the two after it)."""

from __future__ import annotations

import hashlib

import pytest
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import RawClient, action_value, target_of, value_of
from netstorage_emulator.control import Running

ENCODED = [("encoding", "utf-8")]


def test_a_file_keeps_what_it_is_under_its_new_name(api: RawClient, place: bytes) -> None:
    """md5, size and mtime are kept (recorded 2019); parents become implicit."""
    api.put(place + b"/a", b"abc", mtime=5)
    assert api.call("rename", place + b"/a", [("destination", place + b"/d/b")]).ok
    assert api.tree(place) == [b"d/b"]
    row = api.call("stat", place + b"/d/b").row
    assert (row["md5"], row["mtime"]) == (hashlib.md5(b"abc").hexdigest(), "5")


def test_a_symlink_is_renamed_itself(api: RawClient, place: bytes) -> None:
    """td:put-rename: files and symlinks."""
    api.put(place + b"/a")
    api.symlink(place + b"/l", b"a")
    assert api.call("rename", place + b"/l", [("destination", place + b"/m")]).ok
    assert list(api.stat(place + b"/m")) == [("symlink", b"m")]
    assert api.tree(place) == [b"a", b"m"]


def test_a_directory_is_not_renamed(api: RawClient, place: bytes) -> None:
    """404 "Source not found" (an issue of the Node kit)."""
    api.mkdir(place + b"/d")
    api.put(place + b"/i/a")
    for name in (b"/d", b"/i"):
        assert api.call("rename", place + name, [("destination", place + b"/e")]).status == 404
    assert api.tree(place) == [b"d/", b"i/a"]


def test_nothing_cannot_be_renamed(api: RawClient, place: bytes) -> None:
    assert api.call("rename", place + b"/none", [("destination", place + b"/b")]).status == 404


def test_a_destination_outside_of_every_cp_code_is_refused(api: RawClient, place: bytes) -> None:
    """elx: "Error processing destination: url_to_vn: root not found"."""
    api.put(place + b"/a")
    for destination in (b"/nowhere/b", b"nowhere"):
        assert 400 <= api.call("rename", place + b"/a", [("destination", destination)]).status < 500
    assert 400 <= api.call("rename", place + b"/a").status < 500
    assert api.tree(place) == [b"a"]


def test_a_destination_may_be_written_with_raw_slashes(api: RawClient, place: bytes) -> None:
    """Akamai's cli sends it unescaped."""
    api.put(place + b"/a")
    action = f"version=1&action=rename&destination={(place + b'/b').decode()}"
    target = target_of(place + b"/a")
    assert api.send("PUT", target, api.signed(target, action) | {"Content-Length": "0"}).ok
    assert api.tree(place) == [b"b"]
    assert "%2F" in action_value("rename", [("destination", place)])


def test_rename_onto_an_existing_name(api: RawClient, place: bytes, emulator: Running) -> None:
    """Not documented, not seen. Emulator only: knob ``rename_existing``."""
    api.put(place + b"/a", b"a")
    api.put(place + b"/b", b"bb")
    emulator.control.set_knobs(rename_existing=409)
    assert api.call("rename", place + b"/a", [("destination", place + b"/b")]).status == 409
    assert api.tree(place) == [b"a", b"b"]
    emulator.control.set_knobs(rename_existing="replace")
    assert api.call("rename", place + b"/a", [("destination", place + b"/b")]).ok
    assert api.call("download", place + b"/b").body == b"a"


@pytest.mark.parametrize(
    "target",
    [b"a", b"../x/a", b"a b+c%20&d=e#f?", "größe/日本".encode(), b"bytes-\xff", b"/123456/abs", b"../../../../outside", b"a/"],
)
def test_a_target_is_stored_verbatim(api: RawClient, place: bytes, target: bytes) -> None:
    """And returned verbatim by stat, dir and list (recorded by the PowerShell module; elx). It need not exist. Only
    a slash at its end may get lost: rclone trims it."""
    api.symlink(place + b"/l", target)
    below = [*ENCODED, ("mtime_all", "yes"), ("end", place[1:] + b"0")]
    rows = [
        api.call("stat", place + b"/l", ENCODED).row,
        api.call("dir", place, ENCODED).row,
        api.call("list", place + b"/", below).row,
    ]
    for row in rows:
        assert value_of(row, "target").removesuffix(b"/") == target.removesuffix(b"/")
        assert row["type"] == "symlink"


def test_a_symlink_takes_an_mtime(api: RawClient, place: bytes) -> None:
    """rclone sends it."""
    assert api.call("symlink", place + b"/l", [("target", "a"), ("mtime", 12345)]).ok
    assert api.call("stat", place + b"/l").row["mtime"] == "12345"


def test_a_symlink_needs_a_target(api: RawClient, place: bytes) -> None:
    assert 400 <= api.call("symlink", place + b"/l").status < 500
    assert api.tree(place) == []


def test_symlink_onto_an_existing_name(api: RawClient, place: bytes, emulator: Running) -> None:
    """Not known. Emulator only: knob ``symlink_existing``."""
    api.put(place + b"/f")
    api.symlink(place + b"/l", b"old")
    emulator.control.set_knobs(symlink_existing=409)
    for name in (b"/f", b"/l"):
        assert api.call("symlink", place + name, [("target", "new")]).status == 409
    emulator.control.set_knobs(symlink_existing="replace")
    for name in (b"/f", b"/l"):
        assert api.call("symlink", place + name, [("target", "new")]).ok
        assert api.call("stat", place + name).row["target"] == "new"


@pytest.mark.parametrize("mtime", [0, 1, 4_000_000_000])
def test_mtime_of_a_file(api: RawClient, place: bytes, mtime: int) -> None:
    """Seconds since the epoch, 0 included (PowerShell module's live test). Nothing else changes."""
    api.put(place + b"/a", b"abc")
    assert api.call("mtime", place + b"/a", [("mtime", mtime)]).ok
    row = api.call("stat", place + b"/a").row
    assert (row["mtime"], row["size"]) == (str(mtime), "3")


def test_mtime_of_nothing_is_404(api: RawClient, place: bytes) -> None:
    """elx."""
    assert api.call("mtime", place + b"/none", [("mtime", 1)]).status == 404


@pytest.mark.parametrize("params", [[], [("mtime", "")], [("mtime", "yesterday")], [("mtime", "-1")]])
def test_mtime_wants_a_number(api: RawClient, place: bytes, params: list[tuple[str, str]]) -> None:
    api.put(place + b"/a", mtime=9)
    assert 400 <= api.call("mtime", place + b"/a", params).status < 500
    assert api.call("stat", place + b"/a").row["mtime"] == "9"


def test_mtime_of_directories_and_symlinks(api: RawClient, place: bytes, emulator: Running) -> None:
    """Not known. Emulator only: knob ``mtime_non_files``."""
    api.mkdir(place + b"/d")
    api.symlink(place + b"/l", b"d")
    for setting, status in [("works", 200), (404, 404)]:
        emulator.control.set_knobs(mtime_non_files=setting)
        assert [api.call("mtime", place + name, [("mtime", 1)]).status for name in (b"/d/", b"/l")] == [status, status]
