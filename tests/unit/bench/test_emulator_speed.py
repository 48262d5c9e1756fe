# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The benchmark of the emulator: that it measures what it says, and its table, with made-up figures. No time is judged."""

from __future__ import annotations

import json
import os
import pathlib

import pytest
from ansible_collections.edgeops.netstorage.tests.bench import emulator_speed, run
from ansible_collections.edgeops.netstorage.tests.bench.case_runs import WrongResult
from ansible_collections.edgeops.netstorage.tests.bench.emulator_load import send_all, stats
from ansible_collections.edgeops.netstorage.tests.bench.emulator_speed import Size, Speed, measure_speeds, speeds_table
from netstorage_emulator.control import running

MADE_UP = [Speed("yardstick", None, [7.0, 9.0]), Speed("stats", 15_000, [14_000.4, 15_000.0, 2.0], [20.0, 19.96]),
           Speed("uploads", 5_000, [4_999.0], [1.0])]


def test_each_round_measures_everything_and_every_request_is_answered() -> None:
    """``send_all`` and ``walk`` refuse any other response than 200, and any other number of rows."""
    before = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    speeds = measure_speeds(2, Size(uploads=6, stats=12, rows=25, page=10, connections=4, signatures=3))
    assert [len(speed.rates) for speed in speeds] == [2] * 6
    assert all(rate > 0 for speed in speeds for rate in speed.rates)
    assert before is None or os.sched_getaffinity(0) == before


def test_a_response_that_is_none_of_these_is_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    with running(account="bench", key="another-key-than-that-of-the-requests", cp_codes=["123456"]) as emulator:
        with pytest.raises(WrongResult, match="403"):
            send_all(emulator.port, stats(1, 1, 0), 1)
        with pytest.raises(WrongResult, match="list gave 0 rows"):
            monkeypatch.setattr(emulator_speed, "walk", lambda _port, _page, _first: (0, 1, 1.0))
            emulator_speed._walked(emulator, Size())


def test_the_table_holds_the_best_round_to_the_target() -> None:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in speeds_table(MADE_UP).splitlines()[2:]]
    assert rows == [
        ["yardstick", "2", "9", "8", "7", "", "", "", ""],
        ["stats", "3", "15,000", "14,000", "2", "20.0", "50,100", "15,000", "yes"],
        ["uploads", "1", "4,999", "4,999", "4,999", "1.0", "1,000,000", "5,000", "NO"],
    ]


def test_the_case_is_run_alone_listed_and_saved(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "measure_speeds", lambda _rounds: MADE_UP)
    figures = tmp_path / "figures.json"
    assert run.main(["emulator", "--json", str(figures)]) == 0
    assert speeds_table(MADE_UP) in capsys.readouterr().out
    assert json.loads(figures.read_text("utf-8"))["emulator"][2]["rates"] == [4_999.0]
    assert run.main(["--list"]) == 0
    assert any(line.startswith("emulator ") and " * " in line for line in capsys.readouterr().out.splitlines())
