# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What both ways of running a module (as a module, and in process) share: options, work, and the values of the result."""

from __future__ import annotations

import dataclasses
import typing as t

from .._model.errors import NetStorageError
from .._queries.base import Answer
from .._threads.cancellation import Cancellation
from .signals import cancelled_by_signals
from .specs import Spec

Params = t.Mapping[str, t.Any]
Values = dict[str, t.Any]
Work = t.Callable[[Params, bool, bool, Cancellation], Answer]
"""Carries out a task: parameters, check mode, diff mode, cancellation."""


@dataclasses.dataclass(frozen=True)
class Command:
    """A module without Ansible.

    spec   its options, as an argument_spec
    work   what it does
    rules  what holds between its options: mutually_exclusive, required_if
    """

    spec: Spec
    work: Work
    rules: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)

    def carry_out(self, params: Params, check: bool, diff: bool) -> tuple[Values, list[str]]:
        """The values of the result, with ``failed`` for a failure, and the warnings."""
        try:
            with cancelled_by_signals() as cancellation:
                answer = self.work(params, check, diff, cancellation)
        except NetStorageError as error:
            return failed_values(error), []
        values = dict(answer.values)
        if answer.error is not None:
            values.update(failed=True, msg=str(answer.error), failure=answer.error.failure())
        return values, answer.notes


def failed_values(error: NetStorageError) -> Values:
    """The result of a task that failed before anything was done."""
    return {
        "failed": True,
        "changed": False,
        "msg": str(error),
        "failure": error.failure(),
        "done": [],
        "failed_paths": [],
        "left": [],
        "counts": {"done": 0, "failed_paths": 0, "left": 0},
    }
