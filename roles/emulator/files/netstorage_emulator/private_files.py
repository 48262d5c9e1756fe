# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is stored is for the user who runs the emulator alone, whatever the umask: directories 0700, files 0600.

What an emulator of before left open is closed. A directory that the user made and that holds something else is left as it is,
such as ``--data /tmp``: what the emulator keeps in it is closed by itself.
"""

from __future__ import annotations

import os
import pathlib
import stat
from collections.abc import Collection

OWN_DIRECTORY, OWN_FILE = 0o700, 0o600


def private_directory(path: pathlib.Path, belongings: Collection[str]) -> None:
    """Make a directory, or close one that holds nothing but ``belongings``, which are ours."""
    path.mkdir(OWN_DIRECTORY, parents=True, exist_ok=True)
    if set(os.listdir(path)) <= set(belongings):
        _close(path, OWN_DIRECTORY)


def private_folder(path: str) -> None:
    """A directory inside of one of ours."""
    os.makedirs(path, OWN_DIRECTORY, exist_ok=True)
    _close(path, OWN_DIRECTORY)


def private_file(path: str | os.PathLike[str]) -> None:
    """Make an empty file that is closed to others before anything is in it, or close one that is there."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, OWN_FILE))
    _close(path, OWN_FILE)


def close_if_there(path: str | os.PathLike[str]) -> None:
    if os.path.exists(path):
        _close(path, OWN_FILE)


def _close(path: str | os.PathLike[str], mode: int) -> None:
    """Take from others what they have; another user's directory is not ours to change."""
    found = os.stat(path)
    if found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) != mode:
        os.chmod(path, mode)
