# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Version notes: the ETag of the object that a partial download is of, in a small file beside it.

A note is written before the first byte of that version, and removed before the partial file is renamed. Only the holder of the
lock on the partial file may touch it. After a power failure the note may exist and bytes of the partial file be lost, so a note
is valid only until the machine restarts.
"""

from __future__ import annotations

import contextlib
import os
import stat

_READING = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_MAKING = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_LONGEST = 1_000
_BOOT = "/proc/sys/kernel/random/boot_id"


class VersionNote:
    """``folder`` is an open directory, ``name`` a file in it. Errors are OSError."""

    def __init__(self, folder: int, name: bytes) -> None:
        self._folder, self._name = folder, name

    def read(self) -> str | None:
        """The ETag; None where there is no note, or one of another user, an incomplete one, or one from before the last boot."""
        try:
            descriptor = os.open(self._name, _READING, dir_fd=self._folder)
        except OSError:
            return None
        try:
            text = os.read(descriptor, _LONGEST) if _is_ours(os.fstat(descriptor)) else b""
        except OSError:
            return None
        finally:
            os.close(descriptor)
        version, boot, end = [*text.decode("latin-1").split("\n"), "", ""][:3]
        return version if version and text.endswith(b"\n") and (boot, end) == (_boot(), "") else None

    def write(self, version: str) -> None:
        self.remove()
        descriptor = os.open(self._name, _MAKING, 0o600, dir_fd=self._folder)
        try:
            os.write(descriptor, f"{version}\n{_boot()}\n".encode("latin-1"))
        finally:
            os.close(descriptor)

    def remove(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._name, dir_fd=self._folder)


def _is_ours(status: os.stat_result) -> bool:
    return stat.S_ISREG(status.st_mode) and status.st_nlink == 1 and status.st_uid == os.geteuid() and not status.st_mode & 0o077


def _boot() -> str:
    """The boot id, which changes with each start of the machine; empty where the system has none."""
    try:
        with open(_BOOT, encoding="ascii") as stream:
            return stream.read(100).strip()
    except (OSError, ValueError):
        return ""
