# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The secrets in documents of the Configuration API: HTTP API keys above all, which it returns in clear. Pure."""

from __future__ import annotations

import typing as t

_SECRET = frozenset({"key", "password", "secret", "secrets", "ftp_secrets", "ftpsecrets", "generate_secret"})
_PUBLIC = frozenset({"ssh", "aspera"})
"""Lists whose ``key`` is a public one."""


def without_secrets(value: t.Any, name: str = "") -> t.Any:  # noqa: ANN401  # any value of JSON
    """A value of JSON without the members that are secrets.

    Args:
        name: of the list or object that it is in.
    """
    if isinstance(value, dict):
        return {one: without_secrets(held, str(one)) for one, held in value.items() if not _is_secret(str(one), name)}
    if isinstance(value, list):
        return [without_secrets(one, name) for one in value]
    return value


def secrets_in_document(value: object, name: str = "") -> list[str]:
    """The secrets of a value of JSON, for masking."""
    found: list[str] = []
    if isinstance(value, dict):
        for one, held in value.items():
            found += _texts(held) if _is_secret(str(one), name) else secrets_in_document(held, str(one))
    elif isinstance(value, list):
        for one in value:
            found += secrets_in_document(one, name)
    return found


def _is_secret(name: str, inside: str) -> bool:
    return name.lower() in _SECRET and not (name.lower() == "key" and inside.lower() in _PUBLIC)


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return []
