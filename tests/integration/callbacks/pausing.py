# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Holds a play before the task that PAUSE_BEFORE names, once, until whoever waits for it lets it go on.

The folder that PAUSE_IN names has the file ``paused`` from then on, and the play goes on when ``go on`` is there as well.
"""

from __future__ import annotations

DOCUMENTATION = r"""
name: pausing
type: notification
short_description: A play that waits at one of its tasks
description: For tests in which another play runs while this one is at a known place.
options: {}
"""

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

    def v2_playbook_on_task_start(self, task: t.Any, is_conditional: bool) -> None:
        paused = Path(os.environ["PAUSE_IN"], "paused")
        if task.get_name().rpartition(" : ")[2] != os.environ["PAUSE_BEFORE"] or paused.exists():
            return
        paused.touch()
        while not paused.with_name("go on").exists():
            time.sleep(0.01)
