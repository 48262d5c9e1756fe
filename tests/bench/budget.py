# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many requests ns_sync may send. Counts, not times: they are the same on every machine."""

from __future__ import annotations

import dataclasses
import math
import os
from pathlib import Path

PAGE = 1000  # rows of one page of list


@dataclasses.dataclass(frozen=True)
class Contents:
    """What a local tree holds."""

    files: int
    links: int
    directories: int

    @property
    def entries(self) -> int:
        return self.files + self.links + self.directories


def contents_of(root: Path) -> Contents:
    """Counted without following links."""
    files = links = directories = 0
    for folder, below, names in os.walk(root):
        paths = [Path(folder, name) for name in below + names]
        links += sum(path.is_symlink() for path in paths)
        directories += sum(path.is_dir() and not path.is_symlink() for path in paths)
        files += sum(path.is_file() and not path.is_symlink() for path in paths)
    return Contents(files, links, directories)


def pages(objects: int) -> int:
    """Pages of a list of so many objects; the one of an empty directory counts as well."""
    return max(1, math.ceil(objects / PAGE))


def depth(destination: str) -> int:
    """Directories on the way to the destination below the CP code, itself included: ``/123456/a/b`` -> 2."""
    return len(destination.strip("/").split("/")) - 1


def first_sync(tree: Contents, destination: str, objects: int = 0) -> int:
    """files + links + directories to make (ancestors included) + list pages + depth + 1.

    objects  what is there already
    """
    return tree.entries + depth(destination) + pages(objects) + depth(destination) + 1


def no_op(destination: str, objects: int) -> int:
    """pages + depth + 1."""
    return pages(objects) + depth(destination) + 1


def update(changed: int, destination: str, objects: int) -> int:
    """What a no-op may send, and one request for each change."""
    return changed + no_op(destination, objects)
