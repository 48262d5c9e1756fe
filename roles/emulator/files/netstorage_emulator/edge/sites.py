# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which host name delivers which directory, and under which delivery CP codes and cache tags it is purged."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_NAME = re.compile(r"[a-z0-9_.-]+\Z").match
_DIRECTORY = re.compile(r"/[0-9]+(/.*)?\Z", re.DOTALL).match
_TAG = re.compile(r"[!-~]{1,128}\Z").match


class BadSite(ValueError):
    """A host name, or what belongs to it, that cannot be understood."""


@dataclass(frozen=True, slots=True)
class Site:
    """One host name. ``directory`` is a key without a slash at its end, ``index`` what a URL that ends in a slash delivers."""

    host: str
    directory: bytes
    index: bytes = b"index.html"
    cp_codes: frozenset[int] = frozenset()
    tags: frozenset[str] = frozenset()


def described(hosts: Sequence[tuple[str, str]], cp_codes: Sequence[tuple[str, str]] = (), tags: Sequence[tuple[str, str]] = (),
              index: str = "index.html") -> Mapping[str, Site]:
    """Sites by their names, from the command line: ``NAME=/123456/www``, ``NAME=654321``, ``NAME=tag``. Raises BadSite."""
    found: dict[str, Site] = {}
    for name, directory in hosts:
        host = name.lower()
        if not _NAME(host) or not _DIRECTORY(directory):
            raise BadSite(f"a host of the edge is NAME=/CPCODE/DIRECTORY, without a port, not {name}={directory}")
        if host in found:
            raise BadSite(f"the host {host} is given twice")
        found[host] = Site(host, directory.strip("/").encode("utf-8", "surrogateescape"), index.encode())
    for name, _value in (*cp_codes, *tags):
        if name.lower() not in found:
            raise BadSite(f"there is no --edge-host {name}")
    numbers, words = _together(cp_codes), _together(tags)
    wrong = [value for values in numbers.values() for value in values if not (value.isdecimal() and value.isascii())]
    wrong += [value for values in words.values() for value in values if not _TAG(value)]
    if wrong:
        raise BadSite(f"{wrong[0]!r} is no CP code, which is a number, or no cache tag, which has no blanks")
    return {host: Site(host, site.directory, site.index, frozenset(map(int, numbers.get(host, ()))),
                       frozenset(words.get(host, ()))) for host, site in found.items()}


def _together(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name.lower(), []).append(value)
    return found
