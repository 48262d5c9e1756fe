# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The figures as a table for people and as JSON."""

from __future__ import annotations

import typing as t

from ansible_collections.edgeops.netstorage.tests.bench.cases import Case
from ansible_collections.edgeops.netstorage.tests.bench.measuring import Measured, Report, Run

_HEADINGS = (
    "case", "program", "requests", "runs", "median s", "min", "max", "cpu s", "peak MiB", "in", "out", "of rclone's best",
)  # fmt: skip
_TEXTS = 3  # columns that are no numbers


def table(reports: t.Sequence[Report]) -> str:
    """A Markdown table: one row for each program in each case."""
    rows = [_HEADINGS, *(_row(report, measured) for report in reports for measured in report.measured if measured.runs)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    rules = tuple("-" * width if column < _TEXTS else "-" * (width - 1) + ":" for column, width in enumerate(widths))
    return "\n".join(_line(row, widths) for row in (rows[0], rules, *rows[1:]))


def limits(reports: t.Sequence[Report]) -> list[str]:
    """For cases with a latency that send much: what waiting alone takes, which no program can beat."""
    lines = []
    for report in reports:
        ours = next((measured for measured in report.measured if measured.contender.name == "module" and measured.runs), None)
        if not report.case.latency_ms or ours is None or report.case.keeps_store:
            continue
        requests, connections = ours.runs[-1].total, report.case.connections
        seconds = requests * report.case.latency_ms / 1000 / connections
        flow = ours.runs[-1].flow_seconds or 0.0
        lines.append(
            f"{report.case.name}: {requests} requests x {report.case.latency_ms:g} ms / {connections} connections = "
            f"{seconds:.2f} s; the module's flow, without the start of Python: {flow:.2f} s"
        )
    return lines


def as_values(reports: t.Sequence[Report]) -> list[dict[str, t.Any]]:
    """Everything, for other programs."""
    return [
        {
            "case": report.case.name,
            "title": report.case.title,
            "latency_ms": report.case.latency_ms,
            "connections": report.case.connections,
            "files": report.case.tree.files,
            "over_budget": report.over_budget,
            "programs": {measured.contender.name: _values(report, measured) for measured in report.measured if measured.runs},
        }
        for report in reports
    ]


def _values(report: Report, measured: Measured) -> dict[str, t.Any]:
    return {
        "median_seconds": measured.median,
        "ratio": measured.median / report.best_peer if report.best_peer else None,
        "peak_mib": measured.peak_mib,
        "runs": [_run_values(run) for run in measured.runs],
    }


def _run_values(run: Run) -> dict[str, t.Any]:
    return {
        "seconds": run.ended.seconds,
        "flow_seconds": run.flow_seconds,
        "cpu_seconds": run.ended.cpu_seconds,
        "peak_mib": run.ended.peak_mib,
        "requests": run.requests,
        "bytes_in": run.bytes_in,
        "bytes_out": run.bytes_out,
        "peak_concurrency": run.peak_concurrency,
        "connections": run.connections,
    }


def _row(report: Report, measured: Measured) -> tuple[str, ...]:
    last, seconds = measured.runs[-1], measured.seconds
    cpu = sorted(run.ended.cpu_seconds for run in measured.runs)[len(measured.runs) // 2]
    peak = measured.peak_mib
    return (
        report.case.name,
        measured.contender.name,
        _requests(last),
        str(len(seconds)),
        f"{measured.median:.2f}",
        f"{min(seconds):.2f}",
        f"{max(seconds):.2f}",
        f"{cpu:.2f}",
        f"{peak:.0f}" if peak is not None else "?",
        _bytes(last.bytes_in),
        _bytes(last.bytes_out),
        f"{measured.median / report.best_peer:.2f}" if report.best_peer else "",
    )


def _requests(run: Run) -> str:
    if not run.total:
        return "0"
    actions = sorted(run.requests.items(), key=lambda pair: -pair[1])
    return f"{run.total}: " + ", ".join(f"{action} {count}" for action, count in actions)


def _bytes(count: int) -> str:
    for unit in ("B", "kB", "MB"):
        if count < 10_000:
            return f"{count} {unit}"
        count = round(count / 1000)
    return f"{count} GB"


def _line(row: t.Sequence[str], widths: t.Sequence[int]) -> str:
    sized = enumerate(zip(row, widths, strict=True))
    cells = (cell.ljust(width) if column < _TEXTS else cell.rjust(width) for column, (cell, width) in sized)
    return "| " + " | ".join(cells) + " |"


def headline(case: Case) -> str:
    return f"{case.name}: {case.title} (the store holds {case.start.value})"
