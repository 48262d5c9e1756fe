# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which way a task runs: in its own process where the module would do the same, by the module where anything is unusual."""

from __future__ import annotations

import os
import sys
import threading
import typing as t

from ansible import constants

from ..module_utils._http.connector import IMPORT_ERROR

NOT_PLAIN = "an option is not JSON"
WRONG_OPTIONS = "its options are wrong, which the module reports"
_SEARCHED = ("auto", "auto_legacy", "auto_silent", "auto_legacy_silent")


def why_module(task: t.Any, connection: t.Any, interpreter: t.Callable[[], str]) -> str | None:  # noqa: ANN401  # Ansible has no types
    """Why the module is needed.

    Args:
        task: whose keywords are final.
        connection: of the task.
        interpreter: gives the Python that it is to use where it runs, as ``interpreter_of`` has it. Called last.

    Returns:
        What is unusual, for people, without any value that could be a secret. None where the task's own process does the same.
    """
    if connection.transport != "local":
        return f"its connection is {connection.transport}"
    if getattr(connection._shell, "_IS_WINDOWS", False):
        return "its shell is one of Windows"
    if connection.become:
        return "become is set"
    if task.async_val:
        return "async is set"
    if any(task.environment or ()):
        return "environment is set"
    if constants.DEFAULT_KEEP_REMOTE_FILES:
        return "keep_remote_files is set, so the module's files are wanted"
    return _why_not_this_process() or _why_not_this_python(interpreter())


def interpreter_of(variables: t.Mapping[str, t.Any], template: t.Callable[[t.Any], t.Any]) -> str:
    """The Python that Ansible starts modules with: a path, or how it is to be searched for.

    Args:
        variables: of the host that the task runs on.
        template: makes the final value of what a variable says.

    Returns:
        What ``ansible_python_interpreter`` says, else Ansible's configuration.
    """
    return str(template(constants.config.get_config_value("INTERPRETER_PYTHON", variables=variables))).strip()


def _why_not_this_process() -> str | None:
    # Elsewhere than on Linux a process that was forked may not ask the system for its proxies.
    if sys.platform != "linux":
        return "the controller is not Linux"
    if IMPORT_ERROR is not None:
        return "this Python has no library requests"
    if threading.current_thread() is not threading.main_thread():
        return "it runs on a thread, where no signal is heard"
    return None


def _why_not_this_python(interpreter: str) -> str | None:
    """Another name of it in the same folder, such as ``python3``, is the same Python with the same libraries."""
    if interpreter in _SEARCHED or interpreter == sys.executable:
        return None
    is_near = os.path.dirname(interpreter) == os.path.dirname(sys.executable)
    if is_near and os.path.realpath(interpreter) == os.path.realpath(sys.executable):
        return None
    return f"its Python is {interpreter}, not {sys.executable}"
