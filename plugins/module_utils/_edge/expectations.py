# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What edges are expected to serve under a URL. Pure."""

from __future__ import annotations

import re
import typing as t

from .._model.errors import BadOptions
from .._purge.objects import checked_url

_HEX = {"md5": re.compile(r"[0-9a-f]{32}\Z"), "sha256": re.compile(r"[0-9a-f]{64}\Z")}
_PARTS = re.compile(r"(https?)://([^/?]+)(.*)\Z", re.IGNORECASE | re.DOTALL)
_PAGE = re.compile(r"(?:/|\.html?)\Z", re.IGNORECASE)
_DIGITS = 12  # of a digest, as in diffs
OK = 200
GONE = (404, 403, 410)
"""What is answered where there is nothing, or nothing that visitors may see."""


class Address(t.NamedTuple):
    """A URL, taken apart: protocol, host with its port, and what is asked for."""

    protocol: str
    host: str
    target: str


class Expectation(t.NamedTuple):
    """What a URL is to serve.

    md5, sha256  of the content, lower-case hex; None where they do not matter
    headers      that the response is to have, with these values
    is_entry     whether visitors come in there, so that it is looked at first
    """

    url: str
    md5: str | None = None
    sha256: str | None = None
    size: int | None = None
    is_absent: bool = False
    status: int = OK
    headers: tuple[tuple[str, str], ...] = ()
    is_entry: bool = False

    @property
    def digest(self) -> tuple[str, str] | None:
        """The algorithm and the digest of the content; the stronger one of two."""
        if self.sha256 is not None:
            return "sha256", self.sha256
        return None if self.md5 is None else ("md5", self.md5)

    @property
    def asks_for_content(self) -> bool:
        return self.digest is not None or self.size is not None

    @property
    def is_page(self) -> bool:
        return is_page(self.url)

    @property
    def address(self) -> Address:
        protocol, host, target = t.cast("re.Match[str]", _PARTS.match(self.url)).groups()
        return Address(protocol.lower(), host.lower(), target if target.startswith("/") else f"/{target}")

    def told(self) -> str:
        """For people: ``sha256 9d4e1f…``."""
        if self.is_absent:
            return "absent"
        if self.digest is not None:
            return told_digest(*self.digest)
        return f"{self.size} bytes" if self.size is not None else f"status {self.status}"


def is_page(url: str) -> bool:
    """Whether it is HTML by its name."""
    return _PAGE.search(url.partition("?")[0]) is not None


def told_digest(algorithm: str, digest: str) -> str:
    return f"{algorithm} {digest[:_DIGITS]}…"


def served(urls: t.Sequence[str]) -> list[Expectation]:
    """The URLs are expected to be there, whatever they serve. Raises BadOptions."""
    found = [checked_url(url, f"urls, element {number}") for number, url in enumerate(urls, 1)]
    return [Expectation(url, is_entry=is_page(url)) for url in dict.fromkeys(found)]


def expected(given: t.Sequence[t.Mapping[str, t.Any]]) -> list[Expectation]:
    """The option ``expect``. Raises BadOptions."""
    return [_read(one, f"expect, element {number}") for number, one in enumerate(given, 1)]


def _read(given: t.Mapping[str, t.Any], where: str) -> Expectation:
    url = checked_url(given["url"], where)
    digests = {name: _digest(given, name, where) for name in _HEX}
    size, status, is_absent = given.get("size"), given.get("status"), bool(given.get("absent"))
    if size is not None and size < 0:
        raise BadOptions(f"{where}: size is below 0")
    if status is not None and not 200 <= status <= 599:
        raise BadOptions(f"{where}: status is {status}, and not between 200 and 599")
    headers = tuple((str(name), str(value)) for name, value in (given.get("headers") or {}).items())
    if is_absent and (any(digests.values()) or size is not None or status is not None or headers):
        told = " or ".join(map(str, GONE))
        raise BadOptions(f"{where}: absent is not set beside others", hint=f"It is met by {told}; leave it out for one status.")
    return Expectation(url, digests["md5"], digests["sha256"], size, is_absent, status or OK, headers, is_page(url))


def _digest(given: t.Mapping[str, t.Any], name: str, where: str) -> str | None:
    if given.get(name) is None:
        return None
    digest = str(given[name]).lower()
    if _HEX[name].match(digest) is None:
        raise BadOptions(f"{where}: {name} is {digest[:80]!r}, which is none", hint="It is hexadecimal.")
    return digest
