# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a stage comes to: a row of the table, and for each failure the one command that repeats exactly that run."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.edgeops.netstorage.tests.bench.table import markdown

Progress = t.Callable[[str], None]
_HEADINGS = ("stage", "what", "where they fell, and figures", "runs", "injected", "survived", "failures", "seconds")


@dataclasses.dataclass(frozen=True)
class Failure:
    """A run that did not hold. ``seed`` alone makes it: ``run.py STAGE --seed SEED --scale 0`` is that run and no other."""

    seed: int
    why: str


@dataclasses.dataclass(frozen=True)
class Row:
    """One stage.

    what      in a few words
    injected  kills or faults that hit a run while it was going on
    survived  the runs in which everything held
    note      figures of the stage's own, such as how the kills were spread
    """

    stage: str
    what: str
    runs: int = 0
    injected: int = 0
    survived: int = 0
    failures: tuple[Failure, ...] = ()
    seconds: float = 0.0
    note: str = ""

    def told(self) -> str:
        """As one line, for the progress."""
        return f"{self.runs} runs, {len(self.failures)} failures, {self.seconds:.0f} s"

    def complaints(self) -> list[str]:
        """Each failure with what repeats it."""
        command = ".venv/bin/python tests/soak/run.py"
        return [f"{self.stage}, seed {one.seed}: {one.why}\n    {command} {self.stage} --seed {one.seed} --scale 0"
                for one in self.failures]  # fmt: skip


def table(rows: t.Sequence[Row]) -> str:
    return markdown([_HEADINGS, *map(_cells, rows)], texts=3)


def _cells(row: Row) -> tuple[str, ...]:
    numbers = (row.runs, row.injected, row.survived, len(row.failures))
    return (row.stage, row.what, row.note, *(f"{number:,}" for number in numbers), f"{row.seconds:,.0f}")


def how_many(at_full_scale: int, scale: float) -> int:
    """Runs of a stage. At least one: with ``--scale 0`` it is the run of the seed itself."""
    return max(1, round(at_full_scale * scale))
