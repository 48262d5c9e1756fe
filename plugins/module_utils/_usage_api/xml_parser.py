# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The XML responses of stat, dir, list and du, parsed as they arrive. Each is read whole before any of it is used: an incomplete
one is requested again.

The rules of docs/usage-api.md#responses: unknown tags and attributes are ignored, any legal escape may occur, an attribute
that the encoding cannot express comes as ``<attribute>_base64``. Names are bytes: in an ISO-8859-1 document each
character is one byte, in a UTF-8 document its UTF-8 bytes. A document type, an entity, a negative number or a file
without a size is not the protocol: BadReply. A document that ends early is never a short one: Truncated.
"""

from __future__ import annotations

import base64
import binascii
import re
import typing as t
from xml.parsers import expat

from .._http.transport import Response
from .._model.entries import Entry, Kind
from .._model.errors import BadReply
from .error_mapping import refuse_coding, refuse_page

# Sent by rclone with every reading action; the default of the service would be ISO-8859-1.
XML = (("format", "xml"), ("encoding", "utf-8"))
# The parser scans an unfinished tag anew with each piece, so it never gets small pieces: a server that sends a long attribute
# byte by byte would keep it busy for minutes.
_BLOCK = 262_144
MAX_VALUE = 16_384  # characters of one attribute; the work with a name grows with the square of its depth
MAX_DEPTH = 16
MAX_PENDING = 1_048_576  # bytes of one unfinished tag
MAX_ROWS = 5_000_000  # of one page, and as many elements of other kinds
MAX_PAGE = 1_073_741_824  # bytes of one page, about as many as the largest number of rows takes
MAX_WORDS = 1_000  # different names of tags and attributes: the parser keeps each of them
_MAX_NUMBER = 2**64

_KINDS = {"file": Kind.FILE, "symlink": Kind.SYMLINK, "dir": Kind.DIRECTORY}
_CODECS = {"utf-8": "utf-8", "utf8": "utf-8", "iso-8859-1": "latin-1", "us-ascii": "ascii"}
_NUMBER = re.compile(r"[0-9]{1,20}\Z")
_MD5 = re.compile(r"[0-9a-f]{32}\Z")
# Size, digest and time of an ordinary file, with blanks between them: fewer digits than could be too large.
_ORDINARY = re.compile(r"[0-9]{1,18} [0-9a-f]{32} [0-9]{1,18}\Z").match
_MAKE = tuple.__new__  # a named tuple's own constructor takes three times as long
_UTF16 = (b"\xfe\xff", b"\xff\xfe")

Attributes = dict[str, str]


class Row(t.NamedTuple):
    """One ``<file>``: ``name`` as the service wrote it, with or without a directory's slash."""

    kind: Kind
    name: bytes
    size: int | None
    md5: str | None
    mtime: int | None
    target: bytes | None
    implicit: bool

    def entry(self, name: bytes) -> Entry:
        """The entry of this row, under the name that the caller uses."""
        return Entry(name, self.kind, self.size, self.md5, self.mtime, self.target, self.implicit)


class Usage(t.NamedTuple):
    """``<du-info>``: objects and bytes below a directory, the directory's own object included."""

    files: int
    bytes: int


class Page(t.NamedTuple):
    """One response. ``resume`` is where the next page begins, None at the end of a listing."""

    rows: list[Row]
    resume: bytes | None
    usage: Usage | None


class Truncated(BadReply):
    """The document is incomplete. Worth another try, unlike other bad responses."""


class PageParser:
    """Feed chunks of any size, then ``close`` for the page.

    root  the element that the document must have: ``stat`` (also for dir), ``list`` or ``du``
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self._codec = "utf-8"
        self._depth = 0
        self._fed = 0
        self._first = b""
        self._others = 0
        self._rows: list[Row] = []
        self._resume: bytes | None = None
        self._usage: Usage | None = None
        self._parser = parser = expat.ParserCreate()
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = _refuse_document_type
        parser.EntityDeclHandler = _refuse_document_type
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end

    def feed(self, chunk: bytes) -> None:
        if self._fed < 2:
            self._first = (self._first + chunk)[:2]
        if self._first in _UTF16 or b"\0" in self._first:  # expat takes either for UTF-16
            raise BadReply("The response is in UTF-16, which was not asked for")
        self._fed += len(chunk)
        self._parse(chunk, False)
        if self._fed - self._parser.CurrentByteIndex > MAX_PENDING:
            raise BadReply(f"The response has a tag of more than {MAX_PENDING} bytes")
        if self._fed > MAX_PAGE:
            raise BadReply(f"The response has more than {MAX_PAGE} bytes on one page")
        if len(self._parser.intern) > MAX_WORDS:
            raise BadReply(f"The response has more than {MAX_WORDS} kinds of tags and attributes")

    def close(self) -> Page:
        self._parse(b"", True)
        self._release()
        return Page(self._rows, self._resume, self._usage)

    def _parse(self, chunk: bytes, final: bool) -> None:
        try:
            self._parser.Parse(chunk, final)
        except expat.ExpatError as error:
            self._release()
            if final:
                raise Truncated(f"The response ended after {self._fed} bytes of XML") from error
            raise BadReply(f"The response is not the XML of the service: {expat.ErrorString(error.code)}") from error
        except BadReply:
            self._release()
            raise

    def _release(self) -> None:
        # The bound handlers make a reference cycle with the parser, which the garbage collector would find late.
        parser = self._parser
        parser.XmlDeclHandler = parser.StartElementHandler = parser.EndElementHandler = None

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        codec = _CODECS.get((encoding or "utf-8").lower())
        if codec is None:
            raise BadReply(f"The response is in the encoding {encoding!r}, which was not asked for")
        self._codec = codec

    def _start(self, tag: str, attributes: Attributes) -> None:
        """Called for each element. Nearly all are ordinary files: these are looked at once, here, and never again."""
        if len(attributes) == 5 and tag == "file" and self._depth == 1 and attributes.get("type") == "file":
            try:
                name, size, md5, mtime = attributes["name"], attributes["size"], attributes["md5"], attributes["mtime"]
            except KeyError:
                pass
            else:
                is_ordinary = len(name) <= MAX_VALUE and len(self._rows) < MAX_ROWS
                if is_ordinary and self._codec == "utf-8" and _ORDINARY(f"{size} {md5} {mtime}"):
                    self._depth = 2
                    row = (Kind.FILE, name.encode("utf-8"), int(size), md5, int(mtime), None, False)
                    self._rows.append(_MAKE(Row, row))
                    return
        self._depth += 1
        self._others += 1
        if self._others > MAX_ROWS:
            raise BadReply(f"The response has more than {MAX_ROWS} elements on one page")
        if self._depth == 2:
            self._child(tag, attributes)
        elif self._depth == 1 and tag != self._root:
            raise BadReply(f"The response is a <{tag[:40]}>, not a <{self._root}>")
        elif self._depth > MAX_DEPTH:
            raise BadReply("The response is nested deeper than any response of the service")

    def _end(self, _tag: str) -> None:
        self._depth -= 1

    def _child(self, tag: str, attributes: Attributes) -> None:
        if tag == "file":
            row = self._row(attributes)
            if row is not None:
                self._rows.append(row)
                if len(self._rows) > MAX_ROWS:
                    raise BadReply(f"The response has more than {MAX_ROWS} rows on one page")
        elif tag == "resume":
            start = self._bytes(attributes, "start")
            if not start or self._resume is not None:
                raise BadReply("The response has two values for where the listing continues, or none")
            self._resume = start
        elif tag == "du-info":
            files, size = _number(attributes, "files"), _number(attributes, "bytes")
            if files is None or size is None:
                raise BadReply("The response lacks the usage")
            self._usage = Usage(files, size)

    def _row(self, attributes: Attributes) -> Row | None:
        """None for an unknown type: the documentation says that types may be added."""
        if "type" not in attributes:
            raise BadReply("The response has a row without a type")
        kind = _KINDS.get(attributes["type"])
        if kind is None:
            return None
        name = self._bytes(attributes, "name")
        if name is None:
            raise BadReply("The response has a row without a name")
        size = md5 = target = None
        implicit = False
        if kind is Kind.FILE:
            size, md5 = _number(attributes, "size"), _digest(attributes)
            if size is None:
                raise BadReply("The response has a file without a size")
        elif kind is Kind.SYMLINK:
            target = self._bytes(attributes, "target")
        else:
            implicit = _flag(attributes, "implicit")
        return Row(kind, name, size, md5, _number(attributes, "mtime"), target, implicit)

    def _bytes(self, attributes: Attributes, name: str) -> bytes | None:
        """The bytes of an attribute, from whichever of its two forms is there."""
        value, coded = attributes.get(name), attributes.get(name + "_base64")
        if coded is not None:
            if value is not None:
                raise BadReply(f"The response has a row with both {name} and {name}_base64")
            return _unbase64(_bounded(coded, name), name)
        if value is None:
            return None
        try:
            return _bounded(value, name).encode(self._codec)
        except UnicodeEncodeError as error:
            raise BadReply(f"The response has a {name} that its own encoding cannot express") from error


def reader(root: str) -> t.Callable[[Response], Page]:
    """Reads a response whose document element is ``root``."""

    def read(response: Response) -> Page:
        refuse_coding(response)
        parser = PageParser(root)
        block = response.read(_BLOCK)
        refuse_page(response, block)
        while block:
            parser.feed(block)
            block = response.read(_BLOCK)
        return parser.close()

    return read


def _refuse_document_type(*_arguments: object) -> None:
    raise BadReply("The response declares a document type or entities, which the service never does")


def _bounded(value: str, name: str) -> str:
    if len(value) > MAX_VALUE:
        raise BadReply(f"The response has a {name} of more than {MAX_VALUE} characters")
    return value


def _unbase64(value: str, name: str) -> bytes:
    try:
        return base64.b64decode(value.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise BadReply(f"The response has a {name}_base64 that is not base64") from error


def _number(attributes: Attributes, name: str) -> int | None:
    value = attributes.get(name)
    if value is None:
        return None
    if not _NUMBER.match(value) or int(value) >= _MAX_NUMBER:
        raise BadReply(f"The response has the {name} {value[:40]!r}, which is not a whole number of 64 bits")
    return int(value)


def _digest(attributes: Attributes) -> str | None:
    value = attributes.get("md5")
    if value is None:
        return None
    value = value.lower()
    if not _MD5.match(value):
        raise BadReply(f"The response has the md5 {value[:40]!r}, which is not an MD5")
    return value


def _flag(attributes: Attributes, name: str) -> bool:
    value = attributes.get(name, "false").lower()
    if value not in ("true", "false"):
        raise BadReply(f"The response has the {name} {value[:40]!r}, neither true nor false")
    return value == "true"
