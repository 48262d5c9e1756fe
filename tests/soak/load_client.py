# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A process of the load: several threads, each a client that works below a directory of its own and reads what all share.

    python -m ansible_collections.edgeops.netstorage.tests.soak.load_client JSON

Every operation knows what must come of it. One line of JSON at the end: how often each was done, and what went wrong.
"""

from __future__ import annotations

import collections
import concurrent.futures
import json
import random
import sys
import time
import typing as t
from pathlib import Path

from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import NetStorageError
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import (
    Common,
    FileOptions,
    Options,
    SymlinkOptions,
    SyncOptions,
)
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client import Client
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client_config import ClientConfig

SHARED = {f"{n:02}.txt": f"shared {n} " * (1 + 400 * (n % 5 == 0)) for n in range(40)}
"""What all read and nobody writes, by name."""
VERSIONS = ("one", "two")
_FEW = 5  # errors after which a client gives up


def trees(folder: Path) -> None:
    """Two versions of a site, with the same number of objects in each."""
    for number, version in enumerate(VERSIONS):
        for n in range(12):
            path = folder / version / f"{'new' if n < 4 else 'same'}-{n if n >= 4 else n + 4 * number}" / "page.html"
            path.parent.mkdir(parents=True)
            path.write_text(f"{version} {n} " * (1 + 2000 * (n == 5)) if n < 8 else f"unchanged {n}")
        (folder / version / "latest").symlink_to(f"same-{4 + number}")


class LoadClient:
    """One client."""

    def __init__(self, number: int, common: Common, connection: ClientConfig, folder: Path) -> None:
        self._chance = random.Random(f"client {number}")
        self._common, self._folder, self._place = common, folder, f"load/{number:02}"
        self._client = Client(connection)
        self._turns: collections.Counter[str] = collections.Counter()
        self.errors: list[str] = []
        self._own = folder / f"file-{number}"

    @property
    def operations(self) -> dict[str, int]:
        return dict(self._turns)

    def work(self, until: float) -> None:
        does = {
            "sync": self._sync, "file": self._file, "link": self._link, "listing": self._listing, "download": self._download,
        }  # fmt: skip
        for name in ("sync", "file", "link"):
            self._try(name, does[name])
        while time.monotonic() < until and len(self.errors) < _FEW:
            name = self._chance.choice(list(does))
            self._try(name, does[name])
        self._client.close()

    def _try(self, name: str, operation: t.Callable[[int], None]) -> None:
        self._turns[name] += 1
        try:
            operation(self._turns[name])
        except (NetStorageError, AssertionError, OSError) as error:
            self.errors.append(f"{name} {self._turns[name]} of {self._place}: {type(error).__name__}: {error}")

    def _run(self, options: Options) -> None:
        outcome = run(options, check=False, diff=False)
        assert outcome.error is None, outcome.error
        assert outcome.changed, "it had nothing to change"

    def _sync(self, turn: int) -> None:
        source = str(self._folder / VERSIONS[turn % 2])
        self._run(SyncOptions(self._common, source, f"{self._place}/site", delete=True, max_delete=None, parallel=2))

    def _file(self, turn: int) -> None:
        self._own.write_text(f"turn {turn}")
        self._run(FileOptions(self._common, f"{self._place}/settings.json", source=str(self._own)))

    def _link(self, turn: int) -> None:
        self._run(SymlinkOptions(self._common, f"{self._place}/current", f"site-{turn % 2}"))

    def _listing(self, _turn: int) -> None:
        found = [entry.name.decode() for entry in self._client.listing(b"/123456/shared")]
        assert found == sorted(SHARED), f"the listing has {len(found)} names"

    def _download(self, _turn: int) -> None:
        name = self._chance.choice(list(SHARED))
        body = self._client.download(f"/123456/shared/{name}".encode())
        assert body.decode() == SHARED[name], f"{name} came with {len(body)} bytes"


def main(argument: str) -> int:
    given = json.loads(argument)
    access = {"host": given["host"], "account": given["account"], "key": given["key"], "protocol": "http"}
    common, connection, folder = Common(**access, root="/123456"), ClientConfig(**access), Path(given["folder"])
    clients = [LoadClient(number, common, connection, folder) for number in given["numbers"]]
    until = time.monotonic() + given["seconds"]
    with concurrent.futures.ThreadPoolExecutor(len(clients)) as pool:
        for future in [pool.submit(client.work, until) for client in clients]:
            future.result()
    operations = sum((collections.Counter(client.operations) for client in clients), collections.Counter())
    print(json.dumps({"operations": operations, "errors": [error for client in clients for error in client.errors]}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
