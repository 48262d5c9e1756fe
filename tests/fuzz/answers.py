# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers of any bytes for the collection's reading side: a page, or the error that says why there is none, and nothing else.

An input is one whole HTTP answer. It comes in pieces whose size its first byte chooses, and as a whole: both must give the same.
"""

from __future__ import annotations

import socket
import typing as t
from pathlib import Path

from ansible_collections.edgeops.netstorage.plugins.module_utils._http import response_head, response_reader
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadReply
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api import xml_parser

TRACED = [response_reader.__file__, response_head.__file__, xml_parser.__file__]
CORPUS = Path(__file__).parents[1] / "unit/usage_api/corpus"
_ROOTS = ("list", "stat", "du")
_LARGEST_NUMBER = 2**64

Parsed = t.Union[xml_parser.Page, str]


class HttpConnection:
    """What stands for a socket: gives so many bytes at a time, and then the end."""

    def __init__(self, data: bytes, piece: int) -> None:
        self._data, self._piece = data, piece

    def recv(self, size: int) -> bytes:
        taken = min(size, self._piece)
        piece, self._data = self._data[:taken], self._data[taken:]
        return piece


def target(data: bytes) -> None:
    """Raises AssertionError where something does not hold, and whatever the reading side lets through."""
    for root in _ROOTS:
        whole = page_in(data, len(data) + 1, root)
        assert page_in(data, 1 + (data[0] if data else 0), root) == whole
        if not isinstance(whole, str):
            _sound(whole)


def page_in(data: bytes, piece: int, root: str) -> Parsed:
    """The page, or the kind of the error."""
    parser = xml_parser.PageParser(root)
    try:
        incoming = response_reader.ResponseReader(t.cast(socket.socket, HttpConnection(data, piece)), "GET")
        while not incoming.ended:
            block = incoming.read(65_536)
            if block:
                parser.feed(block)
        return parser.close()
    except BadReply:
        return "no page"
    except (response_head.Malformed, response_reader.Closed):
        return "no answer"


def _sound(page: xml_parser.Page) -> None:
    for row in page.rows:
        assert isinstance(row.kind, Kind) and isinstance(row.name, bytes)
        assert (row.size is not None) == (row.kind is Kind.FILE)
        assert all(number is None or 0 <= number < _LARGEST_NUMBER for number in (row.size, row.mtime))
        assert row.md5 is None or len(bytes.fromhex(row.md5)) == 16
    assert page.usage is None or min(page.usage) >= 0
    assert page.resume is None or page.resume
