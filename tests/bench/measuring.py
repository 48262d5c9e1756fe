# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Runs of one case, all programs in turn, each from the same start; and what came out."""

from __future__ import annotations

import dataclasses
import json
import statistics
import typing as t
from pathlib import Path

from ansible_collections.edgeops.netstorage.tests.bench.cases import Case
from ansible_collections.edgeops.netstorage.tests.bench.contenders import Contender, Job
from ansible_collections.edgeops.netstorage.tests.bench.watching import Ended, watch
from ansible_collections.edgeops.netstorage.tests.interop.plays import Access
from netstorage_emulator.control import Control, Running, running

ACCOUNT, KEY, CP_CODE = "bench", "an-emulated-key-of-some-length", "123456"
FOLDER = f"/{CP_CODE}/bench"
_COUNTED = 20_000  # objects up to which the store is counted after each run


class WrongResult(Exception):
    """A program left something else in the store than the tree."""


@dataclasses.dataclass(frozen=True)
class Run:
    """One run of one program. ``requests`` and the bytes as the emulator counted them."""

    ended: Ended
    requests: dict[str, int]
    bytes_in: int
    bytes_out: int
    peak_concurrency: int
    connections: int

    @property
    def total(self) -> int:
        return sum(self.requests.values())

    @property
    def flow_seconds(self) -> float | None:
        """What the module alone says of itself."""
        if not self.ended.output.startswith("{"):
            return None
        return float(json.loads(self.ended.output)["seconds"])


@dataclasses.dataclass
class Measured:
    """All runs of one program in one case."""

    contender: Contender
    runs: list[Run] = dataclasses.field(default_factory=list)

    @property
    def seconds(self) -> list[float]:
        return [run.ended.seconds for run in self.runs]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def peak_mib(self) -> float | None:
        peaks = [run.ended.peak_mib for run in self.runs if run.ended.peak_mib is not None]
        return max(peaks, default=None)


@dataclasses.dataclass
class Report:
    """One case. ``over_budget`` names the runs of ours that sent too many requests."""

    case: Case
    measured: list[Measured]
    over_budget: list[str] = dataclasses.field(default_factory=list)

    @property
    def best_peer(self) -> float | None:
        return min((measured.median for measured in self.measured if measured.contender.peer), default=None)


@dataclasses.dataclass(frozen=True)
class Effort:
    """``patience``: seconds after which a program is not run once more in the same case."""

    repeats: int
    patience: float


def measure(case: Case, contenders: t.Sequence[Contender], effort: Effort, work: Path) -> Report:
    """Makes the tree, starts an emulator of its own, and lets the programs take turns."""
    source = work / "source"
    case.tree.make(source)
    data = work / "data"
    report = Report(case, [Measured(contender) for contender in contenders])
    options = {"data": data} if case.on_disk else {}
    with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], **options) as emulator:
        job = Job(case, source, Access(emulator.host_port, ACCOUNT, KEY, FOLDER), work)
        if case.keeps_store:
            case.prepare(job.place, emulator.control.load)
        for _turn in range(effort.repeats):
            for measured in report.measured:
                if sum(measured.seconds) < effort.patience:
                    measured.runs.append(_run(emulator, job, measured.contender))
    _hold_to_budget(report, job)
    return report


def _run(emulator: Running, job: Job, contender: Contender) -> Run:
    control, case = emulator.control, job.case
    control.set_latency(0)
    if not case.keeps_store:
        control.reset_tree()
        case.prepare(job.place, control.load)
    case.renew(job.place, control.load)
    launch = contender.launch(job)
    control.set_latency(case.latency_ms)
    control.reset_counts()
    ended = watch(launch.command, launch.environment, job.work)
    counts = control.reset_counts()
    control.set_latency(0)
    if contender.ours or contender.peer:
        _check(control, job, contender)
    return Run(
        ended,
        counts["by_action"],
        counts["bytes_in"],
        counts["bytes_out"],
        counts["peak_concurrency"],
        counts["connections"],
    )


def _check(control: Control, job: Job, contender: Contender) -> None:
    """A fast program that does something else has won nothing."""
    tree = job.case.tree
    if tree.files > _COUNTED:
        return
    rows = [row for row in control.tree(f"{job.place}/") if row["type"] != "dir"]
    sizes = sum(row.get("size", 0) for row in rows)
    if (len(rows), sizes) != (tree.files + tree.links, tree.files * tree.size):
        raise WrongResult(f"{contender.name}, {job.case.name}: {len(rows)} files and links of {sizes} bytes are in the store")


def _hold_to_budget(report: Report, job: Job) -> None:
    allowed = report.case.requests_at_most(job.place)
    for measured in report.measured:
        totals = [run.total for run in measured.runs] if measured.contender.ours else []
        if max(totals, default=0) > allowed:
            name = f"{report.case.name}, {measured.contender.name}"
            report.over_budget.append(f"{name}: {max(totals)} requests, allowed are {allowed}")
