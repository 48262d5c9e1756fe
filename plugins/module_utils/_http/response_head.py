# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The head of an HTTP/1 response: bytes in, status, fields and framing out. Pure.

http.client gives every head to the e-mail parser, which takes half of the time of a small request. This parser is strict where
a response can be read in two ways (RFC 9112, 6.3): the end of its body is then unknown, so it is an error.
"""

from __future__ import annotations

import re
import typing as t

MAX_HEAD = 65_536  # bytes, interim responses (1xx) included
MAX_LINES = 100  # behind the first one, the empty one included
MAX_INTERIM = 16

# Most servers end lines with CRLF; LF alone is accepted (RFC 9112, 2.2), a bare CR is not.
_END = re.compile(rb"\n\r?\n")
_STATUS = re.compile(r"HTTP/1\.([0-9]) ([1-9][0-9]{2})(?:[ \t][^\x00-\x08\x0a-\x1f\x7f]*)?\r?\n")
# The length of a name is limited, or a line without a colon would be searched once for each of its letters.
_FIELD = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,200}):([^\x00\r\n]*)\r?\n")
_FOLD = re.compile(r"\r?\n[ \t]+")
_LENGTH = re.compile(r"[0-9]{1,18}\Z")
_WITHOUT_BODY = frozenset({204, 304})


class Malformed(Exception):
    """The bytes received are not an HTTP response, or its end is ambiguous. Never leaves this room."""


class ResponseHead(t.NamedTuple):
    """
    fields    by lower-case name; what comes more than once is joined with a comma
    length    bytes of the body, None where it is chunked, or ends with the connection
    keeps     whether the connection may carry another request after the body
    """

    status: int
    fields: dict[str, str]
    length: int | None
    chunked: bool
    keeps: bool


def split(received: bytes, start: int = 0) -> int:
    """How many bytes of ``received`` are the head, its empty line included; 0 where it is not complete.

    start  where to begin the search: of what was searched before, only the last two bytes matter
    """
    found = _END.search(received, start)
    end = found.end() if found is not None else 0
    if end > MAX_HEAD or (not end and len(received) > MAX_HEAD):
        raise Malformed(f"the head of the response is larger than {MAX_HEAD} bytes")
    return end


def parse(head: bytes, method: str) -> ResponseHead:
    """``head``: up to and with the empty line. Raises Malformed."""
    text = head.decode("latin-1")
    line = _STATUS.match(text)
    if line is None:
        raise Malformed(f"the response begins with {text[:40]!r}, which is not HTTP/1")
    rest = text[line.end() :]
    if rest.count("\n") > MAX_LINES:
        raise Malformed(f"the head of the response has more than {MAX_LINES} lines")
    if rest[:1] in (" ", "\t"):
        raise Malformed("the head of the response begins with the continuation of a field")
    if "\n " in rest or "\n\t" in rest:
        rest = _FOLD.sub(" ", rest)
    fields = _fields(rest)
    status = int(line.group(2))
    chunked, length = _framing(status, fields, method)
    words = fields.get("connection", "").lower()
    keeps = "close" not in words if line.group(1) != "0" else "keep-alive" in words and not chunked
    # Both a length and a transfer coding: the coding counts (RFC 9112, 6.3), and the connection is not reused.
    whole = length is not None or (chunked and "content-length" not in fields)
    return ResponseHead(status, fields, length, chunked, keeps and whole)


def _fields(text: str) -> dict[str, str]:
    found = _FIELD.findall(text)
    # A line that is not a field is not found and would be dropped: a name with a blank before the colon, a bare CR.
    if sum([len(name) + len(value) for name, value in found]) + _marks(text, len(found)) != len(text):
        raise Malformed("the head of the response has a line that is not a field")
    fields: dict[str, str] = {}
    for name, value in found:
        key = name.lower()
        value = value.strip(" \t")
        fields[key] = f"{fields[key]}, {value}" if key in fields else value
    return fields


def _marks(text: str, lines: int) -> int:
    """How many characters of a head are neither names nor values: the colons and all line ends."""
    return lines + text.count("\n") + text.count("\r\n")


def _framing(status: int, fields: dict[str, str], method: str) -> tuple[bool, int | None]:
    """Whether the body is chunked, and its length where that is known."""
    coding = fields.get("transfer-encoding")
    if status < 200 or status in _WITHOUT_BODY or method == "HEAD":
        return False, 0
    if coding is not None:
        if coding.lower() != "chunked":
            raise Malformed(f"the response has the transfer coding {coding[:40]!r}, which was not asked for")
        return True, None
    given = fields.get("content-length")
    if given is None:
        return False, None
    lengths = {value.strip(" \t") for value in given.split(",")}
    length = lengths.pop()
    if lengths or not _LENGTH.match(length):
        raise Malformed(f"the response has the length {given[:40]!r}")
    return False, int(length)
