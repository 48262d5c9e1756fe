# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a module's command in the task's own process on the controller, where the module would run anyway.

Packing a module, starting Python for it and importing it takes half a second: longer than the work of most tasks. So where the
module would run on this machine, as this user, with this Python and environment, its command is run in process. All other cases
are left to the module (``_ways.py``), wrong options too, which it reports.

Nothing here may start a thread when it is imported: the action plugin is loaded before Ansible forks.
"""

from __future__ import annotations

import json
import typing as t

from ansible import constants
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator, ValidationResult

from ..module_utils._ansible.command import Command
from ..module_utils._http.kept_connections import connections_kept
from ..module_utils._model.masking import masked

Result = dict[str, t.Any]


def plain(args: t.Mapping[str, t.Any]) -> Result | None:
    """The arguments as a module would get them: JSON without Ansible's own kinds of text. None where they are not plain."""
    try:
        values: Result = json.loads(json.dumps(dict(args)))
    except (TypeError, ValueError):
        return None
    return values


def checked_options(command: Command, args: Result) -> ValidationResult | None:
    """The task's options by the spec of the module and its rules. None where they are wrong.

    Args:
        command: of the module.
        args: plain; they are not changed.
    """
    checked = ArgumentSpecValidator(command.spec, **command.rules).validate(args)
    return None if checked.error_messages else checked


def run_in_process(
    command: Command, checked: ValidationResult, private: Result, *, check: bool, diff: bool, shows_invocation: bool
) -> Result:
    """Carry out a command in this process.

    Args:
        command: of the module.
        checked: the task's options.
        private: what is handed to the module besides; the names have an underscore.
        check: change nothing.
        diff: make a diff.
        shows_invocation: the options belong to the result.

    Returns:
        The result that the module would have given, masked.
    """
    params = checked.validated_parameters
    with connections_kept():
        done = command.carry_out({**params, **private}, check, diff)
    # What a module returns goes through JSON, which has neither tuples nor keys that are numbers.
    values: Result = json.loads(json.dumps(done.values))
    told = {"warnings": [*_warnings(checked), *done.warnings], "deprecations": _deprecations(checked)}
    values.update({name: texts for name, texts in told.items() if texts})
    if shows_invocation:
        values["invocation"] = {"module_args": command.shown(params)}
    return masked(values, [*command.secrets_of(params), *done.secrets])


def shows_invocation(variables: t.Mapping[str, t.Any]) -> bool:
    """From ansible-core 2.20 on the invocation can be switched off."""
    name = "INJECT_INVOCATION"
    if name not in constants.config.get_configuration_definitions():
        return True
    return bool(constants.config.get_config_value(name, variables=variables))


def _warnings(checked: ValidationResult) -> list[str]:
    """As a module words them."""
    return [f"Both option {one['option']} and its alias {one['alias']} are set." for one in checked._warnings]


def _deprecations(checked: ValidationResult) -> list[Result]:
    return [{name: value for name, value in one.items() if value is not None} for one in checked._deprecations]
