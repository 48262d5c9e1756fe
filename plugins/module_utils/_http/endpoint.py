# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTP server to connect to, and the timeouts."""

from __future__ import annotations

import dataclasses
import os
import re
import typing as t

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME = rf"(?P<name>\[[0-9A-Fa-f:.]+\]|{_LABEL}(?:\.{_LABEL})*)"
_HOST = re.compile(_NAME + r"(?::(?P<port>[0-9]{1,5}))?\Z")
_PORTS = {"http": 80, "https": 443}


class EndpointError(Exception):
    """The endpoint, its proxy or its certificates are misconfigured, so that no request can succeed.

    hint  what to do about it
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


@dataclasses.dataclass(frozen=True)
class Host:
    """``name`` or ``name:port``, nothing else."""

    host: str


@dataclasses.dataclass(frozen=True)
class HttpSettings:
    """How to connect to a server. Classes of fields are combined so that fields without a default come first.

    protocol        ``https`` or ``http``
    validate_certs  False accepts any certificate
    ca_path         a file or a directory of certificates to trust instead of the usual ones
    idle_timeout    seconds without a byte sent or received; also from the first byte of a head to its end, and from there to the
                    end of the response to a change. No total for bodies that are read or sent
    use_proxy       whether the proxies of the environment are used
    """

    protocol: t.Literal["https", "http"] = "https"
    validate_certs: bool = True
    ca_path: t.Optional[str] = None
    idle_timeout: float = 60.0
    use_proxy: bool = True


@dataclasses.dataclass(frozen=True)
class Endpoint(HttpSettings, Host):
    """One HTTP server.

    connections     how many connections are kept open at most
    user_agent      the User-Agent of the requests
    accept_encoding  their Accept-Encoding
    connect_to      ``name`` or ``name:port`` of another server, or of another address of this one, to connect to instead: what is
                    asked for, and whose certificate is verified, is the host all the same
    """

    connections: int = 16
    user_agent: str = "python"
    accept_encoding: str = "identity"
    connect_to: t.Optional[str] = None

    @property
    def reached(self) -> Endpoint:
        """What is connected to."""
        if self.connect_to is None:
            return self
        match = _HOST.match(self.connect_to)
        has_port = match is not None and match.group("port") is not None
        return dataclasses.replace(self, host=self.connect_to if has_port else f"{self.connect_to}:{self.port}", connect_to=None)

    @property
    def connect_timeout(self) -> float:
        """Seconds that a connection may take to open. A server that is merely slow to respond still accepts it at once."""
        return min(self.idle_timeout, 15.0)

    @property
    def name(self) -> str:
        """The host's name without the port, IPv6 addresses without brackets."""
        match = _HOST.match(self.host)
        return match.group("name").strip("[]") if match else self.host

    @property
    def port(self) -> int:
        match = _HOST.match(self.host)
        port = match.group("port") if match else None
        return int(port) if port else _PORTS[self.protocol]

    @property
    def origin(self) -> str:
        """``https://name:port``, as an absolute request target begins and as a proxy is chosen for."""
        return f"{self.protocol}://{self.host}"

    def problems(self) -> t.Iterator[tuple[bool, str, str]]:
        """What can be checked without a connection: for each check whether it fails, the message, and a hint."""
        match = _HOST.match(self.host)
        port = match.group("port") if match else None
        yield (
            match is None,
            f"host is {self.host!r}, which is not a host name",
            "Write only the name, such as example-nsu.akamaihd.net, and :port where needed; no protocol and no path.",
        )
        yield (
            port is not None and not 0 < int(port) < 65536,
            f"host has port {port}, which does not exist",
            "Is this check mode? The role emulator has started nothing yet: skip the task unless emulator_running."
            if port == "0"
            else "",
        )
        yield self.protocol not in _PORTS, f"protocol is {self.protocol!r}, neither https nor http", ""
        yield not 0 < self.idle_timeout <= 86_400, "idle_timeout is not between 0 and 86,400 seconds (a day)", ""
        yield self.connections < 1, "at least one connection is needed", ""
        yield (
            self.ca_path is not None and not os.path.exists(self.ca_path),
            f"ca_path is {self.ca_path!r}, which does not exist",
            "It is read on the machine where the module runs.",
        )
