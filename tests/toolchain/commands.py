# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The programs that stages consist of: how they are started, alone or beside each other, and what they count."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import subprocess
import tempfile
import time
import typing as t
from pathlib import Path
from xml.etree import ElementTree

from surroundings import CACHE, ROOT, VENV, clean_environment

REPORTS = CACHE / "reports"
COMPILED_MODULES = ROOT / "tests/compiled_modules"
PATIENCE = 3
PROCESSORS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclasses.dataclass(frozen=True)
class Command:
    """One program to run; ``report`` is where a pytest run leaves its counts.

    ``takes_options``: whether what stands behind the dashes of our own command line is meant for it. ``compiled_modules``:
    whether the modules that it starts are spared compiling. ``alone``: whether it uses all processors.
    """

    title: str
    arguments: tuple[str, ...]
    venv: Path = VENV
    report: Path | None = None
    folder: Path = ROOT
    keep_account: bool = False
    takes_options: bool = False
    own_home: bool = True
    compiled_modules: bool = False
    alone: bool = False


@dataclasses.dataclass
class Tally:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, other: Tally) -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self) -> str:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


def counts(command: Command, status: int) -> Tally:
    """What a pytest run says of itself; one for any other command, and for a pytest run that broke."""
    if command.report is None or not command.report.exists():
        return Tally(passed=int(status == 0), failed=int(status != 0))
    tally = Tally()
    for run in ElementTree.parse(command.report).getroot().iter("testsuite"):
        failed = int(run.get("failures", 0)) + int(run.get("errors", 0))
        skipped = int(run.get("skipped", 0))
        tally.add(Tally(int(run.get("tests", 0)) - failed - skipped, failed, skipped))
    if status and not tally.failed:
        tally.failed = 1
    return tally


def put_away(process: subprocess.Popen[bytes]) -> None:
    """Let a program that we no longer want remove its copies and stop its servers."""
    try:
        # Ctrl-C has reached it as well; a kill of this process alone has not.
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.wait()


class Beginning(t.NamedTuple):
    """When a program was started, and where its output goes."""

    command: Command
    output: t.IO[bytes]
    started: float


def begun(command: Command, options: list[str], output: t.IO[bytes] | None = None) -> subprocess.Popen[bytes]:
    """A program that runs, with its output in a file or where ours goes."""
    if command.report is not None:
        command.report.parent.mkdir(parents=True, exist_ok=True)
        command.report.unlink(missing_ok=True)
    environment = clean_environment(command.venv, keep_account=command.keep_account, own_home=command.own_home)
    if command.compiled_modules:
        environment["PYTHONPATH"] = str(COMPILED_MODULES)
    arguments = [*command.arguments, *(options if command.takes_options else [])]
    together = None if output is None else subprocess.STDOUT
    return subprocess.Popen(
        arguments, cwd=command.folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=together
    )


def execute(command: Command, options: list[str]) -> Tally:
    """Run a program that has the machine to itself."""
    print(f"--- {command.title}", flush=True)
    with begun(command, options) as process:
        try:
            return counts(command, process.wait())
        except KeyboardInterrupt:
            put_away(process)
            raise


def execute_together(commands: list[Command], options: list[str]) -> Tally:
    """Run programs that use one processor each, as many at a time as there are. Each one's output comes at its end.

    Tests wait as well: there is one run of them more.
    """
    tally, running = Tally(), dict[subprocess.Popen[bytes], Beginning]()
    places = PROCESSORS + int(any(command.report is not None for command in commands))
    waiting = list(commands)
    with contextlib.ExitStack() as outputs:
        try:
            while waiting or running:
                while waiting and len(running) < places:
                    command, output = waiting.pop(0), outputs.enter_context(tempfile.TemporaryFile())
                    running[begun(command, options, output)] = Beginning(command, output, time.monotonic())
                for process in [process for process in running if process.poll() is not None]:
                    command, printed, started = running.pop(process)
                    print(f"--- {command.title} ({time.monotonic() - started:.1f} s)", flush=True)
                    printed.seek(0)
                    print(printed.read().decode("utf-8", "replace"), end="", flush=True)
                    tally.add(counts(command, process.returncode))
                time.sleep(0.05)
        except KeyboardInterrupt:
            for process in running:
                put_away(process)
            raise
    return tally
