# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The thirteen actions: texts and XML as they were seen on the wire."""

from __future__ import annotations

import hashlib
import time

import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests.socket_client import Client, names_of, rows_of
from netstorage_emulator.control import Control

MD5 = hashlib.md5(b"hello").hexdigest()
TREE = [
    {"key": "/123456/d/", "type": "dir", "mtime": 11},
    {"key": "/123456/d/f.txt", "content": "hello", "mtime": 12},
    {"key": "/123456/d/l", "type": "symlink", "target": "f.txt", "mtime": 13},
    {"key": "/123456/d/sub/deep/x", "content": "12", "mtime": 14},
]
HEAD = '<?xml version="1.0" encoding="ISO-8859-1"?>\n'


@pytest.fixture
def seeded(client: Client, control: Control) -> Client:
    control.load(TREE)
    return client


def test_stat_of_each_kind(seeded: Client) -> None:
    assert seeded.get("/123456/d/f.txt", "stat").text == (
        f'{HEAD}<stat directory="/123456/d">\n'
        f' <file type="file" name="f.txt" mtime="12" size="5" md5="{MD5}"/>\n</stat>\n')
    assert '<file type="symlink" name="l" target="f.txt" mtime="13"/>' in seeded.get("/123456/d/l", "stat").text
    assert seeded.get("/123456/d", "stat").text == (
        f'{HEAD}<stat directory="/123456">\n <file type="dir" name="d" mtime="11"/>\n</stat>\n')
    assert 'name="d/"' in seeded.get("/123456/d/", "stat").text
    assert 'name="d/"' in seeded.get("/123456/d", "stat&slash=both").text
    assert '<file type="dir" name="sub" implicit="true"/>' in seeded.get("/123456/d/sub", "stat&implicit=yes").text


def test_stat_of_nothing(seeded: Client) -> None:
    for path in ("/123456/d/sub", "/123456/nothing", "/123456/d/f.txt/"):
        answer = seeded.get(path, "stat")
        assert (answer.status, answer.text, answer.headers["x-n"]) == (404, "Not found\n", "S")
        assert "content-type" not in answer.headers


def test_stat_of_the_root(client: Client) -> None:
    for path in ("/123456", "/123456/"):
        assert client.get(path, "stat&implicit=yes").text == (
            f'{HEAD}<stat directory="/">\n <file type="dir" name="123456" mtime="0"/>\n</stat>\n')


def test_every_response_has_the_headers_of_the_service(client: Client) -> None:
    answer = client.get("/123456/x", "stat")
    assert answer.headers["server"] == "AkamaiNetStorage"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["cache-control"] == "max-age=0, no-cache, no-store"
    assert answer.headers["pragma"] == "no-cache"
    assert answer.headers["expires"] == answer.headers["date"]
    assert answer.headers["connection"] == "keep-alive"


def test_dir_lists_the_children_of_a_directory(seeded: Client) -> None:
    assert seeded.get("/123456/d", "dir").text == (
        f'{HEAD}<stat directory="/123456/d">\n <file type="file" name="f.txt" size="5" md5="{MD5}" mtime="12"/>\n'
        ' <file type="symlink" name="l" target="f.txt" mtime="13"/>\n'
        ' <file type="dir" name="sub" bytes="2" files="1" mtime="14" implicit="true"/>\n</stat>\n')
    assert seeded.get("/123456/", "dir").text == (
        f'{HEAD}<stat directory="/123456">\n <file type="dir" name="d" bytes="7" files="4" mtime="11"/>\n</stat>\n')


def test_dir_of_what_is_no_directory(seeded: Client) -> None:
    assert seeded.get("/123456/d/f.txt", "dir").status == 412
    answer = seeded.get("/123456/no", "dir")
    assert (answer.status, answer.text) == (404, "Directory not found\n")


def test_an_empty_directory_is_listed_without_entries(client: Client) -> None:
    client.post("/123456/e", "mkdir")
    assert client.get("/123456/e", "dir").text == f'{HEAD}<stat directory="/123456/e"/>\n'
    assert '<du-info files="1" bytes="0"/>' in client.get("/123456/e", "du").text
    assert names_of(client.get("/123456/e/", "list&end=123456%2Fe0")) == ["123456/e/"]


def test_list_shows_a_whole_tree_in_order(seeded: Client) -> None:
    assert seeded.get("/123456/d/", "list&mtime_all=yes&encoding=utf-8").text == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<list>\n <file type="dir" name="123456/d/" mtime="11"/>\n'
        f' <file type="file" name="123456/d/f.txt" size="5" md5="{MD5}" mtime="12"/>\n'
        ' <file type="symlink" name="123456/d/l" target="f.txt" mtime="13"/>\n'
        ' <file type="file" name="123456/d/sub/deep/x" size="2" md5="c20ad4d76fe97759aa27a0c99bff6710" mtime="14"/>\n'
        '</list>\n')
    plain = rows_of(seeded.get("/123456/d", "list"))
    assert plain[0] == {"tag": "file", "type": "dir", "name": "123456/d/"}
    assert plain[2] == {"tag": "file", "type": "symlink", "name": "123456/d/l"}
    assert plain[1]["mtime"] == "12"


def test_list_of_nothing(client: Client) -> None:
    for path in ("/123456", "/123456/", "/123456/x/"):
        answer = client.get(path, "list")
        assert (answer.status, answer.text) == (404, "Directory not found\n")


def test_list_does_not_stop_at_the_end_of_the_directory(seeded: Client) -> None:
    seeded.put("/123456/d0", b"")
    seeded.put("/123456/z", b"")
    assert names_of(seeded.get("/123456/d/sub/", "list")) == ["123456/d/sub/deep/x", "123456/d0", "123456/z"]
    for end in ("123456%2Fd0", "%2F123456%2Fd0", "/123456/d0"):
        assert names_of(seeded.get("/123456/d/sub/", f"list&end={end}"))[-1] == "123456/d0"


def test_du_sums_a_directory_and_refuses_a_file(seeded: Client) -> None:
    assert seeded.get("/123456/d/", "du").text == (
        f'{HEAD}<du directory="/123456/d">\n <du-info files="4" bytes="7"/>\n</du>\n')
    assert '<du-info files="1" bytes="2"/>' in seeded.get("/123456/d/sub", "du").text
    for path in ("/123456/no", "/123456/d/f.txt"):
        answer = seeded.get(path, "du")
        assert (answer.status, answer.text) == (404, "Directory not found\n")


@pytest.mark.parametrize("action", ["stat", "dir", "list", "du"])
def test_an_action_knows_utf_8_and_refuses_other_encodings(seeded: Client, action: str) -> None:
    assert b'encoding="UTF-8"' in seeded.get("/123456/d", f"{action}&encoding=utf-8").body
    assert seeded.get("/123456/d", f"{action}&encoding=klingon").status == 400


def test_upload_and_overwrite(client: Client) -> None:
    before = int(time.time())
    answer = client.put("/123456/a/b.txt", b"one")
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", "0")
    assert int(rows_of(client.get("/123456/a/b.txt", "stat"))[0]["mtime"]) >= before
    client.put("/123456/a/b.txt", b"two!", "&mtime=0")
    row = rows_of(client.get("/123456/a/b.txt", "stat"))[0]
    assert (row["size"], row["mtime"], row["md5"]) == ("4", "0", hashlib.md5(b"two!").hexdigest())


def test_mkdir_makes_a_directory_without_its_parents(client: Client) -> None:
    for path in ("/123456/a/b", "/123456/a/b/", "/123456/.new", "/123456/..."):
        answer = client.post(path, "mkdir")
        assert (answer.status, answer.text) == (200, "successful\n")
        assert client.get(path, "stat").status == 200
    assert client.get("/123456/a", "stat").status == 404


def test_rmdir_removes_only_what_is_empty(seeded: Client) -> None:
    answer = seeded.post("/123456/d", "rmdir")
    assert (answer.status, answer.text) == (409, "Directory not empty\n")
    assert seeded.post("/123456/d/sub", "rmdir").status == 409
    answer = seeded.post("/123456/d/no", "rmdir")
    assert (answer.status, answer.text) == (404, "Directory not found\n")
    seeded.post("/123456/e", "mkdir")
    answer = seeded.ask("PUT", "/123456/e", "rmdir")
    assert (answer.status, answer.text) == (200, "deleted\n")
    assert seeded.get("/123456/e", "stat").status == 404


def test_delete_removes_a_link_and_not_its_target(seeded: Client) -> None:
    answer = seeded.post("/123456/d/l", "delete")
    assert (answer.status, answer.text) == (200, "deleted\n")
    assert seeded.get("/123456/d/f.txt", "stat").status == 200
    answer = seeded.post("/123456/d/l", "delete")
    assert (answer.status, answer.text) == (404, "not found\n")
    assert seeded.post("/123456/", "delete").status == 404


def test_quick_delete_needs_the_knob_and_the_confirmation(seeded: Client, control: Control) -> None:
    assert seeded.post("/123456/d/", "quick-delete&quick-delete=imreallyreallysure").status == 403
    control.set_knobs(quick_delete="now")
    answer = seeded.post("/123456/d/", "quick-delete")
    assert (answer.status, answer.body) == (200, b"")
    assert len(control.tree()) == len(TREE)
    answer = seeded.post("/123456/d/", "quick-delete&quick-delete=imreallyreallysure")
    assert (answer.status, answer.text) == (200, "quick-delete scheduled\n")
    assert control.tree() == []


def test_rename_keeps_content_time_and_target(seeded: Client, control: Control) -> None:
    answer = seeded.post("/123456/d/f.txt", "rename&destination=%2F123456%2Fnew%2Fplace%2F+g")
    assert (answer.status, answer.text) == (200, "renamed\n")
    assert control.tree("/123456/new") == [
        {"key": "/123456/new/place/ g", "type": "file", "size": 5, "md5": MD5, "mtime": 12}]
    assert seeded.get("/123456/new/place/ g", "download").body == b"hello"
    assert seeded.get("/123456/d/f.txt", "stat").status == 404
    assert seeded.post("/123456/d/l", "rename&destination=/123456/l").status == 200
    assert rows_of(seeded.get("/123456/l", "stat"))[0]["target"] == "f.txt"


@pytest.mark.parametrize(("path", "destination", "status", "text"), [
    ("/123456/d", "/123456/e", 404, "Source not found\n"),
    ("/123456/d/", "/123456/e", 404, "Source not found\n"),
    ("/123456/no", "/123456/e", 404, "Source not found\n"),
    ("/123456/d/f.txt", "/999/e", 400, "Error processing destination: url_to_vn: root not found\n"),
    ("/123456/d/f.txt", "/654321/e", 400, "Error processing destination: url_to_vn: root not found\n"),
    ("/123456/d/f.txt", "/123456", 400, "Error processing destination: url_to_vn: root not found\n"),
    ("/123456/d/f.txt", "", 400, "Bad request: no destination\n"),
])
def test_renames_that_fail(seeded: Client, control: Control, path: str, destination: str, status: int,
                           text: str) -> None:
    before = control.tree()
    answer = seeded.post(path, f"rename&destination={destination}")
    assert (answer.status, answer.text) == (status, text)
    assert control.tree() == before


def test_rename_onto_itself(seeded: Client) -> None:
    assert seeded.post("/123456/d/f.txt", "rename&destination=/123456/d/f.txt").status == 200
    assert seeded.get("/123456/d/f.txt", "download").body == b"hello"


def test_symlink_stores_target_and_time(client: Client, control: Control) -> None:
    answer = client.post("/123456/l", "symlink&target=%2Ffoo%2F+b%26r&mtime=5")
    assert (answer.status, answer.text) == (200, "successful\n")
    assert control.tree() == [{"key": "/123456/l", "type": "symlink", "mtime": 5, "target": "/foo/ b&r"}]
    assert client.post("/123456/m", "symlink").status == 400
    assert client.post("/123456/m", "symlink&target=x&mtime=soon").status == 400


def test_mtime_changes_files_and_no_directories(seeded: Client, control: Control) -> None:
    answer = seeded.post("/123456/d/f.txt", "mtime&mtime=0&format=xml")
    assert (answer.status, answer.text) == (200, "successful\n")
    assert control.tree("/123456/d/f.txt")[0]["mtime"] == 0
    for path in ("/123456/no", "/123456/d", "/123456/d/sub/"):
        answer = seeded.post(path, "mtime&mtime=1")
        assert (answer.status, answer.text) == (404, "not found.\n")
    assert seeded.post("/123456/d/f.txt", "mtime").status == 400
    assert seeded.post("/123456/d/f.txt", "mtime&mtime=-1").status == 400
