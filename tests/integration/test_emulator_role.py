# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role emulator with an address and ports of one's own; the rest of it is tried by its molecule scenario."""

from __future__ import annotations

import contextlib
import socket
import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import PROGRAM, Outcome, Player, Result

ROLE = "edgeops.netstorage.emulator"


def free_port(address: str) -> int:
    """One that nobody listens on now. OSError where this machine has no such address."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listening:
        listening.bind((address, 0))
        return int(listening.getsockname()[1])


@contextlib.contextmanager
def started(player: Player, settings: Result) -> t.Iterator[Outcome]:
    """Started, one file brought there, and stopped at the end, whatever happens."""
    role = {"name": "Role", "ansible.builtin.include_role": {"name": ROLE}}
    where = {"name": "Where", "ansible.builtin.debug": {"msg": ["{{ emulator_connection.host }}", "{{ emulator_control }}"]}}
    put = {"name": "Put", "edgeops.netstorage.ns_file": {"path": "hello.txt", "content": "Hello"}}
    defaults = {"group/edgeops.netstorage.all": "{{ emulator_connection | default({}) }}"}
    try:
        yield player.play(player.write("start.json", [role, where, put], module_defaults=defaults), variables=settings)
    finally:
        ended = player.play(player.write("stop.json", [role]), variables={**settings, "emulator_state": "stopped"})
        assert ended.status == 0, ended.output


def test_the_key_stands_in_no_command_line(player: Player) -> None:
    """Every user of the machine can read those. Another key is a setting like any other: the emulator is started again."""
    folder = player.work / "emulator"
    settings = {"emulator_directory": str(folder), "emulator_program": str(PROGRAM.with_name("netstorage-emulator"))}
    with started(player, {**settings, "emulator_key": "the first key of all"}) as first:
        assert first.status == 0, first.output
        process = folder.joinpath("pid").read_text().strip()
        assert b"the first key of all" not in Path(f"/proc/{process}/cmdline").read_bytes()
        assert "the first key of all" not in folder.joinpath("emulator").read_text()
        assert folder.joinpath("key").stat().st_mode & 0o777 == 0o600
        role = player.write("role.json", [{"name": "Role", "ansible.builtin.include_role": {"name": ROLE}}])
        planned = player.play(role, "--check", variables={**settings, "emulator_key": "another key for it"})
        assert planned.status == 0, planned.output
        assert [result["changed"] for name, result in planned.results.items() if name.endswith("until it responds")] == [True]
        assert folder.joinpath("pid").read_text().strip() == process
        second = player.play(player.work / "start.json", variables={**settings, "emulator_key": "another key for it"})
        assert second.status == 0, second.output
        assert second.results["Put"]["changed"], "it has forgotten what the first one had, so it was started again"


def test_it_serves_fast_purge_where_it_is_asked_to(player: Player) -> None:
    """At a port of its choice, with an API client that is told as a fact."""
    settings = {
        "emulator_directory": str(player.work / "emulator"),
        "emulator_program": str(PROGRAM.with_name("netstorage-emulator")),
        "emulator_config_port": 0,
        "emulator_client_secret": "the-secret-of-this-test",
    }
    role = {"name": "Role", "ansible.builtin.include_role": {"name": ROLE}}
    purge = {"name": "Purge", "edgeops.netstorage.ns_purge": {"urls": ["https://www.example.com/"], "wait": False}}
    asked = {"name": "Asked", "ansible.builtin.uri": {"url": "{{ emulator_control }}/purges", "return_content": True}}
    stop = {"name": "Stop", "ansible.builtin.include_role": {"name": ROLE}, "vars": {"emulator_state": "stopped"}}
    book = player.write(
        "purge.json", [{"name": "Try", "block": [role, purge, asked], "always": [stop]}],
        module_defaults={"group/edgeops.netstorage.config": "{{ emulator_api_connection | default({}) }}"},
    )  # fmt: skip
    outcome = player.play(book, variables=settings)
    assert outcome.status == 0, outcome.output
    assert [one["objects"] for one in outcome.results["Asked"]["json"]] == [["https://www.example.com/"]]
    assert (player.work / "emulator/edgerc").stat().st_mode & 0o777 == 0o600
    assert "the-secret-of-this-test" not in outcome.output


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_it_listens_where_it_is_told_to(player: Player, address: str) -> None:
    try:
        port, control = free_port(address), free_port("127.0.0.1")
    except OSError:
        pytest.skip(f"this machine has no {address}")
    settings = {
        "emulator_directory": str(player.work / "emulator"),
        "emulator_program": str(PROGRAM.with_name("netstorage-emulator")),
        "emulator_listen": address,
        "emulator_port": port,
        "emulator_control_port": control,
        "emulator_account": 4711,  # as YAML reads it
        "emulator_key": 1234567890123456,
    }
    with started(player, settings) as outcome:
        assert outcome.status == 0, outcome.output
        host = f"[{address}]" if ":" in address else address
        assert outcome.results["Where"]["msg"] == [f"{host}:{port}", f"http://127.0.0.1:{control}"]
        assert outcome.results["Put"]["changed"]
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as call:
        assert call.connect_ex((address, port)) != 0
