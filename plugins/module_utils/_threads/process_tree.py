# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parent processes of a module: shell, Ansible's worker, ansible-playbook.

When Ansible is killed, or gives up on a task (``timeout:``), the module's own parent is a shell that goes on waiting for
it. So the whole chain up to Ansible, or to the session of sshd, is remembered at the start: when one of it ends, the one
below gets another parent. An async task is cut off from Ansible on purpose, before the module starts; its chain ends at
its own wrapper.

Ansible may also be killed before the module has looked up for the first time: its worker goes on preparing the task and
starts the module. So a worker without the program that it was forked from counts as an Ansible that is gone.
"""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

_PROC = Path("/proc")
_HIGHEST = 8
_ANSIBLE = (b"ansible", b"async_wrapper")
_SSHD = b"sshd"
_PLAYERS = (b"ansible-playbook", b"ansible", b"ansible-console")  # programs whose workers run tasks


class ProcessTree:
    """``pids``: this process, its parent, and so on up to Ansible. Without /proc (not Linux) only the parent is known.

    is_orphaned  Ansible was gone before they were remembered
    """

    def __init__(self, pids: t.Sequence[int], is_orphaned: bool = False) -> None:
        self._pids, self.is_orphaned = tuple(pids), is_orphaned

    @classmethod
    def of_this_process(cls) -> ProcessTree:
        pids = [os.getpid(), os.getppid()]
        highest, found = 2, _is_ansible(_command(pids[1]))
        while len(pids) < _HIGHEST and pids[-1] > 1:
            above = _parent(pids[-1])
            if above is None or above <= 1:
                break
            pids.append(above)
            command = _command(above)
            is_ansible = _is_ansible(command)
            if found and not is_ansible:
                break  # the user's shell and all above it may end, while Ansible goes on in the background
            found = found or is_ansible
            if is_ansible or command.startswith(_SSHD):
                highest = len(pids)
            if command.startswith(_SSHD):
                break  # what is above the session may be restarted at any time
        return cls(pids[:highest], _is_orphaned(pids))

    def is_alive(self) -> bool:
        """Whether each process still has the parent that it had."""
        if self.is_orphaned:
            return False
        if os.getpid() == self._pids[0] and os.getppid() != self._pids[1]:
            return False
        return all(_parent(pid) in (above, None) for pid, above in zip(self._pids[1:], self._pids[2:]))


def _parent(pid: int) -> int | None:
    """None if it cannot be found out."""
    try:
        status = _PROC.joinpath(str(pid), "stat").read_bytes()
    except OSError:
        return None
    # The name of the program is in brackets, and may contain blanks and brackets.
    return int(status.rpartition(b")")[2].split()[1])


def _is_orphaned(pids: t.Sequence[int]) -> bool:
    """Whether there is a worker without the program that forked it. Both have the same command line, one is the parent.

    A false positive would cancel a run for no reason, so where it cannot be found out the result is False.
    """
    players = [pid for pid in pids if _plays(_command(pid))]
    above = _parent(players[0]) if len(players) == 1 else None
    if above is None:
        return False
    command = _command(above)
    return not _plays(command) and (above == 1 or bool(command))


def _plays(command: bytes) -> bool:
    words = command.split(b"\0")
    if os.path.basename(words[0]).startswith(b"python"):
        words = [word for word in words[1:] if not word.startswith(b"-")] or [b""]
    return os.path.basename(words[0]) in _PLAYERS


def _is_ansible(command: bytes) -> bool:
    """Whether it is a program of Ansible, and not a process that Ansible has started."""
    return any(os.path.basename(word).startswith(_ANSIBLE) for word in command.split(b"\0")[:3])


def _command(pid: int) -> bytes:
    try:
        return _PROC.joinpath(str(pid), "cmdline").read_bytes()
    except OSError:
        return b""
