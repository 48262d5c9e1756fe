# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A scene: a source directory here, a directory on an emulator there, and what the emulator saw of a run in its journal."""

from __future__ import annotations

import base64
import os
import re
import shutil
import typing as t
from pathlib import Path
from urllib.parse import unquote_to_bytes

from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import Outcome, result
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import Common, Options, SyncOptions
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import Account
from netstorage_emulator.control import Running

READS = {"stat", "dir", "list", "du", "download"}
MTIME = 1_500_000_000
_TEMPORARY = re.compile(rb"\.new-[0-9a-f]{12}\Z|\.old-[0-9a-f-]{40}\Z")


class Request(t.NamedTuple):
    """One request of the journal, in the order in which the answers left. Temporary names end in ``.new-*`` or ``.old-*``."""

    action: str
    path: bytes
    status: int

    @property
    def changes(self) -> bool:
        return self.action not in READS


class Scene:
    """``here`` and ``there`` make the two sides, ``sync`` runs, ``sent`` tells what was sent since the last question.

    A tree is written as ``{"a": "content", "d/": None, "l": "-> target"}``.
    """

    def __init__(self, emulator: Running, account: Account, place: bytes, work: Path) -> None:
        self.control, self.account, self.place = emulator.control, account, place
        self.source = work / "source"
        self.source.mkdir()
        self.common = Common(
            account.host, account.account, account.key, root=os.fsdecode(place), protocol=account.protocol, max_retries=1,
            settle=0.05,
        )  # fmt: skip
        self.there({"": None, "s/": None}, below="")
        self._mark = self.control.journal_length()

    # -- the two sides

    def here(self, tree: t.Mapping[str, str | None]) -> None:
        """What the source is from now on."""
        shutil.rmtree(self.source)
        self.source.mkdir()
        for name, what in tree.items():
            path = self.source / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if what is None:
                path.mkdir(exist_ok=True)
            elif what.startswith("-> "):
                path.symlink_to(what[3:])
            else:
                path.write_text(what)
            os.utime(path, (MTIME, MTIME), follow_symlinks=False)

    def there(self, tree: t.Mapping[str, str | None], below: str = "s/", mtime: int = MTIME) -> None:
        """Objects on the service, below the directory that is synced unless another is named."""
        prefix = f"{os.fsdecode(self.place)}/{below}"
        self.control.load([{**self._object(prefix + name, what), "mtime": mtime} for name, what in tree.items()])

    @staticmethod
    def _object(key: str, what: str | None) -> dict[str, object]:
        if what is None:
            return {"key": key, "type": "dir"}
        if what.startswith("-> "):
            return {"key": key, "type": "symlink", "target": what[3:]}
        return {"key": key, "type": "file", "content": what}

    def tree(self, below: str = "s/") -> list[str]:
        """The keys below the directory, links with where they lead."""
        prefix = f"{os.fsdecode(self.place)}/{below}"
        rows = [(str(row["key"]).removeprefix(prefix), row.get("target")) for row in self.control.tree(prefix)]
        return [f"{name} -> {target}" if target else name for name, target in rows if name]

    # -- runs

    def options(self, **more: t.Any) -> SyncOptions:
        """Without the guards that small trees trip over; one request at a time unless told otherwise."""
        given: dict[str, t.Any] = {"path": "s", "parallel": 1, "max_delete": None, "adopt": True, **more}
        return SyncOptions(self.common, str(self.source), **given)

    def sync(self, **more: t.Any) -> list[str]:
        """A run that must work, shown before and repeated after; the changing requests that it sent."""
        options = self.options(**more)
        shown = run(options, check=True, diff=False)
        assert self.changes() == []
        outcome = run(options, check=False, diff=False)
        assert outcome.error is None, outcome.error
        assert result(outcome)["plan"] == result(shown)["plan"]
        sent = self.changes()
        assert not run(options, check=False, diff=False).changed
        assert self.changes() == []
        return sent

    def run(self, options: Options | None = None, check: bool = False, diff: bool = False, **more: t.Any) -> Outcome:
        return run(options or self.options(**more), check=check, diff=diff)

    # -- the journal

    def sent(self) -> list[Request]:
        """The requests since the last question."""
        entries = self.control.journal(self._mark)
        self._mark += len(entries)
        return [request_of(entry) for entry in entries]

    def changes(self) -> list[str]:
        """``action name`` of the requests that change something; refused ones have their status behind them."""
        return [self._line(request) for request in self.sent() if request.changes]

    def _line(self, request: Request) -> str:
        name = os.fsdecode(request.path.removeprefix(self.place + b"/s").removeprefix(b"/"))
        return f"{request.action} {name}" + ("" if request.status < 300 else f" {request.status}")


def request_of(entry: t.Mapping[str, t.Any]) -> Request:
    path = unquote_to_bytes(str(entry["path"]).partition("?")[0])
    return Request(str(entry["action"]), _TEMPORARY.sub(lambda found: found[0][:5] + b"*", path), int(entry["status"]))


def key_bytes(row: t.Mapping[str, t.Any], name: str = "key") -> bytes:
    """A key or a target of the control port, which shows bytes that are no text a second time in base64."""
    coded = row.get(f"{name}_base64")
    return base64.b64decode(coded) if coded else str(row[name]).encode()
