# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names are bytes, and nothing in a path is ever rewritten."""

from __future__ import annotations

import base64

import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests.socket_client import Client, names_of, rows_of
from netstorage_emulator.control import Control
from netstorage_emulator.keys import components, split_name

ODD = ["a b", "plus+sign", "100%", "%41", "a&b", "a#b", "a?b", "quote'", 'double"quote', "less<more>", "semi;colon",
       "eq=",
       "back\\slash", "ünïcode", "日本", "emoji😀", "~tilde", "[x]", "{y}", "|", "^", "*", "!", "$", "@", ":", ",", "...",
       ".x", "-"]


@pytest.mark.parametrize("name", ODD)
def test_an_odd_name_is_stored_and_listed_as_it_is(client: Client, control: Control, name: str) -> None:
    path = f"/123456/d/{name}"
    assert client.put(path, name.encode()).status == 200
    assert client.get(path, "download").body == name.encode()
    assert rows_of(client.get(path, "stat&encoding=utf-8"))[0]["name"] == name
    assert names_of(client.get("/123456/d", "dir&encoding=utf-8")) == [name]
    assert names_of(client.get("/123456/d/", "list&encoding=utf-8")) == [f"123456/d/{name}"]
    assert control.tree()[0]["key"] == path


@pytest.mark.parametrize("name", [b"\xff", b"caf\xe9", b"a\xc0\xc0b"])
def test_bytes_that_are_not_utf8(client: Client, control: Control, name: bytes) -> None:
    client.put(b"/123456/" + name, b"x")
    row = rows_of(client.get("/123456", "dir&encoding=utf-8"))[0]
    assert base64.b64decode(row["name_base64"]) == name
    assert "name" not in row
    row = rows_of(client.get(b"/123456/" + name, "stat"))[0]
    assert row["name"].encode("latin-1") == name
    assert base64.b64decode(control.tree()[0]["key_base64"]) == b"/123456/" + name


@pytest.mark.parametrize("name", [b"new\nline", b"tab\tx"])
def test_white_space_in_names(client: Client, name: bytes) -> None:
    client.put(b"/123456/" + name, b"x")
    assert rows_of(client.get("/123456", "dir"))[0]["name"].encode() == name


@pytest.mark.parametrize("encoding", ["", "&encoding=utf-8"])
def test_control_characters_come_in_base64(client: Client, encoding: str) -> None:
    client.put(b"/123456/bell\x07/x\x00y", b"x")
    row = rows_of(client.get(b"/123456/bell\x07/", f"dir{encoding}"))[0]
    assert base64.b64decode(row["name_base64"]) == b"x\x00y"
    assert b"directory_base64=" in client.get(b"/123456/bell\x07/", f"dir{encoding}").body


def test_targets_of_odd_bytes(client: Client) -> None:
    client.post("/123456/l", "symlink&target=%ff%26")
    row = rows_of(client.get("/123456/l", "stat&encoding=utf-8"))[0]
    assert base64.b64decode(row["target_base64"]) == b"\xff&"


def test_base64_of_the_published_example(client: Client) -> None:
    client.post(b"/123456/notUTF-8\xc0\xc0/", "mkdir")
    row = rows_of(client.get(b"/123456/notUTF-8\xc0\xc0/", "stat&encoding=utf-8"))[0]
    assert row["name_base64"] == "bm90VVRGLTjAwC8="


def test_dots_and_slashes_are_literal(client: Client, control: Control) -> None:
    for path in ("/123456/../x", "/123456/./x", "/123456/a//b", "/123456/a/../b", "/123456//lead"):
        assert client.put(path, path.encode()).status == 200
    assert sorted(entry["key"] for entry in control.tree()) == [
        "/123456/../x", "/123456/./x", "/123456//lead", "/123456/a/../b", "/123456/a//b"]
    assert client.get("/123456/x", "stat").status == 404
    assert names_of(client.get("/123456", "dir")) == ["..", ".", "", "a", "a/"]
    assert names_of(client.get("/123456/..", "dir")) == ["x"]
    assert names_of(client.get("/123456/a//", "dir")) == ["b"]
    assert names_of(client.get("/123456/a", "dir")) == [".."]
    assert client.get("/123456/a//b", "download").body == b"/123456/a//b"


def test_the_link_with_the_slash(client: Client, control: Control) -> None:
    """The example of the user guide: a directory ``..//`` and in it a symlink ``newLink/``."""
    path = "/123456/..///newLink/"
    assert client.post(path, "symlink&target=x").status == 200
    assert control.tree()[0] == {**control.tree()[0], "key": path, "type": "symlink", "target": "x"}
    answer = client.get(path, "stat")
    assert 'directory="/123456/..//"' in answer.text
    assert rows_of(answer)[0]["name"] == "newLink/"
    assert names_of(client.get("/123456", "dir")) == ["..//"]
    assert names_of(client.get("/123456/..///", "dir")) == ["newLink/"]
    assert client.get("/123456/..///newLink", "stat").status == 404
    assert client.post(path, "delete").status == 200


def test_a_file_and_a_directory_cannot_share_a_key(client: Client, control: Control) -> None:
    client.put("/123456/f/", b"file with a slash")
    client.put("/123456/f/below", b"makes it an implicit directory too")
    assert client.post("/123456/f", "mkdir").status == 409
    assert client.get("/123456/f/", "download").body == b"file with a slash"
    assert names_of(client.get("/123456", "dir")) == ["f/", "f"]
    assert client.get("/123456", "dir&max_entries=1").body.count(b"<file ") == 2
    client.post("/123456/d", "mkdir")
    assert client.put("/123456/d/", b"x").status == 409
    assert client.post("/123456/d/", "symlink&target=x").status == 409
    assert client.post("/123456/f/below", "rename&destination=/123456/d/").status == 409
    assert [entry["type"] for entry in control.tree()] == ["dir", "file", "file"]


def test_x_and_x_slash_are_two(client: Client, control: Control) -> None:
    client.put("/123456/x", b"1")
    client.put("/123456/x/", b"22")
    assert [entry["size"] for entry in control.tree()] == [1, 2]
    client.post("/123456/x", "delete")
    assert [entry["key"] for entry in control.tree()] == ["/123456/x/"]


def test_neighbours_that_differ_in_slashes(client: Client, control: Control) -> None:
    """``new/`` is a directory of its own: what lies in it does not lie in ``new``."""
    for path in ("/123456/new/a", "/123456/new//b", "/123456/new///c"):
        client.put(path, b"1")
    assert names_of(client.get("/123456", "dir")) == ["new", "new/", "new//"]
    assert names_of(client.get("/123456/new", "dir")) == ["a"]
    assert names_of(client.get("/123456/new//", "dir")) == ["b"]
    assert b'files="1"' in client.get("/123456/new/", "du").body
    control.set_knobs(quick_delete="now")
    client.post("/123456/new/", "quick-delete&quick-delete=imreallyreallysure")
    assert [entry["key"] for entry in control.tree()] == ["/123456/new///c", "/123456/new//b"]


@pytest.mark.parametrize(("key", "directory", "name"), [
    (b"1/a", b"/1", b"a"), (b"1/a/", b"/1", b"a/"), (b"1/a/b", b"/1/a", b"b"), (b"1/..///n/", b"/1/..//", b"n/"),
    (b"1//b", b"/1/", b"b"), (b"1//", b"/1", b"/"),
])
def test_a_key_splits_at_its_last_separator(key: bytes, directory: bytes, name: bytes) -> None:
    assert split_name(key) == (directory, name)


@pytest.mark.parametrize("key", [b"1/", b"1/a", b"1//a", b"1/a//b/c///", b"1/..///newLink/"])
def test_components_join_to_the_key(key: bytes) -> None:
    assert b"".join(components(key)) == key


def test_a_plus_in_the_path_is_a_plus(client: Client, control: Control) -> None:
    length = {"Content-Length": "0"}
    client.send(client.head("PUT", "/123456/a+b%2Bc%20d?query=ignored", "version=1&action=upload", length))
    assert client.receive().status == 200
    assert control.tree()[0]["key"] == "/123456/a+b+c d"


@pytest.mark.parametrize("path", ["/123456/%", "/123456/%zz", "/123456/a%2"])
def test_a_broken_percent_escape_is_400(client: Client, path: str) -> None:
    client.send(client.head("GET", path, "version=1&action=stat"))
    assert client.receive().status == 400
