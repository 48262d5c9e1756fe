# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The real rclone, driven by environment variables alone: no configuration of the user is read or written."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(sys.executable).with_name("rclone")
REMOTE = "NS:"
# A whole tree: without these rclone leaves out symlinks and directories with nothing in them.
WHOLE = ("--links", "--create-empty-src-dirs")
# Everything that the peer is known to do faster with (the benchmark's second contender).
FAST = ("--fast-list", "--checksum", "--links", "--transfers", "16", "--checkers", "16")


class RcloneFailed(AssertionError):
    """rclone ended with a status that was not expected."""


@functools.cache
def _obscured(key: str) -> str:
    done = subprocess.run([PROGRAM, "obscure", key], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def remote_variables(
    host: str, folder: str, account: str, key: str, protocol: str = "http", ca_path: str = ""
) -> dict[str, str]:
    """What makes ``NS:`` the directory ``folder`` (``/123456/...``) of a service."""
    return {
        "RCLONE_CONFIG": os.devnull,
        "RCLONE_CONFIG_NS_TYPE": "netstorage",
        "RCLONE_CONFIG_NS_PROTOCOL": protocol,
        **({"RCLONE_CA_CERT": ca_path} if ca_path else {}),
        "RCLONE_CONFIG_NS_HOST": host + folder,
        "RCLONE_CONFIG_NS_ACCOUNT": account,
        "RCLONE_CONFIG_NS_SECRET": _obscured(key),
    }


class Rclone:
    """rclone with ``NS:`` set up. Every call must end well unless ``status`` says otherwise."""

    def __init__(self, host: str, folder: str, account: str, key: str) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.upper().startswith("RCLONE_")}
        self._environment = {
            **inherited,
            **remote_variables(host, folder, account, key),
            "RCLONE_RETRIES": "1",
            "RCLONE_LOW_LEVEL_RETRIES": "1",
        }

    def run(self, *arguments: str | Path, status: int = 0) -> str:
        """Standard output as text; bytes that are no UTF-8 as lone surrogates, as in paths."""
        return os.fsdecode(self.bytes(*arguments, status=status))

    def bytes(self, *arguments: str | Path, status: int = 0) -> bytes:
        command = [PROGRAM, *arguments]
        done = subprocess.run(command, env=self._environment, capture_output=True, check=False, stdin=subprocess.DEVNULL)
        if done.returncode != status:
            words = " ".join(str(argument) for argument in arguments)
            raise RcloneFailed(f"rclone {words}: status {done.returncode}\n{done.stderr.decode(errors='replace')}")
        return done.stdout

    def listed(self, place: str = "", *options: str) -> list[str]:
        """``lsf -R --links``, sorted."""
        return sorted(self.run("lsf", "-R", "--links", *options, REMOTE + place).splitlines())
