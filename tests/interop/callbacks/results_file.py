# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes each task's result as one line of JSON to the file that RESULTS_FILE names."""

from __future__ import annotations

import json
import os
import typing as t
from pathlib import Path

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: results_file
type: notification
short_description: Task results as lines of JSON
description: One line for each task and host, for tests that read what a module returned.
options: {}
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "results_file"

    def _write(self, result: t.Any) -> None:
        line = json.dumps(json.loads(self._dump_results(result._result)))
        with Path(os.environ["RESULTS_FILE"]).open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")

    def v2_runner_on_ok(self, result: t.Any) -> None:
        self._write(result)

    def v2_runner_on_failed(self, result: t.Any, ignore_errors: bool = False) -> None:
        self._write(result)
