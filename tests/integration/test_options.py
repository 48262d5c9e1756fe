# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every option of every module occurs in a playbook that is executed here, and every connection option works for all of them.
Every option of every role occurs in a test or in its molecule scenario.
"""

from __future__ import annotations

import re
import typing as t

import pytest
import yaml
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.asking import FIND, INFO
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.changing import (
    DIRECTORY,
    FETCH,
    FILE,
    RENAME,
    SYMLINK,
    SYNC,
)
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.conforming import CONFORMANCE
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.purging import PURGE
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.verifying import VERIFY
from ansible_collections.edgeops.netstorage.tests.integration.cores import BOTH, MODULE, every_core
from ansible_collections.edgeops.netstorage.tests.integration.interpreters import by_the_module
from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import build
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import PLAYBOOKS, Player

COMMANDS = {
    "ns_file": FILE,
    "ns_directory": DIRECTORY,
    "ns_rename": RENAME,
    "ns_symlink": SYMLINK,
    "ns_sync": SYNC,
    "ns_info": INFO,
    "ns_find": FIND,
    "ns_conformance": CONFORMANCE,
    "ns_fetch": FETCH,
    "ns_purge": PURGE,
    "ns_verify_edge": VERIFY,
}
GROUPS = ("group/edgeops.netstorage.all", "group/edgeops.netstorage.usage", "group/edgeops.netstorage.config")

COLLECTION = PLAYBOOKS.parents[2]
ROLES = sorted(folder.name for folder in (COLLECTION / "roles").iterdir())


def defaults(module: str, play: dict[str, t.Any]) -> dict[str, t.Any]:
    """What a play sets for a module, by its action group or by its name."""
    own = (f"edgeops.netstorage.{module}",)
    groups = {"ns_purge": GROUPS[2:], "ns_verify_edge": own}.get(module, GROUPS[:2])
    return {name: value for group in groups for name, value in play.get("module_defaults", {}).get(group, {}).items()}


def plays() -> t.Iterator[dict[str, t.Any]]:
    """Some have roles and no tasks."""
    for file in PLAYBOOKS.glob("*.yml"):
        yield from yaml.safe_load(file.read_text(encoding="utf-8"))


def used(module: str) -> set[str]:
    """The options of a module in all playbooks, those of the action group among them."""
    name = f"edgeops.netstorage.{module}"
    options: set[str] = set()
    for play in plays():
        tasks = [task[name] for task in play.get("tasks", []) if name in task]
        options.update(*tasks)
        if tasks:
            options.update(defaults(module, play))
    return options


@pytest.mark.parametrize("module", COMMANDS)
def test_every_option_occurs(module: str) -> None:
    spec = COMMANDS[module].spec
    public = {name for name in spec if not name.startswith("_")}
    aliases = {alias for option in spec.values() for alias in option.get("aliases", [])}
    assert used(module) - aliases == public


@pytest.mark.parametrize("module", COMMANDS)
def test_every_choice_occurs(module: str) -> None:
    """The default of a choice occurs wherever the option is left out."""
    name = f"edgeops.netstorage.{module}"
    given = [task[name] for play in plays() for task in play.get("tasks", []) if name in task]
    given += [defaults(module, play) for play in plays()]
    for option, described in COMMANDS[module].spec.items():
        wanted = {choice for choice in described.get("choices", []) if choice != described.get("default")}
        assert wanted <= {str(values.get(option)) for values in given}, option


def described_of_role(role: str) -> dict[str, dict[str, t.Any]]:
    spec = yaml.safe_load((COLLECTION / "roles" / role / "meta/argument_specs.yml").read_text(encoding="utf-8"))
    return {name: option for point in spec["argument_specs"].values() for name, option in point["options"].items()}


@pytest.fixture(scope="module")
def given_to_roles() -> str:
    """Where their options are given: as YAML in playbooks and scenarios, as keywords in tests."""
    scenarios = (COLLECTION / "extensions/molecule").rglob("*.yml")
    files = [*scenarios, *PLAYBOOKS.glob("*.yml"), *PLAYBOOKS.parent.glob("test_*.py")]
    return "\n".join(file.read_text(encoding="utf-8") for file in files if file.name != "test_options.py")


@pytest.mark.parametrize("role", ROLES)
def test_every_option_and_choice_of_every_role_occurs(role: str, given_to_roles: str) -> None:
    for name, option in described_of_role(role).items():
        values = [".*"] + [choice for choice in option.get("choices", []) if choice != option.get("default")]
        for value in values:
            assert re.search(rf"\b{name}(=|: |\": ?)\"?{value}", given_to_roles), (name, value)


def test_every_playbook_is_executed() -> None:
    """By a test that names it."""
    tests = "".join(file.read_text(encoding="utf-8") for file in PLAYBOOKS.parent.glob("test_*.py"))
    assert [file.name for file in PLAYBOOKS.glob("*.yml") if f'"{file.name}"' not in tests] == []


@every_core("module_defaults")
@pytest.mark.parametrize("way", BOTH)
def test_every_connection_option_works_for_every_module(player: Player, way: str) -> None:
    build(player.work / "tree", {"a.txt": "a"})
    variables = {
        "emulator_https_host": f"localhost:{player.service.emulator.https_port}",
        "emulator_authority": str(player.service.authority),
    }
    options = by_the_module(player.work) if way == MODULE else []
    outcome = player.play("every_connection_option.yml", *options, variables=variables)
    assert outcome.status == 0, outcome.output
    assert set(player.service.tree("/123456/connected")) == {"directory/", "file/a.txt", "renamed/a", "tree/a.txt"}
    assert outcome.results["What stands there"]["entries"][0]["kind"] == "file"
    assert outcome.results["What is below"]["matched"] == 1
    for result in outcome.results.values():
        given = result["invocation"]["module_args"]
        assert (given["idle_timeout"], given["max_retries"], given["use_proxy"]) == (20.5, 1, False)
        assert (given["max_requests_per_second"], given["max_bandwidth"]) == (500.5, 100 * 1024 * 1024)
        assert (given["protocol"], given["validate_certs"], given["directories"]) == ("https", True, "leave")
