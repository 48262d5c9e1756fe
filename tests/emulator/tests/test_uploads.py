# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Uploads: lengths, digests, trailers, clients that break off."""

from __future__ import annotations

import hashlib
import io
import time
import zipfile

import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests.socket_client import Client, auth_headers, encoded
from netstorage_emulator.control import Control, Running, running

BODY = b"Lorem ipsum dolor sit amet, an sea putant quaeque, homero aperiam te eos."
SHA256 = "4e8aecd6dc4c97ae55c30ef9b1e91b4829ef5871b16262b4628838a80dc0c2e2"
SHA1 = "5efe96a4d243965e4edd3142d5ee061ab2f57055"
MD5 = "7d5efa77cfaaff5f18001612b426fe36"


@pytest.mark.parametrize("params", [
    f"&md5={MD5}", f"&sha1={SHA1}", f"&sha256={SHA256}", f"&sha256={SHA256.upper()}", "&size=73",
    f"&mtime=1384128000&size=73&md5={MD5}&sha1={SHA1}&sha256={SHA256}", "&upload-type=binary&format=xml",
])
def test_an_upload_with_right_digests_is_stored(client: Client, control: Control, params: str) -> None:
    assert client.put("/123456/a", BODY, params).status == 200
    assert control.tree()[0]["md5"] == MD5


@pytest.mark.parametrize("params", [
    "&md5=00", f"&md5={SHA1}", f"&sha1={MD5}", f"&sha256={SHA256[:-1]}0", "&size=72", "&size=74", "&sha256=",
    f"&md5={MD5}&sha256=02", "&sha256=atend", "&mtime=atend",
])
def test_wrong_digests_store_nothing(client: Client, control: Control, params: str) -> None:
    client.put("/123456/a", b"old")
    assert client.put("/123456/a", BODY, params).status == 409
    assert client.get("/123456/a", "download").body == b"old"
    assert len(control.tree()) == 1


@pytest.mark.parametrize("params", ["&mtime=soon", "&mtime=-1", "&size=x", "&index-zip=2", "&index-zip=1",
                                    "&mtime=99999999999999999999"])
def test_an_upload_with_bad_parameters_is_400_and_not_stored(client: Client, control: Control, params: str) -> None:
    assert client.put("/123456/a", BODY, params).status == 400
    assert control.tree() == []
    assert client.get("/123456", "dir").status == 200


def test_index_zip_changes_the_object(client: Client, control: Control) -> None:
    assert client.put("/123456/a.zip", BODY, f"&index-zip=1&md5={MD5}").status == 200
    assert control.tree()[0]["md5"] != MD5


@pytest.mark.parametrize("size", [100, 400_000])
@pytest.mark.parametrize(("setting", "adds"), [("comment", True), ("behind", True), ("none", False)])
def test_where_the_index_of_an_archive_goes(client: Client, control: Control, setting: str, adds: bool, size: int) -> None:
    """In memory and on disk: the members are the same, and nothing else is there but the index."""
    with io.BytesIO() as stream:
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("a", bytes(size))
            archive.comment = b"mine"
        sent = stream.getvalue()
    control.set_knobs(zip_index=setting)
    assert client.put("/123456/a.zip", sent, f"&index-zip=1&md5={hashlib.md5(sent).hexdigest()}").status == 200
    stored = client.get("/123456/a.zip", "download").body
    assert (len(stored) > len(sent)) is adds
    assert stored.startswith(sent[:-6])  # up to the length of the comment
    with zipfile.ZipFile(io.BytesIO(stored)) as archive:
        assert archive.read("a") == bytes(size)
        assert archive.comment.startswith(b"mine")


def test_an_upload_without_a_length_is_411(client: Client) -> None:
    client.send(client.head("PUT", "/123456/a", "version=1&action=upload"))
    assert client.receive().status == 411


def test_onto_the_root(client: Client) -> None:
    assert client.put("/123456/", b"").status == 403


def trailers(path: str, params: str, action: str = "upload", **signing: object) -> dict[str, str]:
    """As rclone writes them."""
    final = f"version=1&action={action}{params}"
    signed = auth_headers(encoded(path), final, **signing)  # type: ignore[arg-type]
    return {"X-Akamai-Acs-Action": final, "X-Akamai-Acs-Auth-Data": signed["X-Akamai-ACS-Auth-Data"],
            "X-Akamai-Acs-Auth-Sign": signed["X-Akamai-ACS-Auth-Sign"]}


AT_END = "upload&sha256=atend&mtime=atend"


@pytest.mark.parametrize("parts", [[BODY], [BODY[:1], BODY[1:50], BODY[50:]], [bytes([byte]) for byte in BODY]])
def test_digest_and_time_may_come_in_trailers(client: Client, control: Control, parts: list[bytes]) -> None:
    path = "/123456/plus+sign & more.txt"
    assert client.chunked(path, AT_END, parts, trailers(path, f"&sha256={SHA256}&mtime=7")).status == 200
    assert control.tree() == [{"key": path, "type": "file", "size": 73, "md5": MD5, "mtime": 7}]


def test_trailers_of_an_empty_file(client: Client, control: Control) -> None:
    digest = hashlib.sha256(b"").hexdigest()
    assert client.chunked("/123456/e", AT_END, [], trailers("/123456/e", f"&sha256={digest}&mtime=7")).status == 200
    assert control.tree()[0]["size"] == 0


def test_chunks_need_no_trailers(client: Client) -> None:
    assert client.chunked("/123456/a", f"upload&sha256={SHA256}", [BODY], {}).status == 200


@pytest.mark.parametrize(("params", "signing", "status"), [
    (f"&sha256={SHA256[::-1]}&mtime=7", {}, 409), (f"&sha256={SHA256}", {}, 409), ("&mtime=7", {}, 409),
    (f"&sha256={SHA256}&mtime=7", {"key": "wrong"}, 403), (f"&sha256={SHA256}&mtime=7", {"when": 5}, 403),
    (f"&sha256={SHA256}&mtime=7", {"action": "delete"}, 400), (f"&sha256={SHA256}&mtime=x", {}, 400),
    (f"&sha256={SHA256}&mtime=7&sha1={SHA1}", {}, 409),
])
def test_an_upload_with_wrong_trailers_is_not_stored(
    client: Client, control: Control, params: str, signing: dict[str, object], status: int
) -> None:
    late = trailers("/123456/a", params, **signing)  # type: ignore[arg-type]
    assert client.chunked("/123456/a", AT_END, [BODY], late).status == status
    assert control.tree() == []
    assert client.get("/123456", "dir").status == 200


def test_an_upload_without_its_trailers_is_409(client: Client, control: Control) -> None:
    assert client.chunked("/123456/a", AT_END, [BODY], {}).status == 409
    assert control.tree() == []


def test_an_upload_that_is_broken_off_is_not_stored(client: Client, control: Control) -> None:
    since = control.journal_length()
    client.send(client.head("PUT", "/123456/a", f"version=1&action={AT_END}", {"Transfer-Encoding": "chunked"}))
    client.send(b"400\r\nhalf of it")
    client.close()
    deadline = time.monotonic() + 5
    while not control.journal(since) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert control.journal(since)[0]["status"] == 0
    assert control.tree() == []
    assert client.post("/123456/a", "delete").status == 404


def test_expect_100_continue(client: Client) -> None:
    headers = {"Content-Length": "73", "Expect": "100-continue"}
    client.send(client.head("PUT", "/123456/a", "version=1&action=upload", headers))
    assert client.receive().status == 100
    client.send(BODY)
    assert client.receive().status == 200
    client.send(client.head("PUT", "/123456/a", "version=1&action=upload", headers, key="wrong"))
    answer = client.receive()
    assert (answer.status, answer.headers["connection"]) == (403, "close")


def test_a_refused_upload_leaves_the_connection_usable(client: Client, control: Control) -> None:
    assert client.put("/123456/a", BODY * 1000, key="wrong").status == 403
    before = control.counts()["connections"]
    assert client.put("/123456/a", BODY).status == 200
    assert control.counts()["connections"] == before


def test_a_large_body_comes_back_unchanged(client: Client) -> None:
    body = bytes(range(256)) * 40_000
    digest = hashlib.sha256(body).hexdigest()
    assert client.put("/123456/big", body, f"&sha256={digest}").status == 200
    assert client.get("/123456/big", "download").body == body


def test_a_large_body_takes_no_memory_on_disk(tmp_path_factory: pytest.TempPathFactory) -> None:
    store = tmp_path_factory.mktemp("store")
    with running(account="tester", key="a-secret-key", cp_codes=["123456"], data=store) as own:
        before = memory(own)
        client = Client(own.port)
        client.send(client.head("PUT", "/123456/a", "version=1&action=upload", {"Content-Length": str(80 << 20)}))
        for _mebibyte in range(80):
            client.send(bytes(1 << 20))
        assert client.receive().status == 200
        client.close()
        assert memory(own) - before < 16 << 20


def memory(emulator: Running) -> int:
    """The largest resident size so far, in bytes (Linux)."""
    with open(f"/proc/{emulator.process.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))
