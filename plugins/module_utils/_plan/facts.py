# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The values of an entry in results: the same in every module and lookup."""

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
    """The values that an entry of this kind has. An implicit directory has no time, even if a response gives one
    (docs/usage-api.md#unknowns, dir_implicit_mtime)."""
    said: dict[str, t.Any] = {
        "size": entry.size,
        "md5": entry.md5,
        "mtime": None if entry.implicit else entry.mtime,
        "target": None if entry.target is None else shown(entry.target),
    }
    return {name: said[name] for name in _NAMES[entry.kind]}


def all_facts_of(entry: Entry | None) -> dict[str, t.Any]:
    """The kind and all values, None for those that such an entry does not have, so that playbooks need no ``default``."""
    return {"kind": kind_of(entry), **dict.fromkeys(_EVERY), **(facts_of(entry) if entry is not None else {})}
