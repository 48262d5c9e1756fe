# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The benchmark's own arithmetic, with figures that are made up, and its way of running programs, with tiny ones."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import sys
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.tests.bench.case_runs import Effort, measure
from ansible_collections.edgeops.netstorage.tests.bench.cases import CASES, OURS_AT_95, PEERS, Case, Start
from ansible_collections.edgeops.netstorage.tests.bench.contenders import CONTENDERS, Contender, Job, Launch
from ansible_collections.edgeops.netstorage.tests.bench.figures import Measured, Report, Run, limit, share_of_throttle
from ansible_collections.edgeops.netstorage.tests.bench.process_usage import Ended
from ansible_collections.edgeops.netstorage.tests.bench.table import as_values, notes, table, targets_table
from ansible_collections.edgeops.netstorage.tests.bench.targets import TARGETS, verdicts
from ansible_collections.edgeops.netstorage.tests.bench.trees import MTIME, KeptTree, Tree
from ansible_collections.edgeops.netstorage.tests.interop.play_runner import Access

_TINY = Tree(files=7, size=20, folders=3, links=1)
_PLACE = "/123456/bench/site"


def made_up(case: str, **programs: dict[str, t.Any]) -> Report:
    """A report of one run for each program: ``seconds``, ``flow``, ``peak``, ``requests``, ``throttled``, ``busy``."""
    return Report(CASES[case], [_program(name.replace("_", "-"), **figures) for name, figures in programs.items()])


def _program(name: str, *, seconds: float, flow: float | None = None, peak: float = 1.0, busy: float = 0.0,
             requests: dict[str, int] | None = None, throttled: int = 0) -> Measured:
    output = "" if flow is None else json.dumps({"seconds": flow})
    sent = requests or {}
    run = Run(Ended(seconds, 0.1, peak, output), sent, 0, 0, 1, 1, sum(sent.values()) - throttled, throttled, busy, busy / 5)
    rate = 95 if name in OURS_AT_95 else None
    return Measured(name, ours=name not in PEERS, peer=name in PEERS, rate=rate, runs=[run])


def judged(*reports: Report) -> dict[tuple[str, str], bool | None]:
    return {(one.case, one.what.partition(":")[0].partition(",")[0]): one.met for one in verdicts(reports)}


# Cases and programs


def test_all_that_is_named_is_there() -> None:
    names = {contender.name for contender in CONTENDERS}
    for case in CASES.values():
        assert set(case.programs) <= names, case.name
    assert {target.case for target in TARGETS} <= set(CASES)


def test_the_second_row_at_95_is_in_the_cases_it_is_about() -> None:
    with_it = {case.name for case in CASES.values() if set(OURS_AT_95) & set(case.programs)}
    assert with_it == {"first-30ms", "first-64", "first-0ms", "changed-10k", "deletes"}


@pytest.mark.parametrize(("name", "requests"), [
    ("first-30ms", 1000 + 50 + 2 + 1 + 2 + 1), ("noop-30ms", 2 + 2 + 1), ("changed-30ms", 10 + 2 + 2 + 1),
    ("first-1m", 1 + 2 + 1), ("noop-1m", 1005 + 2 + 1), ("throttled-95", 1056),
])
def test_each_case_has_its_budget_of_requests(name: str, requests: int) -> None:
    assert CASES[name].requests_at_most(_PLACE) == requests


@pytest.mark.parametrize("program", ["play", "module", "play-95", "module-95"])
def test_what_ours_are_told(program: str, tmp_path: pathlib.Path) -> None:
    contender = next(one for one in CONTENDERS if one.name == program)
    for name in ("first-30ms", "first-1m"):
        job = Job(CASES[name], tmp_path / "source", Access("127.0.0.1:9", "a", "k", "/123456/bench"), tmp_path)
        command = contender.launch(job).command
        if program.startswith("play"):
            assert ("--check" in command) is job.case.check
            options = json.loads((tmp_path / "play.yml").read_text("utf-8"))[0]["tasks"][0]["edgeops.netstorage.ns_sync"]
        else:
            given = json.loads((tmp_path / "options.json").read_text("utf-8"))
            assert given["check"] is job.case.check
            assert "max_requests_per_second" not in given["sync"]
            options = given["common"]
        assert options.get("max_requests_per_second") == (95 if program.endswith("-95") else None)


# Trees


def test_a_tree_on_the_disk_is_the_tree_in_the_store(tmp_path: pathlib.Path) -> None:
    _TINY.make(tmp_path)
    loaded: list[dict[str, t.Any]] = []
    _TINY.load(_PLACE, loaded.extend)
    files = {entry["key"]: entry["content"] for entry in loaded if "content" in entry}
    found = {f"{_PLACE}/{path.relative_to(tmp_path)}": path for path in tmp_path.rglob("*.txt") if not path.is_symlink()}
    assert {key: path.read_text("ascii") for key, path in found.items()} == files
    assert len(files) == 7
    assert {path.stat().st_mtime for path in found.values()} == {MTIME}
    assert [path.stat().st_size for path in found.values()] == [20] * 7
    assert os.readlink(tmp_path / "link-0000") == _TINY.name(0)


def test_a_tree_is_kept_for_the_next_case_with_the_same(tmp_path: pathlib.Path) -> None:
    with KeptTree(tmp_path) as trees:
        first = trees.made(_TINY)
        assert trees.made(dataclasses.replace(_TINY)) == first
        other = trees.made(dataclasses.replace(_TINY, files=2))
        assert other != first
        assert not first.exists()
        assert len(list(other.rglob("*.txt"))) == 2
    assert not list(tmp_path.iterdir())


def test_large_files_have_their_size(tmp_path: pathlib.Path) -> None:
    tree = Tree(files=1, size=3 * 2**20, folders=1)
    tree.make(tmp_path)
    assert (tmp_path / tree.name(0)).stat().st_size == 3 * 2**20


# Limits and shares


def test_the_limit_is_waiting_or_the_rate() -> None:
    case = CASES["first-30ms"]
    assert limit(case, 1600) == (pytest.approx(3.0), "1,600 requests x 30 ms / 16 connections")
    assert limit(case, 1600, 95) == (pytest.approx(1600 / 95), "1,600 requests / 95 a second")
    assert limit(case, 1600, 10_000) == limit(case, 1600)
    assert limit(CASES["throttled-300"], 1500) == (pytest.approx(5.0), "1,500 requests / 300 a second")
    assert limit(CASES["throttled-300"], 950, 95) == (pytest.approx(10.0), "950 requests / 95 a second")
    assert limit(CASES["crowded"], 800) == (pytest.approx(3.0), "800 requests x 30 ms / 8 connections")
    assert limit(CASES["first-0ms"], 1600) is None


def test_the_share_counts_what_was_admitted() -> None:
    run = _program("module", seconds=11, flow=11, busy=10, requests={"upload": 1000}, throttled=145).runs[0]
    assert share_of_throttle(CASES["throttled-95"], run) == pytest.approx(855 / 10 / 95)
    assert share_of_throttle(CASES["first-30ms"], run) is None


def test_notes_say_limits_and_shares() -> None:
    waited = made_up("first-30ms", module={"seconds": 3.2, "flow": 3.0, "requests": {"upload": 1600}})
    slowed = made_up("throttled-95", rclone={"seconds": 10, "busy": 10.0, "requests": {"stat": 475}, "throttled": 0})
    slowed.emulator_mib = 42.4
    assert notes([waited, slowed]) == [
        "first-30ms, module: 1,600 requests x 30 ms / 16 connections = 3.00 s; the flow 3.00 s, 1.00 x the limit",
        "throttled-95, rclone: 475 requests admitted and 0 refused in 10.00 s; 0.50 of what the throttle allows",
        "memory of the emulator: throttled-95 42 MiB",
    ]


def test_notes_count_the_handshakes() -> None:
    secured = made_up("first-64-tls", rclone={"seconds": 10, "requests": {"stat": 475}}, idle_play={"seconds": 1})
    assert notes([secured]) == ["first-64-tls, rclone: 475 requests over 1 TLS connections"]


def test_tables_and_values() -> None:
    report = made_up("throttled-95", module={"seconds": 12.5, "flow": 12, "peak": 33, "busy": 11.0, "throttled": 5,
                                             "requests": {"upload": 1000, "stat": 7}}, rclone={"seconds": 25.0})
    row = table([report]).splitlines()[2]
    assert [cell.strip() for cell in row.strip("|").split("|")] == [
        "throttled-95", "module", "1,007: upload 1,000, stat 7; 5 of them refused", "1", "12.50", "", "0.10", "33",
        "20 %", "0.50"]
    values = as_values([report], verdicts([report]))
    assert values["cases"][0]["programs"]["module"]["runs"][0]["throttled"] == 5
    assert json.loads(json.dumps(values)) == values


# Targets


@pytest.mark.parametrize(("seconds", "flow", "met"), [(2.8, 2.6, True), (2.9, 2.8, False)])
def test_the_module_beside_its_limit(seconds: float, flow: float, met: bool) -> None:
    module = {"seconds": seconds, "flow": flow, "requests": {"upload": 1120}}  # the limit is 2.1 s, with 25 % 2.625 s
    assert judged(made_up("first-30ms", module=module))["first-30ms", "module"] is met


@pytest.mark.parametrize(("seconds", "met"), [(9.8, True), (9.9, False)])
def test_fewer_at_a_time_where_many_disturb_each_other(seconds: float, met: bool) -> None:
    """320 requests, 32 at a time, each 30 ms + 24 x 50 ms: 12.3 s."""
    module = {"seconds": seconds, "flow": seconds, "requests": {"upload": 320}}
    assert judged(made_up("crowded", module=module))["crowded", "module"] is met
    assert CASES["crowded"].limits == {"crowded_above": 8, "crowded_ms": 50}
    assert (CASES["first-30ms"].limits, CASES["throttled-95"].limits) == ({}, {"requests_per_second": 95})


@pytest.mark.parametrize(("play", "met"), [(2.9, True), (3.1, False)])
def test_the_play_beside_the_better_rclone(play: float, met: bool) -> None:
    report = made_up("first-30ms", play={"seconds": play}, rclone={"seconds": 22}, rclone_fast={"seconds": 20})
    assert judged(report)["first-30ms", "play"] is met
    assert judged(made_up("first-30ms", play={"seconds": play}))["first-30ms", "play"] is None


@pytest.mark.parametrize(("play", "met"), [(1.49, True), (1.51, False)])
def test_a_play_with_nothing_to_do(play: float, met: bool) -> None:
    report = made_up("noop-30ms", play={"seconds": play}, rclone_fast={"seconds": 0.3}, idle_play={"seconds": 1.0})
    assert judged(report)["noop-30ms", "play"] is met


@pytest.mark.parametrize(("uploads", "met"), [(100, True), (99, False), (101, False)])
def test_changed_files_are_all_that_is_uploaded(uploads: int, met: bool) -> None:
    report = made_up("changed-10k", module={"seconds": 1, "flow": 1, "requests": {"upload": uploads}})
    assert judged(report)["changed-10k", "module"] is met


@pytest.mark.parametrize(("module", "met"), [(5.4, True), (5.6, False)])
def test_a_million_objects_beside_a_hundred_thousand(module: float, met: bool) -> None:
    million = made_up("noop-1m", module={"seconds": module, "flow": 1, "peak": 249})
    thousands = made_up("noop-100k", module={"seconds": 0.5, "flow": 1, "peak": 151}, rclone_fast={"seconds": 1})
    found = {(one.case, one.what): one.met for one in verdicts([million, thousands])}
    assert found["noop-1m", "module: 11 x noop-100k"] is met
    assert found["noop-1m", "module: peak memory"] is True
    assert found["noop-100k", "module: peak memory"] is False
    assert found["noop-100k", "module, of rclone-fast"] is True
    assert {one.met for one in verdicts([million]) if "11 x" in one.what} == {None}


@pytest.mark.parametrize(("play", "met"), [(3.74, True), (3.76, False)])
def test_throughput_is_time_turned_round(play: float, met: bool) -> None:
    report = made_up("one-large", play={"seconds": play}, rclone={"seconds": 3.0})
    assert judged(report)["one-large", "play"] is met


def test_an_adjusted_case_is_not_judged() -> None:
    report = made_up("first-30ms", play={"seconds": 1}, rclone={"seconds": 20})
    report.case = dataclasses.replace(report.case, latency_ms=80)
    assert verdicts([report]) == []


def test_a_peer_that_failed_is_no_yardstick() -> None:
    report = made_up("first-30ms", play={"seconds": 1}, rclone={"seconds": 0.1}, rclone_fast={"seconds": 20})
    report.measured[1].failed = "it said so"
    assert report.best_peer == 20
    assert report.failures == ["first-30ms, rclone: it said so"]


def test_the_targets_are_shown() -> None:
    report = made_up("first-1m", module={"seconds": 60, "flow": 59, "peak": 512.2})
    assert targets_table(verdicts([report])).splitlines()[2] == "| first-1m | module: peak memory | <= 500 MiB |  512 MiB |  NO |"


# Running programs


def _asking(requests: int, ours: bool = True, name: str = "asking") -> Contender:
    """A program that sends requests without a signature, as quickly as it can."""
    script = ("import http.client, sys\nto = http.client.HTTPConnection(sys.argv[1])\n"
              f"for _n in range({requests}): to.request('GET', '/123456/x'); to.getresponse().read()")
    return Contender(name, lambda job: Launch([sys.executable, "-c", script, job.access.host], dict(os.environ)), ours=ours)


def _planned(tmp_path: pathlib.Path, *contenders: Contender, **changes: t.Any) -> Report:
    """Of a case in which a program only plans, so that leaving the store empty is right."""
    case = dataclasses.replace(Case("made-up", "", _TINY, Start.EMPTY, check=True), **changes)
    work = tmp_path / "work"
    work.mkdir()
    return measure(case, contenders, Effort(2, 60), tmp_path, work)


def test_requests_are_counted_and_held_to_the_budget(tmp_path: pathlib.Path) -> None:
    report = _planned(tmp_path, _asking(4, name="four"), _asking(5, name="five"))
    assert [[run.total for run in one.runs] for one in report.measured] == [[4, 4], [5, 5]]
    assert report.over_budget == ["made-up, five: 5 requests, allowed are 4"]
    assert report.emulator_mib is None or report.emulator_mib > 5


def test_the_throttle_is_the_case_s_and_refusals_are_not_held_against_the_budget(tmp_path: pathlib.Path) -> None:
    report = _planned(tmp_path, _asking(50), throttle=0.01)
    for run in report.measured[0].runs:
        assert (run.total, run.admitted, run.throttled) == (50, 1, 49)
        assert 0 < run.busy_seconds <= run.ended.seconds
    assert report.over_budget == []


def test_a_program_that_fails_is_put_aside_and_the_others_go_on(tmp_path: pathlib.Path) -> None:
    failing = Contender("failing", lambda _job: Launch([sys.executable, "-c", "raise SystemExit('no luck')"], {}), ours=True)
    report = _planned(tmp_path, failing, _asking(1))
    assert [len(one.runs) for one in report.measured] == [0, 2]
    assert "no luck" in report.failures[0]
    assert "failing" not in table([report])


def test_a_plan_that_changes_the_store_is_a_failure(tmp_path: pathlib.Path) -> None:
    def launch(job: Job) -> Launch:
        client = "ansible_collections.edgeops.netstorage.tests.emulator.tests.socket_client"
        port = job.access.host.rpartition(":")[2]
        script = (f"from {client} import Client\nto = Client({port}, account={job.access.account!r}, key={job.access.key!r})\n"
                  f"assert to.put('{job.place}/a', b'x').status == 200")
        return Launch([sys.executable, "-c", script], dict(os.environ))

    report = _planned(tmp_path, Contender("changing", launch, ours=True))
    assert report.measured[0].runs == []
    assert report.measured[0].failed == "it was to plan only, and has changed the store"
