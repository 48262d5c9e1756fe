# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the request line to keys of the store, and the algebra of names.

A key is the decoded path without its leading slash: ``123456/site/index.html``. The store is flat and sorted by the
bytes of the keys; nothing in it is a tree. What holds (user guide GUID-53A8EABE, -8B6DA8DD, -A17978C3, -4DE14A95):

* object name = directory + "/" + file name, and names may end in slashes. So the last component of a key takes all
  slashes at its end: ``123456/..///newLink/`` is the name ``newLink/`` in the directory ``..//``.
* Internally a directory object ends in "/": the directory ``x`` has the key ``x/``, the directory ``new/`` has the key
  ``new//`` and holds ``new//file``; that file is *not* below the directory ``new``.
* ``.``, ``..`` and empty components are ordinary bytes; nothing is ever normalised here.
* ``x`` and ``x/`` are two keys, so a file ``x`` and a directory ``x`` stand side by side.

Decided where the guide is silent: there is **one object per key, and its kind is the stored type**. A file or symlink
whose name ends in a slash (``x/``) has the same key as the explicit directory ``x``; the two exclude each other, and
whichever comes second is refused with 409 instead of destroying the first. A file ``x/`` can still have objects below
``x/``: then ``x`` is an implicit directory at the same time, as the guide says.

Slashes directly behind the CP code cannot belong to the CP code; they are a directory of their own with an empty
name (``123456//a`` is ``a`` in the directory "" of the root).
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_REPEATED_SLASHES = re.compile(rb"/{2,}")


class Location(NamedTuple):
    """Where a request points: the CP code and the key; the root of the CP code has the key ``<CP code>/``."""

    cp_code: bytes
    key: bytes

    @property
    def is_root(self) -> bool:
        return len(self.key) == len(self.cp_code) + 1


def request_path(target: bytes) -> bytes:
    """The path of a request target as it was sent: without a query, and without scheme and host in absolute form."""
    if not target.startswith(b"/"):
        host = target.find(b"://")
        start = target.find(b"/", host + 3) if host > 0 else -1
        if start < 0:
            return b""
        target = target[start:]
    return target.partition(b"?")[0]


def decode_path(path: bytes) -> bytes | None:
    """Percent-decoded path; ``+`` stays a plus. None if it is no path or holds a broken escape."""
    if not path.startswith(b"/"):
        return None
    if b"%" not in path:
        return path
    if _BROKEN_ESCAPE.search(path):
        return None
    return unquote_to_bytes(path)


def locate(path: bytes) -> Location | None:
    """Split a decoded path into CP code and key; None if there is no CP code (``/`` or ``//x``)."""
    end = path.find(b"/", 1)
    if end < 0:
        return Location(path[1:], path[1:] + b"/") if len(path) > 1 else None
    return Location(path[1:end], path[1:]) if end > 1 else None


def collapse_slashes(path: bytes) -> bytes:
    return _REPEATED_SLASHES.sub(b"/", path)


def directory_key(key: bytes) -> bytes:
    """The key of the directory a path names: the server appends the final slash itself (GUID-4DE14A95)."""
    return key if key.endswith(b"/") else key + b"/"


def is_root_key(key: bytes) -> bool:
    return key.find(b"/") == len(key) - 1


def split_name(key: bytes) -> tuple[bytes, bytes]:
    """(directory, name) of a key: everything before the last separator, and the rest with its trailing slashes.

    The directory is written as in the answers: with a leading slash and without the final one.
    """
    root = key.find(b"/") + 1
    cut = key.rfind(b"/", root, len(key.rstrip(b"/")))
    if cut < 0:
        return b"/" + key[:root - 1], key[root:]
    return b"/" + key[:cut], key[cut + 1:]


def following_prefix(prefix: bytes) -> bytes:
    """The first byte string after every one that begins with this prefix, which ends in a slash."""
    return prefix[:-1] + b"0"


def components(key: bytes) -> list[bytes]:
    """The key cut into components, each with all slashes behind it; joined they are the key again."""
    root = key.find(b"/") + 1
    inside = key[root:]
    parts = [key[:root]]
    lead = len(inside) - len(inside.lstrip(b"/"))
    if lead:
        parts.append(inside[:lead])
    parts.extend(re.findall(rb"[^/]+/*", inside[lead:]))
    return parts


def has_improper_component(path: bytes) -> bool:
    """Whether a decoded path holds a component ``.`` or ``..``."""
    return b"/." in path and not {b".", b".."}.isdisjoint(path.split(b"/"))
