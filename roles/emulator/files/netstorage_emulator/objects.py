# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the store holds: one object per key, of one of three kinds."""

from __future__ import annotations

import enum
from typing import NamedTuple


class Kind(enum.IntEnum):
    """The stored type of an object; the key never decides it (see keys.py)."""

    FILE = 1
    DIRECTORY = 2
    SYMLINK = 3


KIND_NAMES = {Kind.FILE: "file", Kind.DIRECTORY: "dir", Kind.SYMLINK: "symlink"}


class StoredObject(NamedTuple):
    """One row of the index. ``key`` has no leading slash; ``changed`` is the time of the change in microseconds."""

    key: bytes
    kind: int
    size: int | None
    md5: str | None
    mtime: int
    target: bytes | None
    body: str | None
    changed: int


class Totals(NamedTuple):
    """What lies below a directory: objects, bytes of files, newest modification time."""

    files: int
    size: int
    newest: int | None
