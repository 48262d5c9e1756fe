# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_sync without Ansible: the flow of the module in a fresh Python process.

    python -m ansible_collections.edgeops.netstorage.tests.bench.module_alone OPTIONS.json

Prints one line of JSON: seconds in the flow (without the start of Python and the imports), requests, counts.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import Common, SyncOptions


def main(file: str) -> int:
    given = json.loads(Path(file).read_text(encoding="utf-8"))
    options = SyncOptions(common=Common(**given["common"]), **given["sync"])
    begun = time.perf_counter()
    outcome = run(options, check=given["check"], diff=False)
    seconds = time.perf_counter() - begun
    if outcome.error is not None:
        print(outcome.error, file=sys.stderr)
        return 1
    print(json.dumps({"seconds": seconds, "requests": outcome.api_calls, "summary": outcome.plan.summary()}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
