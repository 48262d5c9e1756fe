# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What both ways of running a module (as a module, and in process) share: options, work, and the values of the result."""

from __future__ import annotations

import dataclasses
import typing as t

from .._model.errors import NetStorageError
from .._model.masking import SHORTEST, WHOLE
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
    told_apart  for an option with ``no_log`` that is a mapping: what tells the secrets among its values from the rest
    """

    spec: Spec
    work: Work
    rules: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    told_apart: t.Mapping[str, t.Callable[[t.Any], t.Sequence[str]]] = dataclasses.field(default_factory=dict)

    def shown(self, params: Params) -> Values:
        """The parameters for an invocation: nothing of an option with ``no_log``, at any depth and by any of its names."""
        return shown_params(self.spec, params)

    def secrets_of(self, params: Params) -> list[str]:
        """The values of options with ``no_log``, at any depth. Where such an option is a mapping or a list, what is too short to
        be a secret is left out: a word such as ``gzip`` would mask parts of results. The parameters may be wrong ones."""
        apart = [name for name in self.told_apart if isinstance(params.get(name), dict)]
        told = [one for name in apart for one in self.told_apart[name](params[name])]
        return told + list(_secrets({name: option for name, option in self.spec.items() if name not in apart}, params))

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


def shown_params(spec: Spec, params: Params) -> Values:
    """See ``Command.shown``. The parameters may be wrong ones."""
    shown = dict(params)
    for name, option in _given(spec, params):
        value = params[name]
        if option.get("no_log"):
            shown[name] = WHOLE
        elif option.get("options") and isinstance(value, list):
            shown[name] = [shown_params(option["options"], part) if isinstance(part, dict) else part for part in value]
        elif option.get("options") and isinstance(value, dict):
            shown[name] = shown_params(option["options"], value)
    return shown


def _secrets(spec: Spec, params: Params) -> t.Iterator[str]:
    for name, option in _given(spec, params):
        value = params[name]
        if option.get("no_log"):
            yield from _leaves(value)
        elif option.get("options"):
            for part in value if isinstance(value, list) else [value]:
                yield from _secrets(option["options"], part) if isinstance(part, dict) else ()


def _given(spec: Spec, params: Params) -> t.Iterator[tuple[str, Spec]]:
    """The names of parameters that have a value, each with what the spec says of it. An alias stays beside the option."""
    for name, option in spec.items():
        for each in (name, *option.get("aliases", ())):
            if params.get(each) is not None:
                yield each, option


def _leaves(value: object, shortest: int = 1) -> t.Iterator[str]:
    if isinstance(value, (dict, list)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _leaves(part, SHORTEST)
    elif not isinstance(value, bool) and len(str(value)) >= shortest:
        yield str(value)
