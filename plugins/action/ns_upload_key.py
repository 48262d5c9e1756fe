# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_upload_key on the controller."""

from __future__ import annotations

import typing as t

from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.configuring import UPLOAD_KEY
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._module_action import ModuleAction


class ActionModule(ModuleAction):
    command = UPLOAD_KEY

    def carry_out(self) -> dict[str, t.Any]:
        """A new key is told only to a task whose result Ansible keeps to itself."""
        return self.call({"_no_log": bool(self._task.no_log)})
