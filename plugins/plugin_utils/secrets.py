# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Secrets that this side knows, registered with Ansible: from ansible-core 2.22 on it masks them in all that it shows.

A module's come with its result. What a lookup or an action reads from variables or the environment is told here.
"""

from __future__ import annotations

import typing as t

try:
    from ansible.module_utils.secrets import register_secrets
except ImportError:  # before ansible-core 2.22

    def register_secrets(_values: t.Iterable[str], /) -> None:
        """There is nobody to tell."""


def told_to_ansible(secrets: list[str]) -> list[str]:
    """The same secrets without empty ones, after Ansible has been told of them."""
    known = [secret for secret in secrets if secret]
    register_secrets(known)
    return known
