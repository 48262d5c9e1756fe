# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much of the lists in a directory was purged, in a small file beside each. No list is ever changed.

Only lists of what a run has changed have one (``DEPLOYED``). What is planned may be the list of a run that is still at work,
so what was purged of it may have to be purged again.
"""

from __future__ import annotations

import hashlib
import json
import typing as t

from .._local.whole_file import whole_file
from .._model.paths import basename
from .._review.waiting_lists import DEPLOYED
from .options import PurgeOptions

PROGRESS = b".progress"
_VERSION = 1
_LARGEST = 1000  # bytes


class ListPart(t.NamedTuple):
    """Where a list is among the lines of all lists that were unpacked.

    begin    offset of its first line that is not noted as purged
    skipped  how many lines are noted
    """

    path: bytes
    begin: int
    skipped: int

    @property
    def is_resumable(self) -> bool:
        return is_resumable(self.path)


class ListProgress:
    """Of a purge that is done as the options say. A note of a purge of other URLs, or in another way, does not count."""

    def __init__(self, options: PurgeOptions) -> None:
        way = [options.url, options.base, list(options.index), options.outside, options.method, options.network]
        self._way = hashlib.sha256(json.dumps(way).encode("ascii")).hexdigest()

    def lines(self, path: bytes) -> int:
        """How many lines of this list are noted as purged."""
        if not is_resumable(path):
            return 0
        try:
            with open(path + PROGRESS, "rb") as file:
                noted = json.loads(file.read(_LARGEST))
            return max(0, int(noted["lines"])) if (noted["version"], noted["way"]) == (_VERSION, self._way) else 0
        except (OSError, ValueError, KeyError, TypeError):
            return 0

    def note(self, path: bytes, lines: int) -> bytes:
        """The file that tells it now. Raises LocalFailed."""
        with whole_file(path + PROGRESS) as file:
            file.write(json.dumps({"version": _VERSION, "way": self._way, "lines": lines}).encode("ascii") + b"\n")
        return path + PROGRESS


def is_resumable(path: bytes) -> bool:
    return path.endswith(DEPLOYED)


def is_progress(path: bytes) -> bool:
    return path.endswith(DEPLOYED + PROGRESS)


def in_order(names: t.Iterable[bytes]) -> list[bytes]:
    """Lists that have progress come first, so that the others are purged when these are done."""
    return sorted((name for name in names if not is_progress(name)), key=lambda name: (not is_resumable(name), basename(name)))
