# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""One page of stat, dir or list, read whole before any of it is used: a page that breaks off is asked for again."""

from __future__ import annotations

import typing as t

from .._http.transport import Response
from .._model.entries import Entry
from .._model.errors import BadReply
from .error_mapping import refuse_page
from .xml_parser import Page, PageParser, Row

# Sent by rclone with every reading action; the default of the service would be ISO-8859-1.
XML = (("format", "xml"), ("encoding", "utf-8"))
# The parser begins an unfinished tag anew with each piece that it gets, so it never gets a small one: a server that sends
# a long attribute byte by byte would keep it busy for minutes.
_BLOCK = 262_144


def reader(root: str) -> t.Callable[[Response], Page]:
    """Reads an answer whose document element is ``root``."""

    def read(response: Response) -> Page:
        refuse_coding(response)
        parser = PageParser(root)
        block = response.read(_BLOCK)
        refuse_page(response, block)
        while True:
            if not block:
                return parser.close()
            parser.feed(block)
            block = response.read(_BLOCK)

    return read


def refuse_coding(response: Response) -> None:
    coding = response.header("Content-Encoding")
    if coding is not None and coding.strip().lower() not in ("", "identity"):
        raise BadReply(f"The answer is encoded as {coding[:40]!r}, although only identity was asked for")


def entry(row: Row, name: bytes) -> Entry:
    """The row under the name that the caller knows it by."""
    return Entry(name, row.kind, row.size, row.md5, row.mtime, row.target, row.implicit)
