# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A made-up command with secrets wherever a spec can have them, with deprecations and rules: both ways are the same."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible.module_utils import basic
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.command import Command, Params
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.module import run_module
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.masking import PART, WHOLE
from ansible_collections.edgeops.netstorage.plugins.module_utils._queries.base import Answer
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._in_process import checked_options, run_in_process

Result = dict[str, t.Any]
OURS = "edgeops.netstorage"
SPEC: Result = {
    "key": {"type": "str", "no_log": True, "aliases": ["secret"]},
    "pin": {"type": "int", "no_log": True},
    "tokens": {"type": "list", "elements": "str", "no_log": True},
    "headers": {"type": "dict", "no_log": True},
    "fields": {"type": "dict", "no_log": True},
    "contact": {"type": "dict", "options": {"name": {"type": "str"}, "pin": {"type": "str", "no_log": True}}},
    "keys": {
        "type": "list", "elements": "dict", "no_log": False,
        "options": {
            "name": {"type": "str"},
            "inner": {"type": "dict", "options": {"key": {"type": "str", "no_log": True, "aliases": ["k"]}}},
        },
    },
    "path": {
        "type": "str", "aliases": ["dest", "target"],
        "deprecated_aliases": [{"name": "target", "version": "9.0.0", "collection_name": OURS}],
    },
    "old": {"type": "str", "removed_in_version": "9.0.0", "removed_from_collection": OURS},
}  # fmt: skip
GIVEN: Result = {
    "secret": "the-key-by-its-alias",
    "pin": 90210,
    "tokens": ["a-token-of-some-length", "gzip"],
    "headers": {"Accept": "application/long", "Authorization": "Bearer-of-news"},
    "fields": {"deep": {"er": "buried-in-a-mapping"}, "short": "br"},
    "contact": {"name": "somebody", "pin": "4711-of-somebody"},
    "keys": [{"name": "first", "inner": {"k": "a-key-in-a-list"}}, {"name": "second", "inner": None}],
    "path": "site",
}
HIDDEN = (
    "the-key-by-its-alias", "90210", "a-token-of-some-length", "Bearer-of-news", "buried-in-a-mapping", "4711-of-somebody",
    "a-key-in-a-list", "told-by-the-work",
)  # fmt: skip
SHOWN = ("gzip", "br", "application/long", "somebody", "first")


def work(params: Params, check: bool, diff: bool, _cancellation: object) -> Answer:
    """Tells everything that it knows."""
    echo = f"it says {', '.join(HIDDEN)} and {', '.join(SHOWN)}"
    return Answer({"changed": False, "echo": [echo], "names": {one: one for one in HIDDEN}}, secrets=["told-by-the-work"])


COMMAND = Command(
    SPEC,
    work,
    {"mutually_exclusive": [("path", "old")], "required_if": [("path", "site", ["key"])]},
    told_apart={"headers": lambda headers: [value for name, value in headers.items() if name != "Accept"]},
)


def in_process(args: Result) -> Result | None:
    checked = checked_options(COMMAND, args)
    if checked is None:
        return None
    return run_in_process(COMMAND, checked, {}, check=False, diff=False, shows_invocation=True)


@pytest.fixture
def by_module(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> t.Callable[[Result], Result]:
    def run(args: Result) -> Result:
        internal: Result = {"_ansible_no_log": True}  # not to the log of the system
        if "inject_invocation" in basic.PASS_VARS:
            internal["_ansible_inject_invocation"] = True
        given = {"ANSIBLE_MODULE_ARGS": {**args, **internal}}
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps(given).encode())
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        with pytest.raises(SystemExit):
            run_module(COMMAND)
        return t.cast(Result, json.loads(capsys.readouterr().out))

    return run


def test_both_ways_hide_the_same(by_module: t.Callable[[Result], Result]) -> None:
    here, module = in_process(GIVEN), by_module(GIVEN)
    assert here == {name: value for name, value in module.items() if name not in ("warnings", "deprecations")}


def test_no_secret_is_shown_at_any_depth() -> None:
    told = json.dumps(in_process(GIVEN))
    assert [one for one in HIDDEN if one in told] == []
    assert [one for one in SHOWN if one not in told] == []
    assert told.count(PART) >= len(HIDDEN)


def test_the_invocation_has_masks_in_the_places_of_secrets() -> None:
    args = t.cast(Result, in_process(GIVEN))["invocation"]["module_args"]
    whole = ("key", "secret", "pin", "tokens", "headers", "fields")
    assert {name: args[name] for name in whole} == dict.fromkeys(whole, WHOLE)
    assert args["contact"] == {"name": "somebody", "pin": WHOLE}
    assert args["keys"] == [{"name": "first", "inner": {"k": WHOLE, "key": WHOLE}}, {"name": "second", "inner": None}]
    assert (args["path"], args["old"]) == ("site", None)


def test_deprecations_and_warnings_of_the_options_are_in_the_result() -> None:
    given = {**GIVEN, "dest": "site", "target": "site"}
    result = t.cast(Result, in_process(given))
    assert result["warnings"] == [f"Both option path and its alias {alias} are set." for alias in ("dest", "target")]
    (alias,) = result["deprecations"]
    assert (alias["version"], alias["collection_name"]) == ("9.0.0", OURS)
    assert "'target' is deprecated" in alias["msg"]
    (option,) = t.cast(Result, in_process({"old": "way"}))["deprecations"]
    assert (option["version"], option["collection_name"]) == ("9.0.0", OURS)
    assert "'old'" in option["msg"]


@pytest.mark.parametrize("wrong", [{"old": "way"}, {"secret": ...}, {"keys": [{"nam": "first"}]}, {"pin": "x"}])
def test_rules_and_parts_are_checked_as_by_the_module(by_module: t.Callable[[Result], Result], wrong: Result) -> None:
    """The module fails, and hides what it can of options that nobody could read."""
    given = {name: value for name, value in {**GIVEN, **wrong}.items() if value is not ...}
    assert in_process(given) is None
    result = by_module(given)
    assert result["failed"] is True
    args = result["invocation"]["module_args"]
    assert args["tokens"] == args["fields"] == args["headers"] == WHOLE
    assert "a-token-of-some-length" not in json.dumps(result)


def test_what_is_no_mapping_is_a_secret_as_a_whole() -> None:
    """An action asks before the options are converted."""
    assert COMMAND.secrets_of({"headers": "a=b", "keys": "first", "contact": ["x", {"pin": "y"}]}) == ["a=b", "y"]
