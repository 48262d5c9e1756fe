# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether an HTTP API key works: one ``stat`` on the Usage API, signed with it. The only place where both APIs meet."""

from __future__ import annotations

from .._edgegrid.api_settings import ApiSettings
from .._model.errors import AuthRefused
from .._usage_api.client import Client
from .._usage_api.client_config import ClientConfig


def works(at: ClientConfig, path: str) -> bool:
    """Whether the service accepts a key. What stands at the path, if anything, does not matter.

    Raises:
        NetStorageError: nobody can say, as the service was not reached, or failed.
    """
    try:
        with Client(at) as client:
            client.stat(path.encode())
    except AuthRefused:
        return False
    return True


def proof_config(settings: ApiSettings, host: str, protocol: str, account: str, key: str) -> ClientConfig:
    """The account at its host, reached as the API is. BadOptions."""
    return ClientConfig(
        host=host,
        account=account,
        key=key,
        protocol="http" if protocol == "http" else "https",
        validate_certs=settings.validate_certs,
        ca_path=settings.ca_path,
        use_proxy=settings.use_proxy,
        idle_timeout=settings.idle_timeout,
        max_retries=settings.max_retries,
    )
