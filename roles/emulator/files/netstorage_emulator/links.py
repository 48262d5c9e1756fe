# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a symlink leads.

The target is stored and returned verbatim. Relative means from the directory of the link, absolute begins with
``/<CP code>`` (docs/usage-api.md#symlink; how the service resolves it is not known). A target is first taken literally, since
``..`` may be a name; if there is no such object, ``.``, ``..`` and repeated slashes are resolved as in a file system.
"""

from __future__ import annotations

from .history import Reader
from .keys import Location, components, directory_key, split_name
from .objects import Kind, StoredObject

MOST_HOPS = 16


def _normalised(key: bytes) -> bytes | None:
    """The key without ``.`` and ``..``; None if it leads out of its CP code."""
    cp_code, *parts = key.split(b"/")
    kept: list[bytes] = []
    for part in parts:
        if part == b"..":
            if not kept:
                return None
            kept.pop()
        elif part not in (b"", b"."):
            kept.append(part)
    return b"/".join([cp_code, *kept]) if kept else cp_code + b"/"


def target_keys(link: StoredObject) -> list[bytes]:
    """The keys a symlink can mean, the literal one first."""
    target = link.target or b""
    if target.startswith(b"/"):
        literal = target[1:]
    else:
        directory, _name = split_name(link.key)
        literal = directory[1:] + b"/" + target
    normalised = _normalised(literal)
    return [literal] if normalised in (None, literal) else [literal, normalised or b""]


def step(reader: Reader, link: StoredObject) -> tuple[bytes, StoredObject | None]:
    """One hop: the key the link means, and the object there if there is one."""
    keys = target_keys(link)
    for key in keys:
        entry = reader.get(key)
        if entry is not None:
            return key, entry
    return keys[-1], None


def resolve(reader: Reader, link: StoredObject) -> tuple[bytes, StoredObject | None] | None:
    """The end of a chain of links: its key and the object there, if any; None for a loop."""
    entry: StoredObject = link
    for _hop in range(MOST_HOPS):
        key, found = step(reader, entry)
        if found is None or found.kind != Kind.SYMLINK:
            return key, found
        entry = found
    return None


def follow_middle(reader: Reader, location: Location) -> Location | None:
    """The location with symlinks in front of the last component followed; None for a loop.

    A directory of the same name as the link wins, so that what is below it stays reachable.
    """
    key = location.key
    for _hop in range(MOST_HOPS):
        moved = _follow_first(reader, key)
        if moved is None:
            return Location(key.partition(b"/")[0], key)
        key = moved
    return None


def _follow_first(reader: Reader, key: bytes) -> bytes | None:
    parts = components(key)
    for number in range(2, len(parts)):
        head, rest = b"".join(parts[:number]), b"".join(parts[number:])
        entry = reader.get(head[:-1])
        if entry is None or entry.kind != Kind.SYMLINK or reader.get(head) is not None or reader.has_below(head):
            continue
        keys = target_keys(entry)
        return directory_key(keys[-1]) + rest
    return None
