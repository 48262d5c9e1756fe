# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules that have a plan. Their work is the flow."""

from __future__ import annotations

from .._plan.outcome import result
from .._queries.base import Answer
from .._run.flow import run
from .._tasks.options import (
    DirectoryOptions,
    FetchOptions,
    FileOptions,
    Options,
    PruneOptions,
    RenameOptions,
    SymlinkOptions,
    SyncOptions,
)
from .._threads.cancellation import Cancellation
from .command import Command, Params
from .reading import read
from .specs import RULES, spec_of


def _command(declared: type[Options]) -> Command:
    def work(params: Params, check: bool, diff: bool, cancellation: Cancellation) -> Answer:
        only_plan = bool(params.get("_plan_only"))  # the diff comes with the call that follows
        progress = params.get("_progress")  # only in the task's own process, where somebody looks on
        outcome = run(read(declared, params), check or only_plan, diff and not only_plan, cancellation, progress)
        return Answer(result(outcome), outcome.notes, outcome.error)

    return Command(spec_of(declared), work, RULES.get(declared, {}))


DIRECTORY = _command(DirectoryOptions)
FETCH = _command(FetchOptions)
FILE = _command(FileOptions)
PRUNE = _command(PruneOptions)
RENAME = _command(RenameOptions)
SYMLINK = _command(SymlinkOptions)
SYNC = _command(SyncOptions)
