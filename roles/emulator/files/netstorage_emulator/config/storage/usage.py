# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the Usage API knows of provisioned upload accounts: what had come to the network by now."""

from __future__ import annotations

from collections.abc import Sequence

from ...accounts import Account
from ...keys import directory_key
from .contract import Contract, UploadAccount
from .lagging import Lagging

Access = tuple[Account, ...]


class Usage:
    """For each name that was ever an account its accounts there, one for each key; None until the network has heard of it."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._access: dict[str, Lagging[Access | None]] = {}

    def settle(self) -> None:
        """Something may have changed."""
        for name in {*self._contract.accounts, *self._access}:
            account = self._contract.accounts.get(name)
            access = () if account is None else self._of(account)
            known = self._access.setdefault(name, Lagging(self._contract.network, None))
            if known.latest != access:
                known.change(access)

    def forget(self) -> None:
        """All accounts, at once."""
        self._access.clear()

    def accounts(self, name: bytes) -> Sequence[Account] | None:
        access = self._access.get(name.decode("latin-1"))
        if access is None:
            return None
        known = access.known()
        if known and self._contract.knobs.key_disable == "at_once":
            keys = {account.key for account in access.latest or ()}
            return [account for account in known if account.key in keys]
        return known

    def _of(self, account: UploadAccount) -> Access:
        group = self._contract.groups.get(account.group)
        if group is None or group.is_gone or not account.is_active:
            return ()
        config = account.settings["accessConfig"]
        limits = {entry["cpcodeId"]: entry.get("subDirectoryRestrictions") or [] for entry in config.get("cpcodes", [])}
        if not limits and self._contract.knobs.account_no_cpcodes == "all":
            limits = {code: [] for code in group.directories}
        limits = {code: limit for code, limit in limits.items() if code in group.directories}
        opened = [path for code, limit in limits.items() for path in (limit or [f"/{code}"])] if any(limits.values()) else []
        restrict = tuple(directory_key(path.removeprefix("/").encode("utf-8", "surrogatepass")) for path in opened)
        codes = frozenset(str(code).encode() for code in limits)
        is_read_only = config.get("hasReadOnlyAccess", False)
        return tuple(Account(account.name.encode(), key.secret.encode(), codes, restrict, is_read_only)
                     for key in account.keys["g2o"] if key.is_active)
