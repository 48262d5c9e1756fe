# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Probes which names a file system can store: how long they may be, and whether it distinguishes two of them. Some file systems
treat names that differ by case or by their Unicode form as the same."""

from __future__ import annotations

import os
import tempfile

from .._model.paths import join


def longest_names(folder: bytes) -> tuple[int, int]:
    """How many bytes a component may have, and a path relative to the folder, or the nearest one above it that exists."""
    place = folder
    while not os.path.isdir(place):
        place = os.path.dirname(place)
    return os.pathconf(place, "PC_NAME_MAX"), os.pathconf(place, "PC_PATH_MAX") - len(folder) - 2


def holds_both(folder: bytes, one: bytes, other: bytes) -> bool:
    """Try it in a temporary directory, also in check mode: the rules may differ from directory to directory.

    Args:
        folder: where both are to be; where it does not exist yet, the nearest one above it counts.
        one: a name in it, without a slash.
        other: another one.

    Returns:
        False also if that cannot be tried.
    """
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    try:
        with tempfile.TemporaryDirectory(prefix=b".ns_probe-", dir=folder) as place:
            os.close(os.open(join(place, one), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            return not _exists(join(place, other))
    except OSError:
        return False


def _exists(path: bytes) -> bool:
    try:
        os.lstat(path)
    except FileNotFoundError:
        return False
    return True
