# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The role emulator with an address and ports of one's own; the rest of it is tried by its molecule scenario."""

from __future__ import annotations

import contextlib
import socket
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import PROGRAM, Outcome, Player, Result


def free_port(address: str) -> int:
    """One that nobody listens on now. OSError where this machine has no such address."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listening:
        listening.bind((address, 0))
        return int(listening.getsockname()[1])


@contextlib.contextmanager
def started(player: Player, settings: Result) -> t.Iterator[Outcome]:
    """Started, one file brought there, and stopped at the end, whatever happens."""
    role = {"name": "Role", "ansible.builtin.include_role": {"name": "edgeops.netstorage.emulator"}}
    where = {"name": "Where", "ansible.builtin.debug": {"msg": ["{{ emulator_connection.host }}", "{{ emulator_control }}"]}}
    put = {"name": "Put", "edgeops.netstorage.ns_file": {"path": "hello.txt", "content": "Hello"}}
    defaults = {"group/edgeops.netstorage.all": "{{ emulator_connection | default({}) }}"}
    try:
        yield player.play(player.write("start.json", [role, where, put], module_defaults=defaults), variables=settings)
    finally:
        ended = player.play(player.write("stop.json", [role]), variables={**settings, "emulator_state": "stopped"})
        assert ended.status == 0, ended.output


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
