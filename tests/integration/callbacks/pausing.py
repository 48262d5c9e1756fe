# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Holds a play before each of the tasks that PAUSE_BEFORE names (JSON, in their order) until whoever waits lets it go on.

In the folder that PAUSE_IN names, the file ``paused 0`` says that it waits before the first one, and ``go on 0`` lets it go on.
"""

from __future__ import annotations

DOCUMENTATION = r"""
name: pausing
type: notification
short_description: A play that waits at one of its tasks
description: For tests in which another play runs while this one is at a known place.
options: {}
"""

import json
import os
import time
import typing as t
from pathlib import Path

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):  # type: ignore[misc]
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "pausing"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._tasks = enumerate(json.loads(os.environ["PAUSE_BEFORE"]))
        self._next = next(self._tasks, None)

    def v2_playbook_on_task_start(self, task: t.Any, is_conditional: bool) -> None:
        if self._next is None or task.get_name().rpartition(" : ")[2] != self._next[1]:
            return
        folder, number = Path(os.environ["PAUSE_IN"]), self._next[0]
        self._next = next(self._tasks, None)
        folder.joinpath(f"paused {number}").touch()
        while not folder.joinpath(f"go on {number}").exists():
            time.sleep(0.01)
