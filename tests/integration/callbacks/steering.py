# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steers the emulator from within a play, and kills plays, both without the time that a task or a process takes.

Before a task named ``Control POST /faults [...]`` the control port that STEER names is asked that. The file ``tasks to go`` in
the folder that STEER_IN names has a number: after so many tasks of a role the process is killed.
"""

from __future__ import annotations

DOCUMENTATION = r"""
name: steering
type: notification
short_description: A play that sets faults of the emulator on its way, or is killed
description: For tests of what becomes of a play that fails, or ends, wherever that happens.
options: {}
"""

import os
import signal
import typing as t
import urllib.request
from pathlib import Path

from ansible.plugins.callback import CallbackBase

CONTROL = "Control "


class CallbackModule(CallbackBase):  # type: ignore[misc]
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "steering"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        file = Path(os.environ["STEER_IN"], "tasks to go")
        self._left = int(file.read_text(encoding="utf-8")) if file.exists() else -1

    def v2_playbook_on_task_start(self, task: t.Any, is_conditional: bool) -> None:
        name = task.get_name()
        if name.startswith(CONTROL):
            method, path, *body = name.removeprefix(CONTROL).split(" ", 2)
            asked = urllib.request.Request(f"{os.environ['STEER']}{path}", "".join(body).encode() or None, method=method)
            urllib.request.urlopen(asked, timeout=60).close()
        elif " : " in name:
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            self._left -= 1
