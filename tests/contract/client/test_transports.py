# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every transport keeps (``_http/transport.py``), at the seam itself; and what only ours can do, each with a proof of it."""

from __future__ import annotations

import socket
import ssl
import threading
import time
import typing as t
from pathlib import Path

import pytest
import trustme
from ansible_collections.edgeops.netstorage.plugins.module_utils._http.endpoint import Endpoint
from ansible_collections.edgeops.netstorage.plugins.module_utils._http.transport import Broken, Pool, Stage, Transport
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.cancellation import Cancelled
from ansible_collections.edgeops.netstorage.tests.contract.urllib3_transport import LACKS, TRANSPORTS
from ansible_collections.edgeops.netstorage.tests.unit.usage_api.scripted_server import LOST, Server, answer
from ansible_collections.edgeops.netstorage.tests.unit.usage_api.trickling_server import TricklingServer

TARGETS = [
    "/1/..///a",
    "/1/./a//b/../c",
    "//1//..//%2E/%2e%7e",
    "/1/a%2fb%zz%",
    "/1/[]{}|^`\\\"<>",
    "/1/a?b=%41#c",
    "/1/a+~!$&'()*,;=:@",
]
LENGTH = {"Content-Length": "3"}


@pytest.fixture
def server() -> t.Iterator[Server]:
    running = Server()
    yield running
    running.close()


@pytest.fixture
def pool(transport: Transport, server: Server) -> t.Iterator[Pool]:
    opened = _pool(transport, server.port)
    yield opened
    opened.close()


def _pool(transport: Transport, port: int, check_cancelled: t.Callable[[], None] = lambda: None, **options: t.Any) -> Pool:
    known = {"protocol": "http", "idle_timeout": 5.0, "use_proxy": False, **options}
    return transport(Endpoint(f"127.0.0.1:{port}", **known), check_cancelled)


def _replies(server: Server, *said: bytes | None) -> None:
    waiting = list(said)
    server.handler = lambda _request: waiting.pop(0)


@pytest.mark.parametrize("target", TARGETS)
def test_the_target_goes_out_byte_for_byte(server: Server, pool: Pool, target: str) -> None:
    _replies(server, answer())
    with pool.exchange("PUT", target, LENGTH, b"abc"):
        pass
    assert server.requests[0].line == f"PUT {target} HTTP/1.1".encode()


def test_headers_and_bodies(server: Server, pool: Pool) -> None:
    _replies(server, *[answer(404, b"x" * 300_000, X_Twice="a\r\nX-Twice: b")] * 2)
    for data, blocks in ((b"abc", ()), (b"", (b"a", memoryview(b"bc")))):
        with pool.exchange("PUT", "/1/a", {"X-Own": "1", **LENGTH}, data, blocks) as response:
            assert (response.status, response.header("x-twice"), response.header("X-None")) == (404, "a, b", None)
            assert response.read(10) == b"x" * 10
            spent: list[int] = []
            response.meter(1000, spent.append)
            assert sum(map(len, response.chunks())) == sum(spent) == 299_990
            assert max(spent) <= 1000
            assert response.read(10) == b""
    assert [request.body for request in server.requests] == [b"abc", b"abc"]
    for name, value in (("x-own", "1"), ("accept-encoding", "identity"), ("content-length", "3"), ("user-agent", "python")):
        assert server.requests[0].headers[name] == value
    assert not {"expect", "transfer-encoding", "authorization"} & set(server.requests[0].headers)


def test_small_rests_are_read_and_large_ones_end_the_connection(server: Server, pool: Pool) -> None:
    chunked = answer(200, Content_Length="", Transfer_Encoding="chunked") + b"5\r\nhello\r\n0\r\n\r\n"
    _replies(server, answer(200, b"x" * 50_000), chunked, answer(200, b"x" * 200_000), answer(), answer())
    for turn in range(5):
        with pool.exchange("GET", "/1/a", {}, fresh=turn == 4) as response:
            assert response.status == 200
    assert [request.connection for request in server.requests] == [0, 0, 0, 1, 2]


def test_a_kept_connection_that_is_closed_under_the_request_is_stale(server: Server, pool: Pool) -> None:
    _replies(server, LOST, answer(), LOST)
    with pytest.raises(Broken) as lost:
        pool.exchange("PUT", "/1/a", LENGTH, b"abc")
    with pool.exchange("PUT", "/1/a", LENGTH, b"abc"):
        pass
    with pytest.raises(Broken) as stale:
        pool.exchange("PUT", "/1/a", LENGTH, b"abc")
    assert (lost.value.stage, lost.value.reused, lost.value.stale) == (Stage.RESPONSE, False, False)
    assert (stale.value.stage, stale.value.reused, stale.value.stale) == (Stage.RESPONSE, True, True)


def test_a_connection_that_is_closed_while_idle_is_not_used(server: Server, pool: Pool) -> None:
    _replies(server, answer(), answer())
    for _turn in range(2):
        with pool.exchange("GET", "/1/a", {}):
            pass
        server.drop()
        time.sleep(0.05)
    assert [request.connection for request in server.requests] == [0, 1]


def test_a_closed_port_breaks_at_connect(transport: Transport) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(Broken) as told:
        _pool(transport, port).exchange("GET", "/1/a", {})
    assert (told.value.stage, type(told.value.cause)) == (Stage.CONNECT, ConnectionRefusedError)


def test_a_certificate_must_be_trusted_unless_unchecked(transport: Transport, tmp_path: Path) -> None:
    authority, bundle = trustme.CA(), tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = Server(context)
    server.handler = lambda _request: answer(200, b"abc")
    for trusted in ({"ca_path": str(bundle)}, {"validate_certs": False}):
        pool = _pool(transport, server.port, protocol="https", **trusted)
        for _turn in range(3):
            with pool.exchange("PUT", TARGETS[0], LENGTH, b"abc") as response:
                assert response.read(9) == b"abc"
        pool.close()
    with pytest.raises(Broken) as told:
        _pool(transport, server.port, protocol="https").exchange("GET", "/1/a", {})
    assert (told.value.stage, type(told.value.cause)) == (Stage.CONNECT, ssl.SSLCertVerificationError)
    assert [request.connection for request in server.requests] == [0, 0, 0, 1, 1, 1]
    server.close()


def test_a_name_without_an_address_breaks_at_connect(transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_arguments: object, **_options: object) -> t.NoReturn:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(Broken) as told:
        _pool(transport, 1).exchange("GET", "/1/a", {})
    assert (told.value.stage, type(told.value.cause)) == (Stage.CONNECT, socket.gaierror)


def test_a_silent_server_breaks_at_the_idle_timeout(server: Server, transport: Transport) -> None:
    over = threading.Event()
    server.handler = lambda _request: LOST if over.wait(3) else None
    with pytest.raises(Broken) as told:
        _pool(transport, server.port, idle_timeout=0.2).exchange("GET", "/1/a", {})
    over.set()
    assert (told.value.stage, isinstance(told.value.cause, socket.timeout)) == (Stage.RESPONSE, True)


HALVES = [
    answer(200, b"abc", Content_Length="9"),
    answer(200, b"9\r\nabc", Content_Length="", Transfer_Encoding="chunked"),
    answer(200, b"3\r\nabc\r\n", Content_Length="", Transfer_Encoding="chunked"),
]


@pytest.mark.parametrize("half", HALVES, ids=["length", "chunk", "chunks"])
def test_half_a_body(server: Server, pool: Pool, half: bytes) -> None:
    server.closes_after_answer = True
    _replies(server, half)
    with pytest.raises(Broken) as told, pool.exchange("GET", "/1/a", {}) as response:
        list(response.chunks())
    assert told.value.stage is Stage.BODY


def test_a_response_that_comes_before_the_body_has_gone(transport: Transport) -> None:
    """The server refuses by the head alone, and closes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def refuse() -> None:
            sock, _address = listening.accept()
            with sock:
                sock.recv(1000)
                sock.sendall(answer(413, b"too large"))
                sock.shutdown(socket.SHUT_WR)
                time.sleep(0.2)

        threading.Thread(target=refuse, daemon=True).start()
        pool = _pool(transport, listening.getsockname()[1])
        blocks = (bytes(2**16) for _block in range(2**10))
        with pool.exchange("PUT", "/1/a", {"Content-Length": str(2**26)}, b"", blocks) as response:
            assert (response.status, response.read(99)) == (413, b"too large")


def test_a_source_that_fails_closes_the_connection(server: Server, pool: Pool) -> None:
    def blocks() -> t.Iterator[bytes]:
        yield b"a"
        raise KeyError("of its own")

    _replies(server, answer())
    with pytest.raises(KeyError):
        pool.exchange("PUT", "/1/a", LENGTH, b"", blocks())
    with pool.exchange("GET", "/1/b", {}):
        pass
    assert [request.line for request in server.requests] == [b"GET /1/b HTTP/1.1"]


def test_a_stop_while_a_body_is_sent(transport: Transport) -> None:
    def check_cancelled() -> None:
        raise Cancelled("enough")

    def blocks() -> t.Iterator[bytes]:
        while True:
            yield bytes(2**20)  # more than fits in between, so whoever sends has to wait

    with socket.create_server(("127.0.0.1", 0)) as deaf, pytest.raises(Broken) as told:
        _pool(transport, deaf.getsockname()[1], check_cancelled).exchange(
            "PUT", "/1/a", {"Content-Length": str(2**30)}, b"", blocks()
        )
    assert (told.value.stage, isinstance(told.value.cause, Cancelled)) == (Stage.SEND, True)


# What only ours can


def _hears_a_stop_while_it_waits(transport: Transport) -> bool:
    def check_cancelled() -> None:
        raise Cancelled("enough")

    server = TricklingServer(answer(), 0, pause=1.0)
    with pytest.raises(Broken) as told:
        _pool(transport, server.port, check_cancelled, idle_timeout=0.6).exchange("GET", "/1/a", {})
    server.close()
    return isinstance(told.value.cause, Cancelled)


def _gives_up_a_head_that_trickles(transport: Transport) -> bool:
    server = TricklingServer(answer(), len(answer()) - 10, pause=0.1)
    try:
        with _pool(transport, server.port, idle_timeout=0.4).exchange("GET", "/1/a", {}):
            return False
    except Broken as broken:
        return broken.stage is Stage.RESPONSE
    finally:
        server.close()


def _skips_interim_responses(transport: Transport) -> bool:
    with _asked(transport, b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + answer()) as response:
        return bool(response.status == 200)


def _refuses_a_line_that_is_no_field(transport: Transport) -> bool:
    try:
        with _asked(transport, answer(200, X_Odd="a\r\nno field at all")):
            return False
    except Broken as broken:
        return broken.stage is Stage.RESPONSE


def _goes_through_a_proxy(transport: Transport) -> bool:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY"):
            patch.setenv(name, "http://127.0.0.1:9" if name == "http_proxy" else "")
        return _pool(transport, 1, use_proxy=True).proxy == "127.0.0.1:9"


def _asked(transport: Transport, said: bytes) -> t.ContextManager[t.Any]:
    server = Server()
    server.handler = lambda _request: said
    return _pool(transport, server.port).exchange("GET", "/1/a", {})


ONLY_OURS: dict[str, t.Callable[[Transport], bool]] = {
    "stop": _hears_a_stop_while_it_waits,
    "trickling": _gives_up_a_head_that_trickles,
    "interim": _skips_interim_responses,
    "strictness": _refuses_a_line_that_is_no_field,
    "proxies": _goes_through_a_proxy,
}


@pytest.mark.parametrize("name", LACKS)
def test_what_is_lacking_is_lacking(name: str) -> None:
    """So that the list gets shorter when urllib3 can do more."""
    assert {known: ONLY_OURS[name](transport) for known, transport in TRANSPORTS.items()} == {"own": True, "urllib3": False}
