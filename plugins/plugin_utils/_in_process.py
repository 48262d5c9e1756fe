# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a module's command in the task's own process on the controller, where the module would run anyway.

Packing a module, starting Python for it and importing it takes half a second: longer than the work of most tasks. So where the
module would run on this machine, as this user, with this Python and environment, its command is run in process. All other cases
are left to the module, wrong options too, which it reports.
"""

from __future__ import annotations

import json
import sys
import typing as t

from ansible import constants
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ..module_utils._ansible.command import Command
from ..module_utils._http.connector import IMPORT_ERROR
from ..module_utils._model.masking import WHOLE, masked

Result = dict[str, t.Any]


def can_run_in_process(interpreter: object) -> bool:
    """Whether this process runs the Python that the task is to use; None if the task does not set one."""
    text = str(interpreter)
    this_python = interpreter is None or text.startswith("auto") or text == sys.executable
    # Elsewhere than on Linux a process that was forked may not ask the system for its proxies.
    return IMPORT_ERROR is None and sys.platform == "linux" and this_python


def plain(args: t.Mapping[str, t.Any]) -> Result | None:
    """The arguments as a module would get them: JSON without Ansible's own kinds of text. None where they are not plain."""
    try:
        values: Result = json.loads(json.dumps(dict(args)))
    except (TypeError, ValueError):
        return None
    return values


def run_in_process(command: Command, args: Result, private: Result, check: bool, diff: bool) -> Result | None:
    """The result that the module would have given; None where the arguments are not right."""
    checked = ArgumentSpecValidator(command.spec, **command.rules).validate(args)
    if checked.error_messages:
        return None
    params = checked.validated_parameters
    values, warnings, secrets = command.carry_out({**params, **private}, check, diff)
    if warnings:
        values["warnings"] = list(warnings)
    if _shows_invocation():
        hidden = {name: WHOLE for name in command.secrets if params[name] is not None}
        values["invocation"] = {"module_args": {**params, **hidden}}
    given = [params[name] for name in command.secrets if isinstance(params[name], str)]
    return masked(values, [*given, *secrets])


def _shows_invocation() -> bool:
    """From ansible-core 2.20 on the invocation can be switched off."""
    name = "INJECT_INVOCATION"
    return name not in constants.config.get_configuration_definitions() or bool(constants.config.get_config_value(name))
