# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is seen of a task in whole lines: in pipes, logs and runners, of several hosts, and where the module runs elsewhere. And
how a task ends early while its progress is shown."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.cores import IN_PROCESS, MODULE, every_core
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Player
from ansible_collections.edgeops.netstorage.tests.integration.progress_plays import (
    FILES,
    in_pipes,
    on_terminal,
    quick_progress,
    slow,
    sync,
    told,
)
from ansible_collections.edgeops.netstorage.tests.integration.service import actions
from ansible_collections.edgeops.netstorage.tests.integration.terminal import INTERRUPT

on_every_core = every_core("progress", ways=[IN_PROCESS])


@pytest.fixture(autouse=True)
def _slow(player: Player) -> t.Iterator[None]:
    with slow(player.service):
        yield


@on_every_core
def test_pipes_get_lines_on_standard_error_alone(player: Player) -> None:
    """Standard output is the same, byte for byte, whether they are shown or not."""
    log = player.work / "log"
    tasks = [{"name": "Deploy", **sync(player, "www")}]
    shown = in_pipes(player, tasks, ANSIBLE_LOG_PATH=str(log))
    player.service.emulator.control.reset_tree()
    silent = in_pipes(player, tasks, NETSTORAGE_PROGRESS="off")
    assert (shown.returncode, shown.stdout) == (silent.returncode, silent.stdout) == (0, silent.stdout)
    assert silent.stderr == ""
    lines = told(shown.stderr)
    expected = re.compile(rf"ns_sync \[localhost\] www: assets, \d+ of {FILES} files, .* \(\d+ %\), \d:\d\d")
    assert any(map(expected.fullmatch, lines)), lines
    assert shown.stderr.splitlines() == lines
    assert lines[0] in log.read_text(encoding="utf-8")


@on_every_core
def test_three_hosts_get_lines_with_their_names(player: Player) -> None:
    hosts = ["alpha", "beta", "gamma"]
    interpreter = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    play = {"hosts": "all", "connection": "local", "vars": interpreter}
    tasks = [
        {"name": "Deploy", **sync(player, "{{ inventory_hostname }}")},
        {"name": "Once", "run_once": True, **sync(player, "once")},
    ]
    seen = on_terminal(player, tasks, "--inventory", ",".join(hosts), play=play)
    assert seen.status == 0, seen.raw
    assert seen.of("Deploy").drawn == []
    assert {re.match(r"ns_sync \[(\w+)\] \1:", line)[1] for line in told(seen.raw)} == set(hosts)  # type: ignore[index]
    assert seen.of("Once").drawn


def test_every_module_with_a_plan_shows_its_progress(player: Player) -> None:
    """With ``-v`` in whole lines, because other lines come in between."""
    large = player.work / "large"
    large.write_bytes(b"x" * 500_000)
    ours = "edgeops.netstorage."
    tasks = [
        sync(player, "www"),
        {f"{ours}ns_fetch": {"path": "www", "dest": "{{ work }}/fetched", "parallel": 1}},
        {f"{ours}ns_rename": {"path": "www", "dest": "moved", "parallel": 1}},
        {f"{ours}ns_prune": {"path": "moved", "patterns": ["file-0*"], "max_delete": "100 %", "parallel": 1}},
        {f"{ours}ns_directory": {"path": "moved", "state": "absent", "recurse": True, "max_requests_per_second": 10}},
        {f"{ours}ns_file": {"path": "large", "src": str(large), "max_bandwidth": 1_000_000}},
    ]
    seen = on_terminal(player, tasks, "-v")
    assert seen.status == 0, seen.raw
    assert seen.drawn == []
    modules = ("ns_sync", "ns_fetch", "ns_rename", "ns_prune", "ns_directory", "ns_file")
    assert [module for module in modules if not told(seen.raw, module)] == []
    assert any(re.search(r"large: assets, 0 of 1 files, [1-9].* of 500\.0 kB", line) for line in told(seen.raw, "ns_file"))


def test_another_callback_is_not_disturbed(player: Player) -> None:
    """Its output is still what a program can read."""
    seen = on_terminal(player, [sync(player, "www")], piped=True, ANSIBLE_STDOUT_CALLBACK="minimal")
    assert seen.drawn == []
    assert told(seen.raw)
    host, _arrow, result = seen.output.partition(" => ")
    assert (host, json.loads(result)["changed"]) == ("localhost | CHANGED", True)


def test_a_runner_gets_lines(player: Player) -> None:
    """ansible-runner, as of AWX, gives Ansible a terminal that nobody looks at. It makes one of its events of each line."""
    project = player.work / "project"
    project.mkdir()
    playbook = player.write("progress.json", [{"name": "Deploy", **sync(player, "www")}])
    arguments, environment = player.call(playbook, (), None, quick_progress())
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    command = [sys.executable, "-m", "ansible_runner", "run", str(player.work), "-p", arguments[0], "--ident", "job"]
    command += ["--cmdline", f"--extra-vars {arguments[2]}"]
    done = subprocess.run(command, env=environment, cwd=player.work, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    events = [json.loads(file.read_text()) for file in (player.work / "artifacts/job/job_events").glob("*.json")]
    printed = "".join(event["stdout"] + "\n" for event in events)
    assert told(printed.replace("\r", ""))
    assert "\x1b[K" not in printed


# -- how it ends


@on_every_core
def test_a_task_that_runs_out_of_time_leaves_no_line(player: Player) -> None:
    with slow(player.service, factor=20), player.service.recording() as requests:
        seen = on_terminal(player, [{"name": "Deploy", "timeout": 2, **sync(player, "www")}])
    assert actions(requests).get("upload", 0) < FILES / 2
    deploy = seen.of("Deploy")
    assert (seen.status, bool(deploy.drawn)) == (2, True)
    assert [line for line in deploy.lines if line.startswith("  www:")] == []


@on_every_core
def test_control_c_ends_a_play_that_draws(player: Player) -> None:
    interrupt = {"  www: assets": lambda terminal: terminal.press(INTERRUPT)}
    with slow(player.service, factor=20), player.service.recording() as requests:
        seen = on_terminal(player, [{"name": "Deploy", **sync(player, "www")}], when=interrupt)
    assert actions(requests).get("upload", 0) < FILES / 2
    assert seen.status != 0
    assert "interrupted" in seen.raw.lower()


# -- elsewhere


@every_core("progress", ways=[MODULE])
def test_a_module_that_runs_elsewhere_is_alive(player: Player) -> None:
    """No figures come from there. A job says nothing, because Ansible itself tells of it."""
    elsewhere = {"environment": {"SOME": "thing"}}
    tasks = [
        {"name": "Deploy", **elsewhere, **sync(player, "www")},
        {"name": "Job", "async": 60, "poll": 1, **elsewhere, **sync(player, "job")},
    ]
    ended = in_pipes(player, tasks, PROGRESS_PACE=json.dumps({"tick": 0.02, "life": 0.2}))
    assert ended.returncode == 0, ended.stdout
    lines = told(ended.stderr)
    assert lines
    expected = r"ns_sync \[localhost\] www: running for \d:\d\d; figures are shown where the task runs on the controller"
    assert [line for line in lines if not re.fullmatch(expected, line)] == []
