# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Where to talk to and as whom, checked before the first packet."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .._http.endpoint import Endpoint
from .._model.errors import BadOptions

_ACCOUNT = re.compile(r"[!-+\--~]+\Z")  # visible ASCII without the comma: the header separates its fields by commas
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SURROGATE = re.compile("[\ud800-\udfff]")  # what Python makes of undecodable bytes of the environment
_AGENT = "edgeops.netstorage"


@dataclasses.dataclass(frozen=True)
class Connection:
    """One upload account at one host.

    host            ``name`` or ``name:port``, nothing else
    account         the upload account's id
    key             its HTTP API key; the only secret, in no representation of this object
    protocol        ``https`` or ``http``
    validate_certs  False accepts any certificate
    ca_path         a file or a directory of certificates to trust instead of the usual ones
    idle_timeout    seconds without a byte sent or received; also from the first byte of a head to its end, and from there to the
                    end of the answer to a change. No total for bodies that are read or sent
    max_retries     how often a request may be repeated after its first try
    use_proxy       whether the proxies of the environment are used
    connections     how many connections are kept open at most
    max_requests_per_second  how many requests may start in a second, None for any number
    max_bandwidth   bytes of bodies per second, sent and received together, None for any number
    settle          seconds for which the service takes a signature, and so may carry out a request whose answer was lost
    """

    host: str
    account: str
    key: str = dataclasses.field(repr=False)
    protocol: str = "https"
    validate_certs: bool = True
    ca_path: str | None = None
    idle_timeout: float = 60.0
    max_retries: int = 5
    use_proxy: bool = True
    connections: int = 16
    max_requests_per_second: float | None = None
    max_bandwidth: int | None = None
    settle: float = 60.0

    @property
    def endpoint(self) -> Endpoint:
        """What of it has to do with HTTP alone."""
        names = [field.name for field in dataclasses.fields(Endpoint) if field.name != "user_agent"]
        return Endpoint(**{name: getattr(self, name) for name in names}, user_agent=_AGENT)


def check(connection: Connection) -> None:
    """Raises BadOptions for what can be known to be wrong without a packet. Never shows the key."""
    for wrong, message, hint in _problems(connection):
        if wrong:
            raise BadOptions(message, hint=hint)


def _problems(connection: Connection) -> t.Iterator[tuple[bool, str, str]]:
    yield from connection.endpoint.problems()
    yield (
        _ACCOUNT.match(connection.account) is None,
        f"account is {connection.account!r}, which is no upload account id",
        "It is the Id of the upload account in Akamai Control Center: ASCII without blanks and commas.",
    )
    yield from _problems_of_key(connection.key)
    yield connection.max_retries < 0, "max_retries must not be negative", ""
    rate, bandwidth = connection.max_requests_per_second, connection.max_bandwidth
    yield rate is not None and not 0 < rate < float("inf"), "max_requests_per_second is not a number above 0", ""
    yield bandwidth is not None and bandwidth < 1, "max_bandwidth is not a number of bytes above 0", ""
    yield not 0 <= connection.settle <= 3600, "settle is not between 0 and 3,600 seconds (an hour)", ""


def _problems_of_key(key: str) -> t.Iterator[tuple[bool, str, str]]:
    yield not key, "key is empty", "It is the HTTP API key of the upload account."
    yield (
        _SURROGATE.search(key) is not None,
        "key has bytes in it that are no text",
        "Bytes that are not UTF-8 are no HTTP API key. Was a file with another encoding read?",
    )
    yield (
        key != key.strip() or _CONTROL.search(key) is not None,
        "key begins or ends with a blank, or has a line break or another control character in it",
        "That is usually an accident of copying or of a file's last line; remove it.",
    )
