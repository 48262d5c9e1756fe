# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What leaves a task to its module, and that the reason is told without any value of a task."""

from __future__ import annotations

import os
import sys
import threading
import types
import typing as t
from pathlib import Path

import pytest
from ansible import constants
from ansible_collections.edgeops.netstorage.plugins.plugin_utils import _ways
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._ways import interpreter_of, why_module

SECRET = "a-value-that-nobody-should-see"
UNUSUAL: list[tuple[dict[str, t.Any], str]] = [
    ({"transport": "ssh"}, "its connection is ssh"),
    ({"windows": True}, "its shell is one of Windows"),
    ({"become": object()}, "become is set"),
    ({"async_val": 60}, "async is set"),
    ({"environment": [{"TOKEN": SECRET}]}, "environment is set"),
    ({"environment": [{}, "{{ variables }}"]}, "environment is set"),
    ({"interpreter": "/usr/bin/python9"}, f"its Python is /usr/bin/python9, not {sys.executable}"),
    ({"interpreter": ""}, f"its Python is , not {sys.executable}"),
]


def why(**given: t.Any) -> str | None:
    """The task is a usual one but for what is given."""
    shell = types.SimpleNamespace(**({"_IS_WINDOWS": True} if given.get("windows") else {}))
    connection = types.SimpleNamespace(transport=given.get("transport", "local"), become=given.get("become"), _shell=shell)
    task = types.SimpleNamespace(async_val=given.get("async_val", 0), environment=given.get("environment"))
    return why_module(task, connection, lambda: t.cast(str, given.get("interpreter", "auto")))


def test_the_python_of_another_machine_is_not_looked_for() -> None:
    """Its variables are for the module to read, and may be wrong."""

    def interpreter() -> str:
        raise AssertionError("it is asked for")

    connection = types.SimpleNamespace(transport="ssh", become=None, _shell=None)
    assert why_module(types.SimpleNamespace(), connection, interpreter) == "its connection is ssh"


@pytest.mark.parametrize("environment", [None, [], [{}, {}]])
def test_a_usual_task_needs_no_module(environment: object) -> None:
    assert why(environment=environment) is None


@pytest.mark.parametrize(("given", "told"), UNUSUAL, ids=[told for _given, told in UNUSUAL])
def test_what_is_unusual_needs_the_module(given: dict[str, t.Any], told: str) -> None:
    assert why(**given) == told


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("IMPORT_ERROR", "no requests", "this Python has no library requests"),
        ("sys", types.SimpleNamespace(platform="darwin"), "the controller is not Linux"),
    ],
)
def test_some_controllers_need_the_module(monkeypatch: pytest.MonkeyPatch, name: str, value: object, told: str) -> None:
    monkeypatch.setattr(_ways, name, value)
    assert why() == told


def test_files_that_are_to_be_kept_need_the_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "DEFAULT_KEEP_REMOTE_FILES", True)
    assert "keep_remote_files" in str(why())


def test_a_task_on_a_thread_needs_the_module() -> None:
    found: list[str | None] = []
    thread = threading.Thread(target=lambda: found.append(why()))
    thread.start()
    thread.join()
    assert found == ["it runs on a thread, where no signal is heard"]


@pytest.mark.parametrize("interpreter", ["auto", "auto_silent", sys.executable])
def test_the_python_may_be_this_one_by_its_usual_names(interpreter: str) -> None:
    assert why(interpreter=interpreter) is None


def test_a_neighbour_that_is_the_same_file_is_this_python(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """But not the same file from elsewhere: that one has other libraries."""
    base, here, there = tmp_path / "base", tmp_path / "here/bin", tmp_path / "there/bin"
    base.touch()
    for folder in (here, there):
        folder.mkdir(parents=True)
        for name in ("python", "python3"):
            (folder / name).symlink_to(base)
    (here / "python2").touch()
    monkeypatch.setattr(sys, "executable", str(here / "python3"))
    assert why(interpreter=str(here / "python")) is None
    for other in (here / "python2", there / "python3", here / "gone"):
        assert why(interpreter=str(other)) == f"its Python is {other}, not {here / 'python3'}"


def test_the_python_is_that_of_a_variable_then_that_of_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    def template(value: str) -> str:
        return value.replace("{{ python }}", "/of/a/variable")

    monkeypatch.delitem(os.environ, "ANSIBLE_PYTHON_INTERPRETER", raising=False)
    assert interpreter_of({}, template) in ("auto", "auto_legacy")
    monkeypatch.setenv("ANSIBLE_PYTHON_INTERPRETER", "/of/the/environment")
    assert interpreter_of({}, template) == "/of/the/environment"
    assert interpreter_of({"ansible_python_interpreter": " {{ python }} "}, template) == "/of/a/variable"
