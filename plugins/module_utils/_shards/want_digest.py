# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tells two wanted trees apart without reading all of them: names, kinds, sizes and targets, and the content of some files.

The files are chosen by their names, so that every host chooses the same ones. Times are left out: two checkouts differ in them.
"""

from __future__ import annotations

import hashlib
import heapq
import typing as t
import zlib

from .._model.entries import Entry, Kind, Withheld

SAMPLE = 1000
"""The most files whose content counts."""
HEAD = 262_144
"""The most bytes of each that count, from its beginning."""

Head = t.Callable[[bytes, int], bytes]
"""The first bytes of the local file of this name."""


class WantDigest:
    """The digest of a wanted stream, entry by entry in key order."""

    def __init__(self) -> None:
        self._state = hashlib.sha256()
        self._chosen: list[tuple[int, bytes]] = []

    def add(self, want: Entry | Withheld) -> None:
        """The next entry, or region that is left out."""
        name = want.name
        if not isinstance(want, Entry):
            self._state.update(b"w%d:%b\n" % (len(name), name))
        elif want.kind is Kind.FILE:
            self._state.update(b"f%d:%b%d\n" % (len(name), name, want.size or 0))
            self._choose(name)
        elif want.kind is Kind.SYMLINK:
            target = want.target or b""
            self._state.update(b"l%d:%b%d:%b\n" % (len(name), name, len(target), target))
        else:
            self._state.update(b"d%d:%b\n" % (len(name), name))

    def text(self, head: Head) -> str:
        """``sha256:`` and 64 hex digits, when the stream has ended.

        Raises:
            BadSource: a file that was chosen cannot be read.
        """
        state = self._state.copy()
        for name in sorted(name for _rank, name in self._chosen):
            content = hashlib.sha256(head(name, HEAD)).digest()
            state.update(b"c%d:%b%b\n" % (len(name), name, content))
        return f"sha256:{state.hexdigest()}"

    def _choose(self, name: bytes) -> None:
        """Keeps the names with the lowest checksums."""
        rank = -zlib.crc32(name)
        if len(self._chosen) < SAMPLE:
            heapq.heappush(self._chosen, (rank, name))
        elif (rank, name) > self._chosen[0]:
            heapq.heapreplace(self._chosen, (rank, name))
