# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the list of members of a zip archive, to recognise it after the service has added its index.

An archive ends in the list of its members (its central directory): names, sizes, checksums, places. Behind it comes a short
record that says where the list begins, and a comment.
"""

from __future__ import annotations

import hashlib
import struct
import typing as t

from .._model.errors import BadSource
from .._model.paths import shown
from .file_content import piece_of, size_of

_END = struct.Struct("<4s4H2LH")  # signature, disk, disk of the list, members on this disk, members, size, offset, comment
_LOCATOR = struct.Struct("<4sLQL")  # signature, disk, offset of the large end record, disks
_LARGE_END = struct.Struct("<4sQ2H2L4Q")  # the same as the first, for archives beyond 4 GiB or 65,535 members
_LONGEST_COMMENT = 0xFFFF
_LARGE = (0xFFFF, 0xFFFFFFFF)
_BLOCK = 1_048_576
_HINT = "The service adds its index to zip archives only. Create it again, or leave it out of index_zip."


class Members(t.NamedTuple):
    """The list of an archive's members: where it begins, its bytes, and their digest."""

    offset: int
    size: int
    sha256: str


class _End(t.NamedTuple):
    """What the record at the end of an archive says: disks, members here and in all, size and offset of their list."""

    disk: int
    list_disk: int
    here: int
    members: int
    size: int
    offset: int


def members_of(path: bytes) -> Members:
    """BadSource for what the service would not index: not a zip archive, an empty one, one in several parts."""
    size = size_of(path)
    start = max(0, size - _END.size - _LONGEST_COMMENT)
    tail = piece_of(path, start, size - start)
    place = _place_of_end(tail)
    if place is None:
        raise BadSource(f"{shown(path)} is not a zip archive", hint=_HINT)
    end = _End(*_END.unpack_from(tail, place)[1:-1])
    if end.members in _LARGE or end.size in _LARGE or end.offset in _LARGE:
        end = _large_end(path, start + place) or end
    if end.disk or end.list_disk or end.here != end.members:
        raise BadSource(f"{shown(path)} is one part of an archive", hint=_HINT)
    if not end.members:
        raise BadSource(f"{shown(path)} is an empty zip archive", hint=_HINT)
    if end.offset + end.size > start + place or piece_of(path, end.offset, 4) != b"PK\1\2":
        raise BadSource(f"{shown(path)} is a damaged zip archive", hint=_HINT)
    return Members(end.offset, end.size, _digest(path, end.offset, end.size))


def _digest(path: bytes, offset: int, size: int) -> str:
    sha256 = hashlib.sha256()
    for begin in range(offset, offset + size, _BLOCK):
        sha256.update(piece_of(path, begin, min(_BLOCK, offset + size - begin)))
    return sha256.hexdigest()


def _place_of_end(tail: bytes) -> int | None:
    """The end record: the last one whose comment ends where the file does."""
    place = tail.rfind(b"PK\5\6")
    while place >= 0:
        if place + _END.size <= len(tail) and place + _END.size + _END.unpack_from(tail, place)[-1] == len(tail):
            return place
        place = tail.rfind(b"PK\5\6", 0, place)
    return None


def _large_end(path: bytes, end: int) -> _End | None:
    """The end record of a large archive, which lies before the other one; None where there is none."""
    if end < _LOCATOR.size:
        return None
    mark, _disk, place, _disks = _LOCATOR.unpack(piece_of(path, end - _LOCATOR.size, _LOCATOR.size))
    record = piece_of(path, place, _LARGE_END.size) if mark == b"PK\6\7" and place < end else b""
    if len(record) < _LARGE_END.size or not record.startswith(b"PK\6\6"):
        return None
    return _End(*_LARGE_END.unpack(record)[4:])
