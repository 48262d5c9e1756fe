# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of one case, all programs in turn, each from the same start."""

from __future__ import annotations

import dataclasses
import os
import typing as t
from pathlib import Path

import psutil
import trustme
from ansible_collections.edgeops.netstorage.tests.bench.cases import Case, Start
from ansible_collections.edgeops.netstorage.tests.bench.contenders import Contender, Job
from ansible_collections.edgeops.netstorage.tests.bench.figures import Measured, Report, Run
from ansible_collections.edgeops.netstorage.tests.bench.process_usage import Ended, ProgramFailed, high_water_mib, watch
from ansible_collections.edgeops.netstorage.tests.bench.trees import read_once
from ansible_collections.edgeops.netstorage.tests.interop.play_runner import Access
from netstorage_emulator.control import Control, Running, running

ACCOUNT, KEY, CP_CODE = "bench", "an-emulated-key-of-some-length", "123456"
FOLDER = f"/{CP_CODE}/bench"
_COUNTED = 20_000  # objects up to which the store is counted after each run


class WrongResult(Exception):
    """A program left something else in the store than it should."""


@dataclasses.dataclass(frozen=True)
class Effort:
    """``patience``: seconds after which a program is not run once more in the same case."""

    repeats: int
    patience: float


def measure(case: Case, contenders: t.Sequence[Contender], effort: Effort, source: Path, work: Path) -> Report:
    """Starts an emulator for the case and lets the programs take turns. ``source`` is the tree, ``work`` an empty folder."""
    members = [(one, Measured(one.name, one.ours, one.peer, one.rate)) for one in contenders]
    report = Report(case, [measured for _contender, measured in members])
    options = {**({"data": work / "data"} if case.on_disk else {}), **({"certificate": certificate_in(work)} if case.tls else {})}
    with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], **options) as emulator:
        job = Job(case, source, _access(emulator, case, work), work)
        if case.keeps_store:
            case.prepare(job.place, emulator.control.load)
        if case.on_disk:
            _once_more(emulator, job, members[0][0], Measured("nobody"))  # who fills a new store first pays for its blocks
        for turn in range(effort.repeats):
            first = turn % len(members)
            for contender, measured in members[first:] + members[:first]:
                if not measured.failed and sum(measured.seconds) < effort.patience:
                    _once_more(emulator, job, contender, measured)
        report.emulator_mib = high_water_mib(emulator.process.pid)
    _hold_to_budget(report, job)
    return report


def certificate_in(work: Path) -> Path:
    """A certificate for the emulator, and its authority in ``ca.pem``."""
    authority, certificate = trustme.CA(), work / "certificate.pem"
    authority.cert_pem.write_to_path(str(work / "ca.pem"))
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(certificate))
    return certificate


def _access(emulator: Running, case: Case, work: Path) -> Access:
    if not case.tls:
        return Access(emulator.host_port, ACCOUNT, KEY, FOLDER)
    return Access(f"{emulator.host}:{emulator.https_port}", ACCOUNT, KEY, FOLDER, "https", str(work / "ca.pem"))


def _once_more(emulator: Running, job: Job, contender: Contender, measured: Measured) -> None:
    """A program that fails does not end the benchmark: the others are measured all the same."""
    try:
        measured.runs.append(_run(emulator, job, contender))
    except (ProgramFailed, WrongResult) as error:
        measured.failed = str(error)


def _run(emulator: Running, job: Job, contender: Contender) -> Run:
    control, case = emulator.control, job.case
    if not case.keeps_store:
        control.reset_tree()
        case.prepare(job.place, control.load)
    case.renew(job.place, control.load)
    launch = contender.launch(job)
    control.set_latency(case.latency_ms)
    if case.limits:
        control.set_throttle(**case.limits)
    os.sync()  # what those before it left to be written, the tree first of all, would be charged to this program
    read_once(job.source)
    control.reset_counts()
    spent = _cpu_seconds(emulator)
    try:
        ended = watch(launch.command, launch.environment, job.work)
    finally:
        spent = _cpu_seconds(emulator) - spent
        counts = control.reset_counts()
        control.set_latency(0)
        control.clear_throttle()
    if contender.ours or contender.peer:
        _check(control, job, contender)
    return _as_run(ended, counts, spent)


def _cpu_seconds(emulator: Running) -> float:
    """User and system time of the emulator so far."""
    times = psutil.Process(emulator.process.pid).cpu_times()
    return float(times.user + times.system)


def _as_run(ended: Ended, counts: dict[str, t.Any], emulator_cpu: float) -> Run:
    return Run(
        ended,
        counts["by_action"],
        counts["bytes_in"],
        counts["bytes_out"],
        counts["peak_concurrency"],
        counts["connections"],
        counts["admitted"],
        counts["throttled"],
        counts["seconds"],
        emulator_cpu,
    )


def _check(control: Control, job: Job, contender: Contender) -> None:
    """A fast program that does something else has won nothing."""
    tree, planned = job.case.tree, job.case.check and contender.ours
    if planned and job.case.start is Start.EMPTY:
        if control.tree(f"{job.place}/"):
            raise WrongResult("it was to plan only, and has changed the store")
        return
    if tree.files > _COUNTED:
        return
    rows = [row for row in control.tree(f"{job.place}/") if row["type"] != "dir"]
    sizes = sum(row.get("size", 0) for row in rows)
    if (len(rows), sizes) != (tree.files + tree.links, tree.files * tree.size):
        raise WrongResult(f"{len(rows)} files and links of {sizes} bytes are in the store")


def _hold_to_budget(report: Report, job: Job) -> None:
    """What a throttle refused does not count: how often to ask again is not what the budget is about."""
    allowed = report.case.requests_at_most(job.place)
    for measured in report.measured:
        sent = max((run.total - run.throttled for run in measured.runs), default=0) if measured.ours else 0
        if sent > allowed:
            name = f"{report.case.name}, {measured.program}"
            report.over_budget.append(f"{name}: {sent} requests, allowed are {allowed}")
