# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The head of an HTTP/1 response: bytes in, status, fields and framing out. Pure.

http.client hands every head to the e-mail parser, which takes half of the time of a small request. This one is strict
where two readings of a response are possible (RFC 9112, 6.3): where its body ends is then unknown, so it is an error.
"""

from __future__ import annotations

import re
import typing as t

MAX_HEAD = 65_536  # bytes, interim responses (1xx) included
MAX_LINES = 100  # behind the first one, the empty one included
MAX_INTERIM = 16

# Most servers end lines with CRLF; LF alone is understood (RFC 9112, 2.2). A CR by itself is nothing.
_END = re.compile(rb"\n\r?\n")
_STATUS = re.compile(r"HTTP/1\.([0-9]) ([1-9][0-9]{2})(?:[ \t][^\x00-\x08\x0a-\x1f\x7f]*)?\r?\n")
# The name has a length, or a line without a colon would be looked through once for each of its letters.
_FIELD = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,200}):([^\x00\r\n]*)\r?\n")
_FOLD = re.compile(r"\r?\n[ \t]+")
_LENGTH = re.compile(r"[0-9]{1,18}\Z")
_WITHOUT_BODY = frozenset({204, 304})


class Malformed(Exception):
    """What came is no HTTP response, or one whose end is in doubt. Stays inside this room."""


class ResponseHead(t.NamedTuple):
    """
    fields    by lower-case name; what comes more than once is joined with a comma
    length    bytes of the body, None where it says itself where it ends (chunked), or ends with the connection
    keeps     whether the connection may carry another request after the body
    """

    status: int
    fields: dict[str, str]
    length: int | None
    chunked: bool
    keeps: bool


def split(received: bytes, start: int = 0) -> int:
    """How many bytes of ``received`` are the head, its empty line included; 0 where it is not complete.

    start  where to look from: what was looked at before needs no second look, but for its last two bytes
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
        raise Malformed("the response's first field belongs to nothing")
    if "\n " in rest or "\n\t" in rest:
        rest = _FOLD.sub(" ", rest)
    fields = _fields(rest)
    status = int(line.group(2))
    chunked, length = _framing(status, fields, method)
    words = fields.get("connection", "").lower()
    keeps = "close" not in words if line.group(1) != "0" else "keep-alive" in words and not chunked
    # Both a length and a coding: the coding counts (RFC 9112, 6.3), and nothing behind it is trusted.
    whole = length is not None or (chunked and "content-length" not in fields)
    return ResponseHead(status, fields, length, chunked, keeps and whole)


def _fields(text: str) -> dict[str, str]:
    found = _FIELD.findall(text)
    # A line that is no field is not found, and would vanish: a name with a blank before the colon, a stray CR.
    if sum([len(name) + len(value) for name, value in found]) + _marks(text, len(found)) != len(text):
        raise Malformed("the head of the response has a line that is no field")
    fields: dict[str, str] = {}
    for name, value in found:
        key = name.lower()
        value = value.strip(" \t")
        fields[key] = f"{fields[key]}, {value}" if key in fields else value
    return fields


def _marks(text: str, lines: int) -> int:
    """How many characters of a head are not names and values: the colons and all ends of lines."""
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
