# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure which lines and branches the tests reach, by room: ``coverage_run.py [--keep-floor]``.

What runs: the unit tests, those of the emulator, the contract suite, and of the integration suite what is marked ``every_core``.
Every Python process that they start is measured: plays and their forks, modules in their archives, emulators. One that is killed
leaves no figures.

A room that is below its floor (coverage_floor.json) fails. ``--keep-floor`` writes the floor anew instead: what was measured,
less one point.
"""

from __future__ import annotations

import collections
import json
import math
import os
import shutil
import signal
import sys
import typing as t
from pathlib import Path

import coverage
import stages
from commands import PROCESSORS, Command
from prepare import EMULATOR
from surroundings import CACHE, ROOT

FOLDER = CACHE / "coverage"
DATA = FOLDER / "data"
SETTINGS = FOLDER / "coveragerc"
FLOOR = Path(__file__).with_name("coverage_floor.json")
PACKAGE = EMULATOR / "netstorage_emulator"
LESS = 1.0
# Modules run from archives in temporary folders, and the emulator is installed as a copy: [paths] brings them home.
CONFIGURATION = f"""\
[run]
branch = True
parallel = True
patch = _exit, fork
disable_warnings = no-data-collected, module-not-measured, already-imported
include =
    {ROOT}/plugins/*
    */ansible_collections/edgeops/netstorage/plugins/*
    */netstorage_emulator/*
omit =
    **/*.zip/**/__init__.py
[report]
exclude_also =
    if t.TYPE_CHECKING:
    @(abc\\.)?abstractmethod
[paths]
plugins =
    {ROOT}/plugins
    */ansible_collections/edgeops/netstorage/plugins
emulator =
    {PACKAGE}
    */netstorage_emulator
"""


class Room(t.NamedTuple):
    """Counts of one room: of files, of lines and branches, and of those that were reached."""

    files: int = 0
    lines: int = 0
    reached_lines: int = 0
    branches: int = 0
    reached_branches: int = 0

    def __add__(self, other: tuple[int, ...]) -> Room:  # type: ignore[override]
        return Room(*(ours + theirs for ours, theirs in zip(self, other, strict=True)))

    @property
    def percent(self) -> tuple[float, float]:
        """Of the lines, and of the branches; a room without any has reached them all."""
        return share(self.reached_lines, self.lines), share(self.reached_branches, self.branches)


def share(part: int, whole: int) -> float:
    return 100.0 * part / whole if whole else 100.0


def room_of(file: Path) -> str:
    """The folder below ``plugins``; the emulator is one room."""
    return "emulator" if file.is_relative_to(PACKAGE) else str(file.parent.relative_to(ROOT))


def measured_commands() -> list[Command]:
    marked = stages.suite("tests/integration", "-m", "every_core", workers=PROCESSORS + 1)
    return [*stages.unit(), *stages.contract(), marked]


def measure() -> bool:
    """Run the suites; whether all of their tests passed."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    SETTINGS.write_text(CONFIGURATION, encoding="utf-8")
    # The file that coverage installs into an environment looks at the first, in each Python that starts.
    os.environ.update(COVERAGE_PROCESS_START=str(SETTINGS), COVERAGE_FILE=str(DATA))
    tally = stages.run_stage("coverage", measured_commands(), [])
    print(tally, flush=True)
    return not tally.failed


def combined() -> coverage.Coverage:
    """What all processes have left."""
    measurement = coverage.Coverage(data_file=str(DATA), config_file=str(SETTINGS))
    measurement.combine([str(FOLDER)])
    return measurement


def measured(measurement: coverage.Coverage) -> dict[str, Room]:
    """By room, with the files that nothing imports."""
    files = [*(ROOT / "plugins").rglob("*.py"), *PACKAGE.rglob("*.py")]
    measurement.get_data().touch_files(list(map(str, files)))
    measurement.json_report(outfile=str(FOLDER / "report.json"))
    measurement.html_report(directory=str(FOLDER / "html"))
    rooms: dict[str, Room] = collections.defaultdict(Room)
    report = json.loads((FOLDER / "report.json").read_text(encoding="utf-8"))
    for name, values in report["files"].items():
        sums = values["summary"]
        counts = (sums["num_statements"], sums["covered_lines"], sums["num_branches"], sums["covered_branches"])
        rooms[room_of(ROOT / name)] += (1, *counts)
    return dict(sorted(rooms.items()))


def table(rooms: dict[str, Room]) -> str:
    total = sum(rooms.values(), Room())
    lines = [f"{'room':40} {'files':>5} {'lines':>7} {'reached':>8} {'branches':>9} {'reached':>8}"]
    for name, room in [*rooms.items(), ("all", total)]:
        of_lines, of_branches = room.percent
        lines.append(f"{name:40} {room.files:5} {room.lines:7} {of_lines:7.1f}% {room.branches:9} {of_branches:7.1f}%")
    return "\n".join(lines)


def below(rooms: dict[str, Room], floor: dict[str, list[float]]) -> list[str]:
    """What is wrong: a room below its floor, one without a floor, and a floor without a room."""
    found = [f"{name}: has no floor; --keep-floor writes one" for name in rooms if name not in floor]
    found += [f"{name}: there is no such room; --keep-floor writes the floor anew" for name in floor if name not in rooms]
    for name in rooms.keys() & floor.keys():
        for kind, percent, least in zip(("lines", "branches"), rooms[name].percent, floor[name], strict=True):
            if percent < least:
                found.append(f"{name}: the tests reach {percent:.1f} % of the {kind}, and at least {least} % are asked for")
    return sorted(found)


def floor_of(rooms: dict[str, Room]) -> dict[str, list[float]]:
    """What was measured, less one point, in tenths."""
    return {name: [max(0.0, math.floor((percent - LESS) * 10) / 10) for percent in room.percent] for name, room in rooms.items()}


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        passed = measure()
    except KeyboardInterrupt:
        return 130
    rooms = measured(combined())
    print(table(rooms))
    print(f"Line by line: {(FOLDER / 'html/index.html').relative_to(ROOT)}")
    if "--keep-floor" in arguments:
        lines = [f"  {json.dumps(name)}: {json.dumps(values)}" for name, values in floor_of(rooms).items()]
        FLOOR.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
        return int(not passed)
    wrong = below(rooms, json.loads(FLOOR.read_text(encoding="utf-8")))
    print("\n".join(wrong))
    return int(bool(wrong) or not passed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
