# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""download (td:get-download; docs/usage-api.md#download)."""

from __future__ import annotations

from email.utils import formatdate

import pytest
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import RawClient
from netstorage_emulator.control import Running

BODY = bytes(range(256)) * 4


def test_the_bytes_as_they_were_stored(api: RawClient, place: bytes) -> None:
    """200, although OAS has a 204 (recorded 2019); Content-Length, Last-Modified = mtime, an ETag."""
    api.put(place + b"/a.bin", BODY, mtime=1_400_000_000)
    reply = api.call("download", place + b"/a.bin")
    assert (reply.status, reply.body) == (200, BODY)
    assert reply.headers["Content-Length"] == str(len(BODY))
    assert reply.headers["Last-Modified"] == formatdate(1_400_000_000, usegmt=True)
    assert reply.headers["ETag"]


@pytest.mark.parametrize(("name", "kind"), [(b"a.txt", "text/plain"), (b"a.jpg", "image/jpeg"), (b"a.html", "text/html")])
def test_the_content_type_is_that_of_the_extension(api: RawClient, place: bytes, name: bytes, kind: str) -> None:
    """Recorded 2019."""
    api.put(place + b"/" + name, b"x")
    assert api.call("download", place + b"/" + name).headers["Content-Type"].partition(";")[0] == kind


def test_head_gives_the_head_alone(api: RawClient, place: bytes) -> None:
    """Recorded 2019: 200, the length, no body."""
    api.put(place + b"/a", BODY)
    reply = api.call("download", place + b"/a", method="HEAD")
    assert (reply.status, reply.body, reply.headers["Content-Length"]) == (200, b"", str(len(BODY)))
    assert api.call("download", place, method="HEAD").status == 404


@pytest.mark.parametrize(
    ("asked", "part", "shown"),
    [
        ("bytes=0-0", BODY[:1], "bytes 0-0/1024"),
        ("bytes=0-", BODY, "bytes 0-1023/1024"),
        ("bytes=1000-2000", BODY[1000:], "bytes 1000-1023/1024"),
        ("bytes=-24", BODY[1000:], "bytes 1000-1023/1024"),
    ],
)
def test_a_range_is_206_with_content_range(api: RawClient, place: bytes, asked: str, part: bytes, shown: str) -> None:
    """206 with Content-Range (rclone relies on it; an edge capture of 2020)."""
    api.put(place + b"/a", BODY)
    reply = api.call("download", place + b"/a", headers={"Range": asked})
    assert (reply.status, reply.body, reply.headers["Content-Range"]) == (206, part, shown)


def test_nothing_and_directories_are_404(api: RawClient, place: bytes) -> None:
    """Recorded 2019."""
    api.mkdir(place + b"/d")
    api.put(place + b"/i/a")
    for path in (b"/none", b"/d", b"/d/", b"/i"):
        assert api.call("download", place + path).status == 404


def test_the_etag_tells_versions_apart(api: RawClient, place: bytes) -> None:
    """Conditions exist: td:412 speaks of ETag and If-Match."""
    api.put(place + b"/a", b"one")
    old = api.call("download", place + b"/a").headers["ETag"]
    assert api.call("download", place + b"/a", headers={"If-Match": old}).status == 200
    api.put(place + b"/a", b"two")
    assert api.call("download", place + b"/a", headers={"If-Match": old}).status == 412


def test_through_a_symlink(api: RawClient, place: bytes, emulator: Running) -> None:
    """Not documented and not seen. Emulator only: knob ``follow_links``; dangling and looping links are 404."""
    api.put(place + b"/d/a", b"abc")
    for link, target in [(b"rel", b"d/a"), (b"abs", place + b"/d/a"), (b"dangling", b"none"), (b"loop", b"loop")]:
        api.symlink(place + b"/" + link, target)
    followed = {link: api.call("download", place + b"/" + link).status for link in (b"rel", b"abs", b"dangling", b"loop")}
    assert followed == {b"rel": 200, b"abs": 200, b"dangling": 404, b"loop": 404}
    emulator.control.set_knobs(follow_links=404)
    assert api.call("download", place + b"/rel").status == 404
