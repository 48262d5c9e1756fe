# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin of ns_sync: finds the directory on the controller, unless it is where the module runs; renders templates."""

from __future__ import annotations

import contextlib
import os
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ..module_utils._ansible.changing import SYNC
from ..module_utils._model.errors import BadOptions
from ._content import refuse_empty
from ._in_process import plain
from ._module_action import ModuleAction, Result
from ._private_files import gone_with_signals, private_folder
from ._sources import found_directory
from ._templates import Choice, Rendering

_HERE_ONLY = "They are rendered on the controller, by the user who runs Ansible, and sent from there."


class SyncAction(ModuleAction):
    """A tree is never shipped: the module runs where the tree is."""

    command = SYNC

    def carry_out(self) -> Result:
        src = self._task.args.get("src")
        if src is None:
            return self.call({})  # the module says what is missing
        choice = self._choice()
        if self.is_true("remote_src"):
            refuse_empty(src)
            if choice:
                raise BadOptions("templates and remote_src: true contradict each other", hint=_HERE_ONLY)
            return self.call({})
        if not self.is_local():
            raise BadOptions(
                "src lies on the controller, and the module would run on another machine",
                hint="Set delegate_to: localhost with run_once: true, or remote_src: true if the directory is on the target.",
            )
        found = found_directory(self._find_needle, self.searched(src))
        if choice is None:
            return self.call({"src": found})
        with self._place() as folder:
            return self.call({"src": found, **self._rendered(found, choice, folder)})

    def _choice(self) -> Choice | None:
        """What says which files are templates. None where there are none, or where the options are wrong: the module, which is
        called all the same, says in which way."""
        spec = self.command.spec
        given = {name: self._task.args[name] for name in Choice._fields if self._task.args.get(name) is not None}
        args = plain(given) if given.get("templates") else None
        checked = ArgumentSpecValidator({name: spec[name] for name in Choice._fields}).validate(args) if args else None
        if checked is None or checked.error_messages or not checked.validated_parameters["templates"]:
            return None
        return Choice(**checked.validated_parameters)

    def _rendered(self, src: str, choice: Choice, folder: str) -> Result:
        """What became of the templates, in the folder: what the task is handed of it."""
        if not self.is_same_user():
            hint = f"{_HERE_ONLY} Set become: false for this task."
            raise BadOptions("templates: the module would run as another user, who cannot read what is rendered", hint=hint)
        watch = bool(self._task.diff) and not self.is_true("show_vaulted")
        rendering = Rendering(src, self._templar, self._loader, self._task_vars)
        with gone_with_signals(folder):  # also for a job, until it may have been started: from then on the job removes it
            return {"_rendered": folder, "_secret_names": rendering.into(folder, choice, watch)}

    @contextlib.contextmanager
    def _place(self) -> t.Iterator[str]:
        """A folder that is removed with the task; or with its job, which outlives the action plugin."""
        if not self._task.async_val:
            with private_folder("ns_templates-") as folder:
                yield folder
            return
        folder = os.path.join(self._tmp_folder(), "ns_templates")
        os.mkdir(folder, 0o700)
        yield folder
