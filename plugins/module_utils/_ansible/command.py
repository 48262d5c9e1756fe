# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

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


class Done(t.NamedTuple):
    """The values of a result, the warnings, and secrets beside those of the options. None of it is masked."""

    values: Values
    warnings: list[str]
    secrets: t.Sequence[str]


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

    @property
    def secrets(self) -> list[str]:
        """The names of the options that are masked."""
        return [name for name, option in self.spec.items() if option.get("no_log")]

    def carry_out(self, params: Params, check: bool, diff: bool) -> Done:
        """Do it. An error is a result, with ``failed``."""
        try:
            with cancelled_by_signals() as cancellation:
                answer = self.work(params, check, diff, cancellation)
        except NetStorageError as error:
            return Done(failed_values(error), [], ())
        values = dict(answer.values)
        if answer.error is not None:
            values.update(failed=True, msg=str(answer.error), failure=answer.error.failure())
        return Done(values, answer.notes, answer.secrets)


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
