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

from ansible.module_utils.common.arg_spec import ValidationResult
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..module_utils._ansible.command import Command, failed_values
from ..module_utils._execute.progress import Progress
from ..module_utils._model.errors import BadOptions, NetStorageError
from ..module_utils._model.lists import listed
from ..module_utils._model.masking import masked
from ..module_utils._model.surrogates import refuse_halves
from ..module_utils._tasks.location import refuse_long_numbers
from ..module_utils._usage_api.client_config import SHORTEST_KEY
from ._content import refuse_empty, refuse_private, switch
from ._in_process import checked_options, plain, run_in_process, shows_invocation
from ._private_files import gone_with_signals
from ._progress.of_task import ticker_of
from ._progress.ticker import Ticker
from ._secrets import registered
from ._sources import Source, diff_size, nameable
from ._ways import NOT_PLAIN, WRONG_OPTIONS, interpreter_of, why_module

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
        checked, unusual = None, why_module(self._task, self._connection, self.interpreter)
        if unusual is None:
            checked, unusual = self._checked(options)
        self.tell_way(unusual)
        if checked is None:
            return self._by_module({**options, **private}, last)
        return self._in_process(checked, private)

    def tell_way(self, unusual: str | None) -> None:
        """Show at ``-vvv`` which way a call goes; ``unusual`` is why it needs the module, None where it does not."""
        way = "in the task's own process" if unusual is None else f"by the module, because {unusual}"
        Display().vvv(f"{self._task.action}: {way}", host=self._play_context.remote_addr)

    def _checked(self, options: Result) -> tuple[ValidationResult | None, str | None]:
        """The options as a module reads them; or why they are left to it."""
        args = plain(options)
        checked = None if args is None else checked_options(self.command, args)
        if checked is not None:
            return checked, None
        return None, NOT_PLAIN if args is None else WRONG_OPTIONS

    def _in_process(self, checked: ValidationResult, private: Result) -> Result:
        check, diff = bool(self._task.check_mode), bool(self._task.diff)
        shown, progress = shows_invocation(self._task_vars), Progress()
        private = {**private, "_progress": progress}
        with self._ticker(private, progress):
            return run_in_process(self.command, checked, private, check=check, diff=diff, shows_invocation=shown)

    def _by_module(self, args: Result, last: bool) -> Result:
        if last and self._task.async_val and not self._connection.has_native_async:
            return self._start_job(args)
        with self._ticker(args, None):
            result: Result = self._execute_module(module_args=args, task_vars=self._task_vars, wrap_async=False)
        return result

    def _ticker(self, private: Result, progress: Progress | None) -> Ticker:
        only_plans = bool(private.get("_plan_only"))
        return ticker_of(self._task, self._task_vars, self._templar.template, self.known_keys, progress, only_plans)

    def _start_job(self, args: Result) -> Result:
        folder = self._tmp_folder()
        result: Result = self._execute_module(module_args=args, task_vars=self._task_vars, wrap_async=True)
        if "ansible_job_id" not in result:
            self._remove_tmp_path(folder)  # Ansible has forgotten it by now, and no job has taken it over
        return result

    def known_keys(self) -> list[str]:
        """The secrets, as far as they are known here: from the options, the task's environment, and the own environment."""
        environments = [self._templar.template(one) for one in self._task.environment or ()]
        given: list[t.Any] = self.command.secrets_of(self._task.args)
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

    def interpreter(self) -> str:
        """The Python that the task is to use where it runs."""
        delegate, variables = self._task.delegate_to, self._task_vars
        if delegate:
            variables = self._task_vars.get("ansible_delegated_vars", {}).get(delegate, {})
        return interpreter_of(variables, self._templar.template)

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
