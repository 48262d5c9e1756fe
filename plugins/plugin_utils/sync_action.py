# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""ns_sync on the controller: the directory is found there, or lies where the module runs."""

from __future__ import annotations

from ..module_utils._model.errors import BadOptions
from .contents import refuse_empty, switch
from .shipping import ModuleAction, Result
from .sources import found_directory


class SyncAction(ModuleAction):
    """A tree is never shipped: the module runs where the tree is."""

    def carry_out(self) -> Result:
        src = self._task.args.get("src")
        if src is None:
            return self.call({})  # the module says what is missing
        src = refuse_empty(src)
        if switch(self._task.args, "remote_src", False):
            return self.call({})
        if not self.is_local():
            raise BadOptions(
                "src lies on the controller, and the module would run on another machine",
                hint="Say delegate_to: localhost with run_once: true, or remote_src: true if the directory lies on the target.",
            )
        return self.call({"src": found_directory(self._find_needle, src)})
