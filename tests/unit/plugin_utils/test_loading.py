# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible loads an action plugin before it forks, also for a task that goes to another machine: loading starts nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
MODULES = sorted(file.stem for file in PLUGINS.glob("modules/*.py"))
LOOK = """
import _thread, concurrent.futures, gc, importlib, json, sys
from ansible.executor.task_executor import TaskExecutor
before, started = set(sys.modules), []
def start(*arguments, **more):
    started.append(str(arguments))
    raise RuntimeError("a thread at import")
for name in ("start_new_thread", "start_joinable_thread"):
    if hasattr(_thread, name):
        setattr(_thread, name, start)
import threading
threading._start_new_thread = threading._start_joinable_thread = start
for module in sys.argv[1:]:
    importlib.import_module(f"ansible_collections.edgeops.netstorage.plugins.action.{module}")
pools = [one for one in gc.get_objects() if isinstance(one, (concurrent.futures.Executor, threading.Thread))]
alive = [one.name for one in pools if isinstance(one, threading.Thread)]
print(json.dumps({
    "started": started, "alive": alive, "pools": len(pools) - len(alive),
    "sockets": [str(one) for one in gc.get_objects() if type(one).__name__ in ("socket", "SSLSocket")],
    "loaded": sorted(name for name in set(sys.modules) - before if "." not in name),
}))
"""


@pytest.fixture(scope="module")
def seen() -> dict[str, t.Any]:
    ended = subprocess.run([sys.executable, "-c", LOOK, *MODULES], stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, t.Any] = json.loads(ended.stdout)
    return found


def test_each_module_has_an_action_of_its_name() -> None:
    assert sorted(file.stem for file in PLUGINS.glob("action/*.py")) == MODULES


def test_no_thread_and_no_pool_is_made_by_loading_an_action(seen: dict[str, t.Any]) -> None:
    assert (seen["started"], seen["pools"], seen["sockets"]) == ([], 0, [])
    assert seen["alive"] == ["MainThread"]


def test_loading_an_action_does_not_import_what_few_tasks_need(seen: dict[str, t.Any]) -> None:
    """``requests`` takes longer to import than most tasks to run."""
    assert "requests" not in seen["loaded"]
