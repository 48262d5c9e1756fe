# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Memory and open files of processes while they work, and whether they grow: the second sixth of the time and the last."""

from __future__ import annotations

import statistics
import typing as t

import psutil

_SHARE = 0.1
_MIB = 8.0  # that a process may have more, besides its share
_FILES = 8


class Use(t.NamedTuple):
    """Of one process at one moment."""

    mib: float
    files: int


class Grown(t.NamedTuple):
    """Medians of the second sixth, and of the last."""

    before: Use
    after: Use

    def complaint(self, who: str) -> str:
        """Empty where it has not grown."""
        if self.after.mib > self.before.mib * (1 + _SHARE) + _MIB:
            return f"{who}: the memory grew from {self.before.mib:.0f} to {self.after.mib:.0f} MiB"
        if self.after.files > self.before.files * (1 + _SHARE) + _FILES:
            return f"{who}: the open files grew from {self.before.files} to {self.after.files}"
        return ""


def use_of(pid: int) -> Use | None:
    """None for a process that has ended."""
    try:
        process = psutil.Process(pid)
        return Use(process.memory_info().rss / (1 << 20), process.num_fds())
    except psutil.Error:
        return None


def grown(uses: t.Sequence[Use]) -> Grown:
    """From uses that were taken at even intervals."""
    sixth = max(1, len(uses) // 6)
    return Grown(_median(uses[sixth : 2 * sixth] or uses), _median(uses[-sixth:]))


def _median(uses: t.Sequence[Use]) -> Use:
    return Use(statistics.median(use.mib for use in uses), int(statistics.median(use.files for use in uses)))
