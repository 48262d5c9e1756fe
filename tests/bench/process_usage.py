# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

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

_EVERY = 0.02  # seconds between two looks at the memory
_PROC = Path("/proc")


class ProgramFailed(Exception):
    """The measured program did not end well, so its figures mean nothing."""


@dataclasses.dataclass(frozen=True)
class Ended:
    """seconds  wall time from start to end of the process
    cpu_seconds  user and system time of the process and of those that it started and waited for
    peak_mib     see ``_Memory``; None where the machine has no /proc
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
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._sum = 0
        self._mark = 0
        self._alone = True

    def __enter__(self) -> _Memory:
        if _PROC.joinpath("self", "smaps_rollup").exists():
            self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def peak_mib(self) -> float | None:
        kib = self._mark if self._alone else self._sum
        return kib / 1024 if kib else None

    def _look(self) -> None:
        while not self._ended.wait(_EVERY):
            family = _family(self._pid)
            self._alone = self._alone and len(family) == 1
            if self._alone:
                self._mark = max(self._mark, _field(self._pid, "status", "VmHWM:"))
            self._sum = max(self._sum, sum(_field(pid, "smaps_rollup", "Pss:") for pid in family))


def high_water_mib(pid: int) -> float | None:
    """The most memory that one process has had so far."""
    kib = _field(pid, "status", "VmHWM:")
    return kib / 1024 if kib else None


def _family(pid: int) -> list[int]:
    """The process and its descendants."""
    found = [pid]
    for member in found:
        try:
            for task in _PROC.joinpath(str(member), "task").iterdir():
                found.extend(int(child) for child in task.joinpath("children").read_text().split())
        except OSError:
            continue  # it has just ended
    return found


def _field(pid: int, file: str, name: str) -> int:
    """A number of KiB; 0 for a process that has just ended."""
    try:
        lines = _PROC.joinpath(str(pid), file).read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)
