# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may do what: signatures, clock, replay, accounts, CP codes, restricted accounts."""

from __future__ import annotations

import time

import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests.socket_client import ACCOUNT, Client, auth_headers, names_of
from netstorage_emulator.auth import sign
from netstorage_emulator.control import Control, Running

MEDIA = "version=1&action=upload&md5=0123456789abcdef0123456789abcdef&mtime=1260000000"
KEY1 = "5, 0.0.0.0, 0.0.0.0, 1280000000, 382644692, key1"
USER1 = "5, 0.0.0.0, 0.0.0.0, 1384128000, 1234, user1"


@pytest.mark.parametrize(("algorithm", "key", "data", "path", "action", "expected"), [
    ("sha256", "abcdefghij", "5, 0.0.0.0, 0.0.0.0, 1280000000, 382644692, UploadAccountMedia",
     "/123456/files_baseball/sweep.m4a", MEDIA, "yh1MXm/rv7RKZhfKlTuSUBV69Acph5IyOWCU0/nFjms="),
    ("sha256", "abcdefghij", KEY1, "/dir1/dir2/file.html", MEDIA, "vuCWPzdEW5OUlH1rLfHokWAZAWSdaGTM8yX3bgIDWtA="),
    ("sha256", "abcdefghij", KEY1, "/dir1/dir2/file.ext", MEDIA, "Ix98xZYkwygidinpmtKVk9+xPNn5QjozWDMROLjVWSo="),
    ("sha256", "secret1", USER1, "/foobar", "version=1&action=download",
     "jKA6Rh9lCotwbE6BRPZve1fOl67yqKnZ+Z0b048jwYo="),
    ("sha1", "secret1", USER1, "/foobar", "version=1&action=download", "0Eg7KoGhk4zayO1OQpvqO/xW1IU="),
    ("md5", "secret1", USER1, "/foobar", "version=1&action=download", "2o9oYek9FVnDcTUykNoncg=="),
])
def test_the_emulator_signs_as_published(algorithm: str, key: str, data: str, path: str, action: str, expected: str) -> None:
    assert sign(algorithm, key.encode(), data.encode(), path.encode(), action.encode()).decode() == expected


@pytest.mark.parametrize("version", [3, 4, 5])
@pytest.mark.parametrize("glue", [", ", ",", ",  "])
def test_every_version_with_and_without_blanks(client: Client, version: int, glue: str) -> None:
    assert client.get("/123456", "dir", version=version, glue=glue).status == 200


def test_rclone_leaves_out_the_blank_before_the_account(client: Client) -> None:
    path, action = "/123456", "version=1&action=dir"
    signed = auth_headers(path, action, glue=", ", account="x")["X-Akamai-ACS-Auth-Data"].replace(", x", f",{ACCOUNT}")
    signature = sign("sha256", b"a-secret-key", signed.encode(), path.encode(), action.encode()).decode()
    headers = {"X-Akamai-ACS-Action": action, "X-Akamai-Acs-Auth-Data": signed, "X-Akamai-Acs-Auth-Sign": signature}
    client.send(client.head("GET", path, None, headers))
    assert client.receive().status == 200


@pytest.mark.parametrize("signing", [
    {"key": "wrong"}, {"account": "nobody"}, {"unique": " "}, {"when": 12}, {"account": "limited"},
])
def test_a_wrong_signature_is_403_and_noted(client: Client, control: Control, signing: dict[str, object]) -> None:
    since = control.journal_length()
    answer = client.get("/123456", "dir", **signing)
    assert (answer.status, answer.text) == (403, "Forbidden\n")
    assert control.journal(since)[0]["note"]


def test_the_clock_window_is_a_minute(client: Client) -> None:
    now = int(time.time())
    assert client.get("/123456", "dir", when=now - 58).status == 200
    assert client.get("/123456", "dir", when=now + 58).status == 200
    assert client.get("/123456", "dir", when=now - 63).status == 403
    assert client.get("/123456", "dir", when=now + 64).status == 403


def test_no_action_header(client: Client) -> None:
    assert client.ask("GET", "/123456/x", None).status == 403


@pytest.mark.parametrize("action", ["version=2&action=dir", "action=dir", "version=1&action=copy", "version=1"])
def test_an_unknown_version_or_action_is_400(client: Client, action: str) -> None:
    client.send(client.head("GET", "/123456", action))
    assert client.receive().status == 400


def test_parameters_in_any_order_with_unknown_ones(client: Client) -> None:
    client.send(client.head("GET", "/123456", "format=sql&action=dir&&what=ever&version=1&"))
    assert client.receive().status == 200


@pytest.mark.parametrize(("method", "action", "status"), [
    ("PUT", "stat", 403), ("POST", "list", 403), ("HEAD", "dir", 403), ("GET", "mkdir", 403), ("POST", "upload", 403),
    ("GET", "upload", 403), ("DELETE", "delete", 405), ("OPTIONS", "dir", 405), ("PUT", "mkdir", 200),
    ("POST", "mkdir", 200),
])
def test_each_action_takes_only_its_methods(client: Client, method: str, action: str, status: int) -> None:
    assert client.ask(method, "/123456/x", action).status == status


@pytest.mark.parametrize("path", ["/777/x", "/", "//123456/x", "/1234567", "/12345"])
def test_cp_codes_of_others(client: Client, path: str) -> None:
    assert client.post(path, "mkdir").status == 403


def test_every_account_has_its_cp_codes(emulator: Running, client: Client) -> None:
    second = Client(emulator.port, account="second", key="third-key")
    assert second.put("/777/x", b"1").status == 200
    assert second.put("/123456/x", b"1").status == 403
    assert client.put("/654321/x", b"1").status == 200
    second.close()


def test_a_restricted_account(emulator: Running, client: Client) -> None:
    for path in ("/123456/site/a", "/123456/site2/a", "/123456/a", "/123456/site-x", "/123456/site/b"):
        client.put(path, b"x")
    limited = Client(emulator.port, account="limited", key="another-key")
    for path in ("/123456", "/123456/", "/123456/site2/a", "/123456/site-x", "/123456/a"):
        assert limited.get(path, "stat&implicit=yes").status == 403, path
    assert limited.get("/123456/site", "stat&implicit=yes").status == 200
    assert names_of(limited.get("/123456/site/", "list")) == ["123456/site/a", "123456/site/b"]
    emulator.control.set_knobs(list_order="per_directory")
    assert names_of(limited.get("/123456/site/", "list")) == ["123456/site/a", "123456/site/b"]
    assert limited.post("/123456/site/a", "rename&destination=%2F123456%2Fout").status == 403
    limited.post("/123456/site/l", "symlink&target=../a")
    assert limited.get("/123456/site/l", "download").status == 404
    limited.close()
