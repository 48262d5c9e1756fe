# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Names that differ only by their Unicode form: people, and some file systems, take them for one."""

from __future__ import annotations

import typing as t
import unicodedata

from .._model.paths import decoded
from .steps import Step

Pairs = tuple[tuple[bytes, bytes], ...]


class Spelling:
    """Looks at the wanted names as they go by, and at the plan in the end."""

    def __init__(self) -> None:
        self._spelled: dict[str, bytes] = {}
        self._pairs: list[tuple[bytes, bytes]] = []

    def wanted(self, name: bytes) -> None:
        if name.isascii():
            return
        other = self._spelled.setdefault(_composed(name), name)
        if other != name:
            self._pairs.append((other, name))

    def look_alikes(self, steps: t.Iterable[Step]) -> Pairs:
        """Pairs of wanted names that are equal under NFC, and of a create and a delete that are."""
        return tuple(self._pairs) + _respelled(steps)


def _respelled(steps: t.Iterable[Step]) -> Pairs:
    """A create and a delete that differ only by Unicode form: a macOS checkout, not two files."""
    created: dict[str, bytes] = {}
    deleted: list[bytes] = []
    for step in steps:
        if step.entry.name.isascii():
            continue
        if step.sign == "+":
            created[_composed(step.path)] = step.path
        elif step.sign == "-":
            deleted.append(step.path)
    pairs = ((created.get(_composed(path)), path) for path in deleted)
    return tuple((one, other) for one, other in pairs if one is not None and one != other)


def _composed(name: bytes) -> str:
    return unicodedata.normalize("NFC", decoded(name))
