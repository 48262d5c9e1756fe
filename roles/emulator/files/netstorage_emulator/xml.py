# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The XML answers, written as bytes (docs/usage-api.md#responses; one blank of indentation).

An attribute whose value the encoding cannot express is replaced by ``<name>_base64``, never both
(techdocs "parse-xml-responses").
"""

from __future__ import annotations

import base64
import re

ISO_8859_1 = b"ISO-8859-1"
UTF_8 = b"UTF-8"
ENCODINGS = {b"": ISO_8859_1, b"iso-8859-1": ISO_8859_1, b"utf-8": UTF_8, b"utf8": UTF_8}

_is_plain = re.compile(rb"[ !#-%'-;=?-~]*").fullmatch
_ILLEGAL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_ILLEGAL_UTF_8 = re.compile(rb"\xef\xbf[\xbe\xbf]")
_SPECIAL = re.compile(rb"[&<>\"\t\n\r]")
_ESCAPES = {b"&": b"&amp;", b"<": b"&lt;", b">": b"&gt;", b'"': b"&quot;", b"\t": b"&#9;", b"\n": b"&#10;",
            b"\r": b"&#13;"}


def _expressible(value: bytes, encoding: bytes) -> bool:
    if _ILLEGAL.search(value):
        return False
    if encoding == UTF_8:
        try:
            value.decode("utf-8")
        except UnicodeDecodeError:
            return False
        return not _ILLEGAL_UTF_8.search(value)
    return True


def attribute(name: bytes, value: bytes, encoding: bytes) -> bytes:
    """`` name="value"`` with a blank in front, or `` name_base64="…"``."""
    if _is_plain(value):
        return b' %b="%b"' % (name, value)
    if not _expressible(value, encoding):
        return b' %b_base64="%b"' % (name, base64.b64encode(value))
    return b' %b="%b"' % (name, _SPECIAL.sub(lambda found: _ESCAPES[found[0]], value))


def document(root: bytes, attributes: bytes, rows: list[bytes], encoding: bytes) -> bytes:
    """A whole answer; ``rows`` are elements such as ``<file …/>``. An empty root is self-closed, as on the wire."""
    head = b'<?xml version="1.0" encoding="%b"?>\n<%b%b' % (encoding, root, attributes)
    if not rows:
        return head + b"/>\n"
    return b"%b>\n %b\n</%b>\n" % (head, b"\n ".join(rows), root)
