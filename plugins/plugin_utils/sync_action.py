# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""ns_sync on the controller: the directory is found there, or lies where the module runs."""

from __future__ import annotations

import typing as t

from ..module_utils._ansible.reading import read_sync
from ..module_utils._ansible.specs import sync_spec
from ..module_utils._model.errors import BadOptions
from .contents import refuse_empty, switch
from .here import can_be_here, plain, run_here
from .shipping import ModuleAction, Result
from .sources import diff_limit, found_directory


class SyncAction(ModuleAction):
    """A tree is never shipped: the module runs where the tree is."""

    def carry_out(self) -> Result:
        src = self._task.args.get("src")
        if src is None:
            return self.call({})  # the module says what is missing
        if switch(self._task.args, "remote_src", False):
            refuse_empty(src)
            return self._sync({})
        if not self.is_local():
            raise BadOptions(
                "src lies on the controller, and the module would run on another machine",
                hint="Say delegate_to: localhost with run_once: true, or remote_src: true if the directory lies on the target.",
            )
        return self._sync({"src": found_directory(self._find_needle, self.searched(src))})

    def _sync(self, handed: Result) -> Result:
        """By the module, or without it where it would run here anyway."""
        result = self._here(handed) if self.is_ordinary() and can_be_here(self.interpreter()) else None
        return self.call(handed) if result is None else result

    def _here(self, handed: Result) -> Result | None:
        args = plain({**self._task.args, **handed})
        if args is None:
            return None
        private: dict[str, t.Any] = {"_diff_size": diff_limit()}
        return run_here(sync_spec(), args, private, read_sync, bool(self._task.check_mode), bool(self._task.diff))
