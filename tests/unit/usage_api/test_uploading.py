# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Uploads: small ones in one write, large ones block by block, and sources that fail on the way."""

from __future__ import annotations

import contextlib
import hashlib
import io
import socket
import threading
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._http import connection
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import (
    AuthRefused,
    BadSource,
    Conflict,
    SourceChanged,
    Unreachable,
)
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client import Client
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.request import Content
from ansible_collections.edgeops.netstorage.tests.unit.usage_api.scripted_server import (
    LOST,
    MakeClient,
    Server,
    answer,
)


class Stream:
    """Content that is read as a file, counting how often."""

    data: bytes | None = None

    def __init__(self, body: bytes, size: int | None = None, breaks: Exception | None = None) -> None:
        self.body = body
        self.size = len(body) if size is None else size
        self.sha256 = hashlib.sha256(body).hexdigest()
        self.opened = 0
        self.closed = 0
        self.breaks = breaks

    @contextlib.contextmanager
    def open(self) -> t.Iterator[Stream]:
        self.opened += 1
        self.file = io.BytesIO(self.body)
        try:
            yield self
        finally:
            self.closed += 1

    def read(self, size: int, /) -> bytes:
        chunk = self.file.read(min(size, 40_000))
        if self.breaks is not None and not chunk:
            raise self.breaks
        return chunk


class Held(Stream):
    """Content whose bytes are at hand."""

    def __init__(self, body: bytes) -> None:
        super().__init__(body)
        self.data = body


class Late(Stream):
    """Content whose digest is known when it has been read to its end."""

    def __init__(self, body: bytes, breaks: Exception | None = None) -> None:
        super().__init__(body, breaks=breaks)
        self.sha256: str | None = None  # type: ignore[assignment]

    @contextlib.contextmanager
    def open(self) -> t.Iterator[Stream]:
        with super().open() as stream:
            yield stream
        self.sha256 = hashlib.sha256(self.body).hexdigest()


def test_the_protocol_is_met() -> None:
    content: Content = Stream(b"")
    assert content.data is None


def test_an_archive_that_gets_an_index(server: Server, client: Client) -> None:
    """Its size is not said: another one is stored (the kits leave it out as well)."""
    content = Held(b"archive")
    server.script("upload", answer(200), answer(200))
    client.upload(b"/1/a.zip", content, 17, index_zip=True)
    client.upload(b"/1/a.zip", content, None, index_zip=True)
    assert [request.action_header for request in server.requests] == [
        f"version=1&action=upload&mtime=17&sha256={content.sha256}&index-zip=1",
        f"version=1&action=upload&sha256={content.sha256}&index-zip=1",
    ]


@pytest.mark.parametrize("size", [0, 1, 350, 65_536, 65_537, 300_000])
@pytest.mark.parametrize("kind", [Held, Stream])
def test_an_upload_sends_its_size_and_digest_first(server: Server, client: Client, kind: type[t.Any], size: int) -> None:
    body = bytes(range(256)) * (size // 256 + 1)
    content = kind(body[:size])
    server.script("upload", answer(200), answer(204, Content_Length=""))
    client.upload(b"/1/a b", content, 17)
    client.upload(b"/1/a b", content, None)
    first, second = server.requests
    assert first.line == b"PUT /1/a%20b HTTP/1.1"
    assert first.action_header == f"version=1&action=upload&mtime=17&size={size}&sha256={content.sha256}"
    assert second.action_header == f"version=1&action=upload&size={size}&sha256={content.sha256}"
    assert first.body == second.body == content.body
    assert first.connection == second.connection
    assert content.opened == content.closed


def test_a_small_upload_is_one_write(server: Server, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks: list[t.Any] = []
    original = connection.HttpConnection.exchange

    def exchange(
        self: connection.HttpConnection, method: str, head: bytes, rest: t.Iterable[bytes], done: connection.Done
    ) -> connection.HttpResponse:
        blocks.append((head, rest))
        return original(self, method, head, rest, done)

    monkeypatch.setattr(connection.HttpConnection, "exchange", exchange)
    server.script("upload", answer())
    client.upload(b"/1/a", Held(b"hello"), 1)
    assert blocks[0][0].endswith(b"\r\n\r\nhello")
    assert list(blocks[0][1]) == []


@pytest.mark.parametrize("lost", [LOST, answer(503), answer(429)])
def test_an_upload_is_repeated_from_the_beginning(server: Server, client: Client, lost: bytes | None) -> None:
    server.script("upload", lost, lost, answer())
    content = Stream(b"x" * 100_000)
    client.upload(b"/1/a", content, 1)
    assert (content.opened, content.closed) == (3, 3)
    signs = {request.headers["x-akamai-acs-auth-sign"] for request in server.requests}
    assert len(signs) == 3


@pytest.mark.parametrize("status", [400, 409, 412, 422])
def test_content_that_the_service_refuses(server: Server, client: Client, status: int) -> None:
    server.script("upload", answer(status, b"checksum\n"))
    with pytest.raises(Conflict, match="digest") as caught:
        client.upload(b"/1/a", Held(b"hello"), 1)
    assert caught.value.status == status
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "content",
    [
        Stream(b"x" * 100_000, size=100_001),
        Stream(b"x" * 100_000, size=99_999),
        Stream(b"", size=1),
        Stream(b"x", size=0),
        Stream(b"x", size=70_000, breaks=SourceChanged("It changed.")),
    ],
)
def test_a_source_that_changes_sends_no_whole_request(server: Server, client: Client, content: Stream) -> None:
    with pytest.raises(SourceChanged):
        client.upload(b"/1/a", content, 1)
    assert server.requests == []
    assert (content.opened, content.closed) == (1, 1)
    server.script("upload", answer())
    client.upload(b"/1/a", Held(b"hello"), 1)


def test_a_source_of_another_size_at_hand(server: Server, client: Client) -> None:
    content = Held(b"hello")
    content.size = 4
    with pytest.raises(SourceChanged):
        client.upload(b"/1/a", content, 1)


def test_a_source_that_cannot_be_read_is_no_lost_connection(server: Server, client: Client) -> None:
    with pytest.raises(BadSource, match="Input/output error") as caught:
        client.upload(b"/1/a", Stream(b"", size=5, breaks=OSError(5, "Input/output error")), 1)
    assert caught.value.path == b"/1/a"
    assert client.api_calls == {"upload": 1}


def test_an_answer_before_the_body_ends(server: Server, make_client: MakeClient) -> None:
    """A server that refuses an upload by its head answers and closes; that answer counts, not the broken pipe."""
    running = socket.create_server(("127.0.0.1", 0))

    def refuse() -> None:
        sock, _address = running.accept()
        sock.recv(1000)
        sock.sendall(answer(403, b"no", Connection="close"))
        sock.shutdown(socket.SHUT_WR)
        threading.Event().wait(1)
        sock.close()

    threading.Thread(target=refuse, daemon=True).start()
    client = make_client(host=f"127.0.0.1:{running.getsockname()[1]}", max_retries=0, idle_timeout=0.5)
    with pytest.raises((AuthRefused, Unreachable)) as caught:
        client.upload(b"/1/a", Stream(b"x" * 20_000_000), 1)
    assert isinstance(caught.value, AuthRefused)
    running.close()


def test_a_connection_that_breaks_under_the_body(make_client: MakeClient, pauses: list[float]) -> None:
    running = socket.create_server(("127.0.0.1", 0))

    def break_off() -> None:
        for _turn in range(2):
            sock, _address = running.accept()
            sock.recv(1000)
            sock.close()

    threading.Thread(target=break_off, daemon=True).start()
    client = make_client(host=f"127.0.0.1:{running.getsockname()[1]}", max_retries=1)
    content = Stream(b"x" * 20_000_000)
    with pytest.raises(Unreachable, match="was lost"):
        client.upload(b"/1/a", content, 1)
    assert (content.opened, content.closed, len(pauses)) == (2, 2, 1)
    running.close()
