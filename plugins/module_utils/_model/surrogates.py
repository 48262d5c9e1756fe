# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Surrogates in options. Bytes that are not UTF-8 are represented by U+DC80 to U+DCFF (``paths.encoded``), and allowed in names.
The others are halves of a pair: an escape in YAML can write one, but no bytes correspond to it."""

from __future__ import annotations

import re
import typing as t

from .errors import BadOptions

SURROGATE = re.compile("[\ud800-\udfff]")
_HALF = re.compile("[\ud800-\udc7f\udd00-\udfff]")


def refuse_halves(options: t.Mapping[str, t.Any]) -> None:
    """Raises BadOptions, by the option's name, where a value or one of a list has half of a surrogate pair in it."""
    for name, value in options.items():
        for text in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(text, str) and _HALF.search(text):
                raise BadOptions(
                    f"{name} has a character in it that is not text: half of a surrogate pair",
                    hint="Write the character itself, or \\U and its eight hexadecimal digits in double quotes.",
                )
