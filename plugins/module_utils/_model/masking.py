# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Masks secrets in everything that a task returns or displays, as Ansible does and alike on every ansible-core.

Up to ansible-core 2.21 a module's result is masked by Ansible where it leaves the module; from 2.22 on only where it is
shown, and the functions for it are deprecated. What a task registers, writes to a file or sends elsewhere is no display.
"""

from __future__ import annotations

import typing as t

WHOLE = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
"""Stands for a text that is a secret, or for a number that has one in it."""
PART = "********"
"""Stands for a secret within a text."""
SHORTEST = 8
"""Characters of what is masked where it may be a secret, and may be something as usual as ``gzip``."""

Value = t.TypeVar("Value")


def masked(value: Value, secrets: t.Iterable[str]) -> Value:
    """A value of JSON without the secrets.

    Args:
        value: texts, bytes, numbers, and lists, tuples, sets and mappings of them, at any depth. Anything else stays.
        secrets: texts; empty ones do not count.

    Returns:
        The same with masks in the place of secrets, in the keys of mappings too. Lists, tuples and sets come back as
        lists; a text that holds no secret comes back as the very object that it was.
    """
    found = sorted({secret for secret in secrets if secret}, key=len, reverse=True)  # the longer one first: it may hold others
    return t.cast(Value, _masked(value, found)) if found else value


def _masked(value: object, secrets: list[str]) -> object:
    if isinstance(value, str):
        return _masked_text(value, secrets)
    if isinstance(value, bytes):
        text = value.decode("utf-8", "surrogateescape")
        found = _masked_text(text, secrets)
        return value if found is text else found.encode("utf-8", "surrogateescape")
    if isinstance(value, dict):
        return {_masked(key, secrets): _masked(item, secrets) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_masked(item, secrets) for item in value]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        text = str(value)
        return WHOLE if any(secret in text for secret in secrets) else value
    return value


def _masked_text(text: str, secrets: list[str]) -> str:
    if text in secrets:
        return WHOLE
    for secret in secrets:
        if secret in text:
            text = text.replace(secret, PART)
    return text
