# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks the values of list options. Ansible converts any value to texts, which then match nothing: a list in a list becomes
``"['a']"``, and the part after a comma keeps its blank. So the values are checked before that conversion."""

from __future__ import annotations

import re

from .errors import BadOptions

_SPLIT = re.compile(r"[,\r\n]")
_KINDS = {bool: "true or false", float: "a number with a fraction", dict: "a mapping", type(None): "null", bytes: "bytes"}


def listed(option: str, given: object, allow_blanks: bool = False) -> list[str]:
    """The elements as text.

    Args:
        option: its name, for messages.
        given: a text, which is split at commas and line ends and stripped; a number; or a list of texts and whole
            numbers, which are not split. Nothing else.
        allow_blanks: whether an element of a list may begin or end with a blank.

    Raises:
        BadOptions: with the right spelling.
    """
    if isinstance(given, str):
        return [part.strip() for part in _SPLIT.split(given) if part.strip()]
    if _is_number(given):
        return [str(given)]
    if not isinstance(given, (list, tuple)):
        raise BadOptions(f"{option} is {_kind(given)}, and takes a list of texts", hint=f'Write it like {option}: ["a", "b"].')
    return [_element(option, number, one, allow_blanks) for number, one in enumerate(given, 1)]


def _element(option: str, number: int, given: object, allow_blanks: bool) -> str:
    if _is_number(given):
        return str(given)
    if isinstance(given, (list, tuple)):
        hint = f"A list in a list often comes of a variable that is a list already: write {option}: \"{{{{ a + ['b'] }}}}\"."
        raise BadOptions(f"{option}: element {number} is a list itself, and takes a text", hint=hint)
    if not isinstance(given, str):
        raise BadOptions(f"{option}: element {number} is {_kind(given)}, and takes a text", hint="Write it in quotes.")
    text = str(given)
    if text != text.strip() and not allow_blanks and not _ends_in_escaped_blank(text):
        raise BadOptions(f"{option}: element {number}, {text!r}, begins or ends with a blank", hint=f"Write {text.strip()!r}.")
    return text


def _ends_in_escaped_blank(text: str) -> bool:
    """A pattern may end in ``\\ ``, as ``.gitignore`` has it for a name that ends in a blank."""
    body = text[:-1].rstrip("\\")
    return text.endswith("\\ ") and not text[0].isspace() and (len(text) - 1 - len(body)) % 2 == 1


def _is_number(given: object) -> bool:
    return isinstance(given, int) and not isinstance(given, bool)


def _kind(given: object) -> str:
    kinds = (told for kind, told in _KINDS.items() if isinstance(given, kind))
    return next(kinds, f"of type {type(given).__name__}")
