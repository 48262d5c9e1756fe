# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module that asks a service the open questions. In check mode it asks what only reads."""

from __future__ import annotations

from .._conformance.conforming import conform
from .._plan.outcome import LISTED
from .._queries.base import Answer
from .._tasks.options import ConformanceOptions
from .._threads.cancellation import Cancellation
from .command import Command, Params
from .reading import read
from .specs import spec_of


def _work(params: Params, check: bool, _diff: bool, cancellation: Cancellation) -> Answer:
    found = conform(read(ConformanceOptions, params), check, cancellation)
    notes = {"notes": found.notes[:LISTED]} if found.notes else {}
    return Answer({**found.values, **notes}, found.notes, found.error)


CONFORMANCE = Command(spec_of(ConformanceOptions), _work)
