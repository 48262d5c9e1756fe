# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks of every module, in the task's own process and by the module: the same results, requests and warnings, and no secret.

And which way a task goes, whatever makes it unusual; ``-vvv`` says so.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import typing as t
from pathlib import Path

import pytest
from ansible import constants
from ansible_collections.edgeops.netstorage.tests.integration.cores import every_core
from ansible_collections.edgeops.netstorage.tests.integration.interpreters import by_the_module, plain_python
from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import build
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import HERE, Outcome, Player
from ansible_collections.edgeops.netstorage.tests.integration.service import (
    ACCESS_TOKEN,
    CLIENT_SECRET,
    CLIENT_TOKEN,
    KEY,
    MTIME,
    Link,
    Service,
)

OURS = "edgeops.netstorage."
MODULES = sorted(file.stem for file in (Path(__file__).parents[2] / "plugins/modules").glob("*.py"))
WRONG = "a-key-that-nobody-should-see"
PIN = "a-pin-that-nobody-should-see"
PASSWORD = "secret pass 1"
SECRETS = (KEY, WRONG, PIN, PASSWORD, CLIENT_SECRET, CLIENT_TOKEN, ACCESS_TOKEN)
MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
URL = "http://www.example.com/a.txt"

Task = dict[str, t.Any]

THERE = {
    "old/a.txt": "a", "old/b.txt": "b", "old/link": Link("a.txt"), "live/index.html": "page", "live/gone.txt": "gone",
    "www/a.txt": "a",
}  # fmt: skip
CONTRACT: dict[str, t.Any] = {
    "cp_codes": [1000001],
    "storage_groups": [{
        "storageGroupId": 2000001, "storageGroupName": "shop", "domainPrefix": "shop", "cpcodes": [{"cpcodeId": 1000001}],
        "zones": [{"zoneName": "europe"}, {"zoneName": "us"}],
    }],
    "upload_accounts": [{"uploadAccountId": "bot", "storageGroupId": 2000001, "keys": {"g2o": [{"id": 7001, "key": PIN}]}}],
}  # fmt: skip

FILE: Task = {"path": "new/a.txt", "content": "new\n", "mtime": MTIME}
TASKS: dict[str, Task] = {
    "A file by two names": {"ns_file": {**FILE, "dest": "new/a.txt"}},
    "The same file": {"ns_file": FILE},
    "A file in check mode": {"ns_file": {**FILE, "content": "newer\n"}, "check_mode": True},
    "A file that goes": {"ns_file": {"path": "new/a.txt", "state": "absent"}, "diff": False},
    "Files in a loop": {"ns_file": {**FILE, "path": "loop/{{ item }}"}, "loop": ["a", "../b", "c"], "ignore_errors": True},
    "An option that is none": {"ns_file": {**FILE, "contents": "new"}},
    "A key that is wrong": {"ns_file": {**FILE, "key": WRONG, "path": f"new/{WRONG}"}},
    "What no task may set": {"ns_file": {**FILE, "_file": "/etc/hosts"}},
    "A secret file": {"ns_file": {**FILE, "path": f"new/{PIN}"}, "no_log": True},
    "A file in time": {"ns_file": {**FILE, "max_retries": 0}, "timeout": 30, "register": "done", "until": "done is success"},
    "A directory": {"ns_directory": {"path": "folder/deep"}},
    "A link": {"ns_symlink": {"path": "link", "target": "old/a.txt"}},
    "A link to nothing": {"ns_symlink": {"path": "link"}},
    "A tree": {"ns_sync": {"src": "{{ work }}/site", "path": "live", "delete": True, "parallel": 1}},
    "A tree that is nowhere": {"ns_sync": {"src": "{{ work }}/nowhere", "path": "live"}},
    "What is there": {"ns_info": {"path": ["old/a.txt", "nowhere"]}},
    "A scratch directory that is full": {"ns_conformance": {"path": "old", "write": False}},
    "Files": {"ns_find": {"path": "old", "patterns": ["*.txt"], "recurse": True}},
    "A tree to here": {"ns_fetch": {"path": "old", "dest": "{{ work }}/fetched", "parallel": 1}},
    "Another name": {"ns_rename": {"path": "old/b.txt", "dest": "old/c.txt"}},
    "Old files": {"ns_prune": {"path": "old", "patterns": ["c.*"], "age": "1d"}},
    "A purge": {"ns_purge": {"urls": [URL], "client_secret": CLIENT_SECRET, "client_token": CLIENT_TOKEN,
                             "access_token": ACCESS_TOKEN, "api_host": "{{ emulator_api_host }}", "edgerc": None},
                "check_mode": True},
    "A purge of others": {"ns_purge": {"urls": ["http://other.example.com/"]}},
    "What visitors get": {"ns_verify_edge": {"urls": [URL], "connect_to": "{{ emulator_edge }}", "within": 0,
                                             "headers": {"Authorization": f"Bearer {PIN}", "Accept-Encoding": "gzip"}}},
    "What nobody gets": {"ns_verify_edge": {"expect": [{"url": URL, "md5": "0" * 32}], "connect_to": "{{ emulator_edge }}",
                                            "within": 0}},
    "An expectation of nothing": {"ns_verify_edge": {"expect": [{"md5": "0" * 32}]}},
    "The contract": {"ns_config_info": {"gather": ["upload_accounts"]}},
    "A CP code": {"ns_cp_code": {"contract_id": "C-TEST001", "cp_code_name": "new"}},
    "A storage group": {"ns_storage_group": {"storage_group": "shop", "cp_codes": [{"cp_code": 1000001, "use_ssl": True}]}},
    "An upload account": {"ns_upload_account": {"upload_account_id": "bot", "email": "a@example.com", "key_in_use": WRONG}},
    "A password": {"ns_upload_key": {"upload_account_id": "bot", "type": "ftp", "key": PASSWORD}, "check_mode": True},
}  # fmt: skip
"""By name; the module's options stand at its short name. All of them with a diff, and whether they fail or not."""

FAIL = {
    "Files in a loop", "An option that is none", "A key that is wrong", "A link to nothing", "A tree that is nowhere",
    "What no task may set", "A purge of others", "What nobody gets", "An expectation of nothing",
    "A scratch directory that is full",
}  # fmt: skip
LEFT_TO_THE_MODULE = {"An option that is none", "A link to nothing", "An expectation of nothing"}
WITHOUT_EITHER = {"What no task may set", "A tree that is nowhere"}
"""The action itself refuses them."""

_OF_A_RUN = {"age", "last_modified_date", "supportId"}


def written(tasks: dict[str, Task]) -> list[Task]:
    return [
        {"name": name, **{f"{OURS}{key}" if key in MODULES else key: value for key, value in task.items()}, "ignore_errors": True}
        for name, task in tasks.items()
    ]


def play(service: Service, work: Path, way: str) -> tuple[Outcome, dict[str, t.Any]]:
    """From the same start, and what stands there afterwards."""
    service.reset()
    service.load(THERE)
    control = service.emulator.control
    control.load_contract(CONTRACT)
    player = Player(service, work)
    build(work / "site", {"index.html": "new page", "a.css": "style"})
    shutil.rmtree(work / "fetched", ignore_errors=True)
    config = {"edgerc": "{{ emulator_edgerc }}", "section": "ccu", "api_protocol": "http", "max_retries": 0}
    playbook = player.write("tasks.json", written(TASKS))
    (playbook_play,) = json.loads(playbook.read_text())
    playbook_play["module_defaults"]["group/edgeops.netstorage.config"] = config
    playbook.write_text(json.dumps([playbook_play]))
    outcome = player.play(playbook, "-vvv", "--diff", *(by_the_module(work) if way == "module" else []))
    service.emulator.control.load_contract({})
    return outcome, service.tree()


@pytest.fixture(scope="module")
def ran(service: Service, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Outcome, dict[str, t.Any]]]:
    work = tmp_path_factory.mktemp("ways")
    return {way: play(service, work, way) for way in ("here", "module")}


def settled(value: t.Any) -> t.Any:
    """Without what no two runs have in common."""
    if isinstance(value, dict):
        known = {name: settled(one) for name, one in value.items() if name not in _OF_A_RUN}
        return {name: one for name, one in known.items() if not name.startswith("_ansible")}
    return [settled(one) for one in value] if isinstance(value, list) else value


def asked(outcome: Outcome) -> list[str]:
    """Some requests are sent side by side, so they arrive in any order."""
    return sorted(f"{request['action']} {request['path']}" for request in outcome.requests)


Ran = dict[str, tuple[Outcome, dict[str, t.Any]]]


def test_every_module_has_its_tasks() -> None:
    assert {key for task in TASKS.values() for key in task if key in MODULES} == set(MODULES)


@every_core("in process", "display")
@pytest.mark.parametrize("name", TASKS)
def test_a_task_has_one_result_in_both_ways(ran: Ran, name: str) -> None:
    here, module = (ran[way][0].results[name] for way in ("here", "module"))
    assert settled(here) == settled(module)
    assert {ran[way][0].became[name] for way in ran} == {"failed" if name in FAIL else "ok"}, here


@every_core("in process", "warnings")
def test_both_ways_leave_the_same_behind(ran: Ran) -> None:
    (here, tree), (module, other_tree) = ran["here"], ran["module"]
    assert tree == other_tree
    assert asked(here) == asked(module)
    warned = [sorted(set(re.findall(r"\[WARNING\]: .*", outcome.output))) for outcome in (here, module)]
    assert warned[0] == warned[1]
    assert "[WARNING]: Both option path and its alias dest are set." in warned[0]


@pytest.mark.parametrize("name", TASKS)
def test_each_task_went_its_way(ran: Ran, name: str) -> None:
    here, module = (ran[way][0].ways.get(name, []) for way in ("here", "module"))
    if name in WITHOUT_EITHER:
        assert here == module == []
        return
    assert set(here) == {"its options are wrong, which the module reports" if name in LEFT_TO_THE_MODULE else None}
    assert all(str(why).startswith("its Python is ") for why in module)
    assert len(here) == len(module) == len(TASKS[name].get("loop", "1"))


@every_core("masking")
@pytest.mark.parametrize("way", ["here", "module"])
def test_no_secret_is_shown_either_way(ran: Ran, way: str) -> None:
    outcome = ran[way][0]
    shown = outcome.output + json.dumps(outcome.results)
    assert [secret for secret in SECRETS if secret in shown] == []
    args = {name: outcome.results[name]["invocation"]["module_args"] for name in ("A purge", "What visitors get", "A password")}
    hidden = [args["A purge"][name] for name in ("client_secret", "client_token", "access_token")]
    assert {*hidden, args["What visitors get"]["headers"], args["A password"]["key"]} == {MASK}
    assert "invocation" not in outcome.results["A secret file"]


OTHERS = "far ansible_connection=recording ansible_python_interpreter='{{ far_python }}'\nnear ansible_connection=local\n"
DEBUG: Task = {"ns_info": {"path": ["old"]}}


def _unusual(work: Path) -> dict[str, tuple[Task, str | None]]:
    """Tasks, each with why it goes to the module; None where it does not."""
    python = str(plain_python(work))
    other = f"its Python is {python}, not {sys.executable}"
    return {
        "Usual": ({}, None),
        "Without a variable": ({"environment": {}}, None),
        "With one": ({"environment": {"TOKEN": PIN}}, "environment is set"),
        "As a job": ({"async": 60, "poll": 1, "vars": {"ansible_python_interpreter": python}}, "async is set"),
        "As somebody": ({"become": True, "become_user": "nobody", "become_exe": "/nowhere/sudo"}, "become is set"),
        "As nobody else": ({"become": False}, None),
        "With another Python": ({"vars": {"ansible_python_interpreter": python}}, other),
        "With this one": ({"vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}}, None),
        "With any Python": ({"vars": {"ansible_python_interpreter": "auto_silent"}}, None),
        "With a wrong option": ({"ns_info": {"pahts": PIN}}, "its options are wrong, which the module reports"),
        "On another host": ({"delegate_to": "far", "vars": {"far_python": python}}, "its connection is recording"),
        "On this machine by its name": ({"delegate_to": "near"}, None),
        "Checked": ({"check_mode": True, "diff": True, "no_log": True}, None),
        "In PowerShell": ({"vars": {"ansible_shell_type": "powershell"}}, "its shell is one of Windows"),
    }


@every_core("in process", "connections", "async", "display", ways=["here", "module"])
def test_what_is_unusual_goes_to_the_module_and_is_told(player: Player) -> None:
    """What cannot be done here (``become``, PowerShell, which ends the play) gets no further than to be told."""
    player.service.load(THERE)
    (player.work / "hosts").write_text(OTHERS)
    tasks = _unusual(player.work)
    playbook = player.write("unusual.json", written({name: {**DEBUG, **task} for name, (task, _why) in tasks.items()}))
    environment = {
        "ANSIBLE_CONNECTION_PLUGINS": str(HERE / "controller_plugins/connection"), "RECORDING_FOLDER": str(player.work),
        "ANSIBLE_REMOTE_TMP": str(player.work / "remote"), "ANSIBLE_ASYNC_DIR": str(player.work / "async"),
    }  # fmt: skip
    outcome = player.play(playbook, "-vvv", "-i", str(player.work / "hosts"), environment=environment)
    assert outcome.ways == {name: [why] for name, (_task, why) in tasks.items()}
    for _task, why in tasks.values():
        way = "in the task's own process" if why is None else f"by the module, because {why}"
        assert re.search(rf"^<.+> {re.escape(f'{OURS}ns_info: {way}')}$", outcome.output, re.MULTILINE), way
    failed = {name for name, became in outcome.became.items() if became != "ok"}
    assert failed == {"As somebody", "With a wrong option", "In PowerShell"}
    parts = dict(part.split("]", 1) for part in outcome.output.split("\nTASK [")[1:])
    started = {name for name in tasks if re.search(r"Using module file .*/ns_info\.py", parts[name])}
    assert started | {"In PowerShell"} == {name for name, (_task, why) in tasks.items() if why is not None}


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("ANSIBLE_PYTHON_INTERPRETER", "{python}", "its Python is "),
        ("ANSIBLE_KEEP_REMOTE_FILES", "1", "keep_remote_files is set"),
    ],
)
def test_a_configuration_that_is_unusual_needs_the_module(player: Player, variable: str, value: str, told: str) -> None:
    """The host has no variable of its own, as ``localhost`` without an inventory has."""
    player.service.load(THERE)
    (player.work / "hosts").write_text(OTHERS)
    environment = {
        variable: value.format(python=plain_python(player.work)), "ANSIBLE_REMOTE_TMP": str(player.work / "remote"),
    }  # fmt: skip
    playbook = player.write("configured.json", written({"Task": DEBUG}), hosts="near")
    outcome = player.play(playbook, "-vvv", "-i", str(player.work / "hosts"), environment=environment)
    (why,) = outcome.ways["Task"]
    assert str(why).startswith(told)


def test_a_variable_switches_the_invocation_off_in_both_ways(player: Player) -> None:
    """From ansible-core 2.21 on it may be one of a task; before that it is nothing to either way."""
    player.service.load(THERE)
    task: Task = {"ns_info": {"path": ["old"]}, "vars": {"ansible_inject_invocation": False}}
    playbook = player.write("quiet.json", written({"Task": task}))
    shown = [("invocation" in player.play(playbook, *way).result) for way in ([], by_the_module(player.work))]
    known = constants.config.get_configuration_definitions().get("INJECT_INVOCATION", {})
    assert shown == [not known.get("vars")] * 2


def test_the_items_of_a_loop_share_a_connection(player: Player) -> None:
    """Where a process is theirs; a module has one of its own for each."""
    player.service.load(THERE)
    playbook = player.write("loop.json", written({"Task": {"ns_info": {"path": ["{{ item }}"]}, "loop": ["old", "live", "www"]}}))
    opened = []
    for way in ([], by_the_module(player.work)):
        player.service.emulator.control.reset_counts()
        assert player.play(playbook, *way).became == {"Task": "ok"}
        opened.append(player.service.emulator.control.reset_counts()["connections"])
    assert opened == [1, 3]
