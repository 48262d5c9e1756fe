# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Registers secrets of the controller with Ansible: from ansible-core 2.22 on it masks them in all that it displays.

Lookups and actions call this with the key that they read from options, variables or the environment. A module masks its own
result and reports no secret to the controller (module_utils/_ansible/module.py).
"""

from __future__ import annotations

import typing as t

try:
    from ansible.module_utils.secrets import register_secrets
except ImportError:  # before ansible-core 2.22

    def register_secrets(_values: t.Iterable[str], /) -> None:
        """Older versions of Ansible do not register secrets."""


def registered(secrets: list[str]) -> list[str]:
    """Register the secrets with Ansible; return them without empty ones."""
    known = [secret for secret in secrets if secret]
    register_secrets(known)
    return known
