# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real ``ansible-playbook`` processes, of the environment that runs the tests, and what came of them."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import typing as t
from pathlib import Path

from ansible_collections.edgeops.netstorage.tests.fork_server.client import PROGRAM, Ended, run_playbook
from ansible_collections.edgeops.netstorage.tests.integration.service import ACCOUNT, KEY, Request, Service
from ansible_collections.edgeops.netstorage.tests.integration.ways import prove_ways, ways_of

HERE = Path(__file__).parent
PLAYBOOKS = HERE / "playbooks"

Result = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Outcome:
    """One run of a playbook.

    became    by the name of the task: ok, failed, skipped
    results   by the name of the task
    requests  what arrived at the service meanwhile
    output    all that was printed
    ways      by the name of the task: for each call why the module did it, None in the task's own process
    """

    status: int
    became: dict[str, str]
    results: dict[str, Result]
    requests: list[Request]
    output: str
    ways: dict[str, list[str | None]] = dataclasses.field(default_factory=dict)

    @property
    def result(self) -> Result:
        """Of the only task."""
        (result,) = self.results.values()
        return result


class Player:
    """Plays playbooks against a service. ``work`` is a folder that playbooks know as ``work``, ``run`` how they are started."""

    def __init__(self, service: Service, work: Path, run: t.Callable[..., Ended] = run_playbook) -> None:
        self.service = service
        self.work = work
        self._run = run

    def play(
        self,
        playbook: str | Path,
        *options: str,
        variables: t.Mapping[str, t.Any] | None = None,
        environment: t.Mapping[str, str] | None = None,
    ) -> Outcome:
        """A playbook of ``playbooks/``, or any other file."""
        with self.service.recording() as requests:
            ended = self._run(*self.call(playbook, options, variables, environment), self.work)
        return self.ended(ended.status, ended.output, requests)

    def start(
        self,
        playbook: str | Path,
        *options: str,
        variables: t.Mapping[str, t.Any] | None = None,
        environment: t.Mapping[str, str] | None = None,
    ) -> subprocess.Popen[str]:
        """The same, not waited for, as the leader of a process group of its own."""
        arguments, surroundings = self.call(playbook, options, variables, environment)
        return subprocess.Popen(
            [str(PROGRAM), *arguments],
            env=surroundings,
            cwd=self.work,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def call(
        self,
        playbook: str | Path,
        options: t.Sequence[str],
        variables: t.Mapping[str, t.Any] | None,
        environment: t.Mapping[str, str] | None,
    ) -> tuple[list[str], dict[str, str]]:
        """The arguments and the environment of a run."""
        results, given = self.work / "task-results", self.work / "variables.json"
        results.write_bytes(b"")
        given.write_text(json.dumps({**self._variables(), **(variables or {})}), encoding="utf-8")
        arguments = [str(PLAYBOOKS / playbook), "--extra-vars", f"@{given}", *options]
        text = (PLAYBOOKS / playbook).read_text(encoding="utf-8")
        self._options, self._play = options, "\n".join([text, *options, str(variables), str(environment)])
        return arguments, {**_surroundings(), "TASK_RESULTS": str(results), **(environment or {})}

    def ended(self, status: int, output: str, requests: list[Request]) -> Outcome:
        """What came of a process that has ended. Nothing of ours is to be deprecated, on any ansible-core."""
        assert "[DEPRECATION WARNING]" not in output, output
        results = self.work / "task-results"
        lines = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
        prove_ways(lines, self._options, self._play)
        ended = [line for line in lines if "became" in line]
        return Outcome(
            status,
            {line["task"]: line["became"] for line in ended},
            {line["task"]: line["result"] for line in ended},
            requests,
            output,
            ways_of(lines),
        )

    def write(self, name: str, tasks: t.Sequence[Result], **play: t.Any) -> Path:
        """A playbook of one play with the connection of the emulator, as JSON, which is YAML."""
        file = self.work / name
        defaults = {"group/edgeops.netstorage.all": CONNECTION}
        head = {"name": "Play", "hosts": "localhost", "gather_facts": False, "module_defaults": defaults}
        file.write_text(json.dumps([{**head, **play, "tasks": list(tasks)}]), encoding="utf-8")
        return file

    def task(self, module: str, *options: str, **arguments: t.Any) -> Outcome:
        """One task."""
        name = f"edgeops.netstorage.{module}"
        return self.play(self.write("task.json", [{"name": "Task", name: arguments}]), *options)

    def _variables(self) -> dict[str, str]:
        return {
            "emulator_host": self.service.emulator.host_port,
            "emulator_account": ACCOUNT,
            "emulator_key": KEY,
            "emulator_api_host": self.service.emulator.api_host,
            **({"emulator_edge": self.service.emulator.edge()} if self.service.emulator.edge_ports else {}),
            "emulator_edgerc": str(self.service.edgerc),
            "work": str(self.work),
        }


CONNECTION = {
    "host": "{{ emulator_host }}",
    "root": "/123456",
    "account": "{{ emulator_account }}",
    "key": "{{ emulator_key }}",
    "protocol": "http",
}


def _surroundings() -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("NETSTORAGE_", "AKAMAI_"))}
    return {
        **inherited,
        "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callbacks"),
        "ANSIBLE_CALLBACKS_ENABLED": "task_results",
        "ANSIBLE_LOCALHOST_WARNING": "0",
        "ANSIBLE_INJECT_INVOCATION": "1",  # the default until ansible-core 2.20
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "0",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_RETRY_FILES_ENABLED": "0",
        "no_proxy": "127.0.0.1,localhost",
    }
