# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Downloads: headers, ranges, conditions, HEAD."""

from __future__ import annotations

import hashlib
import re

import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests.socket_client import Client
from netstorage_emulator.actions.download import etag_of
from netstorage_emulator.control import Control
from netstorage_emulator.knobs import Knobs
from netstorage_emulator.objects import Kind, StoredObject

BODY = b"0123456789"
MTIME = 1_600_000_000
DATE = "Sun, 13 Sep 2020 12:26:40 GMT"
LATER, EARLIER = "Mon, 14 Sep 2020 12:26:40 GMT", "Sat, 12 Sep 2020 12:26:40 GMT"


@pytest.fixture
def seeded(client: Client, control: Control) -> Client:
    control.load([{"key": "/123456/a.txt", "content": BODY.decode(), "mtime": MTIME},
                  {"key": "/123456/empty", "content": ""}])
    return client


def test_a_download_tells_type_time_and_etag(seeded: Client) -> None:
    answer = seeded.get("/123456/a.txt", "download&format=xml")
    assert (answer.status, answer.body) == (200, BODY)
    assert answer.headers["content-type"] == "text/plain"
    assert answer.headers["last-modified"] == DATE
    assert re.fullmatch(f'"{hashlib.md5(BODY).hexdigest()}:{MTIME}([.][0-9]*[1-9])?"', answer.headers["etag"])


@pytest.mark.parametrize(("mtime", "date"), [
    (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (253402300799, "Fri, 31 Dec 9999 23:59:59 GMT"),
    (253402300800, "Fri, 31 Dec 9999 23:59:59 GMT"), (2**63 - 1, "Fri, 31 Dec 9999 23:59:59 GMT")])
def test_a_time_beyond_all_dates(client: Client, mtime: int, date: str) -> None:
    """Any number can be set as mtime. A header has no date for all of them, and the object is there all the same."""
    assert client.put("/123456/a", b"x", f"&mtime={mtime}").status == 200
    answer = client.get("/123456/a", "download")
    assert (answer.status, answer.body, answer.headers["last-modified"]) == (200, b"x", date)


@pytest.mark.parametrize(("name", "kind"), [
    ("a.html", "text/html"), ("a.JPG", "image/jpeg"), ("css", "application/octet-stream"), ("a.js", "text/javascript"),
    ("d.x/y", "application/octet-stream")])
def test_the_content_type_follows_the_extension(client: Client, name: str, kind: str) -> None:
    client.put(f"/123456/{name}", b"x")
    assert client.get(f"/123456/{name}", "download").headers["content-type"] in (kind, "application/javascript")


def test_head_has_the_length_and_no_body(seeded: Client) -> None:
    answer = seeded.ask("HEAD", "/123456/a.txt", "download")
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", "10")
    assert seeded.ask("HEAD", "/123456/no", "download").status == 404
    assert seeded.get("/123456/a.txt", "download").body == BODY


@pytest.mark.parametrize(("asked", "expected", "shown"), [
    ("bytes=0-0", b"0", "0-0"), ("bytes=2-4", b"234", "2-4"), ("bytes=7-", b"789", "7-9"), ("bytes=-3", b"789", "7-9"),
    ("bytes=0-", BODY, "0-9"), ("bytes=5-500", b"56789", "5-9"), ("bytes=-100", BODY, "0-9"),
])
def test_a_range_gives_that_part_of_the_file(seeded: Client, asked: str, expected: bytes, shown: str) -> None:
    answer = seeded.get("/123456/a.txt", "download", headers={"Range": asked})
    assert (answer.status, answer.body) == (206, expected)
    assert answer.headers["content-range"] == f"bytes {shown}/10"


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=11-12", "bytes=-0"])
def test_a_range_beyond_the_end_is_416(seeded: Client, asked: str) -> None:
    answer = seeded.get("/123456/a.txt", "download", headers={"Range": asked})
    assert (answer.status, answer.headers["content-range"]) == (416, "bytes */10")
    assert seeded.get("/123456/empty", "download", headers={"Range": "bytes=0-"}).status == 416


@pytest.mark.parametrize("asked", ["bytes=3-1", "bytes=-", "lines=1-2", "bytes=0-1,3-4", "bytes=a-b",
                                   f"bytes={'9' * 20}-", f"bytes=0-{'9' * 5000}"])
def test_ranges_that_are_ignored(seeded: Client, asked: str) -> None:
    answer = seeded.get("/123456/a.txt", "download", headers={"Range": asked})
    assert (answer.status, answer.body) == (200, BODY)


@pytest.mark.parametrize(("headers", "status"), [
    ({"If-Match": "ETAG"}, 200), ({"If-Match": "*"}, 200), ({"If-Match": '"x", ETAG'}, 200), ({"If-Match": '"x"'}, 412),
    ({"If-None-Match": "ETAG"}, 304), ({"If-None-Match": "W/ETAG"}, 304), ({"If-None-Match": '"x"'}, 200),
    ({"If-Modified-Since": DATE}, 304), ({"If-Modified-Since": EARLIER}, 200), ({"If-Modified-Since": "soon"}, 200),
    ({"If-Unmodified-Since": DATE}, 200), ({"If-Unmodified-Since": EARLIER}, 412),
    ({"If-Unmodified-Since": "Sat, 29 Oct 2094 19:2147483648:31 GMT"}, 200),
    ({"If-Modified-Since": "Sat, 99 Oct 0 0:0 GMT"}, 200),
    ({"If-None-Match": '"x"', "If-Modified-Since": LATER}, 200), ({"Range": "bytes=0-1", "If-Range": "ETAG"}, 206),
    ({"Range": "bytes=0-1", "If-Range": '"x"'}, 200), ({"Range": "bytes=0-1", "If-Range": DATE}, 206),
])
def test_conditional_headers_decide_the_status(seeded: Client, headers: dict[str, str], status: int) -> None:
    etag = seeded.get("/123456/a.txt", "download").headers["etag"]
    asked = {name: value.replace("ETAG", etag) for name, value in headers.items()}
    assert seeded.get("/123456/a.txt", "download", headers=asked).status == status
    assert seeded.get("/123456/empty", "download").status == 200


@pytest.mark.parametrize(("changed", "fraction"), [
    (7_085610, ".08561"), (7_966172, ".966172"), (7_500000, ".5"), (7_000001, ".000001"), (7_000000, "")])
def test_the_fraction_of_an_etag_has_no_zeros_at_its_end(changed: int, fraction: str) -> None:
    """As recorded in 2019: ``…:1557051565.08561"``."""
    entry = StoredObject(b"123456/a", Kind.FILE, 1, "d" * 32, 1557051565, None, None, changed)
    assert etag_of(Knobs(), entry).decode() == f'"{"d" * 32}:1557051565{fraction}"'


def test_a_new_version_has_a_new_etag(seeded: Client) -> None:
    old = seeded.get("/123456/a.txt", "download").headers["etag"]
    seeded.put("/123456/a.txt", BODY, f"&mtime={MTIME}")
    assert seeded.get("/123456/a.txt", "download").headers["etag"] != old


def test_readers_see_the_old_object_or_the_new_one(seeded: Client, control: Control) -> None:
    seeded.put("/123456/big", b"a" * (8 << 20))
    slow, writer = Client(seeded.port), Client(seeded.port)
    slow.send(slow.head("GET", "/123456/big", "version=1&action=download"))
    first = slow.more()
    writer.put("/123456/big", b"b")
    received = first
    while len(received) < 8 << 20:
        received += slow.more()
    assert received.partition(b"\r\n\r\n")[2][:8 << 20].strip(b"a") == b""
    slow.close()
    writer.close()
