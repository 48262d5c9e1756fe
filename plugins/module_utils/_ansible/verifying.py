# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module that looks at what edges serve. It asks neither NetStorage nor another API of Akamai's."""

from __future__ import annotations

from .._edge.findings import LISTED
from .._edge.verify_options import VerifyOptions
from .._edge.verifying import skipped, verify
from .._queries.base import Answer
from .._threads.cancellation import Cancellation
from .command import Command, Params
from .reading import read
from .specs import spec_of
from .verify_specs import BESIDE, TOLD_APART


def _work(params: Params, check: bool, _diff: bool, cancellation: Cancellation) -> Answer:
    options = read(VerifyOptions, params)
    found = skipped() if check else verify(options, cancellation)
    notes = {"notes": found.notes[:LISTED]} if found.notes else {}
    return Answer({**found.values, **notes}, found.notes, found.error)


VERIFY = Command(spec_of(VerifyOptions, BESIDE), _work, told_apart=TOLD_APART)
