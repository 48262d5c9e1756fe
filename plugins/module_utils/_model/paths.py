# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Paths: absolute object names as bytes, ``b"/123456/site/a.html"``, never with a slash for "this is a directory".

NetStorage is a sorted store of flat names (docs/usage-api.md#paths-and-names), so a path is
compared, sorted and contained by bytes and by segment, never by string prefix. A path that ends in ``/`` names a file or
a symlink whose name ends in a slash. The key of an entry in the store is its path, and for directories its path + ``/``.
"""

from __future__ import annotations

import re

SLASH = b"/"
_CP_CODE = re.compile(rb"[0-9]+\Z")
_ASCII_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def encoded(text: str) -> bytes:
    """The bytes of a name that came in as text (undecodable bytes travel as surrogates)."""
    return text.encode("utf-8", "surrogateescape")


def decoded(name: bytes) -> str:
    """The text of a name for patterns and Unicode rules; undecodable bytes become surrogates and survive a round trip."""
    return name.decode("utf-8", "surrogateescape")


def shown(name: bytes) -> str:
    """A name as people and terminals may see it: control and direction characters and undecodable bytes are escaped."""
    text = name.decode("utf-8", "backslashreplace")
    return _CONTROL.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    point = ord(match.group())
    return f"\\x{point:02x}" if point < 256 else f"\\u{point:04x}"


def segments(path: bytes) -> list[bytes]:
    """``/123456/a/b`` -> ``[123456, a, b]``; empty segments are kept, they are part of names."""
    return path[1:].split(SLASH) if path.startswith(SLASH) else path.split(SLASH)


def is_unusual(name: bytes) -> bool:
    """True for names with empty, ``.`` or ``..`` components or a slash at the end: legal in NetStorage, and discouraged."""
    framed = b"/%b/" % name  # names may be long, and this is ten times as fast as a pattern
    return b"//" in framed or b"/./" in framed or b"/../" in framed


def has_control(name: bytes) -> bool:
    """True for names with ASCII control characters: nearly always an accident, such as the line break that ``path: >`` adds."""
    return _ASCII_CONTROL.search(name) is not None


def cp_code(path: bytes) -> bytes | None:
    """The CP code that an absolute path begins with, or None where the first segment is none."""
    first = segments(path)[0] if path.startswith(SLASH) else b""
    return first if _CP_CODE.match(first) else None


def is_cp_code_root(path: bytes) -> bool:
    """True for ``/123456``: the upload directory itself, which nobody can make or remove."""
    return len(segments(path)) == 1


def is_within(path: bytes, base: bytes) -> bool:
    """True where ``path`` is ``base`` or lies below it, by segment: ``/1/site2`` is not within ``/1/site``."""
    return path == base or path.startswith(base + SLASH)


def join(base: bytes, name: bytes) -> bytes:
    """The path of ``name`` below ``base``. The empty name is a name too: ``/1/a`` and nothing make ``/1/a/``, not ``/1/a``."""
    return base + SLASH + name


def parent(path: bytes) -> bytes:
    """Everything before the last slash (docs/usage-api.md#paths-and-names); the parent of a CP code root is empty."""
    return path.rpartition(SLASH)[0]


def basename(path: bytes) -> bytes:
    """Everything after the last slash. Not used for paths with unusual trailing slashes."""
    return path.rpartition(SLASH)[2]


def name_of(path: bytes) -> bytes:
    """The last component, with the slashes that belong to it: ``/1/a/link/`` -> ``link/``."""
    stem = path.rstrip(SLASH)
    return basename(stem) + path[len(stem) :]


def ancestry(path: bytes) -> list[bytes]:
    """The directories between the CP code root (left out) and ``path`` (included), topmost first.

    >>> ancestry(b"/123456/a/b")
    [b'/123456/a', b'/123456/a/b']
    """
    parts = segments(path)
    return [SLASH + SLASH.join(parts[: depth + 1]) for depth in range(1, len(parts))]


def reached(link: bytes, target: bytes) -> bytes:
    """Where a symlink leads: relative targets start at its directory, absolute ones begin with the CP code. A path that begins
    with no CP code leads nowhere.

    >>> reached(b"/123456/a/link", b"../b//./c")
    b'/123456/b/c'
    """
    place: list[bytes] = []
    for segment in segments(target if target.startswith(SLASH) else join(parent(link.rstrip(SLASH)), target)):
        if segment == b"..":
            del place[-1:]
        elif segment not in (b"", b"."):
            place.append(segment)
    return SLASH + SLASH.join(place)


def relative(path: bytes, base: bytes) -> bytes:
    """``path`` as a name below ``base``. The caller knows that it lies within."""
    return path[len(base) + 1 :]
