# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The benchmark: ns_sync and the real rclone, the same tree, the same emulator, one run.

    .venv/bin/python tests/bench/run.py [CASE ...] [--repeats 5] [--json FILE] [--markdown FILE] ...

Requests are held to the budget and decide the exit status; times are only shown, beside what they ought to be. Some cases are
another matter: ``http``, what a request costs by HTTP client (``http_costs.py``); ``emulator``, how fast that one is
(``emulator_speed.py``); and four that tell what a task costs (``task_costs.py``).
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import sys
import tempfile
import typing as t
from pathlib import Path

from ansible_collections.edgeops.netstorage.tests.bench.case_runs import Effort, measure
from ansible_collections.edgeops.netstorage.tests.bench.cases import CASES, DEFAULT, Case
from ansible_collections.edgeops.netstorage.tests.bench.contenders import CONTENDERS
from ansible_collections.edgeops.netstorage.tests.bench.emulator_speed import NAME as EMULATOR
from ansible_collections.edgeops.netstorage.tests.bench.emulator_speed import TITLE as EMULATOR_TITLE
from ansible_collections.edgeops.netstorage.tests.bench.emulator_speed import (
    Speed,
    measure_speeds,
    speed_values,
    speeds_table,
)
from ansible_collections.edgeops.netstorage.tests.bench.figures import Report
from ansible_collections.edgeops.netstorage.tests.bench.http_costs import (
    NAME,
    REQUESTS,
    TITLE,
    Cost,
    cost_values,
    costs_table,
    measure_costs,
)
from ansible_collections.edgeops.netstorage.tests.bench.table import as_values, headline, notes, table, targets_table
from ansible_collections.edgeops.netstorage.tests.bench.targets import Verdict, verdicts
from ansible_collections.edgeops.netstorage.tests.bench.task_costs import (
    TASK_CASES,
    TaskCase,
    TaskCost,
    measure_tasks,
    task_values,
    task_verdicts,
    tasks_table,
)
from ansible_collections.edgeops.netstorage.tests.bench.trees import KeptTree


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench", description="ns_sync and the real rclone against the same emulator")
    names = [contender.name for contender in CONTENDERS]
    parser.add_argument("cases", nargs="*", metavar="CASE", help="see --list; 'all' for all; the short ones by default")
    parser.add_argument("--list", action="store_true", help="say what cases there are")
    parser.add_argument("--programs", nargs="+", choices=names, help="measure these instead of the case's")
    parser.add_argument("--repeats", type=int, default=5, help="runs of each program in each case, at most (default 5)")
    parser.add_argument("--patience", type=float, default=15, metavar="SECONDS",
                        help="a program that has run so long in a case is not run once more (default 15)")  # fmt: skip
    parser.add_argument("--latency", type=float, metavar="MS", help="another latency than the case's")
    parser.add_argument("--files", type=int, help="another number of files than the case's")
    parser.add_argument("--connections", type=int, help="another number of connections than the case's")
    parser.add_argument("--scratch", type=Path, help="where to make the trees (default: the folder for temporary files)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure of every run there")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write there what is printed, too")
    return parser


SEPARATE = {NAME: TITLE, EMULATOR: EMULATOR_TITLE}
"""Cases without a tree."""


class _Chosen(t.NamedTuple):
    """The cases, those of tasks, and which of the separate ones are among them."""

    cases: list[Case]
    task_cases: list[TaskCase]
    separate: set[str]


def _chosen(parser: argparse.ArgumentParser, given: argparse.Namespace) -> _Chosen:
    every = [*CASES, *TASK_CASES, *SEPARATE]
    names = every if given.cases == ["all"] else given.cases or [*DEFAULT, *SEPARATE]
    unknown = [name for name in names if name not in every]
    if unknown:
        parser.error(f"there is no case {unknown[0]}; there are {', '.join(every)}")
    adjusted = [_adjusted(CASES[name], given) for name in names if name in CASES]
    return _Chosen(adjusted, [TASK_CASES[name] for name in names if name in TASK_CASES], SEPARATE.keys() & names)


def _adjusted(case: Case, given: argparse.Namespace) -> Case:
    changes: dict[str, t.Any] = {}
    if given.latency is not None:
        changes["latency_ms"] = given.latency
    if given.connections is not None:
        changes["connections"] = given.connections
    if given.files is not None:
        changes["tree"] = dataclasses.replace(case.tree, files=given.files)
    if changes:
        changes["title"] = case.title + ", adjusted"
    return dataclasses.replace(case, **changes)


def _measured(case: Case, given: argparse.Namespace, trees: KeptTree) -> Report:
    contenders = [contender for contender in CONTENDERS if contender.name in (given.programs or case.programs)]
    print(f"... {headline(case)}", file=sys.stderr, flush=True)
    source = trees.made(case.tree)
    with tempfile.TemporaryDirectory(prefix="netstorage-bench-", dir=given.scratch) as work:
        return measure(case, contenders, Effort(given.repeats, given.patience), source, Path(work))


def _costs(rounds: int) -> list[Cost]:
    print(f"... {NAME}: {TITLE}", file=sys.stderr, flush=True)
    return measure_costs(rounds)


def _task_costs(cases: list[TaskCase], given: argparse.Namespace) -> list[TaskCost]:
    print(f"... {', '.join(case.name for case in cases)}: what a task costs", file=sys.stderr, flush=True)
    return measure_tasks(cases, Effort(given.repeats, given.patience))


def _speeds(rounds: int) -> list[Speed]:
    print(f"... {EMULATOR}: {EMULATOR_TITLE}", file=sys.stderr, flush=True)
    return measure_speeds(rounds)


def _load() -> str:
    """How many processes wanted a core in the last minute."""
    return f"{os.getloadavg()[0]:.1f}"


class _Results(t.NamedTuple):
    """What was measured."""

    reports: list[Report]
    tasks: list[TaskCost]
    costs: list[Cost]
    speeds: list[Speed]

    @property
    def verdicts(self) -> list[Verdict]:
        return [*verdicts(self.reports), *task_verdicts(self.tasks)]


def _text(results: _Results) -> str:
    reports, tasks, costs, speeds = results
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"
    parts = []
    if reports:
        told = f"{machine}. Median, least and most of the wall times; ratio of medians to the faster rclone."
        parts += [table(reports), "\n".join(f"* {line}" for line in notes(reports)), told]
    if tasks:
        told = f"{machine}. Processor time of ansible-playbook with all that it starts; shares of medians."
        parts += [tasks_table(tasks), told]
    judged = results.verdicts
    if judged:
        parts.append(targets_table(judged))
    if costs:
        told = f"{machine}. Processor time of one small upload, of the client alone; {REQUESTS} uploads in each round."
        parts += [costs_table(costs), told]
    if speeds:
        told = f"{machine}, load {_load()}. The emulator has one core, its client another; every request is signed and checked."
        parts += [speeds_table(speeds), told]
    return "\n\n".join(part for part in parts if part)


def _save(results: _Results, given: argparse.Namespace) -> None:
    if given.json is not None:
        values = {
            **as_values(results.reports, results.verdicts),
            "tasks": task_values(results.tasks),
            "http": cost_values(results.costs),
            "emulator": speed_values(results.speeds),
        }
        given.json.write_text(json.dumps(values, indent=1), encoding="utf-8")
    if given.markdown is not None:
        given.markdown.write_text(_text(results) + "\n", encoding="utf-8")


def _complaints(reports: list[Report]) -> list[str]:
    """What makes the exit status 1: too many requests, and programs that failed or did something else."""
    over = [f"over budget: {line}" for report in reports for line in report.over_budget]
    return over + [f"failed: {line}" for report in reports for line in report.failures]


def main(arguments: t.Sequence[str] | None = None) -> int:
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.list:
        for case in CASES.values():
            print(f"{case.name:<14} {'*' if case.default else ' '} {headline(case).partition(': ')[2]}")
        for task_case in TASK_CASES.values():
            print(f"{task_case.name:<14}   {task_case.title}")
        for name, title in SEPARATE.items():
            print(f"{name:<14} * {title}")
        return 0
    chosen = _chosen(parser, given)
    with KeptTree(given.scratch) as trees:
        reports = [_measured(case, given, trees) for case in chosen.cases]
    results = _Results(
        reports,
        _task_costs(chosen.task_cases, given) if chosen.task_cases else [],
        _costs(given.repeats) if NAME in chosen.separate else [],
        _speeds(given.repeats) if EMULATOR in chosen.separate else [],
    )
    print(_text(results))
    _save(results, given)
    complaints = _complaints(reports)
    for line in complaints:
        print(line, file=sys.stderr)
    return int(bool(complaints))


if __name__ == "__main__":
    sys.exit(main())
