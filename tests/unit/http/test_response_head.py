# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers as servers write them, and as no server should."""

from __future__ import annotations

import socket
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._http.response_head import MAX_HEAD, Malformed
from ansible_collections.edgeops.netstorage.plugins.module_utils._http.response_reader import Closed, ResponseReader

OK = b"HTTP/1.1 200 OK\r\n"


class Pieces:
    """A socket that gives what a server sends in pieces of a size, and then its end."""

    def __init__(self, sent: bytes, size: int = 65_536) -> None:
        self.sent, self.size = sent, size

    def recv(self, size: int) -> bytes:
        size = min(size, self.size)
        piece, self.sent = self.sent[:size], self.sent[size:]
        return piece


def incoming(sent: bytes, method: str = "GET", size: int = 65_536) -> ResponseReader:
    return ResponseReader(t.cast(socket.socket, Pieces(sent, size)), method)


def body(answer: ResponseReader) -> bytes:
    return b"".join(iter(lambda: answer.read(7), b""))


@pytest.mark.parametrize("size", [1, 3, 65_536])
@pytest.mark.parametrize(
    ("sent", "content", "keeps"),
    [
        (OK + b"Content-Length: 5\r\n\r\nhello", b"hello", True),
        (OK + b"CONTENT-length:5\r\n\r\nhello", b"hello", True),
        (OK + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", b"hello", True),
        (b"HTTP/1.1 200\nContent-Length: 6\n\nhe\r\n\r\n", b"he\r\n\r\n", True),
        (OK + b"Content-Length: 0\r\n\r\n", b"", True),
        (OK + b"Content-Length: 5\r\nConnection: Keep-Alive, Close\r\n\r\nhello", b"hello", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", b"hello", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello", b"hello", True),
        (b"HTTP/1.1 200 \xe9t\xe9\t!\r\n\r\nuntil the end", b"until the end", False),
        (OK + b"\r\nuntil the end", b"until the end", False),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", b"", True),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n5;a=\"b\"\r\nhello\r\n06\r\n world\r\n0\r\nX: 1\r\n\r\n", b"hello world", True),
        (OK + b"Transfer-Encoding: Chunked\nContent-Length: 3\n\nA \n0123456789\r\n0\n\n", b"0123456789", False),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + OK + b"Content-Length: 1\r\n\r\nx", b"x", True),
        (OK + b"X-Long: a\r\n  b\r\n\tc\r\nContent-Length: 1\r\n\r\nx", b"x", True),
        (OK + b"X: 1\r\n" * 98 + b"Content-Length: 1\r\n\r\nx", b"x", True),
    ],
)
def test_a_valid_response_is_read_to_its_end(sent: bytes, content: bytes, keeps: bool, size: int) -> None:
    answer = incoming(sent, size=size)
    assert body(answer) == content
    assert (answer.head.keeps, answer.ended, answer.is_clean) == (keeps, True, True)


def test_header_fields_are_lower_case_and_joined() -> None:
    lines = b"Date:  x \t\r\nX-A: 1\r\nx-a: 2\r\nEmpty:\r\nFolded: a\r\n b\r\nContent-Length: 0\r\n\r\n"
    fields = incoming(OK + lines).head.fields
    assert fields == {"date": "x", "x-a": "1, 2", "empty": "", "folded": "a b", "content-length": "0"}


def test_a_head_without_a_body() -> None:
    answer = incoming(OK + b"Content-Length: 5\r\n\r\n", "HEAD")
    assert (body(answer), answer.is_clean) == (b"", True)


def test_what_comes_behind_an_answer_is_seen() -> None:
    answer = incoming(OK + b"Content-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n\r\n")
    assert (body(answer), answer.ended, answer.is_clean) == (b"x", True, False)


@pytest.mark.parametrize("size", [1, 65_536])
@pytest.mark.parametrize(
    "sent",
    [
        b"HTTP/1.1 20",
        OK + b"Content-Length: 5\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"ICY 200 OK\r\n\r\n",
        b"\r\n" + OK + b"\r\n",
        b"HTTP/1.1 99 x\r\n\r\n",
        b"HTTP/1.1 2000 x\r\n\r\n",
        b"HTTP/1.1 200 \x1d\r\n\r\n",
        b"HTTP/1.1 200 a\x0bb\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 40,
        b"hello\n\n",
        OK + b" folded: at once\r\n\r\n",
        OK + b"Content-Length : 5\r\n\r\nhello",
        OK + b"no colon\r\n\r\n",
        OK + b": no name\r\n\r\n",
        OK + b"X: a\x00b\r\n\r\n",
        OK + b"X: a\rContent-Length: 5\r\n\r\nhello",
        OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        OK + b"Content-Length: 5, 6\r\n\r\nhello!",
        OK + b"Content-Length: -5\r\n\r\n",
        OK + b"Content-Length: +5\r\n\r\nhello",
        OK + b"Content-Length: 0x5\r\n\r\nhello",
        OK + b"Content-Length: \xb2\r\n\r\nhe",
        OK + b"Content-Length: \xa02\r\n\r\nhe",
        OK + b"Content-Length: 2\x0b\r\n\r\nhe",
        OK + b"Content-Length:\r\n\r\n",
        OK + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n",
        OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        OK + b"X: " + b"x" * MAX_HEAD + b"\r\n\r\n",
        OK + b"X: " + b"x" * MAX_HEAD * 2,
        OK + b"X: 1\r\n" * 100 + b"\r\n",
        OK + b"X: 1\r\n" + b" 1\r\n" * 99 + b"\r\n",
    ],
    ids=lambda sent: repr(sent[:60]),
)
def test_heads_that_are_none(sent: bytes, size: int) -> None:
    with pytest.raises(Malformed):
        incoming(sent, size=size)


def test_no_byte_of_an_answer_is_something_else() -> None:
    with pytest.raises(Closed):
        incoming(b"")


CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize("size", [1, 65_536])
@pytest.mark.parametrize(
    "sent",
    [
        OK + b"Content-Length: 5\r\n\r\nhell",
        CHUNKED,
        CHUNKED + b"5\r\nhell",
        CHUNKED + b"5\r\nhello",
        CHUNKED + b"5\r\nhello\r\n",
        CHUNKED + b"5\r\nhello\r\n0\r\n",
        CHUNKED + b"5\r\nhello!\r\n0\r\n\r\n",
        CHUNKED + b"5\r\nhello\n0\r\n\r\n",
        CHUNKED + b"\r\nhello\r\n0\r\n\r\n",
        CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n",
        CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n",
        CHUNKED + b"5_0\r\nhello\r\n0\r\n\r\n",
        CHUNKED + b"f" * 20 + b"\r\nhello",
        CHUNKED + b"5;" + b"x" * 10_000 + b"\r\nhello\r\n0\r\n\r\n",
        CHUNKED + b"0\r\n" + b"X: 1\r\n" * 101 + b"\r\n",
        CHUNKED + b"0\r\nX: " + b"x" * 10_000 + b"\r\n\r\n",
    ],
    ids=lambda sent: repr(sent[len(OK) : 90]),
)
def test_bodies_that_break_off_or_lie(sent: bytes, size: int) -> None:
    with pytest.raises(Malformed):
        body(incoming(sent, size=size))
