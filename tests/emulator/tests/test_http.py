# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP itself: pipelining, kept-alive connections, bytes that are no HTTP, limits."""

from __future__ import annotations

import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests.socket_client import Client
from netstorage_emulator.control import Control


def test_pipelined_requests_are_answered_in_order(client: Client, control: Control) -> None:
    requests = []
    for number in range(200):
        length = {"Content-Length": "3"}
        requests.append(client.head("PUT", f"/123456/{number}", "version=1&action=upload", length) + b"abc")
        requests.append(client.head("GET", f"/123456/{number}", "version=1&action=stat"))
        requests.append(client.head("GET", f"/123456/{number}", "version=1&action=download"))
    client.send(b"".join(requests))
    for number in range(200):
        assert client.receive().status == 200
        assert f'name="{number}"' in client.receive().text
        assert client.receive().body == b"abc"
    control.set_latency(20)
    client.send(b"".join(client.head("GET", f"/123456/{number}", "version=1&action=stat") for number in range(5)))
    assert [f'name="{number}"' in client.receive().text for number in range(5)] == [True] * 5


def test_one_byte_at_a_time(client: Client) -> None:
    request = client.head("PUT", "/123456/slow", "version=1&action=upload", {"Content-Length": "3"}) + b"abc"
    for byte in request:
        client.send(bytes([byte]))
    assert client.receive().status == 200


def test_a_request_to_close_is_confirmed(client: Client) -> None:
    client.send(client.head("GET", "/123456", "version=1&action=dir", {"Connection": "close"}))
    assert client.receive().headers["connection"] == "close"


@pytest.mark.parametrize(("data", "status"), [
    (b"GET /123456/a b HTTP/1.1\r\nHost: x\r\n\r\n", 400), (b"nonsense\r\n\r\n", 400),
    (b"PUT /123456/a HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    (b"GET /123456/\xff HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    (b"GET /123456/a HTTP/1.1\r\nX: " + b"y" * 70_000 + b"\r\n\r\n", 431),
    (b"GET /123456/a HTTP/1.1\r\nX: " + b"y" * 400_000, 431),
])
def test_what_is_no_http_gets_a_4xx(client: Client, data: bytes, status: int) -> None:
    client.send(data)
    assert client.receive().status == status


def test_too_many_trailers_are_431_and_nothing_is_stored(client: Client, control: Control) -> None:
    client.send(client.head("PUT", "/123456/a", "version=1&action=upload", {"Transfer-Encoding": "chunked"}))
    client.send(b"0\r\n" + b"".join(b"X-%d: %b\r\n" % (number, b"y" * 1000) for number in range(100)))
    assert client.receive().status == 431
    assert control.tree() == []


def test_a_bad_request_behind_a_good_one(client: Client) -> None:
    client.send(client.head("GET", "/123456", "version=1&action=dir") + b"rubbish\r\n\r\n")
    assert client.receive().status == 200
    assert client.receive().status == 400


def test_a_body_for_a_change_that_needs_none(client: Client) -> None:
    assert client.ask("POST", "/123456/d", "mkdir", b"ignored").status == 200
    assert client.get("/123456/d", "stat").status == 200


def test_header_names_in_any_case(client: Client) -> None:
    head = client.head("GET", "/123456", "version=1&action=dir").replace(b"X-Akamai-ACS", b"x-aKAMAI-acs")
    client.send(head.replace(b"Host", b"X-Akamai-NSKit: java\r\nhost"))
    assert client.receive().status == 200


def test_a_client_that_sends_no_more(client: Client, control: Control) -> None:
    control.set_latency(50)
    client.send(client.head("GET", "/123456", "version=1&action=dir"))
    client.half_close()
    answer = client.receive()
    assert (answer.status, answer.headers["connection"]) == (200, "close")


def test_a_target_in_absolute_form_is_served(client: Client) -> None:
    head = client.head("GET", "/123456", "version=1&action=dir")
    client.send(head.replace(b"GET /123456", b"GET http://127.0.0.1/123456"))
    assert client.receive().status == 200
