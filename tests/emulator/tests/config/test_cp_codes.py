# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CP codes in the emulated Configuration API, their names, their age deletions, and zones."""

from __future__ import annotations

import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests.config.config_api import CODES, CONTRACT, GROUP, Caller, flaws
from netstorage_emulator.control import Control

UNUSED = f"cpcodes/unused?contractId={CONTRACT}"
CODE = {"contractId": CONTRACT, "cpcodeName": "site"}
ROUTINE = {"ageDeletionDirectory": f"/{CODES[0]}/logs", "ageDeletionDays": 10, "ageDeletionSizeBytes": 10_000_000_000}
ROUTINES = f"cpcodes/{CODES[0]}/age-deletions"


@pytest.mark.parametrize(("setting", "answer"), [
    ("id", {"cpcodeId": 1000004, **CODE}), ("echo", CODE), ("id_as_text", {"cpcodeId": "1000004", **CODE})])
def test_a_cp_code_is_made(first: Caller, control: Control, setting: str, answer: dict[str, object]) -> None:
    control.set_knobs(cpcode_post_answer=setting)
    reply = first.ask("POST", "cpcodes", CODE)
    assert (reply.status_code, reply.json()) == (200, answer)
    assert first.get(UNUSED) == {"items": [*CODES, 1000004]}


@pytest.mark.parametrize(("setting", "seen"), [("at_once", True), ("propagated", False)])
def test_a_new_cp_code_can_take_its_time(first: Caller, control: Control, setting: str, seen: bool) -> None:
    control.set_knobs(new_cpcode=setting, propagation_config=60_000)
    assert first.ask("POST", "cpcodes", CODE).status_code == 200
    assert (1000004 in first.get(UNUSED)["items"]) == seen
    control.propagate()
    assert 1000004 in first.get(UNUSED)["items"]


@pytest.mark.parametrize("code", [{"contractId": CONTRACT}, {**CODE, "cpcodeName": "a_b"}, {**CODE, "cpcodeName": "x" * 129},
                                  {**CODE, "contractId": "C-OTHER"}, {**CODE, "cpcodeName": 7}])
def test_a_wrong_cp_code_is_refused(first: Caller, control: Control, code: dict[str, object]) -> None:
    assert flaws(first.ask("POST", "cpcodes", code)) in (["cpcodeName"], ["contractId"])
    assert len(control.contract()["cp_codes"]) == 3


def test_a_cp_code_is_unused_or_used(first: Caller) -> None:
    first.made("storage-groups", GROUP)
    assert first.get(UNUSED) == {"items": CODES[1:]}
    (row,) = first.get("cpcodes/used")["items"]
    assert row == {"cpcodeId": CODES[0], "storageGroupId": 2000001, "storageGroupName": "shop", "storageGroupType": "OBJECTSTORE",
                   "provisionStatus": "PROVISIONED", "migrationStatus": "-"}
    assert flaws(first.ask("GET", "cpcodes/unused")) == ["contractId"]
    assert flaws(first.ask("GET", "cpcodes/unused?contractId=C-OTHER")) == ["contractId"]


def test_a_cp_code_is_found_by_its_name(first: Caller) -> None:
    """Two can have the same one."""
    for _time in range(2):
        assert first.ask("POST", "cpcodes", CODE).status_code == 200
    found = first.get(f"/cprg/v1/cpcodes?contractId={CONTRACT}&cpcodeName=site")["cpcodes"]
    assert [(code["cpcodeId"], code["cpcodeName"], code["purgeable"]) for code in found] == [
        (1000004, "site", True), (1000005, "site", True)]
    assert first.get("/cprg/v1/cpcodes?cpcodeName=other") == {"cpcodes": []}
    assert len(first.get("/cprg/v1/cpcodes")["cpcodes"]) == 5


@pytest.mark.parametrize("setting", ["array", "items"])
def test_age_deletions_are_set_and_forgotten(first: Caller, control: Control, setting: str) -> None:
    first.made("storage-groups", GROUP)
    control.set_knobs(age_deletions_shape=setting)
    other = {**ROUTINE, "ageDeletionDirectory": f"/{CODES[0]}/tmp"}
    assert first.ask("PUT", ROUTINES, [ROUTINE, other]).status_code == 200
    found = first.get(ROUTINES)
    rows = found["items"] if setting == "items" else found
    assert rows == [ROUTINE, other]
    assert all(isinstance(row["ageDeletionDays"], float) for row in rows)
    form = {"ageDeletionDirectoryPrefix": f"/{CODES[0]}/tmp"}
    assert first.ask("DELETE", ROUTINES, data=form).status_code == 200
    (directory,) = first.get("storage-groups/2000001")["cpcodes"]
    assert directory["ageDeletions"] == [ROUTINE]
    assert flaws(first.ask("DELETE", ROUTINES)) == ["ageDeletionDirectoryPrefix"]
    assert flaws(first.ask("GET", f"cpcodes/{CODES[1]}/age-deletions")) == ["cpcodeId"]


def test_zones_and_rule_sets_are_listed(first: Caller, control: Control) -> None:
    rules = {"name": "office", "ruleSetIPs": {"allowIPs": ["192.0.2.1"]}}
    control.load_contract({"zones": ["europe", "us"], "rule_sets": [rules]})
    assert first.get("zones") == {"zones": [{"zoneName": "europe"}, {"zoneName": "us"}]}
    (row,) = first.get("rule-sets")["items"]
    assert (row["ruleSetId"], row["name"], "ruleSetIPs" in row) == (3001, "office", False)
    assert first.get("rule-sets/3001")["ruleSetIPs"] == {"allowIPs": ["192.0.2.1"]}
    assert flaws(first.ask("GET", "rule-sets/1")) == ["ruleSetId"]
