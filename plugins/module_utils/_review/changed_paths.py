# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The list of changed paths for other programs: one a line, absolute, percent-encoded, however many there are."""

from __future__ import annotations

import typing as t
from urllib.parse import quote_from_bytes

from .._local.whole_file import whole_file
from .._model.masking import masked

# Characters that RFC 3986 allows in a path segment; browsers do not encode them either.
RAW = "/!$&'()*+,;=:@~"


def line_of(path: bytes) -> bytes:
    """A path as a line of the list. It has none of the bytes that end a line, whatever is in the path."""
    return quote_from_bytes(path, safe=RAW).encode("ascii") + b"\n"


def lines_of(paths: t.Iterable[bytes], secret: str) -> t.Iterator[bytes]:
    """The lines of the list.

    Args:
        paths: absolute ones, without escapes.
        secret: is masked, as in the result.
    """
    secrets, hidden = [secret], secret.encode("utf-8")
    return (line_of(masked(path, secrets) if hidden in path else path) for path in paths)


def write_lines(place: bytes, lines: t.Iterable[bytes]) -> None:
    """Write the list in full or not at all. It is not in memory at any time.

    Args:
        place: where the file will be; the directory must exist.
        lines: what their iterator raises leaves the file as it was.

    Raises:
        LocalFailed: it cannot be written there.
    """
    with whole_file(place) as file:
        file.writelines(lines)
