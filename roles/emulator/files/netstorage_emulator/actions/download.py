# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""download: the bytes of a file, with ranges and conditions (RFC 9110; ETag form recorded 2019)."""

from __future__ import annotations

import mimetypes
import re
from email.utils import formatdate

from .. import links
from ..call import Call
from ..keys import locate
from ..knobs import Knobs
from ..objects import Kind, StoredObject
from ..reply import Reply, not_found
from . import conditions

_TYPES = mimetypes.MimeTypes()
_FIRST_SECOND, _LAST_SECOND = -62_135_596_800, 253_402_300_799  # of the years 1 and 9999
Headers = tuple[tuple[bytes, bytes], ...]
_RANGE = re.compile(rb"bytes=(\d{0,19})-(\d{0,19})").fullmatch


def run(call: Call) -> Reply:
    entry = _file(call)
    if entry is None:
        return not_found()
    etag = etag_of(call.knobs, entry)
    headers: Headers = ((b"Last-Modified", date_of(entry.mtime)),)
    if etag:
        headers = ((b"ETag", etag), *headers)
    refusal = conditions.must_not_be_sent(call.exchange.headers, entry, etag)
    if refusal == 412:
        return conditions.FAILED
    if refusal == 304:
        return Reply(304, headers=headers)
    return _content(call, entry, headers)


def date_of(mtime: int) -> bytes:
    """As a header names it: there is no year beyond 9999, and an upload may set any mtime."""
    return formatdate(min(max(mtime, _FIRST_SECOND), _LAST_SECOND), usegmt=True).encode()


def etag_of(knobs: Knobs, entry: StoredObject) -> bytes:
    """The strong tag of this version; empty where the service gives none (knob ``etag``), and for what is no file.

    By default MD5, mtime and the fraction of a second without the zeros at its end: none of the 28 that were recorded in 2019
    ends in one, and tags of older objects have no fraction at all (docs/usage-api.md#download).
    """
    if knobs.etag == "none" or entry.kind != Kind.FILE:
        return b""
    if knobs.etag == "opaque":
        return b'"%x-%x"' % (entry.size or 0, entry.changed)
    fraction = (b".%06d" % (entry.changed % 1_000_000)).rstrip(b"0").rstrip(b".")
    return b'"%b:%d%b"' % ((entry.md5 or "").encode(), entry.mtime, fraction)


def _file(call: Call) -> StoredObject | None:
    """The file to send; directories are 404, symlinks as the knob ``follow_links`` says."""
    reader = call.reader
    entry = reader.get(call.key)
    if entry is not None and entry.kind == Kind.SYMLINK:
        end = links.resolve(reader, entry) if call.knobs.follow_links == "follow" else None
        entry = end[1] if end is not None else None
        location = locate(b"/" + entry.key) if entry is not None else None
        if location is None or not call.account.may_use(location):
            return None
    return entry if entry is not None and entry.kind == Kind.FILE else None


def _content(call: Call, entry: StoredObject, headers: Headers) -> Reply:
    size = entry.size or 0
    start, length, status = 0, size, 200
    asked = call.exchange.headers.get(b"range")
    if asked is not None and _range_applies(call, entry):
        chosen = byte_range(asked, size)
        if chosen == (0, 0):
            return Reply(416, b"Range not satisfiable\n", headers=((b"Content-Range", b"bytes */%d" % size),))
        if chosen is not None:
            start, length, status = chosen[0], chosen[1], 206
            headers += ((b"Content-Range", b"bytes %d-%d/%d" % (start, start + length - 1, size)),)
    kind = type_of(entry.key)
    if entry.body is None:
        return Reply(status, b"", kind, headers)
    return Reply(status, b"", kind, headers, call.store.open_body(entry.body), start, length)


def type_of(key: bytes) -> bytes:
    """The Content-Type, by the extension."""
    return (_TYPES.guess_type("x/" + key.decode("latin-1"))[0] or "application/octet-stream").encode()


def _range_applies(call: Call, entry: StoredObject) -> bool:
    """If-Range: the range counts only for the version the client has."""
    version = call.exchange.headers.get(b"if-range")
    if version is None:
        return True
    if version.startswith(b'"'):
        return conditions.among(etag_of(call.knobs, entry), version)
    return conditions.is_newer(entry, version) is False


def byte_range(asked: bytes, size: int) -> tuple[int, int] | None:
    """(start, length) of a single range; (0, 0) if it cannot be satisfied, None if there is none to be honoured."""
    found = _RANGE(asked.replace(b" ", b""))
    if found is None or found.groups() == (b"", b""):
        return None
    first, last = found.groups()
    if not first:
        length = min(int(last), size)
        return (size - length, length) if length else (0, 0)
    start = int(first)
    stop = min(int(last), size - 1) if last else size - 1
    if last and int(last) < start:
        return None
    return (start, stop - start + 1) if start < size else (0, 0)
