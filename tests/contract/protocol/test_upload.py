# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""upload (td:put-upload, td:usage-details-for-upload; docs/usage-api.md#upload)."""

from __future__ import annotations

import hashlib
import os
import time

import pytest
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import RawClient, action_value, target_of
from netstorage_emulator.control import Running

DIGESTS = ("md5", "sha1", "sha256")
BODY = b"Lorem ipsum dolor sit amet, an sea putant quaeque, homero aperiam te eos."


def digest(name: str, body: bytes = BODY) -> str:
    return hashlib.new(name, body).hexdigest()


def test_the_bytes_arrive(api: RawClient, place: bytes) -> None:
    """200, empty body (recorded 2019)."""
    reply = api.call("upload", place + b"/a", [], BODY)
    assert (reply.ok, reply.body) == (True, b"")
    assert api.call("download", place + b"/a").body == BODY
    assert api.call("stat", place + b"/a").row["md5"] == digest("md5")


def test_an_empty_file(api: RawClient, place: bytes) -> None:
    """Allowed (all clients have a code path for it)."""
    assert api.call("upload", place + b"/a", [("size", 0), ("sha256", digest("sha256", b""))], b"").ok
    assert api.call("stat", place + b"/a").row["size"] == "0"
    assert api.call("download", place + b"/a").body == b""


def test_a_body_larger_than_any_buffer(api: RawClient, place: bytes) -> None:
    body = os.urandom(3_000_001)
    assert api.call("upload", place + b"/a", [("sha256", digest("sha256", body))], body).ok
    assert api.call("stat", place + b"/a").row["md5"] == digest("md5", body)


@pytest.mark.parametrize("name", DIGESTS)
def test_a_right_digest_is_accepted_in_either_case(api: RawClient, place: bytes, name: str) -> None:
    """Lower case is documented, the PowerShell module sends upper case."""
    assert api.call("upload", place + b"/a", [(name, digest(name))], BODY).ok
    assert api.call("upload", place + b"/b", [(name, digest(name).upper())], BODY).ok
    assert api.tree(place) == [b"a", b"b"]


@pytest.mark.parametrize("name", [*DIGESTS, "size"])
def test_what_does_not_verify_is_not_stored(api: RawClient, place: bytes, name: str) -> None:
    """td:put-upload: "the server verifies". The status is not documented, so only its class is sure."""
    api.put(place + b"/old", b"old")
    wrong = "74" if name == "size" else digest(name, b"something else")
    for path in (b"/new", b"/old"):
        assert 400 <= api.call("upload", place + path, [(name, wrong)], BODY).status < 500
    assert api.tree(place) == [b"old"]
    assert api.call("download", place + b"/old").body == b"old"


def test_all_checks_together(api: RawClient, place: bytes) -> None:
    """The action string of the Java kit's test, with true values."""
    params = [("mtime", 1_384_128_000), ("size", len(BODY)), *((name, digest(name)) for name in DIGESTS)]
    assert api.call("upload", place + b"/a", params, BODY).ok
    assert api.call("stat", place + b"/a").row["mtime"] == "1384128000"


def test_without_mtime_the_file_is_as_old_as_its_upload(api: RawClient, place: bytes) -> None:
    """td:put-upload: by default the time at which the upload completes."""
    assert api.call("upload", place + b"/a", [], BODY).ok
    assert abs(int(api.call("stat", place + b"/a").row["mtime"]) - time.time()) < 90


def test_the_last_upload_wins(api: RawClient, place: bytes) -> None:
    """Overwrites silently."""
    api.put(place + b"/a", b"first", mtime=1)
    api.put(place + b"/a", b"second", mtime=2)
    row = api.call("stat", place + b"/a").row
    assert (row["size"], row["mtime"]) == ("6", "2")


def test_parents_become_implicit(api: RawClient, place: bytes) -> None:
    """No directory needs to be there (td:put-upload; le:07FEF6FB is about the old store)."""
    api.put(place + b"/d/e/a")
    assert [kind for kind, _name in api.stat(place + b"/d/e")] == ["implicit"]
    assert api.tree(place) == [b"d/e/a"]


@pytest.mark.parametrize("size", [0, 1, 1000, 20_000])
def test_chunked_with_signed_trailers(api: RawClient, place: bytes, size: int) -> None:
    """``=atend``: the values follow in trailers that are signed anew; no Trailer header announces them
    (td:usage-details-for-upload). rclone sends every file so, the empty ones too."""
    body = os.urandom(size)
    first = [("sha256", "atend"), ("mtime", "atend")]
    last = [("sha256", digest("sha256", body)), ("mtime", 1_300_000_000)]
    assert api.upload_chunked(place + b"/a", body, first, last).ok
    row = api.call("stat", place + b"/a").row
    assert (row["size"], row["md5"], row["mtime"]) == (str(size), digest("md5", body), "1300000000")


def test_chunks_without_trailers_are_stored(api: RawClient, place: bytes) -> None:
    """A body needs a length or chunks, and nothing more."""
    assert api.upload_chunked(place + b"/a", BODY, [("sha256", digest("sha256"))], None, chunk=7).ok
    assert api.call("download", place + b"/a").body == BODY


def test_a_wrong_digest_in_a_trailer_stores_nothing(api: RawClient, place: bytes) -> None:
    first, last = [("sha256", "atend"), ("mtime", "atend")], [("sha256", digest("sha256", b"else")), ("mtime", 1)]
    assert 400 <= api.upload_chunked(place + b"/a", BODY, first, last).status < 500
    assert api.tree(place) == []


def test_announced_trailers_that_do_not_come_store_nothing(api: RawClient, place: bytes) -> None:
    reply = api.upload_chunked(place + b"/a", BODY, [("sha256", "atend"), ("mtime", "atend")], None)
    assert 400 <= reply.status < 500
    assert api.tree(place) == []


def test_trailers_signed_with_another_key_store_nothing(api: RawClient, place: bytes) -> None:
    """Both header sets are authenticated (td:usage-details-for-upload)."""
    first, last = [("sha256", "atend"), ("mtime", "atend")], [("sha256", digest("sha256")), ("mtime", 1)]
    reply = api.upload_chunked(place + b"/a", BODY, first, last, last_key="another-key-altogether")
    assert reply.status == 403
    assert api.tree(place) == []


def test_a_body_that_breaks_off_stores_nothing(api: RawClient, place: bytes) -> None:
    """Readers see the old or the new, never a part."""
    api.put(place + b"/a", b"old")
    target = target_of(place + b"/a")
    headers = api.signed(target, action_value("upload")) | {"Content-Length": "1000"}
    connection = api._opened()
    connection.putrequest("PUT", target, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders(b"only a part")
    api.close()
    assert api.call("download", place + b"/a").body == b"old"


def test_a_body_without_length_is_refused(api: RawClient, place: bytes) -> None:
    """Neither Content-Length nor chunks: 411 or another refusal, and nothing is stored."""
    target = target_of(place + b"/a")
    assert 400 <= api.send("PUT", target, api.signed(target, action_value("upload"))).status < 500
    assert api.tree(place) == []


def test_an_index_is_for_zip_files(api: RawClient, place: bytes) -> None:
    """``index-zip=1``, name must end in .zip (le:75696F3E)."""
    assert 400 <= api.call("upload", place + b"/a.txt", [("index-zip", 1)], BODY).status < 500
    assert api.tree(place) == []


@pytest.mark.parametrize("status", [400, 409, 412, 422])
def test_the_status_of_a_failed_check_is_a_knob(api: RawClient, place: bytes, emulator: Running, status: int) -> None:
    """Emulator only: knob ``verify_failure``."""
    emulator.control.set_knobs(verify_failure=status)
    assert api.call("upload", place + b"/a", [("md5", "0" * 32)], BODY).status == status
    assert api.tree(place) == []


def test_an_upload_onto_a_symlink(api: RawClient, place: bytes, emulator: Running) -> None:
    """Emulator only: knob ``upload_onto_symlink``. Nobody knows, so no client may rely on one of them."""
    for setting, kinds in [("replace", {"t": "file", "l": "file"}), ("write_through", {"t": "file", "l": "symlink"})]:
        emulator.control.set_knobs(upload_onto_symlink=setting)
        folder = place + b"/" + setting.encode()
        api.put(folder + b"/t", b"old")
        api.symlink(folder + b"/l", b"t")
        api.put(folder + b"/l", b"new")
        assert {name.decode(): kind for name in (b"t", b"l") for kind, _name in api.stat(folder + b"/" + name)} == kinds
        assert api.call("download", folder + b"/t").body == (b"old" if setting == "replace" else b"new")
    emulator.control.set_knobs(upload_onto_symlink=409)
    assert api.call("upload", place + b"/write_through/l", [], BODY).status == 409
