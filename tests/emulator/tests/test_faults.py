# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fault plan: its format, which request a rule takes, and what is told of it. What the faults do is tested beside this."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys

import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests.socket_client import ACCOUNT, CP_CODE, KEY, Client
from netstorage_emulator import fault_kinds, faults
from netstorage_emulator.control import Control, ControlError, running

PAGE = pathlib.Path(__file__).parents[3] / "docs" / "emulator.md"


def failing(client: Client, number: int, path: str = "/123456/a") -> list[int]:
    """Which of so many requests, counted from 1, were not answered 404."""
    return [count for count in range(1, number + 1) if client.get(path, "stat").status != 404]


@pytest.mark.parametrize(("fields", "expected"), [
    ({}, [1]), ({"times": 3}, [1, 2, 3]), ({"times": None}, list(range(1, 11))), ({"skip": 4, "times": 2}, [5, 6]),
    ({"nth": 3}, [3]), ({"nth": [2, 9]}, [2, 9]), ({"nth": [2, 5, 9], "times": 2}, [2, 5]),
    ({"probability": 0}, []), ({"probability": 1}, list(range(1, 11))), ({"probability": 1, "times": 2}, [1, 2]),
    ({"action": "stat"}, [1]), ({"action": "dir"}, []), ({"path": "*/a"}, [1]), ({"path": "*/b"}, []),
])
def test_which_requests_a_rule_takes(client: Client, control: Control, fields: dict[str, object],
                                     expected: list[int]) -> None:
    control.add_faults({"status": 500, **fields})
    assert failing(client, 10) == expected
    (rule,) = control.faults()["faults"]
    assert rule["injected"] == len(expected)


def test_chance_goes_by_the_seed(client: Client, control: Control) -> None:
    chosen = []
    for seed in (7, 7, 8):
        control.rehearse({"seed": seed, "faults": [{"status": 500, "probability": 0.5}]})
        chosen.append(failing(client, 40))
    assert chosen[0] == chosen[1] != chosen[2]
    assert 8 < len(chosen[0]) < 32
    assert control.faults()["seed"] == 8


def test_every_rule_has_a_chance_of_its_own(client: Client, control: Control) -> None:
    other = {"path": "*/other", "status": 500, "probability": 0.5}
    mine = {"path": "*/a", "status": 500, "probability": 0.5}
    control.rehearse({"seed": 1, "faults": [other, mine]})
    alone = failing(client, 30)
    control.rehearse({"seed": 1, "faults": [other, mine]})
    between = []
    for count in range(1, 31):
        client.get("/123456/other", "stat")
        between += [count] if client.get("/123456/a", "stat").status == 500 else []
    assert between == alone


def test_a_rule_counts_what_no_rule_before_it_took(client: Client, control: Control) -> None:
    control.add_faults({"status": 500, "nth": [1, 3]}, {"status": 503, "nth": 2})
    assert [client.get("/123456/a", "stat").status for _count in range(5)] == [500, 404, 500, 503, 404]
    first, second = control.faults()["faults"]
    assert (first["matched"], first["injected"], first["in_force"]) == (3, 2, False)
    assert (second["matched"], second["injected"], second["in_force"]) == (2, 1, False)


def test_a_kind_of_some_actions_leaves_the_others_alone(client: Client, control: Control) -> None:
    control.add_faults({"kind": "stale", "ms": 1000, "times": 2})
    client.get("/123456", "du")
    client.put("/123456/a", b"1")
    assert control.faults()["faults"][0]["matched"] == 0
    assert client.get("/123456/a", "stat").status == 404
    assert control.faults()["faults"][0]["injected"] == 1


def test_what_is_told_of_a_rule(control: Control) -> None:
    control.add_faults({"status": 503, "action": "upload", "headers": {"Retry-After": "2"}}, {"kind": "disorder", "times": None})
    first, second = control.faults()["faults"]
    assert first == {
        "kind": "status", "action": "upload", "path": None, "probability": None, "nth": None, "skip": 0, "times": 1,
        "status": 503, "headers": {"Retry-After": "2"}, "body": "", "done": False, "matched": 0, "injected": 0,
        "in_force": True}
    assert (second["kind"], second["times"]) == ("disorder", None)
    assert control.ask("POST", "/faults", [{"status": 500}]) == {"faults": 3}
    control.clear_faults()
    assert control.faults() == {"seed": 0, "faults": []}


@pytest.mark.parametrize(("fault", "texts"), [
    ({"kind": "explode"}, ["kind", "status, refuse, reset", "'explode'"]),
    ({"kind": 5}, ["kind", "status, refuse, reset"]),
    ({}, ["needs status", "200 to 599"]),
    ({"kind": "status", "status": True}, ["status", "200 to 599", "True"]),
    ({"status": 503, "colour": 1}, ["'colour'", "headers"]),
    ({"kind": "reset"}, ["needs when", "before_body, in_body, before_answer, in_answer"]),
    ({"kind": "reset", "when": "later"}, ["when", "before_body", "'later'"]),
    ({"kind": "reset", "when": "in_body", "done": True}, ["done", "before_answer or in_answer"]),
    ({"kind": "reset", "when": "in_body", "status": 500}, ["'status'", "bytes"]),
    ({"kind": "hang", "ms": 0}, ["ms", "above 0", "not 0"]),
    ({"kind": "refuse"}, ["needs ms"]),
    ({"kind": "late", "how": "accepted"}, ["needs ms"]),
    ({"kind": "late", "how": "soon", "ms": 5}, ["how", "delayed, accepted", "'soon'"]),
    ({"kind": "late", "how": "accepted", "ms": 5, "action": "stat"}, ["action", "upload, mkdir", "'stat'"]),
    ({"kind": "trickle", "bytes_per_second": "fast"}, ["bytes_per_second", "above 0", "'fast'"]),
    ({"kind": "marker", "how": "repeat", "action": "stat"}, ["action", "list, dir", "'stat'"]),
    ({"kind": "digest", "how": "body", "action": "list"}, ["action", "download", "'list'"]),
    ({"status": 500, "action": "uplaod"}, ["action", "upload", "'uplaod'"]),
    ({"status": 500, "probability": 2}, ["probability", "0 to 1"]),
    ({"status": 500, "nth": 0}, ["nth", "from 1"]),
    ({"status": 500, "nth": []}, ["nth", "a list"]),
    ({"status": 500, "nth": 2, "skip": 1}, ["nth or skip"]),
    ({"status": 500, "times": 0}, ["times", "from 1", "null for ever"]),
    ({"status": 500, "skip": -1}, ["skip", "from 0"]),
    ({"status": 500, "path": 5}, ["path", "glob"]),
    ({"status": 500, "headers": {"A": "b\r\nC: d"}}, ["headers", "texts"]),
    ({"status": 500, "headers": ["A"]}, ["headers"]),
    ({"status": 500, "body": None}, ["body", "a text"]),
    (5, ["an object", "5"]),
])
def test_what_is_wrong_is_named(control: Control, fault: object, texts: list[str]) -> None:
    with pytest.raises(ControlError) as refused:
        control.add_faults({"status": 500}, fault)  # type: ignore[arg-type]
    for text in texts:
        assert text in str(refused.value)
    assert control.faults()["faults"] == []


@pytest.mark.parametrize(("plan", "texts"), [
    ({"faulst": []}, ["'faulst'", "seed, faults, throttle, knobs, latency_ms"]),
    ({"seed": "x"}, ["seed", "whole number"]), ({"seed": True}, ["seed"]),
    ({"faults": {}}, ["a list of objects"]), ({"faults": [{}]}, ["needs status"]),
    ({"knobs": {"page_size": 0}}, ["page_size"]), ({"knobs": []}, ["knobs"]),
    ({"knobs": {"colour": 1}}, ["'colour'", "page_size"]),
    ({"throttle": {"status": 500}}, ["429"]), ({"throttle": 5}, ["throttle"]), ({"latency_ms": -1}, ["latency_ms", "from 0"]),
])
def test_a_wrong_plan_changes_nothing(client: Client, control: Control, plan: dict[str, object], texts: list[str]) -> None:
    control.add_faults({"status": 500, "skip": 1})
    whole = {"knobs": {"page_size": 3}, "throttle": {"requests_per_second": 1}, "latency_ms": 500, "seed": 9}
    with pytest.raises(ControlError) as refused:
        control.rehearse({**whole, **plan})
    for text in texts:
        assert text in str(refused.value)
    assert control.faults()["seed"] == 0
    assert len(control.faults()["faults"]) == 1
    assert (control.knobs()["page_size"], control.throttle()["requests_per_second"]) == ("1000/unlimited", None)
    assert control.ask("GET", "/latency") == {"ms": 0.0}


def test_a_plan_takes_the_place_of_the_one_before(client: Client, control: Control) -> None:
    control.add_faults({"status": 500, "times": None})
    control.rehearse({"faults": [{"status": 503}], "knobs": {"page_size": 3}, "latency_ms": 1, "throttle": {"burst": 5}})
    assert [rule["status"] for rule in control.faults()["faults"]] == [503]
    assert control.knobs()["page_size"] == 3
    assert control.ask("GET", "/latency") == {"ms": 1.0}
    assert control.throttle()["burst"] == 5
    assert failing(client, 3) == [1]


PLAN = {"seed": 3, "faults": [{"status": 503, "headers": {"Retry-After": "1"}}], "knobs": {"page_size": 2, "max_page": 9},
        "throttle": {"requests_per_second": 90}, "latency_ms": 5}


def test_a_whole_rehearsal_at_the_start() -> None:
    with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], faults=PLAN, knobs={"max_page": 7}) as emulator:
        control = emulator.control
        assert (control.knobs()["page_size"], control.knobs()["max_page"]) == (2, 7), "the command line goes first"
        assert control.throttle()["requests_per_second"] == 90
        assert control.ask("GET", "/latency") == {"ms": 5.0}
        assert control.faults()["seed"] == 3
        client = Client(emulator.port)
        answer = client.get("/123456/a", "stat")
        assert (answer.status, answer.headers["retry-after"]) == (503, "1")
        client.close()


def test_a_bare_list_at_the_start() -> None:
    with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], faults=[{"status": 500}], latency_ms=1) as emulator:
        assert len(emulator.control.faults()["faults"]) == 1
        assert emulator.control.ask("GET", "/latency") == {"ms": 1.0}


@pytest.mark.parametrize(("text", "said"), [
    ("{", "Expecting"), ('{"faults": [{"kind": "explode"}]}', "kind of a fault is one of status"),
    ('{"knobs": {"no": 1}}', "no knob"),
    ('{"throttle": {"burst": 0}}', "burst"), (None, "cannot be read"),
])
def test_a_plan_file_that_is_wrong(tmp_path: pathlib.Path, text: str | None, said: str) -> None:
    file = tmp_path / "plan.json"
    if text is not None:
        file.write_text(text)
    command = [sys.executable, "-m", "netstorage_emulator", "serve", "--account", ACCOUNT, "--key", KEY, "--cp-code", CP_CODE,
               "--faults", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 2
    assert said in done.stderr
    assert str(file) in done.stderr


def test_the_journal_says_what_was_done(client: Client, control: Control) -> None:
    since = control.journal_length()
    control.add_faults({"status": 503}, {"status": 503, "done": True, "times": 2})
    assert [client.put("/123456/a", b"1").status for _count in range(2)] == [503, 503]
    assert client.put("/123456/a", b"1", "&size=9").status == 503
    assert client.put("/123456/a", b"1").status == 200
    assert [entry["note"] for entry in control.journal(since)] == [
        "fault: status 503, not done", "fault: status 503, done", "fault: status 503, answered 409; verification", ""]


def test_the_page_has_the_table_of_kinds() -> None:
    page = PAGE.read_text("utf-8")
    assert fault_kinds.markdown() in page
    for field in fault_kinds.SELECTION:
        assert f"| `{field.name}` |" in page


def test_the_command_prints_the_table() -> None:
    done = subprocess.run([sys.executable, "-m", "netstorage_emulator", "faults"], capture_output=True, text=True, timeout=20,
                          check=True)
    assert done.stdout.strip() == fault_kinds.markdown()


def test_the_plan_of_the_page_is_one() -> None:
    text = PAGE.read_text("utf-8").partition("<!-- a fault plan -->")[2].partition("```json\n")[2].partition("```")[0]
    plan = json.loads(text)
    assert len(faults.parsed_rules(plan["faults"])) == len(plan["faults"]) > 2
