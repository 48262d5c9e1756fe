# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plays whose progress is quick, against a service that is slow: on a terminal, and in pipes."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import typing as t

from ansible_collections.edgeops.netstorage.tests.fork_server.client import PROGRAM
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Player
from ansible_collections.edgeops.netstorage.tests.integration.service import Service
from ansible_collections.edgeops.netstorage.tests.integration.terminal import Seen, Terminal

FILES = 14
LATENCY_MS = 40
PACE = {"tick": 0.02, "first": 0.2, "lines": 0.3, "apart": 0.1}
SYNC = "edgeops.netstorage.ns_sync"
_UNWATCHED = ("CI", "AWX_ISOLATED_DATA_DIR", "RUNNER_OMIT_EVENTS", "ANSIBLE_DEBUG")

Task = dict[str, t.Any]


@contextlib.contextmanager
def slow(service: Service, factor: int = 1) -> t.Iterator[None]:
    """An empty service, on which a task takes half a second, or so many times as long."""
    service.reset()
    service.emulator.control.set_latency(factor * LATENCY_MS)
    try:
        yield
    finally:
        service.emulator.control.set_latency(0)


def sync(player: Player, path: str, **more: t.Any) -> Task:
    tree = player.work / "tree"
    if not tree.exists():
        tree.mkdir()
        for number in range(FILES):
            (tree / f"file-{number:02}").write_text("x" * 50)
    return {SYNC: {"src": str(tree), "path": path, "parallel": 1, "max_retries": 0, **more}}


def quick_progress(**more: str) -> dict[str, str]:
    """For a play whose progress is quick."""
    return {"ANSIBLE_CALLBACKS_ENABLED": "task_results,quick_progress", "PROGRESS_PACE": json.dumps(PACE), **more}


def call(
    player: Player, tasks: t.Sequence[Task], *options: str, play: Task | None = None, **more: str
) -> tuple[list[str], dict[str, str]]:
    """The arguments and the environment of a play of these tasks, which nobody else looks at."""
    playbook = player.write("progress.json", tasks, **(play or {}))
    jobs = {"ANSIBLE_ASYNC_DIR": str(player.work / "jobs")}
    arguments, environment = player.call(playbook, options, None, {**quick_progress(**more), **jobs})
    return arguments, {name: value for name, value in environment.items() if name not in _UNWATCHED}


def on_terminal(player: Player, tasks: t.Sequence[Task], *options: str, columns: int = 80, **how: t.Any) -> Seen:
    terminal = {name: how.pop(name) for name in ("when", "piped") if name in how}
    return Terminal(columns).run(*call(player, tasks, *options, **how), player.work, **terminal)


def in_pipes(player: Player, tasks: t.Sequence[Task], *options: str, **more: t.Any) -> subprocess.CompletedProcess[str]:
    arguments, environment = call(player, tasks, *options, **more)
    return subprocess.run(
        [str(PROGRAM), *arguments], env=environment, cwd=player.work, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def told(text: str, module: str = "ns_sync") -> list[str]:
    """The lines of a log."""
    return re.findall(rf"^{module} \[.*$", text, re.M)
