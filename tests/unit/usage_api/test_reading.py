# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""stat, dir and download against scripted answers."""

from __future__ import annotations

import hashlib

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import (
    BadReply,
    ListingIncomplete,
    NotFound,
    ServiceFailed,
)
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client import Client
from ansible_collections.edgeops.netstorage.tests.unit.usage_api.scripted_server import Server, answer, xml

MD5 = "0123456789abcdef" * 2
FILE = f'<file type="file" name="a" size="3" md5="{MD5.upper()}" mtime="5"/>'
A_FILE = Entry(b"a", Kind.FILE, 3, MD5, 5)
GONE = answer(404, b"Not found\n", X_N="S")


def directory(name: str, more: str = "") -> str:
    return f'<file type="dir" name="{name}"{more}/>'


def test_stat_asks_as_rclone_does(server: Server, client: Client) -> None:
    server.script("stat", GONE)
    assert client.stat(b"/1/x y") == []
    assert server.requests[0].line == b"GET /1/x%20y HTTP/1.1"
    assert server.requests[0].action_header == (
        "version=1&action=stat&implicit=yes&format=xml&encoding=utf-8&slash=both"
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([FILE], [A_FILE]),
        ([directory("a/", ' mtime="9"')], [Entry(b"a", Kind.DIRECTORY, mtime=9)]),
        ([directory("a", ' implicit="true"')], [Entry(b"a", Kind.DIRECTORY, implicit=True)]),
        ([FILE, directory("a/")], [A_FILE, Entry(b"a", Kind.DIRECTORY)]),
        ([directory("a/"), FILE], [A_FILE, Entry(b"a", Kind.DIRECTORY)]),
        (
            ['<file type="symlink" name="a" target="../b" mtime="1"/>'],
            [Entry(b"a", Kind.SYMLINK, None, None, 1, b"../b")],
        ),
        ([FILE.replace('"a"', '"ab"'), directory("b/a/"), FILE.replace('"a"', '"a/"')], []),
        ([], []),
    ],
)
def test_stat_gives_the_rows_of_that_name(server: Server, client: Client, rows: list[str], expected: list[Entry]) -> None:
    server.script("stat", xml("stat", *rows))
    assert client.stat(b"/1/d/a") == expected


@pytest.mark.parametrize("name", ["", "/", "1", "1/"])
def test_stat_of_a_cp_code_root(server: Server, client: Client, name: str) -> None:
    server.script("stat", xml("stat", directory(name)))
    assert client.stat(b"/1") == [Entry(b"1", Kind.DIRECTORY)]


def test_two_objects_of_one_kind_are_no_answer(server: Server, client: Client) -> None:
    server.script("stat", xml("stat", FILE, '<file type="symlink" name="a"/>'))
    with pytest.raises(BadReply):
        client.stat(b"/1/a")


def test_stat_of_names_that_end_in_a_slash(server: Server, client: Client) -> None:
    link = '<file type="symlink" name="new/" target="t"/>'
    server.script("stat", xml("stat", link, directory("new/")), xml("stat", directory("new//")))
    found = client.stat(b"/1/../new/")
    assert found == [Entry(b"new/", Kind.SYMLINK, target=b"t"), Entry(b"new/", Kind.DIRECTORY)]
    assert [request.target for request in server.requests] == [b"/1/../new/", b"/1/../new//"]


def test_a_truncated_answer_is_asked_for_again(server: Server, client: Client) -> None:
    server.script("stat", answer(200, b"<stat><file "), xml("stat", FILE))
    assert client.stat(b"/1/a") == [A_FILE]


def test_an_answer_that_is_wrong_is_not_asked_for_again(server: Server, client: Client) -> None:
    server.script("stat", answer(200, b"<stat><file type='file'/></stat>"))
    with pytest.raises(BadReply) as caught:
        client.stat(b"/1/a")
    assert (caught.value.path, caught.value.action) == (b"/1/a", "stat")


def test_an_encoded_answer_is_refused(server: Server, client: Client) -> None:
    server.script("stat", answer(200, b"\x1f\x8b", Content_Encoding="gzip"))
    with pytest.raises(BadReply, match="gzip"):
        client.stat(b"/1/a")


def test_children_of_all_pages(server: Server, client: Client) -> None:
    server.script(
        "dir",
        xml("stat", FILE, directory("a"), directory("b c"), '<resume start="/1/d/z &amp;1"/>'),
        xml("stat", directory("b c"), directory("z"), '<resume start_base64="L/8="/>'),
        xml("stat", '<file type="symlink" name="zz" target="a"/>'),
    )
    assert [(child.name, child.kind) for child in client.children(b"/1/d")] == [
        (b"a", Kind.FILE),
        (b"a", Kind.DIRECTORY),
        (b"b c", Kind.DIRECTORY),
        (b"z", Kind.DIRECTORY),
        (b"zz", Kind.SYMLINK),
    ]
    assert [request.target for request in server.requests] == [b"/1/d"] * 3
    assert server.requests[0].action_header == "version=1&action=dir&format=xml&encoding=utf-8&slash=both"
    assert server.requests[1].action_header.endswith("&start=%2F1%2Fd%2Fz+%261")
    assert server.requests[2].action_header.endswith("&start=%2F%FF")


@pytest.mark.parametrize("status", [404, 412])
def test_no_directory_has_no_children(server: Server, client: Client, status: int) -> None:
    server.script("dir", answer(status))
    with pytest.raises(NotFound):
        list(client.children(b"/1/d"))


def test_a_slash_behind_directories(server: Server, client: Client) -> None:
    server.script("dir", xml("stat", directory("a/"), directory("b/")))
    server.script("stat", xml("stat", directory("a/")))
    assert [child.name for child in client.children(b"/1/d")] == [b"a", b"b"]
    assert server.actions() == ["dir", "stat"]


def test_reading_keeps_a_slash_at_the_end_of_a_name(server: Server, client: Client) -> None:
    server.script("dir", xml("stat", directory("a"), directory("b/")), xml("stat", directory("b/")))
    server.script("stat", GONE)
    assert [child.name for child in client.children(b"/1/d")] == [b"a", b"b/"]
    assert [child.name for child in client.children(b"/1/d/")] == [b"b/"]
    assert [request.target for request in server.requests] == [b"/1/d", b"/1/d//", b"/1/d//b"]


@pytest.mark.parametrize(
    "second",
    [
        xml("stat", directory("c"), '<resume start="b"/>'),
        xml("stat", directory("b"), '<resume start="c"/>'),
        xml("stat", '<resume start="c"/>'),
        xml("stat", directory("c"), directory("a")),
        answer(403),
        answer(404),
        answer(412),
        answer(400),
    ],
)
def test_a_dir_listing_that_breaks_is_not_a_short_one(server: Server, client: Client, second: bytes) -> None:
    server.script("dir", xml("stat", directory("a"), directory("b"), '<resume start="b"/>'), second)
    with pytest.raises(ListingIncomplete):
        list(client.children(b"/1/d"))


@pytest.mark.parametrize("name", ["", "a/b", "/"])
def test_children_that_are_none(server: Server, client: Client, name: str) -> None:
    server.script("dir", xml("stat", f'<file type="file" name="{name}" size="1"/>'))
    with pytest.raises(BadReply):
        list(client.children(b"/1/d"))


def test_a_download_gives_all_bytes_or_the_first_ones(server: Server, client: Client) -> None:
    server.script("download", answer(200, b"hello"), answer(206, b"hel", Content_Range="bytes 0-2/5"))
    server.script("download", answer(200, b"hello" * 100_000), answer(416), answer(404))
    assert client.download(b"/1/a") == b"hello"
    assert client.download(b"/1/a", 3) == b"hel"
    assert server.requests[1].headers["range"] == "bytes=0-2"
    assert client.download(b"/1/a", 3) == b"hel"
    assert client.download(b"/1/a", 3) == b""
    assert client.download(b"/1/a", 0) == b""
    with pytest.raises(NotFound):
        client.download(b"/1/a")


@pytest.mark.parametrize(
    "said", [answer(204, Content_Length=""), answer(206, b"lo", Content_Range="bytes 3-4/5"), answer(206, b"lo")]
)
def test_content_that_is_not_the_beginning(server: Server, client: Client, said: bytes) -> None:
    server.script("download", said, said)
    with pytest.raises(BadReply):
        client.download(b"/1/a", 2)
    with pytest.raises(BadReply):
        client.download(b"/1/a")


def sha256(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def test_digests_of_pieces(server: Server, client: Client) -> None:
    """Also of a server that does not do ranges: what comes before is passed over. Each is of one answer."""
    server.script("download", answer(206, b"ll", Content_Range="bytes 2-3/5"), answer(200, b"hello"), answer(200, b"he"))
    server.script("download", answer(200, b"x" * 3_000_000 + b"hello"), answer(416))
    server.script("download", answer(206, b"lo", Content_Range="bytes 3-4/5"))
    assert client.piece_digest(b"/1/a", 2, 2) == sha256(b"ll")
    assert server.requests[0].headers["range"] == "bytes=2-3"
    assert client.piece_digest(b"/1/a", 2, 2) == sha256(b"ll")
    assert client.piece_digest(b"/1/a", 2, 2) == sha256(b"")
    assert client.piece_digest(b"/1/a", 3_000_000, 9) == sha256(b"hello")
    assert client.piece_digest(b"/1/a", 9, 2) == sha256(b"")
    with pytest.raises(BadReply, match="the request was for bytes from 30"):
        client.piece_digest(b"/1/a", 30, 2)


def test_a_large_piece_is_of_one_answer(server: Server, client: Client) -> None:
    """Of several it might be put together from two versions."""
    large = b"m" * 9_000_000
    server.closes_after_answer = True
    server.script("download", answer(206, large, Content_Range="bytes 1-9000000/9000009")[:-5])
    server.script("download", answer(206, large, Content_Range="bytes 1-9000000/9000009"))
    assert client.piece_digest(b"/1/a", 1, len(large)) == sha256(large)
    assert [request.headers["range"] for request in server.requests] == ["bytes=1-9000000"] * 2


@pytest.mark.parametrize(("said", "tag"), [
    ({"ETag": '"abc"'}, '"abc"'), ({"ETag": 'W/"abc"'}, None), ({}, None), ({"ETag": "abc"}, None), ({"ETag": '"a\xe9"'}, None),
])  # fmt: skip
def test_only_a_strong_etag_is_given(server: Server, client: Client, said: dict[str, str], tag: str | None) -> None:
    """By a request without a body, whose answer has none either, whatever length it names."""
    server.script("download", answer(200, b"", Content_Length="5", **said), answer(404))
    assert client.etag(b"/1/a") == tag
    request = server.requests[0]
    assert (request.method, "content-length" in request.headers) == ("HEAD", False)
    with pytest.raises(NotFound):
        client.etag(b"/1/a")


def test_a_download_that_breaks_off_begins_anew(server: Server, client: Client) -> None:
    server.closes_after_answer = True
    server.script("download", answer(200, b"hel", Content_Length="5"), answer(503), answer(200, b"hello"))
    assert client.download(b"/1/a") == b"hello"


def test_a_download_that_keeps_breaking_off(server: Server, client: Client) -> None:
    server.handler = lambda _request: answer(500, b"oops")
    with pytest.raises(ServiceFailed, match="oops"):
        client.download(b"/1/a")
    assert len(server.requests) == 6
