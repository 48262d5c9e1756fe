# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Temporary names: of an object before it replaces another, and of one that was moved aside for another (a fence).

The former are derived from the name that is replaced, so the next run recognises what a killed one has left: it uses the name
again, and ``ns_sync`` removes what it finds under such a name. The digest makes sure that no other object is taken for a
temporary one. Files and links have different temporary names: a file must never be uploaded onto a link. A local temporary file
may have a version note beside it, which is removed with it.

What made room stands under a name that nothing else ever has (a *fence*): as long as it is taken, a rename onto it that comes
late is refused. When it was made is part of the name, since a rename keeps the object's own time.
"""

from __future__ import annotations

import hashlib
import re
import typing as t

from .entries import Kind
from .paths import basename, join, parent

_LONGEST = 100  # bytes of the name that is replaced; what is left over for a longer one is not recognised
_NOTE = b".etag"
_TEMPORARY = re.compile(rb"\.(.{0,100})\.new-[0-9a-f]{12}(?:\.zip)?\Z", re.DOTALL)
_FENCE = re.compile(rb"\.(.{0,100})\.old-([0-9a-f]{10})-([0-9a-f]{16})-([0-9a-f]{12})\Z", re.DOTALL)
FENCE_STANDS = 3600
"""Seconds for which only the run that made a fence may remove it: far longer than a request can be late."""


class Fence(t.NamedTuple):
    """An object that has made room.

    owner  the path at which it stood; its name is cut off after 100 bytes
    made   when, seconds since the epoch
    """

    owner: bytes
    made: int


def temporary(path: bytes, kind: Kind) -> bytes:
    """Where the new object of this kind for ``path`` waits, beside it.

    >>> temporary(b"/123456/site/current", Kind.SYMLINK)
    b'/123456/site/.current.new-418bfea719e7'
    """
    digest = hashlib.sha256(kind.value.encode() + b" " + path).hexdigest()[:12]
    ending = b".zip" if kind is Kind.FILE and path.endswith(b".zip") else b""  # the service indexes no other name
    return join(parent(path), b".%s.new-%s%s" % (basename(path)[:_LONGEST], digest.encode(), ending))


def note_beside(waiting: bytes) -> bytes:
    """Where it is noted of which version what waits here is."""
    return waiting + _NOTE


def without_note(path: bytes) -> bytes:
    """What waits, given its name or that of the note beside it."""
    return path[: -len(_NOTE)] if path.endswith(_NOTE) else path


def may_wait(path: bytes, kind: Kind) -> bool:
    """Whether an object may be a temporary one: surely where it has an owner, and where the owner's name is too long to know."""
    match = _TEMPORARY.match(basename(path))
    return match is not None and (len(match.group(1)) == _LONGEST or owner_of(path, kind) is not None)


def owner_of(path: bytes, kind: Kind) -> bytes | None:
    """The path that an object was to take the place of, None for an object that is no temporary one.

    >>> owner_of(b"/123456/site/.current.new-418bfea719e7", Kind.SYMLINK)
    b'/123456/site/current'
    """
    match = _TEMPORARY.match(basename(path))
    owner = join(parent(path), match.group(1)) if match else None
    return owner if owner is not None and temporary(owner, kind) == path else None


def fence(path: bytes, now: int, token: bytes) -> bytes:
    """Where the object at ``path`` goes when it makes room, beside it.

    Args:
        now: seconds since the epoch.
        token: eight random bytes; no two tries share a name.

    >>> fence(b"/123456/site/current", 1796005764, b"8 random")
    b'/123456/site/.current.old-006b0cdf84-382072616e646f6d-c421a390805a'
    """
    unique, name = b"%010x-%s" % (now, token.hex().encode()), basename(path)[:_LONGEST]
    return join(parent(path), b".%s.old-%s-%s" % (name, unique, _fence_digest(join(parent(path), name), unique)))


def fence_at(path: bytes) -> Fence | None:
    """What is known of an object by its name, None for an object that is no fence."""
    match = _FENCE.match(basename(path))
    if match is None:
        return None
    owner = join(parent(path), match.group(1))
    unique = match.group(2) + b"-" + match.group(3)
    return Fence(owner, int(match.group(2), 16)) if _fence_digest(owner, unique) == match.group(4) else None


def _fence_digest(path: bytes, unique: bytes) -> bytes:
    return hashlib.sha256(b"old " + unique + b" " + path).hexdigest()[:12].encode()
