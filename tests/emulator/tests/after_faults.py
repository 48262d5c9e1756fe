# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a fault leaves behind, for the client and in the emulator."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.edgeops.netstorage.tests.emulator.tests.socket_client import Client
from netstorage_emulator.control import Control

BODY = bytes(range(256)) * 40
LARGE = bytes(range(256)) * 8000


def keys(control: Control) -> list[str]:
    return [entry["key"] for entry in control.tree()]


def notes(control: Control, since: int) -> list[str]:
    return [entry["note"] for entry in control.journal(since)]


def until(holds: t.Callable[[], bool], seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def nobody_is_left(control: Control) -> bool:
    return until(lambda: control.counts()["open_connections"] == 0)


def read_to_the_end(client: Client) -> tuple[bytes, bool]:
    """What comes, and whether it ended in a reset."""
    found = b""
    try:
        while data := client.more():
            found += data
    except ConnectionResetError:
        return found, True
    return found, False


def upload_head(client: Client, length: int, **more: str) -> bytes:
    return client.head("PUT", "/123456/a", "version=1&action=upload", {"Content-Length": str(length), **more})
