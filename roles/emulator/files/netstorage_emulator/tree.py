# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole store as JSON and back, for the control port.

``{"key": "/123456/a", "type": "file|dir|symlink", "size": …, "md5": …, "mtime": …, "target": …}`` in the order of the
keys. A key begins with a slash; one that is not UTF-8 has its bytes in ``key_base64`` too (``target_base64`` alike),
and ``key`` then shows the odd bytes as lone surrogates.
"""

from __future__ import annotations

import base64
import binascii
import time

from .bodies import Arrival
from .keys import directory_key, locate
from .objects import KIND_NAMES, Kind, StoredObject
from .store import Store

_HIGHEST = b"\xff" * 8
LARGEST = 2**63 - 1  # what the index takes
_KINDS = {name: kind for kind, name in KIND_NAMES.items()}


class BadTree(ValueError):
    """An entry that cannot be loaded."""


def dump(store: Store, prefix: bytes) -> list[dict[str, object]]:
    """All objects whose path begins with the prefix."""
    key = prefix.removeprefix(b"/")
    rows = store.index.rows(key, key + _HIGHEST, -1)
    return [_described(entry) for entry in rows if entry.key.startswith(key)]


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
    if not isinstance(entries, list):
        raise BadTree("a tree is a list of objects")
    parsed = [_parsed(entry) for entry in entries]
    for key, kind, content, mtime, target in parsed:
        if kind != Kind.FILE:
            store.put(StoredObject(key, kind, None, None, mtime, target, None, store.stamp()))
            continue
        arrival: Arrival = store.arrival(frozenset())
        arrival.write(content)
        store.put(StoredObject(key, kind, arrival.size, arrival.digest("md5"), mtime, None, arrival.keep(),
                               store.stamp()))
    return len(parsed)


def _bytes(entry: dict[str, object], name: str) -> bytes | None:
    if entry.get(f"{name}_base64") is not None:
        try:
            return base64.b64decode(str(entry[f"{name}_base64"]), validate=True)
        except binascii.Error as error:
            raise BadTree(f"{name}_base64 of {entry!r} is not base64") from error
    value = entry.get(name)
    return None if value is None else str(value).encode("utf-8", "surrogateescape")


def _parsed(entry: object) -> tuple[bytes, Kind, bytes, int, bytes | None]:
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
    return key, kind, _bytes(entry, "content") or b"", mtime, target
