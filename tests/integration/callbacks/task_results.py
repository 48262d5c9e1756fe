# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes what became of each task, and which way each task of the collection went, to the file that TASK_RESULTS names."""

from __future__ import annotations

DOCUMENTATION = r"""
name: task_results
type: notification
short_description: Task results as lines of JSON
description:
  - One line for each task and host, with the task's name, for tests that read what a module returned.
  - One line before it for each call of a module of the collection, that says whether it went to the module, and why.
options: {}
"""

import functools
import importlib
import json
import os
import typing as t
from pathlib import Path

from ansible.plugins.callback import CallbackBase

COLLECTION = "edgeops.netstorage"


class CallbackModule(CallbackBase):  # type: ignore[misc]
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "task_results"

    def v2_playbook_on_task_start(self, task: t.Any, is_conditional: bool) -> None:
        """Before Ansible forks for the task."""
        if str(task.action).startswith(f"{COLLECTION}."):
            _watch()

    def _write(self, became: str, result: t.Any) -> None:
        task = result._task
        _tell({"task": task.get_name(), "action": str(task.action), "became": became, "result": result._result})

    def v2_runner_on_ok(self, result: t.Any) -> None:
        self._write("ok", result)

    def v2_runner_on_failed(self, result: t.Any, ignore_errors: bool = False) -> None:
        self._write("failed", result)

    def v2_runner_on_skipped(self, result: t.Any) -> None:
        self._write("skipped", result)

    def v2_runner_on_unreachable(self, result: t.Any) -> None:
        self._write("unreachable", result)


@functools.cache
def _watch() -> None:
    """From now on what an action tells at ``-vvv`` is written down, too."""
    shared = importlib.import_module(f"ansible_collections.{COLLECTION}.plugins.plugin_utils._module_action").ModuleAction
    told = shared.tell_way

    def tell_way(action: t.Any, unusual: str | None) -> None:
        _tell({"task": action._task.get_name(), "unusual": unusual})
        told(action, unusual)

    shared.tell_way = tell_way


def _tell(line: dict[str, t.Any]) -> None:
    """One write, because several processes tell."""
    with Path(os.environ["TASK_RESULTS"]).open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line, default=str) + "\n")
