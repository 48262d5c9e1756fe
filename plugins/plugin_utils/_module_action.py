# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carries out a task by its module, or in process: where it runs, its arguments, and the files that must be transferred."""

from __future__ import annotations

import collections.abc as c
import contextlib
import os
import pwd
import re
import typing as t

from ansible.plugins.action import ActionBase

from ..module_utils._ansible.command import Command, failed_values
from ..module_utils._execute.progress import Progress
from ..module_utils._model.errors import BadOptions, NetStorageError
from ..module_utils._model.lists import listed
from ..module_utils._model.masking import SHORTEST, masked
from ..module_utils._model.surrogates import refuse_halves
from ..module_utils._tasks.location import refuse_long_numbers
from ..module_utils._usage_api.client_config import SHORTEST_KEY
from ._content import refuse_empty, refuse_private, switch
from ._in_process import can_run_in_process, plain, run_in_process
from ._private_files import gone_with_signals
from ._progress.of_task import ticker_of
from ._progress.ticker import Ticker
from ._secrets import registered
from ._sources import Source, diff_size, nameable

Result = dict[str, t.Any]

_SECRET_VARIABLE = re.compile(r"(?:NETSTORAGE_KEY|AKAMAI_(?:\w+_)?(?:CLIENT_SECRET|CLIENT_TOKEN|ACCESS_TOKEN))\Z")


class ModuleAction(ActionBase):  # type: ignore[misc]
    """What the action plugins of all modules share: a task runs in its own process, or by the module where it needs another host,
    user, Python or environment, or is async. ``command`` is what the module does."""

    command: Command
    TRANSFERS_FILES = False
    _supports_async = True
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        result: Result = super().run(tmp, task_vars)
        self._task_vars = task_vars or {}
        try:
            refuse_private(self._task.args)
            refuse_halves(self._task.args)
            refuse_long_numbers(self._task.args)
            self._task.args = self._listed(self._task.args)
            with contextlib.ExitStack() as self._ending:
                result.update(self.carry_out())
        except NetStorageError as error:
            # The module masks its own results; what fails here, before it, comes without the key too.
            result.update(masked(failed_values(error), self.known_keys()))
        finally:
            if self._task.async_val:
                # Whatever the job took over is no longer known here. What is left is ours: Ansible itself removes it
                # only for tasks without async.
                self.cleanup(force=True)
        return result

    def _listed(self, args: Result) -> Result:
        """The arguments with checked lists: Ansible would convert any value to texts, without an error."""
        spec = self.command.spec.items()
        names = {name for name, option in spec if option.get("type") == "list" and option["elements"] != "dict"}
        odd = args.get("unusual_names") == "allow"
        lists = {name: listed(name, args[name], odd and name == "path") for name in names.intersection(args)}
        return {**args, **lists}

    def carry_out(self) -> Result:
        """The task, as the result of its last call. NetStorageError fails it."""
        return self.call({})

    def call(self, handed: t.Mapping[str, t.Any], without: t.Collection[str] = (), last: bool = True) -> Result:
        """Do what the module does, by it or here, with the task's options, except ``without``, and what is handed to it.

        handed  by the names of options, and by names with an underscore that no task may set
        last    whether this call becomes the job of an async task
        """
        options = {name: value for name, value in self._task.args.items() if name not in without}
        private = {"_diff_size": diff_size()}
        for name, value in handed.items():
            (private if name.startswith("_") else options)[name] = value
        if self.is_ordinary() and can_run_in_process(self.interpreter()):
            progress = Progress()
            with self._ticker(private, progress):
                done = self._here(options, {**private, "_progress": progress})
            if done is not None:
                return done
        args = {**options, **private}
        if last and self._task.async_val and not self._connection.has_native_async:
            return self._start_job(args)
        with self._ticker(private, None):
            result: Result = self._execute_module(module_args=args, task_vars=self._task_vars, wrap_async=False)
        return result

    def _ticker(self, private: Result, progress: Progress | None) -> Ticker:
        only_plans = bool(private.get("_plan_only"))
        return ticker_of(self._task, self._task_vars, self._templar.template, self.known_keys, progress, only_plans)

    def _here(self, options: Result, private: Result) -> Result | None:
        args, task = plain(options), self._task
        return None if args is None else run_in_process(self.command, args, private, bool(task.check_mode), bool(task.diff))

    def _start_job(self, args: Result) -> Result:
        folder = self._tmp_folder()
        result: Result = self._execute_module(module_args=args, task_vars=self._task_vars, wrap_async=True)
        if "ansible_job_id" not in result:
            self._remove_tmp_path(folder)  # Ansible has forgotten it by now, and no job has taken it over
        return result

    def known_keys(self) -> list[str]:
        """The secrets, as far as they are known here: from the options, the task's environment, and the own environment."""
        environments = [self._templar.template(one) for one in self._task.environment or ()]
        args = [self._task.args.get(name) for name in self.command.secrets]
        given = [value for one in args for value in (_long(one) if isinstance(one, c.Mapping) else [one])]
        for one in (os.environ, *environments):
            if isinstance(one, c.Mapping):
                given += [value for name, value in one.items() if _SECRET_VARIABLE.match(str(name))]
        return registered([str(key) for key in given if key])

    def is_true(self, option: str) -> bool:
        """A boolean option of the task, else the default of the spec. BadOptions."""
        return switch(self._task.args, option, self.command.spec[option]["default"])

    def searched(self, src: object) -> str:
        """``src`` as a path to search for. Ansible logs where it searches, so the key must not be part of it. BadOptions."""
        text = refuse_empty(src)
        if any(key in text for key in self.known_keys() if len(key) >= SHORTEST_KEY):
            raise BadOptions("The key is part of src", hint="Ansible would log it. Has an option got the wrong value?")
        return text

    def is_local(self) -> bool:
        """Whether the module runs on the controller, as it does with network connections too."""
        return self._connection.transport == "local" or bool(getattr(self._connection, "_remote_is_local", False))

    def is_ordinary(self) -> bool:
        """Whether the module would run on this machine, synchronously, as this user, with this environment."""
        local = self._connection.transport == "local" and not self._connection.become
        return local and not self._task.async_val and not any(self._task.environment or ())

    def interpreter(self) -> object:
        """The Python that the task is to use where it runs, None where it is not set."""
        delegate, variables = self._task.delegate_to, self._task_vars
        if delegate:
            variables = self._task_vars.get("ansible_delegated_vars", {}).get(delegate, {})
        return self._templar.template(variables.get("ansible_python_interpreter"))

    def is_same_user(self) -> bool:
        """Whether the module runs as the user who runs Ansible, given that it runs here."""
        if not self._connection.become:
            return True
        user = self.get_become_option("become_user")
        try:
            return user is not None and pwd.getpwnam(user).pw_uid == os.geteuid()
        except KeyError:
            return False

    def ship(self, source: Source) -> str:
        """Transfer a file to the task's remote temporary folder, which is removed with the task or its job."""
        folder = self._tmp_folder()
        path: str = self._connection._shell.join_path(folder, "ns_file.content")
        if self.is_local() and not self._task.async_val:  # the job of an async task outlives this action
            self._ending.enter_context(gone_with_signals(path))
        with nameable(source) as here:
            self._transfer_file(here, path)
        self._fixup_perms2((folder, path))
        return path

    def _tmp_folder(self) -> str:
        shell = self._connection._shell
        if shell.tmpdir is None:
            self._make_tmp_path()
        folder: str = shell.tmpdir
        return folder


def _long(values: c.Mapping[str, t.Any]) -> list[t.Any]:
    """Without what is no secret."""
    return [value for value in values.values() if len(str(value)) >= SHORTEST]
