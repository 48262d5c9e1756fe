# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Running a module's command in the task's own process on the controller, where a module would run beside it anyway.

Packing a module, starting a Python for it and reading it from the package takes half a second: more than most tasks have to
do. So where the module would run on this machine, as this user, with this Python and these variables, its command is carried
out without it. Whatever is out of the ordinary is left to the module, wrong options too: it says what is wrong with them.
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
    """Whether this very process could do it: with the Python that the task is to use, None where nothing is said."""
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
    values, warnings = command.carry_out({**params, **private}, check, diff)
    if warnings:
        values["warnings"] = list(warnings)
    if _shows_invocation():
        values["invocation"] = {"module_args": {**params, "key": WHOLE}}
    return masked(values, [params["key"] or ""])


def _shows_invocation() -> bool:
    """From ansible-core 2.20 on people may leave it out."""
    name = "INJECT_INVOCATION"
    return name not in constants.config.get_configuration_definitions() or bool(constants.config.get_config_value(name))
