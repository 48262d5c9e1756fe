# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The modules that only read. They have no plan, and check mode is no different."""

from __future__ import annotations

import typing as t

from .._plan.outcome import LISTED
from .._queries.base import Answer
from .._queries.find import find
from .._queries.info import look
from .._threads.cancellation import Cancellation
from . import reading, specs
from .command import Command, Params, Work

Asked = t.TypeVar("Asked")


def _answer(read: t.Callable[[Params], Asked], ask: t.Callable[[Asked, Cancellation], Answer]) -> Work:
    def work(params: Params, _check: bool, _diff: bool, cancellation: Cancellation) -> Answer:
        answer = ask(read(params), cancellation)
        notes = {"notes": answer.notes[:LISTED]} if answer.notes else {}
        return Answer({"changed": False, **answer.values, **notes}, answer.notes, answer.error)

    return work


FIND = Command(specs.find_spec(), _answer(reading.read_find, find))
INFO = Command(specs.info_spec(), _answer(reading.read_info, look))
