# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan for the Configuration API may not do. All of it is checked before the first change, in check mode too. Pure."""

from __future__ import annotations

import typing as t

from .._model.errors import BadOptions, GuardTripped
from .cp_codes import user_of
from .differences import differences
from .groups import content_of, cp_codes_of, is_editable, is_pending, name_of
from .members import Document, Shape, When

_ONCE = (
    "Nobody can change that once it is made. Make the option match, or make a new {} beside this one: the collection never "
    "deletes one to make it anew."
)


def refuse_immutable(shape: Shape, have: Document, want: Document, what: str) -> None:
    """Options that are set once, and differ. What a response does not tell is not compared.

    Raises:
        GuardTripped: with the code ``immutable_option``.
    """
    once = Shape([member for member in shape.members if member.when is When.CREATE and member.name in have])
    for change in differences(once, have, want, what):
        message = f"{change.path} is {change.before!r} and would have to become {change.after!r}"
        raise GuardTripped("immutable_option", message, hint=_ONCE.format(what.replace("_", " ")))


def refuse_busy(group: Document) -> None:
    """A change of a group that cannot be edited now. GuardTripped with the code ``busy``."""
    if is_editable(group) and not is_pending(group):
        return
    state = "is still being propagated" if is_pending(group) else "cannot be edited now (allowEdit)"
    hint = "Run the task again later; propagation takes 60 to 120 minutes. With wait: true it waits for that first."
    raise GuardTripped("busy", f"The storage group {name_of(group)} {state}, and the service edits no such group", hint=hint)


def refuse_content(group: Document, is_allowed: bool, only: t.Optional[t.Collection[int]] = None) -> None:
    """The deletion of what has content, or may have. GuardTripped with the code ``has_content``.

    Args:
        is_allowed: whether the task says that content may go.
        only: these CP codes are to be deleted and not the whole group.
    """
    files, size, is_known = content_of(group, only)
    if is_allowed or (is_known and not files):
        return
    what = f"The storage group {name_of(group)}" if only is None else f"Of the storage group {name_of(group)} {_list(only)}"
    held = f"{files:,} files with {size:,} bytes" if is_known else "files that the service has not counted yet"
    hint = "Delete its content first, or set allow_content: true or force_delete: true. What goes then cannot be brought back."
    raise GuardTripped("has_content", f"{what} has {held}", hint=hint)


def refuse_last_cp_code(group: Document, going: t.Collection[int], marked: t.Collection[int]) -> None:
    """The deletion of all CP codes of a group that are not marked already. GuardTripped with the code ``last_cp_code``."""
    if going and not set(cp_codes_of(group)) - set(going) - set(marked):
        message = (
            f"The storage group {name_of(group)} has no other CP code than {_list(going)}, and the service keeps the last one"
        )
        raise GuardTripped("last_cp_code", message, hint="Delete the storage group with state: absent instead.")


def refuse_new_beside_marked(group: Document, new: t.Collection[int], marked: t.Collection[int]) -> None:
    """A CP code for a group of which one waits for its deletion. GuardTripped with the code ``busy``."""
    if new and marked:
        message = (
            f"{_list(new)} cannot be added to the storage group {name_of(group)} while {_list(marked)} waits for its deletion"
        )
        hint = "Have a second person approve that deletion, or take it back with cancel_deletion: true."
        raise GuardTripped("busy", message, hint=hint)


def refuse_used_cp_codes(new: t.Collection[int], unused: t.Collection[int], used: object) -> None:
    """CP codes that cannot be put into a group: they are in another one, or there are no such.

    Raises:
        GuardTripped: with the code ``cp_code_in_use``.
        BadOptions: the contract has no such CP code for NetStorage.
    """
    for cp_code in sorted(set(new) - set(unused)):
        user = user_of(used, cp_code)
        if user is not None:
            message = f"CP code {cp_code} belongs to the storage group {user['name']} ({user['storage_group_id']})"
            hint = "A CP code is in one group. Name another one; ns_cp_code makes one or finds an unused one."
            raise GuardTripped("cp_code_in_use", message, hint=hint)
        hint = "Is it a CP code for NetStorage, of this contract? ns_config_info lists them; a new one takes up to two hours."
        raise BadOptions(f"CP code {cp_code} is not among the unused CP codes of the contract", hint=hint)


def refuse_accounts(group: Document, accounts: t.Sequence[str]) -> None:
    """The deletion of a group that accounts belong to. GuardTripped with the code ``has_accounts``."""
    if accounts:
        told = ", ".join(sorted(accounts)[:10]) + (" …" if len(accounts) > 10 else "")
        message = f"The storage group {name_of(group)} has the upload accounts {told}, and no document says what becomes of them"
        raise GuardTripped("has_accounts", message, hint="Delete them first, with ns_upload_account.")


def refuse_marked(group: Document) -> None:
    """A change of a group whose deletion waits for a second person. GuardTripped with the code ``busy``."""
    message = f"The deletion of the storage group {name_of(group)} waits for a second person"
    raise GuardTripped("busy", message, hint="Take it back with cancel_deletion: true, or have it approved.")


def refuse_removed_zones(have: t.Collection[str], wanted: t.Collection[str]) -> None:
    """Zones that would have to go. GuardTripped with the code ``zones_removed``."""
    left = sorted(set(have) - set(wanted))
    if left:
        message = (
            f"The storage group has the zones {', '.join(left)} beside those of the task, and no document says how to remove one"
        )
        raise GuardTripped("zones_removed", message, hint="Name them too, or leave zones_exact out: then they are kept.")


def refuse_unknown_zones(wanted: t.Collection[str], known: t.Collection[str]) -> None:
    """Raises BadOptions."""
    odd = sorted(set(wanted) - set(known))
    if odd:
        hint = f"The contract has these: {', '.join(sorted(known)) or 'none'}."
        raise BadOptions(f"zones: {', '.join(odd)} {'are' if len(odd) > 1 else 'is'} not known", hint=hint)


def _list(cp_codes: t.Collection[int]) -> str:
    return f"CP code{'s' if len(cp_codes) > 1 else ''} {', '.join(map(str, sorted(cp_codes)))}"
