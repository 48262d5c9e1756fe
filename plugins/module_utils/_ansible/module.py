# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place where a module starts and ends: parameters in, ``exit_json`` or ``fail_json`` out."""

from __future__ import annotations

import contextlib
import os
import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from .._http.connector import IMPORT_ERROR
from .._model.masking import masked
from .command import Command, shown_params


class MaskingModule(AnsibleModule):  # type: ignore[misc]
    """A module that masks its secrets itself, however it ends: from ansible-core 2.22 on Ansible masks only what it displays.

    Its action plugin hands it more than a task may set:

    _file         a file on this machine that stands for the content
    _described    size, digests and time of the content, where its bytes are or were on another machine
    _plan_only    show the plan, although this is no check mode
    _remove_file  remove the file afterwards
    _diff_size    the size up to which Ansible shows a diff
    _no_log       Ansible keeps the result of the task to itself
    _is_secret    the content came out of a vault, and no diff may show it
    _rendered     a directory on this machine with what became of the templates of a tree
    _secret_names which of these came out of a vault

    They are no options, so they are taken out before Ansible looks at the options. The action refuses them from a task.
    """

    def _load_params(self) -> None:
        super()._load_params()
        names = [name for name in self.params if name.startswith("_") and not name.startswith("_ansible_")]
        self.handed: dict[str, t.Any] = {name: self.params.pop(name) for name in names}

    def exit_json(self, **kwargs: object) -> t.NoReturn:
        super().exit_json(**self._masked(kwargs))
        raise AssertionError("exit_json returned")

    def fail_json(self, msg: str, **kwargs: object) -> t.NoReturn:
        super().fail_json(**self._masked({**kwargs, "msg": msg}))
        raise AssertionError("fail_json returned")

    def warn(self, warning: str, **kwargs: object) -> None:
        """From ansible-core 2.19 on, warnings are not among what Ansible masks (tests/integration/test_secrecy.py)."""
        super().warn(masked(warning, self.no_log_values), **kwargs)

    def _masked(self, values: dict[str, object]) -> dict[str, object]:
        """The values of a result without secrets. Ansible drops the invocation where it is switched off.

        From ansible-core 2.22 on Ansible adds newly registered secrets to the result, in clear, for the controller to
        register. An async job writes its result to a file, so they are removed first.
        """
        new_secrets = getattr(self, "_new_secrets", None)
        if new_secrets is not None:
            new_secrets.flush()
        shown = {"module_args": shown_params(self.argument_spec, self.params)}
        return masked({"invocation": shown, **values}, self.no_log_values)

    def add_path_info(self, kwargs: dict[str, t.Any]) -> dict[str, t.Any]:
        """Adds nothing: a path of a result is one on NetStorage, whatever this machine has at that path."""
        return kwargs


def run_module(command: Command) -> t.NoReturn:
    """Run a module's command with the parameters of this process, and end the process with the result."""
    module = MaskingModule(argument_spec=command.spec, supports_check_mode=True, **command.rules)
    try:
        module.no_log_values = set(command.secrets_of(module.params))  # Ansible would mask short words of mappings
        if IMPORT_ERROR is not None:
            module.fail_json(msg=missing_required_lib("requests"), exception=IMPORT_ERROR)
        done = command.carry_out({**module.params, **module.handed}, module.check_mode, module._diff)
    finally:
        if module.handed.get("_remove_file") and module.handed.get("_file"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(module.handed["_file"])
    module.no_log_values.update(done.secrets)
    for warning in done.warnings:
        module.warn(warning)
    if done.values.get("failed"):
        module.fail_json(**done.values)
    module.exit_json(**done.values)
