# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What really goes over the socket: targets byte for byte, on every way to the host."""

from __future__ import annotations

import contextlib
import importlib.util
import pathlib
import socket
import ssl
import sys
import threading
import typing as t

import pytest
import trustme
from ansible_collections.edgeops.netstorage.plugins.module_utils._http import connector
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadOptions, Conflict, Unreachable
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client import Client
from ansible_collections.edgeops.netstorage.tests.unit.usage_api.scripted_server import (
    LOST,
    MakeClient,
    Server,
    answer,
    xml,
)
from ansible_collections.edgeops.netstorage.tests.unit.usage_api.socket_server import SocketServer

ODD = [
    (b"/123456/..///newLink", b"/123456/..///newLink"),
    (b"/123456/./a//b/../c", b"/123456/./a//b/../c"),
    (b"/123456//..//%2E/%2e%2E", b"/123456//..//%252E/%252e%252E"),
    (b"/123456/ +%&?#'\"\\^`{|}[]<>", b"/123456/%20%2B%25%26%3F%23%27%22%5C%5E%60%7B%7C%7D%5B%5D%3C%3E"),
    (b"/123456/caf\xc3\xa9\xff", b"/123456/caf%C3%A9%FF"),
]


class Relay(SocketServer):
    """A proxy: answers CONNECT and forwards, or, for absolute targets, forwards the head as it is. Notes first lines."""

    def __init__(self, upstream: int) -> None:
        self.lines: list[bytes] = []
        self.heads: list[bytes] = []
        self._upstream = upstream
        self._listen()

    def _talk(self, sock: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError), sock, socket.create_connection(("127.0.0.1", self._upstream)) as far:
            head = b""
            while b"\r\n\r\n" not in head:
                head += sock.recv(65536)
            self.lines.append(head.partition(b"\r\n")[0])
            self.heads.append(head)
            if head.startswith(b"CONNECT"):
                sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            else:
                far.sendall(head)
            threading.Thread(target=_pump, args=(far, sock), daemon=True).start()
            _pump(sock, far)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            data = source.recv(65536)
            if not data:
                break
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


@pytest.fixture
def relay(server: Server) -> t.Iterator[Relay]:
    running = Relay(server.port)
    yield running
    running.close()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls_server(authority: trustme.CA) -> t.Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    running = Server(context)
    yield running
    running.close()


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: pathlib.Path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.mark.parametrize(("path", "target"), ODD)
def test_targets_over_plain_http(server: Server, client: Client, path: bytes, target: bytes) -> None:
    server.script("delete", answer())
    client.delete(path)
    assert server.requests[0].line == b"PUT " + target + b" HTTP/1.1"


@pytest.mark.parametrize(("path", "target"), ODD)
def test_targets_over_tls(tls_server: Server, make_client: MakeClient, bundle: str, path: bytes, target: bytes) -> None:
    tls_server.script("delete", answer())
    make_client(host=f"127.0.0.1:{tls_server.port}", protocol="https", ca_path=bundle).delete(path)
    assert tls_server.requests[0].line == b"PUT " + target + b" HTTP/1.1"


@pytest.mark.parametrize(("path", "target"), ODD)
def test_targets_through_a_plain_proxy(
    server: Server, relay: Relay, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch, path: bytes, target: bytes
) -> None:
    make_client()
    monkeypatch.setenv("http_proxy", f"http://us%40er:pass@127.0.0.1:{relay.port}")
    server.script("delete", answer())
    make_client().delete(path)
    origin = f"http://127.0.0.1:{server.port}".encode()
    assert relay.lines == [b"PUT " + origin + target + b" HTTP/1.1"]
    assert server.requests[0].headers["proxy-authorization"] == "Basic dXNAZXI6cGFzcw=="
    assert server.requests[0].headers["host"] == f"127.0.0.1:{server.port}"


@pytest.mark.parametrize(("path", "target"), ODD)
def test_targets_through_a_tunnel(
    tls_server: Server,
    make_client: MakeClient,
    monkeypatch: pytest.MonkeyPatch,
    bundle: str,
    path: bytes,
    target: bytes,
) -> None:
    relay = Relay(tls_server.port)
    make_client()
    monkeypatch.setenv("https_proxy", f"http://user:pass@127.0.0.1:{relay.port}")
    tls_server.script("delete", answer())
    make_client(host=f"localhost:{tls_server.port}", protocol="https", ca_path=bundle).delete(path)
    assert tls_server.requests[0].line == b"PUT " + target + b" HTTP/1.1"
    assert relay.lines[0].startswith(f"CONNECT localhost:{tls_server.port} ".encode())
    assert b"Proxy-Authorization: Basic dXNlcjpwYXNz" in relay.heads[0]
    assert "proxy-authorization" not in tls_server.requests[0].headers
    relay.close()


def test_no_proxy_and_use_proxy(
    server: Server, relay: Relay, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_client()
    monkeypatch.setenv("http_proxy", f"127.0.0.1:{relay.port}")
    server.script("delete", answer(), answer(), answer())
    make_client(use_proxy=False).delete(b"/1/a")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    make_client().delete(b"/1/a")
    assert relay.lines == []
    monkeypatch.delenv("no_proxy")
    make_client().delete(b"/1/a")
    assert len(relay.lines) == 1


@pytest.mark.parametrize("protocol", ["http", "https"])
def test_a_proxy_that_cannot_be_reached_is_named(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch, protocol: str
) -> None:
    make_client()
    with socket.create_server(("127.0.0.1", 0)) as unused:
        proxy = f"127.0.0.1:{unused.getsockname()[1]}"
    monkeypatch.setenv(f"{protocol}_proxy", f"http://user:secret@{proxy}")
    with pytest.raises(Unreachable, match=f"the proxy {proxy} refuses") as caught:
        make_client(host="nsu.example", protocol=protocol, max_retries=0).stat(b"/1/a")
    assert "use_proxy" in caught.value.hint
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "https://127.0.0.1:1"])
def test_proxies_that_cannot_be_used(make_client: MakeClient, monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    make_client()
    monkeypatch.setenv("https_proxy", proxy)
    with pytest.raises(BadOptions, match="use_proxy"):
        make_client(protocol="https")


def test_the_head_of_a_change_without_a_body(server: Server, client: Client) -> None:
    server.script("mkdir", answer())
    client.mkdir(b"/123456/a")
    request = server.requests[0]
    assert request.headers["content-length"] == "0"
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["host"] == f"127.0.0.1:{server.port}"
    assert not {"expect", "transfer-encoding", "authorization"} & set(request.headers)


def test_the_netrc_is_not_read(
    server: Server, make_client: MakeClient, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    server.script("mkdir", answer())
    make_client().mkdir(b"/123456/a")
    assert "authorization" not in server.requests[0].headers


def test_one_connection_carries_many_requests(server: Server, client: Client) -> None:
    server.script("stat", xml("stat"), answer(404, b"Not found\n"), answer(204, Content_Length=""), xml("stat"))
    server.script("mkdir", answer(200, b"successful\n"), answer(204, Content_Length=""))
    server.script("rename", answer(409, b"x" * 200_000))
    client.stat(b"/1/a")
    client.stat(b"/1/a")
    client.mkdir(b"/1/a")
    client.mkdir(b"/1/a")
    assert {request.connection for request in server.requests} == {0}
    with pytest.raises(Conflict):
        client.rename(b"/1/a", b"/1/b")  # too much is left to be read, so this connection ends
    server.script("mkdir", answer())
    client.mkdir(b"/1/a")
    assert server.requests[-1].connection == 1


def test_one_tls_connection_carries_many_requests(tls_server: Server, make_client: MakeClient, bundle: str) -> None:
    """The session tickets that TLS 1.3 sends after the handshake must not look like a closed connection."""
    tls_server.script("mkdir", *[answer()] * 5)
    client = make_client(host=f"127.0.0.1:{tls_server.port}", protocol="https", ca_path=bundle)
    for _turn in range(5):
        client.mkdir(b"/1/a")
    assert {request.connection for request in tls_server.requests} == {0}


def test_a_chunked_download_is_read_whole_or_in_part(server: Server, client: Client) -> None:
    chunked = (
        answer(200, Content_Length="", Transfer_Encoding="chunked")
        + b"5\r\nhello\r\n6\r\n world\r\n0\r\nX-T: 1\r\n\r\n"
    )
    server.script("download", chunked, chunked)
    assert client.download(b"/1/a") == b"hello world"
    assert client.download(b"/1/a", 8) == b"hello wo"


def test_an_answer_without_a_length_ends_with_the_connection(server: Server, client: Client) -> None:
    server.closes_after_answer = True
    server.script("download", answer(200, Content_Length="") + b"hello")
    assert client.download(b"/1/a") == b"hello"


def test_a_connection_closed_while_idle_is_reopened_quietly(
    server: Server, make_client: MakeClient, pauses: list[float]
) -> None:
    client = make_client(max_retries=0)
    server.script("mkdir", answer(), answer())
    client.mkdir(b"/1/a")
    server.drop()
    client.mkdir(b"/1/a")
    assert (len(server.requests), pauses) == (2, [])


def test_a_connection_closed_under_the_request_is_no_failure(
    server: Server, make_client: MakeClient, pauses: list[float]
) -> None:
    client = make_client(max_retries=0)
    server.script("mkdir", answer(), LOST, answer())
    client.mkdir(b"/1/a")
    client.mkdir(b"/1/a")
    assert [request.connection for request in server.requests] == [0, 0, 1]
    assert pauses == []
    assert client.api_calls == {"mkdir": 3}


def test_a_new_connection_that_is_lost_is_a_failure(server: Server, make_client: MakeClient) -> None:
    client = make_client(max_retries=0)
    server.script("mkdir", LOST)
    with pytest.raises(Unreachable, match="was lost"):
        client.mkdir(b"/1/a")


def test_silence_is_a_failure(server: Server, make_client: MakeClient) -> None:
    client = make_client(max_retries=0, idle_timeout=0.2)
    asked = threading.Event()
    server.handler = lambda _request: answer() if asked.wait(3) else None
    with pytest.raises(Unreachable, match=r"sent no data for 0\.2 seconds"):
        client.mkdir(b"/1/a")
    asked.set()


def test_threads_have_a_connection_each_and_a_number_each(server: Server, client: Client) -> None:
    server.handler = lambda _request: answer()

    def make_some() -> None:
        for _turn in range(25):
            client.mkdir(b"/1/a")

    threads = [threading.Thread(target=make_some) for _thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = {request.headers["x-akamai-acs-auth-data"].split(", ")[4] for request in server.requests}
    assert len(numbers) == 200
    assert client.api_calls == {"mkdir": 200}
    assert len({request.connection for request in server.requests}) <= 8


@pytest.mark.parametrize("options", [{}, {"ca_path": None}])
def test_a_certificate_that_does_not_verify_is_not_tried_again(
    tls_server: Server, make_client: MakeClient, pauses: list[float], options: dict[str, t.Any]
) -> None:
    client = make_client(host=f"127.0.0.1:{tls_server.port}", protocol="https", **options)
    with pytest.raises(Unreachable, match="does not verify") as caught:
        client.stat(b"/1/a")
    assert "ca_path" in str(caught.value)
    assert "validate_certs" not in str(caught.value)
    assert pauses == []


def test_a_certificate_for_another_name(authority: trustme.CA, make_client: MakeClient, bundle: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("other.example").configure_cert(context)
    running = Server(context)
    with pytest.raises(Unreachable, match="does not verify"):
        make_client(host=f"localhost:{running.port}", protocol="https", ca_path=bundle).stat(b"/1/a")
    running.close()


def test_bundles_of_the_environment_and_no_verification(
    tls_server: Server, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch, bundle: str
) -> None:
    host = f"localhost:{tls_server.port}"
    tls_server.script("mkdir", answer(), answer())
    make_client(host=host, protocol="https", validate_certs=False).mkdir(b"/1/a")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
    make_client(host=host, protocol="https").mkdir(b"/1/a")
    assert len(tls_server.requests) == 2


def test_a_bundle_that_is_none(make_client: MakeClient, tmp_path: pathlib.Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(BadOptions, match="PEM"):
        make_client(protocol="https", ca_path=str(tmp_path / "ca.pem"))


def test_tls_where_there_is_none(server: Server, make_client: MakeClient, pauses: list[float]) -> None:
    server.handler = lambda _request: None
    running = socket.create_server(("127.0.0.1", 0))

    def speak_plainly() -> None:
        sock, _address = running.accept()
        with sock:
            sock.recv(1000)
            sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    threading.Thread(target=speak_plainly, daemon=True).start()
    with pytest.raises(Unreachable, match="no TLS"):
        make_client(host=f"127.0.0.1:{running.getsockname()[1]}", protocol="https").stat(b"/1/a")
    assert pauses == []
    running.close()


def test_a_closed_port_is_tried_again_and_named(make_client: MakeClient, pauses: list[float]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(Unreachable, match=f"refuses connections at port {port}"):
        make_client(host=f"127.0.0.1:{port}", max_retries=2).stat(b"/1/a")
    assert len(pauses) == 2


def test_a_name_without_an_address_has_a_hint(make_client: MakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_arguments: object, **_options: object) -> t.NoReturn:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(Unreachable, match="has no address") as caught:
        make_client(host="no-such.example").stat(b"/1/a")
    assert "spelling" in caught.value.hint


def test_without_requests_there_is_a_traceback_to_show(monkeypatch: pytest.MonkeyPatch) -> None:
    assert connector.IMPORT_ERROR is None
    spec = importlib.util.spec_from_file_location(connector.__name__ + "_alone", str(connector.__file__))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "requests", None)
    spec.loader.exec_module(module)
    assert "requests" in module.IMPORT_ERROR
