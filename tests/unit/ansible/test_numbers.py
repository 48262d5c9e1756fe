# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A number that makes no sense is refused by the name of its option, before the first request."""

from __future__ import annotations

import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.edgeops.netstorage.plugins.lookup.ns_content import LookupModule
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.command import Command
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.location import LATEST, NUMBERS, refuse_long_numbers
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import ContentOptions
from ansible_collections.edgeops.netstorage.tests.unit.ansible.test_one_declaration import MODULES

NOWHERE = {"host": "127.0.0.1:9", "account": "tester", "key": "a-key-of-some-length", "root": "/1", "max_retries": 0}
NO_API = {
    "api_host": "127.0.0.1:9", "client_token": "x" * 16, "access_token": "x" * 16, "client_secret": "x" * 16,
    "api_protocol": "http", "max_retries": 0,
}  # fmt: skip
GIVEN: dict[str, dict[str, t.Any]] = {
    "ns_file": {"path": "a", "src": "/etc/hostname", "remote_src": True},
    "ns_directory": {"path": "a", "state": "absent", "recurse": True},
    "ns_prune": {"path": "a", "patterns": ["b"]},
    "ns_rename": {"path": "a", "dest": "b"},
    "ns_symlink": {"path": "a", "target": "b"},
    "ns_sync": {"src": "/etc/apt", "path": "a"},
    "ns_fetch": {"path": "a", "dest": "/tmp/a"},
    "ns_info": {"path": ["a"]},
    "ns_find": {"path": "a"},
    "ns_conformance": {"path": "a"},
    "ns_purge": {"urls": ["https://www.example.com/a"]},
    "ns_verify_edge": {"urls": ["http://127.0.0.1:9/a"]},
    "ns_config_info": {},
    "ns_cp_code": {"contract_id": "C-1", "any_unused": True},
    "ns_storage_group": {"storage_group": "a"},
    "ns_upload_account": {"upload_account_id": "a"},
    "ns_upload_key": {"upload_account_id": "a", "key_file": "/tmp/key"},
}
CONFIG = ("ns_config_info", "ns_cp_code", "ns_storage_group", "ns_upload_account", "ns_upload_key")
LISTS = {"urls": None, "changed_paths_file": "/etc/apt", "url": "www.example.com", "base": "/1"}
ELSEWHERE: dict[str, dict[str, t.Any]] = {
    "ns_purge": NO_API,
    "ns_verify_edge": {"within": 0},
    **dict.fromkeys(CONFIG, NO_API),
}
"""How modules are kept from waiting for what does not answer, where that is not NetStorage."""
BESIDE = {"expect_within": {"expect_plan": "/tmp/plan.json"}, "stop_after": LISTS, "cp_code": {"any_unused": False}}
"""Options without which the number has no meaning."""

NO_FLOAT = ["nan", "inf", "-inf", "1e400"]
REFUSED: dict[str, list[t.Any]] = {
    "age": ["1.5", "1e3", "nan", "--1", ""],
    "cp_code": [0, -1, 2**53],
    "depth": [0, -1],
    "diff_limit": [{"files": -1}, {"lines": 0}, {"lines": -1}],
    "expect_within": [-1, 10**18],
    "group_id": [0, -1, 2**53],
    "idle_timeout": [0, -1, 86_401, *NO_FLOAT],
    "keep": [0, -1],
    "limit": [0, -1],
    "max_bandwidth": [0, "0", "nan"],
    "max_delete": ["-1", "101 %", "1.5", "nan", "%"],
    "max_replace": ["-1", "101 %", "1.5", "nan", "%"],
    "max_requests_per_second": [0, -1, 1e-300, 1e300, *NO_FLOAT],
    "max_retries": [-1, 101, 10**18],
    "mode": [-1, 0o1000, 10**18, "888", "1.5"],
    "mtime": [-1, "-1", "1.5", "nan", "1e9", LATEST + 1, 10**12, 10**19, "9" * 20, "9" * 100],
    "overlap_hours": [-1, 8761, *NO_FLOAT],
    "parallel": [0, -1, 257, 10**18],
    "purge_limit": [-1],
    "quick_delete_wait": [-1, 86_401, *NO_FLOAT],
    "rotate_older_than": [0, -1, 3651, *NO_FLOAT],
    "sample": [-1],
    "settle": [-1, 3601, *NO_FLOAT],
    "size": ["1.5", "1e3", "nan", "--1", ""],
    "storage_group_id": [0, -1, 2**53],
    "stop_after": [0, -1, 86_401, *NO_FLOAT],
    "technical_contact": [{}, {"secondary_sf_pin": "1"}, {"first_name": "a"}],
    "verify_wait": [-1, 3601, *NO_FLOAT],
    "wait_interval": [0, 0.5, 3601, *NO_FLOAT],
    "wait_timeout": [-1, 604_801, *NO_FLOAT],
    "within": [-1, 86_401, *NO_FLOAT],
}
TAKEN: dict[str, list[t.Any]] = {"mtime": [0, LATEST], "max_retries": [0, 1]}
"""The ends of a range, where they cost no waiting."""


def modules_with(option: str) -> t.Iterator[tuple[str, Command]]:
    return ((name, command) for name, (command, _declared) in MODULES.items() if option in command.spec)


def failure(module: str, command: Command, option: str, value: object) -> tuple[str, str]:
    """Code and message. What Ansible refuses itself never comes to a request either."""
    checked = ArgumentSpecValidator(command.spec, **command.rules).validate(
        {**ELSEWHERE.get(module, NOWHERE), **GIVEN[module], **BESIDE.get(option, {}), option: value}
    )
    if checked.error_messages:
        return "bad_options", checked.error_messages[0]
    private = {"_file": "/etc/hostname"} if module == "ns_file" else {}
    is_check = module not in ELSEWHERE  # those ask nobody then
    values = command.carry_out({**checked.validated_parameters, **private}, check=is_check, diff=False).values
    return values["failure"]["code"], values["msg"]


@pytest.mark.parametrize("option", REFUSED)
def test_a_number_out_of_range_is_refused_before_the_first_request(option: str) -> None:
    for module, command in modules_with(option):
        for value in REFUSED[option]:
            code, message = failure(module, command, option, value)
            assert (code, option in message) == ("bad_options", True), (module, value, message)


@pytest.mark.parametrize("option", TAKEN)
def test_the_ends_of_a_range_are_taken(option: str) -> None:
    for module, command in modules_with(option):
        for value in TAKEN[option] if module not in CONFIG else ():  # whose client is that of ns_purge, which waits as well
            assert failure(module, command, option, value)[0] == "unreachable", (module, value)


def test_every_option_that_is_a_number_has_a_row() -> None:
    numbers = {
        name
        for command, _declared in MODULES.values()
        for name, option in command.spec.items()
        if option.get("type") in ("int", "float", "bytes") or (option.get("type") == "dict" and "options" in option)
    }
    assert numbers <= set(REFUSED)
    assert set(REFUSED) | {"files", "lines", "max_size", "status"} == NUMBERS


@pytest.mark.parametrize("option", sorted(NUMBERS - {"files", "lines", "diff_limit"}))
def test_a_number_of_thousands_of_digits_is_refused_by_its_option(option: str) -> None:
    for value in (10**5000, "9" * 5000):
        with pytest.raises(BadOptions, match=f"^{option} has more than 100 digits"):
            refuse_long_numbers({option: value})
    with pytest.raises(BadOptions, match=r"^lines has more than 100 digits"):
        refuse_long_numbers({"diff_limit": {"lines": 10**5000}})
    with pytest.raises(BadOptions, match=r"^status has more than 100 digits"):
        refuse_long_numbers({"expect": [{"url": "u"}, {"status": 10**5000}]})


@pytest.mark.parametrize("value", ["9" * 5000, "-1", "nan", "inf", "1e400", ""])
@pytest.mark.parametrize("option", ["max_size", "max_bandwidth"])
def test_a_lookup_refuses_a_size_that_is_none(option: str, value: str) -> None:
    lookup = LookupModule()
    lookup.get_options = lambda: {**NOWHERE, "max_size": "1M", option: value}
    with pytest.raises(BadOptions, match=f"^{option}"):
        lookup.read_options(ContentOptions, ["a"])
