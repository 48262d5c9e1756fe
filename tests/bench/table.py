# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The figures as Markdown tables for people and as JSON."""

from __future__ import annotations

import typing as t

from ansible_collections.edgeops.netstorage.tests.bench.cases import Case
from ansible_collections.edgeops.netstorage.tests.bench.figures import Measured, Report, Run, limit, share_of_throttle
from ansible_collections.edgeops.netstorage.tests.bench.targets import Verdict

_HEADINGS = (
    "case", "program", "requests", "runs", "median s", "least to most", "cpu s", "peak MiB", "emulator", "of rclone's best",
)  # fmt: skip
_MET = {True: "yes", False: "NO", None: "not measured"}


def table(reports: t.Sequence[Report]) -> str:
    """One row for each program in each case."""
    rows = [_row(report, measured) for report in reports for measured in report.measured if measured.runs]
    return markdown([_HEADINGS, *rows], texts=3)


def targets_table(verdicts: t.Sequence[Verdict]) -> str:
    rows = [(one.case, one.what, one.target, one.measured, _MET[one.met]) for one in verdicts]
    return markdown([("case", "what", "target", "measured", "met"), *rows], texts=2)


def markdown(rows: t.Sequence[t.Sequence[str]], texts: int) -> str:
    """The first row is the heading; behind so many columns of text come numbers, which stand to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    rules = ["-" * width if column < texts else "-" * (width - 1) + ":" for column, width in enumerate(widths)]
    lines = []
    for row in (rows[0], rules, *rows[1:]):
        sized = enumerate(zip(row, widths, strict=True))
        cells = (cell.ljust(width) if column < texts else cell.rjust(width) for column, (cell, width) in sized)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def notes(reports: t.Sequence[Report]) -> list[str]:
    """Lines under the table: the limits, the throttle, the emulator's memory."""
    lines = []
    for report in reports:
        for measured in report.measured:
            lines += _limit(report, measured) + _share(report, measured) + _handshakes(report, measured)
    memories = [f"{report.case.name} {report.emulator_mib:.0f} MiB" for report in reports if report.emulator_mib]
    return [*lines, "memory of the emulator: " + ", ".join(memories)] if memories else lines


def _limit(report: Report, measured: Measured) -> list[str]:
    """What waiting alone takes, which no program can beat; only the module alone says how long its flow took."""
    if measured.flow is None:
        return []
    found = limit(report.case, measured.runs[-1].admitted, measured.rate)
    if found is None:
        return []
    reached = f"the flow {measured.flow:.2f} s, {measured.flow / found.seconds:.2f} x the limit"
    return [f"{report.case.name}, {measured.program}: {found.terms} = {found.seconds:.2f} s; {reached}"]


def _share(report: Report, measured: Measured) -> list[str]:
    share = share_of_throttle(report.case, measured.runs[-1]) if measured.runs else None
    if share is None:
        return []
    run = measured.runs[-1]
    counts = f"{run.admitted:,} requests admitted and {run.throttled:,} refused in {run.busy_seconds:.2f} s"
    return [f"{report.case.name}, {measured.program}: {counts}; {share:.2f} of what the throttle allows"]


def _handshakes(report: Report, measured: Measured) -> list[str]:
    if not report.case.tls or not measured.runs or not measured.runs[-1].total:
        return []
    run = measured.runs[-1]
    return [f"{report.case.name}, {measured.program}: {run.total:,} requests over {run.connections:,} TLS connections"]


def as_values(reports: t.Sequence[Report], verdicts: t.Sequence[Verdict]) -> dict[str, t.Any]:
    """Everything, for other programs."""
    return {"cases": [_report_values(report) for report in reports], "targets": [one._asdict() for one in verdicts]}


def _report_values(report: Report) -> dict[str, t.Any]:
    return {
        "case": report.case.name,
        "title": report.case.title,
        "latency_ms": report.case.latency_ms,
        "connections": report.case.connections,
        "throttle": report.case.throttle,
        "crowded_ms": report.case.crowded_ms,
        "check": report.case.check,
        "files": report.case.tree.files,
        "over_budget": report.over_budget,
        "failures": report.failures,
        "emulator_mib": report.emulator_mib,
        "programs": {measured.program: _values(report, measured) for measured in report.measured if measured.runs},
    }


def _values(report: Report, measured: Measured) -> dict[str, t.Any]:
    found = limit(report.case, measured.runs[-1].admitted, measured.rate)
    return {
        "median_seconds": measured.median,
        "ratio": measured.median / report.best_peer if report.best_peer else None,
        "peak_mib": measured.peak_mib,
        "limit_seconds": found.seconds if found else None,
        "start_up_seconds": measured.start_up,
        "runs": [_run_values(report.case, run) for run in measured.runs],
    }


def _run_values(case: Case, run: Run) -> dict[str, t.Any]:
    return {
        "seconds": run.ended.seconds,
        "flow_seconds": run.flow_seconds,
        "busy_seconds": run.busy_seconds,
        "cpu_seconds": run.ended.cpu_seconds,
        "peak_mib": run.ended.peak_mib,
        "requests": run.requests,
        "throttled": run.throttled,
        "share_of_throttle": share_of_throttle(case, run),
        "bytes_in": run.bytes_in,
        "bytes_out": run.bytes_out,
        "peak_concurrency": run.peak_concurrency,
        "connections": run.connections,
        "emulator_cpu_seconds": run.emulator_cpu,
    }


def _row(report: Report, measured: Measured) -> tuple[str, ...]:
    seconds = measured.seconds
    cpu = sorted(run.ended.cpu_seconds for run in measured.runs)[len(measured.runs) // 2]
    peak = measured.peak_mib
    return (
        report.case.name,
        measured.program,
        _requests(measured.runs[-1]),
        str(len(seconds)) + (", then failed" if measured.failed else ""),
        f"{measured.median:.2f}",
        f"{min(seconds):.2f} to {max(seconds):.2f}" if len(seconds) > 1 else "",
        f"{cpu:.2f}",
        f"{peak:.0f}" if peak is not None else "?",
        f"{100 * measured.emulator_share:.0f} %" if measured.emulator_share is not None else "",
        f"{measured.median / report.best_peer:.2f}" if report.best_peer else "",
    )


def _requests(run: Run) -> str:
    if not run.total:
        return "0"
    actions = sorted(run.requests.items(), key=lambda pair: -pair[1])
    refused = f"; {run.throttled:,} of them refused" if run.throttled else ""
    return f"{run.total:,}: " + ", ".join(f"{action} {count:,}" for action, count in actions) + refused


def headline(case: Case) -> str:
    return f"{case.name}: {case.title} (the store holds {case.start.value})"
