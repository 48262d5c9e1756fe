# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""mkdir, rmdir, delete, quick-delete: directories come and go (docs/usage-api.md#mkdir and the three after it)."""

from __future__ import annotations

import time

import pytest
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import RawClient
from netstorage_emulator.control import Running


@pytest.mark.parametrize("slash", [b"", b"/"])
def test_mkdir_makes_one_explicit_directory(api: RawClient, place: bytes, slash: bytes) -> None:
    """Of the last component only; what lies above is implicit (td:put-mkdir; recorded 2019)."""
    assert api.call("mkdir", place + b"/a/b" + slash).ok
    assert api.tree(place) == [b"a/b/"]
    assert api.stat(place + b"/a/b") == [("dir", b"b")]
    assert api.stat(place + b"/a") == [("implicit", b"a")]


def test_mkdir_turns_an_implicit_directory_explicit(api: RawClient, place: bytes) -> None:
    """rclone depends on it."""
    api.put(place + b"/d/a")
    api.mkdir(place + b"/d")
    assert api.stat(place + b"/d") == [("dir", b"d")]
    assert api.tree(place) == [b"d/", b"d/a"]


def test_mkdir_of_an_existing_directory_leaves_it(api: RawClient, place: bytes) -> None:
    """200 in ObjectStore, 409 in FileStore (the PHP kit; recorded 2019)."""
    api.mkdir(place)
    api.put(place + b"/a")
    assert api.call("mkdir", place).status in (200, 204, 409)
    assert api.tree(place) == [b"a"]
    assert [kind for kind, _name in api.stat(place)] == ["dir"]


@pytest.mark.parametrize("slash", [b"", b"/"])
def test_rmdir_removes_an_empty_explicit_directory(api: RawClient, place: bytes, slash: bytes) -> None:
    """With and without the slash (recorded 2019)."""
    api.mkdir(place)
    assert api.call("rmdir", place + slash).ok
    assert api.stat(place) == []


def test_rmdir_of_a_directory_with_content_is_refused(api: RawClient, place: bytes) -> None:
    """elx: "Directory not empty"; the status is not known."""
    api.mkdir(place)
    api.put(place + b"/a")
    assert api.call("rmdir", place).status in (400, 403, 409, 412)
    assert api.tree(place) == [b"a"]
    assert [kind for kind, _name in api.stat(place)] == ["dir"]


def test_rmdir_of_an_implicit_directory_is_refused(api: RawClient, place: bytes) -> None:
    """It is not empty by definition (le:20154333)."""
    api.put(place + b"/a")
    assert 400 <= api.call("rmdir", place).status < 500
    assert api.tree(place) == [b"a"]


def test_rmdir_of_nothing_is_404(api: RawClient, place: bytes) -> None:
    """elx: "Directory not found"."""
    assert api.call("rmdir", place).status == 404


def test_rmdir_of_a_file_removes_nothing(api: RawClient, place: bytes) -> None:
    api.put(place + b"/a")
    assert 400 <= api.call("rmdir", place + b"/a").status < 500
    assert api.tree(place) == [b"a"]


def test_delete_removes_a_file(api: RawClient, place: bytes) -> None:
    """The implicit directory vanishes with its last object (le:69CDF9BD)."""
    api.put(place + b"/d/a")
    assert api.call("delete", place + b"/d/a").ok
    assert api.stat(place + b"/d/a") == api.stat(place + b"/d") == []


def test_delete_removes_a_symlink_and_not_its_target(api: RawClient, place: bytes) -> None:
    api.put(place + b"/a")
    api.symlink(place + b"/l", b"a")
    assert api.call("delete", place + b"/l").ok
    assert api.tree(place) == [b"a"]


def test_delete_of_nothing_is_404(api: RawClient, place: bytes) -> None:
    """le:D60A4319; no silent success."""
    assert api.call("delete", place + b"/none").status == 404


def test_delete_of_an_implicit_directory_is_404(api: RawClient, place: bytes) -> None:
    """It cannot be deleted (le:69CDF9BD)."""
    api.put(place + b"/d/a")
    for slash in (b"", b"/"):
        assert api.call("delete", place + b"/d" + slash).status == 404
    assert api.tree(place) == [b"d/a"]


def test_delete_never_removes_what_is_in_a_directory(api: RawClient, place: bytes) -> None:
    """With the slash the directory's object goes or stays (le:6D0F33F4 against other pages); its content stays."""
    for slash in (b"", b"/"):
        api.mkdir(place + b"/d")
        api.put(place + b"/d/a")
        api.call("delete", place + b"/d" + slash)
        assert api.call("stat", place + b"/d/a").ok


def test_delete_with_a_slash_turns_a_directory_implicit(api: RawClient, place: bytes, emulator: Running) -> None:
    """le:6D0F33F4. Emulator only: knob ``delete_nonempty_dir``."""
    api.mkdir(place + b"/d")
    api.put(place + b"/d/a")
    emulator.control.set_knobs(delete_nonempty_dir=409)
    assert api.call("delete", place + b"/d/").status == 409
    emulator.control.set_knobs(delete_nonempty_dir="demote")
    assert api.call("delete", place + b"/d/").ok
    assert api.stat(place + b"/d") == [("implicit", b"d")]


def test_delete_of_a_directory_without_the_slash(api: RawClient, place: bytes, emulator: Running) -> None:
    """Emulator only: knob ``delete_dir_noslash``."""
    api.mkdir(place + b"/d")
    assert api.call("delete", place + b"/d").status == 404
    emulator.control.set_knobs(delete_dir_noslash="as_with_slash")
    assert api.call("delete", place + b"/d").ok
    assert api.stat(place + b"/d") == []


SURE = [("quick-delete", "imreallyreallysure")]


def test_quick_delete_without_its_confirmation_does_nothing(api: RawClient, place: bytes) -> None:
    """elx: an empty body and no effect; 403 where it is not enabled."""
    api.put(place + b"/d/a")
    assert api.call("quick-delete", place + b"/d").status in (200, 204, 400, 403)
    time.sleep(0.1)
    assert api.tree(place) == [b"d/a"]


def test_quick_delete_is_403_unless_enabled(api: RawClient, place: bytes, emulator: Running) -> None:
    """Off by default: 403 (td:post-quick-delete); at once or later where it is on. Emulator only: knob ``quick_delete``."""
    api.mkdir(place + b"/d")
    api.put(place + b"/d/e/a")
    api.put(place + b"/d-x")
    assert api.call("quick-delete", place + b"/d", SURE).status == 403
    emulator.control.set_knobs(quick_delete="now")
    reply = api.call("quick-delete", place + b"/d", SURE)
    assert reply.ok
    assert b"quick-delete scheduled" in reply.body
    assert api.tree(place) == [b"d-x"]


def test_quick_delete_leaves_what_comes_afterwards(api: RawClient, place: bytes, emulator: Running) -> None:
    """Asynchronous; content uploaded afterwards is not removed (td:usage-details-for-quick-delete)."""
    emulator.control.set_knobs(quick_delete=1)
    api.put(place + b"/d/old")
    assert api.call("quick-delete", place + b"/d", SURE).ok
    api.put(place + b"/d/new")
    assert api.tree(place) == [b"d/new", b"d/old"]
    deadline = time.monotonic() + 10
    while b"d/old" in api.tree(place) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert api.tree(place) == [b"d/new"]


@pytest.mark.parametrize(
    ("knob", "settings"),
    [("rmdir_nonempty", (409, 403, 412)), ("success_status", (200, 204))],
)
def test_what_answers_look_like(api: RawClient, place: bytes, emulator: Running, knob: str, settings: tuple[int, ...]) -> None:
    """Emulator only: knobs ``rmdir_nonempty`` and ``success_status``; 204 is without a body (OAS)."""
    api.mkdir(place)
    api.put(place + b"/a")
    for setting in settings:
        emulator.control.set_knobs(**{knob: setting})
        if knob == "rmdir_nonempty":
            assert api.call("rmdir", place).status == setting
        else:
            reply = api.call("mtime", place + b"/a", [("mtime", 1)])
            assert (reply.status, reply.body == b"") == (setting, setting == 204)
