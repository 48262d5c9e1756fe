# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Configuration of a client: endpoint, account and limits, checked before the first request."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .._http.endpoint import Endpoint, Host, HttpSettings
from .._model.errors import BadOptions
from .._model.surrogates import SURROGATE

SHORTEST_KEY = 16  # characters
_ACCOUNT = re.compile(r"[!-+\--~]+\Z")  # visible ASCII without the comma: the header separates its fields by commas
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_AGENT = "edgeops.netstorage"


@dataclasses.dataclass(frozen=True)
class Account(Host):
    """One upload account at one host.

    account  its id
    key      its HTTP API key; the only secret, in no representation of this object
    """

    account: str
    key: str = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True)
class ClientSettings(HttpSettings, Account):
    """The options of a client.

    max_retries     how often a request may be repeated after its first try
    max_requests_per_second  how many requests may start in a second, None for any number
    max_bandwidth   bytes of bodies per second, sent and received together, None for any number
    settle          seconds for which the service takes a signature, and so may carry out a request whose response was lost; 0
                    trusts the service
    """

    max_retries: int = 5
    max_requests_per_second: t.Optional[float] = None
    max_bandwidth: t.Optional[int] = None
    settle: float = 60.0


@dataclasses.dataclass(frozen=True)
class ClientConfig(ClientSettings):
    """The configuration of a client. The constructor checks all that can be checked without a request and raises BadOptions,
    which never shows the key.

    connections  how many connections are kept open at most
    """

    connections: int = Endpoint.connections

    def __post_init__(self) -> None:
        for wrong, message, hint in self._problems():
            if wrong:
                raise BadOptions(message, hint=hint)

    @property
    def endpoint(self) -> Endpoint:
        """The part of it that HTTP needs."""
        names = [field.name for field in dataclasses.fields(Endpoint) if hasattr(self, field.name)]
        return Endpoint(**{name: getattr(self, name) for name in names}, user_agent=_AGENT)

    def refuse_key_in(self, name: str, text: str) -> None:
        """Raises BadOptions where the key is part of the option ``name``."""
        if self.key in text:
            raise BadOptions(f"The key is part of {name}", hint="Ansible would mask it there. Has an option got the wrong value?")

    def _problems(self) -> t.Iterator[tuple[bool, str, str]]:
        for name in ("account", "key"):
            yield not getattr(self, name), f"{name} is empty", f"Set {name}, or NETSTORAGE_{name.upper()} where the module runs."
        yield from self._problems_of_key()
        yield from self.endpoint.problems()
        yield (
            _ACCOUNT.match(self.account) is None,
            f"account is {self.account!r}, which is not an upload account id",
            "It is the Id of the upload account in Akamai Control Center: ASCII without blanks and commas.",
        )
        yield not 0 <= self.max_retries <= 100, "max_retries is not between 0 and 100", ""
        rate, bandwidth = self.max_requests_per_second, self.max_bandwidth
        yield (
            rate is not None and not 0.001 <= rate <= 1_000_000,
            "max_requests_per_second is not between 0.001 and 1,000,000",
            "Leave it out for no cap.",
        )
        yield bandwidth is not None and bandwidth < 1, "max_bandwidth is not a number of bytes above 0", ""
        yield not 0 <= self.settle <= 3600, "settle is not between 0 and 3,600 seconds (an hour)", ""

    def _problems_of_key(self) -> t.Iterator[tuple[bool, str, str]]:
        yield (
            len(self.key) < SHORTEST_KEY,
            f"key is shorter than {SHORTEST_KEY} characters",
            "Ansible masks the key wherever it occurs, so a short one would garble results. Is it the HTTP API key?",
        )
        self.refuse_key_in("host", self.host)
        self.refuse_key_in("account", self.account)
        yield (
            SURROGATE.search(self.key) is not None,
            "key has bytes in it that are not text",
            "An HTTP API key is UTF-8 text. Was a file with another encoding read?",
        )
        yield (
            self.key != self.key.strip() or _CONTROL.search(self.key) is not None,
            "key begins or ends with a blank, or has a line break or another control character in it",
            "That is usually an accident of copying or of a file's last line; remove it.",
        )
