# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A directory on the emulator, and a folder here that it is fetched into."""

from __future__ import annotations

import base64
import os
import typing as t
from pathlib import Path

from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.temp_names import temporary
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import Outcome, result
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import FetchOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.cancellation import Cancellation
from ansible_collections.edgeops.netstorage.tests.contract.scene import MTIME, Scene

Local = dict[str, t.Optional[str]]
MIB = 1024 * 1024
LARGE = "".join(f"{number:07d}\n" for number in range(3 * MIB // 8))


class FetchScene:
    """``here`` is the destination, ``scene.there`` makes the service's side."""

    def __init__(self, scene: Scene, work: Path) -> None:
        self.scene, self.work, self.here = scene, work, work / "here"
        self.scene.sent()

    def options(self, **more: t.Any) -> FetchOptions:
        given: dict[str, t.Any] = {"path": "s", "dest": str(self.here), "adopt": True, "max_delete": None, **more}
        return FetchOptions(self.scene.common, **given)

    def run(self, check: bool = False, diff: bool = False, **more: t.Any) -> Outcome:
        return run(self.options(**more), check=check, diff=diff)

    def fetch(self, **more: t.Any) -> list[str]:
        """A run that must work, shown before and repeated after; the steps. Nothing is ever changed on the service."""
        before = self.tree()
        shown = self.run(check=True, diff=True, **more)
        assert shown.error is None, shown.error
        assert self.tree() == before, "check mode changes nothing here"
        real = self.run(**more)
        assert real.error is None, real.error
        assert result(real)["plan"] == result(shown)["plan"]
        again = self.run(**more)
        assert not again.changed, result(again)["plan"]
        assert self.scene.changes() == []
        return [f"{step.sign} {step.kind.value} {os.fsdecode(step.entry.name)}" for step in real.plan.steps if step.base != b""]

    def load(self, key: bytes, **more: t.Any) -> None:
        """An object with any name."""
        full = self.scene.place + b"/s/" + key
        given = {"key_base64": base64.b64encode(full).decode(), "type": "file", "content": "x", "mtime": MTIME, **more}
        self.scene.control.load([given])

    def write(self, name: str, text: str, mtime: int = MTIME) -> Path:
        path = self.here / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, (mtime, mtime))
        return path

    def tree(self) -> Local:
        """Everything in the folder: text of files, None for directories, ``-> target`` for links."""
        found: Local = {}
        for path in sorted(self.here.rglob("*")) if self.here.exists() else []:
            name = str(path.relative_to(self.here))
            if path.is_symlink():
                found[name] = f"-> {os.readlink(path)}"
            elif path.is_dir():
                found[name + "/"] = None
            else:
                found[name] = path.read_text(errors="replace")
        return found


class Hasty(Cancellation):
    """Pauses take no time."""

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds * 0.01)


def fetched(fetching: FetchScene, cancellation: Cancellation | None = None, **more: t.Any) -> Outcome:
    return run(fetching.options(**more), check=False, diff=False, cancellation=cancellation or Hasty())


def waiting(fetching: FetchScene, name: str = "big") -> Path:
    """Where a file waits that broke off."""
    return Path(os.fsdecode(temporary(os.fsencode(fetching.here / name), Kind.FILE)))


def sent_bytes(fetching: FetchScene) -> int:
    return int(fetching.scene.control.counts()["bytes_out"])
