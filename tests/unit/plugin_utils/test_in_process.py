# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a module runs in the task's own process, and that nobody can tell from the result."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible import constants
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.changing import SYNC
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.command import Command
from ansible_collections.edgeops.netstorage.plugins.module_utils._queries.base import Answer
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._in_process import (
    checked_options,
    plain,
    run_in_process,
    shows_invocation,
)

KEY = "an-emulated-key-of-some-length"
MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
ARGS = {"src": "/nowhere/at/all", "path": "site", "host": "127.0.0.1:9", "account": "a", "key": KEY, "root": "/1"}

Result = dict[str, t.Any]


def done(command: Command, args: Result, shown: bool = True) -> Result:
    checked = checked_options(command, args)
    assert checked is not None
    return run_in_process(command, checked, {}, check=True, diff=False, shows_invocation=shown)


def test_arguments_are_what_a_module_would_get() -> None:
    class Tagged(str):
        __slots__ = ()

    given = plain({"src": Tagged("a"), "exclude": [Tagged("b")], "parallel": 3, "delete": True, "root": None})
    assert given == {"src": "a", "exclude": ["b"], "parallel": 3, "delete": True, "root": None}
    assert [type(value) for value in t.cast("Result", given).values()] == [str, list, int, bool, type(None)]


def test_what_is_no_json_is_left_to_the_module() -> None:
    assert plain({"src": object()}) is None


@pytest.mark.parametrize("wrong", [{"sorce": "x"}, {"parallel": "many"}, {"links": "hard"}, {"delete": "perhaps"}])
def test_wrong_options_are_left_to_the_module(wrong: Result) -> None:
    assert checked_options(SYNC, {**ARGS, **wrong}) is None


def test_a_failure_before_the_plan_looks_like_one_of_the_module() -> None:
    result = done(SYNC, ARGS)
    assert (result["failed"], result["changed"], result["done"], result["left"]) == (True, False, [], [])
    assert result["failure"]["code"] == "bad_source"
    assert "/nowhere/at/all does not exist" in result["msg"]


def test_the_key_is_masked_wherever_it_occurs() -> None:
    assert KEY not in str(done(SYNC, {**ARGS, "src": f"/nowhere/{KEY}", "exclude": [KEY]}))


def test_the_key_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETSTORAGE_KEY", KEY)
    args = {name: value for name, value in ARGS.items() if name != "key"}
    assert KEY not in str(done(SYNC, {**args, "src": f"/nowhere/{KEY}"}))


@pytest.mark.parametrize("shown", [True, False])
def test_the_invocation_is_shown_where_ansible_shows_it(shown: bool) -> None:
    result = done(SYNC, ARGS, shown)
    assert ("invocation" in result) is shown
    if shown:
        assert result["invocation"]["module_args"]["key"] == MASK
        assert result["invocation"]["module_args"]["parallel"] == 16


def test_a_variable_may_switch_the_invocation_off() -> None:
    """From ansible-core 2.21 on. Before that nothing, or the configuration alone, decides."""
    known = constants.config.get_configuration_definitions().get("INJECT_INVOCATION", {})
    assert shows_invocation({"ansible_inject_invocation": False}) is not bool(known.get("vars"))
    assert shows_invocation({"ansible_inject_invocation": True})


def test_a_result_is_what_json_makes_of_it() -> None:
    command = Command({}, lambda *_given: Answer({"pair": (1, (2,)), "by": {1: "one"}}))
    assert json.loads(json.dumps(done(command, {}, shown=False))) == done(command, {}, shown=False)
    assert done(command, {}, shown=False) == {"pair": [1, [2]], "by": {"1": "one"}}
