# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Digest and totals of a local tree, the same on every machine as long as names and contents are the same."""

from __future__ import annotations

import dataclasses
import hashlib

from .._model.entries import Entry, Kind, Withheld
from .._model.errors import BadSource
from .._model.paths import shown
from .file_content import FileContent
from .walk import Tree


@dataclasses.dataclass(frozen=True)
class TreeDigest:
    """Digest and totals of the included entries.

    digest  SHA-256 in hex, over kinds, names, contents and targets; times and modes are no part of it
    size    bytes of all files together
    """

    digest: str
    files: int
    links: int
    directories: int
    size: int


def summed(tree: Tree) -> TreeDigest:
    """Raises BadSource where a part cannot be read, SourceChanged where a file changes meanwhile."""
    state = hashlib.sha256()
    count = dict.fromkeys(Kind, 0)
    size = 0
    for entry in tree.entries():
        if isinstance(entry, Withheld):
            if entry.unknown:
                raise BadSource(f"{shown(tree.local(entry.name))}: {entry.why}", hint="What cannot be read has no digest.")
            continue
        count[entry.kind] += 1
        size += entry.size or 0
        # Each with its length, so that no two trees have the same serialisation.
        for part in (entry.kind.value.encode(), entry.name, _said(tree, entry)):
            state.update(b"%d:%b," % (len(part), part))
    return TreeDigest(state.hexdigest(), count[Kind.FILE], count[Kind.SYMLINK], count[Kind.DIRECTORY], size)


def _said(tree: Tree, entry: Entry) -> bytes:
    """The content of an entry."""
    if entry.kind is Kind.FILE:
        content = FileContent(tree.local(entry.name), with_md5=False)
        content.must_have(entry.size)
        return str(content.sha256).encode()
    return entry.target or b""
