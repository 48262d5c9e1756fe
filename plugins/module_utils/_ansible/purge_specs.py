# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible alone has to know of the options of ns_purge; as ``specs.py``, which the other modules need without this."""

from __future__ import annotations

from .._edgegrid.api_settings import ApiSettings
from .._purge.options import PurgeOptions
from .specs import Spec, from_environment

_PATH: Spec = {"type": "path"}
_SECRET: Spec = {"no_log": True}
BESIDE: dict[type, Spec] = {
    ApiSettings: {
        "client_token": _SECRET,
        "access_token": _SECRET,
        "client_secret": _SECRET,
        "account_switch_key": {"no_log": False},  # it names an account, as the address bar of Control Center does
        "edgerc": from_environment("AKAMAI_EDGERC", **_PATH),
        "section": from_environment("AKAMAI_EDGERC_SECTION"),
        "api_protocol": from_environment("NETSTORAGE_API_PROTOCOL"),
        "ca_path": from_environment("NETSTORAGE_CA_PATH", **_PATH),
    },
    PurgeOptions: {"urls_file": _PATH, "changed_paths_file": _PATH, "pending_file": _PATH},
}
