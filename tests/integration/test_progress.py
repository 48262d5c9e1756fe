# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is seen on a terminal while a task runs: one line, which is gone when the task has ended."""

from __future__ import annotations

import re

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.cores import IN_PROCESS, every_core
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Player
from ansible_collections.edgeops.netstorage.tests.integration.progress_plays import FILES, on_terminal, slow, sync, told
from ansible_collections.edgeops.netstorage.tests.integration.service import Service
from ansible_collections.edgeops.netstorage.tests.integration.terminal import Seen

on_every_core = every_core("progress", ways=[IN_PROCESS])
LONG = "a-path-of-some-thirty-columns"
OTHER_KEY = "a-key-that-only-the-environment-has"
"""Of the play: its tasks have another one, which no path may hold."""


@pytest.fixture(scope="module")
def watched(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """One play on a terminal, which becomes narrower in its first task."""
    player = Player(service, tmp_path_factory.mktemp("watched"))
    tasks = [
        {"name": "Deploy", **sync(player, LONG, max_requests_per_second=10)},
        {"name": "Silent", "no_log": True, **sync(player, "silent")},
        {"name": "Switched off", "vars": {"netstorage_progress": False}, **sync(player, "off")},
        {"name": "Both", "loop": ["one", "two"], **sync(player, "{{ item }}")},
        {"name": "Fails", "ignore_errors": True, **sync(player, "broken", on_error="stop")},
        {"name": "Key", **sync(player, f"k-{OTHER_KEY}")},
    ]
    narrow = {f"{LONG}: assets": lambda terminal: terminal.resize(50)}
    with slow(service):
        service.emulator.control.add_faults({"status": 403, "action": "upload", "path": "*/broken/file-08", "times": 1})
        seen = on_terminal(player, tasks, columns=60, when=narrow, NETSTORAGE_KEY=OTHER_KEY)
    assert seen.status == 0, seen.raw
    return seen


@on_every_core
def test_a_line_is_drawn_again_and_again_and_is_gone_in_the_end(watched: Seen) -> None:
    deploy = watched.of("Deploy")
    assert len(deploy.drawn) > 5
    assert any(re.fullmatch(rf"  {LONG}: assets  \d+ of {FILES} files.*", line) for line in deploy.drawn)
    assert "\r\x1b[Kchanged: [localhost]" in deploy.raw
    assert [line for line in watched.lines if LONG in line] == []
    assert "changed: [localhost]" in deploy.lines


@on_every_core
def test_no_line_is_wider_than_the_terminal_is_now(watched: Seen) -> None:
    widths = [len(line) for line in watched.of("Deploy").drawn]
    assert 49 < max(widths) <= 59
    assert max(widths[-3:]) <= 49


@on_every_core
@pytest.mark.parametrize("task", ["Silent", "Switched off"])
def test_what_is_to_be_silent_draws_nothing(watched: Seen, task: str) -> None:
    assert watched.of(task).drawn == []
    assert told(watched.of(task).raw) == []


@on_every_core
def test_each_turn_of_a_loop_has_its_own_line(watched: Seen) -> None:
    both = watched.of("Both")
    before, after = both.raw.split("item=one")
    assert {line.split(":")[0] for line in Seen(0, before).drawn} == {"  one"}
    assert {line.split(":")[0] for line in Seen(0, after).drawn} == {"  two"}
    assert [line for line in both.lines if line.startswith("changed")] == [
        "changed: [localhost] => (item=one)", "changed: [localhost] => (item=two)",
    ]  # fmt: skip


@on_every_core
def test_a_task_that_fails_leaves_no_line(watched: Seen) -> None:
    fails = watched.of("Fails")
    assert fails.drawn
    assert [line for line in fails.lines if line.startswith("  broken:")] == []
    assert any(line.startswith(("fatal: [localhost]", "[ERROR]: Task failed")) for line in fails.lines)


@on_every_core
def test_the_key_in_a_path_is_masked(watched: Seen) -> None:
    assert watched.of("Key").drawn[-1].startswith("  k-********: ")
    assert OTHER_KEY not in watched.raw


def test_no_name_of_a_file_is_shown(watched: Seen) -> None:
    assert not [line for line in watched.drawn if "file-" in line]
