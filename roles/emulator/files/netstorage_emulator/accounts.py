# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Upload accounts: the key, the CP codes an account may use, and the sub-directories it may be limited to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from .keys import Location, directory_key


class BadLimit(ValueError):
    """A sub-directory that an account cannot be limited to."""


@dataclass(frozen=True, slots=True)
class Account:
    """One upload account. ``restrict`` holds directory keys; when empty, the whole CP codes are open.

    One that is ``read_only`` is refused all that changes something.
    """

    name: bytes
    key: bytes
    cp_codes: frozenset[bytes]
    restrict: tuple[bytes, ...] = ()
    read_only: bool = False

    def __repr__(self) -> str:
        return f"Account({self.name!r})"

    def may_use(self, location: Location) -> bool:
        """Whether a path lies where the account may work (user guide GUID-B017DDBE: "limited to subdirectories")."""
        if location.cp_code not in self.cp_codes:
            return False
        return not self.restrict or self._inside(location.key)

    def _inside(self, key: bytes) -> bool:
        wanted = directory_key(key)
        return any(wanted.startswith(limit) for limit in self.restrict)

    def limited_to(self, prefixes: Iterable[str]) -> Account:
        """The same account limited to these sub-directories; to none for its whole CP codes."""
        limits = tuple(directory_key(prefix.removeprefix("/").encode("utf-8", "surrogateescape")) for prefix in prefixes)
        if any(limit.partition(b"/")[0] not in self.cp_codes for limit in limits):
            raise BadLimit(f"a limit of account {self.name.decode()} begins with one of its CP codes, such as /123456/site")
        return replace(self, restrict=limits)
