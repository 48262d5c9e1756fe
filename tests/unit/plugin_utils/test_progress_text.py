# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words for how far a task has come: each stage, narrow and wide, and what is left out first."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._execute.progress import Figures, Pause, Stage
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.steps import Phase
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._progress.text import (
    Moment,
    cut,
    duration,
    log_line,
    screen_line,
    short_path,
    sign_of_life,
    width,
)

COMPARING = Figures(Stage.COMPARING, 412_000, 380)
ASSETS = Figures(
    Stage.CHANGING, phase=Phase.ASSETS, number=3, phases=7, done=512, total=1380, moved=1_200_000_000, size=4_000_000_000
)
DELETES = Figures(Stage.CHANGING, phase=Phase.DELETES, number=2, phases=2, done=3, total=12)
RATE = 61_000_000.0
AT_WORK = Moment(ASSETS, 35, 30, RATE)

# What is so, and the words for it on a terminal of 200 columns and in a log.
TOLD: dict[str, tuple[Moment, str, str]] = {
    "looking": (Moment(Figures(Stage.LOOKING), 5), "looking  0:05", "looking, 0:05"),
    "comparing": (
        Moment(COMPARING, 21),
        "comparing  412,000 looked at, 380 differ, 0:21",
        "comparing, 412,000 looked at, 380 differ, 0:21",
    ),
    "comparing, with large files": (
        Moment(COMPARING._replace(done=1, moved=3_000_000_000), 21),
        "comparing  412,000 looked at, 380 differ, 1 large file hashed (3.0 GB), 0:21",
        "comparing, 412,000 looked at, 380 differ, 1 large file hashed (3.0 GB), 0:21",
    ),
    "hashing": (
        Moment(Figures(Stage.HASHING, done=2, moved=500, size=2_000_000), 6),
        "hashing  2 files, 500 bytes of 2.0 MB (0 %), 0:06",
        "hashing, 2 files, 500 bytes of 2.0 MB (0 %), 0:06",
    ),
    "hashing nothing": (
        Moment(Figures(Stage.HASHING, done=2), 60, 60, 0.5),
        "hashing  2 files, 1:00",
        "hashing, 2 files, 1:00",
    ),
    "the guards": (Moment(Figures(Stage.GUARDING), 5), "checking the plan  0:05", "checking the plan, 0:05"),
    "assets": (
        AT_WORK,
        "assets  phase 3 of 7, 512 of 1,380 files, 1.2 of 4.0 GB (30 %), 61.0 MB/s, about 0:46 left, 0:35",
        "assets, 512 of 1,380 files, 1.2 of 4.0 GB (30 %), 0:35, about 0:46 left",
    ),
    "assets, nothing sent yet": (
        Moment(ASSETS._replace(done=0, moved=0), 35, 30),
        "assets  phase 3 of 7, 0 of 1,380 files, 0 bytes of 4.0 GB (0 %), 0:35",
        "assets, 0 of 1,380 files, 0 bytes of 4.0 GB (0 %), 0:35",
    ),
    "assets, too early to tell": (
        Moment(ASSETS, 35, 9.9, RATE),
        "assets  phase 3 of 7, 512 of 1,380 files, 1.2 of 4.0 GB (30 %), 61.0 MB/s, 0:35",
        "assets, 512 of 1,380 files, 1.2 of 4.0 GB (30 %), 0:35",
    ),
    "assets, too little to tell": (
        Moment(ASSETS._replace(moved=199_999_999), 35, 30, RATE),
        "assets  phase 3 of 7, 512 of 1,380 files, 200.0 MB of 4.0 GB (4 %), 61.0 MB/s, 0:35",
        "assets, 512 of 1,380 files, 200.0 MB of 4.0 GB (4 %), 0:35",
    ),
    "empty files": (
        Moment(ASSETS._replace(size=0, moved=0, done=138), 20, 15, 10.0),
        "assets  phase 3 of 7, 138 of 1,380 files (10 %), about 2:05 left, 0:20",
        "assets, 138 of 1,380 files (10 %), 0:20, about 2:05 left",
    ),
    "entry points": (
        Moment(Figures(Stage.CHANGING, phase=Phase.ENTRY_POINTS, number=2, phases=2, done=12, total=12, moved=9, size=9), 81),
        "entry points  phase 2 of 2, 12 of 12 files, 9 of 9 bytes (100 %), 1:21",
        "entry points, 12 of 12 files, 9 of 9 bytes (100 %), 1:21",
    ),
    "deletes for hours": (
        Moment(DELETES, 7384, 7200, 0.001),
        "deletes  phase 2 of 2, 3 of 12 (25 %), about 2:30:00 left, 2:03:04",
        "deletes, 3 of 12 (25 %), 2:03:04, about 2:30:00 left",
    ),
    "settling": (
        Moment(Figures(Stage.SETTLING), 70),
        "waiting until nothing can be carried out late  1:10",
        "waiting until nothing can be carried out late, 1:10",
    ),
    "verifying by a listing": (
        Moment(Figures(Stage.VERIFYING, total=1380), 70),
        "verifying  1,380 files, 1:10",
        "verifying, 1,380 files, 1:10",
    ),
    "verifying by reading": (
        Moment(Figures(Stage.VERIFYING, done=1, total=2, moved=500, size=1000), 70),
        "verifying  1 of 2 files, 500 bytes of 1.0 kB (50 %), 1:10",
        "verifying, 1 of 2 files, 500 bytes of 1.0 kB (50 %), 1:10",
    ),
    "a pause": (
        Moment(ASSETS._replace(pause=Pause(429, 12.0, 0.0)), 35, 30, RATE),
        "waiting  the service asks for a pause of 12 s (429), 0:35",
        "waiting, the service asks for a pause of 12 s (429), 0:35",
    ),
    "not begun": (Moment(Figures(), 5), "running  0:05", "running, 0:05"),
}


@pytest.mark.parametrize("case", TOLD)
def test_each_stage_is_told_on_a_terminal_and_in_a_log(case: str) -> None:
    moment, screen, log = TOLD[case]
    assert screen_line("www", moment, 200) == f"  www: {screen}"
    assert log_line("ns_sync", "localhost", "www", moment) == f"ns_sync [localhost] www: {log}"


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        (97, "assets  phase 3 of 7, 512 of 1,380 files, 1.2 of 4.0 GB (30 %), 61.0 MB/s, about 0:46 left"),
        (96, "assets  512 of 1,380 files, 1.2 of 4.0 GB (30 %), 61.0 MB/s, about 0:46 left"),
        (79, "assets  512 of 1,380 files, 1.2 of 4.0 GB (30 %), about 0:46 left"),
        (60, "assets  512 of 1,380 files, about 0:46 left"),
        (39, "assets  512 of 1,380 files"),
        (20, "assets  512 o"),
    ],
)
def test_a_narrow_terminal_gets_what_matters_most(columns: int, line: str) -> None:
    drawn = screen_line("www", AT_WORK, columns)
    assert drawn == f"  www: {line}"
    assert width(drawn) <= columns


@pytest.mark.parametrize("case", TOLD)
@pytest.mark.parametrize("columns", [40, 79, 200])
def test_no_line_is_wider_than_the_terminal(case: str, columns: int) -> None:
    for path in ("www", "写" * 30, short_path(b"/123456/" + b"long/" * 30)):
        assert width(screen_line(path, TOLD[case][0], columns)) <= columns


@pytest.mark.parametrize(("elsewhere", "why"), [(True, "; figures are shown where the task runs on the controller"), (False, "")])
def test_a_task_without_figures_is_alive(elsewhere: bool, why: str) -> None:
    assert sign_of_life("ns_sync", "web1", "www", 120, elsewhere) == f"ns_sync [web1] www: running for 2:00{why}"
    assert sign_of_life("ns_info", "web1", "", 60, elsewhere) == f"ns_info [web1] running for 1:00{why}"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (59.9, "0:59"), (60, "1:00"), (3599, "59:59"), (3600, "1:00:00"), (360_061, "100:01:01")]
)
def test_a_duration_is_what_a_clock_shows(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (b"www", "www"),
        (b"a" * 40, "a" * 40),
        (b"/123456/" + b"a" * 30 + b"/live", "/123456/aaaaaaaaaa...aaaaaaaaaaaaa/live"),
        (b"a\x1b[2J\nb", "a\\x1b[2J\\x0ab"),
        ("写".encode() * 21, "写" * 9 + "..." + "写" * 9),
        (b"\xff", "\\xff"),
    ],
)
def test_a_long_path_loses_its_middle(path: bytes, text: str) -> None:
    assert short_path(path) == text
    assert width(text) <= 40


def test_a_text_is_cut_by_the_columns_that_it_takes() -> None:
    cases: t.Sequence[tuple[str, int, str]] = (("abc", 2, "ab"), ("写写", 3, "写"), ("e\u0301x", 1, "e\u0301"), ("é", 5, "é"))
    for text, columns, kept in cases:
        assert cut(text, columns) == kept
