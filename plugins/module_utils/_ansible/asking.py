# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules that only read. They have no plan, and do the same in check mode."""

from __future__ import annotations

import typing as t

from .._plan.outcome import LISTED
from .._queries.base import Answer
from .._queries.find import find
from .._queries.info import look
from .._tasks.options import FindOptions, InfoOptions
from .._threads.cancellation import Cancellation
from .command import Command, Params
from .reading import read
from .specs import spec_of

Asked = t.TypeVar("Asked")


def _command(declared: type[Asked], ask: t.Callable[[Asked, Cancellation], Answer]) -> Command:
    def work(params: Params, _check: bool, _diff: bool, cancellation: Cancellation) -> Answer:
        answer = ask(read(declared, params), cancellation)
        notes = {"notes": answer.notes[:LISTED]} if answer.notes else {}
        return Answer({"changed": False, **answer.values, **notes}, answer.notes, answer.error)

    return Command(spec_of(declared), work)


FIND = _command(FindOptions, find)
INFO = _command(InfoOptions, look)
