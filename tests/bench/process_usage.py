# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run of a program: wall time, processor time, peak memory."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import tempfile
import threading
import time
import typing as t
from pathlib import Path

import psutil

_EVERY = 0.02  # seconds between two looks at the memory


class ProgramFailed(Exception):
    """The measured program did not end well, so its figures mean nothing."""


@dataclasses.dataclass(frozen=True)
class Ended:
    """seconds  wall time from start to end of the process
    cpu_seconds  user and system time of the process and of those that it started and waited for
    peak_mib     see ``_Memory``; None where the machine is not a Linux
    """

    seconds: float
    cpu_seconds: float
    peak_mib: float | None
    output: str


def watch(command: t.Sequence[str], environment: t.Mapping[str, str], folder: Path) -> Ended:
    """Runs the command to its end. Raises ProgramFailed with what it printed."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        begun = time.perf_counter()
        process = subprocess.Popen(command, env=dict(environment), cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        with _Memory(process.pid) as memory:
            _pid, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read().decode(errors="replace"))
    if process.returncode != 0:
        raise ProgramFailed(f"{' '.join(command)}: status {process.returncode}\n" + "".join(texts)[-4000:])
    return Ended(seconds, usage.ru_utime + usage.ru_stime, memory.peak_mib, texts[0])


class _Memory:
    """Looks at a process and its descendants every 20 ms, from a thread of its own.

    The peak is the largest sum of proportional set sizes: memory that the processes of a play share counts once. A single
    process has its own high-water mark, which no look can miss.
    """

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._sum = 0.0
        self._mark = 0.0
        self._alone = True

    def __enter__(self) -> _Memory:
        if psutil.LINUX:
            self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def peak_mib(self) -> float | None:
        return (self._mark if self._alone else self._sum) or None

    def _look(self) -> None:
        while not self._ended.wait(_EVERY):
            try:
                family = [self._process, *self._process.children(recursive=True)]
            except psutil.Error:
                return  # it has just ended
            self._alone = self._alone and len(family) == 1
            if self._alone:
                self._mark = max(self._mark, high_water_mib(self._process.pid) or 0.0)
            self._sum = max(self._sum, sum(map(_proportional_mib, family)))


def high_water_mib(pid: int) -> float | None:
    """The most memory that one process has had so far. psutil has no name for it; and ``ru_maxrss`` begins with that of the
    process that started this one.
    """
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), None)


def _proportional_mib(process: psutil.Process) -> float:
    """0 for a process that has just ended."""
    try:
        return float(process.memory_full_info().pss) / (1 << 20)
    except (psutil.Error, OSError):
        return 0.0
