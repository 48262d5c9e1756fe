# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Progress in tenths of a second, so that its tests need no long tasks: sets the pace where Ansible loads its plugins, before
workers are forked. PROGRESS_PACE has the seconds (JSON)."""

from __future__ import annotations

DOCUMENTATION = r"""
name: quick_progress
type: notification
short_description: Progress that does not wait for seconds
description: For tests of what is shown while a task runs.
options: {}
"""

import json
import os

from ansible.plugins.callback import CallbackBase
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._progress import ticker


class CallbackModule(CallbackBase):  # type: ignore[misc]
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "quick_progress"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        ticker.PACE = ticker.Pace(**json.loads(os.environ["PROGRESS_PACE"]))
