# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks run by a real ``ansible-playbook`` process on this machine, and what they returned."""

from __future__ import annotations

import dataclasses
import json
import os
import typing as t
from pathlib import Path

from ansible_collections.edgeops.netstorage.tests.fork_server.client import run_playbook

CALLBACKS = Path(__file__).with_name("callbacks")

Result = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Access:
    """The service and an account. ``folder`` is what both programs take as their root; ``ca_path`` is for https."""

    host: str
    account: str
    key: str
    folder: str
    protocol: str = "http"
    ca_path: str = ""


def connection_variables(access: Access) -> dict[str, str]:
    """The connection of every task: what the modules fall back to."""
    return {
        "NETSTORAGE_HOST": access.host,
        "NETSTORAGE_ROOT": access.folder,
        "NETSTORAGE_ACCOUNT": access.account,
        "NETSTORAGE_KEY": access.key,
        "NETSTORAGE_PROTOCOL": access.protocol,
        **({"NETSTORAGE_CA_PATH": access.ca_path} if access.ca_path else {}),
    }


def write_playbook(file: Path, tasks: t.Sequence[Result]) -> Path:
    """A playbook of one play, as JSON, which is YAML."""
    named = [{"name": f"Task {number}", **task} for number, task in enumerate(tasks, 1)]
    play = {"name": "Play", "hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": named}
    file.write_text(json.dumps([play]), encoding="utf-8")
    return file


def run_play(access: Access, work: Path, tasks: t.Sequence[Result], *options: str, fails: bool = False) -> list[Result]:
    """The results of all tasks, in order. ``fails``: the last task is expected to fail."""
    playbook = write_playbook(work / "play.yml", tasks)
    results = work / "results"
    results.write_bytes(b"")
    variables = {
        **os.environ,
        **connection_variables(access),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
        "ANSIBLE_CALLBACKS_ENABLED": "results_file",
        "RESULTS_FILE": str(results),
    }
    ended = run_playbook([str(playbook), *options], variables, work)
    assert (ended.status != 0) is fails, ended.output
    return [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
