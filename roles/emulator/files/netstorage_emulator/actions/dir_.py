# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""dir: the children of one directory, in the order of their keys (OAS dir.yaml, GUID-228AEAA9).

A directory sorts by its key ``x/``, so behind a file ``x-1``. The resume value is the bare name of the first row that is not
shown (GUID-8E45B690), or its whole path (knob ``dir_resume``), with the final slash when that row is a directory; with it
every row comes exactly once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .. import xml
from ..call import Call
from ..history import Reader
from ..keys import directory_key, following_prefix, is_root_key
from ..objects import Kind, StoredObject
from ..reply import DIRECTORY_NOT_FOUND, XML, Reply
from . import pages, rows
from .pages import Page

BATCH = 1000


class Child(NamedTuple):
    """A child: ``order`` is its key inside the directory; an entry is its object, a directory may have none."""

    order: bytes
    name: bytes
    entry: StoredObject | None
    is_directory: bool


def run(call: Call) -> Reply:
    encoding = call.encoding()
    limit = call.knobs.page_of("dir", call.number(b"max_entries", 1))
    reader, directory = call.reader, directory_key(call.key)
    if not call.location.is_root:
        own = reader.get(directory)
        if (own is None or own.kind != Kind.DIRECTORY) and not reader.has_below(directory):
            named = reader.get(directory[:-1]) or own
            return Reply(412, b"Not a directory\n") if named is not None else DIRECTORY_NOT_FOUND
    page = _page(call, reader, directory, limit)
    if call.service.trails.is_gone(page.listing, directory + (_bound(call, directory, b"start") or b"")):
        return DIRECTORY_NOT_FOUND._replace(note="fault: marker gone")
    pages.altered(call, page)
    found = [_row(call, reader, directory, child, encoding) for child in page.rows]
    if page.resume is not None:
        found.append(rows.resume(_marker(call, directory, page.resume), encoding))
    shown = xml.attribute(b"directory", b"/" + directory[:-1], encoding)
    return Reply(200, xml.document(b"stat", shown, found, encoding), XML)


def _page(call: Call, reader: Reader, directory: bytes, limit: int | None) -> Page[Child]:
    """A page is not cut between a file and a directory of the same key."""
    found: list[Child] = []
    resume = None
    for child in _wanted(call, reader, directory):
        if limit is not None and len(found) >= limit and child.order != found[-1].order:
            resume = directory + child.order
            break
        found.append(child)
    return Page(
        listing=(b"dir", call.account.name, directory), is_first=b"start" not in call.params, rows=found, resume=resume,
        outside=directory[:-1] + b"~outside", key=lambda child: directory + child.order, ghost=lambda child: _ghost(call, child),
        rank=lambda child: child.order)


def _marker(call: Call, directory: bytes, key: bytes) -> bytes:
    """The resume value for a key. What a fault leads out of the directory has no name in it."""
    if call.knobs.dir_resume == "path" or not key.startswith(directory):
        return b"/" + key
    return key[len(directory):]


def _ghost(call: Call, child: Child) -> Child:
    entry = pages.ghost(call, child.name)
    return Child(entry.key, entry.key, entry, False)


def _wanted(call: Call, reader: Reader, directory: bytes) -> Iterator[Child]:
    """The children that start, end, prefix and the knob ``dir_same_name`` leave."""
    start, end = _bound(call, directory, b"start") or b"", _bound(call, directory, b"end")
    prefix = call.params.get(b"prefix", b"")
    files_only = call.knobs.dir_same_name == "file_only" and call.params.get(b"slash") != b"both"
    for child in children(reader, directory, start):
        if child.order < start or (end is not None and child.name > end) or not child.name.startswith(prefix):
            continue
        if files_only and child.is_directory and _has_file(reader, directory + child.name):
            continue
        yield child


def _bound(call: Call, directory: bytes, name: bytes) -> bytes | None:
    """``start`` and ``end`` are child names or whole paths, with or without the leading slash (docs/usage-api.md#dir).

    What can be a name is one: the child ``123456`` of the CP code 123456 has the name ``123456/``, which begins as a path does.
    """
    value = call.params.get(name)
    if value is None or _can_be_a_name(value, is_root_key(directory)):
        return value
    return value.removeprefix(b"/").removeprefix(directory)


def _can_be_a_name(value: bytes, in_root: bool) -> bool:
    """Slashes are at the end of a name alone; a name of nothing else stands directly below a CP code (keys.py)."""
    stem = value.rstrip(b"/")
    return b"/" not in stem and (bool(stem) or in_root)


def _has_file(reader: Reader, key: bytes) -> bool:
    entry = reader.get(key)
    return entry is not None and entry.kind != Kind.DIRECTORY


def children(reader: Reader, directory: bytes, start: bytes = b"") -> Iterator[Child]:
    """All children from ``start`` on, jumping over what lies deeper."""
    base = start.rstrip(b"/") if not start.startswith(b"/") else b""
    position, high = directory + base, following_prefix(directory)
    is_root = directory.find(b"/") == len(directory) - 1
    while True:
        jump = b""
        batch = reader.rows(position, high, BATCH)
        for entry in batch:
            inside = entry.key[len(directory):]
            cut = inside.find(b"/")
            if cut < 0 and inside:
                yield Child(inside, inside, entry, False)
            elif inside and (cut > 0 or is_root):
                prefix = directory + inside[:cut + 1]
                yield from _directories(reader, directory, inside[:cut + 1])
                jump = following_prefix(prefix)
                break
            elif inside:
                jump = following_prefix(directory + b"/")
                break
        if jump:
            position = jump
        elif len(batch) < BATCH:
            return
        else:
            position = batch[-1].key + b"\0"


def _directories(reader: Reader, directory: bytes, order: bytes) -> Iterator[Child]:
    """The children called ``x/``, ``x//`` … in a directory: each a file, a directory or both."""
    while True:
        key = directory + order
        entry = reader.get(key)
        if entry is not None and entry.kind != Kind.DIRECTORY:
            yield Child(order, order, entry, False)
        if entry is not None and entry.kind == Kind.DIRECTORY:
            yield Child(order, order[:-1], entry, True)
        elif reader.has_below(key):
            yield Child(order, order[:-1], None, True)
        if not reader.rows(key + b"/", following_prefix(key + b"/"), 1):
            return
        order += b"/"


def _row(call: Call, reader: Reader, directory: bytes, child: Child, encoding: bytes) -> bytes:
    if not child.is_directory and child.entry is not None:
        return rows.in_dir(call.listed(child.entry), child.name, encoding)
    totals = reader.totals(directory + child.order)
    if child.entry is not None:
        return rows.directory_in_dir(child.name, totals, child.entry.mtime, child.entry.mtime, encoding)
    mtime = totals.newest if call.knobs.dir_implicit_mtime == "newest" else None
    return rows.directory_in_dir(child.name, totals, None, mtime, encoding)
