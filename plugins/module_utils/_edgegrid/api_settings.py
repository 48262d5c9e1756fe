# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of a client of Akamai's APIs, checked before the first request."""

from __future__ import annotations

import dataclasses
import os
import typing as t

from .._model.errors import BadOptions


@dataclasses.dataclass(frozen=True)
class ApiSettings:
    """Where the API is, who asks, and how patient the client is. The constructor raises BadOptions.

    api_host … client_secret  the credentials, all four or none: then the environment has them, or the file ``edgerc``
    edgerc, section  a file with credentials on this machine, and which of them
    account_switch_key  the account to work on instead of the client's own
    api_protocol     ``https`` or ``http``; it is part of the signature
    validate_certs … max_retries  as for NetStorage itself
    """

    api_host: t.Optional[str] = None
    client_token: t.Optional[str] = dataclasses.field(default=None, repr=False)
    access_token: t.Optional[str] = dataclasses.field(default=None, repr=False)
    client_secret: t.Optional[str] = dataclasses.field(default=None, repr=False)
    edgerc: t.Optional[str] = None
    section: t.Optional[str] = None
    account_switch_key: t.Optional[str] = None
    api_protocol: t.Literal["https", "http"] = "https"
    validate_certs: bool = True
    ca_path: t.Optional[str] = None
    use_proxy: bool = True
    idle_timeout: float = 60.0
    max_retries: int = 5

    def __post_init__(self) -> None:
        if not 0 < self.idle_timeout <= 86_400:
            raise BadOptions("idle_timeout is not between 0 and 86,400 seconds (a day)")
        if not 0 <= self.max_retries <= 100:
            raise BadOptions("max_retries is not between 0 and 100")
        if self.ca_path is not None and not os.path.exists(self.ca_path):
            hint = "It is read on the machine where the module runs."
            raise BadOptions(f"ca_path is {self.ca_path!r}, which does not exist", hint=hint)
