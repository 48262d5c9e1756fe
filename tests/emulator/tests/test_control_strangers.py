# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control port and strangers: web pages in a browser of this machine, and input that no client of it would send."""

from __future__ import annotations

import http.client
import json
import pathlib
import socket
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests.after_faults import keys
from ansible_collections.edgeops.netstorage.tests.emulator.tests.socket_client import ACCOUNT, CP_CODE, KEY
from netstorage_emulator.control import ControlError, Running, running
from netstorage_emulator.control_http import ControlConnection


def asked(port: int, method: str = "GET", path: str = "/counts", headers: t.Sequence[tuple[str, str]] = (), body: bytes = b"",
          version: str = "1.1") -> tuple[int, str]:
    """Status and error of a request to a control port with these headers and no others."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in (*headers, ("Content-Length", str(len(body)))))
    with socket.create_connection(("127.0.0.1", port), timeout=20) as calling:
        calling.sendall(f"{method} {path} HTTP/{version}\r\n{lines}\r\n".encode("latin-1") + body)
        reply = http.client.HTTPResponse(calling)
        reply.begin()
        found = json.loads(reply.read())
    return reply.status, found.get("error", "") if isinstance(found, dict) else ""


def control_of(emulator: Running) -> int:
    return int(emulator.control.address.rpartition(":")[2])


@pytest.mark.parametrize(("method", "path"), [
    ("POST", "/tree/reset"), ("GET", "/tree"), ("OPTIONS", "/tree/reset"), ("GET", "/no")])
@pytest.mark.parametrize("origin", ["http://evil.example", "null", "", "http://127.0.0.1:8080"])
def test_a_request_of_a_web_page_is_refused(emulator: Running, origin: str, method: str, path: str) -> None:
    """A browser adds an Origin to whatever a page sends that could change something."""
    emulator.control.load([{"key": "/123456/a", "content": "1"}])
    status, error = asked(control_of(emulator), method, path, [("Host", "127.0.0.1"), ("Origin", origin)], b"{}")
    assert (status, "Origin" in error) == (403, True)
    assert keys(emulator.control) == ["/123456/a"]


LOOPBACK = ["127.0.0.1", "127.0.0.1:80", "127.8.9.1", "localhost", "LocalHost:8080", "[::1]", "[::1]:8080", "[0:0:0:0:0:0:0:1]"]
ELSEWHERE = ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "evil.example/127.0.0.1", "localhost.evil.example",
             "evil.example@127.0.0.1", "127.0.0.1@evil.example", "192.0.2.1", "0.0.0.0", "[2001:db8::1]:80", "[::]", "::1", "",
             ":80", "[::1", "127.0.0.1:80:80", "[evil.example]", "emulator.test"]


@pytest.mark.parametrize("host", LOOPBACK)
def test_the_control_port_answers_who_means_this_machine(emulator: Running, host: str) -> None:
    assert asked(control_of(emulator), headers=[("Host", host)]) == (200, "")


@pytest.mark.parametrize("host", ELSEWHERE)
def test_a_name_that_somebody_made_loopback_is_refused(emulator: Running, host: str) -> None:
    """DNS rebinding: the page's own name leads here, so for the browser there is no other origin."""
    emulator.control.load([{"key": "/123456/a", "content": "1"}])
    status, error = asked(control_of(emulator), "POST", "/tree/reset", [("Host", host)], b"{}")
    assert (status, "--control-host" in error) == (403, True)
    assert keys(emulator.control) == ["/123456/a"]


def test_every_host_of_a_request_counts(emulator: Running) -> None:
    port = control_of(emulator)
    for headers, version in (([], "1.1"), ([], "1.0"), ([("Host", "localhost"), ("Host", "evil.example")], "1.1")):
        assert asked(port, headers=headers, version=version)[0] == 403
    assert asked(port, path="http://evil.example/counts", headers=[("Host", "localhost")])[0] == 403
    assert asked(port, path="http://localhost/counts", headers=[("Host", "localhost")])[0] == 200


def test_names_that_the_control_port_is_told_of() -> None:
    more = ["--control-host", "Emulator.test", "--control-host", "build-7:8443"]
    with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], more=more) as emulator:
        port = control_of(emulator)
        for host, status in (("emulator.test", 200), ("EMULATOR.test:99", 200), ("build-7:8443", 200), ("build-7:80", 403),
                             ("build-7", 403), ("other.test", 403), ("localhost", 200)):
            assert asked(port, headers=[("Host", host)])[0] == status, host
        assert asked(port, headers=[("Host", "emulator.test"), ("Origin", "http://emulator.test")])[0] == 403


class Wire:
    """Just enough of a transport."""

    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data


def test_the_body_of_a_refused_request_is_not_kept() -> None:
    handled: list[bytes] = []

    def handle(_method: str, _path: str, _query: bytes, body: bytes) -> tuple[int, bytes]:
        handled.append(body)
        return 200, b"{}"

    connection, wire = ControlConnection(handle), Wire()
    connection._transport = wire  # type: ignore[assignment]
    connection.data_received(b"POST /tree HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 1000\r\n\r\n" + b"x" * 900)
    assert connection._body == []
    connection.data_received(b"x" * 100 + b"GET /tree HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert wire.written.startswith(b"HTTP/1.1 403 ")
    assert b"HTTP/1.1 200 " in wire.written
    assert handled == [b""]


# -- input that is too much

LOCAL = [("Host", "localhost")]
DIGITS = "9" * 5000
MANY = "9" * 4200  # as many as Python just reads
DEEP = "[" * 200_000
NESTED = "[" * 950 + "]" * 950  # read, and then too deep to be shown
HALF = "\\ud800"  # half of a character
PATHS = ("/counts/reset", "/knobs", "/accounts", "/latency", "/throttle", "/tree", "/tree/reset", "/faults")
READ = ("/knobs", "/accounts", "/latency", "/throttle", "/tree", "/faults")


def bodies() -> t.Iterator[tuple[str, str]]:
    for path in READ:
        yield from ((path, body) for body in (DEEP, DIGITS, f"[{DIGITS}]", DEEP.replace("[", '{"a":'), NESTED, "", "\x00"))
        yield from ((path, f'{{"{name}": {value}}}') for name in ("ms", "page_size", "seed", "burst", "account", "faults")
                    for value in (DIGITS, NESTED, f'"{HALF}"'))
    for number in (DIGITS, MANY, f"-{MANY}", "1e999", "NaN", NESTED, "true", f'"{DIGITS}"', f'"{HALF}"'):
        yield from ((path, body.replace("?", number)) for path, body in (
            ("/knobs", '{"page_size": ?}'), ("/knobs", '{"propagation": ?}'), ("/knobs", '{"clock_skew": ?}'),
            ("/latency", '{"ms": ?}'), ("/throttle", '{"requests_per_second": ?}'), ("/throttle", '{"burst": ?}'),
            ("/tree", '[{"key": "/123456/b", "mtime": ?}]'), ("/faults", '[{"status": ?}]'),
            ("/faults", '[{"status": 503, "times": ?}]'), ("/faults", '[{"kind": "content_length", "how": "larger", "by": ?}]'),
            ("/faults", '{"latency_ms": ?}')))
    yield from (("/accounts", f'{{"account": "{HALF}", "restrict": []}}'), ("/tree", f'[{{"key": "/123456/{HALF}"}}]'),
                ("/accounts", f'{{"account": "{ACCOUNT}", "restrict": ["/123456/{HALF}"]}}'),
                ("/faults", f'[{{"status": 503, "body": "{HALF}"}}]'), ("/knobs", f'{{"path_check@{HALF}": "disallow"}}'),
                ("/knobs", f'{{"success_status": 204, "path_check@{HALF}": "disallow"}}'))


def test_bodies_that_are_too_much_are_refused_and_change_nothing(emulator: Running) -> None:
    """Each with a 4xx that says why; the process lives on, and neither its state nor any other answer is another."""
    control, port = emulator.control, control_of(emulator)
    control.load([{"key": "/123456/a", "content": "1"}])

    def state() -> list[t.Any]:
        return [control.ask("GET", path) for path in READ]

    before = state()
    for path, body in bodies():
        status, error = asked(port, "POST", path, LOCAL, body.encode())
        assert (status, bool(error)) == (400, True), (path, body[:80])
        assert len(error) <= 2000
    assert state() == before
    assert emulator.process.poll() is None


def test_requests_that_are_too_much_are_refused(emulator: Running) -> None:
    port = control_of(emulator)
    for path in (f"/journal?since={DIGITS}", "/journal?since=-1", "/journal?since=%ff", "http://[::1/counts", "//", "*"):
        status, error = asked(port, path=path, headers=LOCAL)
        assert (400 <= status < 500, bool(error)) == (True, True), path
    for head in (f"Content-Length: {DIGITS}", "Content-Length: -1", "Transfer-Encoding: chunked\r\nContent-Length: 5", "none"):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as calling:
            calling.sendall(f"POST /tree HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n".encode())
            reply = http.client.HTTPResponse(calling)
            reply.begin()
            assert (reply.status, reply.will_close) == (400, True), head
    for path in PATHS:
        assert asked(port, "PATCH", path, LOCAL, DEEP.encode())[0] == 404
    assert emulator.process.poll() is None


def test_a_fault_plan_that_is_nested_too_deeply(tmp_path: pathlib.Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(DEEP)
    with pytest.raises(ControlError, match=r"plan\.json: it is nested too deeply"), \
            running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], more=["--faults", str(plan)]):
        pass
