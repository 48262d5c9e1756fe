# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may ask the emulated Configuration API what, and how often; faults, the journal, and what there is to begin with."""

from __future__ import annotations

import json
import pathlib
import re

import pytest
import requests
from akamai.edgegrid import EdgeGridAuth
from ansible_collections.edgeops.netstorage.tests.emulator.tests.config.config_api import (
    ACCOUNT,
    CLIENTS,
    CODES,
    EDGERC,
    FIRST,
    GROUP,
    Caller,
    changed,
    flaws,
)
from netstorage_emulator import cli
from netstorage_emulator.config.requests.limits import Limit
from netstorage_emulator.control import Control, ControlError, Running, running
from netstorage_emulator.exchange import Answered
from netstorage_emulator.reply import Reply

ONE = "storage-groups/2000001"
CONTRACT = {
    "contracts": ["C-1", "C-2"], "cp_codes": [CODES[0], {"cpcodeId": 77, "cpcodeName": "spare", "contractId": "C-2"}],
    "storage_groups": [changed(GROUP, contractId=None, storageGroupId=2000007, cpcodes=[
        {"cpcodeId": CODES[0], "serveFromZip": True, "g2o": {"user": "edge", "key": "g"}}])],
    "upload_accounts": [changed(ACCOUNT, storageGroupId=2000007, keys={
        "g2o": [{"key": "old", "id": "7101", "lastModifiedDate": "2026-01-02T03:04:05Z"}, {"key": "off", "isActive": False}]})]}


def test_fifty_requests_a_minute_are_answered(first: Caller, second: Caller, control: Control) -> None:
    control.limit_config(3)
    replies = [first.ask("GET", "zones") for _time in range(4)]
    assert [reply.status_code for reply in replies] == [200, 200, 200, 429]
    assert [reply.headers["X-RateLimit-Remaining"] for reply in replies] == ["2", "1", "0", "0"]
    assert {reply.headers["X-RateLimit-Limit"] for reply in replies} == {"3"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", replies[3].headers["X-RateLimit-Next"])
    assert flaws(replies[3], 429) == []
    assert second.ask("GET", "zones").status_code == 200, "each client has its own"
    assert first.ask("GET", "/cprg/v1/cpcodes").status_code == 200, "it is another API"


@pytest.mark.parametrize(("setting", "has_next", "says_seconds"), [
    ("next", True, False), ("seconds", False, True), ("both", True, True), ("nothing", False, False)])
def test_what_a_refusal_for_the_limit_says(first: Caller, control: Control, setting: str, has_next: bool,
                                           says_seconds: bool) -> None:
    control.set_knobs(config_limit_says=setting)
    control.limit_config(1)
    first.ask("GET", "zones")
    reply = first.ask("GET", "zones")
    assert reply.status_code == 429
    assert ("X-RateLimit-Next" in reply.headers) == has_next
    assert bool(re.search(r"\d+ seconds", reply.json()["detail"])) == says_seconds


def test_the_limit_slides_with_the_time() -> None:
    now = [0.0]
    limit = Limit((2, 60.0), lambda: now[0])
    for now[0] in (0.0, 40.0, 60.0):
        limit.take("one", "next")
    with pytest.raises(Answered):
        limit.take("one", "next")
    assert dict(limit.told("one", Reply(200), "next").headers)[b"X-RateLimit-Next"] == b"1970-01-01T00:01:40Z"


@pytest.mark.parametrize("limit", [{}, {"requests": 0}, {"requests": 1.5}, {"requests": True}, {"requests": 1, "second": 1}, 5])
def test_a_wrong_limit_changes_nothing(control: Control, limit: object) -> None:
    with pytest.raises(ControlError, match="the limit of the Configuration API is"):
        control.ask("POST", "/config/limit", limit)
    assert control.ask("GET", "/config/limit") == {"requests": 100_000, "seconds": 60}


def test_clients_have_grants_and_a_contract_to_begin_with(tmp_path: pathlib.Path) -> None:
    (tmp_path / "edgerc").write_text(EDGERC, encoding="utf-8")
    more = ["--config-grant", "storage", "--config-grant", "second=storage,cprg", "--config-cp-code", "99=extra",
            "--config-cp-code", "100", "--config-limit", "6"]
    with running(account="tester", key="k", cp_codes=["1"], edgerc=tmp_path / "edgerc", contract=CONTRACT, more=more) as emulator:
        first, second = (Caller(emulator, name) for name in CLIENTS)
        asked = [(caller, method, path) for caller in (first, second) for method, path in (
            ("GET", "zones"), ("GET", "/cprg/v1/cpcodes"), ("POST", "/ccu/v3/rate-limit-status/url"))]
        replies = [caller.ask(method, path) for caller, method, path in asked]
        assert [reply.status_code for reply in replies] == [200, 403, 403, 200, 200, 403]
        assert replies[1].json()["type"] == "https://problems.luna.akamaiapis.net/-/pep-authz/deny"
        names = {code["cpcodeId"]: code["cpcodeName"] for code in replies[4].json()["cpcodes"]}
        assert names == {CODES[0]: f"cp code {CODES[0]}", 77: "spare", 99: "extra", 100: "cp code 100"}
        assert second.get("cpcodes/unused?contractId=C-1") == {"items": [99, 100]}
        assert [first.ask("GET", "zones").status_code for _time in range(6)] == [200] * 5 + [429]


def test_a_contract_is_loaded_whole(first: Caller, control: Control) -> None:
    told = control.load_contract(CONTRACT)
    assert told == control.contract()
    assert told["unused"] == [77]
    (group,), (account,) = (first.get(path)["items"] for path in ("storage-groups", "upload-accounts"))
    assert (group["storageGroupId"], group["contractId"], group["propagationStatus"]["status"]) == (2000007, "C-1", "ACTIVE")
    assert (group["cpcodes"][0]["serveFromZip"], group["cpcodes"][0]["g2o"]) == (True, {"user": "edge", "key": "g"})
    old, off = account["keys"]["g2o"]
    assert (old["id"], old["isActive"], old["lastModifiedDate"]) == ("7101", True, "2026-01-02T03:04:05Z")
    assert (off["isActive"], int(off["id"]) > 7101, account["hasPendingPropagation"]) == (False, True, False)
    assert first.made("storage-groups", changed(GROUP, storageGroupName="b", contractId="C-2", domainPrefix="b", cpcodes=[
        {"cpcodeId": 77}]))["storageGroupId"] == 2000008


@pytest.mark.parametrize("wrong", [
    {"groups": []}, [], {"cp_codes": ["x"]}, {"cp_codes": [1, 1]}, {"storage_groups": [{"name": "x"}]}, {"cp_codes": 5},
    {"storage_groups": [{**GROUP, "color": "red"}]}, {"upload_accounts": [ACCOUNT]}, {"upload_accounts": [None]},
    {"storage_groups": [GROUP], "upload_accounts": [{**ACCOUNT, "keys": {"g2o": [{"key": "a", "id": "x"}]}}]}])
def test_a_wrong_contract_changes_nothing(control: Control, wrong: object) -> None:
    before = control.contract()
    with pytest.raises(ControlError):
        control.ask("POST", "/config/load", wrong)
    assert control.contract() == before


@pytest.mark.parametrize(("arguments", "told"), [
    (["--config-grant", "nothing"], "storage, ccu, cprg"), (["--config-grant", "nobody=ccu"], "name of a client"),
    (["--config-limit", "0"], "number from 1"), (["--config-cp-code", "x"], "NUMBER=NAME"),
    (["--config-load", "/nowhere"], "cannot be read"), (["--config-client", "a:b:c:d:e"], ":USER"),
    (["--config-cp-code", "5", "--config-cp-code", "5"], "there once"),
])
def test_wrong_options_of_the_configuration_are_told(capsys: pytest.CaptureFixture[str], arguments: list[str], told: str) -> None:
    try:
        assert cli.main(["serve", "--account", "a", "--key", "k", "--cp-code", "1", *arguments]) == 1
    except SystemExit as end:
        assert end.code == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(("fault", "status", "made"), [
    ({"status": 503, "action": "config:POST /storage/v1/storage-groups"}, 503, 0),
    ({"status": 504, "action": "config:*", "done": True}, 504, 1),
    ({"status": 500, "action": "config:* /storage/v1/storage-*", "done": True}, 500, 1),
    ({"status": 500, "action": "config:PUT *"}, 201, 1), ({"status": 500, "action": "ccu:*"}, 201, 1),
    ({"status": 500, "action": "config:POST *", "path": "/storage/v1/cpcodes"}, 201, 1)])
def test_a_fault_takes_a_configuration(first: Caller, control: Control, fault: dict[str, object], status: int, made: int) -> None:
    control.add_faults(fault)
    assert first.ask("POST", "storage-groups", GROUP).status_code == status
    control.clear_faults()
    assert len(first.get("storage-groups")["items"]) == made


@pytest.mark.parametrize(("fault", "made"), [
    ({"kind": "reset", "when": "before_answer", "done": True}, 1), ({"kind": "reset", "when": "before_answer"}, 0),
    ({"kind": "truncate", "how": "closed"}, 1), ({"kind": "hang", "ms": 50}, 0), ({"kind": "refuse", "ms": 1}, 0)])
def test_the_answer_to_a_configuration_is_lost(first: Caller, control: Control, fault: dict[str, object], made: int) -> None:
    """Whether it was carried out can only be seen by looking."""
    control.add_faults({**fault, "action": "config:POST *"})
    with pytest.raises(requests.RequestException):
        first.ask("POST", "storage-groups", GROUP)
    assert len(control.contract()["storage_groups"]) == made


def test_the_answer_of_a_configuration_trickles(first: Caller, control: Control) -> None:
    control.add_faults({"kind": "trickle", "bytes_per_second": 20_000, "action": "config:GET */zones"})
    assert first.ask("GET", "zones").json()["zones"]
    assert control.faults()["faults"][0]["injected"] == 1


@pytest.mark.parametrize("action", ["config:", "config:PATCH /x", "config:POST", "config:POST storage", "cprg:*", 5])
def test_a_fault_for_no_configuration_is_refused(control: Control, action: object) -> None:
    with pytest.raises(ControlError, match="config:<method> <path glob>"):
        control.add_faults({"status": 500, "action": action})
    with pytest.raises(ControlError, match="action of a fault of kind disorder"):
        control.add_faults({"kind": "disorder", "action": "config:*"})


def test_the_journal_has_a_line_and_no_secret(first: Caller, control: Control) -> None:
    mark = control.journal_length()
    first.made("storage-groups", GROUP)
    first.made("upload-accounts", changed(ACCOUNT, keys={"ftp": [{"key": "pass9word"}]}))
    key = first.ask("PUT", "upload-accounts/deploy-bot/keys/g2o").json()["key"]
    first.ask("PUT", "upload-accounts/deploy-bot/keys/ftp", {"key": "not-good-enough-as-a-password"})
    first.ask("GET", f"{ONE}?accountSwitchKey=A-1")
    lines = control.journal(mark)
    assert [(line["api"], line["method"], line["status"], line["account"]) for line in lines] == [
        ("config", "POST", 201, "first"), ("config", "POST", 201, "first"), ("config", "PUT", 200, "first"),
        ("config", "PUT", 400, "first"), ("config", "GET", 200, "first")]
    assert (lines[4]["action"], lines[4]["path"]) == (f"config:GET /storage/v1/{ONE}", f"/storage/v1/{ONE}?accountSwitchKey=A-1")
    assert lines[3]["note"].startswith("key has 6 to 20 characters")
    everything = json.dumps(lines)
    assert not [secret for secret in (key, "pass9word", "not-good-enough", *FIRST[1:]) if secret in everything]


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "/storage/v1/nothing", 404), ("GET", "/papi/v1/cpcodes", 404), ("PATCH", "/storage/v1/storage-groups/1", 405),
    ("DELETE", "/storage/v1/zones", 405), ("POST", "/cprg/v1/cpcodes", 405)])
def test_what_is_not_served_is_said(first: Caller, method: str, path: str, status: int) -> None:
    assert flaws(first.ask(method, path), status) == []


def test_bodies_are_json_and_nothing_else(first: Caller) -> None:
    text = json.dumps(GROUP)
    assert flaws(first.ask("POST", "storage-groups", data=text, headers={"Content-Type": "text/plain"}), 415) == []
    for wrong in ("{", "[" * 100_000, "5", '"text"', "null"):
        reply = first.ask("POST", "storage-groups", data=wrong, headers={"Content-Type": "application/json; charset=utf-8"})
        assert flaws(reply) == [""]


def test_a_signature_covers_the_body_of_a_post(emulator: Running) -> None:
    place = f"http://{emulator.api_host}/storage/v1/storage-groups"
    prepared = requests.Request("POST", place, json=GROUP, auth=EdgeGridAuth(*FIRST)).prepare()
    prepared.body = json.dumps(changed(GROUP, storageGroupName="evil")).encode()
    prepared.headers["Content-Length"] = str(len(prepared.body))
    with requests.Session() as session:
        reply = session.send(prepared, timeout=30)
    assert (reply.status_code, reply.json()["detail"]) == (401, "The signature does not match")
    assert emulator.control.contract()["storage_groups"] == []
