# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan for an upload account or its keys may not do; as ``guards.py``. Pure."""

from __future__ import annotations

import typing as t

from .._model.errors import BadOptions, GuardTripped
from .accounts import account_id_of, key_id_of, keys_of
from .groups import cp_code_rows, cp_codes_of, delivery_accounts, is_gone, name_of
from .members import Document


def is_key_of(account: Document, key: t.Optional[str]) -> bool:
    """Whether an account signs with a key."""
    return bool(key) and any(row.get("key") == key for row in keys_of(account, "g2o"))


def refuse_in_use(account: Document, key: t.Optional[str], is_allowed: bool, what: str) -> None:
    """A change of the account that the play deploys with. GuardTripped with the code ``in_use``.

    Args:
        key: the HTTP API key that the play deploys with, None where it is not known.
        is_allowed: whether the task says that access may be interrupted.
        what: is about to happen.
    """
    if not is_allowed and is_key_of(account, key):
        message = f"The play deploys with the upload account {account_id_of(account)}, and {what} may interrupt its access"
        hint = "Make a new account beside it and move over to that one, or set allow_interruption: true in a quiet hour."
        raise GuardTripped("in_use", message, hint=hint)


def refuse_delivery_account(account: str, groups: t.Sequence[Document], what: str) -> None:
    """To delete or switch off an account by which content is delivered. GuardTripped with the code ``delivery_key``."""
    cp_codes = delivery_accounts(group for group in groups if not is_gone(group)).get(account)
    if cp_codes:
        told = ", ".join(map(str, cp_codes[:10]))
        message = f"Edges sign with the upload account {account} for CP code {told}, so {what} would end their delivery"
        raise GuardTripped("delivery_key", message, hint="Have the delivery sign with another account first.")


def refuse_delivery_keys(account: str, going: t.Sequence[Document], groups: t.Sequence[Document], what: str) -> None:
    """To take away a key by which content is delivered, or may be. GuardTripped with the code ``delivery_key``.

    Args:
        going: HTTP API keys of the account.
    """
    for row in [row for group in groups if not is_gone(group) for row in cp_code_rows(group)]:
        signs = row.get("g2o")
        if not isinstance(signs, dict) or signs.get("user") != account:
            continue
        held = [key for key in going if not signs.get("key") or key.get("key") == signs["key"]]
        if held:
            message = (
                f"Edges sign with the HTTP API key {key_id_of(held[0])} of {account} for CP code {row.get('cpcodeId')}, and "
                f"{what} would end its delivery"
            )
            hint = "Have the delivery sign with another account: one key for both breaks both whenever it changes."
            raise GuardTripped("delivery_key", message, hint=hint)


def refuse_foreign_cp_codes(group: Document, wanted: t.Collection[int]) -> None:
    """CP codes that the account's storage group does not have. BadOptions."""
    odd = sorted(set(wanted) - set(cp_codes_of(group)))
    if odd:
        has = ", ".join(map(str, cp_codes_of(group))) or "none"
        message = f"cp_codes: {', '.join(map(str, odd))} is not in the storage group {name_of(group)}, which has {has}"
        raise BadOptions(message, hint="An account uses CP codes of its own storage group; ns_storage_group adds one.")


def refuse_last_key(account: str, kind: str, keys: t.Sequence[Document], going: str, is_allowed: bool) -> None:
    """To switch off or remove the only key of its type that works. GuardTripped with the code ``last_key``.

    Args:
        keys: all of that type.
        going: the identity of the one.
        is_allowed: whether the task says that access may be interrupted.
    """
    left = [key for key in keys if key_id_of(key) != going and key.get("isActive") is not False]
    if left or is_allowed:
        return
    message = f"{going} is the only {kind} key of the upload account {account} that is switched on"
    hint = "Add another one first. allow_interruption: true does without; the service keeps the last SSH key all the same."
    raise GuardTripped("last_key", message, hint=hint)
