# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of ns_verify_edge. ``_ansible/verifying.py`` makes the argument spec of them, as of ``_tasks/options.py``."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .._http.endpoint import Endpoint
from .._model.errors import BadOptions
from .._model.masking import SHORTEST
from .._model.surrogates import refuse_halves
from .._purge.delivery import refuse_missing_delivery

SOURCES = ("urls", "expect", "plan_file")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_VALUE = re.compile(r"[!-~](?:[\t -~]*[!-~])?\Z")
_OWN = {"user-agent": "Use user_agent.", "host": "Use connect_to to ask another address for the same host."}
_FRAMING = frozenset({
    "connection", "content-length", "expect", "keep-alive", "range", "te", "trailer", "transfer-encoding", "upgrade",
})  # fmt: skip
_CODING = "accept-encoding"
_NO_SECRETS = ("accept", "cache-control", "pragma")


def secrets_in(headers: t.Optional[t.Mapping[str, t.Any]]) -> list[str]:
    """What may be a secret of the option ``headers``: whole values, and words of them. Not what is too short to be one."""
    found: list[str] = []
    for name, value in (headers or {}).items():
        if not str(name).lower().startswith(_NO_SECRETS):
            found += [str(value), *re.split(r"[\s;,=]+", str(value))]
    return [one for one in found if len(one) >= SHORTEST]


@dataclasses.dataclass(frozen=True)
class VerifyOptions:
    """ns_verify_edge. The constructor raises BadOptions.

    urls, expect, plan_file  what is looked at: one of these (``SOURCES``)
    url, base, index, outside  how the paths of ``plan_file`` become URLs
    sample      how many URLs are looked at, 0 for all
    within      seconds for which what is not right yet is looked at again
    connect_to  where to connect to instead of the hosts of the URLs
    headers     of the requests; they may hold tokens, so they are in no message and no representation
    """

    urls: t.Optional[t.Sequence[str]] = None
    expect: t.Optional[t.Sequence[dict[str, t.Any]]] = None
    plan_file: t.Optional[str] = None
    url: t.Optional[str] = None
    base: t.Optional[str] = None
    index: t.Sequence[str] = ("index.html",)
    outside: t.Literal["fail", "skip"] = "fail"
    compare: t.Literal["content", "etag"] = "content"
    sample: int = 50
    within: float = 120.0
    connect_to: t.Optional[str] = None
    headers: t.Optional[dict[str, t.Any]] = dataclasses.field(default=None, repr=False)
    user_agent: str = "edgeops.netstorage"
    validate_certs: bool = True
    ca_path: t.Optional[str] = None
    use_proxy: bool = True
    idle_timeout: float = 60.0
    parallel: int = 8

    def __post_init__(self) -> None:
        refuse_halves(vars(self))
        given = [name for name in SOURCES if getattr(self, name) is not None]
        if len(given) != 1:
            told = f"Of {', '.join(SOURCES)} {' and '.join(given) or 'none'} {'are' if len(given) > 1 else 'is'} set"
            raise BadOptions(told, hint="Set one of them. An empty list is fine: then nothing is looked at.")
        refuse_missing_delivery("plan_file", given[0] == "plan_file", self.url, self.base)
        for wrong, message, hint in (*self._problems(), *self._problems_of_headers(), *self._problems_of_connection()):
            if wrong:
                raise BadOptions(message, hint=hint)

    def endpoint(self, protocol: str, host: str) -> Endpoint:
        """How the edges of a host are reached."""
        return Endpoint(
            host,
            protocol="https" if protocol == "https" else "http",
            validate_certs=self.validate_certs,
            ca_path=self.ca_path,
            idle_timeout=self.idle_timeout,
            use_proxy=self.use_proxy,
            connections=self.parallel,
            user_agent=self.user_agent,
            accept_encoding=next((value for name, value in self._named_headers() if name.lower() == _CODING), "identity"),
            connect_to=self.connect_to,
        )

    def sent_headers(self) -> dict[str, str]:
        """Those beside the fields that a connection sends by itself."""
        return {name: value for name, value in self._named_headers() if name.lower() != _CODING}

    def _named_headers(self) -> list[tuple[str, str]]:
        return [(str(name), str(value)) for name, value in (self.headers or {}).items()]

    def _problems(self) -> t.Iterator[tuple[bool, str, str]]:
        yield self.sample < 0, "sample is below 0", "0 looks at all URLs."
        yield not 0 <= self.within <= 86_400, "within is not between 0 and 86,400 seconds (a day)", ""
        yield not 1 <= self.parallel <= 256, "parallel is not between 1 and 256", ""
        yield _VALUE.match(self.user_agent) is None, "user_agent is empty or has characters that no header has", ""

    def _problems_of_connection(self) -> t.Iterator[tuple[bool, str, str]]:
        yield from self.endpoint("https", "www.example.com").problems()
        hint = "Write an address or a name, and :port where needed."
        for wrong, message, _hint in self.endpoint("https", self.connect_to or "www.example.com").problems():
            yield wrong, message.replace("host ", "connect_to ", 1), hint

    def _problems_of_headers(self) -> t.Iterator[tuple[bool, str, str]]:
        """Without their values."""
        seen: set[str] = set()
        for name, value in (self.headers or {}).items():
            low = str(name).lower()
            yield low in seen, f"headers has {str(name)[:100]!r} twice", ""
            seen.add(low)
            yield _NAME.match(str(name)) is None, f"headers: {str(name)[:100]!r} is no name of a header", ""
            yield low in _OWN, f"headers: {name} is not set there", _OWN.get(low, "")
            is_framing = low in _FRAMING or low.startswith(("if-", "proxy-"))
            yield is_framing, f"headers: {name} changes what a response is, and cannot be set", ""
            is_plain = isinstance(value, (str, int)) and not isinstance(value, bool)
            wrong = not is_plain or _VALUE.match(str(value)) is None
            yield wrong, f"headers: the value of {name} is empty, no text, or has characters that no header has", "Quote it."
