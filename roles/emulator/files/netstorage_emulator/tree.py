# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole store as JSON and back, for the control port.

``{"key": "/123456/a", "type": "file|dir|symlink", "size": …, "md5": …, "mtime": …, "target": …}`` in the order of the
keys. A key begins with a slash; one that is not UTF-8 has its bytes in ``key_base64`` too (``target_base64`` alike),
and ``key`` then shows the odd bytes as lone surrogates. What a file holds is ``content``, or ``content_base64``; a ``size``
has to fit.
"""

from __future__ import annotations

import base64
import binascii
import json
import time

from .bodies import Arrival
from .keys import directory_key, locate
from .objects import KIND_NAMES, Kind, StoredObject
from .store import Store

_HIGHEST = b"\xff" * 8
LARGEST = 2**63 - 1  # what the index takes
_KINDS = {name: kind for kind, name in KIND_NAMES.items()}
Parts = tuple[bytes, Kind, bytes, int, "bytes | None"]
"""Key, kind, content, modification time, target."""


class BadTree(ValueError):
    """An entry that cannot be loaded."""


def read(path: str) -> list[object]:
    """The tree in a file; raises BadTree. All of it is looked at, and nothing is stored."""
    try:
        with open(path, "rb") as file:
            found = json.load(file)
        return [entry for entry, _parts in zip(found, parsed(found), strict=True)]
    except OSError as error:
        raise BadTree(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:  # BadTree too
        raise BadTree(f"{path}: {error}") from error


def dump(store: Store, prefix: bytes, *, with_content: bool = False) -> list[dict[str, object]]:
    """All objects whose path begins with the prefix; with their content they can be loaded again."""
    key = prefix.removeprefix(b"/")
    rows = store.index.rows(key, key + _HIGHEST, -1)
    shown = [entry for entry in rows if entry.key.startswith(key)]
    if not with_content:
        return [_described(entry) for entry in shown]
    return [{**_described(entry), **_content(store, entry)} for entry in shown]


def _content(store: Store, entry: StoredObject) -> dict[str, object]:
    if entry.body is None:
        return {}
    reader = store.open_body(entry.body)
    try:
        return {"content_base64": base64.b64encode(reader.read(0, entry.size or 0)).decode()}
    finally:
        reader.close()


def _text(described: dict[str, object], name: str, value: bytes) -> None:
    described[name] = value.decode("utf-8", "surrogateescape")
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        described[f"{name}_base64"] = base64.b64encode(value).decode()


def _described(entry: StoredObject) -> dict[str, object]:
    described: dict[str, object] = {}
    _text(described, "key", b"/" + entry.key)
    described["type"] = KIND_NAMES[Kind(entry.kind)]
    if entry.kind == Kind.FILE:
        described.update(size=entry.size, md5=entry.md5)
    described["mtime"] = entry.mtime
    if entry.target is not None:
        _text(described, "target", entry.target)
    return described


def load(store: Store, entries: object) -> int:
    """Put objects into the store as they are described; returns how many. All or nothing as to their form."""
    found = parsed(entries)
    for key, kind, content, mtime, target in found:
        if kind != Kind.FILE:
            store.put(StoredObject(key, kind, None, None, mtime, target, None, store.stamp()))
            continue
        arrival: Arrival = store.arrival(frozenset())
        arrival.write(content)
        store.put(StoredObject(key, kind, arrival.size, arrival.digest("md5"), mtime, None, arrival.keep(),
                               store.stamp()))
    return len(found)


def parsed(entries: object) -> list[Parts]:
    """What the entries of a tree describe; raises BadTree."""
    if not isinstance(entries, list):
        raise BadTree("a tree is a list of objects")
    return [_parsed(entry) for entry in entries]


def _bytes(entry: dict[str, object], name: str) -> bytes | None:
    if entry.get(f"{name}_base64") is not None:
        try:
            return base64.b64decode(str(entry[f"{name}_base64"]), validate=True)
        except binascii.Error as error:
            raise BadTree(f"{name}_base64 of {entry!r} is not base64") from error
    value = entry.get(name)
    return None if value is None else str(value).encode("utf-8", "surrogateescape")


def _parsed(entry: object) -> Parts:
    if not isinstance(entry, dict):
        raise BadTree("an entry is an object")
    path, kind = _bytes(entry, "key"), _KINDS.get(str(entry.get("type", "file")))
    mtime = entry.get("mtime", int(time.time()))
    target = _bytes(entry, "target")
    location = None if path is None else locate(path if path.startswith(b"/") else b"/" + path)
    is_whole = isinstance(mtime, int) and not isinstance(mtime, bool) and -LARGEST <= mtime <= LARGEST
    if location is None or location.is_root or kind is None or not is_whole:
        raise BadTree(f"no key below a CP code, unknown type or no whole mtime of 64 bits: {entry!r}")
    if (kind == Kind.SYMLINK) != bool(target):
        raise BadTree(f"a symlink, and only a symlink, has a target: {entry!r}")
    key = directory_key(location.key) if kind == Kind.DIRECTORY else location.key
    content = _bytes(entry, "content") or b""
    if kind == Kind.FILE and entry.get("size", len(content)) != len(content):
        raise BadTree(f"the content of {entry['key']!r} has {len(content)} bytes, and its size is to be {entry['size']!r}")
    return key, kind, content, mtime, target
