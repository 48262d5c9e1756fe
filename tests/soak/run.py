# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The long tests: everything that can go wrong at a random moment, often enough to be believed.

    .venv/bin/python tests/soak/run.py [STAGE ...] [--seed N] [--scale 1.0] [--markdown FILE]

A line of progress per stage, a table at the end, exit status 1 where anything failed. ``docs/soak.md`` says what is proved.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import importlib.util
import os
import platform
import signal
import subprocess
import sys
import time
import typing as t
from pathlib import Path

from ansible_collections.edgeops.netstorage.tests.soak.rows import Failure, Row, table
from ansible_collections.edgeops.netstorage.tests.toolchain.surroundings import clean_environment
from netstorage_emulator.control import ControlError

_TESTS = "ansible_collections.edgeops.netstorage.tests."
# Each of these modules has a function ``stage(seed, scale, progress) -> Row``.
STAGES = {
    "matrix": "soak.matrix",
    "local": "soak.local",
    "kills": "soak.kills",
    "orphans": "soak.orphans",
    "emulator-kills": "soak.emulator_kills",
    "two-deploys": "soak.two_deploys",
    "knobs": "soak.knobs",
    "provisioning": "soak.provisioning",
    "conformance": "soak.conformance",
    "fuzz": "fuzz.soak",
    "load": "soak.load",
}
_BROKEN = (
    AssertionError, ControlError, subprocess.SubprocessError, OSError, RuntimeError, ValueError, LookupError, TypeError,
)  # fmt: skip
_PATIENCE = 30.0  # seconds between two lines of progress where no line can be rewritten


class Line:
    """The progress of one stage: rewritten on a terminal, told anew now and then where the output is a file."""

    def __init__(self, stage: str, stream: t.TextIO = sys.stderr) -> None:
        self._stage, self._stream = stage, stream
        self._rewrites = stream.isatty()
        self._begun = self._told = time.monotonic()

    def __call__(self, text: str) -> None:
        if self._rewrites:
            self._write(text, "\r\033[K", "")
        elif time.monotonic() - self._told >= _PATIENCE:
            self._write(text, "", "\n")

    def end(self, text: str) -> None:
        self._write(text, "\r\033[K" if self._rewrites else "", "\n")

    def _write(self, text: str, before: str, after: str) -> None:
        self._told = time.monotonic()
        self._stream.write(f"{before}{self._stage:<15} {self._told - self._begun:6.0f} s   {text}{after}")
        self._stream.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="soak", description="kills, faults, load and every knob, with random moments")
    parser.add_argument("stages", nargs="*", metavar="STAGE", help=f"some of {', '.join(STAGES)}; all by default")
    parser.add_argument("--seed", type=int, default=1, help="of the first run of each stage; the next run has the next one")
    parser.add_argument("--scale", type=float, default=1.0, help="how much of everything; 0 is one single run (default 1.0)")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write there what is printed, too")
    return parser


def _row(stage: str, seed: int, scale: float) -> Row:
    """A stage that ends out of turn has failed, and the others are run all the same."""
    line, name, begun = Line(stage), _TESTS + STAGES[stage], time.monotonic()
    if not _is_there(name):
        line.end("left out: it is not there")
        return Row(stage, "(not there)")
    try:
        row: Row = importlib.import_module(name).stage(seed, scale, line)
    except _BROKEN as error:
        row = Row(stage, "(broke off)", failures=(Failure(seed, f"the stage itself broke off: {error!r}"),))
    row = dataclasses.replace(row, seconds=time.monotonic() - begun)
    line.end(row.told())
    return row


def _is_there(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _text(rows: list[Row], seed: int, scale: float) -> str:
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"
    return f"{table(rows)}\n\nSeed {seed}, scale {scale:g}; {machine}."


def main(arguments: t.Sequence[str] | None = None) -> int:
    parser = _parser()
    given = parser.parse_args(arguments)
    unknown = [stage for stage in given.stages if stage not in STAGES]
    if unknown:
        parser.error(f"there is no stage {unknown[0]}; there are {', '.join(STAGES)}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a polite kill puts everything away, as Ctrl-C does
    os.environ.update(surroundings())
    rows = [_row(stage, given.seed, given.scale) for stage in given.stages or STAGES]
    text = _text(rows, given.seed, given.scale)
    print(text)
    if given.markdown is not None:
        given.markdown.write_text(text + "\n", encoding="utf-8")
    complaints = [complaint for row in rows for complaint in row.complaints()]
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return int(bool(complaints))


def surroundings() -> dict[str, str]:
    """Nothing that the caller has configured reaches the runs."""
    wanted = clean_environment(Path(sys.prefix))
    for name in set(os.environ) - set(wanted):
        del os.environ[name]
    return wanted


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        sys.exit(130)
