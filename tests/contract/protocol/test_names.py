# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names are bytes, and one store is flat (le:53A8EABE, le:8B6DA8DD, le:476BC268).

See docs/usage-api.md#paths-and-names and docs/usage-api.md#directory-model.
"""

from __future__ import annotations

import pytest
from ansible_collections.edgeops.netstorage.tests.contract.odd_names import ODD
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import RawClient, action_value, kind_and_name, target_of
from netstorage_emulator.control import Running


@pytest.mark.parametrize("name", ODD, ids=[ascii(name)[:40] for name in ODD])
def test_a_name_goes_round(api: RawClient, place: bytes, name: bytes) -> None:
    """Stored and returned byte for byte by every action."""
    path = place + b"/" + name
    api.put(path, b"abc")
    assert api.stat(path) == [("file", name)]
    assert api.tree(place) == [name]
    assert [kind_and_name(row)[1] for row in api.call("dir", place, [("encoding", "utf-8")]).rows] == [name]
    assert api.call("download", path).body == b"abc"
    assert api.call("rename", path, [("destination", place + b"/d/" + name)]).ok
    api.mkdir(path)
    assert api.tree(place) == sorted([name + b"/", b"d/" + name])


def test_names_differ_by_case(api: RawClient, place: bytes) -> None:
    for name in (b"a", b"A"):
        api.put(place + b"/" + name, name)
    assert api.tree(place) == [b"A", b"a"]


def test_two_unicode_forms_are_two_names(api: RawClient, place: bytes) -> None:
    """Names are bytes; nothing composes them."""
    for name in ("caf\u00e9", "cafe\u0301"):
        api.put(place + b"/" + name.encode())
    assert len(api.tree(place)) == 2


def test_any_spelling_of_a_path_is_the_same_object(api: RawClient, place: bytes) -> None:
    """Percent-encoding is only spelling, and the signature is over the spelling (docs/usage-api.md#authentication)."""
    api.put(place + b"/a~b", b"abc")
    for spelled in (target_of(place) + "/%61~b", target_of(place) + "/a%7Eb", target_of(place) + "/a%7eb"):
        reply = api.send("GET", spelled, api.signed(spelled, action_value("stat")))
        assert (reply.status, reply.row["name"]) == (200, "a~b")


def test_a_file_and_a_directory_of_one_name_coexist(api: RawClient, place: bytes) -> None:
    """They coexist (le:476BC268), whatever comes first; each goes by itself."""
    for first, second in [("put", "mkdir"), ("mkdir", "put")]:
        path = place + b"/" + first.encode()
        getattr(api, first)(path)
        getattr(api, second)(path)
        api.put(path + b"/below")
        assert sorted(kind for kind, _name in api.stat(path)) == ["dir", "file"]
        assert api.call("delete", path).ok
        assert [kind for kind, _name in api.stat(path)] == ["dir"]
        assert api.call("stat", path + b"/below").ok


def test_a_symlink_and_a_directory_of_one_name(api: RawClient, place: bytes) -> None:
    api.symlink(place + b"/x", b"a")
    api.mkdir(place + b"/x")
    assert sorted(kind for kind, _name in api.stat(place + b"/x")) == ["dir", "symlink"]
    assert api.call("rmdir", place + b"/x").ok
    assert [kind for kind, _name in api.stat(place + b"/x")] == ["symlink"]


def test_names_that_begin_alike_are_neighbours_and_no_more(api: RawClient, place: bytes) -> None:
    """Containment is by segment: site does not contain site2."""
    for name in (b"site/a", b"site2/a", b"site-x", b"site.txt"):
        api.put(place + b"/" + name)
    rows = api.call("dir", place + b"/site", [("encoding", "utf-8")]).rows
    assert [kind_and_name(row)[1] for row in rows] == [b"a"]
    (info,) = api.call("du", place + b"/site").document.iter("du-info")
    assert info.attrib["files"] == "1"


# What follows is emulator only: the guide calls such names literal, the live service was seen refusing some (knob path_check).

UNUSUAL = [b"a//b", b"./a", b"../a", b"a/./b", b"a/../b", b"..//c", b"..//newLink/"]


@pytest.mark.parametrize("name", UNUSUAL, ids=ascii)
def test_unusual_names_are_literal(api: RawClient, place: bytes, emulator: Running, name: bytes) -> None:
    """Dots and empty components are name bytes (le:53A8EABE). Emulator only: knob ``path_check: do_not_check``."""
    assert emulator.control.knobs()["path_check"] == "do_not_check"
    api.put(place + b"/" + name, b"abc")
    assert api.tree(place) == [name]
    assert api.call("download", place + b"/" + name).body == b"abc"
    assert api.call("delete", place + b"/" + name).ok
    assert api.tree(place) == []


def test_a_symlink_whose_name_ends_in_a_slash(api: RawClient, place: bytes, emulator: Running) -> None:
    """``/<CP>/..///newLink/``: in the directory ``..//`` the symlink ``newLink/`` (le:4DE14A95). Emulator only."""
    assert emulator.control.knobs()["path_check"] == "do_not_check"
    api.symlink(place + b"/..///newLink/", b"a")
    assert api.tree(place) == [b"..///newLink/"]
    assert api.stat(place + b"/..///newLink/") == [("symlink", b"newLink/")]


@pytest.mark.parametrize("name", UNUSUAL, ids=ascii)
@pytest.mark.parametrize("setting", ["disallow", "disallow_on_upload"])
def test_unusual_names_may_be_refused(api: RawClient, place: bytes, emulator: Running, name: bytes, setting: str) -> None:
    """``//`` was seen answered with 403 (cli). Emulator only: knob ``path_check``."""
    emulator.control.set_knobs(path_check=setting)
    assert api.call("upload", place + b"/" + name, [], b"abc").status == 403
    reading = api.call("stat", place + b"/" + name).status
    assert reading == (403 if setting == "disallow" else 404)
    assert api.tree(place) == []


def test_a_rename_to_an_unusual_name_may_be_refused(api: RawClient, place: bytes, emulator: Running) -> None:
    """elx: "Error processing destination: url_to_vn: Illegal duplicate /". Emulator only."""
    emulator.control.set_knobs(path_check="disallow")
    api.put(place + b"/a")
    reply = api.call("rename", place + b"/a", [("destination", place + b"//b")])
    assert reply.status == 400
    assert reply.body == b"Error processing destination: url_to_vn: Illegal duplicate /\n"


def test_repeated_slashes_may_collapse(api: RawClient, place: bytes, emulator: Running) -> None:
    """Emulator only: knob ``path_check: canonical``."""
    emulator.control.set_knobs(path_check="canonical")
    api.put(place + b"//a///b", b"abc")
    assert api.tree(place) == [b"a/b"]


def test_a_link_in_the_middle_of_a_path(api: RawClient, place: bytes, emulator: Running) -> None:
    """Nobody has seen what it does. Emulator only: knob ``links_in_path``."""
    api.put(place + b"/real/a", b"abc")
    api.symlink(place + b"/link", b"real")
    assert api.call("stat", place + b"/link/a").status == 404
    emulator.control.set_knobs(links_in_path="followed")
    assert api.call("download", place + b"/link/a").body == b"abc"
