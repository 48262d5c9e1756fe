# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible knows of a module beside its options."""

from __future__ import annotations


class ModuleDocFragment:
    """All modules extend C(edgeops.netstorage.attributes), and one group each for their action group and idempotence."""

    DOCUMENTATION = r"""
attributes:
  async:
    support: full
    description: Supports being used with the C(async) keyword.
  platform:
    support: full
    platforms: posix
    description: The platforms the module runs on.
"""

    USAGE = r"""
attributes:
  action_group:
    support: full
    membership:
      - edgeops.netstorage.usage
      - edgeops.netstorage.all
    description: Use C(group/edgeops.netstorage.all) in C(module_defaults) to set the connection once for all modules.
"""

    CONFIG = r"""
attributes:
  action_group:
    support: full
    membership:
      - edgeops.netstorage.config
    description: Use C(group/edgeops.netstorage.config) in C(module_defaults) to set the API client once for all modules.
"""

    IDEMPOTENT = r"""
attributes:
  idempotent:
    support: full
    description: A second run with the same options changes nothing, as long as nothing else has changed anything.
"""

    READING = r"""
attributes:
  idempotent:
    support: full
    description: It only reads, and never reports a change.
"""

    NOT_IDEMPOTENT = r"""
attributes:
  idempotent:
    support: none
    description: Each run does what it says once more, so run it when something has changed.
"""
