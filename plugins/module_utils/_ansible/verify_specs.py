# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible alone has to know of the options of ns_verify_edge; as ``specs.py``."""

from __future__ import annotations

from .._edge.verify_options import VerifyOptions, secrets_in
from .specs import Spec

_PATH: Spec = {"type": "path"}
_TEXT: Spec = {"type": "str"}
_EXPECTATION: Spec = {
    "url": {"type": "str", "required": True},
    "sha256": _TEXT,
    "md5": _TEXT,
    "size": {"type": "int"},
    "absent": {"type": "bool", "default": False},
    "status": {"type": "int"},
    "headers": {"type": "dict"},
}
BESIDE: dict[type, Spec] = {
    VerifyOptions: {"plan_file": _PATH, "ca_path": _PATH, "headers": {"no_log": True}, "expect": {"options": _EXPECTATION}},
}
TOLD_APART = {"headers": secrets_in}
