# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A process that deploys: a line of JSON with options in, a line with the result out, until there are no more lines.

    python -m ansible_collections.edgeops.netstorage.tests.soak.deployer

The flow is called as a module calls it. What is no NetStorageError ends the process with a traceback, as it would a module.
"""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t
from pathlib import Path

from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import NetStorageError
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import result
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import Common, SyncOptions

Values = dict[str, t.Any]


class Deployer:
    """Such a process, seen from outside."""

    def __init__(self, errors: Path) -> None:
        self._errors = errors
        command = [sys.executable, "-m", __name__]
        with errors.open("wb") as stream:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stream, text=True, start_new_session=True
            )

    def begin(self, common: Values, sync: Values) -> None:
        stream = t.cast("t.IO[str]", self._process.stdin)
        stream.write(json.dumps({"common": common, "sync": sync}) + "\n")
        stream.flush()

    def end(self) -> Values:
        """The result of what was begun. AssertionError where the process broke down."""
        line = t.cast("t.IO[str]", self._process.stdout).readline()
        if not line:
            self._process.wait()
            raise AssertionError(f"the deploy ended without a result: {self._errors.read_text()[-3000:]}")
        values: Values = json.loads(line)
        return values

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


def deployed(options: SyncOptions) -> Values:
    try:
        outcome = run(options, check=False, diff=False)
    except NetStorageError as error:
        return {"msg": str(error), "failure": error.failure(), "done": [], "left": [], "failed_paths": []}
    values = result(outcome)
    if outcome.error is not None:
        values.update(msg=str(outcome.error), failure=outcome.error.failure())
    return values


def main() -> int:
    for line in sys.stdin:
        given = json.loads(line)
        print(json.dumps(deployed(SyncOptions(Common(**given["common"]), **given["sync"]))), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
