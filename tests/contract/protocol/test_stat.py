# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""stat (OAS stat.yaml, td:get-stat, recordings of 2019; docs/usage-api.md#stat)."""

from __future__ import annotations

import hashlib

import pytest
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import RawClient

BOTH = [("implicit", "yes"), ("slash", "both"), ("encoding", "utf-8")]


def test_a_file_has_size_md5_and_mtime(api: RawClient, place: bytes) -> None:
    """OAS stat.yaml."""
    api.put(place + b"/a.txt", b"hello", mtime=1_234_567_890)
    assert api.call("stat", place + b"/a.txt").row == {
        "type": "file",
        "name": "a.txt",
        "size": "5",
        "md5": hashlib.md5(b"hello").hexdigest(),
        "mtime": "1234567890",
    }


def test_the_document_names_the_parent(api: RawClient, place: bytes) -> None:
    """``directory`` is the parent, with slash and CP code (OAS; recorded 2019)."""
    api.put(place + b"/a.txt")
    assert api.call("stat", place + b"/a.txt").document.attrib == {"directory": place.decode()}


def test_a_symlink_is_shown_itself_and_not_followed(api: RawClient, place: bytes) -> None:
    """OAS stat.yaml: type, name, target, mtime."""
    api.put(place + b"/a.txt", b"hello")
    api.symlink(place + b"/link", b"a.txt")
    row = api.call("stat", place + b"/link").row
    assert (row["type"], row["name"], row["target"]) == ("symlink", "link", "a.txt")
    assert "size" not in row
    assert int(row["mtime"]) > 0


def test_an_explicit_directory_has_an_mtime(api: RawClient, place: bytes) -> None:
    """Asked for without a slash it is named without, and with a slash with one (recorded 2019; OAS base64 example)."""
    api.mkdir(place)
    name = place.rpartition(b"/")[2].decode()
    for path, shown in [(place, name), (place + b"/", name + "/")]:
        row = api.call("stat", path).row
        assert (row["type"], row["name"]) == ("dir", shown)
        assert int(row["mtime"]) > 0
        assert row.get("implicit", "false") == "false"


def test_an_implicit_directory_is_seen_only_when_asked_for(api: RawClient, place: bytes) -> None:
    """``implicit=yes`` (OAS stat.yaml): then implicit="true", and no mtime."""
    api.put(place + b"/d/a")
    assert api.call("stat", place + b"/d").status == 404
    row = api.call("stat", place + b"/d", [("implicit", "yes")]).row
    assert (row["type"], row["name"], row["implicit"]) == ("dir", "d", "true")
    assert "mtime" not in row


@pytest.mark.parametrize("path", [b"/none", b"/none/", b"/a/none", b"/a/"])
def test_nothing_is_404(api: RawClient, place: bytes, path: bytes) -> None:
    """Recorded 2019, with the text "Not found"."""
    api.put(place + b"/a")
    for params in ([], BOTH):
        assert api.call("stat", place + path, params).status == 404


def test_slash_both_gives_file_and_directory_of_one_name(api: RawClient, place: bytes) -> None:
    """``slash=both``: the directory's name ends in a slash, the file's does not (OAS stat.yaml)."""
    api.put(place + b"/x", b"file")
    api.mkdir(place + b"/x")
    rows = [(row["type"], row["name"]) for row in api.call("stat", place + b"/x", BOTH).rows]
    assert sorted(rows) == [("dir", "x/"), ("file", "x")]


def test_without_slash_both_the_file_wins(api: RawClient, place: bytes) -> None:
    """le:476BC268: the name without slash prefers the file or symlink."""
    api.put(place + b"/x", b"file")
    api.mkdir(place + b"/x")
    assert [row["type"] for row in api.call("stat", place + b"/x").rows] == ["file"]
    assert [row["type"] for row in api.call("stat", place + b"/x/").rows] == ["dir"]


def test_the_root_of_the_cp_code_can_be_asked_for(api: RawClient) -> None:
    """rclone and the Java kit rely on it; the form of its row is not known."""
    cp_code = b"/" + api.account.root.split(b"/")[1]
    reply = api.call("stat", cp_code, BOTH)
    if reply.status == 403 and api.account.root != cp_code:
        pytest.skip("this account is limited to a directory and may not see the root of its CP code")
    assert reply.status == 200
    assert [row["type"] for row in reply.rows] == ["dir"]


def test_a_name_that_is_no_utf_8_comes_in_base64(api: RawClient, place: bytes) -> None:
    """OAS: ``name_base64``, never both (td:parse-xml-responses)."""
    api.put(place + b"/no-\xc0\xc0")
    row = api.call("stat", place + b"/no-\xc0\xc0", BOTH).row
    assert row["name_base64"] == "bm8twMA="
    assert "name" not in row


def test_without_an_encoding_names_come_byte_for_byte(api: RawClient, place: bytes) -> None:
    """The default is ISO-8859-1, which can express every byte (td:parse-xml-responses)."""
    api.put(place + b"/no-\xc0\xc0")
    row = api.call("stat", place + b"/no-\xc0\xc0").row
    assert row["name"].encode("latin-1") == b"no-\xc0\xc0"


def test_another_encoding_is_refused(api: RawClient, place: bytes) -> None:
    """400 (OAS errors/400.yaml, "unsupported encoding=")."""
    api.mkdir(place)
    for action in ("stat", "dir", "list", "du"):
        assert api.call(action, place, [("encoding", "utf-7")]).status == 400
