# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# This room is private to edgeops.netstorage: nothing here is a promise to other collections.

"""The one place where a module starts and ends: parameters in, ``exit_json`` or ``fail_json`` out."""

from __future__ import annotations

import contextlib
import os
import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from .._model.errors import NetStorageError
from .._plan.outcome import result
from .._run.flow import run
from .._run.options import Options
from .._usage_api.transport import IMPORT_ERROR


def run_module(module: AnsibleModule, read: t.Callable[[t.Mapping[str, t.Any]], Options]) -> None:
    """Run the flow with the module's parameters and end the process with its result."""
    if IMPORT_ERROR is not None:
        module.fail_json(msg=missing_required_lib("requests"), exception=IMPORT_ERROR)
    try:
        only_plan = bool(module.params.get("_plan_only"))  # the diff comes with the call that follows
        outcome = run(read(module.params), check=module.check_mode or only_plan, diff=module._diff and not only_plan)
    except NetStorageError as error:
        module.fail_json(msg=str(error), failure=error.failure(), changed=False, done=[], failed_paths=[], left=[])
    for note in outcome.notes:
        module.warn(note)
    if outcome.error is not None:
        module.fail_json(msg=str(outcome.error), failure=outcome.error.failure(), **result(outcome))
    module.exit_json(**result(outcome))


@contextlib.contextmanager
def handed_over(params: t.Mapping[str, t.Any]) -> t.Iterator[None]:
    """Remove the file that the action plugin shipped, however the module ends."""
    try:
        yield
    finally:
        if params["_remove_file"] and params["_file"]:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(params["_file"])
