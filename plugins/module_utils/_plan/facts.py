# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What results say of an entry: the same words in every module and lookup."""

from __future__ import annotations

import typing as t

from .._model.entries import Entry, Kind
from .._model.paths import shown

ABSENT = "absent"
IMPLICIT = "implicit_directory"
_NAMES: dict[Kind, tuple[str, ...]] = {
    Kind.FILE: ("size", "md5", "mtime"),
    Kind.SYMLINK: ("mtime", "target"),
    Kind.DIRECTORY: ("mtime",),
}
_EVERY = ("size", "md5", "mtime", "target")


def kind_of(entry: Entry | None) -> str:
    """file, symlink, directory, implicit_directory, or absent for nothing."""
    if entry is None:
        return ABSENT
    return IMPLICIT if entry.implicit else entry.kind.value


def facts_of(entry: Entry) -> dict[str, t.Any]:
    """What an entry of this kind has. Nobody set the time of an implicit directory, whatever an answer says
    (docs/usage-api.md#unknowns, dir_implicit_mtime)."""
    said: dict[str, t.Any] = {
        "size": entry.size,
        "md5": entry.md5,
        "mtime": None if entry.implicit else entry.mtime,
        "target": None if entry.target is None else shown(entry.target),
    }
    return {name: said[name] for name in _NAMES[entry.kind]}


def all_facts_of(entry: Entry | None) -> dict[str, t.Any]:
    """The kind and all facts, None for what such an entry has not: expressions of a playbook need no defaults."""
    return {"kind": kind_of(entry), **dict.fromkeys(_EVERY), **(facts_of(entry) if entry is not None else {})}
