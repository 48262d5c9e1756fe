# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shares: which of several hosts carries out a step.

A pure function of the key, so every key has one owner whatever a host's tree looks like, and no host has to ask another one.
"""

from __future__ import annotations

import dataclasses
import re
import zlib

from .._model.errors import BadOptions
from .._plan.steps import Phase

MOST = 256
"""The most shares that a plan may have."""

_SPREAD = 0x9E37_79B1
"""2**32 by the golden ratio. The checksums of names that differ in one digit alone may end in the same bit, so that one of two
hosts would get all of them."""

_SHARE = re.compile(r"([0-9]{1,3})/([0-9]{1,3})\Z")


@dataclasses.dataclass(frozen=True)
class Share:
    """One of ``count`` shares, numbered from 1 on."""

    index: int
    count: int

    def owns(self, key: bytes) -> bool:
        """Whether the step at this key, relative to the tree, belongs to the share."""
        spread = zlib.crc32(key) * _SPREAD & 0xFFFF_FFFF
        return spread * self.count >> 32 == self.index - 1

    def takes(self, key: bytes | None) -> bool:
        """The same for any early step; the directories above the tree (None) belong to the first share."""
        return self.index == 1 if key is None else self.owns(key)

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"


ALL = Share(1, 1)


def share_of(text: str | None) -> Share:
    """The share that an option names.

    Args:
        text: such as ``2/4``; None for everything.

    Returns:
        The share.

    Raises:
        BadOptions: it is not of that form.
    """
    if text is None:
        return ALL
    found = _SHARE.match(text)
    share = Share(int(found[1]), int(found[2])) if found else Share(0, 0)
    if not 1 <= share.index <= share.count <= MOST:
        hint = f"Write the number of the host among all hosts, such as 2/4: 1/1 to {MOST}/{MOST}."
        raise BadOptions(f"shard: {text!r} is no share", hint=hint)
    return share


def is_early(phase: Phase) -> bool:
    """Whether several hosts may be in this phase at once. What visitors ask for first, links and deletes come later."""
    return phase <= Phase.ASSETS
