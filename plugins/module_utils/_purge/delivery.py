# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The URLs of paths on NetStorage: which host delivers which directory. Pure."""

from __future__ import annotations

import re
import typing as t
from urllib.parse import quote_from_bytes

from .._model.errors import BadOptions
from .._model.paths import basename, cp_code, encoded, parent
from .._review.changed_paths import RAW

_DELIVERY = re.compile(r"(?:(https?)://)?([A-Za-z0-9._-]+(?::[0-9]+)?)(/[!-~]*)?\Z")


class Delivery(t.NamedTuple):
    """The host that visitors ask, and what it shows.

    prefix   scheme, host and, where it has one, the directory of the URLs, without a slash at the end
    base     the directory of NetStorage that lies behind it
    indices  names that are also delivered as their directory
    """

    prefix: str
    base: bytes
    indices: t.AbstractSet[bytes]

    def urls(self, path: bytes) -> list[str]:
        """Of a path that lies within the base."""
        name = path[len(self.base) :]
        found = [self._url(name)]
        if basename(name) in self.indices:
            found.append(self._url(parent(name) + b"/"))
        return found

    def _url(self, name: bytes) -> str:
        return self.prefix + (quote_from_bytes(name, safe=RAW) or "/")


def refuse_missing_delivery(file: str, is_set: bool, url: str | None, base: str | None) -> None:
    """Raises BadOptions where a file of paths comes without ``url`` or ``base``, or one of them without the file."""
    for name, value in (("url", url), ("base", base)):
        if (value is None) == is_set:
            hint = "url is the host that visitors ask, base the directory of NetStorage that it shows."
            raise BadOptions(f"{file} and {name} belong together, and one of them is missing", hint=hint)


def delivery_of(url: str, base: str, index: t.Sequence[str]) -> Delivery:
    """What the options say. Raises BadOptions."""
    match = _DELIVERY.match(url)
    if match is None:
        hint = "Write the host that visitors ask, such as www.example.com, in ASCII (xn--…), or https://www.example.com/shop."
        raise BadOptions(f"{url!r} is not a delivery host name.", hint=hint)
    scheme, host, folder = match.groups()
    if cp_code(encoded(base)) is None:
        hint = "Write the directory that the delivery host name shows, such as /123456/www; its files are the files of the host."
        raise BadOptions(f"base is {base!r} and does not begin with a CP code.", hint=hint)
    prefix = f"{scheme or 'https'}://{host.lower()}{(folder or '').rstrip('/')}"
    return Delivery(prefix, encoded(base.rstrip("/")), {encoded(name) for name in index})
