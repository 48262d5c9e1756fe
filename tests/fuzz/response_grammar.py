# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Responses as servers send them, and as they might: one number is the seed of them all."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

_CRLF = b"\r\n"
_STATUSES = (
    b"200 OK", b"200 OK", b"200", b"201 Created", b"204 No Content", b"206 Partial Content", b"304 Not Modified",
    b"404 Not found", b"409 Conflict", b"503 ",
)  # fmt: skip
_FIELDS = (
    b"Server: AkamaiNetStorage", b"Date: Mon, 30 Nov 2026 09:00:00 GMT", b"Content-Type: text/xml", b"ETag: \"a:b\"",
    b"X-N:S", b"X-Empty:", b"Cache-Control: max-age=0, no-cache", b"Vary: a", b"Vary: b", b"x-latin: \xe9\xff",
    b"X-Tab:\ta\tb",
)  # fmt: skip
_CONNECTIONS = (b"Connection: keep-alive", b"Connection: close", b"connection:Keep-Alive, x", b"Connection: x, CLOSE")
_BODIES = (
    b"", b"a", b"hello", b"successful\n", b"0\r\n\r\n", b"\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n", bytes(range(256)),
    b"x" * 700,
)  # fmt: skip
_EXTENSIONS = (b"", b"", b"", b" ", b";a", b";a=b", b' ;a="b;c"')
_TRAILERS: tuple[tuple[bytes, ...], ...] = ((), (), (b"X-Digest: 1",), (b"A: 1", b"Content-Length: 5"))

_ODD_STARTS = (
    b"HTTP/1.1 200\tOK", b"HTTP/1.1  200 OK", b"HTTP/1.1\t200 OK", b" HTTP/1.1 200 OK", b"HTTP/1.2 200 OK",
    b"HTTP/1.10 200 OK", b"HTTP/0.9 200 OK", b"HTTP/2 200", b"HTTP/1.1 0200 OK", b"HTTP/1.1 +200 OK", b"HTTP/1.1 2_0 OK",
    b"HTTP/1.1 20", b"HTTP/1.1 099", b"HTTP/1.1 999 ?", b"http/1.1 200 OK", b"HTTP/1.1 200 \x00", b"HTTP/1.1 200 a\rb",
    b"HTTP/1.1 200OK", b"HTTP/1.1", b"ICY 200 OK", b"", b"HTTP/1.1 200\xa0OK", b"HTTP/1.1 200 \x1d",
    b"HTTP/1.1 101 Switching", b"HTTP/1.1 103 Early", b"HTTP/1.1 204", b"HTTP/1.0 304 x", b"HTTP/1. 200 OK",
    b"HTTP/1.x 200 OK", b"HTTP/1.1 \xb2\xb9\xb3 OK",
)  # fmt: skip
_ODD_FIELDS = (
    b"Content-Length: 5", b"Content-Length: 0", b"Content-Length: 5, 5", b"Content-Length: 5,5,\t5", b"Content-Length: 5, 6",
    b"Content-Length: -1", b"Content-Length: +5", b"Content-Length: 5_0", b"Content-Length: 0x5", b"Content-Length: 05",
    b"Content-Length:", b"Content-Length: 5 5", b"Content-Length: \xb2", b"Content-Length: \xa05", b"Content-Length: 5\x0b",
    b"Content-Length: " + b"9" * 18, b"Content-Length: " + b"9" * 40, b"Content-Length : 5", b"Content-Length\t: 5",
    b" Content-Length: 5", b"Content-Length: 5;x", b"Content-Length: 5,", b"Content_Length: 5", b"Content-Length: 5.0",
    b"Transfer-Encoding: chunked", b"Transfer-Encoding: CHUNKED", b"transfer-encoding:chunked",
    b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding: identity", b"Transfer-Encoding:",
    b"Transfer-Encoding: chunked, identity", b"Transfer-Encoding: chunked;a=b", b"Transfer-Encoding: chunked \t",
    b"Transfer-Encoding: \x0bchunked", b"Transfer-Encoding: xchunked", b"Transfer-Encoding : chunked", b"Connection: x",
    b"Connection: not-closed", b"Connection:", b"Connection: keep-alive, close", b"Keep-Alive: timeout=5", b"Keep-Alive:",
    b"Proxy-Connection: keep-alive", b"no colon", b": no name", b"From x: y", b"From : y", b"X\xe9: latin", b"X(y): z",
    b"X: a\x00b", b"X: a\rContent-Length: 5", b"X: a\x0cb\x85c", b"X: \x1c", b"X y: z", b'"X": y',
    b"x" * 201 + b": long name", b"\x00: x", b"X: a,, b ,",
)  # fmt: skip
_ODD_SIZES = (
    b"5", b"05", b"0" * 14 + b"5", b"0" * 20 + b"5", b"0x5", b"+5", b"-5", b"5_0", b"", b" 5", b"5 ", b"5\t", b"\x0b5",
    b"5\x0c", b"5;\r", b"5 x", b"g", b"f" * 15, b"f" * 40, b"5;" + b"x" * 5_000, b"5\x00", b";5", b"5;a\x00b",
)  # fmt: skip
_ODD_ENDS = (b"\n", b"", b"\r", b"xx", b"\r\r\n", b" \r\n", b"\n\n", b"\n0", b"\r\n\r\n")
_INTERIM = (
    b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\nX: 1\r\n\r\n",
    b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", b"HTTP/1.1 102 Processing\n\n",
    b"HTTP/1.0 199 x\r\nContent-Length: 5\r\n\r\n", b"HTTP/1.1 100\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"HTTP/1.1 101 Switching\r\n\r\n", b"HTTP/1.1 100 Continue\r\nno colon\r\n\r\n", b"HTTP/1.1 100 Continue\r\n",
)  # fmt: skip
_BEHIND = (b"", b"", b"", b"", b"", b"x", b"\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\ny", b"0\r\n\r\n", b"\x00" * 9)


def response(chance: random.Random) -> bytes:
    return Grammar(chance).any()


@dataclass
class Draft:
    """A response while it is being made up.

    ends    of the lines of the head, by their number
    chunks  size with extension, data and what ends it; the last chunk is not among them
    """

    start: bytes
    fields: list[bytes]
    body: bytes = b""
    interim: bytes = b""
    chunks: list[list[bytes]] | None = None
    last: bytes = b"0"
    trailers: tuple[bytes, ...] = ()
    ends: dict[int, bytes] = field(default_factory=dict)
    end: bytes = _CRLF
    behind: bytes = b""

    def written(self) -> bytes:
        lines = [self.start, *self.fields, b""]
        head = b"".join(line + self.ends.get(number, self.end) for number, line in enumerate(lines))
        return self.interim + head + (self.body if self.chunks is None else self._chunked(self.chunks)) + self.behind

    def _chunked(self, chunks: list[list[bytes]]) -> bytes:
        written = b"".join(size + self.end + data + end for size, data, end in chunks)
        return written + self.end.join((self.last, *self.trailers, b"", b""))


class Grammar:
    """Makes them up, with these dice."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._oddities: tuple[Callable[[Draft], None], ...] = (
            self._start, self._field, self._field, self._field, self._doubled, self._folded, self._blank, self._line_end,
            self._line_ends, self._framing, self._size, self._chunk_end, self._last, self._interim, self._behind, self._many,
            self._long)  # fmt: skip

    def sound(self) -> bytes:
        """What any client has to understand."""
        return self._sound().written()

    def any(self) -> bytes:
        """With some oddities, or with none; sometimes cut off."""
        draft = self._sound()
        for _time in range(self._chance.choice((0, 1, 1, 1, 2, 2, 3, 5))):
            self._chance.choice(self._oddities)(draft)
        written = draft.written()
        return written[: self._chance.randrange(len(written) + 1)] if self._chance.random() < 0.05 else written

    def _sound(self) -> Draft:
        chance = self._chance
        version = chance.choice((b"HTTP/1.1 ", b"HTTP/1.1 ", b"HTTP/1.1 ", b"HTTP/1.0 "))
        draft = Draft(version + chance.choice(_STATUSES), chance.sample(_FIELDS, chance.randrange(5)), chance.choice(_BODIES))
        if chance.random() < 0.4:
            draft.fields.append(chance.choice(_CONNECTIONS))
        framing = chance.choice(("length", "chunked", "chunked", "close"))
        if framing == "length":
            draft.fields.append(b"Content-Length: %d" % len(draft.body))
        elif framing == "chunked":
            draft.fields.append(b"Transfer-Encoding: chunked")
            draft.chunks, draft.trailers = self._cut(draft.body), chance.choice(_TRAILERS)
        if framing != "close":
            draft.behind = chance.choice(_BEHIND)
        if chance.random() < 0.1:
            draft.interim = b"HTTP/1.1 100 Continue\r\n\r\n" * chance.randrange(1, 4)
        chance.shuffle(draft.fields)
        return draft

    def _cut(self, body: bytes) -> list[list[bytes]]:
        chunks = []
        while body:
            taken = self._chance.choice((1, 10, 16, 26, 300, 700))
            data, body = body[:taken], body[taken:]
            size = self._chance.choice((b"%x", b"%X", b"%04x")) % len(data)
            chunks.append([size + self._chance.choice(_EXTENSIONS), data, _CRLF])
            if len(chunks) > 30:
                chunks.append([b"%x" % len(body), body, _CRLF])
                break
        return [chunk for chunk in chunks if chunk[1]]

    def _start(self, draft: Draft) -> None:
        draft.start = self._chance.choice(_ODD_STARTS)

    def _field(self, draft: Draft) -> None:
        draft.fields.insert(self._chance.randrange(len(draft.fields) + 1), self._chance.choice(_ODD_FIELDS))

    def _doubled(self, draft: Draft) -> None:
        if draft.fields:
            self._chance.shuffle(draft.fields)
            draft.fields.append(self._chance.choice((draft.fields[0], draft.fields[0].lower())))

    def _folded(self, draft: Draft) -> None:
        self._somewhere(draft, draft.end + self._chance.choice((b" ", b"\t", b"  ", b" \t x")), wherever=False)

    def _blank(self, draft: Draft) -> None:
        self._somewhere(draft, self._chance.choice((b" ", b"\t", b"\r", b"\x00", b"\xa0", b"\x0b", b",", b":")), wherever=True)

    def _somewhere(self, draft: Draft, what: bytes, wherever: bool) -> None:
        """Into one of the fields: at its end, behind its colon, or anywhere."""
        if not draft.fields:
            return
        number = self._chance.randrange(len(draft.fields))
        line = draft.fields[number]
        places = [len(line), line.find(b":") + 1, line.rfind(b" ") + 1]
        at = self._chance.choice([*places, self._chance.randrange(len(line) + 1)] if wherever else places)
        draft.fields[number] = line[:at] + what + line[at:]

    def _line_end(self, draft: Draft) -> None:
        draft.ends[self._chance.randrange(len(draft.fields) + 2)] = self._chance.choice((b"\n", b"\r", b"\r\r\n", b"", b"\n\r"))

    def _line_ends(self, draft: Draft) -> None:
        draft.end = b"\n"
        for chunk in draft.chunks or ():
            chunk[2] = self._chance.choice((b"\n", _CRLF))

    def _framing(self, draft: Draft) -> None:
        """The body is not framed as the head says, or in two ways."""
        draft.chunks = self._cut(self._chance.choice(_BODIES)) if draft.chunks is None else None
        if self._chance.random() < 0.5:
            draft.fields.append(self._chance.choice((b"Transfer-Encoding: chunked", b"Content-Length: %d" % len(draft.body))))

    def _size(self, draft: Draft) -> None:
        if draft.chunks:
            self._chance.choice(draft.chunks)[0] = self._chance.choice(_ODD_SIZES)

    def _chunk_end(self, draft: Draft) -> None:
        if draft.chunks:
            self._chance.choice(draft.chunks)[2] = self._chance.choice(_ODD_ENDS)

    def _last(self, draft: Draft) -> None:
        draft.last = self._chance.choice((b"", b"00", b"0;x", b"0 ", b"-0", b"0x0", b"0\r", b"0" * 16))
        draft.trailers = (*self._chance.choice(_TRAILERS), *self._chance.choice(((), (b"no colon",), (b" x",), (b"A: 1",) * 102)))

    def _interim(self, draft: Draft) -> None:
        draft.interim = b"".join(self._chance.choices(_INTERIM, k=self._chance.choice((1, 1, 2, 3, 17))))

    def _behind(self, draft: Draft) -> None:
        draft.behind = self._chance.choice(_BEHIND)

    def _many(self, draft: Draft) -> None:
        if self._chance.random() < 0.3:
            draft.fields += [b"X: 1"] * (self._chance.randrange(96, 103) - len(draft.fields))

    def _long(self, draft: Draft) -> None:
        if self._chance.random() < 0.01:
            draft.fields.append(b"X: " + b"x" * self._chance.randrange(65_000, 65_600))
