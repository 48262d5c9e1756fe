# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The modules that have a plan. Their work is the flow."""

from __future__ import annotations

import typing as t

from .._plan.outcome import result
from .._queries.base import Answer
from .._run.flow import run
from .._tasks.options import Options
from .._threads.cancellation import Cancellation
from . import reading, specs
from .command import Command, Params, Work


def _flow(read: t.Callable[[Params], Options]) -> Work:
    def work(params: Params, check: bool, diff: bool, cancellation: Cancellation) -> Answer:
        only_plan = bool(params.get("_plan_only"))  # the diff comes with the call that follows
        outcome = run(read(params), check or only_plan, diff and not only_plan, cancellation)
        return Answer(result(outcome), outcome.notes, outcome.error)

    return work


DIRECTORY = Command(specs.directory_spec(), _flow(reading.read_directory))
FETCH = Command(specs.fetch_spec(), _flow(reading.read_fetch))
FILE = Command(specs.file_spec(), _flow(reading.read_file), {"mutually_exclusive": [("src", "content", "content_b64")]})
RENAME = Command(specs.rename_spec(), _flow(reading.read_rename))
SYMLINK = Command(specs.symlink_spec(), _flow(reading.read_symlink), {"required_if": [("state", "present", ["target"])]})
SYNC = Command(specs.sync_spec(), _flow(reading.read_sync))
