# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The benchmark of tasks: that each case does what it says, and its table, with figures that are made up. No time is judged."""

from __future__ import annotations

import json
import pathlib

import pytest
from ansible_collections.edgeops.netstorage.tests.bench import run, task_costs
from ansible_collections.edgeops.netstorage.tests.bench.case_runs import Effort, WrongResult
from ansible_collections.edgeops.netstorage.tests.bench.process_usage import Ended
from ansible_collections.edgeops.netstorage.tests.bench.task_costs import (
    TARGETS,
    TASK_CASES,
    TaskCost,
    measure_tasks,
    task_verdicts,
    tasks_table,
)

CPU = {"loop-file": [1.0, 1.2, 1.1], "loop-file-tls": [1.9], "loop-copy": [40.0], "loop-debug": [0.8, 0.5]}
MADE_UP = [
    TaskCost(TASK_CASES[name], [Ended(one + 0.5, one, None, "") for one in cpu], 200 if "file" in name else 0)
    for name, cpu in CPU.items()
]


def test_a_target_is_about_cases_that_there_are() -> None:
    assert {name for first, second, _most in TARGETS for name in (first, second)} <= set(TASK_CASES)


def test_the_tasks_find_nothing_to_change() -> None:
    """``measure_tasks`` refuses any other outcome. Copies take long, and are looked at by their tasks alone."""
    cases = [case for name, case in TASK_CASES.items() if name != "loop-copy"]
    costs = measure_tasks(cases, Effort(1, 15), count=2)
    assert [(cost.case.name, cost.requests, len(cost.ended)) for cost in costs] == [
        ("loop-file", 4, 1), ("loop-file-tls", 4, 1), ("tasks-file", 4, 1), ("loop-debug", 0, 1),
    ]  # fmt: skip
    (copy,) = TASK_CASES["loop-copy"].tasks(pathlib.Path("/w"), ["a", "b"])
    assert copy == {
        "ansible.builtin.copy": {"src": "/w/source/{{ item }}", "dest": "/w/copies/{{ item }}"}, "loop": ["a", "b"],
    }  # fmt: skip


def test_a_case_that_changes_something_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_costs, "watch", lambda *_given: Ended(1.0, 1.0, None, "changed=1 "))
    with pytest.raises(WrongResult, match="loop-debug: nothing was to change"):
        measure_tasks([TASK_CASES["loop-debug"]], Effort(1, 15), count=1)


def test_the_table_shows_shares_of_the_medians() -> None:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in tasks_table(MADE_UP).splitlines()[2:]]
    assert [row[0:1] + row[2:] for row in rows] == [
        ["loop-file", "200", "3", "1.10", "1.00 to 1.20", "1.60", "0.03", "1.69"],
        ["loop-file-tls", "200", "1", "1.90", "", "2.40", "0.05", "2.92"],
        ["loop-copy", "0", "1", "40.00", "", "40.50", "1.00", "61.54"],
        ["loop-debug", "0", "2", "0.65", "0.50 to 0.80", "1.15", "0.02", "1.00"],
    ]


def test_targets_are_met_or_not_or_not_measured() -> None:
    assert [(one.case, one.measured, one.met) for one in task_verdicts(MADE_UP)] == [
        ("loop-file", "0.028", True), ("loop-file", "1.692", True), ("loop-file-tls", "2.923", False),
    ]  # fmt: skip
    assert [(one.measured, one.met) for one in task_verdicts(MADE_UP[:1])] == [("?", None)] * 2
    assert task_verdicts(MADE_UP[2:]) == []


def test_cases_of_tasks_are_run_together_and_saved(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[list[str]] = []

    def measured(cases: list[task_costs.TaskCase], effort: Effort) -> list[TaskCost]:
        asked.append([case.name for case in cases])
        assert effort == Effort(2, 15)
        return MADE_UP

    monkeypatch.setattr(run, "measure_tasks", measured)
    figures = tmp_path / "figures.json"
    assert run.main(["loop-debug", "loop-file", "--repeats", "2", "--json", str(figures)]) == 0
    assert asked == [["loop-debug", "loop-file"]]
    printed = capsys.readouterr().out
    assert tasks_table(MADE_UP) in printed
    assert "processor time, of loop-copy" in printed
    saved = json.loads(figures.read_text("utf-8"))
    assert saved["tasks"][0] == {
        "case": "loop-file", "cpu_seconds": [1.0, 1.2, 1.1], "seconds": [1.5, 1.7, 1.6], "requests": 200,
    }  # fmt: skip
    assert [one["met"] for one in saved["targets"]] == [True, True, False]


def test_cases_of_tasks_are_listed_and_not_among_the_short_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--list"]) == 0
    listed = [line for line in capsys.readouterr().out.splitlines() if line.split()[0] in TASK_CASES]
    assert len(listed) == len(TASK_CASES)
    assert not any(" * " in line for line in listed)
