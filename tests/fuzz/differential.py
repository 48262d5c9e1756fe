# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bytes of a server, read twice: by the collection, and by http.client of the standard library.

Both must read the same, or the collection must refuse. Where it reads otherwise on purpose, there is a row of ``DELIBERATE``: it
rewrites the bytes into those of which http.client makes the same, so it excuses that one thing and nothing beside it.
ARCHITECTURE.md shows the table, and ``tests/unit/http/test_differential.py`` holds the two together.
"""

from __future__ import annotations

import http.client
import io
import itertools
import random
import re
import socket
import typing as t
import zlib
from collections.abc import Callable, Iterable, Sequence

from ansible_collections.edgeops.netstorage.plugins.module_utils._http import response_head, response_reader

TRACED = [response_reader.__file__, response_head.__file__]
METHODS = ("GET", "GET", "PUT", "POST", "HEAD", "HEAD")
_ALL = 1_000_000
_BLANKS = " \t"
_LENGTH = "content-length"
# What http.client raises for bytes that it refuses; the last one is a length that does not fit into a number of C.
_REFUSED = (http.client.HTTPException, ValueError, OverflowError)


class Exchange(t.NamedTuple):
    """What a server sends before it closes the connection, and what it was asked with."""

    method: str
    sent: bytes


class Reading(t.NamedTuple):
    """
    fields  by lower-case name, all values of a name together
    rest    what has been sent behind the end of the response
    keeps   whether the connection may carry another request
    """

    status: int
    fields: dict[str, tuple[str, ...]]
    body: bytes
    rest: bytes
    keeps: bool


class Deliberate(t.NamedTuple):
    """Something that the collection reads otherwise on purpose.

    here, there  what the collection makes of it, and what http.client
    rewrite      http.client makes of the result what the collection makes of the original
    closes       whether the collection closes a connection that http.client keeps
    """

    what: str
    here: str
    there: str
    why: str
    example: Exchange
    rewrite: Callable[[Exchange], Exchange] = lambda exchange: exchange
    closes: Callable[[http.client.HTTPResponse], bool] = lambda _response: False


class Pieces:
    """What stands for a socket: gives what was sent in pieces of these sizes, over and over, and then its end."""

    def __init__(self, sent: bytes, sizes: Iterable[int]) -> None:
        self._sent, self._at, self._sizes = sent, 0, itertools.cycle(sizes)

    def recv(self, size: int, /) -> bytes:
        start, self._at = self._at, self._at + min(size, next(self._sizes))
        return self._sent[start:self._at]

    @property
    def left(self) -> bytes:
        return self._sent[self._at:]


class Kept(io.BytesIO):
    """A file of which one can ask what was left of it when http.client had closed it. Stands for its socket, too."""

    def makefile(self, _mode: str) -> Kept:
        return self

    def close(self) -> None:
        pass


def here(exchange: Exchange) -> Reading | None:
    """As the collection reads it, None where it refuses."""
    sock = Pieces(exchange.sent, [_ALL])
    read = _read(sock, exchange.method, _ALL)
    if read is not None and not read[0].is_clean:  # byte by byte, what has not been taken from the socket is the rest
        sock = Pieces(exchange.sent, [1])
        read = _read(sock, exchange.method, _ALL)
    return None if read is None else _reading(read, sock.left)


def in_pieces(exchange: Exchange, chance: random.Random) -> Reading | None:
    """The same as ``here``, however the network cuts it. Raises AssertionError."""
    whole, most = here(exchange), chance.choice((2, 30, 3_000))
    sock = Pieces(exchange.sent, [chance.randrange(1, most) for _piece in range(9)])
    read = _read(sock, exchange.method, chance.choice((3, 70, _ALL)))
    assert (read is None) == (whole is None), f"refused or not, as it is cut: {exchange}"
    if read is not None and whole is not None:
        assert _reading(read, whole.rest) == whole, f"something else, as it is cut: {exchange}"
        assert read[0].is_clean == (len(sock.left) >= len(whole.rest)), f"what lies behind the end is not told: {exchange}"
    return whole


def _read(sock: Pieces, method: str, size: int) -> tuple[response_reader.ResponseReader, bytes] | None:
    try:
        reader = response_reader.ResponseReader(t.cast(socket.socket, sock), method)
        body = b"".join(iter(lambda: reader.read(size), b""))
    except (response_head.Malformed, response_reader.Closed):
        return None
    assert reader.ended
    return reader, body


def _reading(read: tuple[response_reader.ResponseReader, bytes], rest: bytes) -> Reading:
    reader, body = read
    head = reader.head
    return Reading(head.status, _together(head.fields.items()), body, rest, head.keeps)


def there(exchange: Exchange, rows: Sequence[Deliberate] = ()) -> Reading | None:
    """As http.client reads it where these rows are made good, None where it refuses."""
    for row in rows:
        exchange = row.rewrite(exchange)
    file = Kept(exchange.sent)
    response = http.client.HTTPResponse(t.cast(socket.socket, file), method=exchange.method)
    try:
        response.begin()
        body = response.read()
    except _REFUSED:
        return None
    keeps = not response.will_close and not any(row.closes(response) for row in rows)
    return Reading(response.status, _together(response.getheaders()), body, file.read(), keeps)


def _together(fields: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Lists, because it makes no difference whether values come in one field with commas or in many (RFC 9110, 5.3). Nor does it
    how often the same length is told."""
    found: dict[str, tuple[str, ...]] = {}
    for name, value in fields:
        values = tuple(one.strip(_BLANKS) for one in value.split(","))
        found[name.lower()] = found.get(name.lower(), ()) + values
    if _LENGTH in found:
        found[_LENGTH] = tuple(dict.fromkeys(found[_LENGTH]))
    return found


def difference(exchange: Exchange, mine: Reading | None, rows: Sequence[Deliberate]) -> str | None:
    """What the two make of it, where that is not the same and the collection does not refuse."""
    if mine is None:
        return None
    other = there(exchange, rows)
    return None if mine == other else f"{exchange}\n       here {mine}\nhttp.client {other or 'refuses it'}"


def target(data: bytes) -> None:
    """Method and pieces follow from the bytes, so that these alone are what is kept and told. Raises AssertionError."""
    chance = random.Random(zlib.crc32(data))
    exchange = Exchange(chance.choice(METHODS), data)
    found = difference(exchange, in_pieces(exchange, chance), DELIBERATE)
    assert found is None, found


_END = re.compile(rb"\n\r?\n")
_INTERIM = re.compile(rb"HTTP/1\.[0-9] (1[0-9]{2})(?:[ \t][^\r\n]*)?\r?\n")
_FOLD = re.compile(rb"\r?\n[ \t]+")
_BLANK_END = re.compile(rb"[ \t]+(?=\r?\n)")
_LENGTHS = re.compile(rb"(?im)^(content-length:[ \t]*)([0-9]+)(?:[ \t]*,[ \t]*\2)+(?=[ \t]*\r?\n)")
_CONNECTION = re.compile(rb"(?im)^connection:([^\r\n]*)\r?\n")
_EMPTY = re.compile(rb"HTTP/1\.[0-9] (?:204|304)\b")


def _interim(sent: bytes) -> tuple[set[bytes], int]:
    """Which interim responses come first, and how many bytes they are."""
    statuses: set[bytes] = set()
    end = 0
    while found := _INTERIM.match(sent, end):
        last = _END.search(sent, end)
        if last is None:
            break
        statuses.add(found.group(1))
        end = last.end()
    return statuses, end


def _without_interim(exchange: Exchange) -> Exchange:
    statuses, end = _interim(exchange.sent)
    return exchange._replace(sent=exchange.sent[end:]) if statuses - {b"100"} else exchange


def _in_head(change: Callable[[bytes], bytes]) -> Callable[[Exchange], Exchange]:
    """A rewriting of the head of the final response alone."""

    def rewrite(exchange: Exchange) -> Exchange:
        sent, start = exchange.sent, _interim(exchange.sent)[1]
        found = _END.search(sent, start)
        end = found.end() if found is not None else len(sent)
        return exchange._replace(sent=sent[:start] + change(sent[start:end]) + sent[end:])

    return rewrite


def _in_one_field(head: bytes) -> bytes:
    values = _CONNECTION.findall(head)
    if len(values) < 2:
        return head
    start, _end, rest = head.partition(b"\n")
    return start + b"\nConnection: " + b",".join(values) + b"\r\n" + _CONNECTION.sub(b"", rest)


def _as_head(exchange: Exchange) -> Exchange:
    empty = _EMPTY.match(exchange.sent, _interim(exchange.sent)[1])
    return exchange._replace(method="HEAD") if empty else exchange


def _is_chunked(response: http.client.HTTPResponse) -> bool:
    return bool(response.chunked) and response.length is None  # what has no body has the length 0


def _both(response: http.client.HTTPResponse) -> bool:
    return _is_chunked(response) and _LENGTH in response.headers


def _by_other_fields(response: http.client.HTTPResponse) -> bool:
    words = ",".join(response.headers.get_all("connection") or ()).lower()
    return response.version == 10 and "keep-alive" not in words


def _old_and_chunked(response: http.client.HTTPResponse) -> bool:
    return response.version == 10 and _is_chunked(response)


def _get(head: str, body: str = "") -> Exchange:
    return Exchange("GET", "\r\n".join((*head.split(" | "), "", body)).encode("latin-1"))


# In this order they are made good: those that change how lines are cut come first.
DELIBERATE = (
    Deliberate(
        "interim responses such as 103", "skipped", "only 100 is skipped, any other one is taken for the response",
        "They come before the response that was asked for (RFC 9110, 15.2). 101 and more than 16 of them are refused.",
        _get("HTTP/1.1 103 Early Hints | Link: </a> |  | HTTP/1.1 200 OK | Content-Length: 2", "ab"),
        _without_interim,
    ),
    Deliberate(
        "a folded line", "the fold is a blank",
        "line end and blanks stay in the value; older ones do not see `chunked` behind a fold",
        "RFC 9112, 5.2: a blank, or an error.",
        _get("HTTP/1.1 200 OK | X-N: a |  b | Content-Length: 2", "ab"),
        _in_head(lambda head: _FOLD.sub(b" ", head)),
    ),
    Deliberate(
        "blanks behind a value", "not part of it", "part of it, so `chunked` with a blank is not seen",
        "RFC 9112, 5: they are not part of the value.",
        _get("HTTP/1.1 200 OK | Transfer-Encoding: chunked ", "2\r\nab\r\n0\r\n\r\n"),
        _in_head(lambda head: _BLANK_END.sub(b"", head)),
    ),
    Deliberate(
        "`Content-Length: 5, 5`", "the length is 5", "no length, so the body ends with the connection",
        "The same number again is what a proxy makes of two fields (RFC 9110, 8.6). Different numbers are refused.",
        _get("HTTP/1.1 200 OK | Content-Length: 2, 2", "ab"),
        _in_head(lambda head: _LENGTHS.sub(rb"\1\2", head)),
    ),
    Deliberate(
        "`Connection` more than once", "all of them count", "the first one counts",
        "Fields of one name are one list (RFC 9110, 5.3).",
        _get("HTTP/1.1 200 OK | Connection: x | Connection: close | Content-Length: 2", "ab"),
        _in_head(_in_one_field),
    ),
    Deliberate(
        "204 or 304 with `Transfer-Encoding: chunked`", "no body", "a chunked body is read",
        "These end with the head, whatever it says (RFC 9112, 6.3); what comes behind it closes the connection.",
        _get("HTTP/1.1 204 No Content | Transfer-Encoding: chunked", "2\r\nab\r\n0\r\n\r\n"),
        _as_head,
    ),
    Deliberate(
        "a length beside `chunked`", "chunked, and the connection is closed", "chunked, and the connection is kept",
        "Whoever wrote it or passed it on may have taken another end for the right one (RFC 9112, 6.3).",
        _get("HTTP/1.1 200 OK | Transfer-Encoding: chunked | Content-Length: 2", "2\r\nab\r\n0\r\n\r\n"),
        closes=_both,
    ),
    Deliberate(
        "HTTP/1.0 with `Keep-Alive` or `Proxy-Connection`", "the connection is closed", "it is kept",
        "Only `Connection: keep-alive` keeps it (RFC 9112, 9.3).",
        _get("HTTP/1.0 200 OK | Keep-Alive: timeout=5 | Content-Length: 2", "ab"),
        closes=_by_other_fields,
    ),
    Deliberate(
        "HTTP/1.0 with `Transfer-Encoding: chunked`", "chunked, and the connection is closed", "it is kept if it says so",
        "HTTP/1.0 has no codings, so the framing may be at fault (RFC 9112, 6.1).",
        _get("HTTP/1.0 200 OK | Transfer-Encoding: chunked | Connection: keep-alive", "2\r\nab\r\n0\r\n\r\n"),
        closes=_old_and_chunked,
    ),
)  # fmt: skip


def table() -> list[tuple[str, ...]]:
    """As ARCHITECTURE.md shows it."""
    return [
        ("what is sent", "read as", "by http.client", "why"),
        *((row.what, row.here, row.there, row.why) for row in DELIBERATE),
    ]
