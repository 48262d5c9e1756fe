# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether content came out of a vault, as far as that can be detected.

ansible-core 2.19 and newer know it of a value that is passed on as it is. Where a template has made a text of it, and on
older versions, the texts of all vaulted variables are looked for in the content. A file of variables that is encrypted as a
whole leaves no trace in its values.
"""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleError
from ansible.parsing import vault

Variables = t.Mapping[str, t.Any]

_SHORTEST = 4  # characters; a shorter text occurs everywhere
_ONCE_MORE = frozenset({"vars", "hostvars", "groups"})  # the same variables, and those of other hosts


def came_out_of_a_vault(content: object, variables: Variables) -> bool:
    """``content`` as the task gives it: text, or lists and dictionaries of it."""
    leaves = list(_leaves(content))
    if any(_is_vaulted(leaf) for leaf in leaves):
        return True
    texts = [str(leaf) for leaf in leaves]
    return any(secret in text for secret in secrets_of(variables) for text in texts)


def secrets_of(variables: Variables) -> t.Iterator[str]:
    """The texts of all vaulted variables, decrypted one by one, which is slow."""
    own = [value for name, value in variables.items() if name not in _ONCE_MORE]
    for leaf in _leaves(own):
        if not _is_vaulted(leaf):
            continue
        try:
            text = str(leaf)
        except AnsibleError:
            continue  # it cannot be decrypted, so no content contains it
        if len(text) >= _SHORTEST:
            yield text


def _leaves(value: object) -> t.Iterator[object]:
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, (list, tuple)):
        yield value
        return
    for inner in value:
        yield from _leaves(inner)


def _is_vaulted(value: object) -> bool:
    helper = getattr(vault, "VaultHelper", None)
    if helper is None:  # ansible-core 2.18
        return bool(getattr(value, "__ENCRYPTED__", False))
    return helper.get_ciphertext(value, with_tags=False) is not None
