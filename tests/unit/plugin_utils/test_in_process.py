# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a module runs in the task's own process, and that nobody can tell from the result."""

from __future__ import annotations

import sys
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.changing import SYNC
from ansible_collections.edgeops.netstorage.plugins.plugin_utils import _in_process
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._in_process import can_run_in_process, plain, run_in_process

KEY = "an-emulated-key-of-some-length"
ARGS = {"src": "/nowhere/at/all", "path": "site", "host": "127.0.0.1:9", "account": "a", "key": KEY, "root": "/1"}


@pytest.mark.parametrize(
    ("interpreter", "can"),
    [(None, True), ("auto", True), ("auto_silent", True), (sys.executable, True), ("/usr/bin/python9", False), ("", False)],
)
def test_the_python_must_be_this_one(interpreter: object, can: bool) -> None:
    assert can_run_in_process(interpreter) is (can and sys.platform == "linux")


@pytest.mark.parametrize(("name", "value"), [("IMPORT_ERROR", "no requests"), ("sys", type("", (), {"platform": "darwin"}))])
def test_some_machines_need_the_module(monkeypatch: pytest.MonkeyPatch, name: str, value: object) -> None:
    monkeypatch.setattr(_in_process, name, value)
    if name == "sys":
        value.executable = sys.executable  # type: ignore[attr-defined]
    assert not can_run_in_process(None)


def test_arguments_are_what_a_module_would_get() -> None:
    class Tagged(str):
        __slots__ = ()

    given = plain({"src": Tagged("a"), "exclude": [Tagged("b")], "parallel": 3, "delete": True, "root": None})
    assert given == {"src": "a", "exclude": ["b"], "parallel": 3, "delete": True, "root": None}
    assert [type(value) for value in t.cast("dict[str, t.Any]", given).values()] == [str, list, int, bool, type(None)]


def test_what_is_no_json_is_left_to_the_module() -> None:
    assert plain({"src": object()}) is None


@pytest.mark.parametrize("wrong", [{"sorce": "x"}, {"parallel": "many"}, {"links": "hard"}, {"delete": "perhaps"}])
def test_wrong_options_are_left_to_the_module(wrong: dict[str, t.Any]) -> None:
    assert run_in_process(SYNC, {**ARGS, **wrong}, {}, True, False) is None


def test_a_failure_before_the_plan_looks_like_one_of_the_module() -> None:
    result = t.cast("dict[str, t.Any]", run_in_process(SYNC, ARGS, {}, True, False))
    assert (result["failed"], result["changed"], result["done"], result["left"]) == (True, False, [], [])
    assert result["failure"]["code"] == "bad_source"
    assert "/nowhere/at/all does not exist" in result["msg"]


def test_the_key_is_masked_wherever_it_occurs() -> None:
    result = run_in_process(SYNC, {**ARGS, "src": f"/nowhere/{KEY}", "exclude": [KEY]}, {}, True, False)
    assert KEY not in str(result)


def test_the_key_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETSTORAGE_KEY", KEY)
    args = {name: value for name, value in ARGS.items() if name != "key"}
    result = run_in_process(SYNC, {**args, "src": f"/nowhere/{KEY}"}, {}, True, False)
    assert result is not None
    assert KEY not in str(result)


@pytest.mark.parametrize("shown", [True, False])
def test_the_invocation_is_shown_where_ansible_shows_it(monkeypatch: pytest.MonkeyPatch, shown: bool) -> None:
    monkeypatch.setattr(_in_process, "_shows_invocation", lambda: shown)
    result = t.cast("dict[str, t.Any]", run_in_process(SYNC, ARGS, {}, True, False))
    assert ("invocation" in result) is shown
    if shown:
        assert result["invocation"]["module_args"]["key"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
        assert result["invocation"]["module_args"]["parallel"] == 16
