# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which line of a large file is the first with some URL: exact, in 8 to 16 bytes a URL."""

from __future__ import annotations

import array
import typing as t

_TAG_BITS = 24
_TAG_MASK = (1 << _TAG_BITS) - 1


class FirstLines:
    """A hash table without its keys: a slot has the offset of a line, and some bits of the key's hash so that other lines are
    hardly ever read. Whether a line has a key is asked of the file.

    Args:
        expected: how many keys there will be at most.
        has_key: whether the line at an offset has a key.
    """

    def __init__(self, expected: int, has_key: t.Callable[[int, str], bool]) -> None:
        size = 16
        while size < expected + expected // 3 + 1:
            size *= 2
        self._mask = size - 1
        self._slots = array.array("Q", bytes(8 * size))
        self._has_key = has_key

    def first(self, key: str, offset: int, is_alone: bool) -> int:
        """The offset of the first line that was asked about with this key: of an earlier one, or this.

        Args:
            is_alone: whether the line has no other key; then it need not be read to know that it has this one.
        """
        hashed = hash(key)
        tag, place = (hashed >> 40) & _TAG_MASK, hashed & self._mask
        while True:
            slot = self._slots[place]
            if not slot:
                self._slots[place] = ((offset + 1) << _TAG_BITS) | tag
                return offset
            found = (slot >> _TAG_BITS) - 1
            if slot & _TAG_MASK == tag and ((is_alone and found == offset) or self._has_key(found, key)):
                return found
            place = (place + 1) & self._mask
