# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# This room is private to edgeops.netstorage: nothing here is a promise to other collections.

"""Names that look alike: one of them may be the other, respelled by a file system."""

from __future__ import annotations

import typing as t
import unicodedata

from .._model.paths import decoded
from .steps import Step


def respelled(steps: t.Iterable[Step]) -> tuple[tuple[bytes, bytes], ...]:
    """A create and a delete that differ only by Unicode form: a macOS checkout, not two files."""
    created: dict[str, bytes] = {}
    deleted: list[bytes] = []
    for step in steps:
        if step.entry.name.isascii():
            continue
        if step.sign == "+":
            created[unicodedata.normalize("NFC", decoded(step.path))] = step.path
        elif step.sign == "-":
            deleted.append(step.path)
    pairs = ((created.get(unicodedata.normalize("NFC", decoded(path))), path) for path in deleted)
    return tuple((one, other) for one, other in pairs if one is not None and one != other)
