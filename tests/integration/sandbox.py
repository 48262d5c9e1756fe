# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sealed room: all that a run of ansible-playbook writes ends up in it, and all that it starts is seen.

What the user gives it (playbooks, variables, vaults) lies outside of the room, and may hold the key.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import threading
import typing as t
import uuid
from pathlib import Path

from ansible_collections.edgeops.netstorage.tests.integration.interpreters import plain_python
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import HERE
from ansible_collections.edgeops.netstorage.tests.integration.service import ACCOUNT, Service

BIN = Path(sys.executable).parent
PASSWORD = "open-sesame"
FOLDERS = ("home", "ansible", "temporary", "local", "remote", "jobs", "recorded")
_PROC = Path("/proc")

Task = dict[str, t.Any]


@dataclasses.dataclass
class Seen:
    """What a run left, and what was seen of it while it went on.

    results   of the tasks, in their order
    files     the last content of each file of the room, by path
    readable  files in temporary folders that other users could have read
    commands  the command lines of all its processes
    environments  and their environments
    """

    status: int
    output: str
    results: list[dict[str, t.Any]]
    files: dict[Path, bytes] = dataclasses.field(default_factory=dict)
    readable: set[Path] = dataclasses.field(default_factory=set)
    commands: set[bytes] = dataclasses.field(default_factory=set)
    environments: set[bytes] = dataclasses.field(default_factory=set)


class Room:
    """``given`` is outside, ``inside`` is the room itself. Its path is to be short: Ansible opens UNIX sockets in it."""

    def __init__(self, given: Path, inside: Path, service: Service) -> None:
        self.service, self.given, self.inside = service, given, inside
        for name in FOLDERS:
            (self.inside / name).mkdir()
        (self.given / "vault-password").write_text(PASSWORD)
        interpreter = f"ansible_python_interpreter={plain_python(self.given)}"
        hosts = [
            f"{host} ansible_connection={kind} {interpreter}" for host, kind in (("localhost", "local"), ("far", "recording"))
        ]
        (self.given / "hosts").write_text("\n".join(hosts) + "\n")

    def vault(self, *arguments: str) -> str:
        """What ansible-vault prints."""
        command = [str(BIN / "ansible-vault"), *arguments, "--vault-password-file", "vault-password"]
        done = subprocess.run(
            command, cwd=self.given, env=self._environment(), capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL
        )
        return done.stdout

    def play(self, host: str, tasks: t.Sequence[Task], *options: str, environment: t.Mapping[str, str], **play: t.Any) -> Seen:
        """One play of these tasks, as loud as can be."""
        playbook = [{"hosts": host, "gather_facts": False, "tasks": list(tasks), **play}]
        (self.given / "play.yml").write_text(json.dumps(playbook))
        (self.inside / "results").write_bytes(b"")
        mark = uuid.uuid4().hex
        watch = _Watch(self.inside, f"SEALED={mark}".encode())
        command = [str(BIN / "ansible-playbook"), "-i", "hosts", "--vault-password-file", "vault-password", "play.yml", "-vvvvv"]
        with watch:
            done = subprocess.run(
                [*command, "--diff", *options],
                cwd=self.given,
                env={**self._environment(), "SEALED": mark, **environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
        seen = watch.seen
        seen.status, seen.output = done.returncode, done.stdout
        seen.results = [json.loads(line) for line in (self.inside / "results").read_text().splitlines()]
        return seen

    def defaults(self, key: str | None = None) -> dict[str, t.Any]:
        """The connection, for ``module_defaults``."""
        known = {"host": self.service.emulator.host_port, "root": "/123456", "account": ACCOUNT, "protocol": "http"}
        return {"group/edgeops.netstorage.all": {**known, **({} if key is None else {"key": key})}}

    def _environment(self) -> dict[str, str]:
        ours = ("ANSIBLE_", "NETSTORAGE_", "AKAMAI_")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        inside = {name: str(self.inside / name) for name in FOLDERS}
        return {
            **inherited,
            "HOME": inside["home"],
            "TMPDIR": inside["temporary"],
            "ANSIBLE_HOME": inside["ansible"],
            "ANSIBLE_LOCAL_TEMP": inside["local"],
            "ANSIBLE_REMOTE_TMP": inside["remote"],
            "ANSIBLE_ASYNC_DIR": inside["jobs"],
            "ANSIBLE_LOG_PATH": str(self.inside / "log"),
            "ANSIBLE_CONNECTION_PLUGINS": str(HERE / "controller_plugins/connection"),
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "controller_plugins/callback"),
            "ANSIBLE_DISPLAY_TRACEBACK": "always",
            "ANSIBLE_INJECT_INVOCATION": "1",
            "ANSIBLE_NOCOLOR": "1",
            "RECORDING_FOLDER": inside["recorded"],
            "RESULTS_FILE": str(self.inside / "results"),
        }


class _Watch:
    """Looks at the files of the room and at the processes with the mark, again and again."""

    def __init__(self, inside: Path, mark: bytes) -> None:
        self.seen = Seen(-1, "", [])
        self._inside, self._mark = inside, mark
        self._known: dict[str, tuple[int, int]] = {}
        self._older = frozenset(_processes())
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self._thread.join()
        self._look_at_files()

    def _look_on(self) -> None:
        while not self._ended.wait(0.02):
            self._look_at_files()
            self._look_at_processes()

    def _look_at_files(self) -> None:
        for folder, _folders, names in os.walk(self._inside):
            for name in names:
                file = f"{folder}/{name}"
                try:
                    status = os.stat(file)
                    if self._known.get(file) == (status.st_mtime_ns, status.st_size):
                        continue
                    path = Path(file)
                    self.seen.files[path] = path.read_bytes()
                    if not self._is_private(path):
                        self.seen.readable.add(path)
                except OSError:
                    continue  # gone already
                self._known[file] = (status.st_mtime_ns, status.st_size)

    def _is_private(self, path: Path) -> bool:
        """Whether the file or a folder on the way to it is for its user alone."""
        on_the_way = [path, *path.parents[: len(path.relative_to(self._inside).parts) - 1]]
        return any(one.stat().st_mode & 0o077 == 0 for one in on_the_way)

    def _look_at_processes(self) -> None:
        for name in _processes():
            if name in self._older:
                continue
            try:
                environment = (_PROC / name / "environ").read_bytes()
                command = (_PROC / name / "cmdline").read_bytes()
            except OSError:
                continue  # ended already, or nobody's business
            if self._mark in environment:
                self.seen.environments.add(environment)
                self.seen.commands.add(command)


def _processes() -> list[str]:
    return [name for name in os.listdir(_PROC) if name.isdecimal()]
