# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The march: merges two sorted streams.

Both streams come in the order of key bytes, where a directory's key is its name plus ``/``. Memory does not grow with the
trees. Nothing is decided here.
"""

from __future__ import annotations

import typing as t

from .._model.entries import Entry, Kind, Withheld
from .._model.errors import ListingDisorder

Pair = tuple[t.Optional[t.Union[Entry, Withheld]], t.Optional[Entry]]


def march(want: t.Iterable[Entry | Withheld], have: t.Iterable[Entry]) -> t.Iterator[Pair]:
    """Pairs by key: (wanted, None), (None, present) or both, in key order."""
    wanted, present = iter(want), iter(have)
    left, right = next(wanted, None), next(present, None)
    while left is not None and right is not None:
        left_key, right_key = left.key, right.key
        if left_key == right_key:
            yield left, right
            left, right = next(wanted, None), next(present, None)
        elif left_key < right_key:
            yield left, None
            left = next(wanted, None)
        else:
            yield None, right
            right = next(present, None)
    while left is not None:
        yield left, None
        left = next(wanted, None)
    while right is not None:
        yield None, right
        right = next(present, None)


def with_implicit(entries: t.Iterable[Entry]) -> t.Iterator[Entry]:
    """The stream with the implicit directories that a listing leaves out, each just before its first descendant.

    A key that does not increase raises ListingDisorder: the march would miss entries and take them for absent.
    """
    last = b""
    opened: list[bytes] = []
    for entry in entries:
        directory = entry.kind is Kind.DIRECTORY
        key = entry.name + b"/" if directory else entry.name
        if key <= last:
            raise ListingDisorder("The listing is not in the order of its keys", path=entry.name, action="list")
        last = key
        while opened and not key.startswith(opened[-1]):
            opened.pop()
        start = len(opened[-1]) if opened else 0
        slash = key.find(b"/", start, len(key) - 1)
        while slash >= 0:
            opened.append(key[: slash + 1])
            yield Entry(key[:slash], Kind.DIRECTORY, implicit=True)
            slash = key.find(b"/", slash + 1, len(key) - 1)
        if directory:
            opened.append(key)
        yield entry
