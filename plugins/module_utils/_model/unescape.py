# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way back from a shown name. It is not unique: ``a\\x09b`` is how a name with a tab is shown, and also a name with a
backslash. A caller for whom too many names do no harm, but a missing one does (a purge), uses all of them."""

from __future__ import annotations

import itertools
import re
import typing as t

from .errors import BadOptions
from .paths import encoded, shown

MOST = 1024
_ESCAPE = re.compile(r"(\\x[0-9a-f]{2}|\\u[0-9a-f]{4})")


def readings(text: str) -> list[bytes]:
    """All names that are shown as ``text``; nearly always the one that it spells.

    >>> readings("a.html"), readings("a\\\\x09b")
    ([b'a.html'], [b'a\\\\x09b', b'a\\tb'])
    """
    if "\\" not in text:
        return [encoded(text)]
    choices = [_choices(part) for part in _ESCAPE.split(text)]
    count = 1
    for choice in choices:
        count *= len(choice)
    if count > MOST:
        raise BadOptions(f"The name {text} stands for more than {MOST} names.", hint="Give such an object another name.")
    joined = (b"".join(parts) for parts in itertools.product(*choices))
    return [name for name in joined if shown(name) == text]


def _choices(part: str) -> t.Sequence[bytes]:
    """What may be written as ``part``: itself, the control character of that number, or the one byte that is no UTF-8."""
    found = [encoded(part)]
    if _ESCAPE.fullmatch(part):
        number = int(part[2:], 16)
        character = chr(number).encode("utf-8", "surrogatepass")
        found += [character] if shown(character) == part else []
        found += [bytes([number])] if 0x80 <= number <= 0xFF else []
    return found
