# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of a purge, from which the result is made."""

from __future__ import annotations

import dataclasses
import itertools
import math
import typing as t

from .._model.paths import shown
from .fast_purge import Accepted
from .objects import Kind, Object, least_seconds

LISTED = 1000
LISTED_ON_FAILURE = 20  # Ansible prints the whole result of a task that failed; what is left after a stop, the next one purges


@dataclasses.dataclass
class PurgeOutcome:
    """Counts of objects; lists hold the first of them.

    planned   what is to be purged in all, with the lists of earlier runs; ``planned_requests`` in so many requests
    last_wait  seconds until the last request is done, as the service thinks
    skipped   what the service refused, with ``on_refused: skip``
    left      what was not purged, because the run failed or its time was over; how many that are is ``left_count``
    is_stopped  whether its time was over
    noted     files that tell how much of a list was purged
    taken     lists of earlier runs that were taken over
    pending   lists that wait for a later run
    """

    planned: int = 0
    planned_requests: int = 0
    seconds: float = 0.0
    purged: int = 0
    requests: int = 0
    last_wait: int = 0
    accepted: list[Accepted] = dataclasses.field(default_factory=list)
    skipped: list[Object] = dataclasses.field(default_factory=list)
    skipped_count: int = 0
    left: list[Object] = dataclasses.field(default_factory=list)
    left_count: int = 0
    is_stopped: bool = False
    noted: list[bytes] = dataclasses.field(default_factory=list)
    taken: list[bytes] = dataclasses.field(default_factory=list)
    pending: list[bytes] = dataclasses.field(default_factory=list)

    def plan(self, kind: Kind, objects: int, requests: int) -> None:
        self.planned += objects
        self.planned_requests += requests
        self.seconds += least_seconds(objects, requests, kind)

    def accept(self, accepted: Accepted) -> None:
        self.purged += accepted.objects
        self.requests += 1
        self.last_wait = accepted.estimated_seconds
        if len(self.accepted) < LISTED:
            self.accepted.append(accepted)

    def skip(self, one: Object) -> None:
        self.skipped_count += 1
        if len(self.skipped) < LISTED:
            self.skipped.append(one)

    def leave(self, objects: t.Iterable[Object], count: int) -> None:
        self.left_count += count
        self.left += itertools.islice(objects, LISTED - len(self.left))

    def values(self, check: bool, failed: bool) -> dict[str, t.Any]:
        """The values of the result."""
        most = LISTED_ON_FAILURE if failed or self.is_stopped else LISTED
        return {
            "changed": self.planned > 0 if check and not failed else self.purged > 0,
            "to_purge": self.planned,
            "least_seconds": math.ceil(self.seconds),
            "purged": self.purged,
            "requests": [accepted._asdict() for accepted in self.accepted[:most]],
            "request_count": self.planned_requests if check else self.requests,
            "refused": self.skipped[:most],
            "refused_count": self.skipped_count,
            "left": self.left[:most],
            "left_count": self.left_count,
            "stopped": self.is_stopped,
            "progress_files": [shown(path) for path in self.noted[:LISTED]],
            "taken_over": [shown(path) for path in self.taken],
            "pending": [shown(path) for path in self.pending],
        }
