# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services that are slow, and runs that are told to stop meanwhile: a stop is heard, and no answer comes for ever."""

from __future__ import annotations

import contextlib
import hashlib
import io
import socket
import ssl
import threading
import time
import typing as t

import pytest
import trustme
from ansible_collections.edgeops.netstorage.plugins.module_utils._http import socket_waits
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import NetStorageError, Stopped, Unreachable
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.cancellation import Cancellation
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client import Client
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client_config import ClientConfig
from ansible_collections.edgeops.netstorage.tests.unit.usage_api.conftest import KEY
from ansible_collections.edgeops.netstorage.tests.unit.usage_api.scripted_server import answer, xml
from ansible_collections.edgeops.netstorage.tests.unit.usage_api.trickling_server import Make, TricklingServer

A = b"/1/a"
SOON = 5.0  # seconds; without what is tested here all would take twice that, and more
HEAD, BODY, SILENT = "head", "body", "silent"
ANSWERS = {
    "stat": xml("stat", '<file type="file" name="a" size="1" md5="' + "0" * 32 + '" mtime="1"/>'),
    "list": xml("list", '<file type="file" name="1/a/b" size="1" md5="' + "0" * 32 + '" mtime="1"/>'),
    "download": answer(200, b"x" * 400),
}
READS: dict[str, t.Callable[[Client], object]] = {
    "stat": lambda client: client.stat(A),
    "list": lambda client: list(client.listing(A)),
    "download": lambda client: client.download(A),
}


class Large:
    """A content of many blocks."""

    whole = b"0123456789abcdef" * 500_000
    size, data = len(whole), None
    sha256 = hashlib.sha256(whole).hexdigest()

    @contextlib.contextmanager
    def open(self) -> t.Iterator[io.BytesIO]:
        yield io.BytesIO(self.whole)


@pytest.fixture
def make() -> t.Iterator[Make]:
    with contextlib.ExitStack() as stack:

        def started(*arguments: t.Any, **options: t.Any) -> TricklingServer:
            server = TricklingServer(*arguments, **options)
            stack.callback(server.close)
            return server

        yield started


@contextlib.contextmanager
def stopping(server: TricklingServer, after: float = 0.0, **options: t.Any) -> t.Iterator[tuple[Client, Cancellation]]:
    """A client of a run that is told to stop so many seconds after the service has become slow."""
    cancellation = Cancellation()
    known: dict[str, t.Any] = {"protocol": "http", "idle_timeout": 30.0, "max_retries": 1, **options}
    connection = ClientConfig(f"127.0.0.1:{server.port}", "uploader", KEY, **known)

    def tell() -> None:
        if server.slowed.wait(20):
            time.sleep(after)
            cancellation.cancel("enough")

    threading.Thread(target=tell, daemon=True).start()
    with Client(connection, cancellation=cancellation) as client:
        yield client, cancellation


def at_once(said: bytes, where: str) -> int:
    return {HEAD: 20, BODY: said.index(b"\r\n\r\n") + 5, SILENT: 0}[where]


@contextlib.contextmanager
def within(seconds: float) -> t.Iterator[None]:
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < seconds


@pytest.mark.parametrize("where", [HEAD, BODY, SILENT])
@pytest.mark.parametrize("action", READS)
def test_a_read_is_given_up_at_once(make: Make, action: str, where: str) -> None:
    said = ANSWERS[action]
    server = make(said, at_once(said, where), pause=20.0 if where is SILENT else 0.1)
    with stopping(server) as (client, _cancellation), within(SOON), pytest.raises(Stopped, match="enough"):
        READS[action](client)
    assert server.actions == [action]


@pytest.mark.parametrize("where", [HEAD, BODY, SILENT])
def test_over_tls_too(make: Make, where: str) -> None:
    server = make(ANSWERS["list"], at_once(ANSWERS["list"], where), pause=20.0 if where is SILENT else 0.05, tls=tls())
    options = {"protocol": "https", "validate_certs": False}
    with stopping(server, **options) as (client, _cancellation), within(SOON), pytest.raises(Stopped):
        list(client.listing(A))


def tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.mark.parametrize("where", [HEAD, SILENT])
def test_a_trickled_change_in_doubt_has_failed_after_a_stop(make: Make, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never as if it had not been tried."""
    monkeypatch.setattr(socket_waits, "_GRACE", 0.5)
    server = make(answer(200, b"ok"), at_once(answer(200, b"ok"), where), pause=0.2 if where is HEAD else 20.0)
    lost = pytest.raises(Unreachable, match="after the cancellation: enough")
    with stopping(server) as (client, _cancellation), within(SOON), lost:
        client.mkdir(A)
    assert server.actions == ["mkdir"]


def test_a_change_that_is_answered_soon_is_done(make: Make) -> None:
    said = answer(200, b"ok")
    with stopping(make(said, len(said) - 10, pause=0.03)) as (client, cancellation):
        client.mkdir(A)
        assert cancellation.reason() == "enough"
        with pytest.raises(Stopped):
            client.stat(A)


def test_what_must_be_finished_is_waited_for(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_waits, "_GRACE", 0.1)
    said = answer(200, b"ok")
    with stopping(make(said, len(said) - 10)) as (client, cancellation):
        with cancellation.shielded():
            client.mkdir(A)
        assert cancellation.reason() == "enough"


@pytest.mark.parametrize("protocol", ["http", "https"])
def test_a_body_that_nobody_takes_is_given_up(make: Make, protocol: str) -> None:
    """Nothing of it is kept by the service."""
    server = make(b"", 0, reads=False, tls=tls() if protocol == "https" else None)
    options = {"protocol": protocol, "validate_certs": False}
    with stopping(server, after=0.3, **options) as (client, _cancellation), within(SOON), pytest.raises(Stopped):
        client.upload(A, Large(), 1)


@pytest.mark.parametrize("protocol", ["http", "https"])
def test_a_body_that_is_taken_late_arrives_as_it_is(make: Make, protocol: str) -> None:
    """What was begun in one nap goes on in the next, byte by byte."""
    said = answer()
    server = make(said, len(said), dozes=0.8, tls=tls() if protocol == "https" else None)
    with stopping(server, after=20, protocol=protocol, validate_certs=False) as (client, _cancellation):
        client.upload(A, Large(), 1)
    assert server.bodies == [Large.whole]


def test_a_handshake_that_does_not_come(make: Make) -> None:
    server = make(b"", 0, reads=False)
    with stopping(server, protocol="https") as (client, _cancellation), within(SOON), pytest.raises(Stopped):
        client.mkdir(A)
    assert client.api_calls == {}


def test_a_proxy_that_trickles(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    server = make(b"HTTP/1.1 200 Well\r\n\r\n", 5)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{server.port}")
    with stopping(server, protocol="https") as (client, _cancellation), within(SOON), pytest.raises(Stopped):
        client.mkdir(A)
    assert (server.actions, client.api_calls) == (["CONNECT"], {})


def test_a_host_that_never_accepts(monkeypatch: pytest.MonkeyPatch) -> None:
    cancellation = Cancellation()
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, contextlib.ExitStack() as stack:
        for _turn in range(4):  # until the queue is full, and the system drops what comes
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        connection = ClientConfig(f"127.0.0.1:{full.getsockname()[1]}", "uploader", KEY, protocol="http", idle_timeout=10.0)
        threading.Timer(0.3, cancellation.cancel, ["enough"]).start()
        with Client(connection, cancellation=cancellation) as client, within(SOON), pytest.raises(Stopped):
            client.stat(A)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (READS["stat"], ANSWERS["stat"]),
        (READS["download"], ANSWERS["download"]),
        (lambda client: client.mkdir(A), answer(200, b"ok")),
        (lambda client: client.mkdir(A), answer(409, b"no")),
    ],
)
def test_a_head_has_a_total_time(make: Make, ask: t.Callable[[Client], object], said: bytes) -> None:
    server = make(said, at_once(said, HEAD), pause=0.1)
    impatient = stopping(server, after=20, idle_timeout=0.4, max_retries=0)
    why = r"not complete 0\.4 seconds after it had begun, see idle_timeout"
    with impatient as (client, _cancellation), within(SOON), pytest.raises(Unreachable, match=why):
        ask(client)


def test_so_has_the_answer_to_a_change(make: Make) -> None:
    """Without its end nobody knows whose word it is, so it is looked for what came of the change."""
    said = answer(200, b"x" * 20)
    impatient = stopping(make(said, at_once(said, BODY), pause=0.1), after=20, idle_timeout=0.4, max_retries=0)
    with impatient as (client, _cancellation), within(SOON), contextlib.suppress(NetStorageError):
        client.mkdir(A)


def test_a_download_has_none(make: Make) -> None:
    said = answer(200, b"x" * 12)
    server = make(said, at_once(said, BODY), pause=0.1)
    with stopping(server, after=20, idle_timeout=0.4) as (client, _cancellation):
        assert client.download(A) == b"x" * 12


def test_what_nobody_needs_is_not_waited_for(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """The beginning of a file was asked for, and the rest trickles."""
    said = answer(200, b"x" * 400)
    with stopping(make(said, len(said) - 300), after=20) as (client, _cancellation), within(SOON + 1):
        assert client.download(A, 20) == b"x" * 20
