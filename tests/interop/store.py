# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One folder of the emulator, with the two programs that look at it: this collection and the real rclone."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.edgeops.netstorage.tests.interop.play_runner import Access, Result, run_play
from ansible_collections.edgeops.netstorage.tests.interop.rclone import Rclone
from netstorage_emulator.control import Running

MUTATING = frozenset({"upload", "mkdir", "rmdir", "delete", "quick-delete", "rename", "symlink", "mtime"})


class Store:
    """``folder`` such as ``/123456/case`` is the root of both programs; nobody else uses it."""

    def __init__(self, emulator: Running, access: Access, work: Path) -> None:
        self.control = emulator.control
        self.folder = access.folder
        self.rclone = Rclone(access.host, access.folder, access.account, access.key)
        self._access = access
        self._work = work

    def play(self, *tasks: Result, options: t.Sequence[str] = (), fails: bool = False) -> list[Result]:
        """The results of tasks such as ``{"edgeops.netstorage.ns_file": {...}}``, in one play."""
        return run_play(self._access, self._work, tasks, *options, fails=fails)

    def sync(self, src: Path, path: str = "site", **options: t.Any) -> Result:
        """ns_sync of ``src`` to ``path``."""
        return self.play(sync_task(src, path, **options))[0]

    def entries(self, path: str = "") -> dict[str, Result]:
        """What the store holds below ``path``, by name relative to it; directories with their slash."""
        base = "/".join(filter(None, (self.folder, path))) + "/"
        rows = self.control.tree(base)
        return {row["key"].removeprefix(base): row for row in rows if row["key"] != base}

    def calls(self) -> dict[str, int]:
        """Requests by action since the last time this was asked."""
        return dict(self.control.reset_counts()["by_action"])

    def changes(self) -> dict[str, int]:
        """The requests among ``calls`` that change something."""
        return {action: count for action, count in self.calls().items() if action in MUTATING}


def sync_task(src: Path, path: str = "site", **options: t.Any) -> Result:
    return {"edgeops.netstorage.ns_sync": {"src": str(src), "path": path, **options}}
