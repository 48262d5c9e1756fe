# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For tests: the result of every task as a line of JSON in the file that RESULTS_FILE names."""

from __future__ import annotations

import json
import os
import typing as t
from pathlib import Path

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: results
type: notification
short_description: results as lines of JSON, for tests
description: Results as lines of JSON.
"""


class CallbackModule(CallbackBase):
    """Ok or failed alike: the tests know which they expect."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "results"

    def v2_runner_on_ok(self, result: t.Any, **_more: t.Any) -> None:
        self._write(result)

    def v2_runner_on_failed(self, result: t.Any, **_more: t.Any) -> None:
        self._write(result)

    def _write(self, result: t.Any) -> None:
        line = json.dumps(result._result, default=str)
        with Path(os.environ["RESULTS_FILE"]).open("a", encoding="utf-8") as stream:
            stream.write(f"{line}\n")
