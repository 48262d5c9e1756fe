# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``ansible-playbook`` for tests, without the half second that importing Ansible takes: forked from a server that has it.

Only for plays that nobody watches or stops from outside: a forked process has the command line and the first environment
of its server in ``/proc``. Those are started by ``subprocess``, as a user would.
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import importlib.metadata
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

from ansible_collections.edgeops.netstorage.tests.toolchain.surroundings import CACHE, ROOT

PROGRAM = Path(sys.executable).with_name("ansible-playbook")
SERVER = Path(__file__).with_name("server.py")
MOST_SERVERS = 3

Environment = t.Mapping[str, str]
Configuration = frozenset[tuple[str, str]]

# What differs from one run to the next, and is not read by Ansible when it is imported.
_OF_ONE_RUN = frozenset({"PWD", "PYTEST_CURRENT_TEST", "RESULTS_FILE", "TASK_RESULTS"})
_OF_ONE_RUN_PREFIX = "NETSTORAGE_"


class Ended(t.NamedTuple):
    """A run that has ended, and all that it printed, to standard error as well."""

    status: int
    output: str


class Server:
    """A server for one configuration. It ends when its channel is closed, so at the latest with the tests."""

    def __init__(self, environment: Environment, folder: Path) -> None:
        self._channel, theirs = socket.socketpair()
        self._responses = self._channel.makefile("rb")
        self._named = tempfile.TemporaryDirectory(prefix="fork-server-")
        # The collection looks for a program of this name among the processes above it.
        script = Path(self._named.name, PROGRAM.name)
        script.symlink_to(SERVER)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, str(script), str(theirs.fileno()), str(PROGRAM), str(_packed_modules())],
                env=environment, cwd=folder, pass_fds=[theirs.fileno()], start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            )  # fmt: skip

    def run(self, arguments: t.Sequence[str], environment: Environment, folder: Path) -> Ended:
        request = {"arguments": list(arguments), "environment": dict(environment), "folder": str(folder)}
        line = json.dumps(request).encode() + b"\n"
        with tempfile.TemporaryFile() as output:
            socket.send_fds(self._channel, [line[:1]], [output.fileno()])
            self._channel.sendall(line[1:])
            response = self._responses.readline()
            assert response, "the server of ansible-playbook is gone"
            output.seek(0)
            return Ended(json.loads(response)["status"], output.read().decode("utf-8", "replace"))

    def close(self) -> None:
        self._responses.close()
        self._channel.close()
        self._process.wait()
        self._named.cleanup()


_servers: dict[Configuration, Server] = {}
_seen_once: set[Configuration] = set()


def run_playbook(arguments: t.Sequence[str], environment: Environment, folder: Path) -> Ended:
    """``ansible-playbook`` with these arguments, in a folder. The first run of a configuration pays for no server."""
    configuration = _configuration(environment)
    server = _servers.get(configuration)
    if server is None and configuration not in _seen_once:
        _seen_once.add(configuration)
        return run_directly(arguments, environment, folder)
    if server is None:
        while len(_servers) >= MOST_SERVERS:
            _servers.pop(next(iter(_servers))).close()
        server = Server(environment, folder)
    _servers[configuration] = server
    return server.run(arguments, environment, folder)


def run_directly(arguments: t.Sequence[str], environment: Environment, folder: Path) -> Ended:
    """The same as a user starts it."""
    done = subprocess.run(
        [PROGRAM, *arguments], env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, start_new_session=True, check=False,
    )  # fmt: skip
    return Ended(done.returncode, done.stdout)


@functools.cache
def _packed_modules() -> Path:
    """A folder for what this environment makes of the collection as it is now; those for older states are removed."""
    state = hashlib.sha256(importlib.metadata.version("ansible-core").encode())
    for file in sorted((ROOT / "plugins").rglob("*.py")):
        state.update(f"{file}\0".encode() + file.read_bytes())
    folder = CACHE / "packed-modules" / Path(sys.prefix).name / state.hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    for other in folder.parent.iterdir():
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)
    return folder


def _configuration(environment: Environment) -> Configuration:
    """What Ansible may read when it is imported."""
    return frozenset(
        (name, value)
        for name, value in environment.items()
        if name not in _OF_ONE_RUN and not name.startswith(_OF_ONE_RUN_PREFIX)
    )


@atexit.register
def _close() -> None:
    while _servers:
        _servers.popitem()[1].close()
