# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The credentials of one API client."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .._model.errors import BadOptions

SHORTEST = 16  # characters of a secret or a token: they are masked wherever they occur
LARGEST_HASHED_BODY = 131_072  # bytes of a body that are signed, unless .edgerc says otherwise

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"(?:\[[0-9A-Fa-f:.]+\]|{_LABEL}(?:\.{_LABEL})*)(?::(?P<port>[0-9]{{1,5}}))?\Z")
_SECRET = re.compile(r"[!-~]+\Z")
_TOKEN = re.compile(r"[!-:<-~]+\Z")  # without the semicolon, which separates the fields of the header
_COPIED = "That is usually an accident of copying."


@dataclasses.dataclass(frozen=True)
class Credentials:
    """What Akamai Control Center shows once for an API client. The constructor raises BadOptions, which shows no secret.

    host                the host of this client's APIs, akab-….luna.akamaiapis.net
    client_secret       signs; the tokens name the client. None of them is in a representation of this object
    account_switch_key  the account to work on instead of the client's own, or None
    max_body            bytes of a body that are part of the signature
    headers_to_sign     names of header fields that are part of the signature, in this order
    """

    host: str
    client_token: str = dataclasses.field(repr=False)
    access_token: str = dataclasses.field(repr=False)
    client_secret: str = dataclasses.field(repr=False)
    account_switch_key: t.Optional[str] = None
    max_body: int = LARGEST_HASHED_BODY
    headers_to_sign: t.Sequence[str] = ()

    def __post_init__(self) -> None:
        for name, pattern in (("client_token", _TOKEN), ("access_token", _TOKEN), ("client_secret", _SECRET)):
            value: str = getattr(self, name)
            if len(value) < SHORTEST:
                raise BadOptions(f"{name} is shorter than {SHORTEST} characters", hint=f"Is it complete? {_COPIED}")
            if pattern.match(value) is None:
                raise BadOptions(f"{name} has a blank or another character in it that cannot be part of it", hint=_COPIED)
            if value in self.host:
                raise BadOptions(f"{name} is part of api_host", hint="Has an option got the wrong value?")
        match = _HOST.match(self.host)
        if match is None:
            hint = "Write only the name, such as akab-….luna.akamaiapis.net, without a path. It stands beside the tokens."
            raise BadOptions(f"api_host is {self.host!r}, which is not a host name", hint=hint)
        if match.group("port") is not None and not 0 < int(match.group("port")) < 65536:
            raise BadOptions(f"api_host has port {match.group('port')}, which does not exist")

    @property
    def secrets(self) -> list[str]:
        """What is masked wherever the collection writes."""
        return [self.client_secret, self.client_token, self.access_token]
