# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action header and the methods (le:2E0A31D1; docs/usage-api.md#action-header, docs/usage-api.md#methods)."""

from __future__ import annotations

import socket
import ssl

import pytest
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import RawClient, Reply, target_of


def ask(api: RawClient, path: bytes, action: str, method: str = "GET") -> Reply:
    headers = api.signed(target_of(path), action)
    return api.send(method, target_of(path), headers if method == "GET" else headers | {"Content-Length": "0"})


@pytest.mark.parametrize(
    "action",
    ["action=stat", "version=2&action=stat", "version=&action=stat", "version=1", "version=1&action=", "version=1&action=copy"],
)
def test_without_version_1_and_a_known_action_nothing_is_done(api: RawClient, place: bytes, action: str) -> None:
    """le:2E0A31D1: "version must be 1". 400 is what OAS has for it, 501 was seen of the old store."""
    api.put(place + b"/a")
    assert ask(api, place + b"/a", action).status in (400, 403, 501)


@pytest.mark.parametrize(
    "action",
    [
        "action=stat&version=1",
        "version=1&action=stat&",
        "version=1&action=stat&format=xml&",
        "version=1&action=stat&format=sql",
        "version=1&action=stat&nobody-knows=this&encoding=utf-8",
    ],
    ids=["order of the Java kit", "trailing ampersand", "of the Python kit", "of the PowerShell module", "unknown parameter"],
)
def test_the_forms_of_the_kits_are_understood(api: RawClient, place: bytes, action: str) -> None:
    """All of these are in production (docs/usage-api.md#action-header)."""
    api.put(place + b"/a", b"abc")
    reply = ask(api, place + b"/a", action)
    assert (reply.status, reply.row["size"]) == (200, "3")


@pytest.mark.parametrize("action", ["stat", "dir", "list", "du", "download"])
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_reading_action_is_not_put(api: RawClient, place: bytes, action: str, method: str) -> None:
    """403 (td:403, OAS errors/403)."""
    api.put(place + b"/a")
    assert api.call(action, place, method=method).status == 403


@pytest.mark.parametrize("action", ["mkdir", "rmdir", "delete", "mtime", "symlink", "rename"])
def test_a_changing_action_is_not_got(api: RawClient, place: bytes, action: str) -> None:
    """The reverse is not documented; what is sure is that nothing changes."""
    api.put(place + b"/a", b"abc", mtime=1_500_000_000)
    params = {"mtime": [("mtime", 1)], "symlink": [("target", "a")], "rename": [("destination", place + b"/b")]}
    assert api.call(action, place + b"/a", params.get(action, []), method="GET").status >= 400
    assert api.call("stat", place + b"/a").row["mtime"] == "1500000000"
    assert api.tree(place) == [b"a"]


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_put_and_post_are_alike_for_what_changes_something(api: RawClient, place: bytes, method: str) -> None:
    """The documentation says PUT here and POST there, the kits the other way round (docs/usage-api.md#methods)."""
    api.put(place + b"/a", b"abc")
    for action, path, params in [
        ("mkdir", place + b"/d", []),
        ("symlink", place + b"/l", [("target", "a")]),
        ("mtime", place + b"/a", [("mtime", 7)]),
        ("rename", place + b"/a", [("destination", place + b"/b")]),
        ("delete", place + b"/l", []),
        ("rmdir", place + b"/d", []),
    ]:
        reply = api.call(action, path, params, method=method)
        assert reply.ok, (action, reply.status)
    assert api.tree(place) == [b"b"]
    assert api.call("stat", place + b"/b").row["mtime"] == "7"


def test_the_tool_header_of_the_java_kit_is_tolerated(api: RawClient, place: bytes) -> None:
    """X-Akamai-NSKit (NetStorageKit-Java)."""
    assert api.call("mkdir", place, headers={"X-Akamai-NSKit": "Java/3.6"}).ok


def test_every_answer_bears_the_marks_of_the_service(api: RawClient, place: bytes) -> None:
    """Server (the Java kit tells the store by it) and Accept-Ranges, also on a 404 (recorded 2019)."""
    for reply in (api.call("mkdir", place), api.call("stat", place), api.call("stat", place + b"/none")):
        assert reply.headers["Server"] == "AkamaiNetStorage"
        assert reply.headers["Accept-Ranges"] == "bytes"


def test_only_listings_have_a_content_type(api: RawClient, place: bytes) -> None:
    """text/xml for dir, list, stat and du; none on texts and errors (recorded 2019)."""
    assert api.call("mkdir", place).headers["Content-Type"] is None
    for action in ("stat", "dir", "list", "du"):
        assert api.call(action, place).headers["Content-Type"] == "text/xml"
    assert api.call("stat", place + b"/none").headers["Content-Type"] is None


def test_a_connection_serves_many_requests(api: RawClient, place: bytes) -> None:
    """tdn:how-to-maximize-upload-performance: "keep connections open"."""
    assert api.call("mkdir", place).headers.get("Connection", "keep-alive").lower() == "keep-alive"
    before = api._connection
    assert api.call("stat", place).ok
    assert api.call("stat", place + b"/none").status == 404
    assert api._connection is before


def test_an_unencoded_blank_in_the_request_line_is_refused(api: RawClient, place: bytes) -> None:
    """400 (issues of the kits for Java and Python)."""
    host, _colon, port = api.account.host.partition(":")
    secure = api.account.protocol == "https"
    with socket.create_connection((host, int(port or (443 if secure else 80))), timeout=30) as plain:
        wire = ssl.create_default_context().wrap_socket(plain, server_hostname=host) if secure else plain
        target = target_of(place) + "/a b"
        headers = "".join(f"{name}: {value}\r\n" for name, value in api.signed(target, "version=1&action=stat").items())
        wire.sendall(f"GET {target} HTTP/1.1\r\nHost: {api.account.host}\r\n{headers}\r\n".encode())
        assert wire.recv(64).startswith((b"HTTP/1.1 400", b"HTTP/1.0 400"))
