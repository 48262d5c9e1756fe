# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A failure on the controller looks like one of the module: the same keys, the same error classes."""

from __future__ import annotations

import typing as t

from ..module_utils._model.errors import NetStorageError


def failed_result(error: NetStorageError) -> dict[str, t.Any]:
    """The result of a task that failed before the module could do anything."""
    return {
        "failed": True,
        "changed": False,
        "msg": str(error),
        "failure": error.failure(),
        "done": [],
        "failed_paths": [],
        "left": [],
    }
