# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The index of Serve-from-Zip: "a hash table of its contents, added to the archive as a comment" (user guide).

What is in that table is not known; here some text stands for it. A comment has room for 65,535 bytes, so the table of a
large archive must lie somewhere else, perhaps behind the archive: the knob ``zip_index`` has both.
"""

from __future__ import annotations

from .bodies import Arrival

INDEX = b"NetStorage emulator: this stands for the index of Serve-from-Zip"
_END = b"PK\5\6"
_END_SIZE = 22
_LONGEST_COMMENT = 0xFFFF
_BLOCK = 1024 * 1024


def add(arrival: Arrival, fresh: Arrival, setting: str) -> Arrival:
    """The upload with its index: the same one, or ``fresh`` filled with it. What is no archive gets the text behind it."""
    if setting == "none":
        return arrival
    start = max(0, arrival.size - _END_SIZE - _LONGEST_COMMENT)
    place = arrival.read(start, arrival.size - start).rfind(_END)
    if setting == "behind" or place < 0:
        arrival.write(INDEX)
        return arrival
    sent = arrival.size
    comment = start + place + _END_SIZE
    for begin in range(0, comment - 2, _BLOCK):
        fresh.write(arrival.read(begin, min(_BLOCK, comment - 2 - begin)))
    text = (arrival.read(comment, sent - comment) + INDEX)[:_LONGEST_COMMENT]
    fresh.write(len(text).to_bytes(2, "little") + text)
    arrival.discard()
    return fresh
