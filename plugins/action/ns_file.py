# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_file on the controller."""

from __future__ import annotations

from ansible_collections.edgeops.netstorage.plugins.plugin_utils._file_action import FileAction


class ActionModule(FileAction):
    """Finds or spools the source, and ships it where it is needed."""
