# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Imports Ansible once and forks for each ``ansible-playbook`` that it is asked for: ``server.py SOCKET PROGRAM PACKED_MODULES``.

SOCKET is the number of an inherited stream socket, PACKED_MODULES a folder for the modules that Ansible has packed. A
request is a line of JSON (``arguments``, ``environment``, ``folder``) with a file descriptor, for standard output and
standard error; the response is a line with the status.

Ansible reads its configuration when it is imported, so a server is good for one configuration: it must have been started
with the environment variables that decide it (client.py). Nothing of the collection is imported before the fork.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import random
import socket
import sys
import tempfile
import typing as t
from pathlib import Path

PRELOADED = (
    "ansible.cli.playbook",
    "ansible.executor.module_common",
    "ansible.executor.process.worker",
    "ansible.executor.task_queue_manager",
    "ansible.plugins.action.normal",
    "ansible.plugins.callback.default",
    "ansible.plugins.connection.local",
    "ansible.plugins.filter.core",
    "ansible.plugins.filter.encryption",
    "ansible.plugins.filter.mathstuff",
    "ansible.plugins.filter.urls",
    "ansible.plugins.inventory.auto",
    "ansible.plugins.inventory.host_list",
    "ansible.plugins.inventory.ini",
    "ansible.plugins.inventory.script",
    "ansible.plugins.inventory.yaml",
    "ansible.plugins.shell.sh",
    "ansible.plugins.strategy.linear",
    "ansible.plugins.test.core",
    "ansible.plugins.test.files",
    "ansible.plugins.test.mathstuff",
    "ansible.plugins.test.uri",
    "ansible.plugins.vars.host_group_vars",
)
Request = dict[str, t.Any]


def received(channel: socket.socket) -> tuple[Request, int] | None:
    """The next request and its file descriptor; None at the end."""
    data, descriptors, _flags, _address = socket.recv_fds(channel, 1, 1)
    while data and not data.endswith(b"\n"):
        more = channel.recv(65536)
        if not more:
            return None
        data += more
    return (json.loads(data), descriptors[0]) if data else None


def remember_the_routing_of_builtin_plugins() -> None:
    """Every run parses it, a file that belongs to Ansible, and Ansible lets tools put a cache in the place of its parser."""
    import ansible
    from ansible.utils.collection_loader import _collection_finder as finder

    parse = finder._meta_yml_to_dict
    text = Path(ansible.__file__).with_name("config").joinpath("ansible_builtin_runtime.yml").read_bytes()
    routing = parse(text, ("ansible.builtin", "runtime.yml"))
    finder._meta_yml_to_dict = lambda given, name: routing if given == text else parse(given, name)


def renew_what_belongs_to_one_run(packed_modules: str) -> None:
    """Ansible makes its temporary folder when it reads its configuration, and removes it when the process ends.

    In it is the cache of packed modules, from which all tasks of a run take theirs. Here all runs do so.
    """
    from ansible import constants
    from ansible.config import manager

    atexit.unregister(manager.cleanup_tmp_file)
    parent = Path(constants.DEFAULT_LOCAL_TMP).parent
    folder = Path(tempfile.mkdtemp(prefix=f"ansible-local-{os.getpid()}", dir=parent))
    (folder / "ansiballz_cache").symlink_to(packed_modules)
    constants.DEFAULT_LOCAL_TMP = str(folder)
    atexit.register(manager.cleanup_tmp_file, str(folder), warn=True)
    random.seed()


def play(program: str, packed_modules: str, request: Request, output: int) -> t.NoReturn:
    """Become ``ansible-playbook``: a session of its own, the caller's streams, environment and folder. Ends the process."""
    from ansible.cli.playbook import PlaybookCLI

    os.setsid()
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = [program, *request["arguments"]]
    sys.path[0] = str(Path(program).parent)
    renew_what_belongs_to_one_run(packed_modules)
    PlaybookCLI.cli_executor(sys.argv)
    raise AssertionError("ansible-playbook did not end its process")


def main() -> None:
    channel, program, packed_modules = socket.socket(fileno=int(sys.argv[1])), *sys.argv[2:]
    for name in PRELOADED:
        importlib.import_module(name)
    remember_the_routing_of_builtin_plugins()
    gc.collect()
    gc.freeze()  # the pages of what was imported stay shared
    while (request := received(channel)) is not None:
        pid = os.fork()
        if pid == 0:
            channel.close()
            play(program, packed_modules, *request)
        os.close(request[1])
        _pid, status = os.waitpid(pid, 0)
        channel.sendall(json.dumps({"status": os.waitstatus_to_exitcode(status)}).encode() + b"\n")


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # whoever asked is gone
        main()
