# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP that never ends, contradicts itself, or hides a second answer: a named error, or the right answer, in bounded time."""

from __future__ import annotations

import contextlib
import dataclasses
import socket
import threading
import time
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import NetStorageError
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client import Client
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client_config import ClientConfig
from ansible_collections.edgeops.netstorage.tests.contract.hostile.bounded_calls import call_in_subprocess, is_bounded
from ansible_collections.edgeops.netstorage.tests.contract.hostile.hostile_server import (
    CHUNKED,
    GIGABYTE,
    Stream,
    answered,
    byte_by_byte,
    endless,
)
from ansible_collections.edgeops.netstorage.tests.unit.usage_api.scripted_server import Server, answer, xml

OK = b"HTTP/1.1 200 OK\r\n"
ENOUGH = 24 << 20
LINE = 65_000  # bytes, a little less than a head may have

ENDLESS: dict[str, Stream] = {
    "lines without end": answered(lambda: endless(b"X: 1\r\n"), head=OK),
    "a line without end": answered(b"X: ", lambda: endless(b"a"), head=OK),
    "a status line without end": answered(lambda: endless(b"a"), head=b"HTTP/1.1 200 "),
    "folds without end": answered(b"X: 1\r\n", lambda: endless(b" a\r\n"), head=OK),
    "nothing that is HTTP": answered(lambda: endless(b"a"), head=b""),
    "zeros": answered(lambda: endless(b"\0"), head=b""),
    "ends of lines": answered(lambda: endless(b"\r\n"), head=b""),
    "interim answers without end": answered(lambda: endless(b"HTTP/1.1 100 Continue\r\n\r\n"), head=b""),
    "hints without end": answered(lambda: endless(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"), head=b""),
    "a line without a colon": answered(b"a" * LINE + b"\r\n\r\n", head=OK),
    "lines without colons": answered(b"a\r\n" * (LINE // 3) + b"\r\n", head=OK),
    "colons": answered(b":" * LINE + b"\r\n\r\n", head=OK),
    "a chunk's size without end": answered(lambda: endless(b"0"), head=CHUNKED),
    "a chunk's extension without end": answered(b"5;", lambda: endless(b"a=b;"), head=CHUNKED),
    "trailers without end": answered(b"0\r\n", lambda: endless(b"X: 1\r\n"), head=CHUNKED),
    "a trailer without end": answered(b"0\r\nX: ", lambda: endless(b"a"), head=CHUNKED),
    "a negative length": answered(b"Content-Length: -1\r\n\r\n", lambda: endless(b"a"), head=OK),
    "a length in hexadecimal": answered(b"Content-Length: 0x10\r\n\r\n", lambda: endless(b"a"), head=OK),
    "two lengths": answered(b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", lambda: endless(b"a"), head=OK),
    "a negative chunk": answered(b"-1\r\n", lambda: endless(b"a"), head=CHUNKED),
}


@pytest.mark.parametrize("verb", ["stat", "list", "upload"])
@pytest.mark.parametrize("case", ENDLESS)
def test_heads_and_chunks_that_never_end(case: str, verb: str) -> None:
    """A change whose answer has no end is looked for, and so is one more request than others."""
    measured = call_in_subprocess(ENDLESS[case], verb)
    assert measured.error == "Unreachable", measured
    assert measured.requests <= (3 if verb == "upload" else 2)
    assert measured.sent < ENOUGH, measured
    is_bounded(measured)


PROSE: dict[str, tuple[bytes, t.Callable[[], t.Iterable[bytes]]]] = {
    "without a length": (b"", lambda: endless(b"a")),
    "of a gigabyte": (b"Content-Length: %d\r\n" % GIGABYTE, lambda: endless(b"a")),
    "in chunks of a byte": (b"Transfer-Encoding: chunked\r\n", lambda: byte_by_byte(endless(b"a"))),
}


@pytest.mark.parametrize("status", [200, 403, 500])
@pytest.mark.parametrize("case", PROSE)
def test_texts_that_never_end(case: str, status: int) -> None:
    """What the service says in prose is cut, and never waited for."""
    field, text = PROSE[case]
    measured = call_in_subprocess(answered(text, head=b"HTTP/1.1 %d X\r\n%s\r\n" % (status, field)), "upload")
    assert measured.error == {200: "BadReply", 403: "AuthRefused", 500: "ServiceFailed"}[status], measured
    assert measured.sent < ENOUGH, measured
    is_bounded(measured)


STOLEN = xml("stat", '<file type="file" name="a" size="666"/>')
HIDDEN = {
    "behind a 204": answer(204, Content_Length="") + STOLEN,
    "in the body of a 204": answer(204, Content_Length=str(len(STOLEN))) + STOLEN,
    "behind a 200": answer(200, b"done\n") + STOLEN,
    "behind a 304": answer(304, Content_Length="") + STOLEN,
    "behind the last chunk": answer(200, Content_Length="", Transfer_Encoding="chunked") + b"0\r\n\r\n" + STOLEN,
    "between a length and a coding": answer(200, Content_Length="3", Transfer_Encoding="chunked") + b"0\r\n\r\n" + STOLEN,
}


@pytest.mark.parametrize("case", HIDDEN)
def test_an_answer_that_nobody_asked_for_is_no_answer_to_the_next_request(case: str) -> None:
    """Without that, the next stat would see what the first answer had smuggled in."""
    server = Server()
    server.handler = lambda request: xml("stat") if request.action == "stat" else HIDDEN[case]
    connection = ClientConfig(f"127.0.0.1:{server.port}", "tester", "a-key-of-the-hostile-suite", protocol="http")
    with Client(connection) as client:
        for _turn in range(3):
            with contextlib.suppress(NetStorageError):
                client.mkdir(b"/123456/a")
            assert client.stat(b"/123456/a") == []
    server.close()


def test_an_answer_that_comes_before_the_request_is_none() -> None:
    """A connection that has something to say while it is idle carries no further request."""
    server = Server()
    said = threading.Event()

    def handler(request: t.Any) -> bytes:
        if request.action == "mkdir":
            threading.Timer(0.1, lambda: (server.say(STOLEN), said.set())).start()
            return answer()
        return xml("stat")

    server.handler = handler
    connection = ClientConfig(f"127.0.0.1:{server.port}", "tester", "a-key-of-the-hostile-suite", protocol="http")
    with Client(connection) as client:
        client.mkdir(b"/123456/a")
        assert said.wait(5)
        time.sleep(0.1)
        assert client.stat(b"/123456/a") == []
    server.close()


def test_a_server_that_drips_is_given_up_on_where_it_is_silent() -> None:
    """There is no limit on the total of what is read, by design; a byte in time goes on, a byte too late does not. That of a head
    is tested in tests/unit/usage_api/test_trickling.py."""
    listening = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        sock, _address = listening.accept()
        with contextlib.suppress(OSError), sock:
            sock.recv(65_536)
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
            for byte in b"<stat/>\n":
                sock.sendall(bytes([byte]))
                time.sleep(0.05)
            time.sleep(5)

    threading.Thread(target=drip, daemon=True).start()
    known = ClientConfig(f"127.0.0.1:{listening.getsockname()[1]}", "tester", "a-key-of-the-hostile-suite", protocol="http")
    begun = time.monotonic()
    with Client(dataclasses.replace(known, idle_timeout=0.3, max_retries=0)) as client, pytest.raises(NetStorageError) as told:
        client.stat(b"/123456/a")
    assert "sent no data for 0.3 seconds" in str(told.value)
    assert time.monotonic() - begun < 4
    listening.close()
